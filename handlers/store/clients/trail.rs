//! The audit trail of one adviser's files, newest first.

use super::{documents, files::ClientFiles};
use crate::store::{error::StoreError, identities::lists::Slice, keys::sealing::KeyScope};
use crate::{
    crypto::envelope::Part,
    domain::{chain::Entry, clients::trail::AuditEntry, ids::ClientId, sign_in::session::AdviserScope},
    ports::{Container, Cursor, Order, Page, Partition},
};

impl ClientFiles {
    /// A page of the audit trail of one file. The entries of all files are stored together in order of time, and the database examines
    /// `limit` of them, so a page may have fewer, or none.
    pub async fn trail(
        &self,
        scope: AdviserScope,
        file: ClientId,
        limit: u16,
        after: Option<Cursor>,
    ) -> Result<Slice<Entry<AuditEntry>>, StoreError> {
        let page = Page { order: Order::Descending, limit, after };
        self.trail_page(&documents::partition(scope), file, &page).await
    }

    pub(in crate::store) async fn trail_page(
        &self,
        partition: &Partition,
        file: ClientId,
        page: &Page,
    ) -> Result<Slice<Entry<AuditEntry>>, StoreError> {
        let listing = self.documents.list(Container::Clients, partition, documents::TRAIL_PREFIX, Part::Body, page).await?;
        let mut items = Vec::new();
        for item in &listing.items {
            let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
            let place = documents::place(partition, &item.id, Part::Body);
            let plaintext = self.sealing.open(KeyScope::Service, place, body).await?;
            let entry: Entry<AuditEntry> = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            if entry.event.file == file {
                items.push(entry);
            }
        }
        Ok(Slice { items, next: listing.next })
    }
}
