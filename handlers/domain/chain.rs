//! Entries that vouch for each other: what happened, in an order from which nothing can be taken.
//!
//! ```text
//! entry n holds the number n and the link of entry n - 1; link = HMAC(chain key, place of the chain, entry)
//! ```
//!
//! The head (number and link of the last entry) lies in the document that the entries are about and is replaced in the same commit.
//! An entry that is missing, changed or too many shows, and so does an older head put back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One entry of a chain about events `E`, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<E> {
    /// 1 for the first, then without gaps.
    pub sequence: u64,
    /// The link of the entry before; zeros for the first.
    pub previous: [u8; 32],
    /// When the entry before expires, so that a gap left by expiry can be told from a theft.
    pub previous_expires_at: Option<Timestamp>,
    pub at: Timestamp,
    /// Like `at`, but never before the entry before: its place in the order.
    pub ordered_at: Timestamp,
    /// When the record may be forgotten; never when `None`.
    pub expires_at: Option<Timestamp>,
    /// Random: no two entries are alike.
    pub nonce: [u8; 8],
    pub event: E,
}

/// Where a chain stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    pub sequence: u64,
    /// Link of the last entry.
    pub link: [u8; 32],
    /// Place of the last entry in the order.
    pub ordered_at: Option<Timestamp>,
    /// When the last entry may be forgotten.
    pub expires_at: Option<Timestamp>,
}

impl ChainHead {
    /// The entry that follows this head; kept for ever without a `lifetime`.
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

    /// The head after `entry`, whose link is `link`.
    pub const fn after<E>(entry: &Entry<E>, link: [u8; 32]) -> Self {
        Self { sequence: entry.sequence, link, ordered_at: Some(entry.ordered_at), expires_at: entry.expires_at }
    }
}

/// More than any number of entries of one commit, and more than clocks that are right differ.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

impl<E> Entry<E> {
    /// Whether it had to be put far behind its time, because an entry before it says a later one: then one clock or the other was wrong.
    #[must_use]
    pub fn runs_ahead(&self) -> bool {
        self.ordered_at.duration_since(self.at) > MAX_AHEAD
    }

    /// Like [`Entry::place`], by its time instead of its place in the order.
    pub fn place_by_time(&self) -> String {
        format!("{:016x}{:016x}", self.at.as_microsecond(), u64::from_be_bytes(self.nonce))
    }

    /// `<time><random>`, both in hexadecimal: the end of its document's id, in the order of the chain.
    pub fn place(&self) -> String {
        format!("{:016x}{:016x}", self.ordered_at.as_microsecond(), u64::from_be_bytes(self.nonce))
    }
}
