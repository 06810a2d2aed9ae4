//! A lock on the folder of the embedded default: shared by those who work beside each other, exclusive for who must be alone.
//!
//! It lies on a file of its own, `lock`, which nothing is written into. The system lets it go when its process ends, however that ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

const NAME: &str = "lock";

/// Held as long as it lives.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Beside whom somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Others who work beside each other.
    Shared,
    Alone,
}

/// Why the lock is not had, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FolderLockError {
    #[error("another FinRust process uses {0}: stop it first")]
    InUse(PathBuf),
    /// Somebody is alone there.
    #[error("`finrust replay-erasures` or `finrust demo` is at work on {0}: wait until it is done")]
    Closed(PathBuf),
    /// It is no file, or cannot be made or locked.
    #[error("{path} cannot be locked: {source}")]
    Io {
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes the lock of a folder that is there; makes its file.
    pub fn take(folder: &Path, hold: Hold) -> Result<Self, FolderLockError> {
        let path = folder.join(NAME);
        check(&path)?;
        let opened = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path);
        lock(folder, opened.map_err(io_error(&path))?, hold)
    }

    /// Shares the lock where there is one, for whoever makes nothing.
    pub fn look(folder: &Path) -> Result<Option<Self>, FolderLockError> {
        let path = folder.join(NAME);
        check(&path)?;
        match File::open(&path) {
            Ok(file) => lock(folder, file, Hold::Shared).map(Some),
            // Who may not read it may read nothing else there either, and is told so.
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
        // Some file systems know no locks: there SQLite has none either.
        (Err(TryLockError::Error(error)), _) => tracing::warn!(event = "data_not_locked", cause = error.to_string()),
    }
    Ok(FolderLock { _file: file })
}

/// Opening a pipe waits for whoever is at its other end.
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

    /// `O_PATH`: a file that can be neither read, nor written, nor locked.
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
