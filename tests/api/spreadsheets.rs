//! A table written by `LibreOffice`, with each of its separators and encodings, is imported exactly; whatever is ambiguous is refused.
//! Without `soffice` these tests are skipped with a notice.

use crate::{
    exports::files,
    imports::{run, send},
    samples::without_additions,
    support::{actor::Actor, app::TestApp},
};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::{fmt::Write, fs, path::Path, process::Command};

const HEADINGS: [&str; 13] = [
    "Voorletters",
    "Roepnaam",
    "Achternaam",
    "Geboortedatum",
    "BSN",
    "E-mailadres",
    "Telefoonnummer",
    "Straat",
    "Postcode",
    "Land",
    "Bezitting 1 waarde",
    "Schuld 1 rente",
    "Notities",
];

/// The content of a cell.
#[derive(Clone, Copy)]
enum Cell {
    /// Text, possibly multi-line.
    Text(&'static str),
    /// A date, with its display style.
    Day(&'static str, &'static str),
    /// A number, with its display style.
    Number(&'static str, &'static str),
}

use Cell::{Day, Number, Text};
use test_support::skipped::skipped;

/// Letters that all of the encodings represent alike.
const PLAIN: [[Cell; 13]; 3] = [
    [
        Text("J.Ø."),
        Text("Zoë"),
        Text("O'Neil; \"de\" Bruyn, à Çelik\u{df}"),
        Day("1980-02-01", "month"),
        // A number, so the leading zero is lost.
        Number("12345611", "whole"),
        Text("zoe@example.nl"),
        Text("+31 6 12345678"),
        Text("=1+1"),
        Text("1234ab"),
        Text("NL"),
        Number("-1234567.5", "amount"),
        Number("3.85", "amount"),
        Text("=1+1; \"zo\", zei ze\n- tweede regel\n\n@vierde"),
    ],
    [
        Text(""),
        Text("-"),
        Text("Müller"),
        Day("1999-12-31", "day"),
        Text("111222333"),
        Text(""),
        Text("(030) 123 45 67"),
        Text("'s-Gravenstraat, 5"),
        Text("SW1A 1AA"),
        Text("GB"),
        Number("0", "amount"),
        Text(""),
        Text("\"\""),
    ],
    [
        Text(""),
        Text(""),
        Text("Ångström"),
        Text(""),
        Text(""),
        Text(""),
        Text(""),
        Text(""),
        Text(""),
        Text(""),
        Number("0.05", "amount"),
        Text(""),
        Text("; , \"\""),
    ],
];

/// Letters and signs that Windows-1252 and ISO 8859-15 represent differently.
const RICH: [[Cell; 13]; 1] = [[
    Text(""),
    Text("Žofie"),
    Text("Škoda"),
    Text(""),
    Text(""),
    Text(""),
    Text(""),
    Text("Œuvrelaan"),
    Text(""),
    Text(""),
    Number("12.5", "euro"),
    Text(""),
    Text("€ 5 voor Ÿ en œ"),
]];

fn plain_files() -> Vec<Value> {
    vec![
        json!({"person": {"initials": "J.Ø.", "first_name": "Zoë", "last_name": "O'Neil; \"de\" Bruyn, à Çelikß", "birth_date": "1980-02-01",
                "bsn": "012345611", "email": "zoe@example.nl", "phone": "+31 6 12345678"},
            "address": {"street": "=1+1", "postcode": "1234 AB", "country": "NL"},
            "children": [], "incomes": [], "expenses": [], "assets": [{"value_cents": -123_456_750}], "debts": [{"interest_percent": "3.85"}],
            "notes": "=1+1; \"zo\", zei ze\n- tweede regel\n\n@vierde"}),
        json!({"person": {"first_name": "-", "last_name": "Müller", "birth_date": "1999-12-31", "bsn": "111222333", "phone": "(030) 123 45 67"},
            "address": {"street": "'s-Gravenstraat, 5", "postcode": "SW1A 1AA", "country": "GB"},
            "children": [], "incomes": [], "expenses": [], "assets": [{"value_cents": 0}], "debts": [], "notes": "\"\""}),
        json!({"person": {"last_name": "Ångström"}, "children": [], "incomes": [], "expenses": [], "assets": [{"value_cents": 5}], "debts": [],
            "notes": "; , \"\""}),
    ]
}

fn rich_files() -> Vec<Value> {
    vec![json!({"person": {"first_name": "Žofie", "last_name": "Škoda"}, "address": {"street": "Œuvrelaan"}, "children": [], "incomes": [],
        "expenses": [], "assets": [{"value_cents": 1250}], "debts": [], "notes": "€ 5 voor Ÿ en œ"})]
}

/// Codes of `LibreOffice` for separators.
const SEPARATORS: [(u8, &str); 3] = [(59, "semicolon"), (44, "comma"), (9, "tab")];
/// Codes of `LibreOffice` for encodings.
const UTF_8: u32 = 76;
const WINDOWS_1252: u32 = 1;
const ISO_8859_1: u32 = 12;
const ISO_8859_15: u32 = 22;
const UTF_16: u32 = 65535;

#[tokio::test]
async fn every_separator_and_encoding_is_imported_exactly_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plain.fods"), document(&PLAIN)).unwrap();
    fs::write(folder.path().join("rich.fods"), document(&RICH)).unwrap();
    if !convert(folder.path(), SEPARATORS[0].0, UTF_8) {
        return skipped("LibreOffice is missing: its tables are not imported here");
    }
    let app = TestApp::start().await;
    for (code, separator) in SEPARATORS {
        for encoding in [UTF_8, WINDOWS_1252, ISO_8859_1, ISO_8859_15, UTF_16] {
            assert!(convert(folder.path(), code, encoding));
            let adviser = app.adviser(&format!("anna-{separator}-{encoding}")).await;
            let [plain, rich] = ["plain.csv", "rich.csv"].map(|name| fs::read(folder.path().join(name)).unwrap());
            let (found, made) = import(&adviser, &plain).await;
            if encoding == UTF_16 {
                assert_eq!((flaws(&found), made), (vec![(1, 0, "invalid_characters".to_owned())], vec![]));
                continue;
            }
            assert_eq!(flaws(&found), [], "{separator} {encoding}: {}", String::from_utf8_lossy(&plain));
            assert_eq!(found["import"]["checked"]["delimiter"], separator);
            assert_eq!(made, sorted(plain_files()), "{separator} {encoding}");
            let (found, made) = import(&adviser, &rich).await;
            match encoding {
                UTF_8 | WINDOWS_1252 => {
                    assert_eq!((flaws(&found), made), (vec![], sorted([plain_files(), rich_files()].concat())), "{separator}");
                }
                // Which of two letters was meant is ambiguous, and what the encoding lacks becomes a question mark.
                ISO_8859_15 => assert_eq!(flaws(&found), [2, 3, 8, 11, 13].map(|column| (2, column, "invalid_characters".to_owned()))),
                _ => assert_eq!(flaws(&found), [(2, 11, "invalid_format".to_owned())]),
            }
        }
    }
}

