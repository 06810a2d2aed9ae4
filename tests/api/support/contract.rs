//! Checks a response against the OpenAPI document, and against what holds for every response.

use super::actor::Reply;
use axum::http::{Method, StatusCode, header};
use finrust::http::{routes::openapi_document, shield::HEADERS};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

static DOCUMENT: LazyLock<Value> = LazyLock::new(openapi_document);
/// The components, in which no object has members that the document does not name.
static CLOSED: LazyLock<Value> = LazyLock::new(|| {
    let mut components = DOCUMENT["components"].clone();
    close(&mut components);
    components
});
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<jsonschema::Validator>>>> = LazyLock::new(Mutex::default);

/// The OpenAPI document of the service.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// The only cacheable response of the API is the public list of sub-processors.
const MAY_BE_KEPT: [StatusCode; 2] = [StatusCode::OK, StatusCode::NOT_MODIFIED];

/// Repeated here, so that no value changes unnoticed.
const OF_EVERY_ANSWER: [(&str, &str); 8] = [
    // Two years: more than the preload list requires.
    ("strict-transport-security", "max-age=63072000; includeSubDomains; preload"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];
const OF_THE_API: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

#[test]
fn every_security_header_is_held_against_its_value() {
    let sent = HEADERS.map(|(name, value)| (name.as_str().to_owned(), value));
    assert_eq!(sent, OF_EVERY_ANSWER.map(|(name, value)| (name.to_owned(), value)));
}

/// Fails the test when the response violates the contract.
#[track_caller]
pub fn check(method: &Method, path: &str, reply: &Reply) {
    let path = path.split(['?', '#']).next().unwrap();
    let in_api = path == "/api" || path.starts_with("/api/");
    check_headers(reply, in_api, in_api && !(path == "/api/processors/public" && MAY_BE_KEPT.contains(&reply.status)));
    if reply.status.is_client_error() || reply.status.is_server_error() {
        check_problem(method, reply);
    }
    if !in_api {
        return;
    }
    let Some(item) = item(path) else {
        return assert!(reply.status.is_client_error(), "no route is documented, and yet {reply:?}");
    };
    let name = if *method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
    match item.get(&name) {
        Some(operation) => check_operation(method, operation, reply),
        None => assert!(reply.status.is_client_error(), "no such method is documented, and yet {reply:?}"),
    }
}

/// The path item of the template that a path matches; literal templates take precedence over those with parameters.
fn item(path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let (mut there, mut here) = (template.split('/'), path.split('/'));
        loop {
            match (there.next(), here.next()) {
                (None, None) => return true,
                (Some(part), Some(text)) if part == text || (part.starts_with('{') && !text.is_empty()) => {}
                _ => return false,
            }
        }
    };
    paths.get(path).or_else(|| paths.iter().find(|(template, _)| fits(template)).map(|(_, item)| item))
}

#[track_caller]
fn check_operation(method: &Method, operation: &'static Value, reply: &Reply) {
    let response = response(operation, reply.status).unwrap_or_else(|| panic!("status is not documented: {reply:?}"));
    if *method == Method::HEAD {
        return assert!(reply.body.is_empty(), "{reply:?}");
    }
    let Some(content) = response.get("content").and_then(Value::as_object) else {
        return assert!(reply.body.is_empty(), "no body is documented: {reply:?}");
    };
    let essence = reply.header("content-type").unwrap_or_default().split(';').next().unwrap();
    let schema = content.get(essence).unwrap_or_else(|| panic!("{essence} is not documented: {reply:?}"));
    if essence.ends_with("json") {
        check_schema(&schema["schema"], reply);
    }
}

/// The documented response; the `default` stands for refusals and failures only.
fn response(operation: &'static Value, status: StatusCode) -> Option<&'static Value> {
    let responses = &operation["responses"];
    let other = || responses.get("default").filter(|_| status.is_client_error() || status.is_server_error());
    resolved(responses.get(status.as_str()).or_else(other)?)
}

/// What a reference points to, or the part itself.
fn resolved(part: &'static Value) -> Option<&'static Value> {
    match part["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')),
        None => Some(part),
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) {
                members.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(close),
        _ => {}
    }
}

#[track_caller]
fn check_schema(schema: &Value, reply: &Reply) {
    let key = schema.to_string();
    let known = VALIDATORS.lock().unwrap().get(&key).cloned();
    let validator = known.unwrap_or_else(|| {
        let mut whole = schema.clone();
        whole["components"] = CLOSED.clone();
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap();
        let validator = Arc::new(validator);
        VALIDATORS.lock().unwrap().insert(key, Arc::clone(&validator));
        validator
    });
    let errors: Vec<_> = validator.iter_errors(&reply.json()).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {reply:?}");
}

#[track_caller]
fn check_problem(method: &Method, reply: &Reply) {
    let status = reply.status;
    if *method != Method::HEAD {
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{reply:?}");
        let (body, code) = (reply.json(), reply.code());
        assert_eq!(body["type"], format!("/problems/{code}"), "{reply:?}");
        assert_eq!(body["status"], status.as_u16(), "{reply:?}");
        check_schema(&json!({ "$ref": "#/components/schemas/ProblemBody" }), reply);
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        assert!(reply.retry_after() >= 1, "{reply:?}");
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        assert!(reply.headers.contains_key(header::ALLOW), "{reply:?}");
    }
}

#[track_caller]
fn check_headers(reply: &Reply, in_api: bool, is_secret: bool) {
    let has = |name: &str| reply.header(name).unwrap_or_else(|| panic!("no {name}: {reply:?}"));
    for (name, value) in OF_EVERY_ANSWER {
        let values: Vec<_> = reply.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}: {reply:?}");
    }
    let policies: Vec<_> = reply.headers.get_all("content-security-policy").iter().collect();
    assert!(policies.len() == 1 && (!in_api || policies == [OF_THE_API]), "{reply:?}");
    assert!(has("cache-control").contains("no-store") || !is_secret, "{reply:?}");
    let content_type = reply.header("content-type").unwrap_or_default();
    assert!(!content_type.is_empty() || reply.body.is_empty(), "{reply:?}");
    let has_letters = content_type.starts_with("text/") || content_type.contains("xml");
    assert!(!has_letters || content_type.contains("; charset=utf-8"), "{reply:?}");
    for telling in ["server", "x-powered-by"] {
        assert!(!reply.headers.contains_key(telling), "{telling}: {reply:?}");
    }
}
