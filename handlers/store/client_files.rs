//! Client files: one partition and one data key per adviser, and no call without the adviser's scope (P14).

use super::{
    client_documents as documents,
    client_summaries::{Keys, SealedSummaries, SealedSummary, Summaries},
    error::StoreError,
    identity_documents::encode,
    sealing::{KeyScope, Sealing},
    summary_cache::SummaryCache,
};
use crate::{
    crypto::envelope::Part,
    domain::{
        client::{file::ClientFile, summary::ClientSummary},
        ids::{ClientId, WriteId},
        session::AdviserScope,
    },
    ports::{Body, Clock, CommitError, Container, Documents, Draft, Etag, Operation, Order, Page},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::hash_map::Entry, sync::Arc};

/// Summaries in one answer of the database: as many as it gives.
const PAGE: u16 = 1000;

/// The repository of client files.
pub struct ClientFiles {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
    cache: SummaryCache,
}

/// A file as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptFile {
    /// What the adviser entered.
    pub file: ClientFile,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// Tag of the request that made it, to recognise a repeat.
    pub request: Option<[u8; 32]>,
}

/// A file with its version.
pub struct Versioned {
    /// The file.
    pub kept: KeptFile,
    /// Its version.
    pub etag: Etag,
}

/// Why a file was not written.
#[derive(Debug, PartialEq, Eq)]
pub enum WriteRefused {
    /// The id is taken.
    Exists,
    /// There is no such file.
    Missing,
    /// The file has another version by now.
    Stale,
    /// The store could not.
    Store(StoreError),
}

