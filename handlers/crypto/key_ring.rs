//! The stored form of a key ring: every data key a scope has had, and the current state of each.
//!
//! ```text
//! ring = mac (32) ‖ JSON
//! mac  = HMAC-SHA-256(record key, "key ring", scope, JSON)
//! ```
//!
//! A key record is authenticated on its own, so an older copy that is restored verifies as well as the current one. The ring is written
//! in the same commit as every change of a key: a record that is older than the ring says, missing, or restored after it was destroyed
//! contradicts the ring.

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
    /// Only in the ring of the root key: the scopes that have a ring, so that a missing ring is noticed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
}

/// The state of one data key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingKey {
    pub id: KeyId,
    pub created: i64,
    /// Current use of the key.
    pub state: RingState,
    /// The version of the key-encryption key that wraps it.
    pub version: String,
}

/// The use of a data key, in the order of its life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingState {
    Active,
    /// Opens documents sealed earlier.
    Retired,
    /// No document refers to it any longer.
    Spent,
    /// Its record is permanently deleted.
    Destroyed,
}

/// A [`KeyRing`] encoded and authenticated.
#[derive(Clone)]
pub struct SignedRing(Vec<u8>);

impl KeyRing {
    /// Returns the entry of a key.
    pub fn key(&self, id: KeyId) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// Every key the scope has had.
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// Whether the key was destroyed, so that nothing it sealed may be opened.
    pub fn is_destroyed(&self, id: KeyId) -> bool {
        self.key(id).is_some_and(|key| key.state == RingState::Destroyed)
    }

    /// Creation time of the newest key that has not been destroyed.
    pub fn newest(&self) -> Option<i64> {
        self.keys.iter().filter(|key| key.state != RingState::Destroyed).map(|key| key.created).max()
    }

    /// Records the state that a key record describes.
    pub fn note(&mut self, id: KeyId, description: &KeyDescription) {
        let KeyDescription { state, created, wrapped } = description;
        let key = RingKey { id, created: *created, state: (*state).into(), version: wrapped.version.0.clone() };
        self.keys.retain(|known| known.id != id);
        self.keys.push(key);
        self.keys.sort_by_key(|key| (key.created, key.id));
    }

    /// Records the state that a key record describes, unless the ring is already ahead: covers changes by a version of the program
    /// without rings.
    pub fn catch_up(&mut self, id: KeyId, description: &KeyDescription) {
        if self.key(id).is_none_or(|known| known.state <= description.state.into()) {
            self.note(id, description);
        }
    }

    /// Records that the record of a key is being deleted.
    pub fn destroy(&mut self, id: KeyId) {
        self.keys.iter_mut().filter(|key| key.id == id).for_each(|key| key.state = RingState::Destroyed);
    }

    /// The scopes that have a ring.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Records that these scopes have a ring. Returns whether any was new.
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

    /// Parses the ring of this scope after verifying its MAC.
    ///
    /// # Errors
    /// [`BadKeyRecord`] when the MAC or the encoding is invalid.
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

/// Domain separation from key records: no scope has this name, and no key id has this many bytes.
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
