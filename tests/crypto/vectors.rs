//! The test vectors of `vectors/`, written by `vectors.mjs` with OpenSSL: valid ones open and equal what sealing writes; each invalid one
//! has the single defect that it is named after, and does not open.

use crate::by_the_book::Recipe;
use data_encoding::HEXLOWER;
use finrust::{
    crypto::{
        data_keys::DataKey,
        envelope::{EnvelopeContext, OpenError, Part, Unopened, open, seal},
        padding,
    },
    domain::ids::KeyId,
    secret::Secret,
};
use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::PathBuf};

const GOOD: [&str; 7] = ["sound", "summary", "empty_plaintext", "full_step", "one_byte_over_a_step", "long_plaintext", "not_ascii"];

const BAD: [&str; 22] = [
    "wrong_container",
    "wrong_partition",
    "wrong_document",
    "wrong_part",
    "wrong_key",
    "unknown_key_id",
    "unknown_version",
    "unknown_suite",
    "salt_changed",
    "commitment_changed",
    "ciphertext_changed",
    "tag_changed",
    "ciphertext_swapped",
    "header_truncated",
    "ciphertext_missing",
    "tag_truncated",
    "trailing_byte",
    "padding_dirty",
    "padding_length_wrong",
    "plaintext_length_beyond_the_end",
    "padding_missing",
    "empty",
];

#[derive(Deserialize)]
struct Vector {
    key: String,
    key_id: String,
    salt: String,
    place: Names,
    plaintext: Option<String>,
    envelope: String,
}

#[derive(Deserialize, PartialEq, Eq, Debug)]
struct Names {
    container: String,
    partition: String,
    document: String,
    part: String,
}

#[test]
fn every_file_is_tested() {
    let named: BTreeSet<_> = GOOD.iter().chain(&BAD).map(|name| format!("{name}.json")).collect();
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.collect::<BTreeSet<_>>(), named);
}

#[test]
fn good_ones_open_and_are_what_sealing_writes() {
    for name in GOOD {
        let vector = Vector::read(name);
        let plaintext = bytes(vector.plaintext.as_ref().unwrap());
        let opened = open(&vector.key(), vector.place.place(), &vector.unopened());
        assert!(opened.is_ok_and(|opened| *opened == plaintext), "{name}");
        let sealed = seal(&vector.key(), array(&vector.salt), vector.place.place(), &plaintext);
        assert_eq!(HEXLOWER.encode(sealed.as_bytes()), vector.envelope, "{name}");
        let recipe = Recipe {
            padded: padding::pad(&plaintext).to_vec(),
            place: ["clients", "adviser-1", "client-1", if name == "summary" { "summary" } else { "body" }],
            ..sound()
        };
        assert_eq!(HEXLOWER.encode(&recipe.envelope()), vector.envelope, "{name}");
    }
}

#[test]
fn bad_ones_do_not_open() {
    for name in BAD {
        let vector = Vector::read(name);
        assert_eq!(open(&vector.key(), vector.place.place(), &vector.unopened()).err(), Some(OpenError), "{name}");
    }
}

/// A bad vector has the key, key id and place of the valid one, and its envelope differs only in the defect.
#[test]
fn bad_ones_have_the_one_defect_that_they_are_named_after() {
    let sound_vector = Vector::read("sound");
    for name in BAD {
        let vector = Vector::read(name);
        assert!(vector.key == sound_vector.key && vector.key_id == sound_vector.key_id && vector.place == sound_vector.place, "{name}");
        assert_eq!(HEXLOWER.encode(&with_defect(name)), vector.envelope, "{name}");
    }
}

fn with_defect(name: &str) -> Vec<u8> {
    let [container, partition, document, part] = sound().place;
    let mut envelope = sound().envelope();
    let last = envelope.len() - 1;
    let recipe = match name {
        "wrong_container" => Recipe { place: ["register", partition, document, part], ..sound() },
        "wrong_partition" => Recipe { place: [container, "adviser-2", document, part], ..sound() },
        "wrong_document" => Recipe { place: [container, partition, "client-2", part], ..sound() },
        "wrong_part" => Recipe { place: [container, partition, document, "summary"], ..sound() },
        "wrong_key" => Recipe { key: [0x12; 32], ..sound() },
        "unknown_key_id" => Recipe { key_id: [0x23; 16], ..sound() },
        "unknown_version" => Recipe { version: 2, ..sound() },
        "unknown_suite" => Recipe { suite: 2, ..sound() },
        "commitment_changed" => Recipe { commitment: Some([0x44; 32]), ..sound() },
        "padding_missing" => Recipe { padded: Vec::new(), ..sound() },
        "padding_dirty" => padded(|padded| padded[31] ^= 1),
        "padding_length_wrong" => padded(|padded| padded.extend([0; 32])),
        "plaintext_length_beyond_the_end" => padded(|padded| *padded = [vec![0, 0, 0, 29], vec![0; 28]].concat()),
        other => {
            match other {
                "salt_changed" => envelope[18] ^= 1,
                "ciphertext_changed" => envelope[82] ^= 1,
                "tag_changed" => envelope[last] ^= 1,
                "ciphertext_swapped" => {
                    let another = Recipe { salt: [0x34; 32], ..sound() }.envelope();
                    envelope[82..].copy_from_slice(&another[82..]);
                }
                "header_truncated" => envelope.truncate(81),
                "ciphertext_missing" => envelope.truncate(82),
                "tag_truncated" => envelope.truncate(last),
                "trailing_byte" => envelope.push(0),
                "empty" => envelope.clear(),
                unknown => panic!("{unknown} has no recipe"),
            }
            return envelope;
        }
    };
    recipe.envelope()
}

fn padded(change: impl FnOnce(&mut Vec<u8>)) -> Recipe {
    let mut recipe = sound();
    change(&mut recipe.padded);
    recipe
}

pub fn sound() -> Recipe {
    Recipe {
        version: 1,
        suite: 1,
        key: [0x11; 32],
        key_id: [0x22; 16],
        salt: [0x33; 32],
        place: ["clients", "adviser-1", "client-1", "body"],
        padded: [b"\0\0\0\x06Jansen".as_slice(), &[0; 22]].concat(),
        commitment: None,
    }
}

impl Vector {
    fn read(name: &str) -> Self {
        serde_json::from_slice(&fs::read(folder().join(format!("{name}.json"))).unwrap()).unwrap()
    }

    fn key(&self) -> DataKey {
        DataKey::new(KeyId::from_bytes(array(&self.key_id)), Secret::new(array(&self.key)))
    }

    fn unopened(&self) -> Unopened {
        Unopened::new(bytes(&self.envelope))
    }
}

impl Names {
    fn place(&self) -> EnvelopeContext<'_> {
        let part = [Part::Summary, Part::Body].into_iter().find(|part| part.name() == self.part).unwrap();
        EnvelopeContext { container: &self.container, partition: &self.partition, document: &self.document, part }
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "crypto", "vectors"].iter().collect()
}

pub fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

pub fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}
