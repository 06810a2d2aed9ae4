//! Converts rows of a table to client files: the cells become an API request and are validated by the same rules.

use super::{
    cells,
    columns::{ColumnPosition, GROUPS, WATERMARK},
    dialect::Delimiter,
    words::key,
};
use crate::domain::{
    clients::file::ClientFile,
    exports::ExportPlace,
    ids::ClientId,
    wire::{
        fields::{FieldCode, Fields, InvalidFields},
        json::Json,
        object::Object,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use std::ops::Range;

/// The columns of a table, according to its first row.
#[derive(Debug)]
pub struct Layout {
    /// `None` for columns that are ignored.
    columns: Vec<Option<ColumnPosition>>,
    /// The column with the watermark of an export.
    mark: Option<usize>,
}

/// The bad cells of a row: the requested range of them, and the total number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCells {
    /// Those in the requested range, in the order of the columns.
    pub cells: Vec<BadCell>,
    pub count: usize,
    wanted: Range<usize>,
}

impl BadCells {
    /// Starts empty. Only cells in the range `wanted` are kept, since a row may have a hundred thousand bad ones.
    pub const fn none(wanted: Range<usize>) -> Self {
        Self { cells: Vec::new(), count: 0, wanted }
    }

    /// Adds the next bad cell.
    pub fn and(mut self, cell: BadCell) -> Self {
        self.push(|| cell);
        self
    }

    fn push(&mut self, cell: impl FnOnce() -> BadCell) {
        if self.wanted.contains(&self.count) {
            self.cells.push(cell());
        }
        self.count += 1;
    }
}

/// An invalid cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BadCell {
    /// Row number as in a spreadsheet: the headings are row 1.
    #[schema(minimum = 1)]
    pub row: u32,
    /// Column number, starting at 1; `null` if the row as a whole is meant.
    #[schema(required, minimum = 1)]
    pub column: Option<u32>,
    /// The heading of the column; `null` if the template has no such heading.
    #[schema(required)]
    pub heading: Option<String>,
    /// What is wrong with the cell.
    pub code: FieldCode,
}

impl BadCell {
    /// A row that is refused as a whole.
    pub const fn whole(row: u32, code: FieldCode) -> Self {
        Self { row, column: None, heading: None, code }
    }

    fn at(row: u32, index: Option<usize>, spot: Option<ColumnPosition>, code: FieldCode) -> Self {
        let column = index.and_then(|index| u32::try_from(index + 1).ok());
        Self { row, column, heading: spot.map(|spot| spot.heading()), code }
    }
}

impl Layout {
    /// Parses the headings. A column without one has to be empty, and the watermark of an export is ignored.
    ///
    /// # Errors
    /// Every unknown or duplicate heading, and the one mandatory column when it is missing.
    pub fn read(headings: &[String], row: u32, wanted: Range<usize>) -> Result<Self, BadCells> {
        // Each known column once: there are few of them, and a row may have a hundred thousand others.
        let (mut columns, mut known, mut bad) = (Vec::new(), Vec::new(), BadCells::none(wanted));
        for (index, heading) in headings.iter().enumerate() {
            let spot = ColumnPosition::of_heading(heading);
            let passed_over = heading.trim().is_empty() || key(heading) == key(WATERMARK);
            let repeated = spot.is_some_and(|spot| known.contains(&spot));
            if repeated || (spot.is_none() && !passed_over) {
                bad.push(|| BadCell::at(row, Some(index), spot, FieldCode::UnknownField));
            }
            known.extend(spot.filter(|_| !repeated));
            columns.push(spot);
        }
        let obligatory = ColumnPosition::of_heading("Achternaam");
        if !obligatory.is_some_and(|obligatory| known.contains(&obligatory)) {
            bad.push(|| BadCell::at(row, None, obligatory, FieldCode::Required));
        }
        let mark = headings.iter().position(|heading| key(heading) == key(WATERMARK));
        if bad.count == 0 { Ok(Self { columns, mark }) } else { Err(bad) }
    }

    /// Number of known headings: distinguishes the right delimiter from a wrong one.
    pub fn known(headings: &[String]) -> usize {
        headings.iter().filter(|heading| ColumnPosition::of_heading(heading).is_some()).count()
    }

    /// Whether a row contains only the watermark, like the last row of an export.
    pub fn is_only_marked(&self, cells: &[String]) -> bool {
        let is_blank = |index: usize| cells.get(index).is_none_or(|cell| cell.trim().is_empty());
        self.mark.is_some_and(|mark| !is_blank(mark) && (0..cells.len()).all(|index| index == mark || is_blank(index)))
    }

    /// Returns the position of the column with this index; `None` when it is ignored.
    pub fn spot(&self, index: usize) -> Option<ColumnPosition> {
        self.columns.get(index).copied().flatten()
    }

