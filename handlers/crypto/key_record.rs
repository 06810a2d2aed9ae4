//! The stored form of a wrapped data key.
//!
//! ```text
//! record = format (1) ‖ state (1) ‖ created (i64 seconds, big-endian) ‖ len (u16) ‖ KEK version ‖ len (u16) ‖ wrapped key ‖ mac (32)
//! mac    = HMAC-SHA-256(record key, scope, key id, record without mac)
//! ```
//!
//! Anyone can wrap a key of their own under a public RSA key. The MAC, under a key derived from the root key, keeps a stranger's data
//! key out of a scope; the root key's own record is authenticated under a key derived from the root key itself.

use super::mac::MacKey;
use crate::domain::ids::KeyId;

const FORMAT: u8 = 1;
const MAC_BYTES: usize = 32;

/// Version of the key-encryption key, as named by the service that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KekVersion(pub String);

/// A data key wrapped by the key-encryption key.
#[derive(Clone)]
pub struct Wrapped {
    /// The version that wrapped it.
    pub version: KekVersion,
    /// The wrapped key, as returned by the service that holds the key-encryption key.
    pub bytes: Vec<u8>,
}

/// The current use of a data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    Active,
    /// Opens existing documents, which are being re-sealed under the active key.
    Retired,
    /// No document refers to it any longer.
    Spent,
}

/// The description of a data key.
#[derive(Clone)]
pub struct KeyDescription {
    pub state: KeyState,
    /// Creation time in Unix seconds; the newest active key of a scope seals.
    pub created: i64,
    pub wrapped: Wrapped,
}

/// A [`KeyDescription`] encoded and authenticated.
#[derive(Clone)]
pub struct KeyRecord(Vec<u8>);

/// The bytes are not a key record, or its MAC does not verify.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key record of this scope")]
pub struct BadKeyRecord;

impl KeyRecord {
    pub fn encode(description: &KeyDescription, scope: &str, id: KeyId, record_key: &MacKey) -> Self {
        let mut bytes = vec![FORMAT, state_byte(description.state)];
        bytes.extend(description.created.to_be_bytes());
        for field in [description.wrapped.version.0.as_bytes(), &description.wrapped.bytes] {
            let length = u16::try_from(field.len()).expect("versions and wrapped keys are at most 1 KiB");
            bytes.extend(length.to_be_bytes());
            bytes.extend(field);
        }
        let mac = record_key.tag(&[scope.as_bytes(), id.bytes(), &bytes]);
        bytes.extend(mac);
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Parses the description without authenticating it: the root key has to be unwrapped before its own record can be verified.
///
/// # Errors
/// [`BadKeyRecord`] when the encoding is invalid.
pub fn parse(bytes: &[u8]) -> Result<KeyDescription, BadKeyRecord> {
    let (record, _) = split_mac(bytes)?;
    let [FORMAT, state, rest @ ..] = record else {
        return Err(BadKeyRecord);
    };
    let (created, rest) = rest.split_first_chunk().ok_or(BadKeyRecord)?;
    let (version, rest) = field(rest)?;
    let (wrapped, rest) = field(rest)?;
    let version = String::from_utf8(version.to_vec()).map_err(|_| BadKeyRecord)?;
    if !rest.is_empty() {
        return Err(BadKeyRecord);
    }
    Ok(KeyDescription {
        state: match state {
            1 => KeyState::Active,
            2 => KeyState::Retired,
            3 => KeyState::Spent,
            _ => return Err(BadKeyRecord),
        },
        created: i64::from_be_bytes(*created),
        wrapped: Wrapped { version: KekVersion(version), bytes: wrapped.to_vec() },
    })
}

/// Verifies the record's MAC for this scope and key id.
///
/// # Errors
/// [`BadKeyRecord`] when it does not match.
pub fn verify(bytes: &[u8], scope: &str, id: KeyId, record_key: &MacKey) -> Result<(), BadKeyRecord> {
    let (record, mac) = split_mac(bytes)?;
    record_key.verify(&[scope.as_bytes(), id.bytes(), record], mac).then_some(()).ok_or(BadKeyRecord)
}

const fn state_byte(state: KeyState) -> u8 {
    match state {
        KeyState::Active => 1,
        KeyState::Retired => 2,
        KeyState::Spent => 3,
    }
}

fn split_mac(bytes: &[u8]) -> Result<(&[u8], &[u8; MAC_BYTES]), BadKeyRecord> {
    bytes.split_last_chunk().ok_or(BadKeyRecord)
}

fn field(bytes: &[u8]) -> Result<(&[u8], &[u8]), BadKeyRecord> {
    let (length, rest) = bytes.split_first_chunk().ok_or(BadKeyRecord)?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(BadKeyRecord)
}

#[cfg(test)]
mod tests {
    use super::{KekVersion, KeyDescription, KeyRecord, KeyState, Wrapped, parse, verify};
    use crate::{crypto::mac::MacKey, domain::ids::KeyId, secret::Secret};

    fn record() -> Vec<u8> {
        let wrapped = Wrapped { version: KekVersion("v1".to_owned()), bytes: vec![9; 60] };
        let description = KeyDescription { state: KeyState::Active, created: 12, wrapped };
        KeyRecord::encode(&description, "service", KeyId::from_bytes([1; 16]), &key()).as_bytes().to_vec()
    }

    fn key() -> MacKey {
        MacKey::new(Secret::new([3; 32]))
    }

    #[test]
    fn is_vouched_for_in_its_own_place_only() {
        let record = record();
        assert!(verify(&record, "service", KeyId::from_bytes([1; 16]), &key()).is_ok());
        assert!(verify(&record, "index", KeyId::from_bytes([1; 16]), &key()).is_err());
        assert!(verify(&record, "service", KeyId::from_bytes([2; 16]), &key()).is_err());
        assert!(verify(&record, "service", KeyId::from_bytes([1; 16]), &MacKey::new(Secret::new([4; 32]))).is_err());
        assert_eq!(parse(&record).map(|it| (it.created, it.wrapped.bytes.len())), Ok((12, 60)));
    }

    #[test]
    fn no_bit_can_change_and_no_length_panics() {
        let record = record();
        for index in 0..record.len() * 8 {
            let mut changed = record.clone();
            changed[index / 8] ^= 1 << (index % 8);
            assert!(verify(&changed, "service", KeyId::from_bytes([1; 16]), &key()).is_err());
        }
        for end in 0..record.len() {
            assert!(parse(&record[..end]).is_err());
        }
    }
}
