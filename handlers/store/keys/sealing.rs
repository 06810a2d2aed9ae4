//! Seals and opens documents with the data keys of their scope (P1, P3).
//!
//! The id of a scope's first data key is derived from the scope's name, so that two instances that need it at the same time create one key:
//! a second root key would give every username a second blind index. A key record is trusted only after its MAC has been verified under the
//! root key.

use super::{
    cache::KeyCache,
    rings::{FoundRing, noted},
    rotation::newest_active,
};
use crate::store::error::StoreError;
use crate::{
    crypto::{
        data_keys::DataKey,
        envelope::{self, EnvelopeContext, Sealed, Unopened},
        key_record::{self, KeyDescription, KeyRecord, KeyState},
        key_ring::KeyRing,
        root_keys::RootKeys,
    },
    domain::ids::{KeyId, ScopeId, WriteId},
    ports::{Body, Clock, CommitError, Container, DocumentId, Documents, Draft, KeyWrap, Listed, Operation, Partition, Random, Wrapped},
    secret::Secret,
};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// Whose data keys seal a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyScope {
    /// The root key: derives the keys for blind indexes and MACs, seals nothing.
    Index,
    /// Accounts, queue texts, registers, cursors.
    Service,
    /// The files of one adviser.
    Adviser(ScopeId),
}

impl fmt::Display for KeyScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => formatter.write_str("index"),
            Self::Service => formatter.write_str("service"),
            Self::Adviser(scope) => scope.fmt(formatter),
        }
    }
}

impl KeyScope {
    /// The scope whose keys are in this partition of the container `keys`.
    pub fn parse(partition: &str) -> Option<Self> {
        match partition {
            "index" => Some(Self::Index),
            "service" => Some(Self::Service),
            scope => ScopeId::parse(scope).map(Self::Adviser),
        }
    }

    /// The partition of the container `keys` that holds its data keys.
    pub fn partition(self) -> Partition {
        Partition::parse(&self.to_string()).expect("scope names are lower-case words and UUIDs")
    }

    fn first_key(self) -> KeyId {
        let digest = Sha256::digest(format!("finrust first key {self}"));
        KeyId::from_random(*digest.first_chunk().expect("a digest has 32 bytes"))
    }
}

/// Seals and opens; the only holder of unwrapped keys.
pub struct Sealing {
    pub(in crate::store) documents: Arc<dyn Documents>,
    pub(in crate::store) key_wrap: Arc<dyn KeyWrap>,
    pub(in crate::store) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    keys: KeyCache<(KeyScope, KeyId), DataKey>,
    /// The id of the key that seals for a scope. The key itself is cached in `keys` only, so using it both ways does not keep it in memory
    /// longer.
    newest: KeyCache<KeyScope, KeyId>,
    root: KeyCache<(), RootKeys>,
}

impl Sealing {
    /// Uses these ports.
    pub fn new(documents: Arc<dyn Documents>, key_wrap: Arc<dyn KeyWrap>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let keys = KeyCache::new(Arc::clone(&clock));
        let newest = KeyCache::new(Arc::clone(&clock));
        let root = KeyCache::new(Arc::clone(&clock));
        Self { documents, key_wrap, clock, random, keys, newest, root }
    }

    /// Seals `plaintext` for its place under the scope's active key.
    pub async fn seal(&self, scope: KeyScope, place: EnvelopeContext<'_>, plaintext: &[u8]) -> Result<Sealed, StoreError> {
        let key = self.active(scope).await?;
        Ok(envelope::seal(&key, self.random_bytes(), place, plaintext))
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] for any fault of the envelope; other errors when the key is not available.
    pub async fn open(&self, scope: KeyScope, place: EnvelopeContext<'_>, unopened: &Unopened) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let key = self.key(scope, unopened.key_id()?).await?;
        Ok(envelope::open(&key, place, unopened)?)
    }

    /// Like [`Sealing::open`], for a document that is opened with every request.
    pub async fn open_again(
        &self,
        scope: KeyScope,
        place: EnvelopeContext<'_>,
        unopened: &Unopened,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let key = self.key(scope, unopened.key_id()?).await?;
        Ok(envelope::open_again(&key, place, unopened)?)
    }

    /// The data key that an envelope of this scope names, for opening many envelopes.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when the scope has no such key.
    pub async fn key(&self, scope: KeyScope, id: KeyId) -> Result<Arc<DataKey>, StoreError> {
        self.keys.get_or_load((scope, id), || self.load(scope, id)).await
    }

    /// The keys derived from the root key, for blind indexes and MACs.
    ///
    /// # Errors
    /// [`StoreError`] when the root key is not available or its own record does not authenticate under it.
    pub async fn root(&self) -> Result<Arc<RootKeys>, StoreError> {
        self.root.get_or_load((), || self.load_root()).await
    }

    /// Whether there is a root key.
    pub async fn has_root(&self) -> Result<bool, StoreError> {
        Ok(self.read_record(KeyScope::Index, KeyScope::Index.first_key()).await?.is_some())
    }

