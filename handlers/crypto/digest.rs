//! SHA-256 (FIPS 180-4) over lists of fields, for identifying data that is not secret.
//!
//! `digest = SHA-256(len ‖ field ‖ len ‖ field …)` with `len` a big-endian u64, so that no two lists have the same encoding.

use sha2::{Digest, Sha256};

/// The digest of `fields`.
pub fn digest<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn where_a_field_ends_counts() {
        let of = |fields: &[&'static str]| digest(fields.iter().map(|field| field.as_bytes()));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab"]), of(&["ab", ""]));
    }
}
