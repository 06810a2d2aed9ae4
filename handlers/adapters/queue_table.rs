//! The queue in a table of its own file: the embedded counterpart of an Azure Storage queue, with the same guarantees. At-least-once
//! delivery, in no order; a message that was taken becomes visible again unless it is declared done; after five deliveries it is set aside,
//! and counted.

use super::sqlite::{failure::say, files::NamedFiles};
use crate::ports::{Clock, MAX_DEQUEUES, Queue, QueueError, QueueText};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// How long a message that was taken stays hidden.
pub const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(30);

/// `AUTOINCREMENT`: the id of a message that is done is never reused.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL,
        visible_at INTEGER NOT NULL, -- Unix milliseconds
        dequeues INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX IF NOT EXISTS by_time ON messages (visible_at);";
const SETTINGS: &str = "
    PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;";
const SCHEMA_VERSION: i32 = 1;

const SEND: &str = "INSERT INTO messages (text, visible_at) VALUES (?1, ?2)";
const TAKE: &str = "
    UPDATE messages SET visible_at = ?2, dequeues = dequeues + 1
    WHERE id = (SELECT id FROM messages WHERE visible_at <= ?1 AND dequeues < ?3 ORDER BY visible_at, id LIMIT 1)
    RETURNING id, text, dequeues";
const DONE: &str = "DELETE FROM messages WHERE id = ?1";
const RETRY: &str = "UPDATE messages SET visible_at = iif(dequeues < ?4, ?3, ?2) WHERE id = ?1";
const NEXT_VISIBLE: &str = "SELECT min(visible_at) FROM messages WHERE dequeues < ?1";
const POISONED: &str = "SELECT count(*) FROM messages WHERE visible_at <= ?1 AND dequeues >= ?2";

/// A queue in a SQLite file.
#[derive(Clone)]
pub struct QueueTable {
    connection: Arc<Mutex<Connection>>,
    files: Arc<NamedFiles>,
    clock: Arc<dyn Clock>,
    sent: Arc<Notify>,
}

/// A message as taken: to be declared done, or retried, before [`VISIBILITY_TIMEOUT`] expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// For [`QueueTable::done`] and [`QueueTable::retry`].
    pub id: i64,
    pub text: String,
    /// How often it has been taken, including this time.
    pub dequeue_count: u32,
}

/// Why the queue's file cannot be used, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum QueueTableError {
    /// A later release wrote it.
    #[error("the queue {0} was made by a newer FinRust: start that version")]
    Newer(PathBuf),
    /// The file cannot be created.
    #[error("the queue {path} cannot be used: {source}")]
    Io {
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// SQLite cannot open it.
    #[error("the queue {path} cannot be opened: {source}")]
    Unusable { path: PathBuf, source: rusqlite::Error },
}

impl QueueTable {
    /// Opens the queue; creates it, readable by its owner only, when there is none.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, QueueTableError> {
        let closed = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        closed.map_err(|source| QueueTableError::Io { path: path.to_owned(), source })?;
        let unusable = |source| QueueTableError::Unusable { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(unusable)?;
        let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(unusable)?;
        if version > SCHEMA_VERSION {
            return Err(QueueTableError::Newer(path.to_owned()));
        }
        prepare(&connection).map_err(unusable)?;
        let beside = |end: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            name.into()
        };
        let files = Arc::new(NamedFiles::of(["", "-wal", "-shm"].map(beside)));
        Ok(Self { connection: Arc::new(Mutex::new(connection)), files, clock, sent: Arc::new(Notify::new()) })
    }

    /// Takes the message that has been visible longest and hides it for [`VISIBILITY_TIMEOUT`].
    pub async fn take(&self) -> Result<Option<Message>, QueueError> {
        let (now, again) = (self.now(), self.at(VISIBILITY_TIMEOUT));
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(TAKE)?;
            statement.query_row(params![now, again, MAX_DEQUEUES], message).optional()
        })
        .await
    }

    /// Deletes a message whose work is done.
    pub async fn done(&self, id: i64) -> Result<(), QueueError> {
        self.run(move |connection| connection.prepare_cached(DONE)?.execute([id]).map(drop)).await
    }

    /// Makes a message visible again after `delay`, or sets it aside when its deliveries are used up.
    pub async fn retry(&self, id: i64, delay: Duration) -> Result<(), QueueError> {
        let (now, again) = (self.now(), self.at(delay));
        self.run(move |connection| connection.prepare_cached(RETRY)?.execute(params![id, now, again, MAX_DEQUEUES]).map(drop)).await
    }

    /// When [`QueueTable::take`] will have a message to return; possibly already. `None` while none is pending.
    pub async fn next_visible_at(&self) -> Result<Option<Timestamp>, QueueError> {
        let next: Option<i64> =
            self.run(|connection| connection.prepare_cached(NEXT_VISIBLE)?.query_row([MAX_DEQUEUES], |row| row.get(0))).await?;
        next.map(|milliseconds| Timestamp::from_millisecond(milliseconds).map_err(|_| QueueError)).transpose()
    }

    /// How many messages were set aside: each is work that someone has to look into.
    pub async fn poison_count(&self) -> Result<u32, QueueError> {
        let now = self.now();
        self.run(move |connection| connection.prepare_cached(POISONED)?.query_row(params![now, MAX_DEQUEUES], |row| row.get(0))).await
    }

    /// Returns once something has been sent, even if that was before this call and nothing was waiting.
    pub async fn sent(&self) {
        self.sent.notified().await;
    }

    /// Runs `work` where it may block. The lock is held for one statement, so nothing can be left half done under it.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, QueueError> {
        let connection = Arc::clone(&self.connection);
        let locked = move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(locked)
            .await
            .map_err(|_| QueueError)?
            .map_err(|error| {
                say("queue", &error);
                QueueError
            })
            .and_then(|done| if self.files.are_there() { Ok(done) } else { Err(QueueError) })
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    fn at(&self, delay: Duration) -> i64 {
        let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
        self.clock.now().saturating_add(delay).unwrap_or(Timestamp::MAX).as_millisecond()
    }
}

