//! Function `breaches`: who was affected, and the state of the keys, a page at a time.

use super::register::{BreachAnswer, answer};
use crate::http::{
    access::Proof,
    answer::Answer,
    body::{Body, Unread},
    path::PathId,
    problem::Problem,
    registers::parse_id,
    repeat::Repeat,
    state::AppState,
};
use crate::{
    domain::{
        breaches::{
            evidence::{Affected, KeysEvidence},
            window::TrailWindow,
        },
        ids::RecordId,
        sign_in::session::Officer,
        wire::{
            fields::{FieldCode, Fields},
            object::Object,
            values::Moment,
        },
    },
    flows::breaches::{
        self,
        evidence::{self as evidence, Search},
    },
    store::error::StoreError,
    text_value, wire_object,
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

wire_object! {
    /// The state of a search.
    pub struct CursorBody {
        /// `cursor` of the previous response, unchanged.
        #[schema(value_type = String, min_length = 1, max_length = 900_000)]
        cursor: SearchCursor,
    }

    /// Starts an examination of the data keys or, with a cursor, continues one.
    pub struct KeysBody {
        /// `cursor` of the previous response, unchanged; absent to start.
        #[schema(value_type = Option<String>, min_length = 1, max_length = 900_000)]
        cursor: Option<SearchCursor>,
    }
}

/// Starts a search for affected advisers, or continues one.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum AffectedBody {
    /// Starts a search with a query on the audit trail.
    New(TrailWindow),
    /// Continues the search of an earlier response.
    More(CursorBody),
}

impl Object for AffectedBody {
    fn members(fields: &mut Fields) -> Option<Self> {
        if fields.has("cursor") { CursorBody::members(fields).map(Self::More) } else { TrailWindow::in_order(fields).map(Self::New) }
    }
}

/// A cursor that carries the results found so far.
pub struct SearchCursor(String);

text_value!(SearchCursor => |text| match text.len() {
    0 => Err(FieldCode::TooShort),
    1..=MAX_CURSOR_CHARACTERS => Ok(SearchCursor(text.to_owned())),
    _ => Err(FieldCode::TooLong),
});

/// Searches the audit trail of client files for a time window. Returns advisers and counts, never clients.
#[utoipa::path(post, path = "/api/breaches/{id}/affected", tag = "breaches", request_body = AffectedBody, params(("id" = String, Path)),
    responses((status = 200, body = AffectedAnswer)))]
pub(in crate::http) async fn affected(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    Body(body): Body<AffectedBody>,
) -> Result<Answer, Problem> {
    let id = existing(&state, officer, &id).await?;
    let search = match body {
        AffectedBody::New(window) => Search::affected(window),
        AffectedBody::More(CursorBody { cursor: SearchCursor(cursor) }) => evidence::resume(&state.services, officer, id, &cursor).await?,
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
    Body(KeysBody { cursor }): Body<KeysBody>,
) -> Result<Answer, Problem> {
    let id = existing(&state, officer, &id).await?;
    let search = match cursor {
        None => Search::keys(Moment::of(state.services.now())),
        Some(SearchCursor(cursor)) => evidence::resume(&state.services, officer, id, &cursor).await?,
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
    responses((status = 200, body = BreachAnswer, headers(("ETag" = String))), (status = 412)))]
pub(in crate::http) async fn attach(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    body: Unread<CursorBody>,
) -> Result<Answer, Problem> {
    let (services, record) = (&state.services, parse_id(&id)?);
    let act = async {
        let CursorBody { cursor: SearchCursor(cursor) } = body.read()?;
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

fn wrong_cursor() -> Problem {
    StoreError::BadCursor.into()
}
