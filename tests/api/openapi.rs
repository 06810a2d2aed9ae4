//! The contract as a document: any change of it shows in review.

use crate::support::{app::TestApp, contract};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, env, fs};

/// The document as it is committed.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

/// Compares by lines: a failure names the first one that differs.
#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the test says that the document is to be written")]
fn the_document_is_the_one_that_was_reviewed() {
    let present = serde_json::to_string_pretty(contract::document()).expect("a document is JSON") + "\n";
    if env::var("FINRUST_UPDATE").is_ok_and(|value| value == "1") {
        fs::write(COMMITTED, &present).expect("a file of the project");
    }
    let committed = fs::read_to_string(COMMITTED).expect("a file of the project");
    let differing = present.lines().zip(committed.lines()).enumerate().find(|(_, (present, committed))| present != committed);
    let says = "docs/openapi.json is out of date; run this test with FINRUST_UPDATE=1";
    assert!(differing.is_none() && present.len() == committed.len(), "{says}\n{differing:?}");
}

#[test]
fn no_two_operations_have_one_name() {
    let paths = contract::document()["paths"].as_object().unwrap();
    let operations: Vec<_> = paths.values().flat_map(|item| item.as_object().unwrap().values()).collect();
    let names: BTreeSet<_> = operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert!(names.len() > 70 && names.len() == operations.len(), "{names:?}");
}

#[tokio::test]
async fn the_document_is_served_to_anyone() {
    let app = TestApp::start().await;
    let served = app.anonymous().get("/api/openapi.json").await.expect(StatusCode::OK);
    assert_eq!(&served.json(), contract::document());
}

/// Every object of the document with where it is.
fn objects<'a>(part: &'a Value, pointer: &str, found: &mut Vec<(String, &'a Map<String, Value>)>) {
    match part {
        Value::Object(members) => {
            found.push((pointer.to_owned(), members));
            members.iter().for_each(|(name, member)| objects(member, &format!("{pointer}/{name}"), found));
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| objects(item, &format!("{pointer}/{index}"), found)),
        _ => {}
    }
}

fn schemas() -> &'static Map<String, Value> {
    contract::document()["components"]["schemas"].as_object().unwrap()
}

/// What generators of other makers cannot read, or read differently from each other.
#[test]
fn schemas_have_shapes_that_generators_read() {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    objects(&contract::document()["components"]["schemas"], "", &mut all);
    for (pointer, schema) in all {
        let is_any = |word: &str| schema.get(word).is_some_and(Value::is_array);
        let is_integer = schema.get("type").is_some_and(|kind| kind == "integer" || *kind == json!(["integer", "null"]));
        let is_nullable = schema.get("oneOf").is_some_and(|one| one.as_array().unwrap().contains(&json!({"type": "null"})));
        let faults = [
            ("a combination of schemas", is_any("allOf") || is_any("anyOf")),
            ("an integer of unknown width", is_integer && !schema.contains_key("format")),
            ("a date with a pattern", schema.get("format").is_some_and(|kind| kind == "date") && schema.contains_key("pattern")),
            ("null before the value", is_nullable && schema["oneOf"][1] != json!({"type": "null"})),
            ("an alias by reference that may be null", is_nullable && alias(&schema["oneOf"][0])),
            ("a choice of one", is_any("oneOf") && schema["oneOf"].as_array().unwrap().len() < 2),
        ];
        wrong.extend(faults.into_iter().filter(|(_, is)| *is).map(|(fault, _)| format!("{pointer}: {fault}")));
    }
    assert_eq!(wrong, [""; 0]);
}

/// Whether it refers to a text or a number that is no closed set.
fn alias(schema: &Value) -> bool {
    let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) else { return false };
    schemas()[name]["enum"].is_null() && schemas()[name]["properties"].is_null() && schemas()[name]["oneOf"].is_null()
}

#[test]
fn members_that_may_be_null_by_reference_are_not_required() {
    for (name, schema) in schemas() {
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let members = schema["properties"].as_object().into_iter().flatten();
        let wrong: Vec<_> = members.filter(|(member, of)| required.contains(&member.as_str()) && !of["oneOf"].is_null()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
}

/// A choice of objects with names is told apart by a member, save where a body is one of two.
#[test]
fn choices_name_the_member_that_decides() {
    let mut plain = BTreeSet::new();
    for (name, schema) in schemas().iter().filter(|(_, schema)| schema["oneOf"].is_array()) {
        let Some(mapping) = schema["discriminator"]["mapping"].as_object() else {
            plain.insert(name.as_str());
            continue;
        };
        let tag = schema["discriminator"]["propertyName"].as_str().unwrap();
        let variants: BTreeSet<_> = schema["oneOf"].as_array().unwrap().iter().map(|one| one["$ref"].as_str().unwrap()).collect();
        assert_eq!(variants, mapping.values().map(|variant| variant.as_str().unwrap()).collect(), "{name}");
        for (value, variant) in mapping {
            let variant = &schemas()[variant.as_str().unwrap().rsplit('/').next().unwrap()];
            assert_eq!(variant["properties"][tag]["enum"], json!([value]), "{name}");
        }
    }
    assert_eq!(plain, BTreeSet::from(["AffectedBody", "NoticeAbout", "SecondFactorBody"]));
}

/// Generators name the type of a member that has no name after the member.
#[test]
fn no_schema_has_the_name_of_a_member_with_a_type_of_its_own() {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    for (name, schema) in schemas() {
        for (member, of) in schema["properties"].as_object().into_iter().flatten() {
            let is_own = of["enum"].is_array() || of["properties"].is_object() || of["oneOf"][0]["properties"].is_object();
            let generated: String = member.split('_').map(capital).collect();
            assert!(!is_own || !schemas().contains_key(&generated), "{name}/{member}");
        }
    }
}

#[test]
fn every_operation_names_its_refusals_and_whom_it_serves() {
    let tags: BTreeSet<_> = contract::document()["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let paths = contract::document()["paths"].as_object().unwrap();
    for (path, operation) in
        paths.iter().flat_map(|(path, item)| item.as_object().unwrap().values().map(move |operation| (path, operation)))
    {
        let responses = operation["responses"].as_object().unwrap();
        let is_public = operation["security"] == json!([]);
        assert!(is_public || responses.contains_key("401"), "{path}");
        assert!(["403", "422", "500", "503", "default"].iter().all(|status| responses.contains_key(*status)), "{path}");
        assert!(responses.keys().all(|status| !status.ends_with("XX")), "{path}");
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{path}");
    }
}
