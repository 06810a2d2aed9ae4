//! An export: which files an adviser has taken away, as which document, and how far it got.
//!
//! Its id is the watermark in every row and at the top of every document that it makes.

use super::{
    fields::FieldCode,
    ids::{ClientId, ExportId},
    origin::Origin,
};
use crate::closed_set;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Exports of one adviser in [`LIFETIME`].
pub const MAX_A_DAY: usize = 5;
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
    /// Of versions of FinRust that did not write an entry into the trail each time that a file went out. No longer written.
    pub last: Option<ClientId>,
    /// Whether its owner was told of it: nothing goes out before. Those from before there was such a note were told first.
    #[serde(default = "told")]
    pub told: bool,
    /// Whether the marker of its partition lists it, as it does all that were made since there is a list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
    /// What it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

const fn told() -> bool {
    true
}

impl Export {
    /// One that nothing has gone out of yet, and nobody was told of.
    pub fn new(format: Format, now: Timestamp) -> Self {
        Self { format, made_at: now, last: None, told: false, listed: true, origin: Origin::default() }
    }

    /// When it counts no longer.
    pub fn expires_at(&self) -> Timestamp {
        self.made_at + LIFETIME
    }
}

/// A place in an export: behind the row of a file. It stands in each row, so that whoever was cut off can go on behind the last whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportPlace {
    pub export: ExportId,
    pub behind: ClientId,
}

impl ExportPlace {
    /// Reads `<export>.<file>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (export, behind) = text.split_once('.')?;
        Some(Self { export: ExportId::parse(export)?, behind: ClientId::parse(behind)? })
    }
}

impl fmt::Display for ExportPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.export, self.behind)
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientId, Export, ExportId, ExportPlace, Format, Timestamp};

    #[test]
    fn an_export_from_before_there_was_a_note_was_told_of() {
        let old: Export = serde_json::from_str(r#"{"format":"csv","made_at":"2026-01-01T00:00:00Z","last":null}"#).expect("an export");
        assert!(old.told && !Export::new(Format::Csv, Timestamp::UNIX_EPOCH).told);
    }

    #[test]
    fn a_place_reads_back_and_nothing_else_is_one() {
        let place = ExportPlace { export: ExportId::from_random([1; 16]), behind: ClientId::from_random([2; 16]) };
        assert_eq!(ExportPlace::parse(&place.to_string()), Some(place));
        for bad in ["", ".", "x.y", &format!("{}.", place.export), &format!("{place}.{place}")] {
            assert_eq!(ExportPlace::parse(bad), None, "{bad}");
        }
    }
}
