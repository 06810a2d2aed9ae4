//! Key rings: what has become of each data key of a scope, stored beside the key records and written in the same commits.
//!
//! A scope from before rings existed gets one at its next change or the next maintenance round, whichever comes first. The ring of the root
//! key names every scope that has a ring, so that a ring that was removed is not recreated.

use super::{
    rotation::KnownKey,
    sealing::{KeyScope, Sealing, believe},
};
use crate::store::{
    error::StoreError,
    retries::{MAX_ATTEMPTS, OVERTAKEN},
};
use crate::{
    crypto::{
        envelope::Part,
        key_record::KeyState,
        key_ring::{KeyRing, RingState},
    },
    domain::ids::{KeyId, WriteId},
    ports::{Body, CommitError, Container, DocumentId, Draft, Etag, Listed, Operation, Order, Page, Partition},
};
use std::collections::{BTreeMap, BTreeSet};

/// Id of the ring of a scope.
pub const RING: &str = "ring";

/// A ring with its etag; empty and without an etag when none exists yet.
#[derive(Clone, Default)]
pub struct FoundRing {
    pub ring: KeyRing,
    pub etag: Option<Etag>,
}

/// The key documents of one scope.
#[derive(Default)]
pub(in crate::store) struct ScopeListing {
    pub(in crate::store) keys: Vec<Listed>,
    pub(in crate::store) ring: Option<Listed>,
}

impl Sealing {
    /// The ring of a scope.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when its MAC does not verify.
    pub async fn ring(&self, scope: KeyScope) -> Result<FoundRing, StoreError> {
        let Some(stored) = self.documents.read(Container::Keys, &scope.partition(), &ring_document()).await? else {
            return Ok(FoundRing::default());
        };
        let ring = KeyRing::read(stored.body.as_bytes(), &scope.to_string(), &self.root().await?.records)?;
        Ok(FoundRing { ring, etag: Some(stored.etag) })
    }

    /// Verifies the MAC of a listed ring and returns the ring.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when it does not verify.
    pub async fn verify_ring(&self, scope: KeyScope, item: &Listed) -> Result<KeyRing, StoreError> {
        let bytes = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?.as_bytes();
        Ok(KeyRing::read(bytes, &scope.to_string(), &self.root().await?.records)?)
    }

    /// The operation that writes a ring over the version that was read, for the commit of the change that it records.
    pub(in crate::store) async fn ring_write(&self, scope: KeyScope, ring: &KeyRing, etag: Option<Etag>) -> Result<Operation, StoreError> {
        let draft = self.ring_draft(ring.sign(&scope.to_string(), &self.root().await?.records));
        Ok(match etag {
            Some(if_match) => Operation::Replace { draft, if_match },
            None => Operation::Create(draft),
        })
    }

    pub(in crate::store) fn ring_draft(&self, ring: crate::crypto::key_ring::SignedRing) -> Draft {
        let write_id = WriteId::from_random(self.random_bytes());
        Draft { id: ring_document(), write_id, summary: None, body: Body::KeyRing(ring), ttl: None }
    }

