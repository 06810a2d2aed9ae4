//! The keys of one envelope, and how they are kept for envelopes that are opened with every request.
//!
//! ```text
//! okm = HKDF-SHA-256(ikm = data key, salt, info = "finrust envelope v1" ‖ place)   (RFC 5869)
//!     = key (32) ‖ nonce (12) ‖ commitment (32)
//! ```

use crate::secret::Secret;
use hkdf::Hkdf;
use sha2::Sha256;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// Envelopes whose keys are kept for each data key: some 300 KB. Beyond that, all are wiped and derived again.
const MAX_KEPT: usize = 1024;

/// What seals and opens one envelope.
pub struct WriteKeys {
    pub key: Secret<[u8; 32]>,
    pub nonce: [u8; 12],
    pub commitment: [u8; 32],
}

impl WriteKeys {
    pub fn derive(data_key: &Secret<[u8; 32]>, salt: &[u8; 32], place: &[u8]) -> Self {
        let mut okm = Zeroizing::new([0_u8; 76]);
        Hkdf::<Sha256>::new(Some(salt), data_key.expose())
            .expand_multi_info(&[b"finrust envelope v1", place], &mut *okm)
            .expect("76 bytes are far below the 8160 that HKDF-SHA-256 gives");
        let (mut key, mut nonce, mut commitment) = (Zeroizing::new([0; 32]), [0; 12], [0; 32]);
        key.copy_from_slice(&okm[..32]);
        nonce.copy_from_slice(&okm[32..44]);
        commitment.copy_from_slice(&okm[44..]);
        Self { key: Secret::new(*key), nonce, commitment }
    }
}

/// Keys of envelopes, by their salts. They belong to a data key, and are wiped with it.
#[derive(Default)]
pub struct KeptWriteKeys(Mutex<HashMap<[u8; 32], Kept>>);

/// Salts are random, but whoever can change the database can repeat one elsewhere: keys serve only the place that they were derived for.
struct Kept {
    place: Vec<u8>,
    keys: Arc<WriteKeys>,
}

impl KeptWriteKeys {
    /// The keys for this salt and place, if they are kept.
    pub fn get(&self, salt: &[u8; 32], place: &[u8]) -> Option<Arc<WriteKeys>> {
        let kept = self.lock();
        kept.get(salt).filter(|kept| kept.place == place).map(|kept| Arc::clone(&kept.keys))
    }

    /// Keeps keys that have opened an envelope.
    pub fn keep(&self, salt: [u8; 32], place: Vec<u8>, keys: Arc<WriteKeys>) {
        let mut kept = self.lock();
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(salt, Kept { place, keys });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{KeptWriteKeys, MAX_KEPT, WriteKeys};
    use crate::secret::Secret;
    use std::sync::Arc;

    #[test]
    fn keys_are_kept_for_their_place_and_not_without_end() {
        let kept = KeptWriteKeys::default();
        let keys = || Arc::new(WriteKeys::derive(&Secret::new([1; 32]), &[2; 32], b"here"));
        kept.keep([2; 32], b"here".to_vec(), keys());
        assert!(kept.get(&[2; 32], b"here").is_some());
        assert!(kept.get(&[2; 32], b"there").is_none() && kept.get(&[3; 32], b"here").is_none());
        for number in 0..MAX_KEPT {
            let mut salt = [0; 32];
            salt[..8].copy_from_slice(&number.to_be_bytes());
            kept.keep(salt, b"here".to_vec(), keys());
        }
        assert!(kept.lock().len() <= MAX_KEPT);
    }
}
