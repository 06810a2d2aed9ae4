//! Client files: one partition and one data key per adviser, and no call without the adviser's scope (P14).

use super::{
    error::StoreError,
    sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::{
        data_keys::DataKey,
        envelope::{self, Part, Place, Unopened},
    },
    domain::{
        client::{file::ClientFile, summary::ClientSummary},
        ids::{ClientId, WriteId},
        session::AdviserScope,
    },
    ports::{Body, CommitError, Container, Cursor, DocumentId, Documents, Draft, Etag, Operation, Order, Page, Partition},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

const PREFIX: &str = "client-";

/// The repository of client files.
pub struct ClientFiles {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
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

/// Sealed summaries of some files of one adviser, with the keys that open them.
pub struct SealedSummaries {
    scope: AdviserScope,
    items: Vec<(ClientId, Unopened, Arc<DataKey>)>,
}

impl ClientFiles {
    /// Works on this database with these keys.
    #[must_use]
    pub const fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>) -> Self {
        Self { documents, sealing }
    }

    /// The file, if this adviser has it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self, scope: AdviserScope, id: ClientId) -> Result<Option<Versioned>, StoreError> {
        let stored = self.documents.read(Container::Clients, &partition(scope), &document(id)).await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let names = Names::of(scope, id);
        let plaintext = self.sealing.open(KeyScope::Adviser(scope.id()), names.place(Part::Body), &stored.body).await?;
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
        let delete = Operation::Delete { id: document(id), if_match: Some(if_match) };
        self.commit(scope, id, delete, None).await.map(|_| ())
    }

    /// A page of sealed summaries. Opening them is work for a blocking thread.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn summaries(
        &self,
        scope: AdviserScope,
        limit: u16,
        after: Option<Cursor>,
    ) -> Result<(SealedSummaries, Option<Cursor>), StoreError> {
        let page = Page { order: Order::Ascending, limit, after };
        let listing = self.documents.list(Container::Clients, &partition(scope), PREFIX, Part::Summary, &page).await?;
        let mut items = Vec::with_capacity(listing.items.len());
        for item in listing.items {
            let id = item.id.as_str().strip_prefix(PREFIX).and_then(ClientId::parse).ok_or(StoreError::DoesNotOpen)?;
            let summary = item.part.ok_or(StoreError::DoesNotOpen)?;
            let key = self.sealing.key(KeyScope::Adviser(scope.id()), summary.key_id()?).await?;
            items.push((id, summary, key));
        }
        Ok((SealedSummaries { scope, items }, listing.next))
    }

    async fn draft(&self, scope: AdviserScope, id: ClientId, kept: &KeptFile) -> Result<Draft, StoreError> {
        let (names, key_scope) = (Names::of(scope, id), KeyScope::Adviser(scope.id()));
        let summary = encode(&ClientSummary::of(&kept.file, kept.updated_at));
        let summary = self.sealing.seal(key_scope, names.place(Part::Summary), &summary).await?;
        let body = self.sealing.seal(key_scope, names.place(Part::Body), &encode(kept)).await?;
        let write_id = WriteId::from_random(self.sealing.random_bytes());
        Ok(Draft { id: document(id), write_id, summary: Some(summary), body: Body::Sealed(body), ttl: None })
    }

    /// One operation; a lost answer is settled by reading back whose write is there now.
    async fn commit(
        &self,
        scope: AdviserScope,
        id: ClientId,
        operation: Operation,
        write_id: Option<WriteId>,
    ) -> Result<Etag, WriteRefused> {
        match self.documents.commit(Container::Clients, &partition(scope), vec![operation]).await {
            Ok(mut etags) => Ok(etags.pop().flatten().unwrap_or_else(gone)),
            Err(CommitError::Conflict) => Err(WriteRefused::Exists),
            Err(CommitError::Missing) => Err(WriteRefused::Missing),
            Err(CommitError::Stale) => Err(WriteRefused::Stale),
            Err(CommitError::Unknown) => self.settle(scope, id, write_id).await,
            Err(CommitError::Busy { retry_after }) => Err(WriteRefused::Store(StoreError::Busy { retry_after })),
            Err(CommitError::Unavailable) => Err(WriteRefused::Store(StoreError::Unavailable)),
        }
    }

    async fn settle(&self, scope: AdviserScope, id: ClientId, write_id: Option<WriteId>) -> Result<Etag, WriteRefused> {
        let stored = self.documents.read(Container::Clients, &partition(scope), &document(id)).await;
        match (stored, write_id) {
            (Ok(None), None) => Ok(gone()),
            (Ok(Some(stored)), Some(write_id)) if stored.write_id == write_id => Ok(stored.etag),
            (Ok(_), _) => Err(WriteRefused::Store(StoreError::Unavailable)),
            (Err(_), _) => Err(WriteRefused::Store(StoreError::Unknown)),
        }
    }
}

impl SealedSummaries {
    /// Opens them all.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`].
    pub fn open(self) -> Result<Vec<(ClientId, ClientSummary)>, StoreError> {
        let open = |(id, sealed, key): (ClientId, Unopened, Arc<DataKey>)| {
            let names = Names::of(self.scope, id);
            let plaintext = envelope::open(&key, names.place(Part::Summary), &sealed)?;
            let summary = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            Ok((id, summary))
        };
        self.items.into_iter().map(open).collect()
    }
}

impl From<StoreError> for WriteRefused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The texts of a place, kept while it is borrowed.
struct Names {
    partition: String,
    document: String,
}

impl Names {
    fn of(scope: AdviserScope, id: ClientId) -> Self {
        Self { partition: scope.id().to_string(), document: format!("{PREFIX}{id}") }
    }

    fn place(&self, part: Part) -> Place<'_> {
        Place { container: Container::Clients.name(), partition: &self.partition, document: &self.document, part }
    }
}

fn partition(scope: AdviserScope) -> Partition {
    Partition::parse(&scope.id().to_string()).expect("a UUID is letters, digits and hyphens")
}

fn document(id: ClientId) -> DocumentId {
    DocumentId::parse(&format!("{PREFIX}{id}")).expect("a UUID is letters, digits and hyphens")
}

fn encode(record: &impl Serialize) -> Zeroizing<Vec<u8>> {
    super::identity_documents::encode(record)
}

/// The version of a file that is gone: matches none.
fn gone() -> Etag {
    Etag(String::new())
}
