//! The table of an import, read from its parts as far as needed and parsed row by row.

use super::uploads::ImportFailure;
use crate::flows::services::Services;
use crate::{
    domain::{
        clients::file::ClientFile,
        ids::{ClientId, ImportId},
        imports::Import,
        sign_in::session::AdviserScope,
        table::{
            dialect::{Dialect, EncodingGuess},
            preview::{self, PreviewRow},
            row::{BadCell, BadCells, Layout},
            rows::{self, MAX_ROW_BYTES, Next, Opened, RowPosition, Rows},
        },
    },
    store::error::StoreError,
};
use jiff::Timestamp;
use std::ops::{ControlFlow, Range, RangeInclusive};
use zeroize::Zeroizing;

/// Identifies the table to read.
#[derive(Clone, Copy)]
pub(in crate::flows) struct Source<'a> {
    pub(in crate::flows) services: &'a Services,
    pub(in crate::flows) scope: AdviserScope,
    pub(in crate::flows) id: ImportId,
    pub(in crate::flows) import: &'a Import,
}

/// A piece of the table that begins at a row.
pub(in crate::flows) struct Piece {
    bytes: Zeroizing<Vec<u8>>,
    start: u32,
    next_part: u32,
    parts: u32,
}

/// How rows are read.
#[derive(Clone, Copy)]
pub(in crate::flows) struct Reading<'a> {
    pub(in crate::flows) dialect: Dialect,
    pub(in crate::flows) layout: &'a Layout,
    pub(in crate::flows) now: Timestamp,
    /// Which invalid cells of a row are reported.
    pub(in crate::flows) wanted: Wanted,
}

/// Reports at most `limit` invalid cells of each row; for one row, those after the first `skip`.
#[derive(Clone, Copy, Default)]
pub(in crate::flows) struct Wanted {
    pub(in crate::flows) limit: usize,
    pub(in crate::flows) skip: Option<(RowPosition, usize)>,
}

impl Wanted {
    /// Returns the range for the row that begins here.
    pub(in crate::flows) fn of(self, row: RowPosition) -> Range<usize> {
        let skipped = self.skip.filter(|(place, _)| *place == row).map_or(0, |(_, skipped)| skipped);
        skipped..skipped.saturating_add(self.limit)
    }
}

/// A parsed row.
pub(in crate::flows) struct ParsedRow {
    /// Its number, or those of several lines that cannot be told apart.
    pub(in crate::flows) numbers: RangeInclusive<u32>,
    pub(in crate::flows) place: RowPosition,
    pub(in crate::flows) bytes: usize,
    pub(in crate::flows) next: RowPosition,
    pub(in crate::flows) file: Result<ClientFile, BadCells>,
    /// The file that it was exported from, if the row says so.
    pub(in crate::flows) exported: Option<ClientId>,
}

/// Why reading a piece stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flows) enum ReadingEnd {
    /// The callback wants no more rows.
    Enough,
    /// The next row continues beyond this piece.
    More(RowPosition),
    End,
    /// This row exceeds the maximum length.
    TooLong(u32),
}

