//! A second implementation of envelope v1, written from the formula at the top of `handlers/crypto/envelope.rs` on the raw crates: HKDF
//! from HMAC, GCM with detached tag, and no helper of the product.

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::AeadInOut as _};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Everything that goes into an envelope, so that a test can get one thing wrong.
#[derive(Clone)]
pub struct Recipe {
    pub version: u8,
    pub suite: u8,
    pub key: [u8; 32],
    pub key_id: [u8; 16],
    pub salt: [u8; 32],
    /// Container, partition, document, part.
    pub place: [&'static str; 4],
    pub padded: Vec<u8>,
    /// Derived when `None`.
    pub commitment: Option<[u8; 32]>,
}

impl Recipe {
    pub fn envelope(&self) -> Vec<u8> {
        let mut place = Vec::new();
        for name in self.place {
            place.extend([0, 0, 0, u8::try_from(name.len()).unwrap()]);
            place.extend(name.as_bytes());
        }
        let okm = hkdf(&self.salt, &self.key, &[b"finrust envelope v1", place.as_slice()].concat(), 76);
        let mut envelope = vec![self.version, self.suite];
        envelope.extend(self.key_id);
        envelope.extend(self.salt);
        envelope.extend(self.commitment.map_or_else(|| okm[44..].to_vec(), |it| it.to_vec()));
        let (cipher, nonce) = (Aes256Gcm::new_from_slice(&okm[..32]).unwrap(), <[u8; 12]>::try_from(&okm[32..44]).unwrap());
        let mut text = self.padded.clone();
        let associated = [envelope.as_slice(), &place].concat();
        let tag = cipher.encrypt_inout_detached(&nonce.into(), &associated, text.as_mut_slice().into()).unwrap();
        envelope.extend(text);
        envelope.extend(tag);
        envelope
    }
}

/// RFC 5869 with SHA-256.
pub fn hkdf(salt: &[u8], ikm: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let key = hmac(if salt.is_empty() { &[0; 32] } else { salt }, ikm);
    let mut okm = Vec::new();
    let mut block = Vec::new();
    for counter in 1..=u8::MAX {
        block = hmac(&key, &[block.as_slice(), info, &[counter]].concat()).to_vec();
        okm.extend(&block);
        if okm.len() >= length {
            break;
        }
    }
    okm.truncate(length);
    okm
}

/// RFC 2104 with SHA-256.
pub fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().into()
}
