//! Listings of what is in the partitions of identities: sessions, attempts, accounts, pending mails.

use super::{documents, repository::Identities};
use crate::store::error::StoreError;
use crate::{
    crypto::envelope::Part,
    domain::{
        accounts::{
            account::{Account, Identity},
            summary::AccountSummary,
        },
        chain::Entry,
        ids::{MailId, SessionId},
        mail::PendingMail,
        sign_in::{attempt::Event, session::SessionRecord},
        stored::{BlindIndex, HashedToken},
    },
    ports::{Container, Cursor, Listed, Order, Page},
};
use serde::de::DeserializeOwned;

/// A page of something, with a cursor of the store.
pub struct Slice<T> {
    /// In the order of the listing.
    pub items: Vec<T>,
    /// Present when there may be more.
    pub next: Option<Cursor>,
}

impl Identities {
    /// All sessions of an identity that are stored, in no particular order.
    pub async fn sessions(&self, index: BlindIndex) -> Result<Vec<SessionRecord>, StoreError> {
        let page = Page { order: Order::Ascending, limit: 1000, after: None };
        Ok(self.slice(index, documents::SESSION_PREFIX, &page).await?.items)
    }

    /// The hash of the session with this public id.
    pub async fn session_named(&self, index: BlindIndex, id: SessionId) -> Result<Option<HashedToken>, StoreError> {
        let page = Page { order: Order::Ascending, limit: 1000, after: None };
        let partition = documents::partition(index);
        let listing = self.documents.list(Container::Identities, &partition, documents::SESSION_PREFIX, Part::Body, &page).await?;
        for item in &listing.items {
            let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
            let record: SessionRecord = self.open(index, &item.id, Part::Body, body).await?;
            if record.id == id {
                return Ok(documents::session_hash(&item.id));
            }
        }
        Ok(None)
    }

    /// Login attempts, newest first.
    pub async fn attempts(&self, index: BlindIndex, limit: u16, after: Option<Cursor>) -> Result<Slice<Entry<Event>>, StoreError> {
        let page = Page { order: Order::Descending, limit, after };
        self.slice(index, documents::ATTEMPT_PREFIX, &page).await
    }

    /// The last change of an identity.
    pub async fn last_change(&self, index: BlindIndex) -> Result<Option<Entry<Event>>, StoreError> {
        let page = Page { order: Order::Descending, limit: 1, after: None };
        Ok(self.slice(index, documents::CHANGE_PREFIX, &page).await?.items.into_iter().next())
    }

    /// The changes of an identity, newest first.
    pub async fn changes(&self, index: BlindIndex, limit: u16, after: Option<Cursor>) -> Result<Slice<Entry<Event>>, StoreError> {
        self.slice(index, documents::CHANGE_PREFIX, &Page { order: Order::Descending, limit, after }).await
    }

    /// A page of all accounts as lists show them, in no meaningful order. It is computed from the accounts themselves: who is reminded and
    /// who counts as active depends on it, and a restored older summary would authenticate too.
    pub async fn accounts(&self, limit: u16, after: Option<Cursor>) -> Result<Slice<(BlindIndex, AccountSummary)>, StoreError> {
        let Slice { items, next } = self.whole_accounts(limit, after).await?;
        Ok(Slice { items: items.iter().map(|(index, account)| (*index, AccountSummary::of(account))).collect(), next })
    }

    /// A page of all accounts themselves. Reading them one by one instead would take a round trip for each.
    pub async fn whole_accounts(&self, limit: u16, after: Option<Cursor>) -> Result<Slice<(BlindIndex, Account)>, StoreError> {
        let page = Page { order: Order::Ascending, limit, after };
        let listing = self.documents.scan(Container::Identities, documents::IDENTITY, Part::Body, &page).await?;
        let mut items = Vec::new();
        for item in &listing.items {
            let index = BlindIndex::parse(item.partition.as_str()).ok_or(StoreError::DoesNotOpen)?;
            let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
            let identity: Identity = self.open(index, &item.id, Part::Body, body).await?;
            items.extend(identity.account.map(|account| (index, account)));
        }
        Ok(Slice { items, next: listing.next })
    }

    /// Whether anyone was ever invited.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        let mut after = None;
        loop {
            let slice = self.accounts(200, after).await?;
            match slice.next {
                _ if !slice.items.is_empty() => return Ok(true),
                Some(next) => after = Some(next),
                None => return Ok(false),
            }
        }
    }

    /// A pending mail.
    pub async fn mail(&self, index: BlindIndex, mail: MailId) -> Result<Option<PendingMail>, StoreError> {
        let id = documents::mail(mail);
        match self.documents.read(Container::Identities, &documents::partition(index), &id).await? {
            Some(stored) => Ok(Some(self.open(index, &id, Part::Body, &stored.body).await?)),
            None => Ok(None),
        }
    }

    /// The pending mails of an identity.
    pub async fn mails_of(&self, index: BlindIndex) -> Result<Vec<MailId>, StoreError> {
        let page = Page { order: Order::Ascending, limit: 200, after: None };
        let partition = documents::partition(index);
        let listing = self.documents.list(Container::Identities, &partition, documents::MAIL_PREFIX, Part::Summary, &page).await?;
        Ok(listing.items.iter().filter_map(|item| MailId::parse(item.id.as_str().strip_prefix(documents::MAIL_PREFIX)?)).collect())
    }

    /// A page of the pending mails of all identities.
    pub async fn waiting_mails(&self, after: Option<Cursor>) -> Result<Slice<(BlindIndex, MailId)>, StoreError> {
        let page = Page { order: Order::Ascending, limit: 200, after };
        let listing = self.documents.scan(Container::Identities, documents::MAIL_PREFIX, Part::Summary, &page).await?;
        let name = |item: &Listed| {
            let mail = item.id.as_str().strip_prefix(documents::MAIL_PREFIX).and_then(MailId::parse)?;
            Some((BlindIndex::parse(item.partition.as_str())?, mail))
        };
        Ok(Slice { items: listing.items.iter().filter_map(name).collect(), next: listing.next })
    }

    async fn slice<T: DeserializeOwned>(&self, index: BlindIndex, prefix: &str, page: &Page) -> Result<Slice<T>, StoreError> {
        let partition = documents::partition(index);
        let listing = self.documents.list(Container::Identities, &partition, prefix, Part::Body, page).await?;
        let mut items = Vec::with_capacity(listing.items.len());
        for item in &listing.items {
            let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
            items.push(self.open(index, &item.id, Part::Body, body).await?);
        }
        Ok(Slice { items, next: listing.next })
    }
}
