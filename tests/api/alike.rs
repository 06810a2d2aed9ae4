//! Two files that may be about the same person: the adviser who saves one is told of the other, and nobody else is.

use crate::{
    clients::{delete, etag, make, put},
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

fn anna() -> Value {
    json!({"person": {"first_name": "Anna", "last_name": "Dijk", "birth_date": "1975-04-30", "bsn": "111222333"}})
}

/// Typed in a hurry, without the BSN.
fn namesake() -> Value {
    json!({"person": {"first_name": "ANNA", "prefix": "van", "last_name": "dijk", "birth_date": "1975-04-30"}})
}

fn other(bsn: &str) -> Value {
    json!({"person": {"last_name": "Smit", "bsn": bsn}})
}

async fn create(adviser: &Actor, file: &Value) -> Reply {
    adviser.post("/api/clients", file.clone()).await.expect(StatusCode::CREATED)
}

fn id(reply: &Reply) -> Value {
    reply.json()["id"].clone()
}

#[tokio::test]
async fn a_second_file_of_one_person_is_told_and_made() {
    let app = TestApp::start().await;
    let adviser = app.adviser("anna").await;
    let first = create(&adviser, &anna()).await;
    assert_eq!(first.json()["warnings"], Value::Null, "there is no other");
    let second = create(&adviser, &other("111222333")).await;
    assert_eq!(second.json()["warnings"], json!([{"code": "same_bsn", "id": id(&first)}]));
    let third = create(&adviser, &namesake()).await;
    assert_eq!(third.json()["warnings"], json!([{"code": "same_name_and_birth_date", "id": id(&first)}]));
    for other in [
        json!({"person": {"last_name": "Dijk"}}),
        other("123456782"),
        json!({"person": {"first_name": "Anna", "last_name": "Dijk", "birth_date": "1975-05-01"}}),
    ] {
        assert_eq!(create(&adviser, &other).await.json()["warnings"], Value::Null, "{other}");
    }
    let read = adviser.get(&format!("/api/clients/{}", id(&first).as_str().unwrap())).await.expect(StatusCode::OK);
    assert_eq!(read.json()["warnings"], Value::Null, "reading says nothing of others");
}

#[tokio::test]
async fn a_change_is_told_of_the_others_and_never_of_itself() {
    let app = TestApp::start().await;
    let adviser = app.adviser("anna").await;
    let (path, version) = make(&adviser, &anna()).await;
    let same = put(&adviser, &path, &version, &anna()).await.expect(StatusCode::OK);
    assert_eq!(same.json()["warnings"], Value::Null);
    let (second, tag) = make(&adviser, &other("123456782")).await;
    let changed = put(&adviser, &second, &tag, &other("111222333")).await.expect(StatusCode::OK);
    assert_eq!(changed.json()["warnings"], json!([{"code": "same_bsn", "id": same.json()["id"]}]));
    delete(&adviser, &path, &etag(&same)).await.expect(StatusCode::NO_CONTENT);
    let again = put(&adviser, &second, &etag(&changed), &other("111222333")).await.expect(StatusCode::OK);
    assert_eq!(again.json()["warnings"], Value::Null, "the other is gone");
}

#[tokio::test]
async fn nobody_is_told_of_the_files_of_another_adviser() {
    let app = TestApp::start().await;
    let (adviser, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    create(&adviser, &anna()).await;
    for file in [anna(), namesake(), other("111222333")] {
        let (path, version) = make(&bert, &file).await;
        let saved = put(&bert, &path, &version, &file).await.expect(StatusCode::OK);
        assert_eq!(saved.json()["warnings"], Value::Null, "{file}");
        delete(&bert, &path, &etag(&saved)).await.expect(StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_repeated_creation_names_no_second_file_that_is_the_first() {
    let app = TestApp::start().await;
    let adviser = app.adviser("anna").await;
    let ask = || {
        let request = adviser.request(Method::POST, "/api/clients").json(anna());
        request.header("idempotency-key", "3b241101-e2bb-4255-8caf-4136c566a962").send()
    };
    let first = ask().await.expect(StatusCode::CREATED);
    assert_eq!(ask().await.expect(StatusCode::CREATED).json(), first.json());
}

#[tokio::test]
async fn many_are_told_of_ten_and_the_surest_come_first() {
    let app = TestApp::start().await;
    let adviser = app.adviser("anna").await;
    for _ in 0..12 {
        create(&adviser, &namesake()).await;
    }
    let same = create(&adviser, &other("111222333")).await;
    let warnings = create(&adviser, &anna()).await.json()["warnings"].clone();
    assert_eq!(warnings.as_array().unwrap().len(), 10);
    assert_eq!(warnings[0], json!({"code": "same_bsn", "id": id(&same)}));
}