    /// The file that a row was exported from, according to its mark.
    pub fn exported(&self, cells: &[String]) -> Option<ClientId> {
        let mark = cells.get(self.mark?)?;
        ExportPlace::parse(mark.trim()).map(|place| place.behind)
    }

    /// Parses the file that a row describes, received at `now`.
    ///
    /// # Errors
    /// The refused cells in the range `wanted`, in the order of the columns.
    pub fn file(&self, row: u32, cells: &[String], now: Timestamp, wanted: Range<usize>) -> Result<ClientFile, BadCells> {
        if self.is_split_otherwise(cells) {
            return Err(BadCells::none(wanted).and(BadCell::whole(row, FieldCode::TooShort)));
        }
        let (mut values, mut unread) = (Vec::new(), Vec::new());
        for (index, (cell, column)) in cells.iter().zip(&self.columns).enumerate() {
            let Some(spot) = *column else { continue };
            match cells::read(spot.field.cell, cell) {
                Ok(Some(json)) => values.push(Value { spot, index, json }),
                Ok(None) => {}
                Err(code) => unread.push(BadCell::at(row, Some(index), Some(spot), code)),
            }
        }
        let (json, origins) = assemble(values);
        let file = ClientFile::read(Fields::of(json, now));
        let mut bad = unread.clone();
        if let Err(invalid) = &file {
            // A cell that is already refused is not also reported as missing.
            let others = self.cells_of(row, invalid, &origins);
            bad.extend(others.into_iter().filter(|other| other.column.is_none() || unread.iter().all(|bad| bad.column != other.column)));
        }
        bad.sort_by_key(|bad| bad.column);
        let all = self.with_strays(row, cells, bad, BadCells::none(wanted));
        match file {
            Ok(file) if all.count == 0 => Ok(file),
            Ok(_) | Err(_) => Err(all),
        }
    }

    /// Merges in the cells below no heading or beyond the columns, in the order of the columns: there may be very many.
    fn with_strays(&self, row: u32, cells: &[String], bad: Vec<BadCell>, mut all: BadCells) -> BadCells {
        let mut bad = bad.into_iter().peekable();
        let is_stray =
            |(index, cell): &(usize, &String)| self.spot(*index).is_none() && self.mark != Some(*index) && !cell.trim().is_empty();
        for (index, _) in cells.iter().enumerate().filter(is_stray) {
            while let Some(earlier) =
                bad.next_if(|bad| bad.column.is_none_or(|column| usize::try_from(column).is_ok_and(|column| column <= index)))
            {
                all = all.and(earlier);
            }
            all.push(|| BadCell::at(row, Some(index), None, FieldCode::UnknownField));
        }
        bad.fold(all, BadCells::and)
    }

    /// Whether the row seems to use another delimiter than the headings: all of it is in the first cell.
    fn is_split_otherwise(&self, cells: &[String]) -> bool {
        let [only] = cells else { return false };
        self.columns.len() > 1 && Delimiter::ALL.iter().any(|delimiter| only.trim().contains(char::from(delimiter.byte())))
    }

    /// Maps refused fields to their cells; a missing field also has a column.
    fn cells_of(&self, row: u32, invalid: &InvalidFields, origins: &[Origin]) -> Vec<BadCell> {
        let bad = invalid.0.iter().map(|error| {
            let origin = origins.iter().find(|(pointer, _)| *pointer == error.pointer).map(|(_, index)| *index);
            let empty = || self.columns.iter().position(|spot| spot.is_some_and(|spot| spot.pointer() == error.pointer));
            let index = origin.or_else(empty);
            BadCell::at(row, index, index.and_then(|index| self.columns[index]), error.code)
        });
        bad.collect()
    }
}

/// The value of a cell.
struct Value {
    spot: ColumnPosition,
    index: usize,
    json: Json,
}

/// A pointer into the request, and the index of the column that its value stems from.
type Origin = (String, usize);

/// Assembles the request from the values. List entries that are empty in the table are omitted.
fn assemble(mut values: Vec<Value>) -> (Json, Vec<Origin>) {
    values.sort_by_key(|value| value.spot.entry);
    let (mut members, mut origins) = (Vec::new(), Vec::new());
    for group in &GROUPS {
        let (own, others): (Vec<_>, Vec<_>) = values.into_iter().partition(|value| value.spot.group.member == group.member);
        values = others;
        let mut entries: Vec<Vec<(String, Json)>> = Vec::new();
        let mut last = None;
        for Value { spot, index, json } in own {
            if last.replace(spot.entry) != Some(spot.entry) {
                entries.push(Vec::new());
            }
            origins.push((spot.pointer_at(entries.len() - 1), index));
            entries.last_mut().expect("one was just pushed").push((spot.field.member.to_owned(), json));
        }
        let fields = entries.into_iter();
        if group.numbered {
            members.push((group.member.to_owned(), Json::List(fields.map(Json::Object).collect())));
        } else if group.member.is_empty() {
            members.extend(fields.flatten());
        } else {
            members.extend(fields.map(|fields| (group.member.to_owned(), Json::Object(fields))));
        }
    }
    (Json::Object(members), origins)
}