#[async_trait]
impl Queue for QueueTable {
    async fn send(&self, text: &QueueText, delay: Duration) -> Result<(), QueueError> {
        let (text, visible_at) = (text.as_str().to_owned(), self.at(delay));
        self.run(move |connection| connection.prepare_cached(SEND)?.execute(params![text, visible_at])).await?;
        self.sent.notify_one();
        Ok(())
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.execute_batch(SETTINGS)?;
    connection.execute_batch(SCHEMA)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message { id: row.get(0)?, text: row.get(1)?, dequeue_count: row.get(2)? })
}

#[cfg(test)]
mod tests {
    use super::{Clock, Duration, MAX_DEQUEUES, Queue, QueueTable, QueueText, Timestamp, VISIBILITY_TIMEOUT};
    use crate::{
        crypto::{
            data_keys::DataKey,
            envelope::{self, EnvelopeContext, Part},
        },
        domain::ids::KeyId,
        secret::Secret,
    };
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Hands(Mutex<Timestamp>);

    impl Hands {
        fn advance(&self, by: Duration) {
            *self.0.lock().unwrap() += by;
        }
    }

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    fn open() -> (tempfile::TempDir, Arc<Hands>, QueueTable) {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
        let queue = QueueTable::open(&folder.path().join("queue.db"), Arc::<Hands>::clone(&clock)).unwrap();
        (folder, clock, queue)
    }

    fn text() -> QueueText {
        let key = DataKey::new(KeyId::from_bytes([1; 16]), Secret::new([2; 32]));
        let place = EnvelopeContext { container: "queue", partition: "mail", document: "job", part: Part::Body };
        QueueText::of(&envelope::seal(&key, [3; 32], place, b"job"))
    }

    #[tokio::test]
    async fn comes_back_after_the_visibility_timeout_until_done() {
        let (_folder, clock, queue) = open();
        queue.send(&text(), Duration::ZERO).await.unwrap();
        queue.sent().await;
        let first = queue.take().await.unwrap().unwrap();
        assert_eq!((first.text.as_str(), first.dequeue_count), (text().as_str(), 1));
        assert_eq!(queue.take().await.unwrap(), None);
        assert_eq!(queue.next_visible_at().await.unwrap(), Some(clock.now() + VISIBILITY_TIMEOUT));
        clock.advance(VISIBILITY_TIMEOUT);
        let again = queue.take().await.unwrap().unwrap();
        assert_eq!((again.id, again.dequeue_count), (first.id, 2));
        queue.done(again.id).await.unwrap();
        clock.advance(VISIBILITY_TIMEOUT);
        assert_eq!((queue.take().await.unwrap(), queue.next_visible_at().await.unwrap()), (None, None));
    }

    #[tokio::test]
    async fn waits_for_its_delay_and_survives_reopening() {
        let (folder, clock, queue) = open();
        queue.send(&text(), Duration::from_mins(1)).await.unwrap();
        assert_eq!(queue.take().await.unwrap(), None);
        drop(queue);
        let queue = QueueTable::open(&folder.path().join("queue.db"), Arc::<Hands>::clone(&clock)).unwrap();
        assert_eq!(queue.next_visible_at().await.unwrap(), Some(clock.now() + Duration::from_mins(1)));
        clock.advance(Duration::from_mins(1));
        let message = queue.take().await.unwrap().unwrap();
        queue.retry(message.id, Duration::from_secs(5)).await.unwrap();
        assert_eq!(queue.next_visible_at().await.unwrap(), Some(clock.now() + Duration::from_secs(5)));
    }

    /// Two is `FULL`, one is `ON`: a message that was acknowledged survives a power failure.
    #[tokio::test]
    async fn it_waits_for_the_disk() {
        let (_folder, _clock, queue) = open();
        let number = |name| queue.run(move |connection| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)));
        assert_eq!((number("synchronous").await.unwrap(), number("secure_delete").await.unwrap()), (2, 1));
        let mode = queue.run(|connection| connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)));
        assert_eq!(mode.await.unwrap(), "wal");
    }

    #[tokio::test]
    async fn is_set_aside_after_five_times() {
        let (_folder, clock, queue) = open();
        queue.send(&text(), Duration::ZERO).await.unwrap();
        for count in 1..=MAX_DEQUEUES {
            assert_eq!(queue.poison_count().await.unwrap(), 0);
            let message = queue.take().await.unwrap().unwrap();
            assert_eq!(message.dequeue_count, count);
            queue.retry(message.id, Duration::from_secs(9)).await.unwrap();
            clock.advance(Duration::from_secs(if count < MAX_DEQUEUES { 9 } else { 0 }));
        }
        assert_eq!((queue.take().await.unwrap(), queue.poison_count().await.unwrap()), (None, 1));
        assert_eq!(queue.next_visible_at().await.unwrap(), None);
    }

    #[tokio::test]
    async fn two_workers_never_take_the_same_message() {
        let (_folder, _clock, queue) = open();
        for _ in 0..2 {
            queue.send(&text(), Duration::ZERO).await.unwrap();
        }
        let (one, other, third) = tokio::join!(queue.take(), queue.take(), queue.take());
        let mut ids: Vec<i64> = [one, other, third].into_iter().filter_map(|it| it.unwrap().map(|message| message.id)).collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2]);
    }
}
