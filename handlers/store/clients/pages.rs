//! All files of an adviser, a page at a time, for exports; the caller records what it reads in the audit trail.

use super::{
    documents,
    files::{ClientFiles, KeptFile, Versioned},
};
use crate::store::{error::StoreError, identities::lists::Slice, keys::sealing::KeyScope};
use crate::{
    crypto::envelope::Part,
    domain::{ids::ClientId, origin::Origin, sign_in::session::AdviserScope},
    ports::{Container, Cursor, Order, Page},
};

impl ClientFiles {
    /// A page of files in the order of their ids.
    pub async fn page(&self, scope: AdviserScope, limit: u16, after: Option<Cursor>) -> Result<Slice<(ClientId, Versioned)>, StoreError> {
        let then = self.commits.files_now(scope.id()).await?;
        let (page, partition) = (Page { order: Order::Ascending, limit, after }, documents::partition(scope));
        let listing = self.documents.list(Container::Clients, &partition, documents::CLIENT_PREFIX, Part::Body, &page).await?;
        let mut items = Vec::with_capacity(listing.items.len());
        for item in &listing.items {
            let id = documents::client_id(&item.id).ok_or(StoreError::DoesNotOpen)?;
            let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
            let place = documents::place(&partition, &item.id, Part::Body);
            let plaintext = self.sealing.open(KeyScope::Adviser(scope.id()), place, body).await?;
            let (kept, origin) = Origin::read::<KeptFile>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            items.push((id, Versioned { kept: KeptFile { origin, ..kept }, etag: item.etag.clone(), then }));
        }
        Ok(Slice { items, next: listing.next })
    }

    /// The cursor at which the page after this file starts, whether or not the file exists.
    pub fn behind(scope: AdviserScope, id: ClientId) -> Cursor {
        Cursor::behind(&documents::partition(scope), &documents::client(id))
    }

    /// Whether there is a file with this id.
    pub async fn has(&self, scope: AdviserScope, id: ClientId) -> Result<bool, StoreError> {
        let partition = documents::partition(scope);
        Ok(self.documents.read(Container::Clients, &partition, &documents::client(id)).await?.is_some())
    }
}
