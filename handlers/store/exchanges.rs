//! Imports and exports of an adviser: documents beside the client files, under the same key, that expire after a day.

use super::{
    beside::{Beside, entry},
    clients::{
        commits::{ClientCommits, Condition, NoCondition},
        documents::{draft_of_bytes, partition, place},
        writes::{WriteRefused, Writer},
    },
    error::StoreError,
    keys::sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        clients::trail::ThrownAway,
        exports::Export,
        ids::{ExportId, ImportId},
        imports::Import,
        ledger::Entry,
        origin::Origin,
        sign_in::session::{Adviser, AdviserScope},
    },
    ports::{Container, DocumentId, Documents, Draft, Etag, MAX_OPERATIONS, Operation, Order, Page},
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// Id prefix of the parts of a table that is being imported.
pub const PART_PREFIX: &str = "importpart-";

/// Exchanges per page of a listing: there are never many.
const AT_ONCE: u16 = 100;

/// An import or an export.
pub trait Exchange: Serialize + DeserializeOwned + Send + Sync {
    /// The type of its id.
    type Id: Display + Copy + PartialEq + Send + Sync;
    /// Id prefix of its documents.
    const PREFIX: &'static str;

    fn parse_id(text: &str) -> Option<Self::Id>;

    /// When its document expires.
    fn expires_at(&self) -> Timestamp;

    /// What it was read from.
    fn origin(&mut self) -> &mut Origin;

    /// Its plaintext, including everything that its stored document held.
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
    commits: Arc<ClientCommits>,
}

/// Why no further one was created.
#[derive(Debug)]
pub enum NotMade<E: Exchange> {
    /// The id exists already.
    Exists,
    Enough(Vec<(E::Id, E)>),
    /// The store failed.
    Store(StoreError),
}

impl Exchanges {
    /// Uses this database and these keys.
    pub const fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, commits: Arc<ClientCommits>) -> Self {
        Self { documents, sealing, commits }
    }

    /// The one with this id and its etag.
    pub async fn find<E: Exchange>(&self, scope: AdviserScope, id: E::Id) -> Result<Option<(E, Etag)>, StoreError> {
        let Some((plaintext, etag)) = self.read(scope, &document::<E>(id)).await? else {
            return Ok(None);
        };
        let (mut exchange, origin) = Origin::read::<E>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        *exchange.origin() = origin;
        Ok(Some((exchange, etag)))
    }

    /// All exchanges of this kind of an adviser.
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

    /// Adds one, unless the existing ones are enough. They are counted as part of the commit, so concurrent requests, on any number of
    /// instances, never exceed the limit.
    pub async fn create<E: Exchange>(
        &self,
        writer: Writer,
        (id, exchange): (E::Id, &E),
        are_enough: impl Fn(&[(E::Id, E)]) -> bool + Send + Sync,
    ) -> Result<(), NotMade<E>> {
        let scope = writer.right.scope();
        let (draft, listed) = self.draft(scope, document::<E>(id), &exchange.plaintext(), (exchange.expires_at(), writer.at)).await?;
        let creation = Beside::listed(Operation::Create(draft), listed);
        let room = Room { exchanges: self, scope, id, are_enough, counted: Mutex::default() };
        match self.commits.commit(writer, &[], &[creation], &room).await {
            Ok(_) => Ok(()),
            Err(refused) => Err(match (room.counted.into_inner().unwrap_or_else(PoisonError::into_inner), refused) {
                (Some(there), _) => NotMade::Enough(there),
                (None, WriteRefused::Exists) => NotMade::Exists,
                (None, other) => NotMade::Store(other.into()),
            }),
        }
    }

    /// Replaces the version that was read.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has changed since or is gone.
    pub async fn replace<E: Exchange>(&self, writer: Writer, id: E::Id, exchange: &E, etag: Etag) -> Result<(), StoreError> {
        let replacement = self.replacement(writer, id, exchange, etag).await?;
        self.commit(writer, vec![replacement]).await
    }

    /// The operation that replaces the version that was read, for the commit of what belongs to it.
    pub async fn replacement<E: Exchange>(&self, writer: Writer, id: E::Id, exchange: &E, etag: Etag) -> Result<Beside, StoreError> {
        let (scope, bytes) = (writer.right.scope(), exchange.plaintext());
        let (draft, listed) = self.draft(scope, document::<E>(id), &bytes, (exchange.expires_at(), writer.at)).await?;
        Ok(Beside::listed(Operation::Replace { draft, if_match: etag }, listed))
    }

    /// Stores a part of a table while the import accepts parts; a repeat overwrites it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it no longer accepts parts, or is gone.
    pub async fn put_part(&self, writer: Writer, (id, import): (ImportId, &Import), part: u32, bytes: &[u8]) -> Result<(), StoreError> {
        let scope = writer.right.scope();
        let (draft, listed) = self.draft(scope, part_document(id, part), bytes, (import.expires_at(), writer.at)).await?;
        let part = Beside::listed(Operation::Put(draft), listed);
        self.commits.commit(writer, &[], &[part], &TakesParts { exchanges: self, scope, id }).await?;
        Ok(())
    }

    /// A part of a table, if it was uploaded.
    pub async fn part(&self, scope: AdviserScope, id: ImportId, part: u32) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok(self.read(scope, &part_document(id, part)).await?.map(|(plaintext, _)| plaintext))
    }

    /// Deletes all uploaded parts of a table.
    pub async fn remove_parts(&self, writer: Writer, id: ImportId) -> Result<(), StoreError> {
        let (partition, prefix) = (partition(writer.right.scope()), format!("{PART_PREFIX}{id}-"));
        let page = Page { order: Order::Ascending, limit: AT_ONCE, after: None };
        let listing = self.documents.list(Container::Clients, &partition, &prefix, Part::Summary, &page).await?;
        let parts: Vec<Beside> = listing.items.into_iter().map(|item| Operation::Delete { id: item.id, if_match: None }.into()).collect();
        // Each commit also holds the marker.
        for some in parts.chunks(MAX_OPERATIONS - 1) {
            self.commit(writer, some.to_vec()).await?;
        }
        Ok(())
    }

    /// Deletes an import. Remove its parts afterwards, when it no longer accepts any.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn remove(&self, writer: Writer, id: ImportId) -> Result<(), StoreError> {
        self.commit(writer, vec![Operation::Delete { id: document::<Import>(id), if_match: None }.into()]).await
    }

    /// Whether this session has deleted this import.
    pub async fn has_removed(&self, adviser: &Adviser, id: ImportId) -> Result<bool, StoreError> {
        self.commits.has_thrown_away(adviser.scope(), ThrownAway { import: id, session: adviser.session }).await
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
    ) -> Result<(Draft, Entry), StoreError> {
        let listed = entry(&id, plaintext, expires_at);
        let lifetime = expires_at.duration_since(now).max(jiff::SignedDuration::from_secs(1));
        let partition = partition(scope);
        let draft = draft_of_bytes(&self.sealing, KeyScope::Adviser(scope.id()), &partition, id, plaintext, Some(lifetime)).await?;
        Ok((draft, listed))
    }

    async fn commit(&self, writer: Writer, beside: Vec<Beside>) -> Result<(), StoreError> {
        self.commits.commit(writer, &[], &beside, &NoCondition).await?;
        Ok(())
    }
}

