//! A lock on the folder of the embedded default: shared by processes that may run side by side, exclusive for those that must run alone.
//!
//! The lock is held on an empty file of its own, `lock`. The system releases it when the process ends, however that happens.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

const NAME: &str = "lock";

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// How the lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Together with other processes that share it.
    Shared,
    Alone,
}

/// Why the lock was not acquired, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FolderLockError {
    #[error("another FinRust process uses {0}: stop it first")]
    InUse(PathBuf),
    /// Another process holds it exclusively.
    #[error("`finrust replay-erasures` or `finrust demo` is at work on {0}: wait until it is done")]
    Closed(PathBuf),
    /// It is not a regular file, or cannot be created or locked.
    #[error("{path} cannot be locked: {source}")]
    Io {
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl FolderLock {
    /// Acquires the lock of an existing folder, creating its file if necessary.
    pub fn take(folder: &Path, hold: Hold) -> Result<Self, FolderLockError> {
        let path = folder.join(NAME);
        check(&path)?;
        let opened = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path);
        lock(folder, opened.map_err(io_error(&path))?, hold)
    }

    /// Acquires the lock shared if its file exists, for commands that create nothing.
    pub fn look(folder: &Path) -> Result<Option<Self>, FolderLockError> {
        let path = folder.join(NAME);
        check(&path)?;
        match File::open(&path) {
            Ok(file) => lock(folder, file, Hold::Shared).map(Some),
            // A process that may not read this file cannot read the others either, and gets an error for those.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Ok(None),
            Err(error) => Err(io_error(&path)(error)),
        }
    }
}

fn lock(folder: &Path, file: File, hold: Hold) -> Result<FolderLock, FolderLockError> {
    let locked = match hold {
        Hold::Shared => file.try_lock_shared(),
        Hold::Alone => file.try_lock(),
    };
    match (locked, hold) {
        (Ok(()), _) => {}
        (Err(TryLockError::WouldBlock), Hold::Shared) => return Err(FolderLockError::Closed(folder.to_owned())),
        (Err(TryLockError::WouldBlock), Hold::Alone) => return Err(FolderLockError::InUse(folder.to_owned())),
        // Some file systems do not support locks; SQLite has none there either.
        (Err(TryLockError::Error(error)), _) => tracing::warn!(event = "data_not_locked", cause = error.to_string()),
    }
    Ok(FolderLock { _file: file })
}

/// Refuses anything but a regular file: opening a pipe, for instance, would block until the other end is opened.
fn check(path: &Path) -> Result<(), FolderLockError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(io_error(path)(io::Error::other("it is not a file: move it away"))),
        _ => Ok(()),
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> FolderLockError {
    move |source| FolderLockError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::{FolderLock, FolderLockError, Hold, lock};
    use std::{
        fs::{File, OpenOptions},
        io,
        os::unix::fs::OpenOptionsExt,
    };

    /// `O_PATH`: a descriptor that can be neither read, written nor locked.
    const NAME_ONLY: i32 = 0o10_000_000;

    #[test]
    fn where_there_are_no_locks_that_is_said_and_work_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let written = File::create(&log).unwrap();
        let told = tracing_subscriber::fmt().with_writer(move || written.try_clone().unwrap()).finish();
        tracing::subscriber::with_default(told, || {
            for hold in [Hold::Shared, Hold::Alone] {
                let file = OpenOptions::new().read(true).custom_flags(NAME_ONLY).open(folder.path()).unwrap();
                assert!(lock(folder.path(), file, hold).is_ok());
            }
        });
        let said = io::read_to_string(File::open(log).unwrap()).unwrap();
        assert_eq!((said.matches(" WARN ").count(), said.matches("data_not_locked").count()), (2, 2), "{said}");
    }

    #[test]
    fn shared_by_many_or_had_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let take = |hold| FolderLock::take(folder.path(), hold);
        assert!(FolderLock::look(folder.path()).unwrap().is_none(), "looking makes none");
        let (one, other) = (take(Hold::Shared).unwrap(), take(Hold::Shared).unwrap());
        assert!(matches!(take(Hold::Alone), Err(FolderLockError::InUse(_))));
        drop((one, other));
        let alone = take(Hold::Alone).unwrap();
        assert!(matches!(take(Hold::Shared), Err(FolderLockError::Closed(_))));
        assert!(matches!(FolderLock::look(folder.path()), Err(FolderLockError::Closed(_))));
        drop(alone);
        assert!(FolderLock::look(folder.path()).unwrap().is_some());
    }
}
