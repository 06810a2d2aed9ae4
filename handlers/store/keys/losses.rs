//! Data keys whose records are missing although they have sealed something. None of them may be recreated under the same id: what it sealed
//! could then never be opened again.

use super::{
    rotation::SealingScope,
    sealing::{KeyScope, Sealing},
};
use crate::store::{clients::documents::MARKER, error::StoreError};
use crate::{
    crypto::{envelope::Part, key_ring::KeyRing},
    ports::{Container, Order, Page},
};
use std::collections::BTreeSet;

/// Why the keys are not ready for use.
#[derive(Debug)]
pub enum NotReady {
    /// Records of these scopes are missing although they have sealed something.
    KeysMissing(Vec<KeyScope>),
    /// The database or the key-encryption key cannot be used.
    Failed(StoreError),
}

impl Sealing {
    /// Loads the keys for signing in into memory, so that the first caller does not wait, and meanwhile looks for missing ones. Neither waits
    /// for the other: no key is created in place of one that has sealed something, whoever asks for it.
    pub async fn get_ready(&self) -> Result<(), NotReady> {
        let (missing, loaded) = tokio::join!(self.missing_keys(), self.warm_up(KeyScope::Service));
        match missing {
            Ok(missing) if !missing.is_empty() => Err(NotReady::KeysMissing(missing)),
            // What else keeps it from looking keeps the keys from being loaded, too.
            Ok(_) | Err(_) => loaded.map_err(NotReady::Failed),
        }
    }

    /// The scopes whose key records are missing although they have sealed something: those that the rings name, and advisers who have
    /// written something. For the root key and the service, any document at all counts.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when the root key's record does not authenticate; others when something is not available.
    pub async fn missing_keys(&self) -> Result<Vec<KeyScope>, StoreError> {
        let (all, mut advisers) = tokio::try_join!(self.all_keys(), self.advisers_with_data())?;
        let has = |scope: KeyScope| all.get(&scope.partition()).is_some_and(|listing| !listing.keys.is_empty());
        let mut missing = Vec::new();
        for scope in [KeyScope::Index, KeyScope::Service] {
            if !has(scope) && self.has_lost(scope).await? {
                missing.push(scope);
            }
        }
        if missing.contains(&KeyScope::Index) || !has(KeyScope::Index) {
            return Ok(missing);
        }
        self.root().await?;
        let listed = match all.get(&KeyScope::Index.partition()).and_then(|listing| listing.ring.as_ref()) {
            Some(ring) => self.verify_ring(KeyScope::Index, ring).await,
            None => Ok(KeyRing::default()),
        };
        let listed = match listed {
            // `finrust verify` reports it.
            Err(StoreError::DoesNotOpen) => KeyRing::default(),
            other => other?,
        };
        advisers.extend(listed.scopes().iter().filter_map(|scope| KeyScope::parse(scope)));
        advisers.retain(|scope| SealingScope::of(*scope).is_some_and(|scope| scope != SealingScope::SERVICE) && !has(*scope));
        missing.extend(advisers);
        Ok(missing)
    }

    /// Whether a scope without a record once had one. The record is looked up again at the end: another instance may have created it
    /// meanwhile.
    pub(in crate::store) async fn has_lost(&self, scope: KeyScope) -> Result<bool, StoreError> {
        if !self.has_sealed(scope).await? {
            return Ok(false);
        }
        let page = Page { order: Order::Ascending, limit: 1, after: None };
        let listing = self.documents.list(Container::Keys, &scope.partition(), "key-", Part::Body, &page).await?;
        Ok(listing.items.is_empty())
    }

    /// Whether there is anything that a key of this scope must have sealed, or that the root key must have named.
    async fn has_sealed(&self, scope: KeyScope) -> Result<bool, StoreError> {
        let page = Page { order: Order::Ascending, limit: 1, after: None };
        let containers: &[Container] = match scope {
            KeyScope::Adviser(_) => {
                let listing = self.documents.list(Container::Clients, &scope.partition(), "", Part::Summary, &page).await?;
                return Ok(!listing.items.is_empty());
            }
            KeyScope::Index => &Container::ALL,
            KeyScope::Service => &[Container::Identities, Container::Clients, Container::Register],
        };
        for container in containers {
            if !self.documents.scan(*container, "", Part::Summary, &page).await?.items.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The advisers whose partition has a marker, which is written with the first file.
    async fn advisers_with_data(&self) -> Result<BTreeSet<KeyScope>, StoreError> {
        let (mut scopes, mut page) = (BTreeSet::new(), Page { order: Order::Ascending, limit: 1000, after: None });
        loop {
            let listing = self.documents.scan(Container::Clients, MARKER, Part::Summary, &page).await?;
            scopes.extend(listing.items.iter().filter_map(|item| KeyScope::parse(item.partition.as_str())));
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(scopes);
            }
        }
    }
}
