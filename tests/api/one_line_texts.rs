//! Single-line texts: on every route, every documented text member refuses invisible and text-reordering characters. New members are
//! covered automatically.

use crate::{
    bad_input::{Office, with_body},
    samples::contents,
    support::contract,
};
use axum::http::StatusCode;
use finrust::http::routes::Route;
use serde_json::{Value, json};

/// What is sent, and how it is refused.
const REFUSED: [(&str, &str); 14] = [
    ("Ver\u{200b}borgen", "invalid_characters"),
    ("\u{202e}moor", "invalid_characters"),
    ("Anna\u{2066}Dijk\u{2069}", "invalid_characters"),
    ("Anna\u{3164}", "invalid_characters"),
    ("An\u{ad}na", "invalid_characters"),
    ("Anna\u{200d}", "invalid_characters"),
    ("Anna\u{fe0f}", "invalid_characters"),
    ("Anna \u{301}Dijk", "invalid_characters"),
    ("\u{301}", "invalid_characters"),
    ("An\u{2028}na", "invalid_characters"),
    ("\u{3164}", "too_short"),
    ("\u{2800}\u{2800}", "too_short"),
    (" \u{200b} ", "too_short"),
    ("\u{202e}", "too_short"),
];

/// Members that are not stored as text: secrets are compared as typed, and a username at sign-in is recorded as received.
const TYPED: [&str; 7] = ["password", "current_password", "new_password", "code", "recovery_code", "cursor", "username"];

/// A text member of a body.
struct Text {
    pointer: String,
    schema: Value,
    /// What determines the variant of the enclosing object.
    fixed: Vec<(String, Value)>,
}

pub fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(reference) => contract::document().pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Members with only one possible value, which determine the variant.
pub fn tells(schema: &Value, pointer: &str) -> Vec<(String, Value)> {
    let schema = resolved(schema);
    let mut fixed = Vec::new();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let member = resolved(member);
        let only = match member["enum"].as_array().map(Vec::as_slice) {
            Some([one]) => Some(one.clone()),
            _ if member["const"].is_null() => None,
            _ => Some(member["const"].clone()),
        };
        fixed.extend(only.map(|value| (format!("{pointer}/{name}"), value)));
    }
    fixed.extend(schema["allOf"].as_array().into_iter().flatten().flat_map(|part| tells(part, pointer)));
    fixed
}

fn texts(schema: &Value, pointer: &str, fixed: &[(String, Value)]) -> Vec<Text> {
    let schema = resolved(schema);
    let mut found = Vec::new();
    let fixed = [fixed, &tells(schema, pointer)].concat();
    for part in ["oneOf", "allOf", "anyOf"].iter().flat_map(|kind| schema[*kind].as_array().into_iter().flatten()) {
        found.extend(texts(part, pointer, &fixed));
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        found.extend(texts(member, &format!("{pointer}/{name}"), &fixed));
    }
    if !schema["items"].is_null() {
        found.extend(texts(&schema["items"], &format!("{pointer}/0"), &fixed));
    }
    let is_text = schema["type"] == "string" || schema["type"].as_array().is_some_and(|types| types.contains(&json!("string")));
    if is_text && schema["enum"].is_null() && schema["const"].is_null() {
        found.push(Text { pointer: pointer.to_owned(), schema: schema.clone(), fixed });
    }
    found
}

pub fn put(body: &mut Value, pointer: &str, value: Value) {
    let place = pointer.split('/').skip(1).fold(body, |place, segment| {
        if segment == "0" {
            if !place.is_array() {
                *place = json!([{}]);
            }
            &mut place[0]
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            &mut place[segment]
        }
    });
    *place = value;
}

fn of(route: &Route) -> Vec<Text> {
    let operation = &contract::document()["paths"][&route.path][route.method.to_lowercase()];
    texts(&operation["requestBody"]["content"]["application/json"]["schema"], "", &[])
}

/// Whether a text is a single line, judged by its pattern; multi-line texts allow tabs and line breaks.
fn is_line(schema: &Value) -> bool {
    schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with(r"^[^\x00-\x1f\x7f-\x9f]*"))
}

fn is_block(schema: &Value) -> bool {
    schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with(r"^[^\x00-\x08\x0b"))
}

#[tokio::test]
async fn nothing_unseen_or_reordering_is_taken_on_any_route() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let (mut lines, mut wrong) = (0, Vec::new());
    for route in with_body() {
        for text in of(&route) {
            let last = text.pointer.rsplit('/').next().unwrap();
            if TYPED.contains(&last) && !(last == "username" && route.path == "/api/accounts") || text.pointer.ends_with("/notes") {
                continue;
            }
            // A search term is cleaned up like pasted text; none of it is stored.
            if route.path == "/api/clients/search" {
                continue;
            }
            lines += usize::from(is_line(&text.schema));
            for (sent, code) in REFUSED {
                // A multi-line text may contain anything, but must not be empty.
                if is_block(&text.schema) && code != "too_short" {
                    continue;
                }
                let mut body = json!({});
                text.fixed.iter().for_each(|(pointer, value)| put(&mut body, pointer, value.clone()));
                put(&mut body, &text.pointer, json!(sent));
                let reply = office.send(&route, body.to_string(), "application/json").await;
                let errors = if reply.status == StatusCode::UNPROCESSABLE_ENTITY { reply.json()["errors"].clone() } else { Value::Null };
                let exact = is_line(&text.schema) || is_block(&text.schema);
                // A member with a format may belong to another variant of the body only.
                let elsewhere = !text.schema["format"].is_null();
                let named = errors.as_array().into_iter().flatten().any(|error| {
                    error["pointer"] == text.pointer
                        && (if exact { error["code"] == code } else { elsewhere || error["code"] != "unknown_field" })
                });
                if !named {
                    wrong.push(format!("{} {} {} {sent:?}: {reply:?}", route.method, route.path, text.pointer));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}", wrong.len(), wrong.join("\n"));
    assert!(lines > 75, "{lines}");
    assert_eq!(contents(&office.app), before);
}

#[tokio::test]
async fn writing_of_all_the_world_is_taken() {
    let office = Office::open().await;
    for name in ["می\u{200c}خواهم", "葛\u{e0100}", "र\u{94d}\u{200d}य", "Zoe\u{308}", "❤\u{fe0f}\u{200d}\u{1f525}", "Nguyễn", "a\u{a0}b"]
    {
        let body = json!({"display_name": name, "language": "nl"});
        office.adviser.put("/api/account", body).await.expect(StatusCode::NO_CONTENT);
        let made = office.adviser.post("/api/clients", crate::samples::named(name)).await.expect(StatusCode::CREATED).json();
        assert_eq!(made["person"]["last_name"], name);
        let found = office.adviser.post("/api/clients/search", json!({"text": name})).await.expect(StatusCode::OK).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{name}");
    }
}
