//! Properties of every envelope.

use crate::vectors::sound;
use finrust::{
    crypto::{
        data_keys::DataKey,
        envelope::{EnvelopeContext, Part, Unopened, open, seal},
    },
    domain::ids::KeyId,
    secret::Secret,
};
use proptest::prelude::*;

const PLACE: EnvelopeContext<'_> = EnvelopeContext { container: "clients", partition: "adviser-1", document: "client-1", part: Part::Body };

fn key(byte: u8) -> DataKey {
    DataKey::new(KeyId::from_bytes([0x22; 16]), Secret::new([byte; 32]))
}

#[test]
fn no_bit_can_change() {
    let envelope = sound().envelope();
    assert!(open(&key(0x11), PLACE, &Unopened::new(envelope.clone())).is_ok());
    for bit in 0..envelope.len() * 8 {
        let mut changed = envelope.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&key(0x11), PLACE, &Unopened::new(changed)).is_err(), "bit {bit}");
    }
}

#[test]
fn no_other_length_opens() {
    let envelope = sound().envelope();
    for length in 0..envelope.len() {
        assert!(open(&key(0x11), PLACE, &Unopened::new(envelope[..length].to_vec())).is_err(), "{length} bytes");
    }
}

#[test]
fn names_its_key_when_it_is_an_envelope() {
    let envelope = Unopened::new(sound().envelope());
    assert_eq!(envelope.key_id(), Ok(KeyId::from_bytes([0x22; 16])));
    assert!(Unopened::new(vec![1; 81]).key_id().is_err() && Unopened::new(vec![2; 200]).key_id().is_err());
}

fn names() -> impl Strategy<Value = (String, String, String, bool)> {
    // Short names with few letters, so that only their boundaries distinguish them.
    ("[ab]{0,3}", "[ab]{0,3}", "[ab]{0,3}", any::<bool>())
}

fn place((container, partition, document, whole): &(String, String, String, bool)) -> EnvelopeContext<'_> {
    EnvelopeContext { container, partition, document, part: if *whole { Part::Body } else { Part::Summary } }
}

proptest! {
    #[test]
    fn opens_to_what_was_sealed(plaintext in proptest::collection::vec(any::<u8>(), 0..4000), salt: [u8; 32], names in names()) {
        let sealed = seal(&key(1), salt, place(&names), &plaintext);
        let opened = open(&key(1), place(&names), &Unopened::new(sealed.as_bytes().to_vec()));
        prop_assert!(opened.is_ok_and(|opened| *opened == plaintext));
    }

    #[test]
    fn opens_in_its_own_place_and_under_its_own_key_only(mine in names(), other in names(), other_key in 2_u8..) {
        let sealed = Unopened::new(seal(&key(1), [3; 32], place(&mine), b"text").as_bytes().to_vec());
        prop_assert_eq!(open(&key(1), place(&other), &sealed).is_ok(), mine == other);
        prop_assert!(open(&key(other_key), place(&mine), &sealed).is_err());
    }

    #[test]
    fn opening_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), formed: bool) {
        let head = if formed { vec![1, 1] } else { Vec::new() };
        prop_assert!(open(&key(1), PLACE, &Unopened::new([head, bytes].concat())).is_err());
    }

    /// No plaintext shows, and a new salt changes everything but the header.
    #[test]
    fn two_writes_have_nothing_in_common(one: [u8; 32], other: [u8; 32]) {
        prop_assume!(one != other);
        let [one, other] = [one, other].map(|salt| seal(&key(1), salt, PLACE, &[7; 60]).as_bytes().to_vec());
        let alike = one[82..].chunks_exact(16).zip(other[82..].chunks_exact(16)).filter(|(a, b)| a == b).count();
        prop_assert_eq!(alike, 0);
        prop_assert!(one[50..82] != other[50..82]);
    }
}
