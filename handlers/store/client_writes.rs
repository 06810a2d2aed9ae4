//! Changing client files: files, their entries in the trail and the marker, in one commit.
//!
//! ```text
//! commit = the writes ‖ marker with the new head of the trail ‖ an entry of the trail for each write ‖ what else belongs to it
//! ```
//!
//! The marker is replaced by its etag, so commits of one adviser are one after the other and the trail is one chain. A commit that was
//! overtaken is made anew on the new marker; whether a file itself was overtaken shows when the marker was not.

use super::{
    client_documents as documents,
    client_files::{ClientFiles, KeptFile},
    error::StoreError,
    identity_documents::encode,
    marker_cache::Version,
};
use crate::{
    domain::{
        chain::{ChainHead, Entry},
        ids::{ClientId, WriteId},
        session::AdviserScope,
        trail::{Actor, Deed, Marker, Trace},
    },
    ports::{CommitError, Container, Draft, Etag, Operation},
};
use jiff::Timestamp;

/// Times a commit is made anew because another instance was faster.
pub(super) const MOST_TRIES: usize = 64;

/// Files in one commit: each is a document and an entry, and the marker and something else have to fit beside them.
pub const MOST_FILES: usize = 45;

/// A change of one file.
pub struct FileWrite {
    /// Which one.
    pub id: ClientId,
    /// What the trail calls it.
    pub deed: Deed,
    /// What becomes of the document.
    pub content: Content,
}

/// What becomes of the document of a file.
pub enum Content {
    /// It is new.
    New(KeptFile),
    /// It takes the place of the version that was read.
    Over(Etag, KeptFile),
    /// It stays as it is.
    Same {
        /// Its revision.
        revision: u32,
    },
    /// It goes.
    Gone {
        /// The version that was read.
        if_match: Etag,
        /// Its revision.
        revision: u32,
    },
}

/// Who writes, and when.
#[derive(Clone, Copy)]
pub struct Writer {
    /// As the trail names them.
    pub by: Actor,
    /// Now.
    pub at: Timestamp,
}

/// Why nothing was written.
#[derive(Debug, PartialEq, Eq)]
pub enum WriteRefused {
    /// An id is taken.
    Exists,
    /// There is no such file.
    Missing,
    /// The file has another version by now.
    Stale,
    /// The store could not.
    Store(StoreError),
}

/// What one commit is made of.
struct Prepared {
    operations: Vec<Operation>,
    marker: Marker,
    entries: Vec<Entry<Trace>>,
    /// The write id of each file that is there afterwards.
    write_ids: Vec<Option<WriteId>>,
}

impl ClientFiles {
    /// Makes these changes and writes them into the trail, all or nothing. Answers the new versions, in order.
    ///
    /// # Errors
    /// [`WriteRefused`].
    pub async fn write(&self, scope: AdviserScope, writer: Writer, writes: &[FileWrite]) -> Result<Vec<Etag>, WriteRefused> {
        self.write_with(scope, writer, writes, &[]).await
    }

    /// Like [`ClientFiles::write`], with more documents of the same partition in the commit: none that is a file, an entry of the trail
    /// or the marker.
    ///
    /// # Errors
    /// [`WriteRefused`]; also when it was one of the others that could not be written.
    pub async fn write_with(
        &self,
        scope: AdviserScope,
        writer: Writer,
        writes: &[FileWrite],
        also: &[Operation],
    ) -> Result<Vec<Etag>, WriteRefused> {
        let _lane = self.lanes.enter(scope.id()).await;
        let mut marker = match self.markers.take(scope.id()) {
            Some(marker) => marker,
            None => self.marker(scope).await?,
        };
        for _ in 0..MOST_TRIES {
            if !marker.0.is_open_to(writer.by) {
                return Err(StoreError::Stale.into());
            }
            let mut prepared = self.prepare(scope, writer, writes, &marker).await?;
            let operations = prepared.operations.drain(..).chain(also.iter().cloned()).collect();
            let answer = self.documents.commit(Container::Clients, &documents::partition(scope), operations).await;
            self.cache.forget(scope.id());
            let refused = match answer {
                Ok(etags) => {
                    let (etags, marker_etag) = etags_of(writes, &etags);
                    self.markers.keep(scope.id(), (prepared.marker, marker_etag));
                    return Ok(etags);
                }
                Err(CommitError::Unknown) => return self.settle(scope, writes, &prepared).await,
                Err(CommitError::Conflict) => WriteRefused::Exists,
                Err(CommitError::Missing) => WriteRefused::Missing,
                Err(CommitError::Stale) => WriteRefused::Stale,
                Err(CommitError::Busy { retry_after }) => return Err(StoreError::Busy { retry_after }.into()),
                Err(CommitError::Unavailable) => return Err(StoreError::Unavailable.into()),
            };
            let now = self.marker(scope).await?;
            if now.1 == marker.1 {
                return Err(refused);
            }
            marker = now;
        }
        Err(StoreError::Busy { retry_after: std::time::Duration::from_secs(1) }.into())
    }

