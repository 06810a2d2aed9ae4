//! `finrust backup`: copies the embedded database while it is in use.

use super::{console::say, failure::CommandError};
use crate::{
    config::{Backend, Config},
    embedded::DataDir,
};
use std::path::PathBuf;

/// Where to write the backup, and what to include.
#[derive(clap::Args)]
pub struct BackupArguments {
    /// Directory to create, which must not exist yet; only its owner can read it
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Also copy the key file: anyone who obtains this backup can then read everything
    #[arg(long)]
    with_key: bool,
}

/// Copies the data and prints how to restore it.
pub fn run(config: &Config, arguments: &BackupArguments) -> Result<(), CommandError> {
    let Backend::Embedded(path) = &config.backend else {
        let instead = "on Azure, Cosmos DB backs itself up at every moment; infra/runbooks/restore.md says how to restore it";
        return Err(CommandError::EmbeddedOnly("finrust backup", instead));
    };
    let data = DataDir::new(path.clone());
    let copied = data.backup(&arguments.directory, arguments.with_key)?;
    let target = arguments.directory.display();
    say(&format!("Copied into {target}, each file as of one moment, checked and flushed to disk:"))?;
    for (name, bytes) in copied {
        say(&format!("  {name}: {bytes} bytes"))?;
    }
    if arguments.with_key {
        say("The key file is beside the database: whoever finds this backup reads everything. Keep it like the readable data.")?;
    } else {
        say("The key file is not in it: without the key, whoever finds this backup finds noise. It opens for nobody else either,")?;
        say(&format!("so keep a copy of {} in another place.", data.key().display()))?;
    }
    say("To restore, put these files, key-encryption-key and the newest erasures*.log into an empty directory that is yours alone")?;
    say("(chmod 700), and run")?;
    say("  FINRUST_DATA_DIR=<that directory> finrust replay-erasures")?;
    say("  FINRUST_DATA_DIR=<that directory> finrust verify")?;
    Ok(())
}