impl Source<'_> {
    /// Detects the encoding of the whole table, for any delimiter.
    ///
    /// # Errors
    /// [`ImportFailure::WrongStep`] when a part is missing.
    pub(in crate::flows) async fn dialect(&self) -> Result<Dialect, ImportFailure> {
        let mut guess = EncodingGuess::default();
        for part in 0..self.import.parts() {
            guess.look_at(&self.part(part).await?, part + 1 == self.import.parts());
        }
        Ok(guess.dialect())
    }

    /// Opens the table and parses its header row.
    ///
    /// # Errors
    /// The inner error names what is wrong with it.
    pub(in crate::flows) async fn open(&self, dialect: Dialect, wanted: Range<usize>) -> Result<Result<Opened, BadCells>, ImportFailure> {
        let top = self.stretch(0).await?;
        Ok(rows::open(&top.bytes, top.is_last(), dialect, wanted))
    }

    /// Returns the first rows as read, as of a given day; without `opened`, those of a table whose header is not understood.
    pub(in crate::flows) async fn preview(
        &self,
        dialect: Dialect,
        opened: Option<(&Opened, Timestamp)>,
    ) -> Result<Vec<PreviewRow>, ImportFailure> {
        let Some((opened, now)) = opened else {
            let top = self.stretch(0).await?;
            return Ok(rows::raw_preview(&top.bytes, top.is_last(), dialect));
        };
        let piece = self.stretch(opened.first.byte).await?.from(opened.first, &[]);
        Ok(preview::preview(&piece.bytes, piece.is_last(), opened.first, opened.dialect, (&opened.layout, now)))
    }

    /// Reads from the part containing this byte onwards, as much as one row may span.
    async fn stretch(&self, byte: u32) -> Result<Piece, ImportFailure> {
        let mut piece = self.part_with(byte).await?;
        while piece.bytes.len() < MAX_ROW_BYTES && !piece.is_last() {
            let next = self.part(piece.next_part).await?;
            let bytes = Zeroizing::new([piece.bytes.as_slice(), &next].concat());
            piece = Piece { bytes, next_part: piece.next_part + 1, ..piece };
        }
        Ok(piece)
    }

    /// Returns the piece that begins at a position: the rest of its part.
    pub(in crate::flows) async fn at(&self, place: RowPosition) -> Result<Piece, ImportFailure> {
        Ok(self.part_with(place.byte).await?.from(place, &[]))
    }

    async fn part_with(&self, byte: u32) -> Result<Piece, ImportFailure> {
        let part = (byte / self.import.part_size).min(self.import.parts().saturating_sub(1));
        let start = part * self.import.part_size;
        Ok(Piece { bytes: self.part(part).await?, start, next_part: part + 1, parts: self.import.parts() })
    }

    /// Returns the piece from a position on, with the next part appended.
    pub(in crate::flows) async fn more(&self, piece: &Piece, place: RowPosition) -> Result<Piece, ImportFailure> {
        let next = self.part(piece.next_part).await?;
        Ok(Piece { next_part: piece.next_part + 1, ..piece.from(place, &next) })
    }

    async fn part(&self, part: u32) -> Result<Zeroizing<Vec<u8>>, ImportFailure> {
        self.services.exchanges.part(self.scope, self.id, part).await?.ok_or(ImportFailure::WrongStep)
    }
}

impl Piece {
    /// Whether the table ends with this piece.
    const fn is_last(&self) -> bool {
        self.next_part == self.parts
    }

    /// Whether the position lies in this piece.
    pub(in crate::flows) fn holds(&self, place: RowPosition) -> bool {
        let length = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        (self.start..self.start.saturating_add(length)).contains(&place.byte)
    }

    /// Returns the same piece without the rows before a position, and with `next` appended.
    pub(in crate::flows) fn from(&self, place: RowPosition, next: &[u8]) -> Self {
        let from = usize::try_from(place.byte.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.bytes.len());
        let rest = &self.bytes[from..];
        let mut bytes = Zeroizing::new(Vec::with_capacity(rest.len() + next.len()));
        bytes.extend_from_slice(rest);
        bytes.extend_from_slice(next);
        Self { bytes, start: place.byte, ..*self }
    }

    /// Parses the rows of this piece from `place`, which is its beginning, until `look` breaks.
    pub(in crate::flows) fn judge(
        &self,
        place: RowPosition,
        reading: Reading<'_>,
        mut look: impl FnMut(ParsedRow) -> ControlFlow<()>,
    ) -> ReadingEnd {
        let mut rows = Rows::of(&self.bytes, self.is_last(), place, reading.dialect);
        loop {
            let begin = rows.place();
            let row = match rows.advance() {
                Next::Row(row) => row,
                Next::More => return ReadingEnd::More(rows.place()),
                Next::End => return ReadingEnd::End,
                Next::TooLong(row) => return ReadingEnd::TooLong(row),
            };
            let (wanted, numbers) = (reading.wanted.of(begin), row.number..=row.last);
            let exported = row.cells.as_ref().ok().and_then(|cells| reading.layout.exported(cells));
            let file = match row.cells {
                Ok(cells) if reading.layout.is_only_marked(&cells) => continue,
                Ok(cells) => reading.layout.file(row.number, &cells, reading.now, wanted),
                Err(code) => Err(numbers.clone().map(|number| BadCell::whole(number, code)).fold(BadCells::none(wanted), BadCells::and)),
            };
            if look(ParsedRow { numbers, place: begin, bytes: row.bytes, next: row.next, file, exported }).is_break() {
                return ReadingEnd::Enough;
            }
        }
    }
}

impl From<StoreError> for ImportFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
