//! Why a command stopped: one clear line that says what to do.

use crate::{
    app::OpenError, config::ConfigError, embedded::EmbeddedError, flows::failure::Failure, ports::QueueError, store::error::StoreError,
};
use std::{io, path::PathBuf};

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The command does not exist on Azure.
    #[error("{0} is for the embedded default: {1}")]
    EmbeddedOnly(&'static str, &'static str),
    #[error("127.0.0.1:{0} cannot be served: {1}; stop what serves there, or choose another port with --port")]
    Port(u16, io::Error),
    /// A failure of the runtime or of a file.
    #[error("{0}: {1}")]
    Io(&'static str, io::Error),
    #[error("{0}, {path}, cannot be used: {2}", path = .1.display())]
    File(&'static str, PathBuf, io::Error),
    #[error("what was to be printed cannot be written: {0}; the command itself went on as far as it had come")]
    Output(io::Error),
    /// An invalid command-line argument.
    #[error("--{0} is not valid: {1}")]
    Argument(&'static str, &'static str),
    /// The username is taken.
    #[error("an account with this username exists already: choose another one, or let an officer invite it again")]
    UsernameTaken,
    /// The key file belongs to another database.
    #[error("this database was sealed under another key: put back the key file that belongs to it")]
    AnotherKey,
    /// Records of data keys are missing.
    #[error(
        "this database holds what was sealed under keys whose records are gone from the container keys: {0}; put them back from a backup"
    )]
    KeysMissing(String),
    /// Nothing was ever stored in the database.
    #[error("the database holds no FinRust data: there is nothing to work on")]
    Nothing,
    #[error("{0}; try again, and run `finrust verify` when it stays")]
    Store(#[from] StoreError),
    #[error("{0}; the mail is kept and goes out with the next `finrust serve`")]
    Queue(#[from] QueueError),
    /// `finrust verify` found problems.
    #[error("verification found {0} problem(s): do not go live with this data, see SECURITY.md")]
    Findings(usize),
    /// A key that was to be destroyed is in use.
    #[error("{0} key(s) that were marked as spent are named by a document: nothing of them was destroyed; run `finrust verify`")]
    StillNamed(usize),
    /// Setting up the demonstration failed.
    #[error("the demonstration could not be set up: {0}")]
    Demo(&'static str),
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::UsernameTaken => Self::UsernameTaken,
            Failure::Store(error) => Self::Store(error),
            _ => Self::Demo("signing in failed"),
        }
    }
}
