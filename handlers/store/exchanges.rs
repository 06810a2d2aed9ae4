//! Imports and exports of an adviser: documents beside the client files, under the same key, that are gone after a day.

use super::{
    client_documents::{draft_of_bytes, partition, place},
    error::StoreError,
    sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        export::Export,
        ids::{ExportId, ImportId},
        import::Import,
        origin::Origin,
        session::AdviserScope,
    },
    ports::{Container, DocumentId, Documents, Etag, MAX_OPERATIONS, Operation, Order, Page},
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Display, sync::Arc};
use zeroize::Zeroizing;

/// Ids of the parts of a table that is being imported start with it.
pub const PART_PREFIX: &str = "importpart-";

/// Most of them in one answer: there are never many.
const AT_ONCE: u16 = 100;

/// An import or an export.
pub trait Exchange: Serialize + DeserializeOwned + Send + Sync {
    /// What it is called by.
    type Id: Display + Copy + Send + Sync;
    /// Ids of its documents start with it.
    const PREFIX: &'static str;

    /// Reads an id.
    fn parse_id(text: &str) -> Option<Self::Id>;

    /// When its document is gone.
    fn expires_at(&self) -> Timestamp;

    /// What it was read from.
    fn origin(&mut self) -> &mut Origin;

    /// Its plaintext, with everything that was in its document.
    fn plaintext(&self) -> Zeroizing<Vec<u8>>;
}

impl Exchange for Import {
    type Id = ImportId;
    const PREFIX: &'static str = "import-";

    fn parse_id(text: &str) -> Option<ImportId> {
        ImportId::parse(text)
    }

    fn expires_at(&self) -> Timestamp {
        self.expires_at()
    }

    fn origin(&mut self) -> &mut Origin {
        &mut self.origin
    }

    fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        self.origin.keep(self)
    }
}

impl Exchange for Export {
    type Id = ExportId;
    const PREFIX: &'static str = "export-";

    fn parse_id(text: &str) -> Option<ExportId> {
        ExportId::parse(text)
    }

    fn expires_at(&self) -> Timestamp {
        self.expires_at()
    }

    fn origin(&mut self) -> &mut Origin {
        &mut self.origin
    }

    fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        self.origin.keep(self)
    }
}

/// The repository of imports and exports.
pub struct Exchanges {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
}

