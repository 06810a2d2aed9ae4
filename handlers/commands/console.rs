//! What a person at the terminal reads, and a script: what a command prints is written whole, or the command fails.

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
/// [`CommandError::Output`]: whoever reads it would take a part for the whole.
pub fn say(line: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(CommandError::Output)
}

/// Writes a line to standard error. What cannot be complained about is told by the exit code.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Leaves a line for standard output, for whoever serves: it waits for no reader.
pub fn tell(log: &LogWriter, line: &str) {
    log.put(Stream::Out, Urgency::Ordinary, format!("{line}\n"));
}

/// Mails that a command has written, to be said when it is done.
#[derive(Clone, Default)]
pub struct Mailed(Arc<Mutex<Vec<PathBuf>>>);

impl Mailed {
    /// Takes down one more.
    pub fn note(&self, path: PathBuf) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    pub fn say(&self) -> Result<(), CommandError> {
        let paths = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        paths.iter().try_for_each(|path| say(&format!("Mail: {}", path.display())))
    }
}

/// Lines of a command that goes on with its work when nobody can read them, and fails at its end.
#[derive(Default)]
pub struct Lines(Option<CommandError>);

impl Lines {
    /// Says a line, unless an earlier one could not be said.
    pub fn say(&mut self, line: &str) {
        if self.0.is_none() {
            self.0 = say(line).err();
        }
    }

    /// Whether all could be said.
    pub fn end(self) -> Result<(), CommandError> {
        self.0.map_or(Ok(()), Err)
    }
}
