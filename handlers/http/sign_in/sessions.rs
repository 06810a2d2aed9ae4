//! Function `sessions`.

use crate::http::{
    access::{Caller, Proof},
    answer::{Answer, PageOf},
    body::NoBody,
    cookies,
    path::PathId,
    problem::{Code, Problem},
    state::AppState,
};
use crate::{
    domain::{
        ids::SessionId,
        sign_in::session::{Full, Session},
    },
    flows::sign_in,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// One session of the account.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionItem {
    /// The session's ID, for ending it.
    pub id: String,
    /// When it was started.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, at a resolution of one minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// IP address at sign-in; `null` if unknown.
    #[schema(required)]
    pub ip: Option<String>,
    /// The browser's `User-Agent` header at sign-in; `null` if it sent none.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// Whether it is the session of this request.
    pub current: bool,
}

/// Lists the account's sessions, newest first; at most 20.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions",
    responses((status = 200, body = PageOf<SessionItem>)))]
pub(in crate::http) async fn list(State(state): State<AppState>, Proof(session): Proof<Session<Full>>) -> Result<Answer, Problem> {
    let records = sign_in::sessions::list(&state.services, &session).await?;
    let item = |record: &crate::domain::sign_in::session::SessionRecord| SessionItem {
        id: record.id.to_string(),
        created_at: record.created_at,
        last_seen_at: record.last_seen_at,
        ip: record.ip.map(|ip| ip.to_string()),
        user_agent: record.user_agent.clone().map(Into::into),
        current: record.id == session.record().id,
    };
    Ok(Answer::ok(&PageOf { items: records.iter().map(item).collect(), next: None }))
}

/// Ends one session.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn end_one(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let id = SessionId::parse(&id).ok_or(Problem::of(Code::NotFound))?;
    sign_in::sessions::end_one(&state.services, &session, id).await?;
    Ok(Answer::done())
}

/// Ends every session except the current one, which gets new cookies. Other browsers are forgotten.
#[utoipa::path(delete, path = "/api/sessions", tag = "sessions",
    responses((status = 204, headers(("Set-Cookie" = String)))))]
pub(in crate::http) async fn end_others(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    _: NoBody,
) -> Result<Answer, Problem> {
    let renewed = sign_in::sessions::end_others(&state.services, &session, &visitor).await?;
    Ok(cookies::renew(Answer::done(), &renewed))
}
