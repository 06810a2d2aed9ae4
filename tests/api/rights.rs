//! Processing restrictions of a file (restricted, on hold, marked), and erasing it for good.

use crate::{
    clients::{delete, make, put},
    hand_overs::Office,
    imports::{run, send},
    samples::{example, named},
    support::{
        actor::{Actor, Reply},
        app::{PASSWORD, TestApp},
    },
};
use axum::http::StatusCode;
use finrust::flows::clients::{self, erasure_replay::Extent};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::fs;

/// Takes a step with a reason.
pub async fn step(actor: &Actor, path: &str, step: &str, more: Value) -> Reply {
    let mut body = json!({"step": step, "reason": "Op verzoek van de cliënt"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    actor.post(&format!("{path}/rights"), body).await
}

pub async fn take(actor: &Actor, path: &str, name: &str, more: Value) -> Value {
    step(actor, path, name, more).await.expect(StatusCode::OK).json()
}

async fn mark(actor: &Actor, path: &str) -> Value {
    take(actor, path, "mark", json!({"ground": "no_longer_needed"})).await
}

async fn erase(actor: &Actor, path: &str) -> Reply {
    actor.post(&format!("{path}/erasure"), json!({"password": PASSWORD, "no_legal_duty": true})).await
}

/// The audit actions on a file, newest first.
pub async fn deeds(actor: &Actor, path: &str) -> Vec<String> {
    let trail = actor.get(&format!("{path}/trail?limit=200")).await.expect(StatusCode::OK).json();
    trail["items"].as_array().unwrap().iter().map(|item| item["deed"].as_str().unwrap().to_owned()).collect()
}

fn log(app: &TestApp) -> Vec<String> {
    fs::read_to_string(app.data_dir().join("erasures.log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_blocked_file_is_not_used_until_it_is_released() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, etag) = make(&anna, &example()).await;
    make(&anna, &named("Bakker")).await;
    let view = take(&anna, &path, "restrict", json!({})).await;
    assert_eq!(
        (&view["name"], &view["restricted"], &view["notes"][0]["step"]),
        (&json!("Anna van Dijk"), &json!(true), &json!("restrict"))
    );
    anna.get(&path).await.expect_problem(StatusCode::CONFLICT, "restricted");
    put(&anna, &path, &etag, &example()).await.expect_problem(StatusCode::CONFLICT, "restricted");
    delete(&anna, &path, &etag).await.expect_problem(StatusCode::CONFLICT, "restricted");
    step(&anna, &path, "restrict", json!({})).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    let found = anna.post("/api/clients/search", json!({})).await.expect(StatusCode::OK).json();
    let flags: Vec<_> =
        found["items"].as_array().unwrap().iter().map(|item| (item["name"].as_str().unwrap(), item.get("restricted"))).collect();
    assert_eq!(flags, [("Bakker", None), ("Anna van Dijk", Some(&json!(true)))]);
    let exported = anna.post("/api/exports", json!({"format": "json", "password": PASSWORD})).await.expect(StatusCode::OK).json();
    assert_eq!((&exported["count"], &exported["withheld"], exported["clients"].as_array().unwrap().len()), (&json!(1), &json!(1), 1));
    assert_eq!(deeds(&anna, &path).await, ["restricted", "created"], "what was refused or withheld is no use");
    take(&anna, &path, "release", json!({})).await;
    let read = anna.get(&path).await.expect(StatusCode::OK);
    assert_eq!(read.json()["updated_at"], read.json()["created_at"], "the file itself is as it was");
    assert_eq!(deeds(&anna, &path).await, ["read", "released", "restricted", "created"]);
    app.verify().await;
}

#[tokio::test]
async fn what_was_read_before_is_blocked_too() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    anna.get(&path).await.expect(StatusCode::OK);
    take(&anna, &path, "restrict", json!({})).await;
    anna.get(&path).await.expect_problem(StatusCode::CONFLICT, "restricted");
}

#[tokio::test]
async fn a_file_that_has_to_be_kept_is_neither_deleted_nor_erased() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    mark(&anna, &path).await;
    step(&anna, &path, "hold", json!({"until": "2001-01-01"})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let today = app.state().services.today();
    let view = take(&anna, &path, "hold", json!({"until": today})).await;
    assert_eq!(view["held"], json!({"until": today}));
    let etag = crate::clients::etag(&anna.get(&path).await.expect(StatusCode::OK));
    delete(&anna, &path, &etag).await.expect_problem(StatusCode::CONFLICT, "legal_hold");
    erase(&anna, &path).await.expect_problem(StatusCode::CONFLICT, "legal_hold");
    assert_eq!(log(&app), [""; 0]);
    app.clock.advance(SignedDuration::from_hours(24));
    anna.sign_in().await;
    let view = anna.get(&format!("{path}/rights")).await.expect(StatusCode::OK).json();
    assert_eq!((&view["held"], &view["marked"]), (&Value::Null, &json!("no_longer_needed")), "its last day is over");
    step(&anna, &path, "lift_hold", json!({})).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    assert_eq!(take(&anna, &path, "hold", json!({})).await["held"], json!({"until": null}));
    take(&anna, &path, "lift_hold", json!({})).await;
    erase(&anna, &path).await.expect(StatusCode::NO_CONTENT);
    app.verify().await;
}

#[tokio::test]
async fn an_erasure_takes_two_steps_and_the_password() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    erase(&anna, &path).await.expect_problem(StatusCode::CONFLICT, "not_marked");
    mark(&anna, &path).await;
    take(&anna, &path, "withdraw", json!({})).await;
    erase(&anna, &path).await.expect_problem(StatusCode::CONFLICT, "not_marked");
    mark(&anna, &path).await;
    step(&anna, &path, "mark", json!({"ground": "objection"})).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    let erasure = format!("{path}/erasure");
    for body in [json!({}), json!({"password": PASSWORD}), json!({"password": PASSWORD, "no_legal_duty": false})] {
        anna.post(&erasure, body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
    let wrong = anna.post(&erasure, json!({"password": "wrong", "no_legal_duty": true})).await;
    wrong.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    take(&anna, &path, "restrict", json!({})).await;
    erase(&anna, &path).await.expect_problem(StatusCode::CONFLICT, "restricted");
    take(&anna, &path, "release", json!({})).await;
    assert_eq!(log(&app), [""; 0], "nothing was erased so far");
    erase(&anna, &path).await.expect(StatusCode::NO_CONTENT);
    let lines = log(&app);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains(path.rsplit('/').next().unwrap()), "{lines:?}");
    for gone in [path.clone(), format!("{path}/rights"), format!("{path}/trail")] {
        anna.get(&gone).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
    erase(&anna, &path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    app.verify().await;
    assert_eq!(app.maintain().await.erased, 0, "it is gone already");
}

#[tokio::test]
async fn fields_of_a_step_that_do_not_belong_to_it_are_named() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    for (name, more, pointer, code) in [
        ("restrict", json!({"ground": "objection"}), "/ground", "unknown_field"),
        ("mark", json!({}), "/ground", "required"),
        ("mark", json!({"ground": "mood"}), "/ground", "unknown_value"),
        ("mark", json!({"ground": "objection", "until": "2030-01-01"}), "/until", "unknown_field"),
        ("hold", json!({"until": "2030-02-30"}), "/until", "invalid_format"),
        ("hold", json!({"reason": " "}), "/reason", "too_short"),
        ("hold", json!({"reason": "x".repeat(1001)}), "/reason", "too_long"),
        ("forget", json!({}), "/step", "unknown_value"),
    ] {
        let refused = step(&anna, &path, name, more.clone()).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(refused.json()["errors"], json!([{"pointer": pointer, "code": code}]), "{name} {more}");
    }
    assert_eq!(deeds(&anna, &path).await, ["created"]);
}

#[tokio::test]
async fn how_a_file_stands_goes_along_to_a_successor_and_an_erasure_reaches_back() {
    let office = Office::open().await;
    let (path, _) = make(&office.anna, &example()).await;
    mark(&office.anna, &path).await;
    take(&office.anna, &path, "restrict", json!({})).await;
    office.approved().await;
    office.app.run_jobs().await;
    let view = office.bert.get(&format!("{path}/rights")).await.expect(StatusCode::OK).json();
    assert_eq!((&view["restricted"], &view["marked"]), (&json!(true), &json!("no_longer_needed")));
    office.bert.get(&path).await.expect_problem(StatusCode::CONFLICT, "restricted");
    take(&office.bert, &path, "release", json!({})).await;
    erase(&office.bert, &path).await.expect(StatusCode::NO_CONTENT);
    let lines = log(&office.app);
    let scopes: std::collections::BTreeSet<_> = lines.iter().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!((lines.len(), scopes.len()), (2, 2), "one line for where it was, one for where it had been: {lines:?}");
    office.app.verify().await;
}

#[tokio::test]
async fn whoever_comes_back_after_an_erasure_is_another_file() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    make(&anna, &named("Dijk")).await;
    let table = anna.post("/api/exports", json!({"format": "csv", "password": PASSWORD})).await.expect(StatusCode::OK).body;
    let path = send(&anna, &table).await;
    let done = anna.post(&format!("{path}/continue"), json!({"duplicates": "make"})).await.expect(StatusCode::OK).json();
    assert_eq!(done["created"], 1);
    let found = anna.post("/api/clients/search", json!({})).await.json();
    for item in found["items"].as_array().unwrap() {
        let path = format!("/api/clients/{}", item["id"].as_str().unwrap());
        mark(&anna, &path).await;
        erase(&anna, &path).await.expect(StatusCode::NO_CONTENT);
    }
    app.clock.advance(SignedDuration::from_secs(1));
    let done = run(&anna, &send(&anna, &table).await).await.pop().unwrap();
    assert_eq!(done["created"], 1, "the id follows from the row");
    app.verify().await;
    let replayed = clients::erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap();
    assert_eq!((replayed.named, replayed.erased), (2, 0));
    assert_eq!(anna.post("/api/clients/search", json!({})).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_erasure_that_cannot_be_written_down_erases_nothing() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    mark(&anna, &path).await;
    fs::create_dir(app.data_dir().join("erasures.log")).unwrap();
    erase(&anna, &path).await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    anna.get(&path).await.expect_problem(StatusCode::CONFLICT, "being_erased");
    fs::remove_dir(app.data_dir().join("erasures.log")).unwrap();
    erase(&anna, &path).await.expect(StatusCode::NO_CONTENT);
    app.verify().await;
}
