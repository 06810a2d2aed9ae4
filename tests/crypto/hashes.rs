//! Derived keys, MACs and password hashes, against standards and other implementations.

use crate::{
    by_the_book::{hkdf, hmac},
    vectors::{array, bytes},
};
use finrust::{
    crypto::{data_keys::DataKey, mac::MacKey, password::Argon2id},
    domain::{ids::KeyId, sign_in::credentials::TypedPassword, stored::PasswordHash},
    secret::Secret,
};
use proptest::prelude::*;
use std::collections::HashSet;

/// RFC 5869, test cases 1 and 3: validates the reference implementation itself.
#[test]
fn the_book_is_right_about_hkdf() {
    let (ikm, info) = ([0x0b; 22], bytes("f0f1f2f3f4f5f6f7f8f9"));
    let case_1 = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    assert_eq!(hkdf(&bytes("000102030405060708090a0b0c"), &ikm, &info, 42), bytes(case_1));
    let case_3 = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
    assert_eq!(hkdf(&[], &ikm, &[], 42), bytes(case_3));
}

#[test]
fn derived_keys_follow_the_formula() {
    let key = DataKey::new(KeyId::from_bytes([0; 16]), Secret::new([0x11; 32]));
    for purpose in ["blind index", "token hash", "attempt chain", "key record", "idempotent create", ""] {
        let expected = hkdf(&[], &[0x11; 32], format!("finrust v1 {purpose}").as_bytes(), 32);
        assert_eq!(key.derive(purpose).expose().as_slice(), expected);
    }
    // Computed by OpenSSL.
    let pinned = array("5d0de1789139ce7c65d5c320885bf2cf1f10040abd676a142eff6871d365abb6");
    assert_eq!(*key.derive("token hash").expose(), pinned);
}

#[test]
fn tags_follow_the_formula() {
    let key = MacKey::new(Secret::new([7; 32]));
    let framed = b"\0\0\0\x03abc\0\0\0\0\0\0\0\x01d";
    assert_eq!(key.tag(&[b"abc", b"", b"d"]), hmac(&[7; 32], framed));
    // Computed by OpenSSL.
    assert_eq!(key.tag(&[b"abc", b"", b"d"]), array("f6bd2183a530e3bb294ae68ab3e38958076dd5276ca3a2d0968311434fdd2d64"));
    assert_eq!(key.tag(&[]), hmac(&[7; 32], b""));
}

/// Every way to split one text into fields has a different tag, also with empty fields.
#[test]
fn no_two_lists_of_one_text_are_alike() {
    let (key, text) = (MacKey::new(Secret::new([7; 32])), b"\0\0\0\x01");
    let mut tags = HashSet::new();
    let mut lists = 0;
    for first in 0..=text.len() {
        for second in first..=text.len() {
            for fields in [
                vec![&text[..first], &text[first..second], &text[second..]],
                vec![&text[..first], &text[first..second], &text[second..], &[]],
            ] {
                lists += 1;
                tags.insert(key.tag(&fields));
            }
        }
    }
    assert_eq!(tags.len(), lists);
}

proptest! {
    #[test]
    fn a_tag_fits_its_own_list_only(one in lists(), other in lists()) {
        let key = MacKey::new(Secret::new([7; 32]));
        let [one_fields, other_fields] = [&one, &other].map(|list| list.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(key.verify(&other_fields, &key.tag(&one_fields)), one == other);
    }
}

fn lists() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(0_u8..2, 0..4), 0..4)
}

/// From the PHC winner's reference implementation, test.c: `hashtest(version, 2, 16, 1, "password", "somesalt", …)`.
#[test]
fn verifies_a_hash_of_the_reference_implementation() {
    let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let hash = PasswordHash::of_phc(reference.to_owned());
    assert!(Argon2id::default().verify(Some(&typed("password")), Some(&hash)));
    assert!(!Argon2id::default().verify(Some(&typed("differentpassword")), Some(&hash)));
}

/// Computed by OpenSSL 3: `m=19456,t=2,p=1`, a salt of sixteen ones.
#[test]
fn hashes_as_another_implementation_does() {
    let hash = Argon2id::default().hash(&typed("correct horse"), [1; 16]);
    let expected = "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$gU6q4SSknyIca4APZ1i3UtP0/uH+4cvfdSY+F5MDR/Q";
    assert_eq!(hash.phc(), expected);
}

fn typed(text: &str) -> TypedPassword {
    TypedPassword::parse(text).unwrap()
}
