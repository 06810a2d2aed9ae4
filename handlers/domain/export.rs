//! An export: which files an adviser has taken away, as which document, and how far it got.
//!
//! Its id is the watermark in every row and at the top of every document that it makes.

use super::{fields::FieldCode, ids::ClientId, origin::Origin};
use crate::closed_set;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Exports of one adviser in [`LIFETIME`].
pub const MOST_A_DAY: usize = 5;
/// As long an export counts, and can be asked for again.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

closed_set! {
    /// What the files are written as.
    pub enum Format in "snake_case" {
        /// A table: what an import reads.
        Csv,
        /// What the API answers.
        Json,
    }
}

impl Format {
    /// Reads `csv` or `json`.
    ///
    /// # Errors
    /// `unknown_value`.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        match text {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(FieldCode::UnknownValue),
        }
    }
}

/// An export as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What it is written as.
    pub format: Format,
    /// When it was first asked for.
    pub made_at: Timestamp,
    /// The last file whose trail knows of it. Files go out in the order of their ids.
    pub last: Option<ClientId>,
    /// What it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

impl Export {
    /// One that nothing has gone out of yet.
    #[must_use]
    pub fn new(format: Format, now: Timestamp) -> Self {
        Self { format, made_at: now, last: None, origin: Origin::default() }
    }

    /// Whether the trail of a file knows of this export already: asked for again, it says nothing new, unless the file has changed.
    #[must_use]
    pub fn is_in_trail(&self, file: ClientId, updated_at: Timestamp) -> bool {
        self.last.is_some_and(|last| file <= last) && updated_at < self.made_at
    }

    /// When it counts no longer.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.made_at + LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientId, Export, Format, Timestamp};

    #[test]
    fn a_repeat_tells_the_trail_only_what_is_new() {
        let made_at = Timestamp::from_second(1000).expect("a time");
        let (before, later) = (Timestamp::from_second(999).expect("a time"), Timestamp::from_second(1001).expect("a time"));
        let [first, second, third] = [1, 2, 3].map(|byte| ClientId::from_bytes([byte; 16]));
        let begun = Export::new(Format::Csv, made_at);
        assert!(!begun.is_in_trail(first, before));
        let further = Export { last: Some(second), ..begun };
        assert!(further.is_in_trail(first, before) && further.is_in_trail(second, before));
        assert!(!further.is_in_trail(third, before), "not yet out");
        assert!(!further.is_in_trail(first, later), "another version goes out");
    }
}
