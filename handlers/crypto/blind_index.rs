//! Blind index: finds an account by its username without storing the username readable (P3), and makes usernames unique (P8).
//!
//! `index = HMAC-SHA-256(blind index key, normalised username)`. The key never rotates: every index would move.

use super::mac::MacKey;
use crate::{domain::stored::BlindIndex, secret::Secret};

/// Makes blind indexes.
pub struct BlindIndexKey(MacKey);

impl BlindIndexKey {
    /// Takes a derived key.
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(MacKey::new(key))
    }

    /// The index of a username in normal form.
    pub fn index(&self, normal_username: &str) -> BlindIndex {
        BlindIndex::from_bytes(self.0.tag(&[normal_username.as_bytes()]))
    }
}
