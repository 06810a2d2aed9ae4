//! What the program can log, extracted from its source: its events with their fields, and every string literal.

use crate::at;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Everything under `handlers/`.
pub struct Program {
    /// The fields of each event.
    pub events: BTreeMap<String, BTreeSet<String>>,
    /// Every string literal, as written.
    pub texts: BTreeSet<String>,
}

impl Program {
    pub fn read() -> Self {
        let mut program = Self { events: BTreeMap::new(), texts: BTreeSet::new() };
        program.folder(&at("handlers"));
        assert!(program.events.len() > 15, "the walk finds the code");
        program
    }

    fn folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.folder(&path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                self.file(&fs::read_to_string(&path).unwrap());
            }
        }
    }

    fn file(&mut self, text: &str) {
        let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let parts = parts(product);
        for (index, part) in parts.iter().enumerate() {
            if let Part::Text(text) = part {
                self.texts.insert(text.clone());
                if let Some(Part::Code(before)) = index.checked_sub(1).map(|before| &parts[before])
                    && before.trim_end().ends_with("event =")
                {
                    self.events.entry(text.clone()).or_default().extend(fields(&parts[index..]));
                }
            }
        }
    }
}

/// A stretch of code, or the contents of a string.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Code(String),
    Text(String),
}

/// Strings and the code between them, without comments.
fn parts(text: &str) -> Vec<Part> {
    let (mut parts, mut code, mut rest) = (Vec::new(), String::new(), text);
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let end = end_of_string(quoted);
            parts.extend([Part::Code(std::mem::take(&mut code)), Part::Text(quoted[..end].to_owned())]);
            rest = quoted.get(end + 1..).unwrap_or("");
        } else if let Some(character) = ["'\"'", "'\\''", "'\\\"'"].iter().find(|it| rest.starts_with(**it)) {
            rest = &rest[character.len()..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    parts.push(Part::Code(code));
    parts
}

fn end_of_string(quoted: &str) -> usize {
    let mut escaped = false;
    let end = quoted.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(quoted.len())
}

/// The names of the fields that follow the event's name in its call.
fn fields(after_event: &[Part]) -> Vec<String> {
    let (mut fields, mut name, mut depth) = (Vec::new(), Some(String::new()), 0_i32);
    for part in &after_event[1..] {
        let Part::Code(code) = part else { continue };
        for character in code.chars() {
            match character {
                ')' | ']' | '}' if depth == 0 => {
                    fields.extend(name.filter(|name| !name.is_empty()));
                    return fields;
                }
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => fields.extend(name.replace(String::new()).filter(|name| !name.is_empty())),
                '=' if depth == 0 => fields.extend(name.take().filter(|name| !name.is_empty())),
                _ if depth == 0 && (character.is_alphanumeric() || character == '_') => {
                    if let Some(name) = &mut name {
                        name.push(character);
                    }
                }
                _ => {}
            }
        }
    }
    fields
}

#[test]
fn events_and_their_fields_are_found() {
    let mut program = Program { events: BTreeMap::new(), texts: BTreeSet::new() };
    program.file(concat!(
        "// event = \"no\"\nlet quote = '\"'; tracing::info!(event = \"one\", status, cause = text(\"x, y\"), count = a[0].len(),);\n",
        "told!(event = \"two\"); span(\"request\", event);\n#[cfg(test)]\nmod tests { info!(event = \"no\"); }"
    ));
    let fields: Vec<(&str, Vec<&str>)> =
        program.events.iter().map(|(name, fields)| (name.as_str(), fields.iter().map(String::as_str).collect())).collect();
    assert_eq!(fields, [("one", vec!["cause", "count", "status"]), ("two", vec![])]);
    assert!(program.texts.contains("x, y") && !program.texts.contains("no"));
}
