//! The one way to write in an adviser's partition: whatever is written lies in a commit that replaces the marker.
//!
//! ```text
//! commit = files ‖ marker with the new head of the trail ‖ an entry of the trail for each file ‖ what else belongs to it
//! ```
//!
//! The marker is replaced by its etag, so commits of one adviser are one after the other and the trail is one chain; and in each of them
//! the right of whoever writes is held against that marker, so that nothing is written on the word of a session, or into a partition,
//! that was closed while the request was on its way. A commit that was overtaken is made anew on the new marker; whether something else
//! in it was overtaken shows when the marker was not.

use super::{
    beside::Beside,
    client_documents as documents,
    client_files::KeptFile,
    client_writes::{Content, FileWrite, WriteRefused, Writer},
    error::StoreError,
    exchanges::Exchange,
    identity_documents::encode,
    lanes::PartitionLocks,
    marker_cache::{FilesThen, MarkerCache, Version},
    sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        chain::{ChainHead, Entry},
        ids::{ImportId, RecordId, ScopeId, WriteId},
        import::Import,
        origin::Origin,
        session::{AdviserScope, BothSides},
        sessions_over::SessionsOver,
        trail::{AuditAction, AuditEntry, Marker, ThrownAway},
        write_right::{Overruled, WriteRight},
    },
    ports::{CommitError, Container, DocumentId, Documents, Draft, Etag, MAX_COMMIT_BYTES, Operation},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// Times a commit is made anew because another instance was faster.
const MAX_ATTEMPTS: usize = 64;

/// Commits into the partitions of advisers.
pub struct ClientCommits {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
    lanes: PartitionLocks<ScopeId>,
    markers: MarkerCache,
}

/// What has to be so in the partition for a commit to be made.
#[async_trait]
pub(super) trait Condition: Send + Sync {
    /// Refuses when it is not.
    async fn holds(&self) -> Result<(), WriteRefused>;
}

/// Nothing.
pub(super) struct NoCondition;

#[async_trait]
impl Condition for NoCondition {
    async fn holds(&self) -> Result<(), WriteRefused> {
        Ok(())
    }
}

/// A commit that is about to be made.
struct Prepared {
    operations: Vec<Operation>,
    marker: Marker,
    entries: Vec<Entry<AuditEntry>>,
    /// The write id of each file that is there afterwards.
    write_ids: Vec<Option<WriteId>>,
}

