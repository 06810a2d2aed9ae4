//! Function `clients`: the audit trail of a file.

use super::{
    access::Proof,
    answer::{Answer, PageOf},
    clients::parse_id,
    path::PathId,
    problem::Problem,
    query::ListQuery,
    state::AppState,
};
use crate::{
    domain::{ids::SessionId, later::OrLater, session::Adviser, trail::AuditAction},
    flows::file_trail::{self, TrailActor, TrailLine},
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// An entry of the trail of a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TrailItem {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What.
    pub deed: AuditAction,
    /// The revision of the file afterwards.
    #[schema(minimum = 0)]
    pub revision: u32,
    /// Who.
    #[schema(value_type = TrailBy)]
    pub by: OrLater<TrailBy>,
    /// Whether it happened at a predecessor.
    pub former: bool,
}

/// Who did it.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrailBy {
    /// An adviser.
    Adviser {
        /// As the account is called now; nothing when it is gone.
        #[schema(required)]
        name: Option<String>,
        /// The account's username, which nobody else has; `null` likewise.
        #[schema(required)]
        username: Option<String>,
        /// Whether it was in the session that asks.
        current_session: bool,
        /// From where, as far as it is known.
        #[schema(required)]
        ip: Option<String>,
    },
    /// A hand-over that two officers approved.
    HandOver,
    /// The log of erasures, replayed.
    Replay,
}

/// What was done with a file, newest first; also while its use is blocked. A page may have no entries and still not be the last.
#[utoipa::path(get, path = "/api/clients/{id}/trail", tag = "clients",
    params(("id" = String, Path), ("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<TrailItem>)))]
pub(super) async fn list(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    query: ListQuery,
) -> Result<Answer, Problem> {
    let page = file_trail::page(&state.services, &adviser, parse_id(&id)?, query.limit, query.cursor.as_deref()).await?;
    let items = page.items.into_iter().map(|line| item(line, adviser.session)).collect();
    Ok(Answer::ok(&PageOf::<TrailItem> { items, next: page.next }))
}

fn item(line: TrailLine, current: SessionId) -> TrailItem {
    let by = match line.by {
        TrailActor::Adviser { name, username, session, ip } => TrailBy::Adviser {
            name: name.map(|name| name.as_str().to_owned()),
            username: username.map(|username| username.as_str().to_owned()),
            current_session: session == current,
            ip: ip.map(|ip| ip.to_string()),
        },
        TrailActor::HandOver => TrailBy::HandOver,
        TrailActor::Replay => TrailBy::Replay,
        TrailActor::Later(word) => {
            let by = OrLater::Later(serde_json::json!({ "kind": word }));
            return TrailItem { at: line.at, deed: line.deed, revision: line.revision, by, former: line.former };
        }
    };
    let by = OrLater::Known(by);
    TrailItem { at: line.at, deed: line.deed, revision: line.revision, by, former: line.former }
}
