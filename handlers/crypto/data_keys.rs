//! Data keys: 256 random bits that seal the documents of one scope, and the keys derived from them.
//!
//! `derived = HKDF-SHA-256(ikm = data key, salt = ∅, info = "finrust v1 " ‖ purpose)` (RFC 5869). Each purpose names exactly one use.

use super::write_keys::KeptWriteKeys;
use crate::{domain::ids::KeyId, secret::Secret};
use hkdf::Hkdf;
use sha2::Sha256;

/// An unwrapped data key with its id. Kept in memory only, briefly, and wiped when dropped.
pub struct DataKey {
    id: KeyId,
    bytes: Secret<[u8; 32]>,
    kept: KeptWriteKeys,
}

impl DataKey {
    /// Creates a key from generated or unwrapped bytes.
    pub fn new(id: KeyId, bytes: Secret<[u8; 32]>) -> Self {
        Self { id, bytes, kept: KeptWriteKeys::default() }
    }

    /// The id carried by every envelope that the key sealed.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The raw key, for wrapping or key derivation.
    pub const fn bytes(&self) -> &Secret<[u8; 32]> {
        &self.bytes
    }

    /// Keys of envelopes that are opened again and again.
    pub(super) const fn kept(&self) -> &KeptWriteKeys {
        &self.kept
    }

    /// Derives the subkey for one purpose.
    pub fn derive(&self, purpose: &str) -> Secret<[u8; 32]> {
        let mut derived = zeroize::Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.bytes.expose())
            .expand_multi_info(&[b"finrust v1 ", purpose.as_bytes()], &mut *derived)
            .expect("32 bytes are far below the 8160 that HKDF-SHA-256 gives");
        Secret::new(*derived)
    }
}