#[cfg(test)]
mod tests {
    use super::{BadCell, ClientFile, FieldCode, Layout};
    use crate::domain::{
        clients::properties::client_file,
        table::{cells::tidied, sheet},
    };
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::{Value, to_value};

    const ALL: std::ops::Range<usize> = 0..usize::MAX;
    /// 2025-06-01T12:00:00Z
    const NOW: Timestamp = Timestamp::constant(1_748_779_200, 0);

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    fn bad(row: u32, column: impl Into<Option<u32>>, heading: Option<&str>, code: FieldCode) -> BadCell {
        BadCell { row, column: column.into(), heading: heading.map(str::to_owned), code }
    }

    #[test]
    fn every_wrong_heading_is_named() {
        let headings = texts(&["Naam", "BSN", "", "Exportkenmerk", "bsn"]);
        let flaws = Layout::read(&headings, 1, ALL).map(|_| ()).expect_err("three flaws").cells;
        let expected = [
            bad(1, 1, None, FieldCode::UnknownField),
            bad(1, 5, Some("BSN"), FieldCode::UnknownField),
            bad(1, None, Some("Achternaam"), FieldCode::Required),
        ];
        assert_eq!(flaws, expected);
        let one = Layout::read(&headings, 1, 1..2).map(|_| ()).expect_err("three flaws");
        assert_eq!((one.cells.as_slice(), one.count), (&expected[1..2], 3));
    }

    #[test]
    fn no_more_bad_cells_are_kept_than_are_wanted() {
        let layout = Layout::read(&texts(&["Achternaam", "BSN"]), 1, ALL).expect("a layout");
        let mut cells = texts(&["", "1"]);
        cells.extend(std::iter::repeat_n("x".to_owned(), 60_000));
        let bad = layout.file(2, &cells, NOW, 0..3).expect_err("bad cells");
        assert_eq!((bad.count, bad.cells.iter().map(|bad| bad.column).collect::<Vec<_>>()), (60_002, vec![Some(1), Some(2), Some(3)]));
        let bad = layout.file(2, &cells, NOW, 60_000..60_100).expect_err("bad cells");
        assert_eq!(bad.cells.iter().map(|bad| bad.column).collect::<Vec<_>>(), [Some(60_001), Some(60_002)]);
    }

    #[test]
    fn a_row_with_nothing_but_the_mark_is_told() {
        let layout = Layout::read(&texts(&["Achternaam", "", "Exportkenmerk"]), 1, ALL).expect("a layout");
        assert!(layout.is_only_marked(&texts(&["", " ", "x"])) && layout.is_only_marked(&texts(&["", "", "x", ""])));
        for row in [&["Dijk", "", "x"][..], &["", "y", "x"], &["", "", ""], &["", "", "x", "y"], &[""]] {
            assert!(!layout.is_only_marked(&texts(row)), "{row:?}");
        }
    }

    #[test]
    fn every_bad_cell_of_a_row_is_named() {
        let headings = ["Achternaam", "BSN", "Kind 2 geboortedatum", "Schuld 1 openstaand", "Uitgave 3 periode", ""];
        let layout = Layout::read(&texts(&headings), 1, ALL).expect("a layout");
        let flaws = layout.file(7, &texts(&["", "123456789", "31-02-2020", "veel", "soms", "x", "y"]), NOW, ALL);
        let expected = vec![
            bad(7, 1, Some("Achternaam"), FieldCode::Required),
            bad(7, 2, Some("BSN"), FieldCode::CheckFailed),
            bad(7, 3, Some("Kind 2 geboortedatum"), FieldCode::InvalidFormat),
            bad(7, 4, Some("Schuld 1 openstaand"), FieldCode::InvalidFormat),
            bad(7, 5, Some("Uitgave 3 periode"), FieldCode::UnknownValue),
            bad(7, 6, None, FieldCode::UnknownField),
            bad(7, 7, None, FieldCode::UnknownField),
        ];
        assert_eq!(flaws.map_err(|bad| bad.cells), Err(expected));
    }

    #[test]
    fn what_stands_below_no_heading_is_refused_in_its_place() {
        let layout = Layout::read(&texts(&["Achternaam", "", "BSN", "Exportkenmerk", " "]), 1, ALL).expect("a layout");
        let refused = layout.file(2, &texts(&["Koploos", "GEHEIM", "1", "merk", "x", "y"]), NOW, ALL).expect_err("nowhere to go");
        let codes: Vec<_> = refused.cells.iter().map(|cell| (cell.column, cell.code)).collect();
        let stray = |column| (Some(column), FieldCode::UnknownField);
        assert_eq!(codes, [stray(2), (Some(3), FieldCode::InvalidFormat), stray(5), stray(6)]);
        assert!(layout.file(2, &texts(&["Dijk", " ", "", "merk", "", ""]), NOW, ALL).is_ok());
    }

