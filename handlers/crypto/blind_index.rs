//! Blind index: finds an account by its username without storing the username in readable form (P3), and makes usernames unique (P8).
//!
//! `index = HMAC-SHA-256(blind index key, normalised username)`. The key never rotates, because that would change every index.

use super::mac::MacKey;
use crate::{domain::stored::BlindIndex, secret::Secret};

/// Computes blind indexes.
pub struct BlindIndexKey(MacKey);

impl BlindIndexKey {
    /// Wraps a derived key.
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(MacKey::new(key))
    }

    /// Returns the blind index of a username in normal form.
    pub fn index(&self, normal_username: &str) -> BlindIndex {
        BlindIndex::from_bytes(self.0.tag(&[normal_username.as_bytes()]))
    }
}
