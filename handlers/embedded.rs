//! The embedded default: everything in the files of one directory, with the queue drained in this process.

use crate::{
    adapters::{
        erasure_file::ErasureFile,
        key_file::{KeyFile, KeyFileError},
        mail_folder::{Announce, DEFAULT_SENDER, MailFolder, MailFolderError},
        queue_table::{Message, QueueTable, QueueTableError},
        sqlite::{
            self,
            documents::{FileInspection, SqliteDocuments, SqliteError, SqliteOptions},
        },
    },
    data_folder::{DATABASE, DataFolder, Database, ERASURES, FirstStart, FolderError, KEY, MAIL, QUEUE},
    flows::{
        jobs::{self, Done},
        services::Services,
    },
    folder_lock::{FolderLock, FolderLockError, Hold},
    ports::{Clock, Documents, KeyWrap, Letter, MailError, Mailer, Ports, Queue, QueueError, QueueText, Random},
};
use async_trait::async_trait;
use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// The files of the embedded default.
pub struct DataDir(PathBuf);

/// The embedded default cannot be opened. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("{0} holds no FinRust data: start `finrust serve` or `finrust demo` first, or set FINRUST_DATA_DIR")]
    Empty(PathBuf),
    /// The directory cannot be created or read.
    #[error("the data directory {0} cannot be used: {1}")]
    Directory(PathBuf, io::Error),
    /// A file in it is missing or not what it should be.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Another process is using it.
    #[error(transparent)]
    Lock(#[from] FolderLockError),
    /// A first start was interrupted before anything was stored.
    #[error("the first start in {0} was interrupted: run `finrust serve`, which goes on with it")]
    Unfinished(PathBuf),
    /// It was written to while it was being read.
    #[error("the database {0} was opened by another process meanwhile: what was seen is no one moment's; run it again")]
    Changed(PathBuf),
    /// A backup would overwrite something.
    #[error("{0} exists already: a backup overwrites nothing; name a directory that does not exist yet")]
    BackupExists(PathBuf),
    /// Another backup to the same path has not finished.
    #[error("{0} is there: a backup is at work or was interrupted; when none runs, remove it and try again")]
    BackupUnfinished(PathBuf),
    /// A backup cannot be written.
    #[error("the backup {0} cannot be written: {1}")]
    Backup(PathBuf, io::Error),
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error(transparent)]
    Database(#[from] SqliteError),
    #[error(transparent)]
    Queue(#[from] QueueTableError),
    #[error(transparent)]
    Mail(#[from] MailFolderError),
}

/// The contents of a backup: file names with sizes in bytes.
pub type BackedUp = Vec<(&'static str, u64)>;

/// The embedded default, open.
pub struct Embedded {
    pub ports: Ports,
    /// The database, for its mark.
    pub database: Arc<SqliteDocuments>,
    /// The receiving end of the queue.
    pub queue: Arc<QueueTable>,
    /// The key file, for adding a version.
    pub key_file: Arc<KeyFile>,
    /// Notified when a first start is complete.
    pub first_start: FirstStart,
}

/// The embedded default, opened read-only.
pub struct LookedAt {
    /// The ports, which refuse every change.
    pub ports: Ports,
    pub seen: Seen,
}

/// The database file as it was read.
pub struct Seen {
    look: FileInspection,
    path: PathBuf,
    /// The database, for what only it can report.
    pub database: Arc<SqliteDocuments>,
}

impl Seen {
    /// Fails if the file changed while it was read, so that what was read is no consistent snapshot.
    pub fn check(&self) -> Result<(), EmbeddedError> {
        if self.look.is_of_one_moment() { Ok(()) } else { Err(EmbeddedError::Changed(self.path.clone())) }
    }
}

impl DataDir {
    /// The files in this directory.
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where mails are written.
    pub fn mail(&self) -> PathBuf {
        self.0.join(MAIL)
    }

    /// Opens existing data read-only: nothing is created or changed. Fails when there is none.
    pub fn look(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<LookedAt, EmbeddedError> {
        self.check_there()?;
        let lock = FolderLock::look(&self.0)?;
        let (path, key_file) = (self.database(), KeyFile::open(&self.key(), Arc::clone(&random))?);
        let look = FileInspection::at(&path);
        let options = SqliteOptions { read_only: true, existing: true, ..SqliteOptions::default() };
        let documents = SqliteDocuments::open_with(&path, Arc::clone(&clock), options).map_err(|error| self.blank(error))?.keeping(lock);
        let database = Arc::new(documents);
        let ports = Ports {
            documents: Arc::clone(&database) as Arc<dyn Documents>,
            key_wrap: Arc::new(key_file),
            queue: Arc::new(Closed),
            mailer: Arc::new(Closed),
            erasures: Arc::new(ErasureFile::new(self.0.join(ERASURES))),
            clock,
            random,
        };
        Ok(LookedAt { ports, seen: Seen { look, path, database } })
    }

    /// Opens existing data, shared with other processes or exclusively. Fails when there is none.
    pub fn open(&self, hold: Hold, clock: Arc<dyn Clock>, random: Arc<dyn Random>, announce: Announce) -> Result<Embedded, EmbeddedError> {
        self.check_there()?;
        self.check_exposure()?;
        let lock = FolderLock::take(&self.0, hold)?;
        let key_file = KeyFile::open(&self.key(), Arc::clone(&random))?;
        let options = SqliteOptions { existing: true, ..SqliteOptions::default() };
        let documents =
            SqliteDocuments::open_with(&self.database(), Arc::clone(&clock), options).map_err(|error| self.blank(error))?.keeping(lock);
        self.open_with((key_file, documents), clock, random, announce)
    }

    /// Opens existing data, or creates it where there are no FinRust files at all. A database without its key file never gets a new key,
    /// which could open nothing. A key, queue, log or mail without its database never gets a new database, which would hide the loss.
    pub fn open_or_create(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>, announce: Announce) -> Result<Embedded, EmbeddedError> {
        self.check_directory()?;
        let folder = self.folder();
        let state = folder.database()?;
        if state == Database::There {
            self.check_exposure()?;
            let lock = FolderLock::take(&self.0, Hold::Shared)?;
            let key_file = KeyFile::open(&self.key(), Arc::clone(&random))?;
            let documents = self.open_documents(Arc::clone(&clock))?.keeping(lock);
            return self.open_with((key_file, documents), clock, random, announce);
        }
        folder.may_make(state)?;
        make_private(&self.0).map_err(|error| EmbeddedError::Directory(self.0.clone(), error))?;
        self.check_exposure()?;
        let lock = FolderLock::take(&self.0, Hold::Shared)?;
        folder.begin_first_start()?;
        let key_file = self.first_key(&random)?;
        let documents = SqliteDocuments::open(&self.database(), Arc::clone(&clock))?.keeping(lock);
        self.open_with((key_file, documents), clock, random, announce)
    }

    /// Opens the existing database. One without documents is accepted only as the remains of an interrupted first start.
    fn open_documents(&self, clock: Arc<dyn Clock>) -> Result<SqliteDocuments, EmbeddedError> {
        let options = SqliteOptions { existing: true, ..SqliteOptions::default() };
        match SqliteDocuments::open_with(&self.database(), Arc::clone(&clock), options) {
            Err(SqliteError::Blank(_)) => {
                self.folder().may_be_blank()?;
                self.folder().begin_first_start()?;
                Ok(SqliteDocuments::open(&self.database(), clock)?)
            }
            opened => Ok(opened?),
        }
    }

    /// Creates the key of a first start. A truncated key file has wrapped nothing, since there is no database yet, and is replaced.
    fn first_key(&self, random: &Arc<dyn Random>) -> Result<KeyFile, EmbeddedError> {
        let create = || KeyFile::create(&self.key(), Arc::clone(random));
        Ok(match create() {
            Err(KeyFileError::Exists(_)) => match KeyFile::open(&self.key(), Arc::clone(random)) {
                Err(KeyFileError::Damaged(_)) => {
                    fs::remove_file(self.key()).map_err(|error| EmbeddedError::Directory(self.key(), error))?;
                    create()
                }
                opened => opened,
            },
            created => created,
        }?)
    }

    /// Checks that there is a non-empty database; whether it holds documents is checked when it is opened.
    fn check_there(&self) -> Result<(), EmbeddedError> {
        self.check_directory()?;
        let folder = self.folder();
        match folder.database()? {
            Database::There => Ok(()),
            _ if folder.first_start_has_begun()? => Err(EmbeddedError::Unfinished(self.0.clone())),
            gone => Err(folder.nothing_to_open(gone)?.map_or_else(|| EmbeddedError::Empty(self.0.clone()), EmbeddedError::from)),
        }
    }

    /// Checks that the path is a directory or does not exist.
    fn check_directory(&self) -> Result<(), EmbeddedError> {
        let refused = |error| EmbeddedError::Directory(self.0.clone(), error);
        match fs::metadata(&self.0) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(refused(io::ErrorKind::NotADirectory.into())),
            // A dangling symbolic link counts as existing.
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&self.0).is_err() => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }

    /// The error of a command that needs documents, for a database without any.
    fn blank(&self, error: SqliteError) -> EmbeddedError {
        if !matches!(error, SqliteError::Blank(_)) {
            return error.into();
        }
        match self.folder().first_start_has_begun() {
            Ok(true) => EmbeddedError::Unfinished(self.0.clone()),
            Ok(false) => self.folder().may_be_blank().map_or_else(EmbeddedError::from, |()| EmbeddedError::Empty(self.0.clone())),
            Err(error) => error.into(),
        }
    }

    /// Refuses files that other users can write, and warns about those that they can read, which are all sealed except for mails. Also
    /// warns when other machines can write them: locks and inode numbers are then unreliable.
    fn check_exposure(&self) -> Result<(), EmbeddedError> {
        for name in self.folder().exposed()? {
            tracing::warn!(event = "data_exposed", cause = name);
        }
        if let Some(kind) = sqlite::mounts::remote(&self.0) {
            tracing::warn!(event = "data_on_network", cause = kind);
        }
        Ok(())
    }

    fn folder(&self) -> DataFolder<'_> {
        DataFolder(&self.0)
    }

    fn open_with(
        &self,
        (key_file, documents): (KeyFile, SqliteDocuments),
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        announce: Announce,
    ) -> Result<Embedded, EmbeddedError> {
        let queue = Arc::new(QueueTable::open(&self.0.join(QUEUE), Arc::clone(&clock))?);
        let mailer = MailFolder::open(&self.mail(), DEFAULT_SENDER, Arc::clone(&clock), announce)?;
        let (key_file, database) = (Arc::new(key_file), Arc::new(documents));
        let ports = Ports {
            documents: Arc::clone(&database) as Arc<dyn Documents>,
            key_wrap: Arc::clone(&key_file) as Arc<dyn KeyWrap>,
            queue: Arc::clone(&queue) as Arc<dyn Queue>,
            mailer: Arc::new(mailer),
            erasures: Arc::new(ErasureFile::new(self.0.join(ERASURES))),
            clock,
            random,
        };
        Ok(Embedded { ports, database, queue, key_file, first_start: self.folder().first_start() })
    }

    fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// The path of the key-encryption key.
    pub fn key(&self) -> PathBuf {
        self.0.join(KEY)
    }

    /// Copies both databases into `target`, a directory that does not exist yet, while they are in use; on request also the key file. The
    /// directory is renamed to `target` last, so under that name it is always complete and on disk.
    ///
    /// # Errors
    /// [`EmbeddedError`]; then `target` does not exist.
    pub fn backup(&self, target: &Path, with_key: bool) -> Result<BackedUp, EmbeddedError> {
        // `DIR/` and `DIR/.` mean `DIR`: the unfinished copy is beside it, not inside.
        let target: &Path = &target.components().collect::<PathBuf>();
        self.check_there()?;
        let _lock = FolderLock::look(&self.0)?;
        sqlite::backup::check_source(&self.database()).map_err(|error| self.blank(error))?;
        let io_error = |error| EmbeddedError::Backup(target.to_owned(), error);
        if fs::symlink_metadata(target).is_ok() {
            return Err(EmbeddedError::BackupExists(target.to_owned()));
        }
        let unfinished = beside(target, ".unfinished");
        make_private(parent(target)).map_err(io_error)?;
        DirBuilder::new().mode(0o700).create(&unfinished).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => EmbeddedError::BackupUnfinished(unfinished.clone()),
            _ => io_error(error),
        })?;
        let copied = self.copy_into(&unfinished, with_key).and_then(|copied| {
            File::open(&unfinished).and_then(|folder| folder.sync_all()).map_err(io_error)?;
            fs::rename(&unfinished, target).map_err(io_error)?;
            File::open(parent(target)).and_then(|folder| folder.sync_all()).map_err(io_error)?;
            Ok(copied)
        });
        if copied.is_err() {
            // The first error is the one that matters; leftovers are reported by the next attempt.
            let _ = fs::remove_dir_all(&unfinished);
        }
        copied
    }

    /// The key file is copied last: it only ever grows, so it opens everything copied before.
    fn copy_into(&self, folder: &Path, with_key: bool) -> Result<BackedUp, EmbeddedError> {
        let mut copied = Vec::new();
        for name in [DATABASE, QUEUE] {
            copied.push((name, sqlite::backup::copy(&self.0.join(name), &folder.join(name))?));
        }
        if with_key {
            let copy = folder.join(KEY);
            let io_error = |error| EmbeddedError::Backup(copy.clone(), error);
            File::open(self.key()).map_err(|source| KeyFileError::Io { path: self.key(), source })?;
            let bytes = fs::copy(self.key(), &copy).map_err(io_error)?;
            File::open(&copy).and_then(|file| file.sync_all()).map_err(io_error)?;
            copied.push((KEY, bytes));
        }
        Ok(copied)
    }
}

