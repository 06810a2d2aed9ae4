//! `finrust verify`: opens every document and follows every chain; changes nothing.

use super::{
    console::{complain, say},
    failure::CommandError,
    key_check::{check_existing, missing_keys},
};
use crate::{app::World, config::Config, flows::verify};
/// Documents between two lines of progress.
const PROGRESS_EVERY: usize = 10_000;

/// Verifies and reports.
///
/// # Errors
/// [`CommandError::Findings`] when something is wrong.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let sight = World::look(config)?;
    let (services, mut told) = (&sight.state.services, 0);
    // A missing key is a finding among others.
    if missing_keys(services).await?.is_none() {
        check_existing(services).await?;
    }
    let progress = |seen: usize| {
        if seen >= told + PROGRESS_EVERY {
            told = seen;
            complain(&format!("{seen} documents looked at"));
        }
    };
    let report =
        verify::run(&*sight.state.documents, &services.sealing, &services.identities, &*services.erasures, &*services.clock, progress)
            .await?;
    sight.check()?;
    report.lines().iter().try_for_each(|line| say(line))?;
    if report.is_clean() { Ok(()) } else { Err(CommandError::Findings(report.count())) }
}
