//! Function `breaches`: who was affected, and the state of the keys, a page at a time.

use super::register::{BreachAnswer, answer};
use crate::http::{
    access::Proof, answer::Answer, body::JsonBody, path::PathId, problem::Problem, registers::parse_id, repeat::Repeat, state::AppState,
};
use crate::{
    domain::{
        breaches::{
            evidence::{Affected, KeysEvidence},
            window::TrailWindow,
            words::Moment,
        },
        fields::{FieldCode, Fields, InvalidFields},
        ids::RecordId,
        sign_in::session::Officer,
    },
    flows::breaches::{
        self,
        evidence::{self as evidence, Search},
    },
    store::error::StoreError,
};
use axum::extract::State;
use serde::Serialize;

/// Longest cursor; it carries the results found so far.
const MAX_CURSOR_CHARACTERS: usize = 900_000;

/// Result of a search for affected advisers, as far as it has progressed.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AffectedAnswer {
    /// Number of advisers examined so far.
    pub done: usize,
    /// Total number of advisers to examine.
    pub total: usize,
    /// Whether the search is complete.
    pub finished: bool,
    /// The findings so far.
    pub affected: Affected,
    /// Send it to continue the search or, when `finished`, to attach the result (`…/evidence`).
    pub cursor: String,
}

/// The state of the data keys, as far as they have been examined.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KeysAnswer {
    /// Whether all keys have been examined.
    pub finished: bool,
    /// The findings so far.
    pub keys: KeysEvidence,
    /// Send it to continue the examination or, when `finished`, to attach the result (`…/evidence`).
    pub cursor: String,
}

/// The state of a search.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CursorBody {
    /// `cursor` of the previous response, unchanged.
    #[schema(min_length = 1, max_length = 900_000)]
    pub cursor: String,
}

/// Starts a search for affected advisers, or continues one.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum AffectedBody {
    /// Starts a search with a query on the audit trail.
    New(TrailWindow),
    /// Continues the search of an earlier response.
    More(CursorBody),
}

/// Starts an examination of the data keys or, with a cursor, continues one.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeysBody {
    /// `cursor` of the previous response, unchanged; absent to start.
    #[schema(min_length = 1, max_length = 900_000, nullable = false)]
    pub cursor: Option<String>,
}

enum Asked {
    New(TrailWindow),
    More(String),
}

/// Searches the audit trail of client files for a time window. Returns advisers and counts, never clients.
#[utoipa::path(post, path = "/api/breaches/{id}/affected", tag = "breaches", request_body = AffectedBody, params(("id" = String, Path)),
    responses((status = 200, body = AffectedAnswer)))]
pub(in crate::http) async fn affected(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let asked = read_affected(fields, state.services.now()).map_err(Problem::fields)?;
    let id = existing(&state, officer, &id).await?;
    let search = match asked {
        Asked::New(window) => Search::affected(window),
        Asked::More(cursor) => evidence::resume(&state.services, officer, id, &cursor).await?,
    };
    if !matches!(search, Search::Affected { .. }) {
        return Err(wrong_cursor());
    }
    let progress = evidence::go_on(&state.services, &*state.documents, officer, id, search).await?;
    let (finished, done, total) = (progress.search.finished(), progress.done, progress.total.unwrap_or(progress.done));
    match progress.search {
        Search::Affected { found, .. } => {
            Ok(Answer::ok(&AffectedAnswer { done, total, finished, affected: found, cursor: progress.cursor }))
        }
        Search::Keys { .. } => Err(wrong_cursor()),
    }
}

/// Lists the data keys and whether each can currently be unwrapped.
#[utoipa::path(post, path = "/api/breaches/{id}/keys", tag = "breaches", request_body = KeysBody, params(("id" = String, Path)),
    responses((status = 200, body = KeysAnswer)))]
pub(in crate::http) async fn keys(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let cursor = fields.optional("cursor", bounded);
    let cursor = fields.finish(Some(cursor)).map_err(Problem::fields)?;
    let id = existing(&state, officer, &id).await?;
    let search = match cursor {
        None => Search::keys(Moment::of(state.services.now())),
        Some(cursor) => evidence::resume(&state.services, officer, id, &cursor).await?,
    };
    if !matches!(search, Search::Keys { .. }) {
        return Err(wrong_cursor());
    }
    let progress = evidence::go_on(&state.services, &*state.documents, officer, id, search).await?;
    let finished = progress.search.finished();
    match progress.search {
        Search::Keys { found, .. } => Ok(Answer::ok(&KeysAnswer { finished, keys: found, cursor: progress.cursor })),
        Search::Affected { .. } => Err(wrong_cursor()),
    }
}

/// Attaches the result of a finished search to the breach, as a step.
#[utoipa::path(post, path = "/api/breaches/{id}/evidence", tag = "breaches", request_body = CursorBody, params(("id" = String, Path)),
    responses((status = 200, body = BreachAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn attach(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let (services, record) = (&state.services, parse_id(&id)?);
    let act = async {
        let cursor = fields.required("cursor", bounded);
        let cursor = fields.finish(cursor).map_err(Problem::fields)?;
        let id = existing(&state, officer, &id).await?;
        let search = evidence::resume(services, officer, id, &cursor).await?;
        Ok(evidence::attach(services, officer, id, repeat.tag(), search).await?)
    };
    let attached = repeat.once(|request| breaches::register::taken_for(services, officer, record, request), act).await?;
    answer(&state, officer, attached).await.map_err(Problem::but_done)
}

async fn existing(state: &AppState, officer: Officer, id: &str) -> Result<RecordId, Problem> {
    Ok(breaches::register::find(&state.services, officer, parse_id(id)?).await?.id)
}

fn read_affected(mut fields: Fields, now: jiff::Timestamp) -> Result<Asked, InvalidFields> {
    if fields.has("cursor") {
        let cursor = fields.required("cursor", bounded);
        return fields.finish(cursor.map(Asked::More));
    }
    let window = TrailWindow::read(&mut fields, now);
    fields.finish(window.map(Asked::New))
}

fn bounded(text: &str) -> Result<String, FieldCode> {
    match text.len() {
        0 => Err(FieldCode::TooShort),
        1..=MAX_CURSOR_CHARACTERS => Ok(text.to_owned()),
        _ => Err(FieldCode::TooLong),
    }
}

fn wrong_cursor() -> Problem {
    StoreError::BadCursor.into()
}
