//! Whether this process can do its work. What it depends on may come a little later than the process: a role that is not known
//! everywhere yet, a vault that is being restored. A process that ended for it would be started anew at once, and the third time the
//! Functions host gives up; so it stays, says so to whoever asks for its health, and tries again.

use super::{
    problem::{Code, Problem},
    shield::JOB_PATHS,
    state::AppState,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Asked again by itself about as often.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Keys and database have answered.
    Ready,
    /// They have not: requests are served as well as it goes, health is not well.
    NotYet,
    /// Records of keys are gone that something was sealed under: nothing is served until they are back.
    KeysMissing,
}

/// What the process knows of itself.
#[derive(Clone)]
pub struct Readiness(Arc<watch::Sender<Stage>>);

impl Readiness {
    pub fn at(stage: Stage) -> Self {
        Self(Arc::new(watch::Sender::new(stage)))
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        *self.0.borrow()
    }

    /// It is so from now on.
    pub fn set(&self, stage: Stage) {
        self.0.send_replace(stage);
    }
}

/// Refuses requests of the API and jobs while nothing may be served. Pages hold no data; one of them is the host's ready probe.
pub async fn hold(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let works = path.starts_with("/api/") || JOB_PATHS.contains(&path);
    if works && state.readiness.stage() == Stage::KeysMissing {
        return Problem::later(Code::Unavailable, RETRY_AFTER).into_response();
    }
    next.run(request).await
}
