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
    flows::{
        accounts,
        cursors::{List, ListPage},
    },
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
    let after = list.database_position(&state.services, query.cursor.as_deref()).await?;
    let slice = accounts::own::attempts(&state.services, index, query.limit, after).await?;
    let ListPage { items, next } = list.database_page(&state.services, slice).await?;
    Ok(Answer::ok(&PageOf { items: items.into_iter().filter_map(item).collect(), next }))
}

fn item(entry: Entry<Event>) -> Option<AttemptItem> {
    let Event::Attempt(attempt) = entry.event else {
        return None;
    };
    let (ip, user_agent) = (attempt.ip.map(|ip| ip.to_string()), attempt.user_agent.map(String::from));
    Some(AttemptItem { at: entry.at, outcome: attempt.outcome, ip, user_agent, count: attempt.count })
}
