//! What files and documents hold that only FinRust writes: envelopes, key records, key rings, the key file, the erasure log.

use crate::work;
use finrust::{
    adapters::key_file_text,
    crypto::{
        data_keys::DataKey,
        envelope::{EnvelopeContext, Part, Unopened, open, seal},
        key_record::{self, KeyRecord},
        key_ring::KeyRing,
        mac::MacKey,
    },
    domain::{
        clients::erasure_log::{VouchedErasure, Voucher},
        ids::KeyId,
    },
    secret::Secret,
};

pub fn key() -> DataKey {
    DataKey::new(KeyId::from_bytes([3; 16]), Secret::new([5; 32]))
}

pub const fn place(document: &str) -> EnvelopeContext<'_> {
    EnvelopeContext { container: "fuzz", partition: "owner", document, part: Part::Body }
}

/// What was sealed opens and nothing else does: the input is an envelope, or a plaintext whose envelope is cut and changed as it says.
pub fn envelope(data: &[u8]) {
    let opened = |bytes: &[u8]| open(&key(), place("one"), &Unopened::new(bytes.to_vec())).ok();
    assert!(opened(data).is_none(), "nobody else can seal");
    if let Ok(id) = Unopened::new(data.to_vec()).key_id() {
        assert_eq!(id.bytes()[..], data[2..18]);
    }
    let sealed = seal(&key(), [9; 32], place("one"), data);
    let sealed = sealed.as_bytes();
    assert_eq!(opened(sealed).as_deref().map(Vec::as_slice), Some(data));
    assert!(sealed.len() % 32 == (82 + 16) % 32 && sealed.len() <= 98 + 64 + data.len() + data.len() / 8);
    let at = data.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte))) % sealed.len();
    assert!(opened(&sealed[..at]).is_none() && opened(&sealed[at + 1..]).is_none());
    let mut forged = sealed.to_vec();
    forged[at] ^= data.first().copied().unwrap_or_default().max(1);
    assert!(opened(&forged).is_none(), "byte {at}");
}

/// A record is written as it was read. Its MAC is judged by another function, which takes none that was not made here.
pub fn key_records(data: &[u8]) {
    let mac_key = MacKey::new(Secret::new([4; 32]));
    let id = KeyId::from_bytes([3; 16]);
    if let Ok(description) = key_record::parse(data) {
        let written = KeyRecord::encode(&description, "scope", id, &mac_key);
        let written = written.as_bytes();
        assert_eq!(written[..written.len() - 32], data[..data.len() - 32]);
        assert!(key_record::verify(written, "scope", id, &mac_key).is_ok());
    }
    assert!(key_record::verify(data, "scope", id, &mac_key).is_err() && KeyRing::read(data, "scope", &mac_key).is_err());
    // The JSON behind a right MAC.
    let tag = mac_key.tag(&[b"key ring".as_slice(), b"scope", data]);
    if let Ok(ring) = KeyRing::read(&[&tag[..], data].concat(), "scope", &mac_key) {
        let signed = ring.sign("scope", &mac_key);
        assert_eq!(KeyRing::read(signed.as_bytes(), "scope", &mac_key), Ok(ring));
    }
}

/// A key file is read when it is exactly what its versions are written as.
pub fn key_file(data: &[u8]) {
    work::grows_with_size(data, |data| drop(key_file_text::parse(&String::from_utf8_lossy(data))));
    let Ok(text) = str::from_utf8(data) else { return };
    let Some(versions) = key_file_text::parse(text) else { return };
    let written: String = versions.iter().map(|version| key_file_text::line(version).to_string()).collect();
    assert_eq!(written, text);
}

/// Vouches with one tag for everything, so that the input need not guess a MAC.
struct OneTag;

impl Voucher for OneTag {
    fn tag(&self, _: &[&[u8]]) -> [u8; 32] {
        [0; 32]
    }

    fn verify(&self, _: &[&[u8]], tag: &[u8; 32]) -> bool {
        *tag == [0; 32]
    }
}

/// A line of the log has one spelling, and is vouched for by one key.
pub fn erasure_log(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mac_key = MacKey::new(Secret::new([4; 32]));
    assert!(text.split('\n').all(|line| VouchedErasure::read(line, &mac_key).is_none()), "nobody else vouches");
    let Some(vouched) = VouchedErasure::read(text, &OneTag) else { return };
    assert_eq!(vouched.erasure().line(&OneTag).as_str(), text);
    let line = vouched.erasure().line(&mac_key);
    assert_eq!(VouchedErasure::read(line.as_str(), &mac_key), Some(vouched));
}
