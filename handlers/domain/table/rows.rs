//! The rows of a table that arrives in pieces (RFC 4180, leniently): each with its number and the position of the next.

use super::{
    dialect::{self, Delimiter, Dialect, UNREADABLE},
    preview::{self, PreviewRow},
    record::{Record, line_end},
    row::{BadCell, BadCells, Layout},
    sheet::BYTE_ORDER_MARK,
};
use crate::domain::wire::fields::FieldCode;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Maximum length of a row: more than any intended row of a valid file needs.
pub const MAX_ROW_BYTES: usize = 128 * 1024;

/// The position of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPosition {
    pub byte: u32,
    /// Its number as spreadsheets count, including blank rows: the first is 1.
    pub row: u32,
}

/// A row.
pub struct Row {
    pub number: u32,
    /// The number of its last line; differs from `number` only when quotation marks do not match, which makes the rows ambiguous.
    pub last: u32,
    /// Its cells, or why they cannot be separated.
    pub cells: Result<Vec<String>, FieldCode>,
    pub bytes: usize,
    /// Position of the next row.
    pub next: RowPosition,
}

/// The result of advancing to the next row.
pub enum Next {
    /// A row that is not blank.
    Row(Row),
    /// The piece ends before the row does.
    More,
    End,
    /// The row with this number exceeds the maximum length.
    TooLong(u32),
}

/// The rows of a piece.
pub struct Rows<'a> {
    dialect: Dialect,
    piece: &'a [u8],
    is_last: bool,
    start: u32,
    /// Offset of the next row in the piece.
    at: usize,
    row: u32,
}

impl<'a> Rows<'a> {
    /// Reads `piece`, which starts with the row at `place` and ends the table when it `is_last`.
    pub const fn of(piece: &'a [u8], is_last: bool, place: RowPosition, dialect: Dialect) -> Self {
        Self { dialect, piece, is_last, start: place.byte, at: 0, row: place.row }
    }

    /// Advances to the next row that is not blank.
    pub fn advance(&mut self) -> Next {
        loop {
            self.skip_blank();
            let rest = &self.piece[self.at..];
            let record = Record::first(rest, self.dialect.delimiter.byte());
            let bytes = record.end();
            if bytes > MAX_ROW_BYTES {
                return Next::TooLong(self.row);
            }
            // Bytes after the end of the piece may belong to the row, or to its line end.
            if bytes == rest.len() && !self.is_last {
                return Next::More;
            }
            if bytes == 0 {
                return Next::End;
            }
            let number = self.row;
            let (cells, lines) = match record {
                Record::Cells(cells, _) => (Ok(cells.iter().map(|cell| self.dialect.decode(cell)).collect::<Vec<_>>()), 1),
                Record::Unmatched(lines, _) => (Err(FieldCode::InvalidFormat), lines),
            };
            self.at += bytes;
            self.row = number.saturating_add(lines);
            let blank = cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.trim().is_empty()));
            if !blank {
                return Next::Row(Row { number, last: self.row - 1, cells, bytes, next: self.place() });
            }
        }
    }

    /// Returns the position of the next row.
    pub fn place(&self) -> RowPosition {
        RowPosition { byte: self.start + u32::try_from(self.at).unwrap_or(u32::MAX), row: self.row }
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = &self.piece[self.at..];
            let length = line_end(rest);
            // The second half of a line end may start the next piece.
            if length == 0 || (length == rest.len() && !self.is_last) {
                return;
            }
            self.at += length;
            self.row += 1;
        }
    }
}

/// A table whose headings have been read.
#[derive(Debug)]
pub struct Opened {
    /// Its encoding and delimiter.
    pub dialect: Dialect,
    pub layout: Layout,
    /// Position of the first row below the headings.
    pub first: RowPosition,
}

/// Parses the headings at the start of a table. The delimiter is the one that the table declares itself (`sep=;`, which some
/// spreadsheets write and hide), otherwise the one with which most headings are known.
///
/// # Errors
/// The wrong headings in the range `wanted`; the whole row when there is none, or when the table has an unsupported encoding or
/// separator.
pub fn open(piece: &[u8], is_last: bool, dialect: Dialect, wanted: Range<usize>) -> Result<Opened, BadCells> {
    let whole = |row, code| BadCells::none(wanted.clone()).and(BadCell::whole(row, code));
    if dialect::is_foreign(piece) {
        return Err(whole(1, FieldCode::InvalidCharacters));
    }
    let (delimiters, top) = beginning(piece).map_err(|code| whole(1, code))?;
    let rest = &piece[usize::try_from(top.byte).unwrap_or(usize::MAX)..];
    let headings = delimiters.iter().filter_map(|delimiter| {
        let dialect = Dialect { delimiter: *delimiter, ..dialect };
        match Rows::of(rest, is_last, top, dialect).advance() {
            Next::Row(row) => Some((dialect, row)),
            Next::More | Next::End | Next::TooLong(_) => None,
        }
    });
    let known = |(_, row): &(Dialect, Row)| row.cells.as_ref().map_or(0, |cells| Layout::known(cells));
    // Of equally good ones, the last one is taken.
    let best = headings.collect::<Vec<_>>().into_iter().rev().max_by_key(known);
    let (dialect, row) = best.ok_or_else(|| whole(1, FieldCode::Required))?;
    let headings = row.cells.map_err(|code| whole(row.number, code))?;
    // Most likely the NUL bytes of UTF-16 without a byte-order mark.
    if headings.iter().any(|heading| heading.contains(UNREADABLE)) {
        return Err(whole(row.number, FieldCode::InvalidCharacters));
    }
    Ok(Opened { dialect, layout: Layout::read(&headings, row.number, wanted.clone())?, first: row.next })
}

