//! The one way to write in an adviser's partition: everything is written in a commit that replaces the marker.
//!
//! ```text
//! commit = files ‖ marker with the new head of the audit trail ‖ an audit entry for each file ‖ what else belongs to it
//! ```
//!
//! The marker is replaced by its etag, so commits of one adviser are serialised and the audit trail is one chain. Each commit checks the
//! writer's right against that marker, so nothing is written on the strength of a session that ended, or into a partition that was closed,
//! while the request was in flight. A commit that was overtaken is rebuilt on the new marker; if the marker has not changed, something else
//! in the commit was overtaken.

use super::{
    documents,
    files::KeptFile,
    marker_cache::{FilesThen, MarkerCache, Version},
    writes::{Content, FileWrite, WriteRefused, Writer},
};
use crate::store::{
    beside::Beside,
    error::StoreError,
    exchanges::Exchange,
    identities::documents::encode,
    keys::sealing::{KeyScope, Sealing},
    partition_locks::PartitionLocks,
    retries::{MAX_ATTEMPTS, OVERTAKEN},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        accounts::sessions_over::SessionsOver,
        chain::{ChainHead, Entry},
        clients::{
            trail::{AuditAction, AuditEntry, Marker, ThrownAway},
            write_right::{Overruled, WriteRight},
        },
        ids::{ImportId, RecordId, ScopeId, WriteId},
        imports::Import,
        origin::Origin,
        sign_in::session::{AdviserScope, BothSides},
    },
    ports::{CommitError, Container, DocumentId, Documents, Draft, Etag, MAX_COMMIT_BYTES, Operation},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Commits to the partitions of advisers.
pub struct ClientCommits {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
    lanes: PartitionLocks<ScopeId>,
    markers: MarkerCache,
}

/// A condition on the partition that must hold for a commit to be made.
#[async_trait]
pub(in crate::store) trait Condition: Send + Sync {
    /// Returns a refusal when it does not hold.
    async fn holds(&self) -> Result<(), WriteRefused>;
}

/// Always holds.
pub(in crate::store) struct NoCondition;

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
    /// The write id of each file that exists afterwards.
    write_ids: Vec<Option<WriteId>>,
}

