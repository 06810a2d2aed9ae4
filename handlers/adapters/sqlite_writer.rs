//! Commits. One thread writes; what waits is written in one transaction, each caller in a savepoint of its own, so that one flush to
//! disk serves them all. Nobody is answered before that flush.

use super::{
    sqlite_failure::{end_failure, write_failure},
    sqlite_files::NamedFiles,
    sqlite_reader::etag_of,
};
use crate::{
    crypto::envelope::Sealed,
    domain::ids::WriteId,
    ports::{Clock, CommitError, Container, DocumentId, Draft, Etag, Operation, Partition},
};
use rusqlite::{Connection, OptionalExtension, Params, named_params};
use std::{
    iter,
    sync::{Arc, mpsc::Receiver},
};
use tokio::sync::oneshot;

const MOST_IN_GROUP: usize = 64;
const MOST_SWEPT: u32 = 200;

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

/// What a caller hears: etags in the order of the operations, or why nothing was written.
pub type Answer = Result<Vec<Option<Etag>>, CommitError>;

/// A commit that waits for its turn.
pub struct Request {
    /// Container to write in.
    pub container: Container,
    /// Partition to write in.
    pub partition: Partition,
    /// All or none of these.
    pub operations: Vec<Operation>,
    /// Where the caller waits.
    pub answer: oneshot::Sender<Answer>,
}

/// The one connection that writes.
pub struct Writer {
    connection: Connection,
    files: Arc<NamedFiles>,
    clock: Arc<dyn Clock>,
}

impl Writer {
    /// Takes over `connection`, which has these files open.
    pub fn new(connection: Connection, files: Arc<NamedFiles>, clock: Arc<dyn Clock>) -> Self {
        Self { connection, files, clock }
    }

    /// Serves until the last sender is gone and everything that waited is written.
    pub fn run(&self, requests: &Receiver<Request>) {
        while let Ok(first) = requests.recv() {
            let group: Vec<Request> = iter::once(first).chain(requests.try_iter().take(MOST_IN_GROUP - 1)).collect();
            let answers = self.commit(&group);
            for (request, answer) in group.into_iter().zip(answers) {
                // A caller that went away needs no answer.
                let _ = request.answer.send(answer);
            }
        }
    }

    fn commit(&self, group: &[Request]) -> Vec<Answer> {
        self.commit_together(group).unwrap_or_else(|error| {
            if !self.connection.is_autocommit() {
                // When even this fails the next BEGIN fails too, and says so to its callers.
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
        self.run_sql(SWEEP, (self.now(), MOST_SWEPT))?;
        self.connection.execute_batch("COMMIT").map_err(|error| end_failure(&error))?;
        // What was written into files that have gone is there only if they come back.
        if self.files.are_there() { Ok(answers) } else { Err(CommitError::Unknown) }
    }

    /// The outer error is one that undid the whole transaction, as SQLite may when the disk is full.
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
        let place = Place { writer: self, container: request.container.name(), partition: request.partition.as_str(), now: self.now() };
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

/// The partition that one caller writes in.
struct Place<'a> {
    writer: &'a Writer,
    container: &'static str,
    partition: &'a str,
    now: i64,
}

impl Place<'_> {
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
            // What expired stands in the way until it is swept.
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

    /// The body of a document that is there and, if asked, at this version.
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
