//! AES-256-GCM (NIST SP 800-38D), the only cipher here.
//!
//! `sealed = AES-256-GCM(key, nonce, associated data, plaintext) ‖ tag`, with a 16-byte tag. The caller must never use the same nonce
//! twice with one key; the envelope derives both afresh for every write.

use crate::secret::Secret;
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use zeroize::Zeroizing;

/// Length of the authentication tag.
pub const TAG_BYTES: usize = 16;

/// The only decryption error; it does not disclose the cause.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not open")]
pub struct OpenError;

/// Encrypts `plaintext` in its own buffer, which grows by the tag.
pub fn encrypt(key: &Secret<[u8; 32]>, nonce: [u8; 12], associated: &[u8], mut plaintext: Zeroizing<Vec<u8>>) -> Vec<u8> {
    plaintext.reserve_exact(TAG_BYTES);
    cipher(key)
        .encrypt_in_place(&nonce.into(), associated, &mut *plaintext)
        .expect("a document is far below the 64 GiB that GCM takes under one nonce");
    std::mem::take(&mut *plaintext)
}

/// Decrypts and authenticates `sealed`.
///
/// # Errors
/// [`OpenError`] when the key, nonce, associated data, ciphertext or tag does not match.
pub fn decrypt(key: &Secret<[u8; 32]>, nonce: [u8; 12], associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut buffer = Zeroizing::new(sealed.to_vec());
    cipher(key).decrypt_in_place(&nonce.into(), associated, &mut *buffer).map_err(|_| OpenError)?;
    Ok(buffer)
}

fn cipher(key: &Secret<[u8; 32]>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}
