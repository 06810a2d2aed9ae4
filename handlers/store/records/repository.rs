//! Records with steps: a record and the step that changed it are written in one commit, and no other way.
//!
//! Everything at one record location is in one partition: `record-<id>`, `step-<id>-<time><random>`, the alarm of a record that has one,
//! and the marker of the location, which every commit replaces.

use super::markers::{FoundMarker, ShelfChange};
use crate::store::{
    alarms,
    authority::Warrant,
    error::StoreError,
    identities::{documents::encode, lists::Slice},
    keys::sealing::{KeyScope, Sealing},
    partition_locks::PartitionLocks,
    records,
    retries::{MAX_ATTEMPTS, MAX_READINGS, OVERTAKEN},
};
use crate::{
    crypto::{
        digest::digest,
        envelope::{EnvelopeContext, Part, Unopened},
    },
    domain::{
        chain::{ChainHead, Entry},
        ids::{RecordId, WriteId},
        json_tree::Tree,
        later::OrLater,
        origin::Origin,
        record::{Alarm, KeptRecord, Record, Step},
        request_tag::{KeyReused, RequestTag},
    },
    ports::{Body, CommitError, Container, Cursor, DocumentId, Documents, Draft, Etag, Operation, Order, Page, Partition},
};
use jiff::Timestamp;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use std::{marker::PhantomData, sync::Arc};
use zeroize::Zeroizing;

/// Id prefix of records.
pub const RECORD_PREFIX: &str = "record-";
/// Id prefix of their steps.
pub const STEP_PREFIX: &str = "step-";
/// Records per page of a listing: few enough to hold a page in memory.
const AT_ONCE: u16 = 200;

/// A record location: where records are stored, and whose key seals them.
#[derive(Clone, Debug)]
pub struct RecordLocation {
    pub container: Container,
    /// The partition within the container.
    pub partition: Partition,
    /// The scope whose data key seals them.
    pub scope: KeyScope,
}

impl RecordLocation {
    /// A register of the privacy officer.
    pub fn register(name: &'static str) -> Self {
        let partition = Partition::parse(name).expect("registers are named by lower-case words and hyphens");
        Self::in_register(partition)
    }

    /// A register, by its partition.
    pub const fn in_register(partition: Partition) -> Self {
        Self { container: Container::Register, partition, scope: KeyScope::Service }
    }

    /// The place of a part of a document at this location, for its envelope's associated data.
    pub fn place<'a>(&'a self, id: &'a DocumentId, part: Part) -> EnvelopeContext<'a> {
        EnvelopeContext { container: self.container.name(), partition: self.partition.as_str(), document: id.as_str(), part }
    }
}

/// The repository of one kind of record at one location.
pub struct Records<R> {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
    location: RecordLocation,
    lanes: Arc<PartitionLocks<Partition>>,
    sort: PhantomData<fn() -> R>,
}

/// A record as it was read. If it has changed since, the next step fails with [`StoreError::Stale`].
pub struct FoundRecord<R> {
    pub id: RecordId,
    pub record: R,
    pub etag: Etag,
    chain: ChainHead,
    alarm: Option<Alarm>,
    origin: KeptOrigin,
}

/// What a record was read from: the record alone, whose digest is in its newest step, and what was sealed around it.
#[derive(Clone, Default)]
struct KeptOrigin {
    record: Origin,
    around: Origin,
}

/// A step to be taken.
pub struct NewStep<R: Record> {
    /// The record as it is to be after the step.
    pub record: R,
    pub event: R::Event,
    pub at: Timestamp,
}

/// A step that was written.
pub(in crate::store) struct Written {
    chain: ChainHead,
    alarm: Option<Alarm>,
    origin: KeptOrigin,
    etag: Etag,
}

impl Written {
    /// The record as it is stored now.
    pub(in crate::store) fn of<R>(self, id: RecordId, record: R) -> FoundRecord<R> {
        let Self { chain, alarm, origin, etag } = self;
        FoundRecord { id, record, etag, chain, alarm, origin }
    }
}

