//! Integrity of documents that no chain covers: the document of their partition that every commit to any of them also replaces (an
//! identity, an adviser's marker) lists them, each with a digest of its content. A document that was deleted, restored or rolled back
//! contradicts the list, and a rolled-back list contradicts the existing documents.
//!
//! A document created under a list carries a flag that says so: if it is no longer listed, it has been disposed of. Documents from
//! before the list was introduced are not listed until they are next written.

use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The store expires documents by its own clock: this close to its expiry, a document may or may not exist.
pub const END_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// The list of documents covered by the document that holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(Vec<Entry>);

/// A listed document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub digest: ContentDigest,
    /// When the document expires.
    pub until: Timestamp,
}

/// Half of the digest of a plaintext. Without the keys nobody can create another document that opens at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ContentDigest([u8; 16]);

impl ContentDigest {
    /// Truncates a digest.
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        Self(*digest.first_chunk().expect("a digest has 32 bytes"))
    }
}

impl From<ContentDigest> for String {
    fn from(digest: ContentDigest) -> Self {
        BASE64URL_NOPAD.encode(&digest.0)
    }
}

impl TryFrom<String> for ContentDigest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| "no digest")?;
        bytes.try_into().map(Self).map_err(|_| "no digest")
    }
}

impl Ledger {
    /// Lists a document as written at `now`, and drops expired entries.
    pub fn write(&mut self, entry: Entry, now: Timestamp) {
        self.0.retain(|listed| listed.id != entry.id && listed.until + END_MARGIN >= now);
        self.0.push(entry);
    }

    /// Removes a document from the list. Returns whether it was listed.
    pub fn drop(&mut self, id: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|listed| listed.id != id);
        self.0.len() < before
    }

    /// Whether a document is listed.
    pub fn lists(&self, id: &str) -> bool {
        self.0.iter().any(|listed| listed.id == id)
    }

    /// The listed documents.
    pub fn documents(&self) -> &[Entry] {
        &self.0
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Notes that expire at the same moment. There may be very many, and none is ever rewritten or removed, so the XOR of a keyed tag of
/// each suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// When all of them expire.
    pub until: Timestamp,
    tags: ContentDigest,
}

impl Notes {
    pub const fn none(until: Timestamp) -> Self {
        Self { until, tags: ContentDigest([0; 16]) }
    }

    pub fn add(&mut self, tag: &[u8; 32]) {
        self.tags.0.iter_mut().zip(tag).for_each(|(byte, other)| *byte ^= other);
    }

    /// Adds a note to those that expire at `until`, and drops expired ones.
    pub fn note(all: &mut Vec<Self>, until: Timestamp, tag: &[u8; 32], now: Timestamp) {
        all.retain(|notes| notes.until + END_MARGIN >= now);
        if !all.iter().any(|notes| notes.until == until) {
            all.push(Self::none(until));
        }
        all.iter_mut().filter(|notes| notes.until == until).for_each(|notes| notes.add(tag));
    }
}

/// For members that are omitted while they are 0.
pub const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::{ContentDigest, Entry, Ledger, Notes};
    use jiff::Timestamp;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("in range")
    }

    fn entry(id: &str, until: i64) -> Entry {
        Entry { id: id.to_owned(), digest: ContentDigest::of_digest(&[7; 32]), until: at(until) }
    }

    #[test]
    fn lists_what_is_there() {
        let mut ledger = Ledger::default();
        assert!(!ledger.drop("mail-1") && ledger.is_empty());
        for (id, until, now) in [("mail-1", 3, 1), ("mail-2", 9, 1), ("mail-2", 9, 2), ("mail-3", 9, 4)] {
            ledger.write(entry(id, until), at(now));
        }
        assert!(ledger.drop("mail-3") && !ledger.drop("mail-3"));
        assert_eq!(ledger.documents(), [entry("mail-2", 9)]);
        let text = serde_json::to_string(&ledger).expect("it is JSON");
        assert_eq!(text, r#"[{"id":"mail-2","digest":"BwcHBwcHBwcHBwcHBwcHBw","until":"1970-01-01T09:00:00Z"}]"#);
        assert_eq!(serde_json::from_str::<Ledger>(&text).ok(), Some(ledger));
    }

    #[test]
    fn notes_are_the_same_in_any_order_and_none_can_be_missing() {
        let of = |tags: &[u8]| {
            let mut all = Vec::new();
            for tag in tags {
                Notes::note(&mut all, at(9), &[*tag; 32], at(1));
            }
            all
        };
        assert_eq!(of(&[1, 2, 4]), of(&[4, 1, 2]));
        assert_ne!(of(&[1, 2, 4]), of(&[1, 2]));
        let mut all = of(&[1]);
        Notes::note(&mut all, at(19), &[1; 32], at(10));
        assert_eq!(all.iter().map(|notes| notes.until).collect::<Vec<_>>(), [at(19)]);
    }
}
