//! Function `retention`: how long an adviser keeps files.

use super::{access::Proof, answer::Answer, body::JsonBody, problem::Problem, state::AppState};
use crate::{
    domain::{
        processor::words::RegisterText,
        retention::{Retention, RetentionMonths},
        session::Adviser,
    },
    flows::retention,
};
use axum::extract::State;
use serde::Serialize;

/// The period that was chosen.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RetentionAnswer {
    /// Months after the last change of a file; `null` when nothing was chosen.
    #[schema(required)]
    pub months: Option<RetentionMonths>,
    /// Why so long.
    #[schema(required)]
    pub reason: Option<RegisterText>,
}

/// How long files are kept.
#[utoipa::path(get, path = "/api/retention", tag = "retention", responses((status = 200, body = RetentionAnswer)))]
pub(super) async fn view(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let (months, reason) = retention::view(&state.services, &adviser).await?.map(|it| (it.months, it.reason)).unzip();
    Ok(Answer::ok(&RetentionAnswer { months, reason }))
}

/// Chooses how long files are kept. Nothing is deleted by it.
#[utoipa::path(put, path = "/api/retention", tag = "retention", request_body = Retention, responses((status = 204)))]
pub(super) async fn choose(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let chosen = Retention::read(fields).map_err(Problem::fields)?;
    retention::choose(&state.services, &adviser, &chosen).await?;
    Ok(Answer::done())
}
