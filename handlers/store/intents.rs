//! Stored intents in the partitions of their authors: listed, and taken up again by maintenance.

use super::{
    authority::{INTENT_LIFETIME, Intent},
    beside::entry,
    error::StoreError,
    identities::{documents, lists::Slice, repository::Identities},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        authority::{Errand, KeptIntent},
        ids::IntentId,
        stored::BlindIndex,
    },
    ports::{CommitError, Container, Cursor, Operation, Order, Page},
};
use jiff::Timestamp;

impl Identities {
    /// A page of the stored intents of all identities. An intent that does not open is logged and skipped.
    pub async fn intents(&self, after: Option<Cursor>) -> Result<Slice<(BlindIndex, IntentId, KeptIntent)>, StoreError> {
        let page = Page { order: Order::Ascending, limit: 200, after };
        let listing = self.documents.scan(Container::Identities, documents::INTENT_PREFIX, Part::Body, &page).await?;
        let mut items = Vec::new();
        for item in &listing.items {
            let named = BlindIndex::parse(item.partition.as_str()).zip(documents::intent_id(&item.id));
            let (Some((index, id)), Some(body)) = (named, &item.part) else { continue };
            match self.open(index, &item.id, Part::Body, body).await {
                Ok(kept) => items.push((index, id, kept)),
                Err(StoreError::DoesNotOpen) => tracing::error!(event = "document_does_not_open"),
                Err(other) => return Err(other),
            }
        }
        Ok(Slice { items, next: listing.next })
    }

    /// Takes up an intent for another minute when its minute has expired and it holds all that is needed to carry it out: its author was
    /// cut off. `None` when it may no longer be carried out, because the author may not sign in, was signed out or has another password, or
    /// because another instance has taken it up.
    pub async fn take_up(&self, index: BlindIndex, id: IntentId, now: Timestamp) -> Result<Option<Intent>, StoreError> {
        let document = documents::intent(id);
        let found = self.find(index).await?;
        let Some(stored) = self.documents.read(Container::Identities, &documents::partition(index), &document).await? else {
            return Ok(None);
        };
        let kept: KeptIntent = self.open(index, &document, Part::Body, &stored.body).await?;
        let stands =
            |errand: &Errand| found.account().is_some_and(|account| account.status.may_sign_in() && account.standing == errand.standing);
        if kept.until > now || !kept.errand.as_ref().is_some_and(stands) {
            return Ok(None);
        }
        let until = now + INTENT_LIFETIME;
        let claimed = KeptIntent { until, ..kept };
        let draft = documents::intent_draft(&self.sealing, index, id, &claimed).await?;
        let mut identity = found.identity.clone();
        identity.beside.write(entry(&document, &documents::intent_bytes(&claimed), documents::intent_until(now)), now);
        // Commits only if the account is still the one that was checked.
        let claim = vec![Operation::Replace { draft, if_match: stored.etag }, self.over(&found, &identity).await?];
        match self.documents.commit(Container::Identities, &documents::partition(index), claim).await {
            Ok(_) => Ok(Some(Intent::taken_up(index, id, until))),
            Err(CommitError::Stale | CommitError::Missing) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }
}