impl ClientCommits {
    /// Works on this database with these keys.
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>) -> Self {
        Self { documents, sealing, lanes: PartitionLocks::default(), markers: MarkerCache::default() }
    }

    /// Makes these changes, all or nothing, and answers the new version of each file; of one that is gone, or stayed as it was, one that
    /// matches nothing. `condition` is asked on every try, after the marker was read: what it reads in the partition
    /// is still so when the commit is made.
    ///
    /// # Errors
    /// [`WriteRefused`]; also when it was one of the others that could not be written.
    pub(super) async fn commit(
        &self,
        writer: Writer,
        files: &[FileWrite],
        also: &[Beside],
        condition: &dyn Condition,
    ) -> Result<Vec<Etag>, WriteRefused> {
        let scope = writer.right.scope();
        let _lane = self.lanes.enter(scope.id()).await;
        let mut marker = match self.markers.take(scope.id()) {
            Some(marker) => marker,
            None => self.marker(scope.id()).await?,
        };
        for _ in 0..MAX_ATTEMPTS {
            let refused = match self.judge(writer, files, condition, &marker.0).await {
                Ok(()) => match self.try_commit(writer, files, also, &marker).await? {
                    Ok(committed) => return Ok(committed),
                    Err(refused) => refused,
                },
                Err(refused) => refused,
            };
            let now = self.marker(scope.id()).await?;
            if now.1 == marker.1 {
                return Err(refused);
            }
            marker = now;
        }
        Err(busy().into())
    }

    /// Whether what a commit on this marker rests on is so.
    async fn judge(&self, writer: Writer, files: &[FileWrite], condition: &dyn Condition, marker: &Marker) -> Result<(), WriteRefused> {
        overruled(&writer.right, marker)?;
        for (id, read) in files.iter().filter_map(|write| Some((write.id, write.content.as_read()?))) {
            if !read.then.are_the_same(marker) {
                let (partition, document) = (documents::partition(writer.right.scope()), documents::client(id));
                let stored = self.documents.read(Container::Clients, &partition, &document).await.map_err(StoreError::from)?;
                if stored.is_none_or(|stored| stored.etag != read.etag) {
                    return Err(WriteRefused::Stale);
                }
            }
        }
        condition.holds().await
    }

    /// The inner error is one that an older marker may be to blame for.
    async fn try_commit(
        &self,
        writer: Writer,
        files: &[FileWrite],
        also: &[Beside],
        marker: &Version,
    ) -> Result<Result<Vec<Etag>, WriteRefused>, WriteRefused> {
        let scope = writer.right.scope();
        if brings_back(files, also, &marker.0) {
            return Ok(Err(WriteRefused::Exists));
        }
        let mut prepared = self.prepare(writer, files, also, marker).await?;
        let operations: Vec<_> = prepared.operations.drain(..).chain(also.iter().map(|beside| beside.operation.clone())).collect();
        if operations.iter().map(Operation::stored_bytes).sum::<usize>() > MAX_COMMIT_BYTES {
            return Err(WriteRefused::TooLarge);
        }
        Ok(Err(match self.documents.commit(Container::Clients, &documents::partition(scope), operations).await {
            Ok(etags) => {
                let (files, marker_etag) = etags_of(files, &etags);
                self.markers.keep(scope.id(), (prepared.marker, marker_etag));
                return Ok(Ok(files));
            }
            Err(CommitError::Unknown) => return self.settle(scope, files, also, &prepared).await.map(Ok),
            Err(CommitError::Conflict) => WriteRefused::Exists,
            Err(CommitError::Missing) => WriteRefused::Missing,
            Err(CommitError::Stale) => WriteRefused::Stale,
            Err(CommitError::Busy { retry_after }) => return Err(StoreError::Busy { retry_after }.into()),
            Err(CommitError::Unavailable) => return Err(StoreError::Unavailable.into()),
        }))
    }

    /// The state of the partition; the default where nothing was ever written.
    pub(super) async fn marker(&self, scope: ScopeId) -> Result<Version, StoreError> {
        let (partition, id) = (documents::partition_of(scope), documents::marker());
        let Some(stored) = self.documents.read(Container::Clients, &partition, &id).await? else {
            return Ok(Version::default());
        };
        let place = documents::place(&partition, &id, Part::Body);
        let plaintext = self.sealing.open(KeyScope::Adviser(scope), place, &stored.body).await?;
        // Before there was a trail, a marker held nothing.
        let (marker, origin) = Origin::read::<Option<Marker>>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok((Marker { origin, ..marker.unwrap_or_default() }, Some(stored.etag)))
    }

    /// Closes the leaver's partition to everyone but this hand-over: a request that is still on its way writes nothing there any more.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another hand-over has closed it.
    pub async fn close(&self, sides: &BothSides) -> Result<(), StoreError> {
        self.turn(sides.from.id(), |marker| match marker.closed {
            Some(record) if record == sides.record => Ok(None),
            Some(_) => Err(StoreError::Stale),
            None => Ok(Some(Marker { closed: Some(sides.record), ..marker.clone() })),
        })
        .await
    }

    /// Sessions that were started under a lower standing, and those that were ended under this one, write nothing in this partition once this
    /// answers. Whoever takes authority from an account commits that first, then this, and is done then; again does no harm. A partition
    /// where nothing was written yet is told as well: the first commit there may be on its way.
    ///
    /// # Errors
    /// [`StoreError`]; to be called again until it goes well.
    pub async fn overtake(&self, scope: ScopeId, standing: u32, over: &SessionsOver, now: Timestamp) -> Result<(), StoreError> {
        self.turn(scope, |marker| {
            let mut told = marker.clone();
            if marker.standing < standing {
                (told.standing, told.over) = (standing, SessionsOver::default());
            }
            // Those of an older standing are kept out by the newer one.
            let is_new = marker.standing <= standing && told.over.add_all(over, now);
            Ok((is_new || told.standing != marker.standing).then_some(told))
        })
        .await
    }

    /// The hand-over that has closed a partition.
    pub async fn closed_by(&self, scope: AdviserScope) -> Result<Option<RecordId>, StoreError> {
        Ok(self.marker(scope.id()).await?.0.closed)
    }

    /// What is known here of the files, which may be nothing: for whoever is about to read one.
    pub(super) fn files_known(&self, scope: ScopeId) -> FilesThen {
        self.markers.files(scope)
    }

    /// The same, asked for when it is not known: for whoever is about to read many.
    pub(super) async fn files_now(&self, scope: ScopeId) -> Result<FilesThen, StoreError> {
        let known = self.files_known(scope);
        if known != FilesThen::default() {
            return Ok(known);
        }
        let read = self.marker(scope).await?;
        let files = FilesThen::of(&read.0);
        self.markers.keep(scope, read);
        Ok(files)
    }

    /// Whether this session has thrown this import away.
    pub async fn has_thrown_away(&self, scope: AdviserScope, thrown_away: ThrownAway) -> Result<bool, StoreError> {
        Ok(self.marker(scope.id()).await?.0.thrown_away.contains(&thrown_away))
    }

    /// Holds the right of whoever would write, had there been anything to write.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the right does not hold.
    pub async fn hold(&self, right: &WriteRight) -> Result<(), StoreError> {
        overruled(right, &self.marker(right.scope().id()).await?.0)
    }

    /// What proves the right of whoever writes in a commit that is made elsewhere: the marker as it is, replaced by its etag. With the
    /// version that it was made from, and the stamp that the marker of the shelf has to have then.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the right does not hold.
    pub(super) async fn proof(&self, writer: Writer) -> Result<(Operation, Option<Etag>, WriteId), StoreError> {
        let scope = writer.right.scope().id();
        drop(self.markers.take(scope));
        let (marker, version) = self.marker(scope).await?;
        overruled(&writer.right, &marker)?;
        let stamp = WriteId::from_random(self.sealing.random_bytes());
        let new = Marker { standing: writer.right.standing_after(&marker), shelf: Some(stamp), ..marker };
        Ok((over(documents::marker_draft(&self.sealing, scope, &new).await?, version.clone()), version, stamp))
    }

    /// Replaces the marker by what becomes of it; not when that is nothing.
    async fn turn(&self, scope: ScopeId, change: impl Fn(&Marker) -> Result<Option<Marker>, StoreError>) -> Result<(), StoreError> {
        let _lane = self.lanes.enter(scope).await;
        drop(self.markers.take(scope));
        for _ in 0..MAX_ATTEMPTS {
            let (marker, version) = self.marker(scope).await?;
            let Some(changed) = change(&marker)? else {
                return Ok(());
            };
            let write = over(documents::marker_draft(&self.sealing, scope, &changed).await?, version);
            match self.documents.commit(Container::Clients, &documents::partition_of(scope), vec![write]).await {
                Ok(_) => return Ok(()),
                // Overtaken, or perhaps written after all: what is there now tells.
                Err(CommitError::Stale | CommitError::Conflict | CommitError::Missing | CommitError::Unknown) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(busy())
    }

    async fn prepare(
        &self,
        writer: Writer,
        files: &[FileWrite],
        also: &[Beside],
        (marker, version): &Version,
    ) -> Result<Prepared, StoreError> {
        let Writer { right, at } = writer;
        let scope = right.scope();
        let (mut operations, mut entries, mut write_ids) = (Vec::new(), Vec::new(), Vec::new());
        let mut head = marker.trail.clone();
        for write in files {
            let operation = self.operation(scope, write).await?;
            write_ids.push(operation.as_ref().and_then(written).map(|draft| draft.write_id));
            operations.extend(operation);
            let trace = AuditEntry { deed: write.deed, file: write.id, revision: write.revision(), by: right.by() };
            let entry = head.next(trace, at, None, self.sealing.random_bytes());
            head = ChainHead::after(&entry, documents::trail_link(&self.sealing, scope.id(), &encode(&entry)).await?);
            entries.push(entry);
        }
        let changed = files.iter().any(|write| write.content.as_read().is_none());
        let now = if changed { Some(WriteId::from_random(self.sealing.random_bytes())) } else { marker.files };
        let mut new = Marker { files: now, trail: head, standing: right.standing_after(marker), ..marker.clone() };
        for beside in also {
            beside.tell(&mut new, at);
        }
        for write in files {
            new.note_deleted(write.deed, write.id);
        }
        new.note_thrown_away(right.by(), also.iter().filter_map(|beside| thrown_away(&beside.operation)));
        operations.push(over(documents::marker_draft(&self.sealing, scope.id(), &new).await?, version.clone()));
        for entry in &entries {
            operations.push(Operation::Create(documents::trail_draft(&self.sealing, scope, entry).await?));
        }
        Ok(Prepared { operations, marker: new, entries, write_ids })
    }

    async fn operation(&self, scope: AdviserScope, write: &FileWrite) -> Result<Option<Operation>, StoreError> {
        let draft = async |kept: &KeptFile| documents::client_draft(&self.sealing, scope, write.id, kept).await;
        Ok(match &write.content {
            Content::New(kept) => Some(Operation::Create(draft(kept).await?)),
            Content::Over(etag, kept) => Some(Operation::Replace { draft: draft(kept).await?, if_match: etag.clone() }),
            Content::Same(_) => None,
            Content::Gone { if_match, .. } => Some(Operation::Delete { id: documents::client(write.id), if_match: Some(if_match.clone()) }),
        })
    }

    /// A lost answer is settled by the trail: the entry with a fresh nonce is there only when this very commit was made. One without
    /// entries is settled by what else is in it.
    async fn settle(
        &self,
        scope: AdviserScope,
        files: &[FileWrite],
        also: &[Beside],
        prepared: &Prepared,
    ) -> Result<Vec<Etag>, WriteRefused> {
        let unknown = |_| WriteRefused::Store(StoreError::Unknown);
        let partition = documents::partition(scope);
        if let Some(entry) = prepared.entries.first() {
            let entry = documents::trail_entry(entry);
            if self.documents.read(Container::Clients, &partition, &entry).await.map_err(unknown)?.is_none() {
                return Err(StoreError::Unavailable.into());
            }
        }
        let mut etags = Vec::with_capacity(files.len());
        for (write, write_id) in files.iter().zip(&prepared.write_ids) {
            let stored = match write_id {
                Some(_) => self.documents.read(Container::Clients, &partition, &documents::client(write.id)).await.map_err(unknown)?,
                None => None,
            };
            // Overtaken since: the version that was written is none any more.
            let own = stored.filter(|stored| Some(stored.write_id) == *write_id);
            etags.push(own.map_or_else(gone, |stored| stored.etag));
        }
        // Entries of the trail have told already.
        for operation in also.iter().filter(|_| prepared.entries.is_empty()).map(|beside| &beside.operation) {
            let id = match operation {
                Operation::Delete { id, .. } => id,
                Operation::Create(draft) | Operation::Put(draft) | Operation::Replace { draft, .. } => &draft.id,
            };
            let stored = self.documents.read(Container::Clients, &partition, id).await.map_err(unknown)?;
            let own = stored.as_ref().filter(|stored| written(operation).is_some_and(|draft| draft.write_id == stored.write_id));
            let is_made = own.is_some() || written(operation).is_none() && stored.is_none();
            if !is_made {
                return Err(StoreError::Unknown.into());
            }
        }
        Ok(etags)
    }
}

fn overruled(right: &WriteRight, marker: &Marker) -> Result<(), StoreError> {
    right.holds(marker).map_err(|overruled| match overruled {
        Overruled::SessionOver => StoreError::Refused,
        Overruled::Closed => StoreError::Stale,
    })
}

fn over(draft: Draft, version: Option<Etag>) -> Operation {
    match version {
        Some(if_match) => Operation::Replace { draft, if_match },
        None => Operation::Create(draft),
    }
}

/// The new version of each file, and of the marker: the first operations of a commit are those of the files that have one, and the
/// marker's is the next.
fn etags_of(files: &[FileWrite], etags: &[Option<Etag>]) -> (Vec<Etag>, Option<Etag>) {
    let mut etags = etags.iter().cloned();
    let mut of = |write: &FileWrite| match write.content {
        Content::Same(_) => gone(),
        Content::New(_) | Content::Over(..) | Content::Gone { .. } => etags.next().flatten().unwrap_or_else(gone),
    };
    let files = files.iter().map(&mut of).collect();
    (files, etags.next().flatten())
}

const fn written(operation: &Operation) -> Option<&Draft> {
    match operation {
        Operation::Create(draft) | Operation::Replace { draft, .. } | Operation::Put(draft) => Some(draft),
        Operation::Delete { .. } => None,
    }
}

/// Whether something is made anew that was taken away: only a request that comes again makes a thing with the same id.
fn brings_back(files: &[FileWrite], also: &[Beside], marker: &Marker) -> bool {
    let file = |write: &FileWrite| write.deed == AuditAction::Created && marker.has_deleted(write.id);
    let import = |beside: &Beside| match &beside.operation {
        Operation::Create(draft) => import_named(&draft.id).is_some_and(|import| marker.has_thrown_away(import)),
        Operation::Replace { .. } | Operation::Put(_) | Operation::Delete { .. } => false,
    };
    files.iter().any(file) || also.iter().any(import)
}

/// The import that an operation takes away.
fn thrown_away(operation: &Operation) -> Option<ImportId> {
    match operation {
        Operation::Delete { id, .. } => import_named(id),
        Operation::Create(_) | Operation::Replace { .. } | Operation::Put(_) => None,
    }
}

fn import_named(id: &DocumentId) -> Option<ImportId> {
    Import::parse_id(id.as_str().strip_prefix(Import::PREFIX)?)
}

/// The version of a file that is gone: matches none.
const fn gone() -> Etag {
    Etag(String::new())
}

const fn busy() -> StoreError {
    StoreError::Busy { retry_after: Duration::from_secs(1) }
}
