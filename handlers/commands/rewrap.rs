//! `finrust rewrap`: rewraps every data key under the newest version of the key-encryption key.

use super::{console::Lines, failure::CommandError, key_check::check_data};
use crate::{
    app::{Absent, Application, QueueWorker},
    config::Config,
    embedded::EmbeddedError,
    flows::maintenance::rewrap,
};
use std::sync::Arc;

/// How to rewrap.
#[derive(clap::Args)]
pub struct RewrapArguments {
    /// First add a new version of the key-encryption key to the embedded key file
    #[arg(long)]
    rotate: bool,
}

/// Rewraps the data keys; can be interrupted at any point and run again.
pub async fn run(config: &Config, arguments: &RewrapArguments) -> Result<(), CommandError> {
    let application = Application::open(config, Absent::Refuse, Arc::new(|_| {}))?;
    let own_key = match (arguments.rotate, &application.queue_worker) {
        (false, _) => None,
        (true, QueueWorker::InProcess { key_file, .. }) => Some(Arc::clone(key_file)),
        (true, QueueWorker::FunctionsHost { .. }) => {
            return Err(CommandError::EmbeddedOnly("--rotate", "rotate the key in Key Vault, then run `finrust rewrap`"));
        }
    };
    check_data(&application).await?;
    let Application { state, queue_worker: _queue_worker } = application;
    let mut lines = Lines::default();
    if let Some(key_file) = own_key {
        let version = key_file.rotate().map_err(EmbeddedError::from)?;
        lines.say(&format!("New version of the key-encryption key: {}", version.0));
    }
    let progress = |seen| lines.say(&format!("{seen} data keys looked at"));
    let keys = rewrap(&state.services, &*state.documents, progress).await?;
    lines.say(&format!("{} of {} data keys re-wrapped; the others were under the newest version already.", keys.rewrapped, keys.seen));
    lines.end()?;
    if keys.broken == 0 { Ok(()) } else { Err(CommandError::Findings(keys.broken)) }
}
