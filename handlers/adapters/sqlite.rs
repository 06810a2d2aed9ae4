//! The database in one SQLite file: the embedded twin of Cosmos DB.
//!
//! Write-ahead log, flushed to disk before a commit is answered. One thread writes; lists and scans run on threads of their own. A
//! single document is read in place: that takes about 4 µs, where handing it to another thread and back takes ten times as long. It
//! never waits there: a connection that is in use or a file that is locked sends it to the reading threads after all.

pub use super::sqlite_schema::{SqliteError, SqliteOptions};
use super::{
    sqlite_reader::{Reader, Selection},
    sqlite_schema::{open_reader, open_writer, read_queue_full, write_queue_full},
    sqlite_writer::{Request, Writer},
};
use crate::{
    crypto::envelope::Part,
    ports::{
        Clock, CommitError, Container, DocumentId, Documents, Etag, Listing, MAX_OPERATIONS, Operation, Page, Partition, ReadError, Stored,
    },
};
use async_trait::async_trait;
use std::{
    io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};
use tokio::sync::oneshot;

const READING_THREADS: usize = 2;
const READERS_IN_PLACE: usize = 4;
const MOST_WAITING: usize = 1024;

type Query = Box<dyn FnOnce(&Reader) + Send>;

/// Documents in one SQLite file. Dropping it answers what waits, then ends its threads.
pub struct SqliteDocuments {
    in_place: Vec<Mutex<Reader>>,
    queries: Option<SyncSender<Query>>,
    commits: Option<SyncSender<Request>>,
    readers: Vec<JoinHandle<()>>,
    writer: Option<JoinHandle<()>>,
}

impl SqliteDocuments {
    /// Whether there is a database at `path` already. Start-up asks this first: documents without the key file that sealed them must
    /// stop it, instead of getting a new key.
    #[must_use]
    pub fn exists(path: &Path) -> bool {
        path.exists()
    }

    /// Opens the database as the server does; makes it, readable by its owner only, when there is none.
    ///
    /// # Errors
    /// [`SqliteError`].
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, SqliteError> {
        Self::open_with(path, clock, SqliteOptions::default())
    }

    /// Like [`SqliteDocuments::open`], otherwise than the server does.
    ///
    /// # Errors
    /// [`SqliteError`].
    pub fn open_with(path: &Path, clock: Arc<dyn Clock>, options: SqliteOptions) -> Result<Self, SqliteError> {
        let connection = open_writer(path, options)?;
        let (commits, requests) = sync_channel(MOST_WAITING);
        let (queries, waiting) = sync_channel(MOST_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let mut documents =
            Self { in_place: Vec::new(), queries: Some(queries), commits: Some(commits), readers: Vec::new(), writer: None };
        let io_error = |source| SqliteError::Io { path: path.to_owned(), source };
        for _ in 0..READERS_IN_PLACE {
            let connection = open_reader(path, SqliteOptions { busy_timeout: Duration::ZERO, ..options })?;
            documents.in_place.push(Mutex::new(Reader::new(connection, Arc::clone(&clock))));
        }
        for _ in 0..READING_THREADS {
            let reader = Reader::new(open_reader(path, options)?, Arc::clone(&clock));
            let waiting = Arc::clone(&waiting);
            documents.readers.push(start("finrust-reader", move || serve(&reader, &waiting)).map_err(io_error)?);
        }
        let writer = Writer::new(connection, clock);
        documents.writer = Some(start("finrust-writer", move || writer.run(&requests)).map_err(io_error)?);
        Ok(documents)
    }

    /// Runs `query` on a reading thread.
    async fn ask<T: Send + 'static>(&self, query: impl FnOnce(&Reader) -> Result<T, ReadError> + Send + 'static) -> Result<T, ReadError> {
        let (answer, answered) = oneshot::channel();
        let query: Query = Box::new(move |reader| {
            // A caller that went away needs no answer.
            let _ = answer.send(query(reader));
        });
        self.queries.as_ref().ok_or(ReadError::Unavailable)?.try_send(query).map_err(|error| match error {
            TrySendError::Full(_) => read_queue_full(),
            TrySendError::Disconnected(_) => ReadError::Unavailable,
        })?;
        answered.await.unwrap_or(Err(ReadError::Unavailable))
    }
}

#[async_trait]
impl Documents for SqliteDocuments {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        let in_place = self.in_place.iter().find_map(|reader| reader.try_lock().ok()).map(|reader| reader.read(container, partition, id));
        match in_place {
            None | Some(Err(ReadError::Busy { .. })) => {
                let (partition, id) = (partition.clone(), id.clone());
                self.ask(move |reader| reader.read(container, &partition, &id)).await
            }
            Some(answer) => answer,
        }
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
        self.commits.as_ref().ok_or(CommitError::Unavailable)?.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => write_queue_full(),
            TrySendError::Disconnected(_) => CommitError::Unavailable,
        })?;
        answered.await.unwrap_or(Err(CommitError::Unknown))
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let selection = Selection { container, prefix: prefix.to_owned(), part, page: page.clone() };
        self.ask(move |reader| reader.scan(&selection)).await
    }
}

impl Drop for SqliteDocuments {
    /// The writer last: the last connection to close folds the log into the file, which a reading one may not.
    fn drop(&mut self) {
        self.in_place.clear();
        drop(self.queries.take());
        self.readers.drain(..).for_each(join);
        drop(self.commits.take());
        self.writer.take().into_iter().for_each(join);
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(work)
}

/// A thread that panicked has said so already, and its callers got `Unknown` or `Unavailable`.
fn join(thread: JoinHandle<()>) {
    let _ = thread.join();
}

fn serve(reader: &Reader, waiting: &Mutex<Receiver<Query>>) {
    loop {
        let query = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(query) = query else {
            return;
        };
        query(reader);
    }
}
