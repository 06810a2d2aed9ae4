//! The rows of a table that comes in pieces (RFC 4180, leniently): each with its number, and with the place where the next begins.

use super::{
    dialect::{Delimiter, Dialect, Encoding},
    row::{BadCell, BadCells, Layout},
    sheet::BYTE_ORDER_MARK,
};
use crate::domain::fields::FieldCode;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Longest row: more than any file that fits the rules takes on purpose.
pub const MOST_ROW_BYTES: usize = 128 * 1024;

/// Where a row begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes before it.
    pub byte: u32,
    /// Its number as spreadsheets count, blank rows included: the first is 1.
    pub row: u32,
}

/// A row.
pub struct Row {
    /// Its number.
    pub number: u32,
    /// Its cells, or why they cannot be told apart.
    pub cells: Result<Vec<String>, FieldCode>,
    /// Its bytes.
    pub bytes: usize,
    /// Where the next one begins.
    pub next: Place,
}

/// What comes next.
pub enum Next {
    /// A row that is not blank.
    Row(Row),
    /// The piece ends before the row does.
    More,
    /// The table ends.
    End,
    /// A row with this number that is longer than any.
    TooLong(u32),
}

/// The rows of a piece.
pub struct Rows<'a> {
    dialect: Dialect,
    piece: &'a [u8],
    is_last: bool,
    start: u32,
    /// Where the next row begins, in the piece.
    at: usize,
    row: u32,
    reader: csv::Reader<&'a [u8]>,
}

impl<'a> Rows<'a> {
    /// Reads `piece`, which begins with the row at `place` and ends the table when it `is_last`.
    #[must_use]
    pub fn of(piece: &'a [u8], is_last: bool, place: Place, dialect: Dialect) -> Self {
        let mark = if place.byte == 0 && piece.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(dialect.delimiter.byte()).has_headers(false).flexible(true);
        let reader = builder.from_reader(&piece[mark..]);
        let start = place.byte + u32::try_from(mark).unwrap_or_default();
        Self { dialect, piece: &piece[mark..], is_last, start, at: 0, row: place.row, reader }
    }

    /// Goes on to the next row that is not blank.
    pub fn advance(&mut self) -> Next {
        let mut record = csv::ByteRecord::new();
        loop {
            self.skip_blank();
            let begin = self.at;
            let read = self.reader.read_byte_record(&mut record);
            // Bytes in memory are always read; what is between the delimiters is not looked at.
            let end = if matches!(read, Ok(true)) { usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX) } else { begin };
            let open = end >= self.piece.len() && !self.is_last;
            let bytes = if open { self.piece.len() - begin } else { end - begin };
            if bytes > MOST_ROW_BYTES {
                return Next::TooLong(self.row);
            }
            match (open, end > begin) {
                (true, _) => return Next::More,
                (false, false) => return Next::End,
                (false, true) => {}
            }
            let number = self.row;
            (self.at, self.row) = (end, number + 1);
            self.skip_line_feed();
            let raw = &self.piece[begin..end];
            let cells = cells(&record, raw, self.dialect.encoding);
            let blank = cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.trim().is_empty()));
            if !blank {
                return Next::Row(Row { number, cells, bytes, next: self.place() });
            }
        }
    }

    /// Where the next row begins.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { byte: self.start + u32::try_from(self.at).unwrap_or(u32::MAX), row: self.row }
    }

    /// The reader passes over empty lines in silence; here they count.
    fn skip_blank(&mut self) {
        loop {
            match self.piece.get(self.at) {
                Some(b'\n') => self.at += 1,
                Some(b'\r') => {
                    self.at += 1;
                    self.skip_line_feed();
                }
                _ => return,
            }
            self.row += 1;
        }
    }

    /// The second half of a line end, when the reader has taken the first only.
    fn skip_line_feed(&mut self) {
        let behind_return = self.at > 0 && self.piece[self.at - 1] == b'\r';
        if behind_return && self.piece.get(self.at) == Some(&b'\n') {
            self.at += 1;
        }
    }
}

/// An odd number of quotation marks means that one is missing, and nobody knows how far its cell goes.
fn cells(record: &csv::ByteRecord, raw: &[u8], encoding: Encoding) -> Result<Vec<String>, FieldCode> {
    let odd = raw.iter().fold(false, |odd, byte| odd != (*byte == b'"'));
    if odd {
        return Err(FieldCode::InvalidFormat);
    }
    Ok(record.iter().map(|cell| encoding.decode(cell)).collect())
}

