//! Function `login-attempts`, and the same list for officers.

use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    problem::Problem,
    query::ListQuery,
    state::AppState,
};
use crate::{
    domain::{
        chain::Entry,
        sign_in::{
            attempt::{Event, Outcome},
            session::{Full, Session},
        },
        stored::BlindIndex,
    },
    flows::{accounts, cursors::List},
    ports::Cursor,
    store::keys::sealing::KeyScope,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// An entry of the log of login attempts.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AttemptItem {
    /// When the attempt was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The outcome of the attempt.
    pub outcome: Outcome,
    /// IP address of the attempt; `null` if unknown.
    #[schema(required)]
    pub ip: Option<String>,
    /// The browser's `User-Agent` header; `null` if it sent none.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// Number of similar attempts that this entry stands for.
    #[schema(minimum = 1)]
    pub count: u32,
}

/// Lists the account's login attempts, newest first.
#[utoipa::path(get, path = "/api/login-attempts", tag = "login-attempts",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<AttemptItem>)))]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    query: ListQuery,
) -> Result<Answer, Problem> {
    attempts_of(&state, session.identity(), query).await
}

/// A page of one identity's attempts.
pub(in crate::http) async fn attempts_of(state: &AppState, index: BlindIndex, query: ListQuery) -> Result<Answer, Problem> {
    let owner = index.to_string();
    let list = List { scope: KeyScope::Service, name: "login-attempts", owner: &owner };
    let after = position(state, &list, query.cursor).await?;
    let slice = accounts::own::attempts(&state.services, index, query.limit, after).await?;
    let next = next(state, &list, slice.next).await?;
    Ok(Answer::ok(&PageOf { items: slice.items.into_iter().filter_map(item).collect(), next }))
}

/// Where a page starts, from the previous page's cursor.
pub(in crate::http) async fn position(state: &AppState, list: &List<'_>, cursor: Option<String>) -> Result<Option<Cursor>, Problem> {
    let Some(text) = cursor else {
        return Ok(None);
    };
    let opened = list.open(&state.services, &text).await?.map_err(Problem::fields)?;
    Ok(Some(Cursor(String::from_utf8_lossy(&opened).into_owned())))
}

/// The cursor of the next page.
pub(in crate::http) async fn next(state: &AppState, list: &List<'_>, cursor: Option<Cursor>) -> Result<Option<String>, Problem> {
    match cursor {
        Some(cursor) => Ok(Some(list.seal(&state.services, cursor.0.as_bytes()).await?)),
        None => Ok(None),
    }
}

fn item(entry: Entry<Event>) -> Option<AttemptItem> {
    let Event::Attempt(attempt) = entry.event else {
        return None;
    };
    let (ip, user_agent) = (attempt.ip.map(|ip| ip.to_string()), attempt.user_agent.map(String::from));
    Some(AttemptItem { at: entry.at, outcome: attempt.outcome, ip, user_agent, count: attempt.count })
}