impl<R: Record> Records<R> {
    /// Uses this database and these keys.
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, location: RecordLocation) -> Self {
        Self::locked_by(Arc::default(), documents, sealing, location)
    }

    /// One of several repositories that share their locks, because each of them lives only as long as a call.
    pub(in crate::store) const fn locked_by(
        lanes: Arc<PartitionLocks<Partition>>,
        documents: Arc<dyn Documents>,
        sealing: Arc<Sealing>,
        location: RecordLocation,
    ) -> Self {
        Self { documents, sealing, location, lanes, sort: PhantomData }
    }

    /// Where they are stored.
    pub const fn location(&self) -> &RecordLocation {
        &self.location
    }

    pub fn fresh_id(&self) -> RecordId {
        RecordId::from_random(self.sealing.random_bytes())
    }

    /// The record with this id.
    pub async fn find(&self, id: RecordId) -> Result<Option<FoundRecord<R>>, StoreError> {
        let document = record_document(id);
        let Some(stored) = self.documents.read(self.location.container, &self.location.partition, &document).await? else {
            return Ok(None);
        };
        let plaintext = self.sealing.open(self.location.scope, self.location.place(&document, Part::Body), &stored.body).await?;
        let (KeptRecord { record, chain, alarm, .. }, origin) = KeptOrigin::read(&plaintext).ok_or(StoreError::DoesNotOpen)?;
        Ok(Some(FoundRecord { id, record, chain, alarm, origin, etag: stored.etag }))
    }

    /// The record with this id, verified against its steps and its location: the steps form one chain up to the record's head, the record
    /// is what the last of them left, and the records at the location match its marker.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when any of this does not hold; [`StoreError`].
    pub async fn find_proven(&self, id: RecordId) -> Result<Option<FoundRecord<R>>, StoreError> {
        for _ in 0..MAX_READINGS {
            let Some(found) = self.find(id).await? else {
                return Ok(None);
            };
            let (steps, sealed) = (self.last_step(id).await?, self.sealed(id).await?);
            if sealed.as_ref().is_some_and(|(chain, _)| *chain != found.chain) {
                // Another step was taken between the reads.
                continue;
            }
            let is_proven = sealed == Some(steps) && self.is_whole().await?;
            return if is_proven { Ok(Some(found)) } else { Err(StoreError::DoesNotOpen) };
        }
        Err(StoreError::Stale)
    }

    /// The chain head that a record itself states, and the digest of the record as it is sealed.
    async fn sealed(&self, id: RecordId) -> Result<Option<(ChainHead, [u8; 32])>, StoreError> {
        let document = record_document(id);
        let Some(stored) = self.documents.read(self.location.container, &self.location.partition, &document).await? else {
            return Ok(None);
        };
        let plaintext = self.sealing.open(self.location.scope, self.location.place(&document, Part::Body), &stored.body).await?;
        let kept: KeptRecord<Box<RawValue>> = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok(Some((kept.chain, record_digest(kept.record.get().as_bytes()))))
    }

    /// The chain head that the steps of a record lead to, and the digest of the record in the last of them.
    async fn last_step(&self, id: RecordId) -> Result<(ChainHead, [u8; 32]), StoreError> {
        let (mut head, mut digest) = (ChainHead::default(), [0; 32]);
        let mut page = Page { order: Order::Ascending, limit: 1000, after: None };
        loop {
            let listing =
                self.documents.list(self.location.container, &self.location.partition, &step_prefix(id), Part::Body, &page).await?;
            for item in &listing.items {
                let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
                let plaintext = self.sealing.open(self.location.scope, self.location.place(&item.id, Part::Body), body).await?;
                let entry: Entry<Step<IgnoredAny>> = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
                if entry.sequence != head.sequence + 1 || entry.previous != head.link {
                    return Err(StoreError::DoesNotOpen);
                }
                head = ChainHead::after(&entry, link(&self.sealing, &self.location, id, &plaintext).await?);
                digest = entry.event.record;
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok((head, digest));
            }
        }
    }

    /// Whether the records at a location match its marker.
    async fn is_whole(&self) -> Result<bool, StoreError> {
        for _ in 0..MAX_READINGS {
            let before = records::markers::stored(&*self.documents, &self.sealing, &self.location).await?;
            let computed = records::markers::computed(&*self.documents, &self.sealing, &self.location).await?;
            let after = records::markers::stored(&*self.documents, &self.sealing, &self.location).await?;
            if before.as_ref().map(|(_, etag)| etag) == after.as_ref().map(|(_, etag)| etag) {
                return Ok(before.map_or(!computed.had_one, |(marker, _)| marker == computed.marker));
            }
        }
        Err(StoreError::Stale)
    }

    /// Creates a record with its first step.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the id exists already; [`StoreError::Refused`] when the warrant does not hold.
    pub async fn create(&self, id: RecordId, warrant: &Warrant, step: NewStep<R>) -> Result<FoundRecord<R>, StoreError> {
        self.commit((id, None), warrant, step).await
    }

    /// Takes a step. Returns the record as it is now stored.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the record has changed since `found` was read: read and decide again; [`StoreError::Refused`] when the
    /// warrant does not hold.
    pub async fn append(&self, found: &FoundRecord<R>, warrant: &Warrant, step: NewStep<R>) -> Result<FoundRecord<R>, StoreError> {
        self.commit((found.id, Some(found)), warrant, step).await
    }

    /// A page of summaries, in no meaningful order. They are computed from the records themselves: decisions depend on them, and a restored
    /// older summary would authenticate too.
    pub async fn list(&self, limit: u16, after: Option<Cursor>) -> Result<Slice<(RecordId, R::Summary)>, StoreError> {
        let page = Page { order: Order::Ascending, limit, after };
        let listing = self.documents.list(self.location.container, &self.location.partition, RECORD_PREFIX, Part::Body, &page).await?;
        let mut items = Vec::with_capacity(listing.items.len());
        for item in &listing.items {
            let id = record_id(&item.id).ok_or(StoreError::DoesNotOpen)?;
            let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
            let kept: KeptRecord<R> = self.open(&item.id, Part::Body, body).await?;
            items.push((id, kept.record.summary()));
        }
        Ok(Slice { items, next: listing.next })
    }

    /// The summaries of all records at a location.
    pub async fn all(&self) -> Result<Vec<(RecordId, R::Summary)>, StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let slice = self.list(AT_ONCE, after).await?;
            all.extend(slice.items);
            after = slice.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The steps of a record, oldest first; those written by a later version as they are.
    pub async fn steps(&self, id: RecordId) -> Result<Vec<Entry<Step<OrLater<R::Event>>>>, StoreError> {
        self.steps_as(id).await
    }

    /// The number of the step that was already taken for this request, when the request is a repeat.
    ///
    /// # Errors
    /// [`KeyReused`] when its idempotency key belongs to another request; [`StoreError`].
    pub async fn taken_for(&self, id: RecordId, request: RequestTag) -> Result<Result<Option<u64>, KeyReused>, StoreError> {
        for step in self.steps_as::<IgnoredAny>(id).await? {
            match request.repeats(step.event.request.as_ref()) {
                Ok(true) => return Ok(Ok(Some(step.sequence))),
                Ok(false) => {}
                Err(reused) => return Ok(Err(reused)),
            }
        }
        Ok(Ok(None))
    }

    async fn steps_as<E: DeserializeOwned>(&self, id: RecordId) -> Result<Vec<Entry<Step<E>>>, StoreError> {
        let (mut steps, mut page) = (Vec::new(), Page { order: Order::Ascending, limit: 1000, after: None });
        loop {
            let listing =
                self.documents.list(self.location.container, &self.location.partition, &step_prefix(id), Part::Body, &page).await?;
            for item in &listing.items {
                let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
                steps.push(self.open(&item.id, Part::Body, body).await?);
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(steps);
            }
        }
    }

    async fn commit(
        &self,
        (id, found): (RecordId, Option<&FoundRecord<R>>),
        warrant: &Warrant,
        step: NewStep<R>,
    ) -> Result<FoundRecord<R>, StoreError> {
        let written = self.attempt((id, found), warrant, &step).await?;
        Ok(written.of(id, step.record))
    }

    /// Does the same for a caller that may have to try again with another warrant.
    pub(in crate::store) async fn attempt(
        &self,
        (id, found): (RecordId, Option<&FoundRecord<R>>),
        warrant: &Warrant,
        step: &NewStep<R>,
    ) -> Result<Written, StoreError> {
        warrant.check(&self.location, step.at)?;
        let _lane = self.lanes.enter(self.location.partition.clone()).await;
        let mut marker = Box::pin(records::markers::find(&*self.documents, &self.sealing, &self.location)).await?;
        for _ in 0..MAX_ATTEMPTS {
            // Boxed: it seals several documents, and its state would make the future of every caller large.
            match Box::pin(self.write((id, found), warrant, step, &marker)).await {
                Err(StoreError::Stale) => {}
                other => return other,
            }
            // Whether the record or what the warrant rests on has changed is for the caller to check; the marker is checked here.
            let now = Box::pin(records::markers::find(&*self.documents, &self.sealing, &self.location)).await?;
            if now.is_same(&marker) {
                return Err(StoreError::Stale);
            }
            marker = now;
        }
        Err(OVERTAKEN)
    }

    async fn write(
        &self,
        (id, found): (RecordId, Option<&FoundRecord<R>>),
        warrant: &Warrant,
        step: &NewStep<R>,
        marker: &FoundMarker,
    ) -> Result<Written, StoreError> {
        let NewStep { record, event, at } = step;
        let before = found.map(|found| &found.chain);
        let origin = found.map(|found| found.origin.clone()).unwrap_or_default();
        let content = origin.record.keep(record);
        let Warrant { by, intent, request, .. } = *warrant;
        let event = Step { by, intent, request, event, record: record_digest(&content) };
        let entry = before.cloned().unwrap_or_default().next(event, *at, None, self.sealing.random_bytes());
        let sealed_entry = encode(&entry);
        let link = link(&self.sealing, &self.location, id, &sealed_entry).await?;
        let (old_alarm, alarm) = (found.and_then(|found| found.alarm), alarms::alarm_of(&self.location, record));
        let chain = ChainHead::after(&entry, link);
        let plaintext = origin.around(&content, &chain, alarm).ok_or(StoreError::DoesNotOpen)?;
        let mut draft = self.draft(record_document(id), &plaintext).await?;
        let (document, summary) = (record_document(id), encode(&record.summary()));
        draft.summary = Some(self.sealing.seal(self.location.scope, self.location.place(&document, Part::Summary), &summary).await?);
        let write = match found {
            Some(found) => Operation::Replace { draft, if_match: found.etag.clone() },
            None => Operation::Create(draft),
        };
        let step = Operation::Create(self.draft(step_document(id, &entry), &sealed_entry).await?);
        let mut operations = vec![write, step];
        let new_alarm = alarm_in(&plaintext);
        let new_alarm = new_alarm.as_ref().map(|alarm| alarm.as_slice());
        operations.extend(alarms::change(&self.sealing, &self.location, id, (old_alarm, alarm), new_alarm).await?);
        let change = ShelfChange { id, before, after: Some(&chain) };
        operations.push(records::markers::replacement(&self.sealing, &self.location, marker, &change, warrant.stamp).await?);
        operations.extend(warrant.beside.iter().cloned());
        match self.documents.commit(self.location.container, &self.location.partition, operations).await {
            Ok(etags) => {
                let etag = etags.into_iter().next().flatten().ok_or(StoreError::Unknown)?;
                let (_, origin) = KeptOrigin::read::<R>(&plaintext).ok_or(StoreError::DoesNotOpen)?;
                Ok(Written { chain, alarm, origin, etag })
            }
            Err(CommitError::Unknown) => self.settle(id, chain).await,
            Err(other) => Err(other.into()),
        }
    }

    /// Settles a lost response by the chain head: its link is there only if this very step was taken.
    async fn settle(&self, id: RecordId, written: ChainHead) -> Result<Written, StoreError> {
        let found = self.find(id).await.map_err(|_| StoreError::Unknown)?;
        let found = found.filter(|found| found.chain == written).ok_or(StoreError::Stale)?;
        Ok(Written { chain: written, alarm: found.alarm, origin: found.origin, etag: found.etag })
    }

    async fn draft(&self, id: DocumentId, plaintext: &[u8]) -> Result<Draft, StoreError> {
        let body = self.sealing.seal(self.location.scope, self.location.place(&id, Part::Body), plaintext).await?;
        let write_id = WriteId::from_random(self.sealing.random_bytes());
        Ok(Draft { id, write_id, summary: None, body: Body::Sealed(body), ttl: None })
    }

    async fn open<T: DeserializeOwned>(&self, id: &DocumentId, part: Part, sealed: &Unopened) -> Result<T, StoreError> {
        let plaintext = self.sealing.open(self.location.scope, self.location.place(id, part), sealed).await?;
        serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)
    }
}

