//! Rotation of data keys.
//!
//! ```text
//! active ──rotate──▶ retired ──nothing names it──▶ spent ──35 days──▶ destroyed
//! ```
//!
//! The newest active key of a scope seals, and every other key opens what it has sealed. A rotation creates the new key and retires the old
//! ones in one commit, so a scope has exactly one active key at every moment. The time of retirement is not stored: it is when the next key
//! was created. A record of an older key that says it is active was restored; the ring of the scope (`key_rings`) overrides it.

use super::{
    rings::{FoundRing, agreed, ring_document},
    sealing::{KeyScope, Sealing, believe, key_document},
};
use crate::store::error::StoreError;
use crate::{
    crypto::{
        data_keys::DataKey,
        envelope::Part,
        key_record::{KeyDescription, KeyRecord, KeyState},
        key_ring::KeyRing,
        root_keys::RootKeys,
    },
    domain::ids::KeyId,
    ports::{CommitError, Container, Etag, Listed, Operation, Order, Page},
    secret::Secret,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long after its retirement a key may still seal: an instance keeps the active key in memory for 5 minutes, and a request that has
/// sealed with it then needs time to write.
pub const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// How long after its retirement a key may still be needed: a container that is restored on its own, from any moment of the 30 days that
/// Cosmos DB keeps, holds documents that name it. (Restoring a whole database restores its key records too.)
pub const KEPT_AFTER: SignedDuration = SignedDuration::from_hours(35 * 24);

/// A scope whose data keys seal: every one but that of the root key, which derives keys and never rotates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealingScope(KeyScope);

impl SealingScope {
    pub const SERVICE: Self = Self(KeyScope::Service);

    /// `None` for the root key.
    pub const fn of(scope: KeyScope) -> Option<Self> {
        match scope {
            KeyScope::Index => None,
            KeyScope::Service | KeyScope::Adviser(_) => Some(Self(scope)),
        }
    }

    /// The scope of the keys.
    pub const fn scope(self) -> KeyScope {
        self.0
    }
}

/// A data key whose record the root key authenticates, without the key itself.
pub struct KnownKey {
    pub id: KeyId,
    /// What its record says.
    pub description: KeyDescription,
    /// Its effective state, derived from its record, the ring and its place among the other keys.
    pub state: KeyState,
    etag: Etag,
}

impl KnownKey {
    /// When it was created.
    pub fn created(&self) -> Timestamp {
        Timestamp::from_second(self.description.created).unwrap_or(Timestamp::MAX)
    }
}

/// The key that seals: the newest, unless its record or its ring says that it is no longer active.
pub fn newest_active(keys: &[KnownKey]) -> Option<&KnownKey> {
    keys.iter().find(|key| key.state == KeyState::Active)
}

/// The key of a listed record; its effective state is known only once all keys of its scope are.
fn known(scope: KeyScope, item: &Listed, roots: &RootKeys) -> Result<KnownKey, StoreError> {
    let (id, description) = believe(scope, item, roots)?;
    Ok(KnownKey { id, state: description.state, description, etag: item.etag.clone() })
}

/// When `key` was retired: when the next of these keys was created. `None` for the newest one.
pub fn retired_at(key: &KnownKey, keys: &[KnownKey]) -> Option<Timestamp> {
    keys.iter().map(KnownKey::created).filter(|created| *created > key.created()).min()
}

impl Sealing {
    /// The data keys of a scope, except those that were destroyed.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when the MAC of one of them or of the ring does not verify.
    pub async fn known_keys(&self, scope: KeyScope) -> Result<Vec<KnownKey>, StoreError> {
        let page = Page { order: Order::Ascending, limit: 1000, after: None };
        let listing = self.documents.list(Container::Keys, &scope.partition(), "", Part::Body, &page).await?;
        if listing.items.is_empty() {
            return Ok(Vec::new());
        }
        let roots = self.root().await?;
        let ring = match listing.items.iter().find(|item| item.id == ring_document()) {
            Some(item) => self.verify_ring(scope, item).await?,
            None => KeyRing::default(),
        };
        let records = listing.items.iter().filter(|item| item.id.as_str().starts_with("key-"));
        let keys = records.map(|item| known(scope, item, &roots)).collect::<Result<_, _>>()?;
        Ok(agreed(keys, &ring))
    }

    /// Every scope whose keys seal.
    pub async fn sealing_scopes(&self) -> Result<Vec<SealingScope>, StoreError> {
        Ok(self.states().await?.into_keys().collect())
    }

    /// The scopes that have a retired key, or more than one that says it is active: documents may name such a key.
    pub async fn unsettled_scopes(&self) -> Result<Vec<SealingScope>, StoreError> {
        let count = |states: &[KeyState], wanted| states.iter().filter(|state| **state == wanted).count();
        let unsettled = |states: &[KeyState]| count(states, KeyState::Retired) > 0 || count(states, KeyState::Active) > 1;
        Ok(self.states().await?.into_iter().filter(|(_, states)| unsettled(states)).map(|(scope, _)| scope).collect())
    }

    /// The states in the records of each scope. Records that do not authenticate are skipped: `finrust verify` reports them.
    async fn states(&self) -> Result<BTreeMap<SealingScope, Vec<KeyState>>, StoreError> {
        let (mut states, mut page) = (BTreeMap::<_, Vec<_>>::new(), Page { order: Order::Ascending, limit: 1000, after: None });
        let roots = self.root().await?;
        loop {
            let listing = self.documents.scan(Container::Keys, "key-", Part::Body, &page).await?;
            for item in &listing.items {
                let Some(scope) = KeyScope::parse(item.partition.as_str()).and_then(SealingScope::of) else { continue };
                if let Ok((_, description)) = believe(scope.scope(), item, &roots) {
                    states.entry(scope).or_default().push(description.state);
                }
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(states);
            }
        }
    }

    /// Creates a new active key and retires those before it, unless the active key was created at `before` or later. Returns whether it
    /// did.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another rotation or re-wrap committed in between.
    pub async fn rotate(&self, scope: SealingScope, before: Timestamp) -> Result<bool, StoreError> {
        self.begin_rings().await?;
        let (scope, keys) = (scope.scope(), self.known_keys(scope.scope()).await?);
        // A scope without keys has sealed nothing yet.
        let Some(newest) = newest_active(&keys).filter(|newest| newest.created() < before) else {
            return Ok(false);
        };
        let key = DataKey::new(KeyId::from_random(self.random_bytes()), Secret::new(self.random_bytes()));
        let created = self.clock.now().max(before).as_second().max(newest.description.created + 1);
        let description = KeyDescription { state: KeyState::Active, created, wrapped: self.wrap(&key).await? };
        let roots = self.root().await?;
        let record = KeyRecord::encode(&description, &scope.to_string(), key.id(), &roots.records);
        let mut operations = vec![Operation::Create(self.draft(key.id(), record))];
        let FoundRing { mut ring, etag } = self.ring(scope).await?;
        for old in &keys {
            let state = if old.state == KeyState::Active { KeyState::Retired } else { old.state };
            let description = KeyDescription { state, ..old.description.clone() };
            ring.catch_up(old.id, &description);
            if state != old.description.state {
                operations.push(self.in_state(scope, old, state).await?);
            }
        }
        ring.note(key.id(), &description);
        operations.push(self.ring_write(scope, &ring, etag).await?);
        let answer = self.documents.commit(Container::Keys, &scope.partition(), operations).await;
        self.forget_newest(scope);
        match answer {
            Ok(_) => Ok(true),
            Err(CommitError::Unknown) => {
                let is_there = self.known_keys(scope).await?.iter().any(|known| known.id == key.id());
                if is_there { Ok(true) } else { Err(StoreError::Unknown) }
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Records that no document names these keys any more.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another process changed one of them.
    pub async fn mark_spent(&self, scope: SealingScope, keys: &[&KnownKey]) -> Result<(), StoreError> {
        for key in keys {
            let mut operations = vec![self.in_state(scope.scope(), key, KeyState::Spent).await?];
            let FoundRing { mut ring, etag } = self.ring(scope.scope()).await?;
            if etag.is_some() {
                ring.note(key.id, &KeyDescription { state: KeyState::Spent, ..key.description.clone() });
                operations.push(self.ring_write(scope.scope(), &ring, etag).await?);
            }
            self.documents.commit(Container::Keys, &scope.scope().partition(), operations).await?;
        }
        Ok(())
    }

    /// Deletes the record of a key: what the key sealed can never be opened again, even if the record is restored. The ring remembers that.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another process changed it.
    pub async fn destroy_key(&self, scope: SealingScope, key: &KnownKey) -> Result<(), StoreError> {
        self.begin_rings().await?;
        let delete = Operation::Delete { id: key_document(key.id), if_match: Some(key.etag.clone()) };
        let FoundRing { mut ring, etag } = self.ring(scope.scope()).await?;
        ring.catch_up(key.id, &key.description);
        ring.destroy(key.id);
        let remember = self.ring_write(scope.scope(), &ring, etag).await?;
        self.documents.commit(Container::Keys, &scope.scope().partition(), vec![delete, remember]).await?;
        self.forget(scope.scope(), key.id);
        Ok(())
    }

    async fn in_state(&self, scope: KeyScope, key: &KnownKey, state: KeyState) -> Result<Operation, StoreError> {
        let description = KeyDescription { state, ..key.description.clone() };
        let record = KeyRecord::encode(&description, &scope.to_string(), key.id, &self.root().await?.records);
        Ok(Operation::Replace { draft: self.draft(key.id, record), if_match: key.etag.clone() })
    }
}
