//! Envelope v1: how every document is sealed (P3).
//!
//! ```text
//! envelope   = version (1) ‖ suite (1) ‖ data-key id (16) ‖ salt (32) ‖ commitment (32) ‖ ciphertext ‖ tag (16)
//! place      = len ‖ container ‖ len ‖ partition ‖ len ‖ document id ‖ len ‖ part        (len: u32, big-endian)
//! header     = version ‖ suite ‖ data-key id ‖ salt
//! okm        = HKDF-SHA-256(ikm = data key, salt, info = "finrust envelope v1" ‖ place)   (RFC 5869)
//!            = key (32) ‖ nonce (12) ‖ commitment (32)
//! ciphertext = AES-256-GCM(key, nonce, associated data = header ‖ commitment ‖ place, padded plaintext)
//! ```
//!
//! A fresh 256-bit salt gives each write its own key and nonce, so no nonce is ever used twice with a key (NIST SP 800-38D section 8).
//! The commitment makes an envelope open under one key only (GCM alone is not key-committing). The place is part of the associated data:
//! a ciphertext copied to another document, partition or part does not open. Parsing is total, and every failure is the same
//! `OpenError`.

pub use super::aead::OpenError;
use super::{aead, data_keys::DataKey, padding, write_keys::WriteKeys};
use crate::domain::ids::KeyId;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const SUITE_HKDF_SHA256_AES256_GCM: u8 = 1;
const SALT_AT: usize = 18;
const COMMITMENT_AT: usize = 50;
const CIPHERTEXT_AT: usize = 82;

/// A sealed envelope: reveals no plaintext. Only [`seal`] creates one, and the database port accepts user data in no other form.
#[derive(Clone)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The envelope, for an adapter to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes as read back from a store: possibly an envelope, and untrusted until [`open`] has opened it.
#[derive(Clone)]
pub struct Unopened(Vec<u8>);

impl Unopened {
    /// Wraps bytes read from a store.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the id of the data key that sealed the envelope.
    ///
    /// # Errors
    /// [`OpenError`] when the bytes are not an envelope of a known version and suite.
    pub fn key_id(&self) -> Result<KeyId, OpenError> {
        let envelope = Parts::of(&self.0)?;
        Ok(envelope.key_id)
    }
}

/// The location a sealed value is bound to: it opens nowhere else.
#[derive(Clone, Copy)]
pub struct EnvelopeContext<'a> {
    /// Container of the store.
    pub container: &'a str,
    /// Logical partition in it.
    pub partition: &'a str,
    /// Document in that partition.
    pub document: &'a str,
    /// Part of that document.
    pub part: Part,
}

/// The separately sealed parts of a document: lists carry summaries only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The part shown in lists.
    Summary,
    Body,
}

impl Part {
    /// The name of the part in storage and in the associated data.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Body => "body",
        }
    }
}

/// Seals `plaintext` for `place`. `salt` must be 32 fresh random bytes.
pub fn seal(key: &DataKey, salt: [u8; 32], place: EnvelopeContext<'_>, plaintext: &[u8]) -> Sealed {
    let place = place.encode();
    let write = WriteKeys::derive(key.bytes(), &salt, &place);
    let mut envelope = Vec::with_capacity(CIPHERTEXT_AT + plaintext.len() + plaintext.len() / 8 + 64);
    envelope.extend([VERSION, SUITE_HKDF_SHA256_AES256_GCM]);
    envelope.extend(key.id().bytes());
    envelope.extend(salt);
    envelope.extend(write.commitment);
    let associated = [envelope.as_slice(), &place].concat();
    envelope.extend(aead::encrypt(&write.key, write.nonce, &associated, padding::pad(plaintext)));
    Sealed(envelope)
}

/// Opens what [`seal`] sealed with this key for this place.
///
/// # Errors
/// [`OpenError`], whatever the cause.
pub fn open(key: &DataKey, place: EnvelopeContext<'_>, unopened: &Unopened) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let envelope = Parts::of(&unopened.0)?;
    let place = place.encode();
    open_with(key.id(), &WriteKeys::derive(key.bytes(), envelope.salt, &place), &envelope, &place)
}

/// Like [`open`], for an envelope that is opened again and again: what was derived to open it is kept with the data key.
///
/// # Errors
/// [`OpenError`], whatever the cause.
pub fn open_again(key: &DataKey, place: EnvelopeContext<'_>, unopened: &Unopened) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let envelope = Parts::of(&unopened.0)?;
    let place = place.encode();
    if let Some(write) = key.kept().get(envelope.salt, &place) {
        return open_with(key.id(), &write, &envelope, &place);
    }
    let write = Arc::new(WriteKeys::derive(key.bytes(), envelope.salt, &place));
    let opened = open_with(key.id(), &write, &envelope, &place)?;
    key.kept().keep(*envelope.salt, place, write);
    Ok(opened)
}

fn open_with(id: KeyId, write: &WriteKeys, envelope: &Parts<'_>, place: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let committed = write.commitment.ct_eq(envelope.commitment) & id.bytes().ct_eq(envelope.key_id.bytes());
    if !bool::from(committed) {
        return Err(OpenError);
    }
    let associated = [envelope.header, place].concat();
    padding::unpad(aead::decrypt(&write.key, write.nonce, &associated, envelope.ciphertext)?)
}

struct Parts<'a> {
    header: &'a [u8],
    key_id: KeyId,
    salt: &'a [u8; 32],
    commitment: &'a [u8; 32],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, OpenError> {
        let (header, ciphertext) = bytes.split_at_checked(CIPHERTEXT_AT).ok_or(OpenError)?;
        let [VERSION, SUITE_HKDF_SHA256_AES256_GCM, rest @ ..] = header else {
            return Err(OpenError);
        };
        Ok(Self {
            header,
            key_id: KeyId::from_bytes(*rest.first_chunk().ok_or(OpenError)?),
            salt: header[SALT_AT..].first_chunk().ok_or(OpenError)?,
            commitment: header[COMMITMENT_AT..].first_chunk().ok_or(OpenError)?,
            ciphertext,
        })
    }
}

impl EnvelopeContext<'_> {
    fn encode(self) -> Vec<u8> {
        let parts = [self.container, self.partition, self.document, self.part.name()];
        let mut encoded = Vec::with_capacity(160);
        for part in parts {
            let length = u32::try_from(part.len()).expect("names in a place are at most 1 KiB");
            encoded.extend(length.to_be_bytes());
            encoded.extend(part.as_bytes());
        }
        encoded
    }
}
