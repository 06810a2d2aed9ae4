//! Function `clients`: the audit trail of a file.

use super::files::parse_id;
use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    path::PathId,
    problem::Problem,
    query::ListQuery,
    state::AppState,
};
use crate::{
    domain::{clients::trail::AuditAction, ids::SessionId, later::OrLater, sign_in::session::Adviser},
    flows::clients::{
        self,
        trail::{TrailActor, TrailLine},
    },
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// An entry of the audit trail of a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TrailItem {
    /// When the action took place.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The kind of action.
    pub deed: AuditAction,
    /// The revision of the file after the action.
    #[schema(minimum = 0)]
    pub revision: u32,
    /// The actor, as far as it is known.
    #[schema(value_type = TrailBy)]
    pub by: OrLater<TrailBy>,
    /// `true` if recorded under a previous adviser.
    pub former: bool,
}

/// The actor of an audit entry.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrailBy {
    /// An adviser who was signed in.
    Adviser {
        /// The account's current display name; `null` if it no longer exists.
        #[schema(required)]
        name: Option<String>,
        /// The account's username, which is unique; `null` if it no longer exists.
        #[schema(required)]
        username: Option<String>,
        /// Whether it happened in the session of this request.
        current_session: bool,
        /// IP address of the request; `null` if unknown.
        #[schema(required)]
        ip: Option<String>,
    },
    /// A handover approved by two officers.
    HandOver,
    /// The erasure log, replayed after a restore.
    Replay,
}

/// Lists the audit trail of a file, newest first. Works while processing is restricted. A page may be empty without being the last.
#[utoipa::path(get, path = "/api/clients/{id}/trail", tag = "clients",
    params(("id" = String, Path), ("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<TrailItem>)))]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    query: ListQuery,
) -> Result<Answer, Problem> {
    let page = clients::trail::page(&state.services, &adviser, parse_id(&id)?, query.limit, query.cursor.as_deref()).await?;
    Ok(Answer::ok(&PageOf::of(page, |line| item(line, adviser.session))))
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
