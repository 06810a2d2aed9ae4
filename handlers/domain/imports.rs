//! An import: a table that an adviser uploads in parts, and how far its rows have been turned into client files.
//!
//! ```text
//! uploaded in parts → checked: rows counted, bad cells and duplicates reported
//!     → rows turned into files, at most 45 per commit, which also stores the new position
//! ```

use super::{
    clients::likeness::Likeness,
    ids::{ClientId, WriteId},
    origin::Origin,
    request_tag::RequestTag,
    table::{dialect::Dialect, rows::RowPosition},
    text,
};
use crate::{closed_set, text_type};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Size in bytes of each part except the last: sent unencoded, it stays below the 30 KiB that the Functions host keeps in memory and not
/// in a file.
pub const PART_BYTES: u32 = 28 * 1024;
/// Default for imports that record no part size: parts used to be larger.
const LARGER_PART_BYTES: u32 = 128 * 1024;
/// Maximum size of a table in bytes.
pub const MAX_BYTES: u32 = 5 * 1024 * 1024;
/// Maximum number of rows below the headings.
pub const MAX_ROWS: u32 = 10_000;
/// Maximum number of unfinished imports of one adviser.
pub const MAX_OPEN: usize = 5;
/// A table expires after this time, finished or not.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

text_type!(
    /// The name of a file on the adviser's computer.
    FileName,
    |typed| text::line(typed, 255)
);

/// An import in the form that is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Name of the file.
    pub name: FileName,
    /// Size of the file.
    pub bytes: u32,
    /// Bytes of each part except the last.
    #[serde(default = "larger_part_bytes")]
    pub part_size: u32,
    /// When it was started.
    pub made_at: Timestamp,
    /// Result of validating the table.
    pub checked: Option<Checked>,
    /// Progress so far.
    pub progress: Progress,
    /// Whether the marker of its partition lists it, as is the case for all imports created since the list was introduced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
    /// Rows that would duplicate a file existing when the table was validated; `None` before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubles: Option<Doubles>,
    /// What to do with them, once chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
    /// The request that started it, when that had an idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_for: Option<RequestTag>,
    /// The stored document it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

/// Result of validating a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Its dialect and the position of its first row; `None` when it cannot be imported at all.
    pub table: Option<(Dialect, RowPosition)>,
    /// Number of rows that are not blank, without the headings.
    pub rows: u32,
    /// Rows with a refused cell.
    pub bad_rows: u32,
    /// Number of refused cells.
    pub bad_cells: u32,
}

closed_set! {
    /// What to do with rows that seem to duplicate an existing file.
    pub enum Duplicates in "snake_case" {
        /// Create no files from them.
        Skip,
        /// Create files from them anyway.
        Make,
    }
}

/// Rows that would duplicate an existing file or an earlier row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubles {
    /// Write id of the marker of the adviser's files at the time of the comparison.
    pub files: Option<WriteId>,
    pub rows: Ranges,
    /// Whether any of them would become a file by default; a row that was imported before never does.
    pub asks: bool,
    /// The first of them.
    pub first: Vec<Double>,
}

/// A row that would duplicate a file or an earlier row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Double {
    pub row: u32,
    /// The duplicated file; for an earlier row, the file that is created from that row.
    pub id: ClientId,
    /// Why it seems to be the same.
    pub by: Likeness,
    /// The earlier row that seems to be the same, when it is not an existing file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<u32>,
}

impl Doubles {
    /// Maximum number of rows that are reported with their files.
    pub const MAX_TOLD: usize = 20;

    /// Appends a row; rows arrive in ascending order.
    pub fn add(&mut self, double: Double) {
        self.rows.push(double.row);
        self.asks |= double.by != Likeness::ImportedBefore;
        if self.first.len() < Self::MAX_TOLD {
            self.first.push(double);
        }
    }
}

/// The progress of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Position of the next row; the first row when `None`.
    pub next: Option<RowPosition>,
    /// Rows processed.
    pub done: u32,
    /// Rows that became files.
    pub created: u32,
    /// Rows that already were files.
    pub already_there: Ranges,
    /// Rows that were refused.
    pub refused: Ranges,
}

