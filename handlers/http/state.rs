//! What handlers may touch.

use super::{client_address::ClientAddress, readiness::Readiness};
use crate::{flows::services::Services, ports::Documents, store::commit_watch::CommitWatch};
use std::sync::Arc;

/// Shared by all requests.
#[derive(Clone)]
pub struct AppState {
    pub services: Arc<Services>,
    /// For the health check and maintenance only.
    pub documents: Arc<dyn Documents>,
    /// How commits have gone.
    pub commits: CommitWatch,
    /// How requests reach this process.
    pub front: Front,
    /// Whether it can do its work.
    pub readiness: Readiness,
}

/// How requests reach this process.
#[derive(Clone)]
pub struct Front {
    /// Scheme, host and port that browsers see.
    pub origin: Arc<str>,
    /// Other names of the same origin: those of loopback, and only where it is one of them.
    pub aliases: Arc<[String]>,
    /// How the address of a client is known.
    pub client_address: ClientAddress,
    /// Whether the Functions host stands in front: its own requests carry no `X-Forwarded-*`, proxied ones always do.
    pub behind_host: bool,
}