/// Exchanges with their ids.
type Counted<E> = Vec<(<E as Exchange>::Id, E)>;

/// The condition that there is room for one more.
struct Room<'a, E: Exchange, F> {
    exchanges: &'a Exchanges,
    scope: AdviserScope,
    id: E::Id,
    are_enough: F,
    /// The existing ones, when there is no room.
    counted: Mutex<Option<Counted<E>>>,
}

#[async_trait]
impl<E: Exchange, F: Fn(&[(E::Id, E)]) -> bool + Send + Sync> Condition for Room<'_, E, F> {
    async fn holds(&self) -> Result<(), WriteRefused> {
        let there = self.exchanges.all::<E>(self.scope).await?;
        // A repeat is reported as one, even when the limit is reached.
        let enough = (self.are_enough)(&there) && !there.iter().any(|(other, _)| *other == self.id);
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = enough.then_some(there);
        if enough { Err(WriteRefused::Stale) } else { Ok(()) }
    }
}

/// The condition that an import exists and has not been validated.
struct TakesParts<'a> {
    exchanges: &'a Exchanges,
    scope: AdviserScope,
    id: ImportId,
}

#[async_trait]
impl Condition for TakesParts<'_> {
    async fn holds(&self) -> Result<(), WriteRefused> {
        match self.exchanges.find::<Import>(self.scope, self.id).await? {
            Some((import, _)) if import.checked.is_none() => Ok(()),
            Some(_) | None => Err(WriteRefused::Stale),
        }
    }
}

impl<E: Exchange> From<StoreError> for NotMade<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The id of an import or an export.
pub fn document<E: Exchange>(id: E::Id) -> DocumentId {
    DocumentId::parse(&format!("{}{id}", E::PREFIX)).expect("a UUID is letters, digits and hyphens")
}

/// Zero-padded numbers, so that parts sort in order.
fn part_document(id: ImportId, part: u32) -> DocumentId {
    DocumentId::parse(&format!("{PART_PREFIX}{id}-{part:04}")).expect("a UUID is letters, digits and hyphens")
}

/// The import whose part has this id.
pub fn import_of_part(id: &DocumentId) -> Option<ImportId> {
    let (import, number) = id.as_str().strip_prefix(PART_PREFIX)?.rsplit_once('-')?;
    number.parse::<u32>().ok()?;
    ImportId::parse(import)
}
