//! The state shared by all handlers.

use super::{client_address::ClientAddress, readiness::Readiness};
use crate::{flows::services::Services, ports::Documents, store::commit_watch::CommitWatch};
use std::sync::Arc;

/// The state shared by all requests.
#[derive(Clone)]
pub struct AppState {
    pub services: Arc<Services>,
    /// For the health check and maintenance only.
    pub documents: Arc<dyn Documents>,
    /// Whether commits currently succeed.
    pub commits: CommitWatch,
    /// How requests reach this process.
    pub front: Front,
    /// Whether the process is ready to serve.
    pub readiness: Readiness,
}

/// How requests reach this process.
#[derive(Clone)]
pub struct Front {
    /// Scheme, host and port as browsers see them.
    pub origin: Arc<str>,
    /// Other names of the same origin: those of loopback, if the origin is one of them.
    pub aliases: Arc<[String]>,
    /// How the client's address is determined.
    pub client_address: ClientAddress,
    /// Whether the Functions host is in front: its own requests carry no `X-Forwarded-*`, proxied ones always do.
    pub behind_host: bool,
}