impl ClientCommits {
    /// Uses this database and these keys.
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>) -> Self {
        Self { documents, sealing, lanes: PartitionLocks::default(), markers: MarkerCache::default() }
    }

    /// Makes these changes, all or nothing, and returns the new etag of each file; for one that is gone or unchanged, an etag that matches
    /// nothing. `condition` is evaluated on every attempt, after the marker was read: what it reads in the partition still holds when the
    /// commit is made.
    ///
    /// # Errors
    /// [`WriteRefused`], also when one of the documents in `also` could not be written.
    pub(in crate::store) async fn commit(
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
        Err(OVERTAKEN.into())
    }

    /// Whether the preconditions of a commit on this marker hold.
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

    /// The inner error is one that an outdated marker may have caused.
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

    /// The marker of the partition; the default where nothing was ever written.
    pub(in crate::store) async fn marker(&self, scope: ScopeId) -> Result<Version, StoreError> {
        let (partition, id) = (documents::partition_of(scope), documents::marker());
        let Some(stored) = self.documents.read(Container::Clients, &partition, &id).await? else {
            return Ok(Version::default());
        };
        let place = documents::place(&partition, &id, Part::Body);
        let plaintext = self.sealing.open(KeyScope::Adviser(scope), place, &stored.body).await?;
        // Before there was an audit trail, a marker was empty.
        let (marker, origin) = Origin::read::<Option<Marker>>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok((Marker { origin, ..marker.unwrap_or_default() }, Some(stored.etag)))
    }

    /// Closes the leaver's partition to everyone but this handover: a request that is still in flight can no longer write there.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another handover has closed it.
    pub async fn close(&self, sides: &BothSides) -> Result<(), StoreError> {
        self.turn(sides.from.id(), |marker| match marker.closed {
            Some(record) if record == sides.record => Ok(None),
            Some(_) => Err(StoreError::Stale),
            None => Ok(Some(Marker { closed: Some(sides.record), ..marker.clone() })),
        })
        .await
    }

    /// Once this returns, sessions that were started under a lower `standing`, and those ended under this one, can no longer write in this
    /// partition. To take authority from an account, commit that first and then call this; repeating the call does no harm. It also covers
    /// a partition where nothing was written yet: the first commit there may be in flight.
    ///
    /// # Errors
    /// [`StoreError`]; call again until it succeeds.
    pub async fn overtake(&self, scope: ScopeId, standing: u32, over: &SessionsOver, now: Timestamp) -> Result<(), StoreError> {
        self.turn(scope, |marker| {
            let mut told = marker.clone();
            if marker.standing < standing {
                (told.standing, told.over) = (standing, SessionsOver::default());
            }
            // Sessions of an older `standing` are kept out by the newer one.
            let is_new = marker.standing <= standing && told.over.add_all(over, now);
            Ok((is_new || told.standing != marker.standing).then_some(told))
        })
        .await
    }

    /// The handover that has closed a partition.
    pub async fn closed_by(&self, scope: AdviserScope) -> Result<Option<RecordId>, StoreError> {
        Ok(self.marker(scope.id()).await?.0.closed)
    }

    /// What this instance knows of the files' write id, possibly nothing: for a caller about to read one file.
    pub(in crate::store) fn files_known(&self, scope: ScopeId) -> FilesThen {
        self.markers.files(scope)
    }

    /// The same, read from the database when it is not known: for a caller about to read many files.
    pub(in crate::store) async fn files_now(&self, scope: ScopeId) -> Result<FilesThen, StoreError> {
        let known = self.files_known(scope);
        if known != FilesThen::default() {
            return Ok(known);
        }
        let read = self.marker(scope).await?;
        let files = FilesThen::of(&read.0);
        self.markers.keep(scope, read);
        Ok(files)
    }

    /// Whether this session has deleted this import.
    pub async fn has_thrown_away(&self, scope: AdviserScope, thrown_away: ThrownAway) -> Result<bool, StoreError> {
        Ok(self.marker(scope.id()).await?.0.thrown_away.contains(&thrown_away))
    }

    /// Checks the right of a writer that turned out to have nothing to write.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the right does not hold.
    pub async fn hold(&self, right: &WriteRight) -> Result<(), StoreError> {
        overruled(right, &self.marker(right.scope().id()).await?.0)
    }

    /// Proof of a writer's right for a commit that is made elsewhere: the operation that replaces the marker by its etag, the etag it was
    /// built from, and the stamp that the marker of the record location has to have then.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the right does not hold.
    pub(in crate::store) async fn proof(&self, writer: Writer) -> Result<(Operation, Option<Etag>, WriteId), StoreError> {
        let scope = writer.right.scope().id();
        drop(self.markers.take(scope));
        let (marker, version) = self.marker(scope).await?;
        overruled(&writer.right, &marker)?;
        let stamp = WriteId::from_random(self.sealing.random_bytes());
        let new = Marker { standing: writer.right.standing_after(&marker), shelf: Some(stamp), ..marker };
        Ok((over(documents::marker_draft(&self.sealing, scope, &new).await?, version.clone()), version, stamp))
    }

    /// Replaces the marker with what `change` makes of it; leaves it alone on `None`.
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
                // Overtaken, or perhaps written after all: reading the marker again settles which.
                Err(CommitError::Stale | CommitError::Conflict | CommitError::Missing | CommitError::Unknown) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(OVERTAKEN)
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

    /// Settles a lost response by the audit trail: the entry with a fresh nonce is there only if this very commit was made. A commit
    /// without entries is settled by its other documents.
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
            // Overtaken since: the version that was written no longer exists.
            let own = stored.filter(|stored| Some(stored.write_id) == *write_id);
            etags.push(own.map_or_else(gone, |stored| stored.etag));
        }
        // With audit entries, this is settled already.
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

/// The new etag of each file, and of the marker: a commit's operations begin with those of the files that have one, and the marker's is the
/// next.
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

/// Whether a file or import that was deleted is created again: only a repeated request creates something with the same id.
fn brings_back(files: &[FileWrite], also: &[Beside], marker: &Marker) -> bool {
    let file = |write: &FileWrite| write.deed == AuditAction::Created && marker.has_deleted(write.id);
    let import = |beside: &Beside| match &beside.operation {
        Operation::Create(draft) => import_named(&draft.id).is_some_and(|import| marker.has_thrown_away(import)),
        Operation::Replace { .. } | Operation::Put(_) | Operation::Delete { .. } => false,
    };
    files.iter().any(file) || also.iter().any(import)
}

/// The import that an operation deletes.
fn thrown_away(operation: &Operation) -> Option<ImportId> {
    match operation {
        Operation::Delete { id, .. } => import_named(id),
        Operation::Create(_) | Operation::Replace { .. } | Operation::Put(_) => None,
    }
}

fn import_named(id: &DocumentId) -> Option<ImportId> {
    Import::parse_id(id.as_str().strip_prefix(Import::PREFIX)?)
}

/// The etag of a file that is gone: matches none.
const fn gone() -> Etag {
    Etag(String::new())
}
