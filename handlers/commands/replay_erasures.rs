//! `finrust replay-erasures`: after a restore, erases again whatever the log of erasures names and is there.

use super::{
    console::{complain, say},
    failure::CommandError,
    key_check::check_existing,
};
use crate::{
    app::World,
    config::Config,
    flows::erasure_replay::{self, Extent},
};

/// Files between two lines of progress.
const PROGRESS_EVERY: usize = 1000;

/// Replays; may be stopped anywhere and run again.
///
/// # Errors
/// [`CommandError::Findings`] when lines of the log are not vouched for.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let World { state, .. } = World::open_alone(config)?;
    check_existing(&state.services).await?;
    let progress = |seen: usize| {
        if seen.is_multiple_of(PROGRESS_EVERY) {
            complain(&format!("{seen} erased files looked for"));
        }
    };
    let replayed = erasure_replay::replay(&state.services, Extent::Whole, progress).await?;
    say(&format!("{} erased files in the log; {} were there again and are erased.", replayed.named, replayed.erased))?;
    if replayed.unvouched == 0 {
        return Ok(());
    }
    say(&format!("{} lines of the log are not vouched for; nothing was erased on their word.", replayed.unvouched))?;
    Err(CommandError::Findings(replayed.unvouched))
}
