//! The first rows of a table as they were parsed, so that a person can check the interpretation.

use super::{
    cells,
    dialect::{Dialect, UNREADABLE},
    row::Layout,
    rows::{Next, RowPosition, Rows},
};
use jiff::Timestamp;
use serde::Serialize;

/// A row as the import would read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PreviewRow {
    /// Row number as in a spreadsheet: the headings are row 1.
    #[schema(minimum = 1)]
    pub row: u32,
    /// The first non-empty cells of the row.
    #[schema(max_items = 40)]
    pub cells: Vec<PreviewCell>,
}

/// A cell as the import would read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PreviewCell {
    /// Column number, starting at 1.
    #[schema(minimum = 1)]
    pub column: u32,
    /// The heading of the column; `null` if the template has no such heading.
    #[schema(required)]
    pub heading: Option<String>,
    /// The value as it was read, in the notation of tables; a long text is cut off. A refused cell is shown as it is written, with U+FFFD
    /// for undecodable characters.
    #[schema(max_length = 201)]
    pub text: String,
}

/// Number of rows from the start.
const FIRST: usize = 3;
/// Number of rows with non-ASCII letters: they show whether the encoding was detected correctly.
const WITH_OTHER_LETTERS: usize = 3;
const MAX_CELLS: usize = 40;
/// Maximum number of refused cells collected per row: more than there are columns.
const MAX_REFUSED: usize = 1000;
const MAX_CHARACTERS: usize = 200;

/// The first rows of a piece that starts at `place`, and the first ones with letters that depend on the encoding; validated as of a day.
pub fn preview(piece: &[u8], is_last: bool, place: RowPosition, dialect: Dialect, (layout, now): (&Layout, Timestamp)) -> Vec<PreviewRow> {
    let mut rows = Rows::of(piece, is_last, place, dialect);
    let (mut shown, mut with_others) = (Vec::new(), 0);
    while let Next::Row(row) = rows.advance() {
        let Ok(cells) = row.cells else { continue };
        let has_others = cells.iter().any(|cell| !cell.is_ascii());
        if layout.is_only_marked(&cells) || (shown.len() >= FIRST && !has_others) {
            continue;
        }
        with_others += usize::from(has_others);
        shown.push(PreviewRow { row: row.number, cells: layout.shown(&cells, now) });
        if shown.len() >= FIRST && with_others >= WITH_OTHER_LETTERS {
            break;
        }
    }
    shown
}

/// The first rows, including the headings, of a table whose headings are not recognised.
pub fn raw(piece: &[u8], is_last: bool, place: RowPosition, dialect: Dialect) -> Vec<PreviewRow> {
    let mut rows = Rows::of(piece, is_last, place, dialect);
    let mut shown = Vec::new();
    while shown.len() < FIRST
        && let Next::Row(row) = rows.advance()
    {
        let cells = row.cells.unwrap_or_default();
        shown.push(PreviewRow { row: row.number, cells: some(cells.iter().map(|cell| (None, cell.clone()))) });
    }
    shown
}

impl Layout {
    fn shown(&self, cells: &[String], now: Timestamp) -> Vec<PreviewCell> {
        let refused = self.file(1, cells, now, 0..MAX_REFUSED).err().map_or_else(Vec::new, |bad| bad.cells);
        let is_refused =
            |index: usize| refused.iter().any(|bad| bad.column.and_then(|column| usize::try_from(column).ok()) == Some(index + 1));
        some(cells.iter().enumerate().map(|(index, typed)| match self.spot(index) {
            Some(spot) if !is_refused(index) => (Some(spot.heading()), cells::as_read(spot.field.cell, typed)),
            spot => (spot.map(|spot| spot.heading()), typed.clone()),
        }))
    }
}

fn some(cells: impl Iterator<Item = (Option<String>, String)>) -> Vec<PreviewCell> {
    let numbered = (1..).zip(cells).filter(|(_, (_, text))| !text.trim().is_empty());
    numbered.take(MAX_CELLS).map(|(column, (heading, text))| PreviewCell { column, heading, text: cut(&text) }).collect()
}

fn cut(text: &str) -> String {
    let mut cut: String =
        text.chars().take(MAX_CHARACTERS).map(|c| if c == UNREADABLE { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::{super::dialect::EncodingGuess, PreviewRow, preview};
    use crate::domain::table::rows::open;

    fn shown(table: &[u8]) -> Vec<PreviewRow> {
        let mut guess = EncodingGuess::default();
        guess.look_at(table, true);
        let opened = open(table, true, guess.dialect(), 0..9).expect("headings");
        let at = usize::try_from(opened.first.byte).expect("small");
        preview(&table[at..], true, opened.first, opened.dialect, (&opened.layout, jiff::Timestamp::constant(1_748_779_200, 0)))
    }

    fn texts(rows: &[PreviewRow]) -> Vec<(u32, Vec<&str>)> {
        rows.iter().map(|row| (row.row, row.cells.iter().map(|cell| cell.text.as_str()).collect())).collect()
    }

    #[test]
    fn cells_are_shown_as_they_are_read() {
        let table = "Achternaam;Geboortedatum;Bezitting 1 waarde;Bezitting 1 soort;Schuld 1 rente;BSN;\r\nDijk ;1 maart 1980;€ 1.234.567,5;crypto;3.85 %;12345672;x\r\n'=1;31-12-80;0,125;;;;";
        let rows = shown(table.as_bytes());
        assert_eq!(
            texts(&rows),
            [
                (2, vec!["Dijk", "01-03-1980", "1.234.567,50", "Cryptovaluta", "3,85", "012345672", "x"]),
                (3, vec!["=1", "31-12-80", "0,125"])
            ]
        );
        assert_eq!(rows[0].cells[1].heading.as_deref(), Some("Geboortedatum"));
        assert_eq!((rows[0].cells[6].column, rows[0].cells[6].heading.as_deref()), (7, None));
    }

    #[test]
    fn what_is_refused_is_shown_as_it_was_typed() {
        let table = "Achternaam;Land;BSN;Schuld 1 rente;Geboortedatum\nDijk;België;123.456.789;3,12345;1 mei 2030\nBos;nederland;111.222.333;3,1;1 mei 2020";
        let rows = shown(table.as_bytes());
        let typed = vec!["Dijk", "België", "123.456.789", "3,12345", "1 mei 2030"];
        assert_eq!(texts(&rows), [(2, typed), (3, vec!["Bos", "NL", "111222333", "3,1", "01-05-2020"])]);
    }

    #[test]
    fn rows_with_other_letters_are_among_them_and_what_cannot_be_read_is_marked() {
        let plain = "Dijk\n".repeat(9);
        let table = [b"Achternaam\n", plain.as_bytes(), b"Zo\xebton\nM\xfcller 12\xbd\nX\nBo\xebl\nC\xe9\n"].concat();
        let rows = shown(&table);
        let expected = [(2, "Dijk"), (3, "Dijk"), (4, "Dijk"), (11, "Zoëton"), (12, "Müller 12\u{FFFD}"), (14, "Boël")];
        assert_eq!(texts(&rows), expected.map(|(row, text)| (row, vec![text])));
    }

    #[test]
    fn a_preview_is_small() {
        let wide = (1..=100).map(|number| format!(";Uitgave {number} omschrijving")).collect::<Vec<_>>().concat();
        let table = format!("Achternaam{wide}\n{}{}\n", "x".repeat(300), ";é".repeat(100));
        let rows = shown(table.as_bytes());
        assert_eq!((rows.len(), rows[0].cells.len(), rows[0].cells[0].text.chars().count()), (1, 40, 201));
    }
}