    /// Adds these scopes to the ring of the root key.
    pub(in crate::store) async fn list_rings(&self, scopes: BTreeSet<KeyScope>) -> Result<(), StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let FoundRing { mut ring, etag } = self.ring(KeyScope::Index).await?;
            // Without a ring, no scope was ever listed: the root key's ring is the first to be created.
            if etag.is_none() || !ring.list(scopes.iter().map(ToString::to_string)) {
                return Ok(());
            }
            let write = self.ring_write(KeyScope::Index, &ring, etag).await?;
            match self.documents.commit(Container::Keys, &KeyScope::Index.partition(), vec![write]).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Stale | CommitError::Conflict | CommitError::Missing | CommitError::Unknown) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(OVERTAKEN)
    }

    /// Gives every scope a ring, if no scope has one yet.
    pub(in crate::store) async fn begin_rings(&self) -> Result<(), StoreError> {
        if self.ring(KeyScope::Index).await?.etag.is_none() { self.keep_rings().await } else { Ok(()) }
    }

    /// Gives a ring to every scope that never had one, and records changes made by versions of the program that keep none. Whatever was
    /// removed or restored stays as it is, for `finrust verify` to report.
    ///
    /// # Errors
    /// [`StoreError`]; what was done stays done, and the next round continues.
    pub async fn keep_rings(&self) -> Result<(), StoreError> {
        let listed = self.ring(KeyScope::Index).await?.ring;
        let (mut have_one, mut all) = (BTreeSet::new(), self.all_keys().await?);
        let root = all.remove_entry(&KeyScope::Index.partition());
        for (partition, ScopeListing { keys, ring }) in root.into_iter().chain(all) {
            let Some(scope) = KeyScope::parse(partition.as_str()) else { continue };
            match self.catch_up(scope, &keys, ring.as_ref(), &listed).await {
                Ok(true) => drop(have_one.insert(scope)),
                // Another instance was faster, or something does not open: left to the next round, or to `finrust verify`.
                Ok(false) | Err(StoreError::Stale | StoreError::DoesNotOpen) => {}
                Err(other) => return Err(other),
            }
        }
        have_one.remove(&KeyScope::Index);
        self.list_rings(have_one).await
    }

    /// Returns whether the scope has a ring afterwards.
    async fn catch_up(&self, scope: KeyScope, keys: &[Listed], ring: Option<&Listed>, listed: &KeyRing) -> Result<bool, StoreError> {
        if keys.is_empty() || ring.is_none() && listed.scopes().contains(&scope.to_string()) {
            return Ok(false);
        }
        let before = match ring {
            Some(item) => self.verify_ring(scope, item).await?,
            None => KeyRing::default(),
        };
        let (roots, mut after) = (self.root().await?, before.clone());
        for item in keys {
            let (id, description) = believe(scope, item, &roots)?;
            after.catch_up(id, &description);
        }
        if before != after || ring.is_none() {
            let write = self.ring_write(scope, &after, ring.map(|item| item.etag.clone())).await?;
            self.documents.commit(Container::Keys, &scope.partition(), vec![write]).await?;
        }
        Ok(true)
    }

    /// Every record and ring, by the partition of its scope.
    pub(in crate::store) async fn all_keys(&self) -> Result<BTreeMap<Partition, ScopeListing>, StoreError> {
        let (mut all, mut page) = (BTreeMap::<_, ScopeListing>::new(), Page { order: Order::Ascending, limit: 1000, after: None });
        loop {
            let listing = self.documents.scan(Container::Keys, "", Part::Body, &page).await?;
            for item in listing.items {
                let of = all.entry(item.partition.clone()).or_default();
                if item.id == ring_document() { of.ring = Some(item) } else { of.keys.push(item) }
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(all);
            }
        }
    }
}

/// Combines the records of a scope with its ring: no key is used for more than both allow, and only the newest seals. Destroyed keys are
/// left out.
pub(in crate::store) fn agreed(mut keys: Vec<KnownKey>, ring: &KeyRing) -> Vec<KnownKey> {
    keys.retain(|key| !ring.is_destroyed(key.id));
    let newest = keys.iter().map(|key| (key.description.created, key.id)).max();
    for key in &mut keys {
        let is_newest =
            newest == Some((key.description.created, key.id)) && ring.newest().is_none_or(|newest| newest <= key.description.created);
        let known = [Some(key.description.state.into()), ring.key(key.id).map(|key| key.state), (!is_newest).then_some(RingState::Retired)];
        key.state = match known.into_iter().flatten().max() {
            None | Some(RingState::Active) => KeyState::Active,
            Some(RingState::Retired) => KeyState::Retired,
            Some(RingState::Spent | RingState::Destroyed) => KeyState::Spent,
        };
    }
    keys
}

/// The ring after these records were written.
pub(in crate::store) fn noted<'a>(
    mut ring: KeyRing,
    records: impl IntoIterator<Item = (KeyId, &'a crate::crypto::key_record::KeyDescription)>,
) -> KeyRing {
    records.into_iter().for_each(|(id, description)| ring.note(id, description));
    ring
}

/// The document of a ring.
pub fn ring_document() -> DocumentId {
    DocumentId::parse(RING).expect("a lower-case word")
}
