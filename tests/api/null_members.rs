//! `null` in a body: on every route and for every documented member, it means the same as absence for optional members, and is a value of
//! the wrong type for required ones and in lists. New members are covered automatically.

use crate::{
    bad_input::{Office, with_body},
    one_line_texts::{put, resolved, tells},
    samples::{example, named, with},
    support::{
        actor::{Reply, seed},
        app::{PASSWORD, TestApp},
        contract,
    },
};
use axum::http::{Method, StatusCode};
use finrust::http::routes::Route;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A location in a body.
#[derive(Clone)]
struct Place {
    pointer: String,
    kind: Kind,
    /// What determines the variant of the enclosing object.
    fixed: Vec<(String, Value)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Optional,
    Obligatory,
    Entry,
}

fn places(schema: &Value, pointer: &str, fixed: &[(String, Value)]) -> Vec<Place> {
    let schema = resolved(schema);
    let mut found = Vec::new();
    let fixed = [fixed, &tells(schema, pointer)].concat();
    for part in ["oneOf", "allOf", "anyOf"].iter().flat_map(|kind| schema[*kind].as_array().into_iter().flatten()) {
        found.extend(places(part, pointer, &fixed));
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let (pointer, is_required) = (format!("{pointer}/{name}"), required.contains(&name.as_str()));
        assert_eq!(takes_null(member), !is_required, "the document is wrong about {pointer}");
        let kind = if is_required { Kind::Obligatory } else { Kind::Optional };
        // Members that determine the variant are sent unchanged.
        if !is_required || fixed.iter().all(|(told, _)| *told != pointer) {
            found.push(Place { pointer: pointer.clone(), kind, fixed: fixed.clone() });
        }
        found.extend(places(member, &pointer, &fixed));
    }
    if !schema["items"].is_null() {
        let pointer = format!("{pointer}/0");
        assert!(!takes_null(&schema["items"]), "the document is wrong about {pointer}");
        found.push(Place { pointer: pointer.clone(), kind: Kind::Entry, fixed: fixed.clone() });
        found.extend(places(&schema["items"], &pointer, &fixed));
    }
    found
}