impl Exchanges {
    /// Works on this database with these keys.
    #[must_use]
    pub const fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>) -> Self {
        Self { documents, sealing }
    }

    /// The one with this id and its version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find<E: Exchange>(&self, scope: AdviserScope, id: E::Id) -> Result<Option<(E, Etag)>, StoreError> {
        let Some((plaintext, etag)) = self.read(scope, &document::<E>(id)).await? else {
            return Ok(None);
        };
        let (mut exchange, origin) = Origin::read::<E>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        *exchange.origin() = origin;
        Ok(Some((exchange, etag)))
    }

    /// All of this adviser's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn all<E: Exchange>(&self, scope: AdviserScope) -> Result<Vec<(E::Id, E)>, StoreError> {
        let (partition, mut found) = (partition(scope), Vec::new());
        let mut page = Page { order: Order::Ascending, limit: AT_ONCE, after: None };
        loop {
            let listing = self.documents.list(Container::Clients, &partition, E::PREFIX, Part::Body, &page).await?;
            for item in listing.items {
                let id = item.id.as_str().strip_prefix(E::PREFIX).and_then(E::parse_id).ok_or(StoreError::DoesNotOpen)?;
                let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
                let plaintext = self.sealing.open(KeyScope::Adviser(scope.id()), place(&partition, &item.id, Part::Body), body).await?;
                let (mut exchange, origin) = Origin::read::<E>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
                *exchange.origin() = origin;
                found.push((id, exchange));
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when there is one with this id.
    pub async fn create<E: Exchange>(&self, scope: AdviserScope, id: E::Id, exchange: &E, now: Timestamp) -> Result<(), StoreError> {
        let draft = self.draft(scope, document::<E>(id), &exchange.plaintext(), (exchange.expires_at(), now)).await?;
        self.commit(scope, vec![Operation::Create(draft)]).await
    }

    /// Writes one over the version that was read.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has another version by now, or is gone.
    pub async fn replace<E: Exchange>(
        &self,
        scope: AdviserScope,
        id: E::Id,
        exchange: &E,
        now: Timestamp,
        etag: Etag,
    ) -> Result<(), StoreError> {
        let replacement = self.replacement(scope, id, exchange, now, etag).await?;
        self.commit(scope, vec![replacement]).await
    }

    /// Writing one over the version that was read, for the commit of what belongs to it.
    ///
    /// # Errors
    /// [`StoreError`] when the key cannot be had.
    pub async fn replacement<E: Exchange>(
        &self,
        scope: AdviserScope,
        id: E::Id,
        exchange: &E,
        now: Timestamp,
        etag: Etag,
    ) -> Result<Operation, StoreError> {
        let draft = self.draft(scope, document::<E>(id), &exchange.plaintext(), (exchange.expires_at(), now)).await?;
        Ok(Operation::Replace { draft, if_match: etag })
    }

    /// Keeps a part of a table; a repeat writes it again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_part(
        &self,
        scope: AdviserScope,
        (id, import): (ImportId, &Import),
        part: u32,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let draft = self.draft(scope, part_document(id, part), bytes, (import.expires_at(), now)).await?;
        self.commit(scope, vec![Operation::Put(draft)]).await
    }

    /// A part of a table, when it has been sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn part(&self, scope: AdviserScope, id: ImportId, part: u32) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok(self.read(scope, &part_document(id, part)).await?.map(|(plaintext, _)| plaintext))
    }

    /// Deletes all parts of a table that have been sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_parts(&self, scope: AdviserScope, id: ImportId) -> Result<(), StoreError> {
        let (partition, prefix) = (partition(scope), format!("{PART_PREFIX}{id}-"));
        let page = Page { order: Order::Ascending, limit: AT_ONCE, after: None };
        let listing = self.documents.list(Container::Clients, &partition, &prefix, Part::Summary, &page).await?;
        let parts: Vec<Operation> = listing.items.into_iter().map(|item| Operation::Delete { id: item.id, if_match: None }).collect();
        for some in parts.chunks(MAX_OPERATIONS) {
            self.commit(scope, some.to_vec()).await?;
        }
        Ok(())
    }

    /// Deletes one.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn remove<E: Exchange>(&self, scope: AdviserScope, id: E::Id) -> Result<(), StoreError> {
        self.commit(scope, vec![Operation::Delete { id: document::<E>(id), if_match: None }]).await
    }

    async fn read(&self, scope: AdviserScope, id: &DocumentId) -> Result<Option<(Zeroizing<Vec<u8>>, Etag)>, StoreError> {
        let partition = partition(scope);
        let Some(stored) = self.documents.read(Container::Clients, &partition, id).await? else {
            return Ok(None);
        };
        let plaintext = self.sealing.open(KeyScope::Adviser(scope.id()), place(&partition, id, Part::Body), &stored.body).await?;
        Ok(Some((plaintext, stored.etag)))
    }

    async fn draft(
        &self,
        scope: AdviserScope,
        id: DocumentId,
        plaintext: &[u8],
        (expires_at, now): (Timestamp, Timestamp),
    ) -> Result<crate::ports::Draft, StoreError> {
        let lifetime = expires_at.duration_since(now).max(jiff::SignedDuration::from_secs(1));
        draft_of_bytes(&self.sealing, KeyScope::Adviser(scope.id()), &partition(scope), id, plaintext, Some(lifetime)).await
    }

    async fn commit(&self, scope: AdviserScope, operations: Vec<Operation>) -> Result<(), StoreError> {
        self.documents.commit(Container::Clients, &partition(scope), operations).await?;
        Ok(())
    }
}

fn document<E: Exchange>(id: E::Id) -> DocumentId {
    DocumentId::parse(&format!("{}{id}", E::PREFIX)).expect("a UUID is letters, digits and hyphens")
}

/// Numbers with leading zeros, so that parts lie in their order.
fn part_document(id: ImportId, part: u32) -> DocumentId {
    DocumentId::parse(&format!("{PART_PREFIX}{id}-{part:04}")).expect("a UUID is letters, digits and hyphens")
}

/// The import whose part has this id.
#[must_use]
pub fn import_of_part(id: &DocumentId) -> Option<ImportId> {
    let (import, number) = id.as_str().strip_prefix(PART_PREFIX)?.rsplit_once('-')?;
    number.parse::<u32>().ok()?;
    ImportId::parse(import)
}
