//! Function `retention`: how long an adviser retains files.

use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    body::JsonBody,
    problem::Problem,
    query::ListQuery,
    state::AppState,
};
use crate::{
    domain::{
        clients::retention::{Retention, RetentionMonths},
        edited::{self, ServerWritten},
        processors::words::RegisterText,
        sign_in::session::Adviser,
        wire::{object::Object, values::Day},
    },
    flows::clients::{self, retention::Proposal},
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// The retention period that the adviser has chosen.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RetentionAnswer {
    /// Number of months after the last change of a file; `null` if none was chosen.
    #[schema(required)]
    pub months: Option<RetentionMonths>,
    /// Why files are retained for that long; `null` if no period was chosen.
    #[schema(required)]
    pub reason: Option<RegisterText>,
}

/// A file past its retention period.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProposalItem {
    /// The ID of the file.
    pub id: String,
    /// The client's full name.
    pub name: String,
    /// When the file was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// The last day of its retention period.
    pub keep_until: Day,
    /// Whether it is under a legal hold.
    pub held: bool,
    /// Whether it is marked for erasure.
    pub marked: bool,
    /// Whether processing is restricted.
    pub restricted: bool,
}

/// Gets the retention period of your files.
#[utoipa::path(get, path = "/api/retention", tag = "retention", responses((status = 200, body = RetentionAnswer)))]
pub(in crate::http) async fn view(State(state): State<AppState>, Proof(adviser): Proof<Adviser>) -> Result<Answer, Problem> {
    let (months, reason) = clients::retention::view(&state.services, &adviser).await?.map(|it| (it.months, it.reason)).unzip();
    Ok(Answer::ok(&RetentionAnswer { months, reason }))
}

/// Sets the retention period of your files. This deletes nothing.
#[utoipa::path(put, path = "/api/retention", tag = "retention", request_body = Retention, responses((status = 204)))]
pub(in crate::http) async fn choose(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let chosen = match edited::read(fields, &ServerWritten::default(), Retention::read) {
        Ok((chosen, _)) => chosen,
        Err(refused) => match clients::retention::view(&state.services, &adviser).await? {
            Some(stored) => refused.over(&stored, &[]).map_err(Problem::fields)?.0,
            None => return Err(Problem::fields(refused.errors)),
        },
    };
    clients::retention::choose(&state.services, &adviser, &chosen).await?;
    Ok(Answer::done())
}

/// Lists files past their retention period, longest overdue first. Nothing is erased automatically.
#[utoipa::path(get, path = "/api/retention/proposals", tag = "retention",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<ProposalItem>)))]
pub(in crate::http) async fn proposals(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    query: ListQuery,
) -> Result<Answer, Problem> {
    let found = clients::retention::proposals(&state.services, &adviser, query.limit, query.cursor.as_deref()).await?;
    let today = state.services.today();
    Ok(Answer::ok(&PageOf::of(found, |proposal| item(proposal, today))))
}

fn item(Proposal { id, summary, keep_until }: Proposal, today: Day) -> ProposalItem {
    ProposalItem {
        id: id.to_string(),
        name: summary.name,
        updated_at: summary.updated_at,
        keep_until,
        held: summary.restrictions.held(today).is_some(),
        marked: summary.restrictions.marked,
        restricted: summary.restrictions.restricted,
    }
}