/// Whether the OpenAPI document allows `null` there.
fn takes_null(schema: &Value) -> bool {
    let schema = resolved(schema);
    let typed = schema["type"] == "null" || schema["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
    typed || schema["oneOf"].as_array().is_some_and(|parts| parts.iter().any(takes_null))
}

fn of(route: &Route) -> Vec<Place> {
    let operation = &contract::document()["paths"][&route.path][route.method.to_lowercase()];
    places(&operation["requestBody"]["content"]["application/json"]["schema"], "", &[])
}

/// Pointers and codes of the refused fields.
fn errors(reply: &Reply) -> BTreeSet<(String, String)> {
    if reply.status != StatusCode::UNPROCESSABLE_ENTITY {
        return BTreeSet::new();
    }
    let list = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    list.iter().map(|error| (error["pointer"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned())).collect()
}

/// The body with a value at the location, or without any.
fn body(place: &Place, value: Option<Value>) -> Value {
    let mut body = json!({});
    place.fixed.iter().for_each(|(pointer, value)| put(&mut body, pointer, value.clone()));
    put(&mut body, &place.pointer, Value::Null);
    if let Some(value) = value {
        put(&mut body, &place.pointer, value);
        return body;
    }
    let (parent, name) = place.pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(entries) => drop(entries.pop()),
        parent => drop(parent.as_object_mut().unwrap().remove(name)),
    }
    body
}

#[tokio::test]
async fn null_is_nothing_where_nothing_may_be_and_wrong_elsewhere_on_every_route() {
    let office = Office::open().await;
    let (mut tried, mut elsewhere, mut wrong) = ([0; 3], BTreeSet::new(), Vec::new());
    for route in with_body() {
        let places = of(&route);
        // A member required in one variant of the body may be optional in another.
        let optional: BTreeSet<String> =
            places.iter().filter(|place| place.kind == Kind::Optional).map(|place| place.pointer.clone()).collect();
        let asked = |pointer: &String| places.iter().any(|place| place.kind == Kind::Obligatory && place.pointer == *pointer);
        let depends: BTreeSet<String> = optional.iter().filter(|pointer| asked(pointer)).cloned().collect();
        for mut place in places {
            if optional.contains(&place.pointer) {
                place.kind = Kind::Optional;
            }
            let send = async |value| office.send(&route, body(&place, value).to_string(), "application/json").await;
            let at = |code: &str| (place.pointer.clone(), code.to_owned());
            let reply = send(Some(Value::Null)).await;
            let found = errors(&reply);
            // Belongs to another variant of the body: no value is accepted there.
            if place.fixed.is_empty() && found.contains(&at("unknown_field")) {
                let other = [json!({}), json!("x"), json!(1)];
                for value in other {
                    assert!(errors(&send(Some(value)).await).contains(&at("unknown_field")), "{} {}", route.path, place.pointer);
                }
                elsewhere.insert(format!("{} {}", route.path, place.pointer));
                continue;
            }
            tried[place.kind as usize] += 1;
            let is_right = match place.kind {
                Kind::Obligatory | Kind::Entry => found.contains(&at("wrong_type")),
                Kind::Optional => {
                    let without = send(None).await;
                    let asked_for = depends.contains(&place.pointer) && errors(&without).contains(&at("required"));
                    if asked_for {
                        found.contains(&at("wrong_type"))
                    } else {
                        (reply.status, &found) == (without.status, &errors(&without))
                    }
                }
            };
            if !is_right {
                wrong.push(format!("{} {} {}: {reply:?}", route.method, route.path, place.pointer));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried:?}:\n{}", wrong.len(), wrong.join("\n"));
    println!("null at optional members, obligatory ones and in lists: {tried:?}; asked for in another variant only: {elsewhere:?}");
    assert!(tried[0] > 150 && tried[1] > 50 && tried[2] > 25, "{tried:?}");
}

/// Every optional member of a file: `null` has the same effect as its absence, also when replacing a file that has it.
#[tokio::test]
async fn a_file_with_nulls_is_the_file_without() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let bare = anna.post("/api/clients", named("Dijk")).await.expect(StatusCode::CREATED).json();
    let content = |file: &Value| -> Vec<Value> {
        ["person", "address", "partner", "children", "incomes", "expenses", "assets", "debts", "notes"]
            .map(|part| file[part].clone())
            .into()
    };
    let schema = json!({"$ref": "#/components/schemas/ClientFile"});
    for place in
        places(&schema, "", &[]).into_iter().filter(|place| place.kind == Kind::Optional && place.pointer.matches('/').count() == 1)
    {
        let sent = with(&place.pointer, Value::Null);
        let made = anna.post("/api/clients", sent.clone()).await.expect(StatusCode::CREATED).json();
        assert_eq!(content(&made), content(&bare), "{}", place.pointer);
        let full = anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
        let (path, etag) = (full.header("location").unwrap(), full.header("etag").unwrap());
        let mut over = example();
        over[&place.pointer[1..]] = Value::Null;
        let put = anna.request(Method::PUT, path).json(over.clone()).header("if-match", etag);
        let saved = put.send().await.expect(StatusCode::OK).json();
        over.as_object_mut().unwrap().remove(&place.pointer[1..]);
        let other = anna.post("/api/clients", over).await.expect(StatusCode::CREATED).json();
        assert_eq!(content(&saved), content(&other), "{}", place.pointer);
    }
}

/// A code or a recovery code: a `null` one counts as absent, and both may not be.
#[tokio::test]
async fn a_null_beside_a_factor_is_no_second_one() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    let neither = json!({"password": PASSWORD, "code": null, "recovery_code": null});
    let begun = anna.post("/api/two-factor", neither.clone()).await.expect(StatusCode::CREATED);
    anna.totp = Some(seed(&begun.json()));
    anna.post("/api/two-factor/confirm", json!({"code": anna.code()})).await.expect(StatusCode::OK);
    let refused = anna.post("/api/two-factor/disable", neither).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(errors(&refused), BTreeSet::from([("/code".to_owned(), "required".to_owned())]));
    let shown = json!({"password": PASSWORD, "code": anna.code(), "recovery_code": null});
    anna.post("/api/two-factor/disable", shown).await.expect(StatusCode::NO_CONTENT);
}
