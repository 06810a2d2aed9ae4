//! AES-256-GCM against "The Galois/Counter Mode of Operation", the submission to NIST of 2005, appendix B, test cases 13 to 16.

use crate::vectors::{array, bytes};
use finrust::{
    crypto::aead::{OpenError, decrypt, encrypt},
    secret::Secret,
};
use zeroize::Zeroizing;

struct Case {
    key: &'static str,
    nonce: &'static str,
    associated: &'static str,
    plaintext: &'static str,
    sealed: &'static str,
}

const ZERO_KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const KEY: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

const CASES: [Case; 4] = [
    Case { key: ZERO_KEY, nonce: "000000000000000000000000", associated: "", plaintext: "", sealed: "530f8afbc74536b9a963b4f1c4cb738b" },
    Case {
        key: ZERO_KEY,
        nonce: "000000000000000000000000",
        associated: "",
        plaintext: "00000000000000000000000000000000",
        sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    },
    Case {
        key: KEY,
        nonce: "cafebabefacedbaddecaf888",
        associated: "",
        plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                    1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
        sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad\
                 b094dac5d93471bdec1a502270e3cc6c",
    },
    Case {
        key: KEY,
        nonce: "cafebabefacedbaddecaf888",
        associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                    1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
                 76fc6ece0f4e1768cddf8853bb2d551b",
    },
];

#[test]
fn gives_the_ciphertexts_of_the_standard() {
    for case in &CASES {
        let (key, nonce, associated) = (Secret::new(array(case.key)), array(case.nonce), bytes(case.associated));
        let plaintext = bytes(case.plaintext);
        let sealed = encrypt(&key, nonce, &associated, Zeroizing::new(plaintext.clone()));
        assert_eq!(sealed, bytes(case.sealed));
        assert_eq!(decrypt(&key, nonce, &associated, &sealed).map(|opened| opened.to_vec()), Ok(plaintext));
    }
}

#[test]
fn takes_nothing_else() {
    for case in &CASES {
        let (key, nonce, associated) = (Secret::new(array(case.key)), array(case.nonce), bytes(case.associated));
        let sealed = bytes(case.sealed);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decrypt(&key, nonce, &associated, &changed).err(), Some(OpenError));
        }
        let mut other_nonce: [u8; 12] = nonce;
        other_nonce[11] ^= 1;
        let longer = [associated.as_slice(), &[0]].concat();
        assert_eq!(decrypt(&key, other_nonce, &associated, &sealed).err(), Some(OpenError));
        assert_eq!(decrypt(&key, nonce, &longer, &sealed).err(), Some(OpenError));
        assert_eq!(decrypt(&Secret::new([9; 32]), nonce, &associated, &sealed).err(), Some(OpenError));
        for length in 0..16 {
            assert_eq!(decrypt(&key, nonce, &associated, &sealed[..length]).err(), Some(OpenError));
        }
    }
}