    #[test]
    fn a_row_that_is_split_otherwise_than_the_headings_is_refused() {
        let layout = Layout::read(&texts(&["Achternaam", "Roepnaam"]), 1, ALL).expect("a layout");
        for cell in ["Dijk,Anna", "Dijk\tAnna", "Dijk;Anna"] {
            let refused = layout.file(2, &texts(&[cell]), NOW, ALL).expect_err("another separator");
            assert_eq!(refused.cells, [bad(2, None, None, FieldCode::TooShort)], "{cell}");
        }
        assert!(layout.file(2, &texts(&["Dijk, mr.", "Anna"]), NOW, ALL).is_ok());
        assert!(layout.file(2, &texts(&["Dijk "]), NOW, ALL).is_ok());
    }

    #[test]
    fn a_cell_that_cannot_be_read_is_refused_whatever_its_column() {
        let headings = ["Achternaam", "Geboortedatum", "BSN", "Inkomst 1 bedrag", "Burgerlijke staat", "Notities", "Land", ""];
        let layout = Layout::read(&texts(&headings), 1, ALL).expect("a layout");
        let refused = layout.file(2, &vec![format!("1{}", super::super::dialect::UNREADABLE); headings.len()], NOW, ALL);
        let codes: Vec<_> = refused.expect_err("nothing can be read").cells.iter().map(|cell| (cell.column, cell.code)).collect();
        let mut expected: Vec<_> = (1..=7).map(|column| (Some(column), FieldCode::InvalidCharacters)).collect();
        expected.push((Some(8), FieldCode::UnknownField));
        assert_eq!(codes, expected);
    }

    #[test]
    fn empty_entries_are_left_out_and_short_rows_are_filled() {
        let headings = ["Inkomst 2 bedrag", "Inkomst 1 bedrag", "Inkomst 3 bedrag", "Achternaam", "Land"];
        let layout = Layout::read(&texts(&headings), 1, ALL).expect("a layout");
        let file = layout.file(2, &texts(&["", "1,50", "2", "Dijk"]), NOW, ALL).expect("a file");
        let amounts: Vec<_> =
            file.incomes.iter().map(|income| income.amount_cents.map(crate::domain::clients::money::Cents::get)).collect();
        assert_eq!(amounts, [Some(150), Some(200)]);
        assert_eq!(file.address, None);
    }

    fn written_and_read(file: &ClientFile) -> ClientFile {
        let table = sheet::of_one(file, Some("merk"));
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(table.as_slice());
        let rows: Vec<Vec<String>> = reader.records().map(|record| record.expect("a record").iter().map(str::to_owned).collect()).collect();
        let [headings, cells] = rows.as_slice() else { unreachable!("a heading and a row were written") };
        let layout = Layout::read(headings, 1, ALL).expect("headings that were written");
        layout.file(2, cells, NOW, ALL).expect("a file that was written")
    }

    /// What a table preserves of a value: trimmed lines, no invisible characters, and no empty entries.
    fn kept(value: Value) -> Value {
        let empty = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
        match value {
            Value::String(text) => tidied(text.trim()).trim().into(),
            Value::Array(items) => items.into_iter().map(kept).filter(|item| !empty(item)).collect(),
            Value::Object(members) => {
                let keep = |(name, value): (String, Value)| {
                    (name.clone(), if name == "notes" { value.as_str().map(tidied).into() } else { kept(value) })
                };
                let blank = |(name, value): &(String, Value)| name == "notes" && value.as_str().is_some_and(|text| text.trim().is_empty());
                members.into_iter().map(keep).filter(|member| !empty(&member.1) && !blank(member)).collect()
            }
            other => other,
        }
    }

    proptest! {
        #[test]
        fn a_file_reads_back_from_its_row(file in client_file()) {
            let read = written_and_read(&file);
            prop_assert_eq!(to_value(&read).expect("JSON"), kept(to_value(&file).expect("JSON")));
            prop_assert_eq!(written_and_read(&read), read);
        }

        #[test]
        fn any_row_is_read_or_refused(cells in proptest::collection::vec("\\PC{0,8}", 0..12)) {
            let layout = Layout::read(&texts(&["Achternaam", "Geboortedatum", "BSN", "Inkomst 1 bedrag", "Land", "Postcode", "Schuld 9 rente"]), 1, ALL).expect("a layout");
            let _ = layout.file(2, &cells, NOW, ALL);
        }
    }
}
