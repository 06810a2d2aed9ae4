//! Erases files: a file is first marked as being erased, with a note beside it, and later deleted together with the note.
//!
//! The note is sealed under the service's key and holds no personal data; it lets maintenance find and finish an erasure that was begun.

use super::{
    documents,
    files::{ClientFiles, KeptFile, Versioned},
    writes::{Content, FileWrite, WriteRefused, Writer},
};
use crate::store::{error::StoreError, identities::lists::Slice, keys::sealing::KeyScope};
use crate::{
    crypto::envelope::Part,
    domain::{
        clients::{erasure_begun::BegunErasure, trail::AuditAction},
        ids::{ClientId, ScopeId},
        sign_in::session::{Adviser, AdviserScope},
    },
    ports::{Container, Cursor, Listed, Operation, Order, Page},
};
use jiff::Timestamp;

/// Notes per page of a listing.
const AT_ONCE: u16 = 500;

impl ClientFiles {
    /// Begins the erasure of a file, if it has not changed since it was read. Nothing else is done with it from then on.
    pub async fn begin_erasure(
        &self,
        adviser: &Adviser,
        id: ClientId,
        found: Versioned,
        at: Timestamp,
    ) -> Result<BegunErasure, WriteRefused> {
        let Versioned { kept, etag, .. } = found;
        let begun = BegunErasure::by(adviser, id, kept.created_at, at);
        let kept = KeptFile { erasing_since: Some(at), revision: kept.revision + 1, ..kept };
        let write = FileWrite { id, deed: AuditAction::MarkedForErasure, content: Content::Over(etag, kept) };
        let note = Operation::Put(documents::erasing_draft(&self.sealing, &begun).await?);
        self.write_with(Writer::of(adviser, at), &[write], &[note.into()]).await?;
        Ok(begun)
    }

    /// Deletes a file for good, along with the note recording that it is being erased.
    pub async fn erase(&self, writer: Writer, id: ClientId, found: &Versioned) -> Result<(), WriteRefused> {
        let note = self.erasing_note(writer.right.scope(), id, &found.kept).await?;
        let content = Content::Gone { if_match: found.etag.clone(), revision: found.kept.revision };
        let write = FileWrite { id, deed: AuditAction::Erased, content };
        self.write_with(writer, &[write], &note.map(Into::into).into_iter().collect::<Vec<_>>()).await.map(drop)
    }

    /// The erasure of this file that was begun, according to its note.
    pub async fn begun_erasure(&self, scope: AdviserScope, id: ClientId) -> Result<Option<BegunErasure>, StoreError> {
        let (partition, note) = (documents::partition(scope), documents::erasing(id));
        let Some(stored) = self.documents.read(Container::Clients, &partition, &note).await? else {
            return Ok(None);
        };
        let item = Listed { partition, id: note, etag: stored.etag, part: Some(stored.body) };
        self.open_note(&item).await.map(Some)
    }

    /// A page of the unfinished erasures of all advisers. An erasure whose note does not open is logged and skipped.
    pub async fn begun_erasures(&self, after: Option<Cursor>) -> Result<Slice<BegunErasure>, StoreError> {
        let page = Page { order: Order::Ascending, limit: AT_ONCE, after };
        let listing = self.documents.scan(Container::Clients, documents::ERASING_PREFIX, Part::Body, &page).await?;
        let mut items = Vec::with_capacity(listing.items.len());
        for item in &listing.items {
            match self.open_note(item).await {
                Ok(begun) => items.push(begun),
                Err(StoreError::DoesNotOpen) => tracing::error!(event = "does_not_open"),
                Err(other) => return Err(other),
            }
        }
        Ok(Slice { items, next: listing.next })
    }

    /// Deletes a note whose file is gone.
    pub async fn drop_erasing_note(&self, writer: Writer, id: ClientId) -> Result<(), WriteRefused> {
        let note = Operation::Delete { id: documents::erasing(id), if_match: None };
        match self.write_with(writer, &[], &[note.into()]).await {
            Ok(_) | Err(WriteRefused::Missing) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// The operation that deletes the note of this file, if it has one.
    pub(in crate::store) async fn erasing_note(
        &self,
        scope: AdviserScope,
        id: ClientId,
        kept: &KeptFile,
    ) -> Result<Option<Operation>, StoreError> {
        let note = documents::erasing(id);
        let there =
            kept.erasing_since.is_some() && self.documents.read(Container::Clients, &documents::partition(scope), &note).await?.is_some();
        Ok(there.then_some(Operation::Delete { id: note, if_match: None }))
    }

    async fn open_note(&self, item: &Listed) -> Result<BegunErasure, StoreError> {
        let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
        let place = documents::place(&item.partition, &item.id, Part::Body);
        let plaintext = self.sealing.open(KeyScope::Service, place, body).await?;
        let begun: BegunErasure = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        let in_place = ScopeId::parse(item.partition.as_str()) == Some(begun.scope()) && item.id == documents::erasing(begun.client());
        if in_place { Ok(begun) } else { Err(StoreError::DoesNotOpen) }
    }
}
