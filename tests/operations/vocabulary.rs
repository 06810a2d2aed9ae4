//! Queries match what the program really logs, use existing tables, and are valid Kusto according to Microsoft's parser.

use crate::{
    at,
    logged::Program,
    queries::{self, Query},
    read,
};
use finrust::telemetry::PERMITTED;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path, process::Command};
use test_support::skipped::skipped;

/// Fields that any line may have: of the line itself, and of its request.
const OF_ANY_LINE: [&str; 5] = ["time", "level", "dropped_fields", "invocation_id", "traceparent"];
const LEVELS: [&str; 3] = ["INFO", "WARN", "ERROR"];
/// Tables and columns that queries may use.
const TABLES: &str = "tests/operations/tables.json";

/// What is wrong with a query.
fn flaws(query: &Query, program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    if !query.is_documented {
        found.push("says nothing of what it is for".to_owned());
    }
    match query.fields() {
        Ok(fields) => found.extend(fields.iter().filter_map(|field| field_flaw(field, query, program))),
        Err(why) => found.push(why),
    }
    for comparison in query.comparisons() {
        let known = |text: &&String| match comparison.field.as_str() {
            "event" => program.events.contains_key(*text),
            "level" => LEVELS.contains(&text.as_str()),
            "_IsBillable" => ["true", "false"].contains(&text.as_str()),
            _ => program.texts.contains(*text),
        };
        let unknown = comparison.texts.iter().filter(|text| !known(text));
        found.extend(unknown.map(|text| format!("{} is never \"{text}\"", comparison.field)));
    }
    found
}

/// A field must be permitted in a log, and at least one of the queried events must have it.
fn field_flaw(field: &str, query: &Query, program: &Program) -> Option<String> {
    if OF_ANY_LINE.contains(&field) {
        return None;
    }
    if !PERMITTED.contains(&field) {
        return Some(format!("{field} is never in a log"));
    }
    let events = query.events();
    let has_it = |(event, fields): (&String, &BTreeSet<String>)| (events.is_empty() || events.contains(event)) && fields.contains(field);
    let is_logged = field == "event" || program.events.iter().any(has_it);
    (!is_logged).then(|| format!("none of {events:?} has the field {field}"))
}

#[test]
fn queries_ask_for_what_is_logged() {
    let program = Program::read();
    let flaws = |query: Query| flaws(&query, &program).into_iter().map(move |flaw| format!("{}: {flaw}", query.path)).collect::<Vec<_>>();
    let found: Vec<String> = queries::all().into_iter().flat_map(flaws).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// What is wrong with the queried table, its columns, and the layout: one line per operator, the rest indented.
fn table_flaws(text: &str, tables: &Value) -> Vec<String> {
    let mut lines = text.lines();
    let table = lines.next().unwrap_or_default();
    let Some(columns) = tables.get(table) else {
        return vec![format!("the table {table}")];
    };
    let shapeless = lines.filter(|line| !line.starts_with("| ") && !line.starts_with("    "));
    let mut found: Vec<String> = shapeless.map(|line| format!("the line {line}")).collect();
    let simpler = text.replace(r#"'{"time":"'"#, "''");
    let outside_texts = simpler.split(['"', '\'']).step_by(2);
    let words = outside_texts.flat_map(|part| part.split(|c: char| !(c.is_alphanumeric() || c == '_')));
    let is_column = |word: &&str| word.starts_with(|c: char| c.is_uppercase() || c == '_') && *word != table;
    found.extend(words.filter(is_column).filter(|word| columns.get(word).is_none()).map(|word| format!("the column {word}")));
    found
}

#[test]
fn queries_ask_for_tables_and_columns_that_are_there() {
    let noted: Value = serde_json::from_str(&read(TABLES)).unwrap();
    for query in queries::all() {
        assert_eq!(table_flaws(&query.text, &noted["tables"]), [""; 0], "{}", query.path);
    }
    let flaws = |text| table_flaws(text, &noted["tables"]);
    assert_eq!(flaws("AppTraces\n| where Massage == \"No Column\" and Message == 'No'"), ["the column Massage"]);
    assert_eq!(flaws("AppTraces\n| where Success == false"), ["the column Success"]);
    assert_eq!(flaws("traces\n| take 1"), ["the table traces"]);
    assert_eq!(flaws("AppTraces\ntake 1"), ["the line take 1"]);
}

#[test]
fn a_query_for_what_is_not_logged_is_found() {
    let program = Program::read();
    let query = |rest: &str| Query {
        path: "x.kql".to_owned(),
        text: format!("AppTraces\n| extend event = tostring(line.event){rest}"),
        is_documented: true,
    };
    let expected = |rest, flaw: &[&str]| assert_eq!(flaws(&query(rest), &program), flaw, "{rest}");
    expected("\n| where event == \"request\"", &[]);
    expected(", code = tostring(line.code)\n| where event == \"request\" and code == \"overloaded\"", &[]);
    expected("\n| where event == \"sign_in\"", &["event is never \"sign_in\""]);
    expected(", username = tostring(line.username)", &["username is never in a log"]);
    expected(", keys = toint(line.keys)\n| where event == \"request\"", &["none of {\"request\"} has the field keys"]);
    expected(", code = tostring(line.code)\n| where code in (\"no_such_code\")", &["code is never \"no_such_code\""]);
    let undocumented = Query { is_documented: false, ..query("") };
    assert_eq!(flaws(&undocumented, &program), ["says nothing of what it is for"]);
}

/// Columns, functions and operators; `tests/operations/install.sh` installs the parser.
#[test]
fn microsofts_parser_reads_every_query() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    if !target.join("tools/kusto/installed-lock.json").exists() {
        return skipped("the parser of queries is not installed, run tests/operations/install.sh");
    }
    let parse = |paths: Vec<String>| {
        let mut command = Command::new("node");
        command.arg(at("tests/operations/kusto.mjs")).args(paths).env("CARGO_TARGET_DIR", target);
        command.output().expect("Node, which has installed the parser")
    };
    let parsed = parse(queries::all().iter().map(|query| at(&query.path).into_os_string().into_string().unwrap()).collect());
    assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
    let bad = ["AppTraces | where Nope == 1", "AppTraces | sumarize count()", "AppTraces |"];
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> =
        (0..bad.len()).map(|number| folder.path().join(format!("{number}.kql")).to_str().unwrap().to_owned()).collect();
    files.iter().zip(bad).for_each(|(file, text)| fs::write(file, text).unwrap());
    let parsed = parse(files.clone());
    let said = String::from_utf8_lossy(&parsed.stderr);
    assert!(!parsed.status.success() && files.iter().all(|file| said.contains(file)), "{said}");
}
