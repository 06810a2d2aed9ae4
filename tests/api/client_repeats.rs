//! A repeated creation returns the same file.

use crate::{
    clients::{etag, put},
    samples::{EXAMPLE, example, named, together},
    support::{
        actor::{Actor, Ask, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

fn ask<'a>(actor: &'a Actor, key: &str) -> Ask<'a> {
    actor.request(Method::POST, "/api/clients").header("idempotency-key", key)
}

async fn create(actor: &Actor, key: &str, file: &Value) -> Reply {
    ask(actor, key).json(file.clone()).send().await
}

async fn count(actor: &Actor) -> usize {
    let reply = actor.post("/api/clients/search", json!({"limit": 200})).await.expect(StatusCode::OK);
    reply.json()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeat_answers_the_file_of_the_first() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let first = create(&anna, KEY, &example()).await.expect(StatusCode::CREATED);
    app.clock.advance(jiff::SignedDuration::from_secs(90));
    let again = create(&anna, KEY, &example()).await.expect(StatusCode::CREATED);
    let otherwise_written = ask(&anna, &KEY.to_uppercase()).raw_body(EXAMPLE.replace("  ", "\t"), "application/json");
    let once_more = otherwise_written.send().await.expect(StatusCode::CREATED);
    for repeat in [again, once_more] {
        assert_eq!((repeat.json(), etag(&repeat)), (first.json(), etag(&first)));
        assert_eq!(repeat.headers[header::LOCATION], first.headers[header::LOCATION]);
    }
    assert_eq!(count(&anna).await, 1);
}

#[tokio::test]
async fn a_key_is_good_for_one_file() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let first = create(&anna, KEY, &example()).await.expect(StatusCode::CREATED);
    create(&anna, KEY, &named("Vermeer")).await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
    let path = first.headers[header::LOCATION].to_str().unwrap();
    assert_eq!(anna.get(path).await.json(), first.json());
    assert_eq!(count(&anna).await, 1);
}

#[tokio::test]
async fn a_repeat_after_a_change_answers_what_is_there() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let first = create(&anna, KEY, &example()).await.expect(StatusCode::CREATED);
    let path = first.headers[header::LOCATION].to_str().unwrap();
    let changed = put(&anna, path, &etag(&first), &named("Vermeer")).await.expect(StatusCode::OK);
    let again = create(&anna, KEY, &example()).await.expect(StatusCode::CREATED);
    assert_eq!((again.json(), etag(&again)), (changed.json(), etag(&changed)));
}

#[tokio::test]
async fn keys_of_two_advisers_are_two_keys() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let of_anna = create(&anna, KEY, &example()).await.expect(StatusCode::CREATED);
    let of_bert = create(&bert, KEY, &example()).await.expect(StatusCode::CREATED);
    assert_ne!(of_anna.json()["id"], of_bert.json()["id"]);
    create(&bert, KEY, &named("Vermeer")).await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
    assert_eq!((count(&anna).await, count(&bert).await), (1, 1));
}

#[tokio::test]
async fn without_a_key_every_request_makes_a_file() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for _ in 0..2 {
        anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
    }
    let other = "8e03978e-40d5-43e8-bc93-6894a57f9325";
    for key in [KEY, other] {
        create(&anna, key, &example()).await.expect(StatusCode::CREATED);
    }
    assert_eq!(count(&anna).await, 4);
}

#[tokio::test]
async fn a_key_is_a_uuid() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let plain = KEY.replace('-', "");
    let braces = format!("{{{KEY}}}");
    let longer = format!("{KEY}0");
    for key in ["", "abc", &plain, &braces, &longer, "8e03978e-40d5-43e8-bc93-6894a57f932g", "8e03978e-40d5-43e8-bc93_6894a57f9324"] {
        let reply = create(&anna, key, &example()).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(reply.json()["errors"], json!([{"pointer": "/Idempotency-Key", "code": "invalid_format"}]), "{key}");
    }
    let twice = ask(&anna, KEY).header("idempotency-key", KEY).json(example()).send().await;
    twice.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    assert_eq!(count(&anna).await, 0);
}

#[tokio::test]
async fn a_refused_file_uses_no_key_up() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    create(&anna, KEY, &json!({})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    create(&anna, KEY, &example()).await.expect(StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_at_once_leave_one_file() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let file = example();
    let replies = together((0..16).map(|_| create(&anna, KEY, &file))).await;
    let first = replies[0].clone().expect(StatusCode::CREATED);
    for reply in replies {
        let reply = reply.expect(StatusCode::CREATED);
        assert_eq!((reply.json(), etag(&reply)), (first.json(), etag(&first)));
    }
    assert_eq!(count(&anna).await, 1);
}
