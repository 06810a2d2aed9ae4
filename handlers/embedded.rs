//! The embedded default: everything in the files of one directory, the queue worked off in this process.

use crate::{
    adapters::{
        erasure_file::ErasureFile,
        key_file::{KeyFile, KeyFileError},
        mail_folder::{Announce, DEFAULT_SENDER, MailFolder, MailFolderError},
        queue_table::{Message, QueueTable, QueueTableError},
        sqlite::{SqliteDocuments, SqliteError},
        sqlite_backup,
    },
    flows::{
        jobs::{self, Done},
        services::Services,
    },
    ports::{Clock, KeyWrap, Ports, Queue, QueueError, Random},
};
use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

const DATABASE: &str = "finrust.db";
const QUEUE: &str = "queue.db";
const KEY: &str = "key-encryption-key";

/// Files of the embedded default.
pub struct DataDir(PathBuf);

/// The embedded default cannot be opened. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Nothing there yet.
    #[error("{0} holds no FinRust data: start `finrust serve` or `finrust demo` first, or set FINRUST_DATA_DIR")]
    Empty(PathBuf),
    /// Cannot be made or looked into.
    #[error("the data directory {0} cannot be used: {1}")]
    Directory(PathBuf, io::Error),
    /// A backup would overwrite something.
    #[error("{0} exists already: a backup overwrites nothing; name a directory that does not exist yet")]
    BackupExists(PathBuf),
    /// Another backup to the same place.
    #[error("{0} is there: a backup is at work or was interrupted; when none runs, remove it and try again")]
    BackupUnfinished(PathBuf),
    /// A backup cannot be written.
    #[error("the backup {0} cannot be written: {1}")]
    Backup(PathBuf, io::Error),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The database.
    #[error(transparent)]
    Database(#[from] SqliteError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueTableError),
    /// The mail folder.
    #[error(transparent)]
    Mail(#[from] MailFolderError),
}

/// What a backup holds: each file with its bytes.
pub type BackedUp = Vec<(&'static str, u64)>;

/// The embedded default, open.
pub struct Embedded {
    /// The world.
    pub ports: Ports,
    /// The queue's other end.
    pub queue: Arc<QueueTable>,
    /// The key, for rotating it.
    pub key_file: Arc<KeyFile>,
}

impl DataDir {
    /// The files in this directory.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where mails are written.
    #[must_use]
    pub fn mail(&self) -> PathBuf {
        self.0.join("mail")
    }

    /// Opens what is there; fails when there is nothing.
    ///
    /// # Errors
    /// [`EmbeddedError`].
    pub fn open(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>, announce: Announce) -> Result<Embedded, EmbeddedError> {
        if !SqliteDocuments::exists(&self.database()) {
            return Err(EmbeddedError::Empty(self.0.clone()));
        }
        self.open_with(KeyFile::open(&self.key(), Arc::clone(&random))?, clock, random, announce)
    }

    /// Opens what is there, or makes it. A database without its key file is never given a new key: it would open nothing.
    ///
    /// # Errors
    /// [`EmbeddedError`].
    pub fn open_or_create(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>, announce: Announce) -> Result<Embedded, EmbeddedError> {
        if SqliteDocuments::exists(&self.database()) {
            return self.open(clock, random, announce);
        }
        make_private(&self.0).map_err(|error| EmbeddedError::Directory(self.0.clone(), error))?;
        let key = match KeyFile::create(&self.key(), Arc::clone(&random)) {
            Err(KeyFileError::Exists(_)) => KeyFile::open(&self.key(), Arc::clone(&random)),
            created => created,
        }?;
        self.open_with(key, clock, random, announce)
    }

    fn open_with(
        &self,
        key_file: KeyFile,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        announce: Announce,
    ) -> Result<Embedded, EmbeddedError> {
        let documents = SqliteDocuments::open(&self.database(), Arc::clone(&clock))?;
        let queue = Arc::new(QueueTable::open(&self.0.join(QUEUE), Arc::clone(&clock))?);
        let mailer = MailFolder::open(&self.mail(), DEFAULT_SENDER, Arc::clone(&clock), announce)?;
        let key_file = Arc::new(key_file);
        let ports = Ports {
            documents: Arc::new(documents),
            key_wrap: Arc::clone(&key_file) as Arc<dyn KeyWrap>,
            queue: Arc::clone(&queue) as Arc<dyn Queue>,
            mailer: Arc::new(mailer),
            erasures: Arc::new(ErasureFile::new(self.0.join("erasures.log"))),
            clock,
            random,
        };
        Ok(Embedded { ports, queue, key_file })
    }

    fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// Where the key-encryption key is.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.0.join(KEY)
    }

    /// Copies both databases into `target`, a directory that does not exist yet, while they are used; and the key file if asked. The
    /// directory gets its name last: what bears it is whole and on disk.
    ///
    /// # Errors
    /// [`EmbeddedError`]; there is no `target` then.
    pub fn backup(&self, target: &Path, with_key: bool) -> Result<BackedUp, EmbeddedError> {
        if !SqliteDocuments::exists(&self.database()) {
            return Err(EmbeddedError::Empty(self.0.clone()));
        }
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
            // What matters is the first error; what stays behind is named by the next try.
            let _ = fs::remove_dir_all(&unfinished);
        }
        copied
    }

    /// The key last: its file only ever grows, so it opens what was copied before.
    fn copy_into(&self, folder: &Path, with_key: bool) -> Result<BackedUp, EmbeddedError> {
        let mut copied = Vec::new();
        for name in [DATABASE, QUEUE] {
            copied.push((name, sqlite_backup::copy(&self.0.join(name), &folder.join(name))?));
        }
        if with_key {
            let copy = folder.join(KEY);
            let io_error = |error| EmbeddedError::Backup(copy.clone(), error);
            let bytes = fs::copy(self.key(), &copy).map_err(io_error)?;
            File::open(&copy).and_then(|file| file.sync_all()).map_err(io_error)?;
            copied.push((KEY, bytes));
        }
        Ok(copied)
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

/// Does the jobs that are visible now, one after the other. Tells how many.
///
/// # Errors
/// [`QueueError`] when the queue cannot be read.
pub async fn work_off(queue: &QueueTable, services: &Services) -> Result<usize, QueueError> {
    let mut worked = 0;
    while let Some(message) = queue.take().await? {
        do_job(queue, services, &message).await?;
        worked += 1;
    }
    Ok(worked)
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

/// Makes a directory that its owner alone can look into.
///
/// # Errors
/// What the system says.
pub fn make_private(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}