/// Lets `LibreOffice` write both tables; `false` where it is not installed.
#[expect(clippy::disallowed_methods, reason = "the spreadsheet under test is another program")]
fn convert(folder: &Path, separator: u8, encoding: u32) -> bool {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    // Separator, quotation mark, encoding, first line, columns, language, quotation marks around all text, numbers as they are shown.
    let filter = format!("csv:Text - txt - csv (StarCalc):{separator},34,{encoding},1,,,false,true");
    let mut command = Command::new("soffice");
    command.current_dir(folder).args([profile.as_str(), "--headless", "--convert-to", &filter, "plain.fods", "rich.fods"]);
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{output:?}");
            true
        }
        Err(_) => false,
    }
}

/// Imports a table, skipping refused rows; returns the findings of the validation and all files, sorted.
async fn import(adviser: &Actor, table: &[u8]) -> (Value, Vec<Value>) {
    let path = send(adviser, table).await;
    let found = adviser.post(&format!("{path}/check"), json!({})).await.expect(StatusCode::OK).json();
    if found["import"]["checked"]["importable"] == true {
        run(adviser, &path).await;
    }
    (found, sorted(files(adviser).await.iter().map(without_additions).collect()))
}

fn sorted(mut files: Vec<Value>) -> Vec<Value> {
    files.sort_by_key(Value::to_string);
    files
}

/// Row, column and code of each refused cell; 0 for a whole row.
fn flaws(found: &Value) -> Vec<(u64, u64, String)> {
    let number = |item: &Value, name: &str| item[name].as_u64().unwrap_or_default();
    let items = found["items"].as_array().unwrap().iter();
    items.map(|item| (number(item, "row"), number(item, "column"), item["code"].as_str().unwrap().to_owned())).collect()
}

/// A spreadsheet in one file of XML (`OpenDocument`, flat).
fn document(rows: &[[Cell; 13]]) -> String {
    let mut table = String::new();
    for row in std::iter::once(HEADINGS.map(Text)).chain(rows.iter().copied()) {
        table.push_str("<table:table-row>");
        for cell in row {
            match cell {
                Text("") => table.push_str("<table:table-cell/>"),
                Text(text) => {
                    table.push_str(r#"<table:table-cell office:value-type="string">"#);
                    for line in text.split('\n') {
                        write!(table, "<text:p>{}</text:p>", escaped(line)).unwrap();
                    }
                    table.push_str("</table:table-cell>");
                }
                Day(day, style) => {
                    write!(table, r#"<table:table-cell table:style-name="{style}" office:value-type="date" office:date-value="{day}"/>"#)
                        .unwrap();
                }
                Number(value, style) => {
                    write!(table, r#"<table:table-cell table:style-name="{style}" office:value-type="float" office:value="{value}"/>"#)
                        .unwrap();
                }
            }
        }
        table.push_str("</table:table-row>");
    }
    format!("{HEAD}{table}</table:table></office:spreadsheet></office:body></office:document>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
  xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
  xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:automatic-styles>
<number:date-style style:name="N1" number:language="nl" number:country="NL"><number:day/><number:text>-</number:text><number:month/><number:text>-</number:text><number:year number:style="long"/></number:date-style>
<number:date-style style:name="N2" number:language="nl" number:country="NL"><number:day/><number:text> </number:text><number:month number:textual="true" number:style="long"/><number:text> </number:text><number:year number:style="long"/></number:date-style>
<number:number-style style:name="N3" number:language="nl" number:country="NL"><number:number number:decimal-places="2" number:min-decimal-places="2" number:min-integer-digits="1" number:grouping="true"/></number:number-style>
<number:currency-style style:name="N4" number:language="nl" number:country="NL"><number:currency-symbol number:language="nl" number:country="NL">€</number:currency-symbol><number:text> </number:text><number:number number:decimal-places="2" number:min-decimal-places="2" number:min-integer-digits="1" number:grouping="true"/></number:currency-style>
<number:number-style style:name="N5"><number:number number:decimal-places="0" number:min-integer-digits="1"/></number:number-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="month" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="amount" style:family="table-cell" style:data-style-name="N3"/>
<style:style style:name="euro" style:family="table-cell" style:data-style-name="N4"/>
<style:style style:name="whole" style:family="table-cell" style:data-style-name="N5"/>
</office:automatic-styles>
<office:body><office:spreadsheet><table:table table:name="Klanten">"#;
