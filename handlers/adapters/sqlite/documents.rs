//! The database in one SQLite file: the embedded counterpart of Cosmos DB.
//!
//! Write-ahead log, flushed to disk before a commit is acknowledged. One thread writes and others list and scan; of what is here, only the
//! read of a single document, which waits for nothing, runs on a thread of the async runtime.

use super::{
    failure::{write_failure, write_queue_full},
    files::NamedFiles,
    inspection::{beside, check_log, look_for_damage},
    mark::{Mark, bytes_beside},
    point_reads::PointReads,
    reader::{Reader, Selection},
    readers::Readers,
    schema::{open_reader, open_writer},
    writer::{Job, Request, Writer},
};
pub use super::{
    inspection::FileInspection,
    mark::{MarkKey, MarkVerdict},
    schema::{SqliteError, SqliteOptions},
};
use crate::{
    crypto::envelope::Part,
    ports::{
        Clock, CommitError, Container, DocumentId, Documents, Etag, Listing, MAX_OPERATIONS, Operation, Page, Partition, ReadError, Stored,
    },
};
use async_trait::async_trait;
use std::{
    io, mem,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::{Builder, JoinHandle, available_parallelism},
    time::Duration,
};
use tokio::sync::oneshot;

const READING_THREADS: usize = 2;
const MAX_WAITING: usize = 1024;

/// Documents in one SQLite file. Dropping it answers pending requests, then ends its threads.
pub struct SqliteDocuments {
    point_reads: PointReads,
    readers: Option<Readers>,
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    path: PathBuf,
    /// The bytes of the mark before the database was opened: other processes may commit while the mark is checked.
    marked: Vec<u8>,
    files: Arc<NamedFiles>,
    kept: Option<Box<dyn Send + Sync>>,
}

impl SqliteDocuments {
    /// Whether a database exists at `path`. Start-up checks this first: documents without the key file that sealed them must abort it,
    /// instead of getting a new key.
    pub fn exists(path: &Path) -> bool {
        path.exists()
    }

    /// Opens the database as the server does; creates it, readable by its owner only, when there is none.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, SqliteError> {
        Self::open_with(path, clock, SqliteOptions::default())
    }

    /// Like [`SqliteDocuments::open`], with other options than the server's.
    pub fn open_with(path: &Path, clock: Arc<dyn Clock>, options: SqliteOptions) -> Result<Self, SqliteError> {
        check_log(path)?;
        let marked = bytes_beside(path);
        let connection = open_writer(path, options)?;
        let (jobs, waiting) = sync_channel(MAX_WAITING);
        let files = Arc::new(NamedFiles::of(["", "-wal", "-shm"].map(|end| beside(path, end))));
        let mut documents = Self {
            point_reads: PointReads::default(),
            readers: None,
            jobs: Some(jobs),
            writer: None,
            path: path.to_owned(),
            marked,
            files: Arc::clone(&files),
            kept: None,
        };
        let io_error = |source| SqliteError::Io { path: path.to_owned(), source };
        let mut readers = Vec::new();
        // Read-only access sees one snapshot, and so uses one connection.
        if !options.read_only {
            documents.point_reads = open_point_reads(path, options, &clock)?;
        }
        for _ in 0..if options.read_only { 1 } else { READING_THREADS } {
            let reader = Reader::new(open_reader(path, options)?, Arc::clone(&clock));
            readers.push(if options.read_only { reader.holding_moments() } else { reader });
        }
        documents.readers = Some(Readers::start(readers).map_err(io_error)?);
        let writer = Writer::new(connection, (path.to_owned(), options.busy_timeout), files, clock);
        documents.writer = Some(start("finrust-writer", move || writer.run(&waiting)).map_err(io_error)?);
        Ok(documents)
    }

    /// Keeps a value alive as long as the database is open.
    pub fn keeping(mut self, kept: impl Send + Sync + 'static) -> Self {
        self.kept = Some(Box::new(kept));
        self
    }

    /// Maintains, from now on, a mark beside the database that states how far it has come, and returns the verdict of the existing one. A
    /// loss is recorded until [`SqliteDocuments::forget_losses`].
    pub async fn begin_marks(&self, key: MarkKey) -> Result<MarkVerdict, CommitError> {
        self.ask_writer(|answer| Job::Mark(key, answer)).await
    }

    /// Accepts recorded losses as the intended effect of a restore.
    pub async fn forget_losses(&self) -> Result<(), CommitError> {
        self.ask_writer(Job::Forget).await
    }

    /// The verdict of the mark beside the database, without writing anything.
    pub async fn judge(&self, key: MarkKey) -> Result<MarkVerdict, ReadError> {
        let mark = Mark::beside(&self.path, key).in_bytes(&self.marked);
        self.ask(move |reader| reader.judge(mark)).await
    }

    /// Inconsistencies in the file, page by page; empty when there are none.
    pub async fn damage(&self) -> Result<Vec<String>, ReadError> {
        self.ask(Reader::damage).await
    }

    /// Checks for damage in the background and logs what it finds.
    pub fn look_for_damage(&self) {
        let path = self.path.clone();
        // Nothing waits for it, not even the end of the process.
        if let Err(error) = start("finrust-check", move || look_for_damage(&path)) {
            tracing::warn!(event = "check_failed", cause = error.to_string());
        }
    }

    async fn ask_writer<T>(&self, job: impl FnOnce(oneshot::Sender<rusqlite::Result<T>>) -> Job) -> Result<T, CommitError> {
        let (answer, answered) = oneshot::channel();
        self.send(job(answer))?;
        answered.await.map_err(|_| CommitError::Unavailable)?.map_err(|error| write_failure(&error))
    }

    fn send(&self, job: Job) -> Result<(), CommitError> {
        self.jobs.as_ref().ok_or(CommitError::Unavailable)?.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => write_queue_full(),
            TrySendError::Disconnected(_) => CommitError::Unavailable,
        })
    }

    /// Runs `query` on a reader thread. Files that were moved away are not read: that would return data that was never acknowledged.
    async fn ask<T: Send + 'static>(&self, query: impl FnOnce(&Reader) -> Result<T, ReadError> + Send + 'static) -> Result<T, ReadError> {
        if !self.files.were_there() {
            return Err(ReadError::Unavailable);
        }
        self.readers.as_ref().ok_or(ReadError::Unavailable)?.ask(query).await
    }
}

