//! The files in the folder of the embedded default. They are inspected before any of them is opened, so that a missing file is not replaced
//! by a new one.
//!
//! A database is created only in a folder without any FinRust files. A first start creates `first-start` first and removes it last: if it
//! is interrupted, the next start can tell its leftovers from data whose database is missing.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The database.
pub const DATABASE: &str = "finrust.db";
/// The queue.
pub const QUEUE: &str = "queue.db";
/// The key-encryption key.
pub const KEY: &str = "key-encryption-key";
/// Mails as they were sent.
pub const MAIL: &str = "mail";
/// The erasure log; the one in the second format has a file beside it.
pub const ERASURES: &str = "erasures.log";
const ERASURES_2: &str = "erasures-2.log";
/// Marks a first start that has begun but not finished.
pub const FIRST_START: &str = "first-start";

const WAL: &str = "finrust.db-wal";
const JOURNAL: &str = "finrust.db-journal";
/// Files that show that a folder was used. An interrupted first start may leave the first `LEFT_BY_A_FIRST_START` of them, and no others.
const TRACES: [&str; 11] = [
    KEY,
    QUEUE,
    "queue.db-wal",
    "queue.db-shm",
    "finrust.db-shm",
    JOURNAL,
    WAL,
    "key-encryption-key.new",
    ERASURES,
    ERASURES_2,
    "finrust.mark",
];
const LEFT_BY_A_FIRST_START: usize = 6;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const READABLE_BY_OTHERS: u32 = 0o044;

/// Why a folder is not used as it is. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Files of a database exist, but the database itself does not.
    #[error(
        "the database {database} is {state}, but beside it lies what belongs to one: {beside}. Put the database back, with its -wal where there is one, or a whole backup; or, when nothing of this is needed any more, move all of it away and start again"
    )]
    DatabaseGone {
        /// Its expected path.
        database: PathBuf,
        /// `missing` or `empty`.
        state: &'static str,
        beside: String,
    },
    /// A dangling symbolic link, for instance to a volume that is not mounted.
    #[error("{0} is a link to something that is not there: put back or mount what it points to")]
    DeadLink(PathBuf),
    /// Something else than a regular file.
    #[error("{0} is not a file: move it away, and put back the file that belongs there")]
    NotAFile(PathBuf),
    /// Other users could replace it.
    #[error("{0} can be written by others than its owner: run chmod go-w on it")]
    Writable(PathBuf),
    /// The system denies access.
    #[error("{0} cannot be looked at: {1}")]
    Closed(PathBuf, io::Error),
}

/// The data folder.
pub struct DataFolder<'a>(pub &'a Path);

/// State of the database file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Missing,
    /// Zero bytes long.
    Empty,
    There,
}

/// Removes the marker of a first start when that is complete.
pub struct FirstStart(Option<PathBuf>);

impl DataFolder<'_> {
    /// The state of the database file, after checking that all files are regular ones.
    pub fn database(&self) -> Result<Database, FolderError> {
        for name in TRACES.into_iter().chain([FIRST_START]) {
            self.file(name)?;
        }
        Ok(match self.file(DATABASE)? {
            None => Database::Missing,
            Some(file) if file.len() == 0 => Database::Empty,
            Some(_) => Database::There,
        })
    }

    /// Fails if other users can write any file; returns what they can read.
    pub fn exposed(&self) -> Result<Vec<&'static str>, FolderError> {
        let mut readable = Vec::new();
        for name in ["", DATABASE, WAL, QUEUE, "queue.db-wal", ERASURES, ERASURES_2, MAIL] {
            let path = if name.is_empty() { self.0.to_owned() } else { self.0.join(name) };
            let Some(found) = found(&path)? else { continue };
            if found.mode() & WRITABLE_BY_OTHERS != 0 {
                return Err(FolderError::Writable(path));
            }
            if found.mode() & READABLE_BY_OTHERS != 0 {
                readable.push(if name.is_empty() { "the data directory" } else { name });
            }
        }
        Ok(readable)
    }

    /// Whether a first start was interrupted here.
    pub fn first_start_has_begun(&self) -> Result<bool, FolderError> {
        self.file(FIRST_START).map(|found| found.is_some())
    }

    /// Refuses to create a database beside files of another one.
    pub fn may_make(&self, database: Database) -> Result<(), FolderError> {
        let begun = self.first_start_has_begun()?;
        let mut beside = self.traces(if begun { &TRACES[LEFT_BY_A_FIRST_START..] } else { &TRACES })?;
        // SQLite creates the write-ahead log of a new database before it writes anything to it.
        if begun && self.file(WAL)?.is_some_and(|wal| wal.len() == 0) {
            beside.retain(|name| name != WAL);
        }
        if beside.is_empty() { Ok(()) } else { Err(self.gone(database, &beside)) }
    }

    /// Likewise, for an existing database without documents.
    ///
    /// # Errors
    /// [`FolderError::DatabaseGone`], unless a first start was interrupted here or there are no other files.
    pub fn may_be_blank(&self) -> Result<(), FolderError> {
        let mut beside = self.traces(&TRACES)?;
        // Files of this database itself.
        beside.retain(|name| ![WAL, JOURNAL, "finrust.db-shm"].contains(&name.as_str()));
        if beside.is_empty() || self.first_start_has_begun()? { Ok(()) } else { Err(self.gone(Database::Empty, &beside)) }
    }

    /// Durably marks the beginning of a first start.
    pub fn begin_first_start(&self) -> Result<(), FolderError> {
        let path = self.0.join(FIRST_START);
        let begin = || {
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?.sync_all()?;
            File::open(self.0)?.sync_all()
        };
        begin().map_err(|error| FolderError::Closed(path.clone(), error))
    }

    /// The handle that removes the marker of a first start.
    pub fn first_start(&self) -> FirstStart {
        FirstStart(Some(self.0.join(FIRST_START)))
    }

    /// Why a command that creates nothing has nothing to work on; `None` when there are no FinRust files at all.
    pub fn nothing_to_open(&self, database: Database) -> Result<Option<FolderError>, FolderError> {
        let beside = self.traces(&TRACES)?;
        Ok((!beside.is_empty()).then(|| self.gone(database, &beside)))
    }

    fn gone(&self, database: Database, beside: &[String]) -> FolderError {
        let state = if database == Database::Missing { "missing" } else { "empty" };
        FolderError::DatabaseGone { database: self.0.join(DATABASE), state, beside: beside.join(", ") }
    }

    fn traces(&self, names: &[&str]) -> Result<Vec<String>, FolderError> {
        let mut there = Vec::new();
        for name in names {
            if self.file(name)?.is_some() {
                there.push((*name).to_owned());
            }
        }
        let mail = self.0.join(MAIL);
        let mails = match fs::read_dir(&mail) {
            Ok(entries) => entries.count(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(FolderError::Closed(mail, error)),
        };
        if mails > 0 {
            there.push(format!("{MAIL} with {mails} file(s)"));
        }
        Ok(there)
    }

    fn file(&self, name: &str) -> Result<Option<Metadata>, FolderError> {
        let path = self.0.join(name);
        match found(&path)? {
            Some(found) if !found.is_file() => Err(FolderError::NotAFile(path)),
            found => Ok(found),
        }
    }
}

