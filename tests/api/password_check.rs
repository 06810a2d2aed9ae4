//! Checking a password before it is chosen: the same verdict as when choosing it, and nothing of it is kept.

use crate::{
    samples::contents,
    support::{
        actor::{Actor, Reply},
        app::{OTHER_PASSWORD, PASSWORD, TestApp},
    },
};
use axum::http::StatusCode;
use finrust::domain::sign_in::credentials::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

const SAMPLES: [(&str, &str); 7] = [
    ("vlieger-koper-dinsdag-9", "good"),
    ("vier losse woorden hier", "good"),
    ("", "too_short"),
    ("kort", "too_short"),
    ("aaaaaaaaaaaaaaaa", "too_guessable"),
    ("wachtwoord2026!", "too_guessable"),
    ("anna@example.nl1", "too_guessable"),
];

async fn ask(actor: &Actor, password: &str) -> Reply {
    actor.post("/api/password-check", json!({ "password": password })).await
}

async fn verdict(actor: &Actor, password: &str) -> Value {
    ask(actor, password).await.expect(StatusCode::OK).json()["verdict"].clone()
}

#[tokio::test]
async fn the_verdict_is_that_of_choosing_it_and_nothing_stays() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let long = "x".repeat(257);
    let before = contents(&app);
    for (password, expected) in SAMPLES.into_iter().chain([(long.as_str(), "too_long")]) {
        assert_eq!(verdict(&anna, password).await, expected, "{password}");
    }
    assert_eq!(contents(&app), before);
    for (password, expected) in SAMPLES.into_iter().chain([(long.as_str(), "too_long")]) {
        let body = json!({"current_password": anna.password, "new_password": password});
        let reply = anna.put("/api/account/password", body).await;
        if expected == "good" {
            reply.expect(StatusCode::NO_CONTENT);
            anna.put("/api/account/password", json!({"current_password": password, "new_password": PASSWORD}))
                .await
                .expect(StatusCode::NO_CONTENT);
        } else {
            let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "weak_password");
            assert_eq!(reply.json()["errors"][0]["code"], expected, "{password}");
        }
    }
}

#[tokio::test]
async fn who_owes_a_new_password_may_ask_and_who_owes_another_step_may_not() {
    let app = TestApp::start().await;
    let iris = app.invited("iris", Role::Adviser).await;
    ask(&iris, OTHER_PASSWORD).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    iris.log_in().await.expect(StatusCode::OK);
    assert_eq!(verdict(&iris, OTHER_PASSWORD).await, "good");
    let half = app.half_signed_in("hans").await;
    ask(&half, OTHER_PASSWORD).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    let otto = app.officer_without_second_factor("otto").await;
    ask(&otto, OTHER_PASSWORD).await.expect_problem(StatusCode::FORBIDDEN, "two_factor_required");
}

#[tokio::test]
async fn a_session_asks_so_often_and_no_other_waits_for_it() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    for _ in 0..30 {
        ask(&anna, "kort").await.expect(StatusCode::OK);
    }
    let reply = ask(&anna, "kort").await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert!(reply.retry_after() <= 5, "{reply:?}");
    ask(&bert, "kort").await.expect(StatusCode::OK);
    app.clock.advance(SignedDuration::from_secs(5));
    ask(&anna, "kort").await.expect(StatusCode::OK);
}