/// Queue and mailer of a read-only command.
struct Closed;

#[async_trait]
impl Queue for Closed {
    async fn send(&self, _: &QueueText, _: Duration) -> Result<(), QueueError> {
        Err(QueueError)
    }
}

#[async_trait]
impl Mailer for Closed {
    async fn send(&self, _: &Letter) -> Result<(), MailError> {
        Err(MailError::TryAgain { retry_after: Duration::MAX })
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Processes the jobs that are currently visible, one after the other. Returns how many.
///
/// # Errors
/// [`QueueError`] when the queue cannot be read.
pub async fn drain_queue(queue: &QueueTable, services: &Services) -> Result<usize, QueueError> {
    let mut worked = 0;
    while work_one(queue, services).await? {
        worked += 1;
    }
    Ok(worked)
}

/// Processes the job that has been visible longest. Returns whether there was one.
///
/// # Errors
/// [`QueueError`] when the queue cannot be read.
pub async fn work_one(queue: &QueueTable, services: &Services) -> Result<bool, QueueError> {
    let Some(message) = queue.take().await? else { return Ok(false) };
    do_job(queue, services, &message).await.map(|()| true)
}

async fn do_job(queue: &QueueTable, services: &Services, message: &Message) -> Result<(), QueueError> {
    match jobs::run(services, &message.text).await {
        Ok(Done::Finished) => queue.done(message.id).await,
        Ok(Done::Garbage) => {
            tracing::error!(event = "job_garbage", function = "send-mail");
            queue.done(message.id).await
        }
        Err(again) => {
            again.log(Some(message.dequeue_count));
            queue.retry(message.id, again.retry_after).await
        }
    }
}

/// Creates a directory that only its owner can access.
pub fn make_private(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}