    /// `N` fresh random bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// Loads the root keys and the key that seals for this scope into memory, so that the first caller does not wait.
    pub async fn warm_up(&self, scope: KeyScope) -> Result<(), StoreError> {
        tokio::try_join!(self.root(), self.active(scope)).map(drop)
    }

    /// Wipes keys whose time in memory has expired.
    pub fn purge(&self) {
        self.keys.purge();
        self.newest.purge();
        self.root.purge();
    }

    async fn active(&self, scope: KeyScope) -> Result<Arc<DataKey>, StoreError> {
        let load = async || match self.newest_active(scope).await? {
            Some((id, wrapped)) => {
                // Its record has just been read and verified.
                self.keys.get_or_load((scope, id), async || self.unwrap(id, &wrapped).await).await?;
                Ok(Arc::new(id))
            }
            None => self.create_first(scope).await,
        };
        let id = self.newest.get_or_load(scope, load).await?;
        self.key(scope, *id).await
    }

    /// Forgets which key of the scope seals; it is looked up again on the next use.
    pub(in crate::store) fn forget_newest(&self, scope: KeyScope) {
        self.newest.forget(&scope);
    }

    /// Drops this key from memory.
    pub(in crate::store) fn forget(&self, scope: KeyScope, id: KeyId) {
        self.keys.forget(&(scope, id));
    }

    async fn load_root(&self) -> Result<Arc<RootKeys>, StoreError> {
        let id = KeyScope::Index.first_key();
        let key = match self.read_record(KeyScope::Index, id).await? {
            Some(bytes) => self.unwrap_root(id, &bytes).await?,
            // A new root key would give every username a second blind index over the first one's data.
            None if self.has_lost(KeyScope::Index).await? => return Err(StoreError::DoesNotOpen),
            None => self.create_root(id).await?,
        };
        Ok(Arc::new(RootKeys::derive(&key)))
    }

    async fn unwrap_root(&self, id: KeyId, record: &[u8]) -> Result<DataKey, StoreError> {
        let wrapped = key_record::parse(record)?.wrapped;
        let key = DataKey::new(id, self.key_wrap.unwrap(&wrapped).await?);
        key_record::verify(record, &KeyScope::Index.to_string(), id, &RootKeys::derive(&key).records)?;
        Ok(key)
    }

    async fn create_root(&self, id: KeyId) -> Result<DataKey, StoreError> {
        let key = DataKey::new(id, Secret::new(self.random_bytes()));
        let roots = RootKeys::derive(&key);
        if self.store_new(KeyScope::Index, &key, &roots).await? {
            return Ok(key);
        }
        let record = self.read_record(KeyScope::Index, id).await?.ok_or(StoreError::DoesNotOpen)?;
        self.unwrap_root(id, &record).await
    }

    async fn load(&self, scope: KeyScope, id: KeyId) -> Result<Arc<DataKey>, StoreError> {
        let (record, ring) = tokio::join!(self.read_record(scope, id), self.ring(scope));
        let record = record?.ok_or(StoreError::DoesNotOpen)?;
        key_record::verify(&record, &scope.to_string(), id, &self.root().await?.records)?;
        if ring?.ring.is_destroyed(id) {
            return Err(StoreError::DoesNotOpen);
        }
        self.unwrap(id, &key_record::parse(&record)?.wrapped).await
    }

    async fn unwrap(&self, id: KeyId, wrapped: &Wrapped) -> Result<Arc<DataKey>, StoreError> {
        Ok(Arc::new(DataKey::new(id, self.key_wrap.unwrap(wrapped).await?)))
    }

    /// Refuses when an earlier key has sealed something: that could never be opened again, and nobody would notice.
    async fn create_first(&self, scope: KeyScope) -> Result<Arc<KeyId>, StoreError> {
        if self.has_lost(scope).await? {
            return Err(StoreError::DoesNotOpen);
        }
        let key = DataKey::new(scope.first_key(), Secret::new(self.random_bytes()));
        let id = key.id();
        if self.store_new(scope, &key, &*self.root().await?).await? {
            self.keys.get_or_load((scope, id), async || Ok::<_, StoreError>(Arc::new(key))).await?;
        }
        Ok(Arc::new(id))
    }

    /// Returns `false` when the key exists already: another instance was first, or the response was lost.
    async fn store_new(&self, scope: KeyScope, key: &DataKey, roots: &RootKeys) -> Result<bool, StoreError> {
        let wrapped = if scope == KeyScope::Index { self.key_wrap.wrap(key.bytes()).await? } else { self.wrap(key).await? };
        let description = KeyDescription { state: KeyState::Active, created: self.clock.now().as_second(), wrapped };
        let record = KeyRecord::encode(&description, &scope.to_string(), key.id(), &roots.records);
        let mut operations = vec![Operation::Create(self.draft(key.id(), record))];
        let has_rings = scope == KeyScope::Index || self.ring(KeyScope::Index).await?.etag.is_some();
        if has_rings {
            let ring = noted(KeyRing::default(), [(key.id(), &description)]);
            operations.push(Operation::Create(self.ring_draft(ring.sign(&scope.to_string(), &roots.records))));
        }
        match self.documents.commit(Container::Keys, &scope.partition(), operations).await {
            Ok(_) => {
                if has_rings && scope != KeyScope::Index {
                    self.list_rings([scope].into()).await?;
                }
                Ok(true)
            }
            Err(CommitError::Conflict) => Ok(false),
            Err(CommitError::Unknown) => self.read_record(scope, key.id()).await?.map(|_| false).ok_or(StoreError::Unknown),
            Err(other) => Err(other.into()),
        }
    }