/// A table whose headings have been read.
#[derive(Debug)]
pub struct Opened {
    /// How it is written.
    pub dialect: Dialect,
    /// Its columns.
    pub layout: Layout,
    /// Where the first row below the headings begins.
    pub first: Place,
}

/// Reads the headings at the beginning of a table: the delimiter is the one with which most of them are known.
///
/// # Errors
/// The wrong headings of the ranks that are wanted; the row as a whole when there is none.
pub fn open(piece: &[u8], is_last: bool, encoding: Encoding, wanted: Range<usize>) -> Result<Opened, BadCells> {
    let top = Place { byte: 0, row: 1 };
    let headings = Delimiter::ALL.iter().filter_map(|delimiter| {
        let dialect = Dialect { encoding, delimiter: *delimiter };
        match Rows::of(piece, is_last, top, dialect).advance() {
            Next::Row(row) => Some((dialect, row)),
            Next::More | Next::End | Next::TooLong(_) => None,
        }
    });
    let known = |(_, row): &(Dialect, Row)| row.cells.as_ref().map_or(0, |cells| Layout::known(cells));
    // Of equals, the last one is taken.
    let best = headings.collect::<Vec<_>>().into_iter().rev().max_by_key(known);
    let whole = |row, code| BadCells::none(wanted.clone()).and(BadCell::whole(row, code));
    let (dialect, row) = best.ok_or_else(|| whole(1, FieldCode::Required))?;
    let headings = row.cells.map_err(|code| whole(row.number, code))?;
    Ok(Opened { dialect, layout: Layout::read(&headings, row.number, wanted.clone())?, first: row.next })
}

#[cfg(test)]
mod tests {
    use super::{Delimiter, Dialect, Encoding, FieldCode, MOST_ROW_BYTES, Next, Place, Rows, open};
    use proptest::prelude::*;

    const PLAIN: Dialect = Dialect { encoding: Encoding::Utf8, delimiter: Delimiter::Semicolon };
    const TOP: Place = Place { byte: 0, row: 1 };

    type Cells = Result<Vec<String>, FieldCode>;

    /// All rows, when the table comes in pieces of `at_once` bytes.
    fn rows(table: &[u8], at_once: usize) -> Vec<(u32, Cells)> {
        let (mut found, mut place, mut end) = (Vec::new(), TOP, at_once.min(table.len()));
        loop {
            let start = usize::try_from(place.byte).expect("small");
            let mut rows = Rows::of(&table[start..end], end == table.len(), place, PLAIN);
            loop {
                match rows.advance() {
                    Next::Row(row) => {
                        found.push((row.number, row.cells));
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

    fn row(number: u32, cells: &[&str]) -> (u32, Cells) {
        (number, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
    }

    #[test]
    fn rows_are_numbered_as_spreadsheets_do() {
        let table = "\u{feff}a;b\r\n\r\n\"c\r\nc\";d\r\n;\r\n\n\re;\"f\"\"\"\n\"g;h\ni;j";
        let expected = [row(1, &["a", "b"]), row(3, &["c\r\nc", "d"]), row(7, &["e", "f\""]), (8, Err(FieldCode::InvalidFormat))];
        for at_once in 1..table.len() {
            assert_eq!(rows(table.as_bytes(), at_once), expected, "{at_once}");
        }
    }

    #[test]
    fn a_row_without_end_is_refused() {
        let table = [b"a\n".as_slice(), &vec![b'x'; MOST_ROW_BYTES + 1]].concat();
        assert_eq!(rows(&table, table.len()), [(2, Err(FieldCode::TooLong))]);
        assert_eq!(rows(&table, MOST_ROW_BYTES), [(2, Err(FieldCode::TooLong))]);
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
            let opened = open(table.as_bytes(), true, Encoding::Utf8, 0..9).expect("headings");
            assert_eq!(opened.dialect.delimiter, delimiter);
            assert_eq!(usize::try_from(opened.first.byte).expect("small"), table.len() - 1);
        }
        assert_eq!(open(b"", true, Encoding::Utf8, 0..9).expect_err("no headings").cells[0].code, FieldCode::Required);
        assert_eq!(open(b"Naam;x", true, Encoding::Utf8, 0..9).expect_err("no such headings").cells.len(), 3);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(table in "[a;\"\r\n]{0,40}", at_once in 1usize..10) {
            prop_assert_eq!(rows(table.as_bytes(), at_once), rows(table.as_bytes(), 1000));
        }
    }
}
