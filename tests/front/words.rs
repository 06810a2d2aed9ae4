//! One word for one thing: every text that a person reads is held against the table of `docs/words.md`.

use crate::texts::{places, words_of};
use finrust::http::{problem::Code, routes::openapi_document};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Columns of the table with the words that are out.
const DUTCH: usize = 3;
const ENGLISH: usize = 4;
const PROGRAMS: usize = 5;

/// A text with the place that exceptions name.
struct Text {
    place: String,
    says: String,
    column: usize,
}

impl Text {
    fn new(place: impl Into<String>, text: impl Into<String>, column: usize) -> Self {
        Self { place: place.into(), says: text.into(), column }
    }
}

/// Rows of the concepts, and of the exceptions.
struct Tables {
    concepts: Vec<Vec<String>>,
    exceptions: Vec<Vec<String>>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn tables(text: &str) -> Tables {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|-")).map(cells);
    let (mut concepts, mut exceptions) = (Vec::new(), Vec::new());
    for row in rows.filter(|row| row[0] != "concept" && row[0] != "where") {
        match row.len() {
            6 => concepts.push(row),
            3 => exceptions.push(row),
            cells => panic!("{cells} cells: {row:?}"),
        }
    }
    Tables { concepts, exceptions }
}

/// The words of a text; what stands for a value is none, and neither is an option of the command line.
fn split(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for it in text.replace("<EMAIL>", "").replace("<email>", "").chars() {
        match it {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '\'' => plain.push('’'),
            _ => plain.push(it),
        }
    }
    let is_outside = |it: char| !(it.is_alphanumeric() || matches!(it, '-' | '_' | '’'));
    let words = plain.split(is_outside).filter(|word| !word.starts_with("--")).map(|word| word.trim_matches(['-', '’']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn says(text: &str, out: &str) -> bool {
    let (out, minds_capitals) = out.strip_prefix('=').map_or((out, false), |out| (out, true));
    let folded = |text: &str| if minds_capitals { text.to_owned() } else { text.to_lowercase() };
    let (wanted, words) = (folded(out), split(&folded(text)));
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    let fits = |(wanted, word): (&&str, &String)| wanted.strip_suffix('*').map_or(word == wanted, |begin| word.starts_with(begin));
    words.windows(wanted.len()).any(|window| wanted.iter().zip(window).all(fits))
}

/// Each word that is out, with what is in; and each exception that nothing needs.
fn found(tables: &Tables, texts: &[Text]) -> Vec<String> {
    let (mut found, mut used) = (Vec::new(), BTreeSet::new());
    for Text { place, says: text, column } in texts {
        let words = tables.concepts.iter().flat_map(|row| row[*column].split("; ").map(move |out| (out.trim(), row)));
        for (out, row) in words.filter(|(out, _)| !out.is_empty() && says(text, out)) {
            let allowed = tables.exceptions.iter().position(|exception| exception[0] == *place && exception[1] == out);
            if let Some(index) = allowed {
                used.insert(index);
            } else {
                let instead = if *column == DUTCH { &row[1] } else { &row[2] };
                found.push(format!("{place}: not {out:?} but {instead:?}: {text}"));
            }
        }
    }
    let unused = tables.exceptions.iter().enumerate().filter(|(index, _)| !used.contains(index));
    found.extend(unused.map(|(_, row)| format!("nothing needs the exception {row:?}")));
    found
}

/// The pages, the paper that they print, and the problems, which have pages of their own.
fn pages() -> Vec<Text> {
    let mut texts = Vec::new();
    for (language, column) in [("nl", DUTCH), ("en", ENGLISH)] {
        for place in places() {
            texts.extend(words_of(place, language).into_iter().map(|(key, text)| Text::new(format!("{language} {key}"), text, column)));
        }
    }
    for name in ["index.html", "problem.html"] {
        let page = fs::read_to_string(root().join("handlers/front").join(name)).unwrap();
        let visible: String = page.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect::<Vec<_>>().join(" ");
        texts.extend([DUTCH, ENGLISH].map(|column| Text::new(name, visible.clone(), column)));
    }
    texts.extend(Code::ALL.iter().map(|code| Text::new(format!("title {}", code.name()), code.title(), PROGRAMS)));
    texts
}

fn mails() -> Vec<Text> {
    let mut texts = Vec::new();
    for (language, column) in [("nl", DUTCH), ("en", ENGLISH)] {
        for entry in fs::read_dir(root().join("handlers/mail").join(language)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            texts.push(Text::new(format!("{language} mail {name}"), fs::read_to_string(&path).unwrap(), column));
        }
    }
    texts
}

/// Sources with words of mails and letters in both languages, and what a draft says to officers.
const SPOKEN: [&str; 4] = ["flows/breaches/letter_text.rs", "flows/mail/office.rs", "flows/mail/words.rs", "domain/processors/platform.rs"];

/// The strings of a source, up to its tests.
fn strings(source: &str) -> Vec<String> {
    let lines = source.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join("\n").replace("\\\"", "”");
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn spoken() -> Vec<Text> {
    let read = |path: &str| fs::read_to_string(root().join("handlers").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let both = |path: &&str| {
        let place = (*path).to_owned();
        strings(&read(path)).into_iter().flat_map(move |text| [DUTCH, ENGLISH].map(|column| Text::new(place.clone(), text.clone(), column)))
    };
    let mut texts: Vec<Text> = SPOKEN.iter().flat_map(both).collect();
    for entry in fs::read_dir(root().join("handlers/commands")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        texts.extend(strings(&read(&format!("commands/{name}"))).into_iter().map(|text| Text::new(name.clone(), text, PROGRAMS)));
    }
    for path in ["flows/verify/report.rs", "data_folder.rs", "config.rs", "azure_settings.rs"] {
        texts.extend(strings(&read(path)).into_iter().map(|text| Text::new(path, text, PROGRAMS)));
    }
    texts
}

/// What the command line says of itself and of each command.
#[expect(clippy::disallowed_methods, reason = "starts the program")]
fn command_line() -> Vec<Text> {
    let help = |arguments: &[&str]| {
        let shown = Command::new(Path::new(env!("CARGO_BIN_EXE_finrust"))).args(arguments).output().unwrap();
        assert!(shown.status.success(), "{arguments:?}");
        String::from_utf8(shown.stdout).unwrap()
    };
    let whole = help(&["--help"]);
    let commands = whole.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty()).collect();
    assert!(names.contains(&"verify"), "{whole}");
    let each = names.iter().map(|name| Text::new(format!("finrust {name}"), help(&["help", name]), PROGRAMS));
    each.chain([Text::new("finrust", whole.clone(), PROGRAMS)]).collect()
}

/// Titles, summaries and descriptions of the API document.
fn described(node: &Value, place: &str, texts: &mut Vec<Text>) {
    match node {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if ["title", "summary", "description"].contains(&name.as_str()) => {
                        texts.push(Text::new(format!("api {place}"), text, PROGRAMS));
                    }
                    value => described(value, &format!("{place}/{name}"), texts),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| described(item, place, texts)),
        _ => {}
    }
}

fn document() -> Vec<Text> {
    let mut texts = Vec::new();
    described(&openapi_document(), "", &mut texts);
    texts
}

#[test]
fn every_text_keeps_to_the_table_of_words() {
    let tables = tables(&fs::read_to_string(root().join("docs/words.md")).unwrap());
    let parts = [pages(), mails(), spoken(), command_line(), document()];
    assert!(parts.iter().all(|part| part.len() > 5), "each kind of text is found");
    let found = found(&tables, &parts.into_iter().flatten().collect::<Vec<_>>());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_word_that_is_out_is_found() {
    let table = "| concept | a | b | c | d | e |\n|---|---|---|---|---|---|\n\
                 | firm | kantoor | firm | organisatie*; ons bureau | =Office | bureau |\n\
                 | where | word | why |\n|---|---|---|\n| nl a.c | organisatie* | a form |\n| nl a.d | ons bureau | none |";
    let text = |place: &str, text: &str, column| Text::new(place, text, column);
    let texts = [
        text("nl a.a", "Uw Organisaties weten het.", DUTCH),
        text("nl a.b", "Bel “ons bureau”, {organisatie}.", DUTCH),
        text("nl a.c", "De organisatie", DUTCH),
        text("nl a.e", "ons groot bureau, reorganisatie", DUTCH),
        text("en a.f", "office of the Office-holder", ENGLISH),
        text("en a.g", "The Office’s", ENGLISH),
        text("en a.h", "The Office.", ENGLISH),
        text("api", "organisatie", PROGRAMS),
    ];
    let expected = [
        "nl a.a: not \"organisatie*\" but \"kantoor\": Uw Organisaties weten het.",
        "nl a.b: not \"ons bureau\" but \"kantoor\": Bel “ons bureau”, {organisatie}.",
        "en a.h: not \"=Office\" but \"firm\": The Office.",
        "nothing needs the exception [\"nl a.d\", \"ons bureau\", \"none\"]",
    ];
    assert_eq!(found(&tables(table), &texts), expected);
}

#[test]
fn strings_of_a_source_are_found() {
    let source = "// \"a\"\nlet b = \"c\"; d(\"e \\\"f\\\"\");\n#[cfg(test)]\nmod tests { \"g\" }";
    assert_eq!(strings(source), ["c", "e ”f”"]);
}
