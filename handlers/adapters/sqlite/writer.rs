//! Commits. One thread writes; pending requests are written in one transaction, each in a savepoint of its own, so that one flush to disk
//! serves them all. None is answered before that flush.

use super::{
    failure::{end_failure, say, write_failure},
    files::NamedFiles,
    mark::{Mark, MarkKey, MarkVerdict},
    reader::etag_of,
    state::{State, Swept},
};
use crate::adapters::sqlite;
use crate::{
    crypto::envelope::Sealed,
    domain::ids::WriteId,
    ports::{Clock, CommitError, Container, DocumentId, Draft, Etag, Operation, Partition},
};
use rusqlite::{Connection, OptionalExtension, Params, named_params};
use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};
use tokio::sync::oneshot;

const MAX_IN_GROUP: usize = 64;
const MAX_SWEPT: u32 = 200;
/// The log is checkpointed when nothing was committed for this long: until then, what was committed is in the log alone.
const QUIET: Duration = Duration::from_secs(1);
/// The retry interval while another connection still reads from the log.
const FOLD_AGAIN: Duration = Duration::from_secs(10);
/// The interval after a full checkpoint: other processes may have written to the log.
const FOLD_ANYWAY: Duration = Duration::from_mins(1);

const INSERT_BODY: &str = "INSERT INTO bodies (body) VALUES (?1)";
const INSERT: &str = "
    INSERT INTO documents (container, partition, id, write_id, expires_at, body_id, summary)
    VALUES (:container, :partition, :id, :write_id, :expires_at, :body_id, :summary)
    ON CONFLICT (container, partition, id) DO NOTHING";
const DELETE_EXPIRED: &str = "
    DELETE FROM documents WHERE container = :container AND partition = :partition AND id = :id AND expires_at <= :now";
const CURRENT: &str = "
    SELECT write_id, body_id FROM documents
    WHERE container = :container AND partition = :partition AND id = :id AND (expires_at IS NULL OR expires_at > :now)";
const UPDATE: &str = "
    UPDATE documents SET write_id = :write_id, expires_at = :expires_at, summary = :summary
    WHERE container = :container AND partition = :partition AND id = :id";
