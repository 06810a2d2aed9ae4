//! What SQLite's failures mean, for callers and for readers of the log.
//!
//! A failure is logged with SQLite's extended code and its meaning, the same one at most once a minute: a full disk fails every request,
//! and one line is enough.

use crate::ports::{CommitError, ReadError};
use rusqlite::{Error, ErrorCode};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const RETRY_AFTER: Duration = Duration::from_secs(1);
const SAY_EVERY: Duration = Duration::from_mins(1);

/// Keyed by operation and code.
type Said = BTreeMap<(&'static str, i32), (Option<Instant>, u64)>;

/// When each failure was last logged, and how often it has happened since.
static SAID: Mutex<Said> = Mutex::new(BTreeMap::new());

/// What a failed read means for the caller.
pub fn read_failure(error: &Error) -> ReadError {
    say("read", error);
    if is_busy(error) { ReadError::Busy { retry_after: RETRY_AFTER } } else { ReadError::Unavailable }
}

/// What a failure before the end of a transaction means for the caller: nothing was written.
pub fn write_failure(error: &Error) -> CommitError {
    say("commit", error);
    if is_busy(error) { CommitError::Busy { retry_after: RETRY_AFTER } } else { CommitError::Unavailable }
}

/// What a failed `COMMIT` means. When the disk failed on the last flush, the transaction may reappear after a crash.
pub fn end_failure(error: &Error) -> CommitError {
    use ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, ReadOnly};
    if let Some(DatabaseBusy | DatabaseLocked | DiskFull | ReadOnly) = error.sqlite_error_code() {
        return write_failure(error);
    }
    say("commit", error);
    CommitError::Unknown
}

/// Every queue of this adapter is bounded; a full one counts as busy, like a locked database.
pub const fn read_queue_full() -> ReadError {
    ReadError::Busy { retry_after: RETRY_AFTER }
}

/// See [`read_queue_full`].
pub const fn write_queue_full() -> CommitError {
    CommitError::Busy { retry_after: RETRY_AFTER }
}

/// Whether the content of the file is inconsistent.
pub fn is_damage(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Whether another connection holds a lock.
pub fn is_busy(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Logs a failure and its meaning, unless it was logged within the last minute.
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

/// The cause, and what it means for users.
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
