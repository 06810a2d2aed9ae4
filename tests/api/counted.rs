//! Limits that are counted before something is created: however many requests run concurrently, on however many instances, the limit holds.

use crate::support::{
    actor::{Actor, Reply},
    app::{PASSWORD, TestApp},
    between::Between,
};
use axum::http::StatusCode;
use finrust::crypto::password::Argon2id;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const AT_ONCE: usize = 24;

/// The same request many times at once, by one session on two instances. Returns the replies.
async fn at_once(app: &TestApp, actor: &Actor, path: &str, body: &Value) -> Vec<Reply> {
    let elsewhere = app.another_instance(Argon2id::default()).await;
    let mut tasks = JoinSet::new();
    for number in 0..AT_ONCE {
        let actor = if number % 2 == 0 { actor.clone() } else { actor.at(&elsewhere) };
        let (path, body) = (path.to_owned(), body.clone());
        tasks.spawn(async move { actor.post(&path, body).await });
    }
    tasks.join_all().await
}

fn times(replies: &[Reply], status: StatusCode) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_imports_are_open_however_many_begin_at_once() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let body = json!({"name": "a.csv", "bytes": 1});
    let mut made = 0;
    // Requests that were told that the database is busy are retried.
    for _ in 0..4 {
        let replies = at_once(&app, &anna, "/api/imports", &body).await;
        made += times(&replies, StatusCode::CREATED);
        assert!(replies.iter().all(|reply| matches!(reply.status.as_u16(), 201 | 409 | 503)), "{replies:?}");
        assert!(made <= 5, "{made} are open");
    }
    assert_eq!(made, 5);
    let listed = anna.get("/api/imports").await.expect(StatusCode::OK).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(5));
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_exports_a_day_are_made_however_many_begin_at_once() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let body = json!({"format": "json", "password": PASSWORD});
    let mut given_out = 0;
    for _ in 0..4 {
        app.clock.advance(SignedDuration::from_secs(60));
        let replies = at_once(&app, &anna, "/api/exports", &body).await;
        given_out += times(&replies, StatusCode::OK);
        assert!(replies.iter().all(|reply| matches!(reply.status.as_u16(), 200 | 429 | 503)), "{replies:?}");
        assert!(given_out <= 5, "{given_out} exports");
    }
    // Exports overtaken by another request after counting were created but not returned to anyone.
    assert!((1..=5).contains(&given_out), "{given_out} exports");
    let sixth = anna.post("/api/exports", body).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert!(sixth.retry_after() > 3600);
    app.verify().await;
}

/// The narrowest race: after counting, another instance creates one more before this one commits.
#[tokio::test]
async fn who_is_overtaken_between_count_and_commit_is_counted_anew() {
    let export = json!({"format": "json", "password": PASSWORD});
    for (path, body, commits_before) in [("/api/imports", json!({"name": "a.csv", "bytes": 1}), 0), ("/api/exports", export, 1)] {
        let between = Between::default();
        let app = TestApp::start_with(between.options()).await;
        let anna = app.adviser("anna").await;
        let elsewhere = app.another_instance(Argon2id::default()).await;
        for _ in 0..4 {
            app.clock.advance(SignedDuration::from_secs(60));
            assert!(anna.post(path, body.clone()).await.status.is_success());
        }
        let (fifth, sent) = (anna.at(&elsewhere), body.clone());
        let overtake = async move { assert!(fifth.post(path, sent).await.status.is_success()) };
        // The password check of an export is recorded in a commit of its own, before this.
        if commits_before == 0 {
            between.before_commit(overtake);
        } else {
            let later = between.clone();
            between.before_commit(async move { later.before_commit(overtake) });
        }
        let sixth = anna.post(path, body).await;
        assert!(matches!(sixth.code().as_str(), "too_many_imports" | "too_many_attempts"), "{sixth:?}");
        assert!(!between.cancel(), "{path}: nothing came between");
        app.verify().await;
    }
}