const UPDATE_BODY: &str = "UPDATE bodies SET body = ?2 WHERE body_id = ?1";
const DELETE: &str = "DELETE FROM documents WHERE container = :container AND partition = :partition AND id = :id";
const SWEEP: &str = "
    DELETE FROM documents WHERE (container, partition, id) IN
        (SELECT container, partition, id FROM documents WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";

/// The result for a caller: etags in the order of the operations, or why nothing was written.
pub type Answer = Result<Vec<Option<Etag>>, CommitError>;

/// A commit that waits for its turn.
pub struct Request {
    /// Container to write to.
    pub container: Container,
    /// Partition to write to.
    pub partition: Partition,
    /// All or none of these.
    pub operations: Vec<Operation>,
    /// Where the caller waits for the result.
    pub answer: oneshot::Sender<Answer>,
}

/// A job for the writer.
pub enum Job {
    Commit(Request),
    /// To write marks from now on, under this key. Answers with the verdict of the existing mark.
    Mark(MarkKey, oneshot::Sender<rusqlite::Result<MarkVerdict>>),
    /// To forget recorded losses, because a restore was intended.
    Forget(oneshot::Sender<rusqlite::Result<()>>),
}

/// The one connection that writes.
pub struct Writer {
    connection: Connection,
    path: PathBuf,
    busy_timeout: Duration,
    files: Arc<NamedFiles>,
    mark: RefCell<Option<Mark>>,
    /// Whether the `state` row is known to exist.
    has_state: Cell<bool>,
    /// Whether the last sweep left expired documents behind.
    has_more: Cell<bool>,
    clock: Arc<dyn Clock>,
}

impl Writer {
    /// Takes over `connection` to the database at `path`, which has these files open.
    pub fn new(connection: Connection, (path, busy_timeout): (PathBuf, Duration), files: Arc<NamedFiles>, clock: Arc<dyn Clock>) -> Self {
        Self {
            connection,
            path,
            busy_timeout,
            files,
            mark: RefCell::default(),
            has_state: Cell::new(false),
            has_more: Cell::new(false),
            clock,
        }
    }

    /// Serves until the last sender is gone and every pending request is written.
    pub fn run(&self, jobs: &Receiver<Job>) {
        let mut wait = QUIET;
        loop {
            match jobs.recv_timeout(wait) {
                Ok(first) => {
                    self.work(first, jobs);
                    wait = QUIET;
                }
                Err(RecvTimeoutError::Timeout) => wait = if self.fold() { FOLD_ANYWAY } else { FOLD_AGAIN },
                Err(RecvTimeoutError::Disconnected) => {
                    // Everything else is flushed when the database is closed.
                    return self.mark.borrow().iter().for_each(Mark::sync);
                }
            }
        }
    }

    /// Does a job and those pending behind it; consecutive commits share a transaction.
    fn work(&self, first: Job, jobs: &Receiver<Job>) {
        let (mut group, mut next) = (Vec::new(), Some(first));
        while let Some(job) = next.take() {
            match job {
                Job::Commit(request) => group.push(request),
                other => {
                    self.answer(std::mem::take(&mut group));
                    self.do_other(other);
                }
            }
            next = if group.len() < MAX_IN_GROUP { jobs.try_recv().ok() } else { None };
        }
        self.answer(group);
    }

    fn answer(&self, group: Vec<Request>) {
        if group.is_empty() {
            return;
        }
        let answers = self.commit(&group);
        for (request, answer) in group.into_iter().zip(answers) {
            // A caller that is gone needs no answer.
            let _ = request.answer.send(answer);
        }
    }

    fn do_other(&self, job: Job) {
        match job {
            Job::Commit(_) => {}
            Job::Mark(key, answer) => _ = answer.send(self.begin_marks(key)),
            Job::Forget(answer) => _ = answer.send(sqlite::state::forget(&self.connection)),
        }
    }

    /// The mark is read first: concurrent commits can only move the database further ahead.
    fn begin_marks(&self, key: MarkKey) -> rusqlite::Result<MarkVerdict> {
        let mark = Mark::beside(&self.path, key);
        let marked = mark.read();
        let judged = sqlite::state::judge(&self.connection, marked)?;
        if let MarkVerdict::Lost { until, .. } = judged {
            self.connection.execute_batch(sqlite::state::SCHEMA)?;
            sqlite::state::lose(&self.connection, until)?;
        }
        self.mark.replace(Some(mark));
        Ok(judged)
    }

    /// Checkpoints the log into the database as far as no reader needs it, and truncates it once all has moved. It does not wait for
    /// readers, which would hold up commits. Returns whether the log is empty.
    fn fold(&self) -> bool {
        // A read-only connection moves nothing.
        if self.connection.is_readonly("main").unwrap_or(true) {
            return true;
        }
        let checkpoint = |how: &str| {
            let sql = format!("PRAGMA wal_checkpoint({how})");
            self.connection.query_row(&sql, (), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
        };
        let fold = || {
            self.connection.busy_timeout(Duration::ZERO)?;
            let (busy, frames, moved) = checkpoint("PASSIVE")?;
            Ok(busy == 0 && frames == moved && checkpoint("TRUNCATE")?.0 == 0)
        };
        let folded: rusqlite::Result<bool> = fold();
        let restored = self.connection.busy_timeout(self.busy_timeout);
        self.mark.borrow().iter().for_each(Mark::sync);
        folded.and_then(|folded| restored.map(|()| folded)).unwrap_or_else(|error| {
            say("checkpoint", &error);
            false
        })
    }

    fn commit(&self, group: &[Request]) -> Vec<Answer> {
        self.commit_together(group).unwrap_or_else(|error| {
            if !self.connection.is_autocommit() {
                // If even this fails, the next BEGIN fails too, and reports that to its callers.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            group.iter().map(|_| Err(error)).collect()
        })
    }

    fn commit_together(&self, group: &[Request]) -> Result<Vec<Answer>, CommitError> {
        if !self.files.were_there() {
            return Err(CommitError::Unavailable);
        }
        self.run_sql("BEGIN IMMEDIATE", ())?;
        let answers = group.iter().map(|request| self.commit_one(request)).collect::<Result<_, _>>()?;
        let commits = self.keep_house().map_err(|error| write_failure(&error))?;
        self.connection.execute_batch("COMMIT").map_err(|error| end_failure(&error))?;
        self.has_state.set(true);
        self.mark.borrow().iter().for_each(|mark| mark.write(commits));
        // A write to files that were moved away exists only if they are put back.
        if self.files.are_there() { Ok(answers) } else { Err(CommitError::Unknown) }
    }

    /// Sweeps some of the expired documents, and counts the transaction.
    fn keep_house(&self) -> rusqlite::Result<i64> {
        if !self.has_state.get() {
            self.connection.execute_batch(sqlite::state::SCHEMA)?;
        }
        let State { commits, swept } = State::read(&self.connection)?;
        let swept = if self.has_more.get() || !swept.is_recent(self.now()) { self.sweep(swept)? } else { swept };
        State { commits: commits + 1, swept }.write(&self.connection)?;
        Ok(commits + 1)
    }

    fn sweep(&self, swept: Swept) -> rusqlite::Result<Swept> {
        let swept = swept.at(self.now(), || sqlite::state::oldest(&self.connection))?;
        let gone = self.connection.prepare_cached(SWEEP)?.execute((swept.until, MAX_SWEPT))?;
        self.has_more.set(gone >= MAX_SWEPT as usize);
        Ok(swept)
    }

    /// The outer error is one that rolled back the whole transaction, as SQLite may do when the disk is full.
    fn commit_one(&self, request: &Request) -> Result<Answer, CommitError> {
        self.run_sql("SAVEPOINT caller", ())?;
        let answer = self.apply_all(request);
        match answer {
            Err(error) if self.connection.is_autocommit() => return Err(error),
            Err(_) => self.run_sql("ROLLBACK TO caller", ())?,
            Ok(_) => 0,
        };
        self.run_sql("RELEASE caller", ())?;
        Ok(answer)
    }

    fn apply_all(&self, request: &Request) -> Answer {
        let place =
            PartitionWriter { writer: self, container: request.container.name(), partition: request.partition.as_str(), now: self.now() };
        request.operations.iter().map(|operation| place.apply(operation)).collect()
    }

    fn run_sql(&self, sql: &str, params: impl Params) -> Result<usize, CommitError> {
        let changed = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params));
        changed.map_err(|error| write_failure(&error))
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

/// The partition that one caller writes to.
struct PartitionWriter<'a> {
    writer: &'a Writer,
    container: &'static str,
    partition: &'a str,
    now: i64,
}

impl PartitionWriter<'_> {
    fn apply(&self, operation: &Operation) -> Result<Option<Etag>, CommitError> {
        match operation {
            Operation::Create(draft) => self.create(draft).map(Some),
            Operation::Replace { draft, if_match } => self.replace(draft, if_match).map(Some),
            Operation::Put(draft) => self.put(draft).map(Some),
            Operation::Delete { id, if_match } => self.delete(id, if_match.as_ref()).map(|()| None),
        }
    }

    fn create(&self, draft: &Draft) -> Result<Etag, CommitError> {
        self.writer.run_sql(INSERT_BODY, [draft.body.as_bytes()])?;
        let body_id = self.writer.connection.last_insert_rowid();
        if !self.insert(draft, body_id)? {
            // An expired document is in the way until it is swept.
            self.writer.run_sql(
                DELETE_EXPIRED,
                named_params! { ":container": self.container, ":partition": self.partition, ":id": draft.id.as_str(), ":now": self.now },
            )?;
            if !self.insert(draft, body_id)? {
                return Err(CommitError::Conflict);
            }
        }
        Ok(etag_of(draft.write_id))
    }

    fn insert(&self, draft: &Draft, body_id: i64) -> Result<bool, CommitError> {
        let row = named_params! {
            ":container": self.container,
            ":partition": self.partition,
            ":id": draft.id.as_str(),
            ":write_id": draft.write_id.bytes(),
            ":expires_at": self.expires_at(draft),
            ":body_id": body_id,
            ":summary": draft.summary.as_ref().map(Sealed::as_bytes),
        };
        Ok(self.writer.run_sql(INSERT, row)? == 1)
    }

    fn replace(&self, draft: &Draft, if_match: &Etag) -> Result<Etag, CommitError> {
        let body_id = self.matching(&draft.id, Some(if_match))?;
        self.update(draft, body_id)
    }

    fn put(&self, draft: &Draft) -> Result<Etag, CommitError> {
        match self.matching(&draft.id, None) {
            Ok(body_id) => self.update(draft, body_id),
            Err(CommitError::Missing) => self.create(draft),
            Err(other) => Err(other),
        }
    }

    fn update(&self, draft: &Draft, body_id: i64) -> Result<Etag, CommitError> {
        self.writer.run_sql(UPDATE_BODY, (body_id, draft.body.as_bytes()))?;
        let row = named_params! {
            ":container": self.container,
            ":partition": self.partition,
            ":id": draft.id.as_str(),
            ":write_id": draft.write_id.bytes(),
            ":expires_at": self.expires_at(draft),
            ":summary": draft.summary.as_ref().map(Sealed::as_bytes),
        };
        self.writer.run_sql(UPDATE, row)?;
        Ok(etag_of(draft.write_id))
    }

    fn delete(&self, id: &DocumentId, if_match: Option<&Etag>) -> Result<(), CommitError> {
        self.matching(id, if_match)?;
        let key = named_params! { ":container": self.container, ":partition": self.partition, ":id": id.as_str() };
        self.writer.run_sql(DELETE, key).map(drop)
    }

    /// The body of a document that exists and, if `if_match` is given, has that version.
    fn matching(&self, id: &DocumentId, if_match: Option<&Etag>) -> Result<i64, CommitError> {
        let key = named_params! { ":container": self.container, ":partition": self.partition, ":id": id.as_str(), ":now": self.now };
        let current = self
            .writer
            .connection
            .prepare_cached(CURRENT)
            .and_then(|mut statement| statement.query_row(key, |row| Ok((WriteId::from_bytes(row.get(0)?), row.get(1)?))).optional());
        let (write_id, body_id) = current.map_err(|error| write_failure(&error))?.ok_or(CommitError::Missing)?;
        let fresh = if_match.is_none_or(|etag| *etag == etag_of(write_id));
        fresh.then_some(body_id).ok_or(CommitError::Stale)
    }

    fn expires_at(&self, draft: &Draft) -> Option<i64> {
        draft.ttl.map(|seconds| self.now + i64::from(seconds) * 1000)
    }
}