    /// Wraps a data key under the key-encryption key that currently opens the root key.
    pub(in crate::store) async fn wrap(&self, key: &DataKey) -> Result<Wrapped, StoreError> {
        let root = self.read_record(KeyScope::Index, KeyScope::Index.first_key()).await?.ok_or(StoreError::DoesNotOpen)?;
        Ok(self.key_wrap.wrap_beside(key.bytes(), &key_record::parse(&root)?.wrapped).await?)
    }

    pub(in crate::store) fn draft(&self, id: KeyId, record: KeyRecord) -> Draft {
        let write_id = WriteId::from_random(self.random_bytes());
        Draft { id: key_document(id), write_id, summary: None, body: Body::WrappedKey(record), ttl: None }
    }

    async fn read_record(&self, scope: KeyScope, id: KeyId) -> Result<Option<Vec<u8>>, StoreError> {
        let stored = self.documents.read(Container::Keys, &scope.partition(), &key_document(id)).await?;
        Ok(stored.map(|stored| stored.body.as_bytes().to_vec()))
    }

    /// The key that seals, and what it is wrapped as; `None` when the scope has no key yet.
    async fn newest_active(&self, scope: KeyScope) -> Result<Option<(KeyId, Wrapped)>, StoreError> {
        let keys = self.known_keys(scope).await?;
        if keys.is_empty() {
            return Ok(None);
        }
        newest_active(&keys).map(|key| Some((key.id, key.description.wrapped.clone()))).ok_or(StoreError::DoesNotOpen)
    }

    /// Re-wraps a data key that is not under the newest key-encryption key. Returns whether it was re-wrapped.
    ///
    /// # Errors
    /// [`StoreError`]; a concurrent change counts as [`StoreError::Stale`].
    pub async fn rewrap(&self, item: &Listed) -> Result<bool, StoreError> {
        let scope = KeyScope::parse(item.partition.as_str()).ok_or(StoreError::DoesNotOpen)?;
        let roots = self.root().await?;
        let (id, mut description) = believe(scope, item, &roots)?;
        if description.wrapped.version == self.key_wrap.newest_version().await? {
            return Ok(false);
        }
        let key = self.key_wrap.unwrap(&description.wrapped).await?;
        description.wrapped = self.key_wrap.wrap_beside(&key, &description.wrapped).await?;
        let record = KeyRecord::encode(&description, &scope.to_string(), id, &roots.records);
        let mut operations = vec![Operation::Replace { draft: self.draft(id, record), if_match: item.etag.clone() }];
        let FoundRing { mut ring, etag } = self.ring(scope).await?;
        if etag.is_some() {
            ring.catch_up(id, &description);
            operations.push(self.ring_write(scope, &ring, etag).await?);
        }
        self.documents.commit(Container::Keys, &scope.partition(), operations).await?;
        Ok(true)
    }

    /// The version of the key-encryption key that new wraps use.
    ///
    /// # Errors
    /// [`StoreError::Keys`] when it is not available.
    pub async fn newest_version(&self) -> Result<String, StoreError> {
        Ok(self.key_wrap.newest_version().await?.0)
    }

    /// Verifies the MAC of a listed key record and unwraps its key. Returns its description.
    ///
    /// # Errors
    /// [`StoreError`] when either fails.
    pub async fn verify_key(&self, item: &Listed) -> Result<KeyDescription, StoreError> {
        let scope = KeyScope::parse(item.partition.as_str()).ok_or(StoreError::DoesNotOpen)?;
        let (_, description) = believe(scope, item, &*self.root().await?)?;
        self.key_wrap.unwrap(&description.wrapped).await?;
        Ok(description)
    }
}

pub(in crate::store) fn key_document(id: KeyId) -> DocumentId {
    DocumentId::parse(&format!("key-{id}")).expect("a UUID is letters, digits and hyphens")
}

/// The data key whose record has this document id.
pub fn key_id(id: &DocumentId) -> Option<KeyId> {
    KeyId::parse(id.as_str().strip_prefix("key-")?)
}

/// The description in a listed record, after the record's MAC for its place has been verified.
pub(in crate::store) fn believe(scope: KeyScope, item: &Listed, roots: &RootKeys) -> Result<(KeyId, KeyDescription), StoreError> {
    let id = key_id(&item.id).ok_or(StoreError::DoesNotOpen)?;
    let record = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?.as_bytes();
    key_record::verify(record, &scope.to_string(), id, &roots.records)?;
    Ok((id, key_record::parse(record)?))
}
