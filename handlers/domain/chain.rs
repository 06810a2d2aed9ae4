//! Chained entries: an authenticated history from which nothing can be removed unnoticed.
//!
//! ```text
//! entry n holds the number n and the link of entry n - 1; link = HMAC(chain key, place of the chain, entry)
//! ```
//!
//! The head (number and link of the last entry) is kept in the document that the entries are about and is replaced in the same commit. A
//! missing, changed or additional entry is detected, and so is the restoration of an older head.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One entry of a chain of events `E`, in the form that is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<E> {
    /// 1 for the first, then without gaps.
    pub sequence: u64,
    /// The link of the previous entry; zeros for the first.
    pub previous: [u8; 32],
    /// When the previous entry expires, so that a gap left by expiry can be told from a deletion.
    pub previous_expires_at: Option<Timestamp>,
    pub at: Timestamp,
    /// Like `at`, but always after the previous entry: determines its position in the order.
    pub ordered_at: Timestamp,
    /// When the entry expires; `None` means never.
    pub expires_at: Option<Timestamp>,
    /// Random, so that no two entries are identical.
    pub nonce: [u8; 8],
    pub event: E,
}

/// The head of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    pub sequence: u64,
    /// Link of the last entry.
    pub link: [u8; 32],
    /// Position of the last entry in the order.
    pub ordered_at: Option<Timestamp>,
    /// When the last entry expires.
    pub expires_at: Option<Timestamp>,
}

impl ChainHead {
    /// Creates the entry that follows this head; without a `lifetime` it never expires.
    pub fn next<E>(&self, event: E, at: Timestamp, lifetime: Option<SignedDuration>, nonce: [u8; 8]) -> Entry<E> {
        let after_last = self.ordered_at.map(|last| last + SignedDuration::from_micros(1));
        let ordered_at = after_last.map_or(at, |earliest| at.max(earliest));
        Entry {
            sequence: self.sequence + 1,
            previous: self.link,
            previous_expires_at: self.expires_at,
            at,
            ordered_at,
            expires_at: lifetime.map(|lifetime| ordered_at + lifetime),
            nonce,
            event,
        }
    }

    /// Returns the head after `entry`, whose link is `link`.
    pub const fn after<E>(entry: &Entry<E>, link: [u8; 32]) -> Self {
        Self { sequence: entry.sequence, link, ordered_at: Some(entry.ordered_at), expires_at: entry.expires_at }
    }
}

/// More than one commit's entries can advance the order, and more than correct clocks differ.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

impl<E> Entry<E> {
    /// Whether its order position is far ahead of its own time, because an earlier entry has a later time: one of the two clocks was
    /// wrong.
    #[must_use]
    pub fn runs_ahead(&self) -> bool {
        self.ordered_at.duration_since(self.at) > MAX_AHEAD
    }

    /// Like [`Entry::place`], but by its time instead of its order position.
    pub fn place_by_time(&self) -> String {
        format!("{:016x}{:016x}", self.at.as_microsecond(), u64::from_be_bytes(self.nonce))
    }

    /// `<time><random>`, both in hexadecimal: the suffix of its document id, which sorts in the order of the chain.
    pub fn place(&self) -> String {
        format!("{:016x}{:016x}", self.ordered_at.as_microsecond(), u64::from_be_bytes(self.nonce))
    }
}
