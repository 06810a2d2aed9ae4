//! What SQLite's failures mean for callers, and for whoever reads the log.
//!
//! A failure is written to the log with SQLite's extended code and what it means, the same one at most once a minute: a full disk fails
//! every request, and one line is enough.

use crate::ports::{CommitError, ReadError};
use rusqlite::{Error, ErrorCode};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const RETRY_AFTER: Duration = Duration::from_secs(1);
const SAY_EVERY: Duration = Duration::from_secs(60);

/// When what was said last, and how often it has happened since.
static SAID: Mutex<BTreeMap<(&str, i32), (Option<Instant>, u64)>> = Mutex::new(BTreeMap::new());

/// What a failed read means for the caller.
pub fn read_failure(error: &Error) -> ReadError {
    say("read", error);
    if is_busy(error) { ReadError::Busy { retry_after: RETRY_AFTER } } else { ReadError::Unavailable }
}

/// What a failure before the end of a transaction means: nothing was written.
pub fn write_failure(error: &Error) -> CommitError {
    say("commit", error);
    if is_busy(error) { CommitError::Busy { retry_after: RETRY_AFTER } } else { CommitError::Unavailable }
}

/// What a failed `COMMIT` means. When the disk failed on the last flush, a crash may still bring the transaction back.
pub fn end_failure(error: &Error) -> CommitError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::ReadOnly) => write_failure(error),
        _ => {
            say("commit", error);
            CommitError::Unknown
        }
    }
}

/// Every queue of this adapter is bounded; a full one answers like a locked database.
pub const fn read_queue_full() -> ReadError {
    ReadError::Busy { retry_after: RETRY_AFTER }
}

/// See [`read_queue_full`].
pub const fn write_queue_full() -> CommitError {
    CommitError::Busy { retry_after: RETRY_AFTER }
}

/// Whether what lies in the file contradicts itself.
pub fn is_damage(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn is_busy(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Says that something failed and why, unless that was said a moment ago.
pub fn say(operation: &'static str, error: &Error) {
    let code = error.sqlite_error().map_or(0, |error| error.extended_code);
    let now = Instant::now();
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let (last, count) = said.entry((operation, code)).or_insert((None, 0));
    *count += 1;
    if last.is_some_and(|last| now.duration_since(last) < SAY_EVERY) {
        return;
    }
    let times = *count;
    (*last, *count) = (Some(now), 0);
    drop(said);
    let (cause, outcome) = meaning(error);
    tracing::error!(event = "database_refuses", operation, cause, outcome, sub_status = code, count = times);
}

/// Why, and what that means for users.
const fn meaning_of(code: Option<ErrorCode>) -> (&'static str, &'static str) {
    match code {
        Some(ErrorCode::DiskFull) => ("the disk is full", "nothing is saved until there is room: free some"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("another process has it locked", "nothing is saved until it lets go: find that process")
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ("it is damaged", "what lies there cannot be read: run finrust verify and go back to a backup")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            ("it may not be written or opened", "nothing is saved: look at owner and mode of the folder and its mount")
        }
        Some(ErrorCode::SystemIoFailure) => {
            ("the system failed to read or write", "nothing is sure to be saved: look after the disk and its quota")
        }
        Some(ErrorCode::OutOfMemory) => ("there is no memory", "requests fail until there is some"),
        _ => ("something that is not expected", "requests fail"),
    }
}

fn meaning(error: &Error) -> (&'static str, &'static str) {
    meaning_of(error.sqlite_error_code())
}