impl ClientFiles {
    /// Works on this database with these keys.
    #[must_use]
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, clock: Arc<dyn Clock>) -> Self {
        Self { documents, sealing, cache: SummaryCache::new(clock) }
    }

    /// The file, if this adviser has it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self, scope: AdviserScope, id: ClientId) -> Result<Option<Versioned>, StoreError> {
        let (partition, id) = (documents::partition(scope), documents::client(id));
        let Some(stored) = self.documents.read(Container::Clients, &partition, &id).await? else {
            return Ok(None);
        };
        let place = documents::place(&partition, &id, Part::Body);
        let plaintext = self.sealing.open(KeyScope::Adviser(scope.id()), place, &stored.body).await?;
        let kept = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok(Some(Versioned { kept, etag: stored.etag }))
    }

    /// Stores a new file.
    ///
    /// # Errors
    /// [`WriteRefused::Exists`]; [`WriteRefused::Store`].
    pub async fn create(&self, scope: AdviserScope, id: ClientId, kept: &KeptFile) -> Result<Etag, WriteRefused> {
        let draft = self.draft(scope, id, kept).await?;
        let write_id = draft.write_id;
        self.commit(scope, id, Operation::Create(draft), Some(write_id)).await
    }

    /// Stores a new version of a file.
    ///
    /// # Errors
    /// [`WriteRefused`].
    pub async fn replace(&self, scope: AdviserScope, id: ClientId, if_match: Etag, kept: &KeptFile) -> Result<Etag, WriteRefused> {
        let draft = self.draft(scope, id, kept).await?;
        let write_id = draft.write_id;
        self.commit(scope, id, Operation::Replace { draft, if_match }, Some(write_id)).await
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// [`WriteRefused`].
    pub async fn delete(&self, scope: AdviserScope, id: ClientId, if_match: Etag) -> Result<(), WriteRefused> {
        let delete = Operation::Delete { id: documents::client(id), if_match: Some(if_match) };
        self.commit(scope, id, delete, None).await.map(|_| ())
    }

    /// The sealed summaries of all files: from memory when nothing was committed since they were loaded.
    ///
    /// The marker is read first. What is committed after that moves it on, so what is kept under it is asked for again only as long
    /// as it is the present state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn summaries(&self, scope: AdviserScope) -> Result<SealedSummaries, StoreError> {
        let marker = self.documents.read(Container::Clients, &documents::partition(scope), &documents::marker()).await?;
        let marker = marker.map(|stored| stored.write_id);
        let items = match self.cache.get(scope.id(), marker) {
            Some(items) => items,
            None => Arc::new(self.load(scope).await?),
        };
        let keys = Arc::new(self.keys(scope, &items).await?);
        Ok(SealedSummaries { scope, marker, items, keys })
    }

    /// Keeps summaries for the next search. Only those that have opened: what is damaged is loaded, and refused, each time.
    pub fn keep(&self, opened: SealedSummaries) {
        if let Some(marker) = opened.marker {
            self.cache.keep(opened.scope.id(), marker, opened.items);
        }
    }

    /// Drops summaries that nobody has asked for in a while.
    pub fn purge(&self) {
        self.cache.purge();
    }

    async fn load(&self, scope: AdviserScope) -> Result<Vec<SealedSummary>, StoreError> {
        let (partition, mut items) = (documents::partition(scope), Vec::new());
        let mut page = Page { order: Order::Ascending, limit: PAGE, after: None };
        loop {
            let listing = self.documents.list(Container::Clients, &partition, documents::CLIENT_PREFIX, Part::Summary, &page).await?;
            for item in listing.items {
                let id = documents::client_id(&item.id).ok_or(StoreError::DoesNotOpen)?;
                items.push(SealedSummary { id, sealed: item.part.ok_or(StoreError::DoesNotOpen)? });
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(items);
            }
        }
    }

    async fn keys(&self, scope: AdviserScope, items: &Summaries) -> Result<Keys, StoreError> {
        let mut keys = Keys::new();
        for item in items.iter() {
            if let Entry::Vacant(missing) = keys.entry(item.sealed.key_id()?) {
                let key = self.sealing.key(KeyScope::Adviser(scope.id()), *missing.key()).await?;
                missing.insert(key);
            }
        }
        Ok(keys)
    }

    async fn draft(&self, scope: AdviserScope, id: ClientId, kept: &KeptFile) -> Result<Draft, StoreError> {
        let (partition, id) = (documents::partition(scope), documents::client(id));
        let (key_scope, place) = (KeyScope::Adviser(scope.id()), |part| documents::place(&partition, &id, part));
        let summary = encode(&ClientSummary::of(&kept.file, kept.updated_at));
        let summary = self.sealing.seal(key_scope, place(Part::Summary), &summary).await?;
        let body = self.sealing.seal(key_scope, place(Part::Body), &encode(kept)).await?;
        let write_id = WriteId::from_random(self.sealing.random_bytes());
        Ok(Draft { id, write_id, summary: Some(summary), body: Body::Sealed(body), ttl: None })
    }

    /// One operation, and the marker with it; a lost answer is settled by reading back whose write is there now.
    async fn commit(
        &self,
        scope: AdviserScope,
        id: ClientId,
        operation: Operation,
        write_id: Option<WriteId>,
    ) -> Result<Etag, WriteRefused> {
        let marker = Operation::Put(documents::marker_draft(&self.sealing, scope).await?);
        let answer = self.documents.commit(Container::Clients, &documents::partition(scope), vec![operation, marker]).await;
        self.cache.forget(scope.id());
        match answer {
            Ok(etags) => Ok(etags.into_iter().next().flatten().unwrap_or_else(gone)),
            Err(CommitError::Conflict) => Err(WriteRefused::Exists),
            Err(CommitError::Missing) => Err(WriteRefused::Missing),
            Err(CommitError::Stale) => Err(WriteRefused::Stale),
            Err(CommitError::Unknown) => self.settle(scope, id, write_id).await,
            Err(CommitError::Busy { retry_after }) => Err(WriteRefused::Store(StoreError::Busy { retry_after })),
            Err(CommitError::Unavailable) => Err(WriteRefused::Store(StoreError::Unavailable)),
        }
    }

    async fn settle(&self, scope: AdviserScope, id: ClientId, write_id: Option<WriteId>) -> Result<Etag, WriteRefused> {
        let stored = self.documents.read(Container::Clients, &documents::partition(scope), &documents::client(id)).await;
        match (stored, write_id) {
            (Ok(None), None) => Ok(gone()),
            (Ok(Some(stored)), Some(write_id)) if stored.write_id == write_id => Ok(stored.etag),
            (Ok(_), _) => Err(WriteRefused::Store(StoreError::Unavailable)),
            (Err(_), _) => Err(WriteRefused::Store(StoreError::Unknown)),
        }
    }
}

impl From<StoreError> for WriteRefused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The version of a file that is gone: matches none.
fn gone() -> Etag {
    Etag(String::new())
}
