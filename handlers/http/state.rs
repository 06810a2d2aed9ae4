//! The state shared by all handlers.

use super::{client_address::ClientAddress, readiness::Readiness};
use crate::{flows::services::Services, ports::Documents, store::commit_watch::CommitWatch};
use std::{ops::Deref, sync::Arc};

/// The state shared by all requests. Every layer of the router clones it for every request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

impl AppState {
    /// Shares it from now on.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What is shared.
pub struct Shared {
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
pub struct Front {
    /// Scheme, host and port as browsers see them.
    pub origin: String,
    /// Other names of the same origin: those of loopback, if the origin is one of them.
    pub aliases: Vec<String>,
    /// How the client's address is determined.
    pub client_address: ClientAddress,
    /// Whether the Functions host is in front: its own requests carry no `X-Forwarded-*`, proxied ones always do.
    pub behind_host: bool,
}
