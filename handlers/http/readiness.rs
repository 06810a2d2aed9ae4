//! Whether this process is ready to serve. Its dependencies may become available later than the process itself: a role assignment that has
//! not propagated yet, a vault that is being restored. If the process exited because of that, the Functions host would restart it at once
//! and give up after the third time; so it stays up, reports that it is not healthy, and retries.

use super::{
    problem::{Code, Problem},
    shield::JOB_PATHS,
    state::AppState,
};
use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How soon a client may try again; the process itself retries about as often.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How ready the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Keys and database have answered.
    Ready,
    /// They have not yet: requests are served as far as possible, and the health check fails.
    NotYet,
    /// Records of data keys that sealed something are missing: nothing is served until they are back.
    KeysMissing,
}

/// The readiness of this process, shared.
#[derive(Clone)]
pub struct Readiness(Arc<watch::Sender<Stage>>);

impl Readiness {
    pub fn at(stage: Stage) -> Self {
        Self(Arc::new(watch::Sender::new(stage)))
    }

    /// The current stage.
    pub fn stage(&self) -> Stage {
        *self.0.borrow()
    }

    /// Sets the stage.
    pub fn set(&self, stage: Stage) {
        self.0.send_replace(stage);
    }
}

/// Refuses API requests and jobs while keys are missing. Pages hold no data, and one of them is the host's ready probe.
pub async fn hold<Answered: Future<Output = Response>>(
    state: &AppState,
    request: Request,
    answer: impl FnOnce(Request) -> Answered,
) -> Response {
    let path = request.uri().path();
    let works = path.starts_with("/api/") || JOB_PATHS.contains(&path);
    if works && state.readiness.stage() == Stage::KeysMissing {
        return Problem::later(Code::Unavailable, RETRY_AFTER).into_response();
    }
    answer(request).await
}
