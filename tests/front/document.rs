//! What the API document says in words: summaries that say what is done to what, and descriptions that add to the name.

use finrust::http::routes::openapi_document;
use serde_json::{Value, json};

/// Verbs that say nothing of what happens.
const VAGUE: [&str; 6] = ["Does", "Handles", "Makes", "Performs", "Puts", "Takes"];
/// What leads into sources, which readers of the document do not have.
const SOURCES: [&str; 3] = ["[`", "::", ".rs"];

/// Everything that a summary or a description of the document does wrong.
fn wrong(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let summary = operation["summary"].as_str().unwrap_or_default();
            let (verb, object) = summary.split_once(' ').unwrap_or((summary, ""));
            if !verb.ends_with('s') || VAGUE.contains(&verb) || object.is_empty() {
                found.push(format!("{method} {path}: {summary:?}"));
            }
        }
    }
    thin(document, "", &mut found);
    found
}

fn thin(node: &Value, place: &str, found: &mut Vec<String>) {
    match node {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "description" => {
                        if text.split_whitespace().count() < 3 || SOURCES.iter().any(|source| text.contains(source)) {
                            found.push(format!("{place}: {text:?}"));
                        }
                    }
                    value => thin(value, &format!("{place}/{name}"), found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| thin(item, place, found)),
        _ => {}
    }
}

#[test]
fn summaries_and_descriptions_say_something() {
    let document = openapi_document();
    assert!(document["paths"].as_object().unwrap().len() > 40);
    assert_eq!(wrong(&document), [""; 0]);
}

#[test]
fn an_empty_phrase_is_found() {
    let operation = |summary: &str| json!({"get": {"summary": summary}});
    let document = json!({
        "paths": {"/a": operation("Gets an account."), "/b": operation("First step of it."), "/c": operation("Lists"), "/d": operation("Makes a file.")},
        "components": {"schemas": {
            "A": {"description": "Its ID."},
            "B": {"description": "From 1900 on: [`B::parse`]."},
            "C": {"description": "An address of the office."},
        }},
    });
    let expected = [
        "get /b: \"First step of it.\"",
        "get /c: \"Lists\"",
        "get /d: \"Makes a file.\"",
        "/components/schemas/A: \"Its ID.\"",
        "/components/schemas/B: \"From 1900 on: [`B::parse`].\"",
    ];
    assert_eq!(wrong(&document), expected);
}
