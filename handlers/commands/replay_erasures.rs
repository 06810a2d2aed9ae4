//! `finrust replay-erasures`: after a restore, repeats the erasures in the erasure log whose files are back.

use super::{
    console::{Lines, complain, say},
    failure::CommandError,
    key_check::check_data,
};
use crate::{
    adapters::sqlite::documents::MarkVerdict,
    app::{Application, QueueWorker},
    config::Config,
    flows::clients::{self, erasure_replay::Extent},
    store::error::StoreError,
};

/// Files per progress line.
const PROGRESS_EVERY: usize = 1000;

/// Replays the log; can be interrupted at any point and run again.
///
/// # Errors
/// [`CommandError::Findings`] when lines of the log fail authentication.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let application = Application::open_alone(config)?;
    let judged = check_data(&application).await?;
    let Application { state, queue_worker } = application;
    let progress = |seen: usize| {
        if seen.is_multiple_of(PROGRESS_EVERY) {
            complain(&format!("erased files looked for: {seen}"));
        }
    };
    let replayed = clients::erasure_replay::replay(&state.services, Extent::Whole, progress).await?;
    let mut lines = Lines::default();
    lines.say(&format!("Erased files in the log: {}. Had come back and were erased again: {}.", replayed.named, replayed.erased));
    if let (Some(MarkVerdict::Lost { after, until }), QueueWorker::InProcess { database, .. }) = (judged, &queue_worker) {
        database.forget_losses().await.map_err(StoreError::from)?;
        lines.say(&format!("The database had gone back from transaction {until} to {after}; that is taken for the restore from now on."));
    }
    lines.end()?;
    if replayed.unvouched == 0 {
        return Ok(());
    }
    say(&format!("Lines of the log that are not authentic: {}. No file was erased because of them.", replayed.unvouched))?;
    Err(CommandError::Findings(replayed.unvouched))
}