#[async_trait]
impl Documents for SqliteDocuments {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        if !self.files.were_there() {
            return Err(ReadError::Unavailable);
        }
        if let Some(found) = self.point_reads.try_read(container, partition, id) {
            return found;
        }
        let (partition, id) = (partition.clone(), id.clone());
        self.ask(move |reader| reader.read(container, &partition, &id)).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let partition = partition.clone();
        let selection = Selection { container, prefix: prefix.to_owned(), part, page: page.clone() };
        self.ask(move |reader| reader.list(&selection, &partition)).await
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        if operations.len() > MAX_OPERATIONS {
            return Err(CommitError::Unavailable);
        }
        let (answer, answered) = oneshot::channel();
        let request = Request { container, partition: partition.clone(), operations, answer };
        self.send(Job::Commit(request))?;
        answered.await.unwrap_or(Err(CommitError::Unknown))
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let selection = Selection { container, prefix: prefix.to_owned(), part, page: page.clone() };
        self.ask(move |reader| reader.scan(&selection)).await
    }
}

impl Drop for SqliteDocuments {
    /// The writer goes last: the last connection to close checkpoints the log into the file, which a read-only one may not.
    fn drop(&mut self) {
        drop(mem::take(&mut self.point_reads));
        drop(self.readers.take());
        drop(self.jobs.take());
        self.writer.take().into_iter().for_each(join);
    }
}

/// As many as the runtime has threads.
fn open_point_reads(path: &Path, options: SqliteOptions, clock: &Arc<dyn Clock>) -> Result<PointReads, SqliteError> {
    let options = SqliteOptions { busy_timeout: Duration::ZERO, ..options };
    let open = |_| Ok(Reader::new(open_reader(path, options)?, Arc::clone(clock)));
    (0..available_parallelism().map_or(1, usize::from)).map(open).collect::<Result<_, _>>().map(PointReads::on)
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(work)
}

/// A thread that panicked has reported it already, and its callers got `Unknown` or `Unavailable`.
fn join(thread: JoinHandle<()>) {
    let _ = thread.join();
}
