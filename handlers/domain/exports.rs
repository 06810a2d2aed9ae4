//! An export of an adviser's files: its format and its state.
//!
//! Its id is the watermark in every row and at the top of every document that it produces.

use super::{
    ids::{ClientId, ExportId},
    origin::Origin,
};
use crate::closed_set;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Maximum number of exports of one adviser within [`LIFETIME`].
pub const MAX_A_DAY: usize = 5;
/// How long an export counts towards the limit and can be requested again.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

closed_set! {
    /// The format of an export.
    pub enum Format in "snake_case" {
        /// A table that an import can read.
        Csv,
        /// JSON, with files as the API returns them.
        Json,
    }
}

/// An export in the form that is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The output format.
    pub format: Format,
    /// When it was first requested.
    pub made_at: Timestamp,
    /// From versions of FinRust that did not write an audit entry for each exported file. No longer written.
    pub last: Option<ClientId>,
    /// Whether the user has been notified of it: nothing is released before. For exports from before this field, the user was notified
    /// first.
    #[serde(default = "told")]
    pub told: bool,
    /// Whether the marker of its partition lists it, as is the case for all exports created since the list was introduced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
    /// The stored document it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

const fn told() -> bool {
    true
}

impl Export {
    /// Creates an export that nothing has been released from and the user has not been notified of.
    pub fn new(format: Format, now: Timestamp) -> Self {
        Self { format, made_at: now, last: None, told: false, listed: true, origin: Origin::default() }
    }

    /// When it no longer counts.
    pub fn expires_at(&self) -> Timestamp {
        self.made_at + LIFETIME
    }
}

/// A position in an export: after the row of a file. Each row carries it, so that an interrupted client can resume after the last
/// complete one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportPlace {
    pub export: ExportId,
    pub behind: ClientId,
}

impl ExportPlace {
    /// Parses `<export>.<file>`.
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
