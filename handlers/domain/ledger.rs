//! What vouches for documents that no chain tells of: the one document of their partition that a commit to any of them replaces too
//! (an identity, an adviser's marker) lists them, each with a digest of what it says. One that is taken away, put back or put back older
//! does not agree with the list; and an older list does not agree with what is there.
//!
//! A document that was listed when it was made says so itself: one that is not listed any more was done with. Those from before there was
//! a list are not in it until they are written again.

use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The store forgets a document by its own clock: this close to its end it may be there or not.
pub const END_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Documents beside the one that holds this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(Vec<Entry>);

/// A document that is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub digest: ContentDigest,
    /// It goes by itself then.
    pub until: Timestamp,
}

/// Half of the digest of a plaintext. Nobody without the keys can make another that opens at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ContentDigest([u8; 16]);

impl ContentDigest {
    /// Takes what the digest function made.
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
    /// Lists a document as it is written at `now`. Those that had their time leave the list.
    pub fn write(&mut self, entry: Entry, now: Timestamp) {
        self.0.retain(|listed| listed.id != entry.id && listed.until + END_MARGIN >= now);
        self.0.push(entry);
    }

    /// Takes a document off the list. Tells whether it was on it.
    pub fn drop(&mut self, id: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|listed| listed.id != id);
        self.0.len() < before
    }

    /// Whether a document is listed.
    pub fn lists(&self, id: &str) -> bool {
        self.0.iter().any(|listed| listed.id == id)
    }

    /// Those that are listed.
    pub fn documents(&self) -> &[Entry] {
        &self.0
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Notes that stay until the same moment. There may be very many, and none is ever written again or taken away, so that the XOR of a keyed
/// tag of each is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// All of them go then.
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

    /// Adds a note to those that stay as long. Those that had their time go.
    pub fn note(all: &mut Vec<Self>, until: Timestamp, tag: &[u8; 32], now: Timestamp) {
        all.retain(|notes| notes.until + END_MARGIN >= now);
        if !all.iter().any(|notes| notes.until == until) {
            all.push(Self::none(until));
        }
        all.iter_mut().filter(|notes| notes.until == until).for_each(|notes| notes.add(tag));
    }
}

/// For members that are left out while they are 0.
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
