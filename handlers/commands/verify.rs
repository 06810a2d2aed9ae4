//! `finrust verify`: opens every document and follows every chain; changes nothing.

use super::{
    console::{complain, say},
    failure::CommandError,
    key_check::{check_key, missing_keys},
};
use crate::{
    app::{Absent, World},
    config::Config,
    flows::verify,
};
use std::sync::Arc;

/// Documents between two lines of progress.
const PROGRESS_EVERY: usize = 10_000;

/// Verifies and reports.
///
/// # Errors
/// [`CommandError::Findings`] when something is wrong.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let World { state, .. } = World::open(config, Absent::Refuse, Arc::new(|_| {}))?;
    // A missing key is a finding among others.
    if missing_keys(&state.services).await?.is_none() {
        check_key(&state.services).await?;
    }
    let (services, mut told) = (&state.services, 0);
    let progress = |seen: usize| {
        if seen >= told + PROGRESS_EVERY {
            told = seen;
            complain(&format!("{seen} documents looked at"));
        }
    };
    let report =
        verify::run(&*state.documents, &services.sealing, &services.identities, &*services.erasures, &*services.clock, progress).await?;
    report.lines().iter().for_each(|line| say(line));
    if report.is_clean() { Ok(()) } else { Err(CommandError::Findings(report.count())) }
}
