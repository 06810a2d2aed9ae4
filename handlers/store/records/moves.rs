//! Moves records from one adviser's partition to another's: re-sealed under the other key, re-linked for the other place, and otherwise
//! unchanged, whatever kind of record they are.
//!
//! A chain is verified before it is re-linked, so re-linking hides no step that was changed or removed.

use super::{
    markers::ShelfChange,
    repository::{RECORD_PREFIX, RecordLocation},
};
use crate::store::{
    alarms,
    beside::Beside,
    clients::{
        self,
        commits::{ClientCommits, NoCondition},
        writes::{WriteRefused, Writer},
    },
    error::StoreError,
    identities::documents::encode,
    keys::sealing::Sealing,
    records,
    retries::{MAX_ATTEMPTS, MAX_READINGS, OVERTAKEN},
};
use crate::{
    crypto::envelope::{Part, Unopened},
    domain::{
        chain::{ChainHead, Entry},
        clients::write_right::WriteRight,
        ids::{RecordId, WriteId},
        json_tree::Tree,
        record::{KeptRecord, Step},
        sign_in::session::BothSides,
    },
    ports::{Body, Container, DocumentId, Documents, Draft, Etag, MAX_COMMIT_BYTES, MAX_OPERATIONS, Operation, Order, Page, Stored},
};
use jiff::Timestamp;
use serde::{Serialize, de::IgnoredAny};
use serde_json::value::RawValue;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Records per slice.
const AT_ONCE: u16 = 20;
/// More than two markers take up.
const MARKER_BYTES: usize = 8192;
type AnyStep = Entry<Step<IgnoredAny>>;

/// Moves records from one record location to another.
pub struct RecordMoves {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
    commits: Arc<ClientCommits>,
}

