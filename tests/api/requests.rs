//! The register of subject requests: entered once, answered by permitted steps, and visible to nobody else.

use crate::{
    clients::{delete, etag, make},
    processors::send,
    samples::{contents, example},
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const UNKNOWN: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

/// The required fields of a request.
pub fn access_by(name: &str, received_on: &str) -> Value {
    json!({"received_on": received_on, "kind": "access", "name": name})
}

/// Enters a request. Returns its path and the response.
pub async fn enter(adviser: &Actor, request: Value) -> (String, Reply) {
    let made = adviser.post("/api/requests", request).await.expect(StatusCode::CREATED);
    (made.header("location").unwrap().to_owned(), made)
}

/// Takes a step on the version that was last seen.
pub async fn step(adviser: &Actor, path: &str, seen: &Reply, body: Value) -> Reply {
    send(adviser, Method::POST, &format!("{path}/steps"), seen, body).await
}

async fn office() -> (TestApp, Actor) {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let anna = app.adviser("anna").await;
    (app, anna)
}

#[tokio::test]
async fn a_request_is_entered_extended_answered_and_told_of() {
    let (app, anna) = office().await;
    let (file, _) = make(&anna, &example()).await;
    let file = file.rsplit('/').next().unwrap();
    let entered = json!({"received_on": "2026-10-31", "kind": "erasure", "name": "Anna Dijk", "client": file, "remarks": "Per brief"});
    let (path, made) = enter(&anna, entered.clone()).await;
    let body = made.json();
    for (member, value) in entered.as_object().unwrap() {
        assert_eq!(&body[member], value, "{member}");
    }
    assert_eq!((&body["due_on"], &body["state"]), (&json!("2026-11-30"), &json!("open")));
    assert_eq!(body["steps"], json!([{"at": "2026-11-23T09:00:00Z", "by": "anna van Kantoor", "step": "receive"}]));
    let steps = [
        json!({"step": "identify", "how": "Paspoort gezien"}),
        json!({"step": "extend", "months": 2, "reason": "Veel dossiers"}),
        json!({"step": "note", "text": "Gebeld"}),
        json!({"step": "answer", "decision": "partly", "reason": "Bewaarplicht", "copy_sha256": "ab".repeat(32)}),
        json!({"step": "tell", "recipients": ["Bank Noord", "Notaris Zuid"]}),
    ];
    let mut seen = made;
    for (number, body) in steps.iter().enumerate() {
        seen = step(&anna, &path, &seen, body.clone()).await.expect(StatusCode::OK);
        let mut taken = seen.json()["steps"][number + 1].clone();
        let whole = taken.as_object_mut().unwrap();
        assert!(whole.remove("at").is_some() && whole.remove("by") == Some(json!("anna van Kantoor")));
        assert_eq!(taken, *body);
    }
    assert_eq!((&seen.json()["due_on"], &seen.json()["state"]), (&json!("2027-01-31"), &json!("answered")));
    let read = anna.get(&path).await.expect(StatusCode::OK);
    assert_eq!((read.json(), read.header("etag")), (seen.json(), seen.header("etag")));
    app.verify().await;
}

#[tokio::test]
async fn a_step_that_does_not_fit_changes_nothing() {
    let (app, anna) = office().await;
    let (path, made) = enter(&anna, access_by("Cas Bos", "2026-10-23")).await;
    let extend = json!({"step": "extend", "months": 1, "reason": "Ziek"});
    let extended = step(&anna, &path, &made, extend.clone()).await.expect(StatusCode::OK);
    assert_eq!(extended.json()["due_on"], "2026-12-23");
    step(&anna, &path, &extended, extend.clone()).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    let (late, made) = enter(&anna, access_by("Bea Vos", "2026-10-22")).await;
    step(&anna, &late, &made, extend.clone()).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    let granted = json!({"step": "answer", "decision": "granted"});
    let answered = step(&anna, &late, &made, granted.clone()).await.expect(StatusCode::OK);
    let before = contents(&app);
    for body in [granted, extend, json!({"step": "identify", "how": "Te laat"})] {
        step(&anna, &late, &answered, body).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    }
    assert_eq!(contents(&app), before);
    let noted = step(&anna, &late, &answered, json!({"step": "note", "text": "Bedankt"})).await.expect(StatusCode::OK);
    step(&anna, &late, &noted, json!({"step": "tell", "recipients": ["Bank"]})).await.expect(StatusCode::OK);
}

/// The date of the extension is the one in the Netherlands.
#[tokio::test]
async fn the_first_month_ends_at_midnight_in_the_netherlands() {
    let (app, anna) = office().await;
    let (first, of_first) = enter(&anna, access_by("Cas Bos", "2026-10-24")).await;
    let (second, of_second) = enter(&anna, access_by("Bea Vos", "2026-10-24")).await;
    let extend = json!({"step": "extend", "months": 2, "reason": "Ziek"});
    app.clock.set("2026-11-24T22:59:59Z");
    anna.sign_in().await;
    step(&anna, &first, &of_first, extend.clone()).await.expect(StatusCode::OK);
    app.clock.set("2026-11-24T23:00:00Z");
    step(&anna, &second, &of_second, extend).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_kept() {
    let (app, anna) = office().await;
    let (path, made) = enter(&anna, access_by("Cas Bos", "2026-11-23")).await;
    let before = contents(&app);
    let errors = |reply: Reply| {
        let body = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        let shown = |error: &Value| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap());
        let mut errors: Vec<_> = body["errors"].as_array().unwrap().iter().map(shown).collect();
        errors.sort();
        errors
    };
    for (body, expected) in [
        (json!({}), vec!["/kind required", "/name required", "/received_on required"]),
        (
            json!({"received_on": "2026-11-24", "kind": "money", "name": " ", "client": "x", "remarks": "\u{1}", "colour": 1}),
            vec![
                "/client unknown_value",
                "/colour unknown_field",
                "/kind unknown_value",
                "/name too_short",
                "/received_on in_future",
                "/remarks invalid_characters",
            ],
        ),
        (
            json!({"received_on": "2026-11-31", "kind": "access", "name": "x".repeat(201)}),
            vec!["/name too_long", "/received_on invalid_format"],
        ),
    ] {
        assert_eq!(errors(anna.post("/api/requests", body).await), expected);
    }
    for (body, expected) in [
        (json!({}), vec!["/step required"]),
        (json!({"step": "receive"}), vec!["/step unknown_value"]),
        (json!({"step": "identify"}), vec!["/how required"]),
        (json!({"step": "extend"}), vec!["/months required", "/reason required"]),
        (json!({"step": "extend", "months": 3, "reason": ""}), vec!["/months out_of_range", "/reason too_short"]),
        (json!({"step": "answer"}), vec!["/decision required"]),
        (json!({"step": "answer", "decision": "maybe", "reason": "x"}), vec!["/decision unknown_value"]),
        (json!({"step": "answer", "decision": "refused"}), vec!["/reason required"]),
        (json!({"step": "answer", "decision": "partly", "copy_sha256": "AB"}), vec!["/copy_sha256 invalid_format", "/reason required"]),
        (json!({"step": "tell"}), vec!["/recipients required"]),
        (json!({"step": "tell", "recipients": []}), vec!["/recipients too_short"]),
        (json!({"step": "tell", "recipients": ["Bank", " "]}), vec!["/recipients/1 too_short"]),
        (json!({"step": "note", "text": "x", "how": "y"}), vec!["/how unknown_field"]),
    ] {
        assert_eq!(errors(step(&anna, &path, &made, body).await), expected);
    }
    assert_eq!(contents(&app), before);
}

#[tokio::test]
async fn those_that_are_open_come_first_by_their_deadline() {
    let (_app, anna) = office().await;
    for (name, received_on) in [("Third", "2026-11-20"), ("First", "2026-11-01"), ("Done", "2026-10-01"), ("Second", "2026-11-10")] {
        let (path, made) = enter(&anna, access_by(name, received_on)).await;
        if name == "Done" {
            step(&anna, &path, &made, json!({"step": "answer", "decision": "granted"})).await.expect(StatusCode::OK);
        }
    }
    let (mut names, mut next) = (Vec::new(), String::new());
    loop {
        let page = anna.get(&format!("/api/requests?limit=2{next}")).await.expect(StatusCode::OK).json();
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["First", "Second", "Third", "Done"]);
    let first = anna.get("/api/requests?limit=1").await.json()["items"][0].clone();
    let expected = json!({"id": first["id"], "received_on": "2026-11-01", "kind": "access", "due_on": "2026-12-01", "state": "open",
        "name": "First"});
    assert_eq!(first, expected);
}

#[tokio::test]
async fn the_same_key_enters_one_request() {
    let (_app, anna) = office().await;
    let (file, version) = make(&anna, &example()).await;
    let mut request = access_by("Cas Bos", "2026-11-23");
    request["client"] = json!(file.rsplit('/').next().unwrap());
    let key = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
    let ask =
        async |body: &Value| anna.request(Method::POST, "/api/requests").header("idempotency-key", key).json(body.clone()).send().await;
    let first = ask(&request).await.expect(StatusCode::CREATED);
    delete(&anna, &file, &version).await.expect(StatusCode::NO_CONTENT);
    let again = ask(&request).await.expect(StatusCode::CREATED);
    assert_eq!((again.json(), etag(&again)), (first.json(), etag(&first)));
    ask(&access_by("Bea Vos", "2026-11-23")).await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
    assert_eq!(anna.get("/api/requests").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_version_that_was_seen_is_gone_on_with() {
    let (_app, anna) = office().await;
    let (path, made) = enter(&anna, access_by("Cas Bos", "2026-11-23")).await;
    let (steps, note) = (format!("{path}/steps"), json!({"step": "note", "text": "Gebeld"}));
    anna.post(&steps, note.clone()).await.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
    step(&anna, &path, &made, note.clone()).await.expect(StatusCode::OK);
    step(&anna, &path, &made, note).await.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
}

#[tokio::test]
async fn a_request_of_another_adviser_is_like_one_that_does_not_exist() {
    let (app, anna) = office().await;
    let bert = app.adviser("bert").await;
    let (path, made) = enter(&anna, access_by("Cas Bos", "2026-11-23")).await;
    let (file, _) = make(&anna, &example()).await;
    let before = contents(&app);
    let unknown = format!("/api/requests/{UNKNOWN}");
    for path in [&path, &unknown, &"/api/requests/x".to_owned()] {
        bert.get(path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        let note = json!({"step": "note", "text": "Van een ander"});
        step(&bert, path, &made, note.clone()).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        bert.post(&format!("{path}/steps"), note).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
    assert_eq!(bert.get("/api/requests").await.json()["items"], json!([]));
    let refused = |id: &str| {
        let mut request = access_by("Cas Bos", "2026-11-23");
        request["client"] = json!(id);
        bert.post("/api/requests", request)
    };
    for id in [file.rsplit('/').next().unwrap(), UNKNOWN, "x"] {
        let errors = refused(id).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json()["errors"].clone();
        assert_eq!(errors, json!([{"pointer": "/client", "code": "unknown_value"}]), "{id}");
    }
    assert_eq!(contents(&app), before);
}
