//! The stored form of a key ring: which data keys a scope has had, and what has become of each.
//!
//! ```text
//! ring = mac (32) ‖ JSON
//! mac  = HMAC-SHA-256(record key, "key ring", scope, JSON)
//! ```
//!
//! A key record vouches for itself alone, so an older one that is put back is as good as the newer. The ring is written in the commit of
//! every change of a key: a record that is older than the ring says, gone, or back after it was destroyed does not agree with it.

use super::{
    key_record::{BadKeyRecord, KeyDescription, KeyState},
    mac::MacKey,
};
use crate::domain::ids::KeyId;
use serde::{Deserialize, Serialize};

/// The data keys of a scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRing {
    keys: Vec<RingKey>,
    /// In the ring of the root key: the scopes that have a ring, so that none goes unseen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
}

/// What is known of a data key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingKey {
    pub id: KeyId,
    pub created: i64,
    /// What it is used for.
    pub state: RingState,
    /// The version of the key-encryption key that wraps it.
    pub version: String,
}

/// What a data key is used for, in the order in which that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingState {
    Active,
    /// Opens what was sealed before.
    Retired,
    /// No document names it any more.
    Spent,
    /// Its record is gone for good.
    Destroyed,
}

/// A [`KeyRing`] encoded and authenticated.
#[derive(Clone)]
pub struct SignedRing(Vec<u8>);

impl KeyRing {
    /// What is known of a key.
    pub fn key(&self, id: KeyId) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// All keys that there have been.
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// Whether what this key has sealed is not to be opened any more.
    pub fn is_destroyed(&self, id: KeyId) -> bool {
        self.key(id).is_some_and(|key| key.state == RingState::Destroyed)
    }

    /// When the newest of the keys that have to be there was made.
    pub fn newest(&self) -> Option<i64> {
        self.keys.iter().filter(|key| key.state != RingState::Destroyed).map(|key| key.created).max()
    }

    /// Takes down what a record says.
    pub fn note(&mut self, id: KeyId, description: &KeyDescription) {
        let KeyDescription { state, created, wrapped } = description;
        let key = RingKey { id, created: *created, state: (*state).into(), version: wrapped.version.0.clone() };
        self.keys.retain(|known| known.id != id);
        self.keys.push(key);
        self.keys.sort_by_key(|key| (key.created, key.id));
    }

    /// Takes down what a record says, unless more is known already: what a version of the program has done that keeps no rings.
    pub fn catch_up(&mut self, id: KeyId, description: &KeyDescription) {
        if self.key(id).is_none_or(|known| known.state <= description.state.into()) {
            self.note(id, description);
        }
    }

    /// Takes down that the record of a key goes.
    pub fn destroy(&mut self, id: KeyId) {
        self.keys.iter_mut().filter(|key| key.id == id).for_each(|key| key.state = RingState::Destroyed);
    }

    /// The scopes that have a ring.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Takes down that these scopes have a ring. Tells whether that was news.
    pub fn list(&mut self, scopes: impl IntoIterator<Item = String>) -> bool {
        let before = self.scopes.len();
        self.scopes.extend(scopes);
        self.scopes.sort();
        self.scopes.dedup();
        self.scopes.len() != before
    }

    pub fn sign(&self, scope: &str, record_key: &MacKey) -> SignedRing {
        let json = serde_json::to_vec(self).expect("ids, numbers and words serialise to memory");
        SignedRing([record_key.tag(&[PURPOSE, scope.as_bytes(), &json]).as_slice(), &json].concat())
    }

    /// The ring of this scope, once the root key has vouched for it.
    ///
    /// # Errors
    /// [`BadKeyRecord`] when it does not.
    pub fn read(bytes: &[u8], scope: &str, record_key: &MacKey) -> Result<Self, BadKeyRecord> {
        let (mac, json) = bytes.split_first_chunk().ok_or(BadKeyRecord)?;
        if !record_key.verify(&[PURPOSE, scope.as_bytes(), json], mac) {
            return Err(BadKeyRecord);
        }
        serde_json::from_slice(json).map_err(|_| BadKeyRecord)
    }
}

impl SignedRing {
    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<KeyState> for RingState {
    fn from(state: KeyState) -> Self {
        match state {
            KeyState::Active => Self::Active,
            KeyState::Retired => Self::Retired,
            KeyState::Spent => Self::Spent,
        }
    }
}

/// No scope is called like this, and no key id has as many bytes: a key record is no ring.
const PURPOSE: &[u8] = b"key ring";

#[cfg(test)]
mod tests {
    use super::{KeyRing, RingState};
    use crate::{
        crypto::{
            key_record::{KekVersion, KeyDescription, KeyState, Wrapped},
            mac::MacKey,
        },
        domain::ids::KeyId,
        secret::Secret,
    };

    fn key() -> MacKey {
        MacKey::new(Secret::new([3; 32]))
    }

    fn described(state: KeyState, created: i64) -> KeyDescription {
        KeyDescription { state, created, wrapped: Wrapped { version: KekVersion("v1".to_owned()), bytes: vec![9; 60] } }
    }

    fn id(number: u8) -> KeyId {
        KeyId::from_bytes([number; 16])
    }

    #[test]
    fn is_vouched_for_in_its_own_scope_only_and_no_bit_can_change() {
        let mut ring = KeyRing::default();
        ring.note(id(1), &described(KeyState::Active, 12));
        let bytes = ring.sign("service", &key()).as_bytes().to_vec();
        assert_eq!(KeyRing::read(&bytes, "service", &key()), Ok(ring));
        assert!(KeyRing::read(&bytes, "index", &key()).is_err());
        assert!(KeyRing::read(&bytes, "service", &MacKey::new(Secret::new([4; 32]))).is_err());
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(KeyRing::read(&changed, "service", &key()).is_err());
        }
        for end in 0..bytes.len() {
            assert!(KeyRing::read(&bytes[..end], "service", &key()).is_err());
        }
    }

    #[test]
    fn what_is_known_never_goes_back() {
        let mut ring = KeyRing::default();
        ring.note(id(1), &described(KeyState::Retired, 12));
        ring.catch_up(id(1), &described(KeyState::Active, 12));
        assert_eq!(ring.key(id(1)).map(|key| key.state), Some(RingState::Retired));
        ring.catch_up(id(2), &described(KeyState::Active, 13));
        ring.destroy(id(1));
        ring.catch_up(id(1), &described(KeyState::Spent, 12));
        assert!(ring.is_destroyed(id(1)) && !ring.is_destroyed(id(2)));
        assert_eq!((ring.newest(), ring.keys().len()), (Some(13), 2));
        assert!(ring.list(["b".to_owned(), "a".to_owned()]) && !ring.list(["a".to_owned()]));
    }
}
