//! Tables as spreadsheets write them, and as people spoil them.

use crate::work;
use finrust::domain::{
    imports::{FileName, Import, MAX_BYTES, PART_BYTES},
    table::{
        dialect::{Delimiter, Dialect, EncodingGuess},
        preview::preview,
        rows::{MAX_ROW_BYTES, Next, RowPosition, Rows, open, raw_preview},
        sheet,
    },
};
use jiff::Timestamp;

/// 2025-06-01T12:00:00Z
const NOW: Timestamp = Timestamp::constant(1_748_779_200, 0);
const TOP: RowPosition = RowPosition { byte: 0, row: 1 };
const WANTED: usize = 50;

fn dialect(data: &[u8], at_once: usize) -> Dialect {
    let mut guess = EncodingGuess::default();
    let mut parts = data.chunks(at_once).peekable();
    while let Some(part) = parts.next() {
        guess.look_at(part, parts.peek().is_none());
    }
    guess.dialect()
}

/// A row as it was found: its numbers, and its cells.
type Found = (u32, u32, Option<Vec<String>>);

/// The rows of a table that arrives in pieces of this size, and the number of a row that is too long.
fn rows_of(table: &[u8], at_once: usize, dialect: Dialect) -> (Vec<Found>, Option<u32>) {
    let (mut found, mut place, mut end) = (Vec::new(), TOP, at_once.min(table.len()));
    loop {
        let start = usize::try_from(place.byte).expect("small");
        let mut rows = Rows::of(&table[start..end], end == table.len(), place, dialect);
        loop {
            match rows.advance() {
                Next::Row(row) => {
                    assert!(row.bytes <= MAX_ROW_BYTES && row.number <= row.last && row.next.byte > place.byte && row.next.row > row.last);
                    found.push((row.number, row.last, row.cells.ok()));
                    place = row.next;
                }
                Next::More => break,
                Next::End => return (found, None),
                Next::TooLong(row) => return (found, Some(row)),
            }
        }
        end = (end + at_once).min(table.len());
    }
}

/// How a table is cut into pieces makes no difference to its encoding and its rows, and every row is read once, in order.
pub fn rows(data: &[u8]) {
    let Some((first, table)) = data.split_first() else { return };
    let at_once = (usize::from(first >> 2) + 1).max(table.len() / 64);
    let delimiter = Delimiter::ALL[usize::from(first & 3) % Delimiter::ALL.len()];
    let whole = dialect(table, table.len().max(1));
    assert_eq!(dialect(table, at_once), whole);
    let dialect = Dialect { delimiter, ..whole };
    let (found, too_long) = rows_of(table, table.len().max(1), dialect);
    assert_eq!(rows_of(table, at_once, dialect), (found.clone(), too_long));
    assert!(found.is_sorted_by(|one, next| one.1 < next.0));
    let lines = table.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count() + 1;
    assert!(found.last().is_none_or(|(_, last, _)| usize::try_from(*last).is_ok_and(|last| last <= lines)));
    work::grows_with_size(table, |table| drop(rows_of(table, table.len(), dialect)));
}

/// A table is opened or refused; each of its rows becomes a file that is written and read back, or its bad cells, in the order of the
/// columns, no more than were asked for.
pub fn headings(data: &[u8]) {
    let guess = dialect(data, data.len().max(1));
    judged(data, guess);
    for row in raw_preview(data, true, guess) {
        assert!(row.cells.len() <= 40 && row.cells.iter().all(|cell| cell.text.chars().count() <= 201));
    }
    work::grows_with_size(data, |data| {
        judged(data, guess);
        let _ = raw_preview(data, true, guess);
    });
}

fn judged(data: &[u8], guess: Dialect) {
    let opened = match open(data, true, guess, 0..WANTED) {
        Ok(opened) => opened,
        Err(bad) => {
            assert!(bad.count > 0 && bad.cells.len() == bad.count.min(WANTED));
            return;
        }
    };
    let rest = &data[usize::try_from(opened.first.byte).expect("small")..];
    let shown = preview(rest, true, opened.first, opened.dialect, (&opened.layout, NOW));
    assert!(shown.len() <= 6 + 3 && shown.is_sorted_by(|one, next| one.row < next.row));
    let mut rows = Rows::of(rest, true, opened.first, opened.dialect);
    while let Next::Row(row) = rows.advance() {
        let Ok(cells) = row.cells else { continue };
        match opened.layout.file(row.number, &cells, NOW, 0..WANTED) {
            Ok(file) => comes_back(&sheet::of_one(&file, None), &file),
            Err(bad) => assert!(bad.count > 0 && bad.cells.len() == bad.count.min(WANTED)),
        }
    }
}

/// An export of a file is a table that says the same file.
fn comes_back(table: &[u8], file: &finrust::domain::clients::file::ClientFile) {
    let opened = open(table, true, dialect(table, table.len()), 0..WANTED).expect("what is written is read");
    let rest = &table[usize::try_from(opened.first.byte).expect("small")..];
    let Next::Row(row) = Rows::of(rest, true, opened.first, opened.dialect).advance() else { panic!("one row is written") };
    let again = opened.layout.file(row.number, &row.cells.expect("cells"), NOW, 0..WANTED).expect("what was read is read again");
    let text = |file| serde_json::to_string(file).expect("a file");
    assert_eq!(text(&again), text(file));
}

/// The parts of an upload are as many and as large as its size says, for any number that a path or a body may have.
pub fn upload(data: &[u8]) {
    let Some((numbers, name)) = data.split_first_chunk::<8>() else { return };
    let (bytes, part) = numbers.split_at(4);
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().expect("four bytes"));
    let Ok(name) = FileName::parse(&String::from_utf8_lossy(name)) else { return };
    let size = number(bytes) % MAX_BYTES + 1;
    let import = Import::new(name, size, NOW);
    let parts = import.parts();
    let of = |part| import.part_bytes(part);
    let part = number(part);
    assert_eq!(of(part).is_some(), part < parts);
    assert!(of(part).is_none_or(|bytes| (1..=PART_BYTES).contains(&bytes)));
    assert_eq!((0..parts).filter_map(of).sum::<u32>(), size);
    let stored = serde_json::to_string(&import).expect("an import");
    assert!(serde_json::from_str::<Import>(&stored).is_ok_and(|again| again.part_bytes(part) == of(part) && again.name == import.name));
}