impl KeptOrigin {
    /// Reads a record from its plaintext.
    fn read<R: DeserializeOwned>(plaintext: &[u8]) -> Option<(KeptRecord<R>, Self)> {
        let KeptRecord { record, chain, alarm, marked } = serde_json::from_slice::<KeptRecord<Box<RawValue>>>(plaintext).ok()?;
        let (record, origin) = Origin::read(Zeroizing::new(record.get().as_bytes().to_vec())).ok()?;
        let around = Origin::of(Zeroizing::new(plaintext.to_vec()));
        Some((KeptRecord { record, chain, alarm, marked }, Self { record: origin, around }))
    }

    /// The plaintext to seal: exactly this record, over which the digest was computed, inside everything that was stored around it.
    fn around(&self, record: &[u8], chain: &ChainHead, alarm: Option<Alarm>) -> Option<Zeroizing<Vec<u8>>> {
        let record: Box<RawValue> = serde_json::from_slice(record).ok()?;
        Some(self.around.keep(&KeptRecord { record, chain: chain.clone(), alarm, marked: true }))
    }
}

/// The alarm of a record as it is sealed within it.
pub(in crate::store) fn alarm_in(kept: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    Tree::parse(kept).ok()?.member("alarm").map(Tree::bytes)
}

/// The link of a step: `HMAC(chain key, "record", container, partition, record id, entry as encoded)`.
pub async fn link(sealing: &Sealing, location: &RecordLocation, id: RecordId, entry: &[u8]) -> Result<[u8; 32], StoreError> {
    let fields = [b"record", location.container.name().as_bytes(), location.partition.as_str().as_bytes(), id.bytes(), entry];
    Ok(sealing.root().await?.chain.tag(&fields))
}

/// The digest of a record, as held by the step that left it.
pub fn record_digest(record: &[u8]) -> [u8; 32] {
    digest([record])
}

/// The record that has this document id.
pub fn record_id(id: &DocumentId) -> Option<RecordId> {
    RecordId::parse(id.as_str().strip_prefix(RECORD_PREFIX)?)
}

/// The record that the step with this document id belongs to.
pub fn step_owner(id: &DocumentId) -> Option<RecordId> {
    RecordId::parse(id.as_str().strip_prefix(STEP_PREFIX)?.rsplit_once('-')?.0)
}

/// The document of a step.
pub fn step_document<E>(id: RecordId, entry: &Entry<E>) -> DocumentId {
    document(&format!("{}{}", step_prefix(id), entry.place()))
}

/// Id prefix of the steps of a record.
pub fn step_prefix(id: RecordId) -> String {
    format!("{STEP_PREFIX}{id}-")
}

/// The document of a record.
pub fn record_document(id: RecordId) -> DocumentId {
    document(&format!("{RECORD_PREFIX}{id}"))
}

fn document(id: &str) -> DocumentId {
    DocumentId::parse(id).expect("ids are made of fixed prefixes, UUIDs and hexadecimal digits")
}