/// Row numbers in ascending order, as ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranges(Vec<(u32, u32)>);

const fn larger_part_bytes() -> u32 {
    LARGER_PART_BYTES
}

impl Import {
    /// Creates the import of a table that is about to be uploaded.
    pub fn new(name: FileName, bytes: u32, now: Timestamp) -> Self {
        let (progress, origin) = (Progress::default(), Origin::default());
        let part_size = PART_BYTES;
        Self {
            name,
            bytes,
            part_size,
            made_at: now,
            checked: None,
            progress,
            listed: true,
            doubles: None,
            duplicates: None,
            begun_for: None,
            origin,
        }
    }

    /// Number of parts.
    pub const fn parts(&self) -> u32 {
        self.bytes.div_ceil(self.part_size)
    }

    /// Returns the length of the part with this index; `None` when there is no such part.
    pub fn part_bytes(&self, part: u32) -> Option<u32> {
        (part < self.parts()).then(|| self.part_size.min(self.bytes - part * self.part_size))
    }

    /// When it expires.
    pub fn expires_at(&self) -> Timestamp {
        self.made_at + LIFETIME
    }

    /// Whether a row is to be skipped as a duplicate.
    pub fn skips(&self, row: u32) -> bool {
        let skips = self.duplicates == Some(Duplicates::Skip);
        skips && self.doubles.as_ref().is_some_and(|doubles| doubles.rows.contains(row))
    }

    /// Whether every row has been processed.
    pub fn is_finished(&self) -> bool {
        self.checked.is_some_and(|checked| checked.table.is_some() && self.progress.done >= checked.rows)
    }
}

impl Ranges {
    /// Appends a row; rows arrive in ascending order.
    pub fn push(&mut self, row: u32) {
        match self.0.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => self.0.push((row, row)),
        }
    }

    /// Whether a row is among them.
    pub fn contains(&self, row: u32) -> bool {
        let behind = self.0.partition_point(|(first, _)| *first <= row);
        behind.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, last)| row <= *last)
    }

    pub fn count(&self) -> u32 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// The ranges as first and last row.
    pub fn as_slice(&self) -> &[(u32, u32)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{FileName, Import, PART_BYTES, Ranges, Timestamp};

    #[test]
    fn parts_make_up_the_whole() {
        for bytes in [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES] {
            let import = Import::new(FileName::parse("a.csv").expect("a name"), bytes, Timestamp::UNIX_EPOCH);
            let lengths: Vec<_> = (0..=import.parts()).filter_map(|part| import.part_bytes(part)).collect();
            assert_eq!(lengths.iter().sum::<u32>(), bytes);
            assert_eq!(u32::try_from(lengths.len()), Ok(import.parts()));
            assert!(lengths.iter().all(|length| *length > 0));
        }
    }

    #[test]
    fn an_import_that_does_not_say_has_larger_parts() {
        let import = Import::new(FileName::parse("a.csv").expect("a name"), 200_000, Timestamp::UNIX_EPOCH);
        assert!(PART_BYTES < 30 * 1024 && import.part_size == PART_BYTES);
        let mut stored = serde_json::to_value(&import).expect("JSON");
        stored.as_object_mut().expect("an object").remove("part_size");
        let read: Import = serde_json::from_value(stored).expect("an import");
        assert_eq!((read.parts(), read.part_bytes(0)), (2, Some(128 * 1024)));
    }

    #[test]
    fn neighbours_become_one_range() {
        let mut rows = Ranges::default();
        for row in [2, 3, 4, 7, 9, 10] {
            rows.push(row);
        }
        assert_eq!(rows.as_slice(), [(2, 4), (7, 7), (9, 10)]);
        assert_eq!(rows.count(), 6);
        assert_eq!((0..12).filter(|row| rows.contains(*row)).collect::<Vec<_>>(), [2, 3, 4, 7, 9, 10]);
    }
}
