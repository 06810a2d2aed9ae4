//! Function `health`: can requests be served? Names no versions or internals.

use super::{answer::Answer, problem::Problem, state::AppState};
use crate::ports::{Container, DocumentId, Partition};
use axum::extract::State;
use serde::Serialize;

/// Nothing more than that.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HealthAnswer {
    /// Always `ok`.
    #[schema(value_type = String, example = "ok")]
    pub status: &'static str,
}

/// Whether the database answers.
#[utoipa::path(get, path = "/api/health", tag = "health",
    responses((status = 200, body = HealthAnswer)))]
pub(super) async fn check(State(state): State<AppState>) -> Result<Answer, Problem> {
    let (partition, id) = (Partition::parse("health"), DocumentId::parse("health"));
    if let (Some(partition), Some(id)) = (partition, id) {
        let read = state.documents.read(Container::Register, &partition, &id).await;
        read.map_err(|error| Problem::from(crate::store::error::StoreError::from(error)))?;
    }
    Ok(Answer::ok(&HealthAnswer { status: "ok" }))
}