/// The first rows of a table that could not be opened, split by the delimiter that gives the most cells; none for an unsupported
/// encoding.
pub fn raw_preview(piece: &[u8], is_last: bool, dialect: Dialect) -> Vec<PreviewRow> {
    let Ok((delimiters, top)) = beginning(piece) else { return Vec::new() };
    let rest = &piece[usize::try_from(top.byte).unwrap_or(usize::MAX)..];
    let shown = delimiters.iter().rev().map(|delimiter| preview::raw(rest, is_last, top, Dialect { delimiter: *delimiter, ..dialect }));
    let shown = shown.max_by_key(|rows| rows.first().map_or(0, |row| row.cells.len())).unwrap_or_default();
    let is_read = |row: &PreviewRow| row.cells.iter().all(|cell| !cell.text.contains(char::REPLACEMENT_CHARACTER));
    if dialect::is_foreign(piece) || !shown.first().is_none_or(is_read) { Vec::new() } else { shown }
}

/// Returns the possible delimiters, and where the table starts after its declaration.
fn beginning(piece: &[u8]) -> Result<(Vec<Delimiter>, RowPosition), FieldCode> {
    let mark = if piece.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let rest = &piece[mark..];
    let line = &rest[..rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len())];
    let bare = line.strip_prefix(b"\"").unwrap_or(line);
    let said = bare.get(..SEPARATOR.len()).filter(|start| start.eq_ignore_ascii_case(SEPARATOR)).map(|_| &bare[SEPARATOR.len()..]);
    let top = |byte| RowPosition { byte: u32::try_from(byte).unwrap_or(u32::MAX), row: 1 };
    let Some(said) = said else { return Ok((Delimiter::ALL.to_vec(), top(mark))) };
    // A spreadsheet that saves it again pads the line with empty cells.
    let fills = |byte: u8, filling: &[u8]| filling.iter().all(|other| *other == byte || matches!(other, b' ' | b'"'));
    let said = &said[said.iter().take_while(|byte| **byte == b' ').count()..];
    let named = |byte: u8| said.split_first().is_some_and(|(first, rest)| *first == byte && fills(byte, rest));
    let delimiter = Delimiter::ALL.iter().find(|delimiter| named(delimiter.byte())).ok_or(FieldCode::UnknownValue)?;
    Ok((vec![*delimiter], top(mark + line.len() + line_end(&rest[line.len()..]))))
}

/// Starts a first line that declares the delimiter. That line is not a row.
const SEPARATOR: &[u8] = b"sep=";

#[cfg(test)]
mod tests {
    use super::{Delimiter, Dialect, FieldCode, MAX_ROW_BYTES, Next, RowPosition, Rows, open};
    use crate::domain::table::dialect::Encoding;
    use proptest::prelude::*;

    const PLAIN: Dialect = Dialect { encoding: Encoding::Utf8, delimiter: Delimiter::Semicolon, has_windows_bytes: false };
    const TOP: RowPosition = RowPosition { byte: 0, row: 1 };

    type Cells = Result<Vec<String>, FieldCode>;

    /// Returns all rows, when the table arrives in pieces of `at_once` bytes.
    fn rows(table: &[u8], at_once: usize) -> Vec<(u32, Cells)> {
        let (mut found, mut place, mut end) = (Vec::new(), TOP, at_once.min(table.len()));
        loop {
            let start = usize::try_from(place.byte).expect("small");
            let mut rows = Rows::of(&table[start..end], end == table.len(), place, PLAIN);
            loop {
                match rows.advance() {
                    Next::Row(row) => {
                        found.extend((row.number..=row.last).map(|number| (number, row.cells.clone())));
                        place = row.next;
                    }
                    Next::More => break,
                    Next::End => return found,
                    Next::TooLong(row) => return vec![(row, Err(FieldCode::TooLong))],
                }
            }
            end = (end + at_once).min(table.len());
        }
    }

