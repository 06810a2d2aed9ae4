//! Writes client files as a table: UTF-8 with a byte-order mark, semicolons, every cell quoted (RFC 4180), as Dutch spreadsheets expect.

use super::{
    cells,
    columns::{ColumnPosition, WATERMARK, Widths},
};
use crate::domain::clients::file::ClientFile;

/// Marks the text as UTF-8 for spreadsheets.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Writes a table row by row, without keeping any.
pub struct Sheet {
    spots: Vec<ColumnPosition>,
    /// Whether each row ends in a mark with the export and the position in it.
    marked: bool,
}

impl Sheet {
    /// Creates a table with columns for `widths`, and one for the mark if it is an export.
    pub fn new(widths: Widths, marked: bool) -> Self {
        Self { spots: widths.spots(), marked }
    }

    /// Returns the byte-order mark and the headings.
    pub fn head(&self) -> Vec<u8> {
        let headings = self.spots.iter().map(ColumnPosition::heading).chain(self.marked.then(|| WATERMARK.to_owned()));
        [BYTE_ORDER_MARK, &record(headings)].concat()
    }

    /// Returns the row of a file, with its mark if there is a column for it. List entries beyond the columns are omitted: check with
    /// [`Widths::hold`].
    pub fn row(&self, file: &ClientFile, mark: &str) -> Vec<u8> {
        let value = serde_json::to_value(file).expect("a file has string keys and serialises to memory");
        let cell =
            |spot: &ColumnPosition| value.pointer(&spot.pointer()).map_or_else(String::new, |value| cells::write(spot.field.cell, value));
        record(self.spots.iter().map(cell).chain(self.marked.then(|| mark.to_owned())))
    }

    /// A last row that contains only a mark, which a truncated table lacks. An import ignores it.
    pub fn end(&self, mark: &str) -> Vec<u8> {
        record(self.spots.iter().map(|_| String::new()).chain(self.marked.then(|| mark.to_owned())))
    }
}

/// Writes a table of one file.
pub fn of_one(file: &ClientFile, mark: Option<&str>) -> Vec<u8> {
    let sheet = Sheet::new(Widths::of(file), mark.is_some());
    [sheet.head(), sheet.row(file, mark.unwrap_or_default())].concat()
}

/// The template for advisers: the headings, and an example to be overwritten.
pub fn template() -> Vec<u8> {
    let sheet = Sheet::new(Widths::TEMPLATE, false);
    [sheet.head(), sheet.row(&example(), "")].concat()
}

fn example() -> ClientFile {
    serde_json::from_str(EXAMPLE).expect("the example below is a client file")
}

fn record(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(cells.map(String::into_bytes)).expect("memory takes every write, and there is one record only");
    writer.into_inner().expect("memory takes every write")
}

const EXAMPLE: &str = r#"{
  "person":  {"initials":"A.B.","first_name":"Anna","prefix":"van","last_name":"Voorbeeld","birth_date":"1975-04-30","bsn":"111222333",
              "email":"anna@example.nl","phone":"06-12345678","marital_status":"married"},
  "address": {"street":"Kerkstraat","house_number":"12","addition":"a","postcode":"1234 AB","city":"Utrecht","country":"NL"},
  "partner": {"initials":"C.","first_name":"Bram","last_name":"Voorbeeld","birth_date":"1974-11-02"},
  "children":[{"first_name":"Cas","last_name":"Voorbeeld","birth_date":"2008-01-02"}],
  "incomes": [{"description":"Salaris","kind":"employment","amount_cents":350000,"period":"month"}],
  "expenses":[{"description":"Hypotheek","kind":"housing","amount_cents":120050,"period":"month"}],
  "assets":  [{"description":"Woning","kind":"property","value_cents":45000000}],
  "debts":   [{"description":"Hypotheek","kind":"mortgage","balance_cents":28000000,"interest_percent":"3.85"}],
  "notes":   "Vrije tekst, ook over meer regels"
}"#;

#[cfg(test)]
mod tests {
    use super::{ClientFile, Sheet, Widths, of_one, template};

    #[test]
    fn the_template_is_what_it_was() {
        insta::assert_snapshot!(String::from_utf8(template()).expect("UTF-8").replace("\r\n", "\n"));
    }

    #[test]
    fn a_row_shows_what_is_in_the_file_and_nothing_runs() {
        let file: ClientFile = serde_json::from_str(
            r#"{"person":{"last_name":"=HYPERLINK(\"x\")","phone":"+31612345678"},"debts":[{},{"balance_cents":-123456,"interest_percent":"-0.5"}],"notes":"- a;\n\"b\""}"#,
        )
        .expect("a file");
        let text = String::from_utf8(of_one(&file, Some("merk"))).expect("UTF-8");
        let (head, row) = text.split_once("\r\n").expect("two lines");
        assert!(
            head.starts_with("\u{feff}\"Voorletters\";") && head.ends_with(";\"Schuld 2 rente\";\"Notities\";\"Exportkenmerk\""),
            "{head}"
        );
        assert!(row.contains(r#";"'=HYPERLINK(""x"")";"#), "{row}");
        assert!(row.contains(";\"'+31612345678\";"), "{row}");
        assert!(row.ends_with(";\"-1234,56\";\"-0,5\";\"'- a;\n\"\"b\"\"\";\"merk\"\r\n"), "{row}");
    }

    #[test]
    fn without_a_watermark_there_is_no_column_for_it() {
        let head = String::from_utf8(Sheet::new(Widths::default(), false).head()).expect("UTF-8");
        assert!(head.ends_with("\"Notities\"\r\n"), "{head}");
    }
}
