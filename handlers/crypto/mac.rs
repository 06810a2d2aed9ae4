//! HMAC-SHA-256 (RFC 2104, FIPS 198-1) over lists of fields.
//!
//! `tag = HMAC-SHA-256(key, len ‖ field ‖ len ‖ field …)` with `len` a big-endian u32, so that no two lists have the same encoding.

use crate::{domain::clients::erasure_log::Voucher, secret::Secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key for one purpose.
pub struct MacKey(Secret<[u8; 32]>);

impl MacKey {
    /// Wraps a derived key.
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// Computes the tag over `fields`.
    pub fn tag(&self, fields: &[&[u8]]) -> [u8; 32] {
        self.feed(fields).finalize().into_bytes().into()
    }

    /// Whether `tag` is the tag over `fields`, compared in constant time.
    #[must_use]
    pub fn verify(&self, fields: &[&[u8]], tag: &[u8; 32]) -> bool {
        self.feed(fields).verify(tag.into()).is_ok()
    }

    fn feed(&self, fields: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).expect("HMAC takes a key of any length");
        for field in fields {
            let length = u32::try_from(field.len()).expect("fields are documents at most, far below 4 GiB");
            mac.update(&length.to_be_bytes());
            mac.update(field);
        }
        mac
    }
}

impl Voucher for MacKey {
    fn tag(&self, fields: &[&[u8]]) -> [u8; 32] {
        Self::tag(self, fields)
    }

    fn verify(&self, fields: &[&[u8]], tag: &[u8; 32]) -> bool {
        Self::verify(self, fields, tag)
    }
}
