//! A database in memory: what takes thousands of worlds, each copied from one that was furnished once.

use crate::clock::TestClock;
use async_trait::async_trait;
use finrust::{
    crypto::envelope::{Part, Unopened},
    domain::ids::WriteId,
    ports::{
        Clock, CommitError, Container, Cursor, DocumentId, Documents, Draft, Etag, Listed, Listing, MAX_OPERATIONS, Operation, Order, Page,
        Partition, ReadError, Stored,
    },
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard},
};

/// Longest page, whatever is asked for.
const MAX_PAGE: u16 = 1000;

type Place = (Partition, DocumentId);
type Rows = BTreeMap<Container, BTreeMap<Place, Row>>;

/// A document as it lies there.
#[derive(Clone)]
struct Row {
    etag: u64,
    write_id: WriteId,
    body: Unopened,
    summary: Option<Unopened>,
    expires_at: Option<Timestamp>,
}

#[derive(Clone, Default)]
struct Content {
    rows: Rows,
    last_etag: u64,
}

/// The database; it outlives every process that uses it.
pub struct MemoryDocuments {
    clock: Arc<TestClock>,
    content: Mutex<Content>,
}

impl MemoryDocuments {
    /// An empty one.
    pub fn new(clock: Arc<TestClock>) -> Arc<Self> {
        Arc::new(Self { clock, content: Mutex::default() })
    }

    /// An independent copy, on another clock.
    pub fn copy(&self, clock: Arc<TestClock>) -> Arc<Self> {
        Arc::new(Self { clock, content: Mutex::new(self.content().clone()) })
    }

    /// The ids of all documents, also of expired ones.
    pub fn ids(&self, container: Container) -> Vec<(Partition, DocumentId)> {
        self.content().rows.get(&container).map(|rows| rows.keys().cloned().collect()).unwrap_or_default()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap()
    }

    /// The documents in this order that lie beyond the cursor, as far as one page goes.
    fn page(&self, container: Container, of: Option<&Partition>, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let after = page.after.as_ref().map(|cursor| position(cursor, of, prefix)).transpose()?;
        let (content, now) = (self.content(), self.clock.now());
        let empty = BTreeMap::new();
        let rows = content.rows.get(&container).unwrap_or(&empty);
        let beyond = after.map_or(Bound::Unbounded, Bound::Excluded);
        let matches = |((partition, id), row): &(&Place, &Row)| {
            of.is_none_or(|of| of == partition) && id.as_str().starts_with(prefix) && row.lives(now)
        };
        let limit = usize::from(page.limit.clamp(1, MAX_PAGE));
        let listed = |((partition, id), row): (&Place, &Row)| row.listed(partition, id, part);
        let mut items: Vec<_> = match page.order {
            Order::Ascending => rows.range((beyond, Bound::Unbounded)).filter(matches).take(limit + 1).map(listed).collect(),
            Order::Descending => rows.range((Bound::Unbounded, beyond)).rev().filter(matches).take(limit + 1).map(listed).collect(),
        };
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| Cursor::behind(&last.partition, &last.id));
        Ok(Listing { items, next })
    }
}

impl Row {
    fn lives(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }

    fn listed(&self, partition: &Partition, id: &DocumentId, part: Part) -> Listed {
        let part = match part {
            Part::Body => Some(self.body.clone()),
            Part::Summary => self.summary.clone(),
        };
        Listed { partition: partition.clone(), id: id.clone(), etag: etag(self.etag), part }
    }
}

impl Content {
    /// Runs one operation, and notes what it replaces.
    fn run(
        &mut self,
        container: Container,
        partition: &Partition,
        operation: Operation,
        now: Timestamp,
        undo: &mut Vec<(Place, Option<Row>)>,
    ) -> Result<Option<Etag>, CommitError> {
        let rows = self.rows.entry(container).or_default();
        let id = match &operation {
            Operation::Create(draft) | Operation::Put(draft) | Operation::Replace { draft, .. } => draft.id.clone(),
            Operation::Delete { id, .. } => id.clone(),
        };
        let place = (partition.clone(), id);
        let found = rows.get(&place).filter(|row| row.lives(now)).map(|row| etag(row.etag));
        let must_match = |wanted: &Etag| match &found {
            None => Err(CommitError::Missing),
            Some(found) if found == wanted => Ok(()),
            Some(_) => Err(CommitError::Stale),
        };
        let draft = match operation {
            Operation::Create(_) if found.is_some() => return Err(CommitError::Conflict),
            Operation::Create(draft) | Operation::Put(draft) => draft,
            Operation::Replace { draft, if_match } => {
                must_match(&if_match)?;
                draft
            }
            Operation::Delete { if_match, .. } => {
                if_match.or_else(|| found.clone()).as_ref().map_or(Err(CommitError::Missing), must_match)?;
                undo.push((place.clone(), rows.remove(&place)));
                return Ok(None);
            }
        };
        self.last_etag += 1;
        let replaced = rows.insert(place.clone(), row(draft, self.last_etag, now));
        undo.push((place, replaced));
        Ok(Some(etag(self.last_etag)))
    }

    fn undo(&mut self, container: Container, replaced: Vec<(Place, Option<Row>)>) {
        let rows = self.rows.entry(container).or_default();
        for (place, row) in replaced.into_iter().rev() {
            match row {
                Some(row) => rows.insert(place, row),
                None => rows.remove(&place),
            };
        }
    }
}

fn row(draft: Draft, etag: u64, now: Timestamp) -> Row {
    let unopened = |bytes: &[u8]| Unopened::new(bytes.to_vec());
    Row {
        etag,
        write_id: draft.write_id,
        body: unopened(draft.body.as_bytes()),
        summary: draft.summary.map(|summary| unopened(summary.as_bytes())),
        expires_at: draft.ttl.map(|seconds| now + jiff::SignedDuration::from_secs(seconds.into())),
    }
}

fn etag(number: u64) -> Etag {
    Etag(format!("e{number}"))
}

fn position(cursor: &Cursor, of: Option<&Partition>, prefix: &str) -> Result<Place, ReadError> {
    let (partition, id) = cursor.0.split_once('/').ok_or(ReadError::BadCursor)?;
    let place = Partition::parse(partition).zip(DocumentId::parse(id)).ok_or(ReadError::BadCursor)?;
    let fits = of.is_none_or(|of| *of == place.0) && id.starts_with(prefix);
    if fits { Ok(place) } else { Err(ReadError::BadCursor) }
}

#[async_trait]
impl Documents for MemoryDocuments {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        let (content, now) = (self.content(), self.clock.now());
        let row = content.rows.get(&container).and_then(|rows| rows.get(&(partition.clone(), id.clone())));
        Ok(row.filter(|row| row.lives(now)).cloned().map(|row| Stored {
            partition: partition.clone(),
            id: id.clone(),
            etag: etag(row.etag),
            write_id: row.write_id,
            body: row.body,
            summary: row.summary,
            expires_at: row.expires_at,
        }))
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.page(container, Some(partition), prefix, part, page)
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
        let (mut content, now) = (self.content(), self.clock.now());
        let mut undo = Vec::new();
        let done = operations.into_iter().map(|operation| content.run(container, partition, operation, now, &mut undo)).collect();
        if Result::is_err(&done) {
            content.undo(container, undo);
        }
        done
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.page(container, None, prefix, part, page)
    }
}