    fn unmatched(number: u32) -> (u32, Cells) {
        (number, Err(FieldCode::InvalidFormat))
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Cells) {
        (number, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
    }

    #[test]
    fn rows_are_numbered_as_spreadsheets_do() {
        let table = "a;b\r\n\r\n\"c\r\nc\";d\r\n;\r\n\n\re;\"f\"\"\"\n\"g;h\ni;j";
        let expected = [row(1, &["a", "b"]), row(3, &["c\r\nc", "d"]), row(7, &["e", "f\""]), unmatched(8), unmatched(9)];
        for at_once in 1..table.len() {
            assert_eq!(rows(table.as_bytes(), at_once), expected, "{at_once}");
        }
    }

    #[test]
    fn a_row_without_end_is_refused() {
        let table = [b"a\n".as_slice(), &vec![b'x'; MAX_ROW_BYTES + 1]].concat();
        assert_eq!(rows(&table, table.len()), [(2, Err(FieldCode::TooLong))]);
        assert_eq!(rows(&table, MAX_ROW_BYTES), [(2, Err(FieldCode::TooLong))]);
        assert_eq!(rows(&table[..table.len() - 1], 1000).len(), 2);
    }

    #[test]
    fn the_delimiter_is_the_one_that_fits() {
        for (table, delimiter) in [
            ("Achternaam;Roepnaam\r\nx", Delimiter::Semicolon),
            ("Achternaam,Roepnaam\r\nx", Delimiter::Comma),
            ("\n\"Achternaam\"\tRoepnaam\r\nx", Delimiter::Tab),
            ("Achternaam\r\nx", Delimiter::Semicolon),
        ] {
            let opened = open(table.as_bytes(), true, PLAIN, 0..9).expect("headings");
            assert_eq!(opened.dialect.delimiter, delimiter);
            assert_eq!(usize::try_from(opened.first.byte).expect("small"), table.len() - 1);
        }
        assert_eq!(open(b"Naam;x", true, PLAIN, 0..9).expect_err("no such headings").cells.len(), 3);
    }

    #[test]
    fn a_table_says_itself_what_stands_between_cells() {
        for (table, delimiter, first) in [
            ("sep=;\r\nAchternaam;Roepnaam\r\nx", Delimiter::Semicolon, 28),
            ("\u{feff}SEP=,\nAchternaam,Roepnaam\nx", Delimiter::Comma, 29),
            ("\"sep=\t\"\rAchternaam\tRoepnaam\rx", Delimiter::Tab, 28),
            ("sep=,\nAchternaam\nx", Delimiter::Comma, 17),
            ("sep=;;;\nAchternaam;Roepnaam;BSN\nx", Delimiter::Semicolon, 32),
            ("sep=; \nAchternaam;Roepnaam\nx", Delimiter::Semicolon, 27),
            ("sep= ,\nAchternaam,Roepnaam\nx", Delimiter::Comma, 27),
            ("\"sep=;\";;\nAchternaam;Roepnaam;BSN\nx", Delimiter::Semicolon, 34),
            ("sep=\t\t\nAchternaam\tRoepnaam\nx", Delimiter::Tab, 27),
        ] {
            let opened = open(table.as_bytes(), true, PLAIN, 0..9).expect("headings");
            assert_eq!((opened.dialect.delimiter, opened.first), (delimiter, RowPosition { byte: first, row: 2 }), "{table:?}");
        }
    }

    #[test]
    fn a_beginning_that_is_not_read_says_why() {
        for (table, code) in [
            (b"".as_slice(), FieldCode::Required),
            (b"\xef\xbb\xbf", FieldCode::Required),
            (b"sep=;\n", FieldCode::Required),
            (b"sep=|\nAchternaam|Roepnaam\nx|y", FieldCode::UnknownValue),
            (b"sep=\nAchternaam\nx", FieldCode::UnknownValue),
            (b"sep=;,\nAchternaam;x\nx", FieldCode::UnknownValue),
            (b"sep= \nAchternaam\nx", FieldCode::UnknownValue),
            (b"\xff\xfeA\0c\0h\0", FieldCode::InvalidCharacters),
            (b"\xfe\xff\0A\0c", FieldCode::InvalidCharacters),
            (b"A\0c\0h\0t\0e\0r\0n\0a\0a\0m\0\n\0x\0", FieldCode::InvalidCharacters),
            (b"\0\n\0A\0c\0h\0t\0e\0r\0n\0a\0a\0m\0\n\0x", FieldCode::InvalidCharacters),
            (b"\"Achternaam\nx\ny", FieldCode::InvalidFormat),
        ] {
            let refused = open(table, true, PLAIN, 0..9).expect_err("no table");
            let [bad] = refused.cells.as_slice() else { unreachable!("{refused:?}") };
            assert_eq!((bad.column, bad.code), (None, code), "{table:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(table in "[a;\"\r\n]{0,40}", at_once in 1usize..10) {
            prop_assert_eq!(rows(table.as_bytes(), at_once), rows(table.as_bytes(), 1000));
        }
    }
}
