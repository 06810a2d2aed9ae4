//! A writer to whom another instance is a moment ahead, every time.

use crate::{
    clients::make,
    requests::{self, access_by, enter},
    rights,
    samples::example,
    support::{actor::Actor, app::TestApp, between::Between},
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, store::retries::MAX_ATTEMPTS};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Lets the rival write to the same partition before each commit from now on, and counts the commits.
fn always_ahead(between: &Between, rival: Actor, commits: Arc<AtomicUsize>) {
    let again = between.clone();
    between.before_commit(async move {
        rival.post("/api/requests", access_by("Rival", "2026-11-20")).await.expect(StatusCode::CREATED);
        commits.fetch_add(1, Ordering::Relaxed);
        always_ahead(&again, rival, commits);
    });
}

#[tokio::test]
async fn a_writer_who_loses_every_attempt_is_told_to_come_back_in_a_second() {
    let between = Between::default();
    let app = TestApp::start_with(between.options()).await;
    app.clock.set("2026-11-23T09:00:00Z");
    let anna = app.adviser("anna").await;
    let elsewhere = app.another_instance(Argon2id::default()).await;
    let (request, seen) = enter(&anna, access_by("Anna Dijk", "2026-11-20")).await;
    let (file, _) = make(&anna, &example()).await;
    let note = json!({"step": "note", "text": "Gebeld"});
    let commits = Arc::new(AtomicUsize::new(0));
    always_ahead(&between, anna.at(&elsewhere), Arc::clone(&commits));
    let lost = [
        (requests::step(&anna, &request, &seen, note.clone()).await, commits.swap(0, Ordering::Relaxed)),
        (rights::step(&anna, &file, "restrict", json!({})).await, commits.swap(0, Ordering::Relaxed)),
    ];
    assert!(between.cancel());
    for (reply, attempts) in lost {
        assert_eq!((reply.retry_after(), attempts), (1, MAX_ATTEMPTS), "{reply:?}");
        reply.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    }
    // Nothing was written: the version that was seen is still the current one.
    requests::step(&anna, &request, &seen, note).await.expect(StatusCode::OK);
    assert_eq!(anna.get(&format!("{file}/rights")).await.expect(StatusCode::OK).json()["restricted"], false);
    rights::take(&anna, &file, "restrict", json!({})).await;
    app.verify().await;
}
