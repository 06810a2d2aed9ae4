//! Output for a person at a terminal or for a script: what a command prints is written completely, or the command fails.

use super::failure::CommandError;
use crate::log_writer::{LogWriter, Stream, Urgency};
use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// Writes a line to standard output.
///
/// # Errors
/// [`CommandError::Output`]: a reader would otherwise mistake partial output for all of it.
pub fn say(line: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(CommandError::Output)
}

/// Writes a line to standard error. If that fails, only the exit code reports it.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Queues a line for standard output. For the server, which must not block on a reader.
pub fn tell(log: &LogWriter, line: &str) {
    log.put(Stream::Out, Urgency::Ordinary, format!("{line}\n"));
}

/// Mails that a command has written, printed when it finishes.
#[derive(Clone, Default)]
pub struct Mailed(Arc<Mutex<Vec<PathBuf>>>);

impl Mailed {
    /// Adds one.
    pub fn note(&self, path: PathBuf) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    pub fn say(&self) -> Result<(), CommandError> {
        let paths = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        paths.iter().try_for_each(|path| say(&format!("Mail: {}", path.display())))
    }
}

/// Output of a command that continues its work when its output cannot be written, and fails at the end.
#[derive(Default)]
pub struct Lines(Option<CommandError>);

impl Lines {
    /// Prints a line, unless an earlier one could not be written.
    pub fn say(&mut self, line: &str) {
        if self.0.is_none() {
            self.0 = say(line).err();
        }
    }

    /// The first failure to write, if any.
    pub fn end(self) -> Result<(), CommandError> {
        self.0.map_or(Ok(()), Err)
    }
}