impl FirstStart {
    pub const fn none() -> Self {
        Self(None)
    }

    /// Completes the first start: everything that data needs exists.
    ///
    /// # Errors
    /// The system's error; the next start tries again.
    pub fn finished(&self) -> io::Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        match fs::remove_file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()),
        }
    }
}

/// `None` only if certainly nothing exists: a path that cannot be inspected may well exist.
fn found(path: &Path) -> Result<Option<Metadata>, FolderError> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::symlink_metadata(path) {
            Ok(_) => Err(FolderError::DeadLink(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FolderError::Closed(path.to_owned(), error)),
        },
        Err(error) => Err(FolderError::Closed(path.to_owned(), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{DATABASE, DataFolder, Database, FIRST_START, FolderError, TRACES, WAL};
    use std::fs;

    fn with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn refused(files: &[(&str, &str)]) -> Option<String> {
        let folder = with(files);
        let folder = DataFolder(folder.path());
        let database = folder.database().unwrap();
        assert_ne!(database, Database::There);
        folder.may_make(database).err().map(|error| error.to_string())
    }

    #[test]
    fn every_trace_keeps_a_database_from_being_made_and_is_named() {
        assert_eq!(refused(&[]), None);
        for name in TRACES {
            for database in [&[][..], &[(DATABASE, "")]] {
                let error = refused(&[database, &[(name, "x")]].concat()).unwrap();
                assert!(error.contains(name) && error.contains(if database.is_empty() { "is missing" } else { "is empty" }), "{error}");
            }
        }
    }

    #[test]
    fn what_a_first_start_leaves_is_gone_on_with_and_nothing_else() {
        for name in TRACES {
            let left = !["key-encryption-key.new", "erasures.log", "erasures-2.log", "finrust.mark", WAL].contains(&name);
            assert_eq!(refused(&[(FIRST_START, ""), (name, "x")]).is_none(), left, "{name}");
        }
        assert_eq!(refused(&[(FIRST_START, ""), (WAL, "")]), None);
    }

    #[test]
    fn an_empty_mail_folder_is_no_trace_and_a_mail_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let look = DataFolder(folder.path());
        fs::create_dir(folder.path().join("mail")).unwrap();
        assert!(look.may_make(Database::Missing).is_ok());
        fs::write(folder.path().join("mail/a.eml"), "x").unwrap();
        assert!(look.may_make(Database::Missing).unwrap_err().to_string().contains("mail with 1 file"));
        fs::write(folder.path().join(FIRST_START), "").unwrap();
        assert!(look.may_make(Database::Missing).is_err());
    }

    #[test]
    fn a_link_to_nothing_and_what_is_no_file_are_not_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("elsewhere", folder.path().join(DATABASE)).unwrap();
        assert!(matches!(DataFolder(folder.path()).database(), Err(FolderError::DeadLink(_))));
        fs::remove_file(folder.path().join(DATABASE)).unwrap();
        fs::create_dir(folder.path().join(DATABASE)).unwrap();
        assert!(matches!(DataFolder(folder.path()).database(), Err(FolderError::NotAFile(_))));
    }
}
