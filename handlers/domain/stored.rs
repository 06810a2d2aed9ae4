//! The stored forms of credentials: hashes and seeds, never what a person types or holds.
//!
//! The module `crypto` creates them; here they are only kept, compared and sealed with the record that contains them.

use crate::secret::{Secret, for_sealing};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::fmt;
use subtle::ConstantTimeEq;

/// An Argon2id hash as a PHC string.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps the string that the hash function produced.
    pub const fn of_phc(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the hash function.
    pub fn phc(&self) -> &str {
        &self.0
    }
}

/// The keyed hash of a token, compared in constant time. An account keeps dozens of them; serialised as text they take less than half
/// the space.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(into = "String", try_from = "KeptToken")]
pub struct HashedToken([u8; 32]);

#[derive(Deserialize)]
#[serde(untagged)]
enum KeptToken {
    Text(String),
    /// The form in older records, from before it was text.
    Bytes([u8; 32]),
}

impl From<HashedToken> for String {
    fn from(token: HashedToken) -> Self {
        token.text()
    }
}

impl TryFrom<KeptToken> for HashedToken {
    type Error = &'static str;

    fn try_from(kept: KeptToken) -> Result<Self, Self::Error> {
        match kept {
            KeptToken::Text(text) => Self::parse(&text).ok_or("no hash of a token"),
            KeptToken::Bytes(tag) => Ok(Self(tag)),
        }
    }
}

impl HashedToken {
    /// Wraps a tag computed with the token key.
    pub const fn of_tag(tag: [u8; 32]) -> Self {
        Self(tag)
    }

    /// Parses the form that [`HashedToken::text`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Half of the hash: enough to distinguish tokens, too little to stand in for one.
    pub fn half(&self) -> [u8; 16] {
        *self.0.first_chunk().expect("a hash has 32 bytes")
    }

    /// The hash as text, for a document id.
    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

impl PartialEq for HashedToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for HashedToken {}

/// The 160-bit seed (RFC 4226 section 4, R6) shared with an authenticator app.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TotpSeed(#[serde(with = "for_sealing")] Secret<[u8; 20]>);

impl TotpSeed {
    /// Wraps 20 fresh random bytes.
    pub const fn new(random: [u8; 20]) -> Self {
        Self(Secret::new(random))
    }

    /// The seed, for the code generator.
    pub const fn bytes(&self) -> &[u8; 20] {
        self.0.expose()
    }
}

/// Identifies one username: the partition of its documents, and the account's id in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlindIndex([u8; 32]);

impl BlindIndex {
    /// Parses the 43 characters that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for a cookie.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Wraps these bytes: computed ones, or those from a cookie, which match nothing unless we issued them.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for BlindIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::HashedToken;

    #[test]
    fn a_hash_is_kept_as_text_and_read_as_it_was_kept_before() {
        let hash = HashedToken::of_tag([7; 32]);
        let kept = serde_json::to_string(&hash).unwrap();
        assert_eq!(kept, format!("\"{}\"", hash.text()));
        for text in [kept, serde_json::to_string(&[7_u8; 32]).unwrap()] {
            assert!(serde_json::from_str::<HashedToken>(&text).is_ok_and(|read| read == hash), "{text}");
        }
        for text in ["\"\"", "\"Bw\"", "[7]", "null"] {
            assert!(serde_json::from_str::<HashedToken>(text).is_err(), "{text}");
        }
    }
}