    async fn prepare(
        &self,
        scope: AdviserScope,
        writer: Writer,
        writes: &[FileWrite],
        (marker, version): &Version,
    ) -> Result<Prepared, StoreError> {
        let (mut operations, mut entries, mut write_ids) = (Vec::new(), Vec::new(), Vec::new());
        let mut head = marker.trail.clone();
        for write in writes {
            let operation = self.operation(scope, write).await?;
            write_ids.push(operation.as_ref().and_then(written));
            operations.extend(operation);
            let trace = Trace { deed: write.deed, file: write.id, revision: write.revision(), by: writer.by };
            let entry = head.next(trace, writer.at, None, self.sealing.random_bytes());
            head = ChainHead::after(&entry, documents::trail_link(&self.sealing, scope.id(), &encode(&entry)).await?);
            entries.push(entry);
        }
        let changed = writes.iter().any(|write| !matches!(write.content, Content::Same { .. }));
        let files = if changed { Some(WriteId::from_random(self.sealing.random_bytes())) } else { marker.files };
        let new = Marker { files, trail: head, ..marker.clone() };
        let draft = documents::marker_draft(&self.sealing, scope, &new).await?;
        operations.push(match version {
            Some(etag) => Operation::Replace { draft, if_match: etag.clone() },
            None => Operation::Create(draft),
        });
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
            Content::Same { .. } => None,
            Content::Gone { if_match, .. } => Some(Operation::Delete { id: documents::client(write.id), if_match: Some(if_match.clone()) }),
        })
    }

    /// A lost answer is settled by the trail: the entry with a fresh nonce is there only when this very commit was made.
    async fn settle(&self, scope: AdviserScope, writes: &[FileWrite], prepared: &Prepared) -> Result<Vec<Etag>, WriteRefused> {
        let unknown = |_| WriteRefused::Store(StoreError::Unknown);
        let partition = documents::partition(scope);
        let Some(entry) = prepared.entries.first() else {
            return Err(StoreError::Unknown.into());
        };
        let entry = documents::trail_entry(entry);
        if self.documents.read(Container::Clients, &partition, &entry).await.map_err(unknown)?.is_none() {
            return Err(StoreError::Unavailable.into());
        }
        let mut etags = Vec::with_capacity(writes.len());
        for (write, write_id) in writes.iter().zip(&prepared.write_ids) {
            let stored = match write_id {
                Some(_) => self.documents.read(Container::Clients, &partition, &documents::client(write.id)).await.map_err(unknown)?,
                None => None,
            };
            // Overtaken since: the version that was written is none any more.
            let own = stored.filter(|stored| Some(stored.write_id) == *write_id);
            etags.push(own.map_or_else(gone, |stored| stored.etag));
        }
        Ok(etags)
    }
}

impl FileWrite {
    const fn revision(&self) -> u32 {
        match &self.content {
            Content::New(kept) | Content::Over(_, kept) => kept.revision,
            Content::Same { revision } | Content::Gone { revision, .. } => *revision,
        }
    }
}

/// The new version of each file, and of the marker: the first operations of a commit are those of the files that have one, and the
/// marker's is the next.
fn etags_of(writes: &[FileWrite], etags: &[Option<Etag>]) -> (Vec<Etag>, Option<Etag>) {
    let mut etags = etags.iter().cloned();
    let mut of = |write: &FileWrite| match write.content {
        Content::Same { .. } => gone(),
        Content::New(_) | Content::Over(..) | Content::Gone { .. } => etags.next().flatten().unwrap_or_else(gone),
    };
    let files = writes.iter().map(&mut of).collect();
    (files, etags.next().flatten())
}

const fn written(operation: &Operation) -> Option<WriteId> {
    match operation {
        Operation::Create(Draft { write_id, .. }) | Operation::Replace { draft: Draft { write_id, .. }, .. } => Some(*write_id),
        Operation::Put(_) | Operation::Delete { .. } => None,
    }
}

impl From<StoreError> for WriteRefused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The version of a file that is gone: matches none.
const fn gone() -> Etag {
    Etag(String::new())
}
