//! Resident memory.

use super::{
    figures::{Aim, Figures},
    server::Server,
};
use std::time::Duration;
use tokio::time::sleep;

const MAX_MB: f64 = 25.0;

/// The current resident memory of the process.
pub fn measure(name: &'static str, label: &str, server: &Server, figures: &mut Figures) {
    figures.add(name, label, server.resident_mb(), "MB", Aim::AtMost(MAX_MB));
}

/// Gives the process time to return memory to the system.
pub async fn settle() {
    sleep(Duration::from_secs(3)).await;
}