/// The chain head of a record, and the digest of the record.
fn kept(plaintext: &[u8]) -> Result<(ChainHead, [u8; 32]), StoreError> {
    let kept: KeptRecord<Box<RawValue>> = serde_json::from_slice(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
    Ok((kept.chain, records::repository::record_digest(kept.record.get().as_bytes())))
}

/// Source and target, and the right on each side.
struct Transfer {
    from: RecordLocation,
    leaver: Writer,
    to: RecordLocation,
    successor: Writer,
}

impl RecordMoves {
    /// Uses this database and these keys.
    pub const fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, commits: Arc<ClientCommits>) -> Self {
        Self { documents, sealing, commits }
    }

    /// Moves a slice of what the leaver still has, lowest ids first. `None` when there was nothing.
    ///
    /// # Errors
    /// [`StoreError`]; what has moved stays moved, and another call continues.
    pub async fn move_some(&self, sides: &BothSides, at: Timestamp) -> Result<Option<u64>, StoreError> {
        let way = Transfer {
            from: clients::documents::location(sides.from),
            leaver: Writer { right: WriteRight::leaver(sides), at },
            to: clients::documents::location(sides.to),
            successor: Writer { right: WriteRight::successor(sides), at },
        };
        let (from, mut moved) = (&way.from, 0);
        let page = Page { order: Order::Ascending, limit: AT_ONCE, after: None };
        let listing = self.documents.list(Container::Clients, &from.partition, RECORD_PREFIX, Part::Summary, &page).await?;
        for item in &listing.items {
            let id = records::repository::record_id(&item.id).ok_or(StoreError::DoesNotOpen)?;
            let summary = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
            let stored = self.documents.read(from.container, &from.partition, &item.id).await?.ok_or(StoreError::Stale)?;
            match self.move_one(&way, id, (summary, &stored)).await {
                // It was read document by document: another instance may have moved it in between.
                Err(StoreError::DoesNotOpen) if !self.is_still(from, &stored).await? => return Err(StoreError::Stale),
                other => other?,
            }
            moved += 1;
        }
        Ok((moved > 0).then_some(moved))
    }

    async fn move_one(&self, way: &Transfer, id: RecordId, (summary, stored): (&Unopened, &Stored)) -> Result<(), StoreError> {
        if self.documents.read(way.to.container, &way.to.partition, &stored.id).await?.is_none() {
            self.copy(way, id, summary).await?;
        }
        // Neither that a document exists there nor that it was to be written proves anything.
        self.holds(way, id, &stored.body).await?;
        self.remove(way, id, stored.etag.clone()).await
    }

    /// Whether a document is still as it was read.
    async fn is_still(&self, location: &RecordLocation, read: &Stored) -> Result<bool, StoreError> {
        let now = self.documents.read(location.container, &location.partition, &read.id).await?;
        Ok(now.is_some_and(|now| now.etag == read.etag))
    }

    async fn copy(&self, way: &Transfer, id: RecordId, summary: &Unopened) -> Result<(), StoreError> {
        let document = records::repository::record_document(id);
        let stored = self.documents.read(way.from.container, &way.from.partition, &document).await?.ok_or(StoreError::Stale)?;
        let plaintext = self.open(&way.from, &document, Part::Body, &stored.body).await?;
        let mut kept: KeptRecord<IgnoredAny> = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        let (mut here, mut there) = ([0; 32], [0; 32]);
        let mut operations = Vec::new();
        for (step_document, sealed) in self.listed(&way.from, id).await? {
            let plaintext = self.open(&way.from, &step_document, Part::Body, &sealed).await?;
            let step: AnyStep = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            if step.previous != here || step_document != records::repository::step_document(id, &step) {
                return Err(StoreError::DoesNotOpen);
            }
            here = records::repository::link(&self.sealing, &way.from, id, &plaintext).await?;
            let encoded = with(&plaintext, &["previous"], &there)?;
            there = records::repository::link(&self.sealing, &way.to, id, &encoded).await?;
            // Overwrites what exists: another instance may have been interrupted here before.
            operations.push(Operation::Put(self.draft(&way.to, step_document, &encoded).await?));
        }
        if kept.chain.link != here {
            return Err(StoreError::DoesNotOpen);
        }
        kept.chain.link = there;
        let moved = with(&with(&plaintext, &["chain", "link"], &there)?, &["marked"], &true)?;
        let mut draft = self.draft(&way.to, document.clone(), &moved).await?;
        let summary = self.open(&way.from, &document, Part::Summary, summary).await?;
        draft.summary = Some(self.sealing.seal(way.to.scope, way.to.place(&document, Part::Summary), &summary).await?);
        if let Some(alarm) = kept.alarm.and_then(|_| records::repository::alarm_in(&plaintext)) {
            operations.push(Operation::Put(alarms::alarm_draft(&self.sealing, &way.to, id, &alarm).await?));
        }
        let change = ShelfChange { id, before: None, after: Some(&kept.chain) };
        self.commit((&way.to, way.successor), operations, Operation::Create(draft), &change).await
    }

    /// Verifies that the new owner has the record: one chain of steps up to its head, one of which left the record as it is here.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when not; the record then stays where it is.
    async fn holds(&self, way: &Transfer, id: RecordId, here: &Unopened) -> Result<(), StoreError> {
        let document = records::repository::record_document(id);
        for _ in 0..MAX_READINGS {
            let there = self.documents.read(way.to.container, &way.to.partition, &document).await?.ok_or(StoreError::DoesNotOpen)?;
            match self.proves(way, id, here, &there.body).await {
                // The new owner may have taken a step in between.
                Err(StoreError::DoesNotOpen) if !self.is_still(&way.to, &there).await? => {}
                other => return other,
            }
        }
        Err(StoreError::Stale)
    }

    async fn proves(&self, way: &Transfer, id: RecordId, here: &Unopened, there: &Unopened) -> Result<(), StoreError> {
        let document = records::repository::record_document(id);
        let (here, digest) = kept(&self.open(&way.from, &document, Part::Body, here).await?)?;
        let (there, own) = kept(&self.open(&way.to, &document, Part::Body, there).await?)?;
        let (mut head, mut arrived, mut last) = ((0, [0; 32]), false, None);
        for (step_document, sealed) in self.listed(&way.to, id).await? {
            let plaintext = self.open(&way.to, &step_document, Part::Body, &sealed).await?;
            let step: AnyStep = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            if (step.sequence, step.previous) != (head.0 + 1, head.1) {
                return Err(StoreError::DoesNotOpen);
            }
            head = (step.sequence, records::repository::link(&self.sealing, &way.to, id, &plaintext).await?);
            arrived |= step.sequence == here.sequence && step.event.record == digest;
            last = Some(step.event.record);
        }
        let is_whole = last == Some(own) && head == (there.sequence, there.link);
        if arrived && is_whole { Ok(()) } else { Err(StoreError::DoesNotOpen) }
    }

    /// Deletes the steps and the alarm first: as long as the record exists, they can be looked up again.
    async fn remove(&self, way: &Transfer, id: RecordId, etag: Etag) -> Result<(), StoreError> {
        let Some(chain) = self.chain(&way.from, id).await? else {
            return Ok(());
        };
        let steps = self.listed(&way.from, id).await?.into_iter().map(|(step, _)| step);
        let alarm = alarms::alarm_document(id);
        let has_alarm = self.documents.read(way.from.container, &way.from.partition, &alarm).await?.is_some();
        let delete = |id| Operation::Delete { id, if_match: None };
        let gone = steps.chain(has_alarm.then_some(alarm)).map(delete).collect();
        let change = ShelfChange { id, before: Some(&chain), after: None };
        // Only as it was verified.
        let record = Operation::Delete { id: records::repository::record_document(id), if_match: Some(etag) };
        self.commit((&way.from, way.leaver), gone, record, &change).await
    }

    async fn chain(&self, location: &RecordLocation, id: RecordId) -> Result<Option<ChainHead>, StoreError> {
        let document = records::repository::record_document(id);
        let Some(stored) = self.documents.read(location.container, &location.partition, &document).await? else {
            return Ok(None);
        };
        let plaintext = self.open(location, &document, Part::Body, &stored.body).await?;
        let kept: KeptRecord<IgnoredAny> = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok(Some(kept.chain))
    }

    /// Commits as many operations at once as the database accepts; the record itself goes last, together with the marker of its location.
    async fn commit(
        &self,
        (location, writer): (&RecordLocation, Writer),
        operations: Vec<Operation>,
        record: Operation,
        change: &ShelfChange<'_>,
    ) -> Result<(), StoreError> {
        let reversed: Vec<Operation> = std::iter::once(record.clone()).chain(operations.iter().rev().cloned()).collect();
        let (mut rest, last) = operations.split_at(operations.len() - (fitting(&reversed) - 1));
        while !rest.is_empty() {
            let (some, others) = rest.split_at(fitting(rest));
            self.commits.commit(writer, &[], &beside(some.iter().cloned()), &NoCondition).await?;
            rest = others;
        }
        let mut marker = records::markers::find(&*self.documents, &self.sealing, location).await?;
        for _ in 0..MAX_ATTEMPTS {
            let stamp = WriteId::from_random(self.sealing.random_bytes());
            let replacement = records::markers::replacement(&self.sealing, location, &marker, change, Some(stamp)).await?;
            let mut all = beside(last.iter().cloned().chain([record.clone()]));
            all.push(Beside::location(replacement, stamp));
            match self.commits.commit(writer, &[], &all, &NoCondition).await {
                Ok(_) => return Ok(()),
                Err(WriteRefused::Exists | WriteRefused::Stale) => {}
                Err(other) => return Err(other.into()),
            }
            let now = records::markers::find(&*self.documents, &self.sealing, location).await?;
            if now.is_same(&marker) {
                // The marker has not changed, so the record itself was written or deleted concurrently.
                return Err(StoreError::Stale);
            }
            marker = now;
            // Another instance may have moved this very record meanwhile.
            let is_there = self.chain(location, change.id).await?.is_some();
            if is_there == change.after.is_some() {
                return Ok(());
            }
        }
        Err(OVERTAKEN)
    }

    /// The documents of its steps, oldest first.
    async fn listed(&self, location: &RecordLocation, id: RecordId) -> Result<Vec<(DocumentId, Unopened)>, StoreError> {
        let (mut steps, mut page) = (Vec::new(), Page { order: Order::Ascending, limit: 1000, after: None });
        loop {
            let listing = self
                .documents
                .list(location.container, &location.partition, &records::repository::step_prefix(id), Part::Body, &page)
                .await?;
            for item in listing.items {
                steps.push((item.id, item.part.ok_or(StoreError::DoesNotOpen)?));
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(steps);
            }
        }
    }

    async fn open(
        &self,
        location: &RecordLocation,
        id: &DocumentId,
        part: Part,
        sealed: &Unopened,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.sealing.open(location.scope, location.place(id, part), sealed).await
    }

    async fn draft(&self, location: &RecordLocation, id: DocumentId, content: &[u8]) -> Result<Draft, StoreError> {
        let body = self.sealing.seal(location.scope, location.place(&id, Part::Body), content).await?;
        let write_id = WriteId::from_random(self.sealing.random_bytes());
        Ok(Draft { id, write_id, summary: None, body: Body::Sealed(body), ttl: None })
    }
}

/// Records and steps, which the markers of their locations cover.
fn beside(operations: impl Iterator<Item = Operation>) -> Vec<Beside> {
    operations.map(Into::into).collect()
}

/// How many of these fit into one commit, at least one: by count and by bytes, with two markers beside them.
fn fitting(operations: &[Operation]) -> usize {
    let mut bytes = MARKER_BYTES;
    let fits = operations.iter().take(MAX_OPERATIONS - 2).take_while(|operation| {
        bytes += operation.stored_bytes();
        bytes <= MAX_COMMIT_BYTES
    });
    fits.count().max(1)
}

/// A plaintext with another value at this path and otherwise as it was sealed, so that the digest of a part of it stays valid.
fn with(plaintext: &[u8], path: &[&str], value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut tree = Tree::parse(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
    let value = Tree::parse(&encode(value)).map_err(|_| StoreError::DoesNotOpen)?;
    tree.put(path, value).ok_or(StoreError::DoesNotOpen)?;
    Ok(tree.bytes())
}
