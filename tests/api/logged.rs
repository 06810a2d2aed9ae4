//! What alerts rely on is logged: outcomes of attempts, and failures to open documents; never whose they were.

use crate::{support::app::TestApp, vault::Vault};
use axum::http::StatusCode;
use finrust::domain::sign_in::attempt::Outcome;
use serde_json::{Value, json};
use test_support::log::Log;

const WRONG: &str = "geraden wachtwoord";

/// Outcome and count of each attempt in the log.
fn attempts(log: &Log) -> Vec<(String, u64)> {
    let told = |event: &Value| (event["outcome"].as_str().unwrap().to_owned(), event["count"].as_u64().unwrap());
    log.events("login_attempt").iter().map(told).collect()
}

#[tokio::test]
async fn every_attempt_is_told_by_its_outcome_alone() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await.clone_as_new_browser();
    let olga = app.officer("olga").await.clone_as_new_browser();
    let log = Log::start();
    anna.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    anna.log_in_as("nobody", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    anna.log_in().await.expect(StatusCode::OK);
    olga.log_in().await.expect(StatusCode::OK);
    olga.post("/api/login/two-factor", json!({"code": "000000"})).await.expect(StatusCode::UNAUTHORIZED);
    let expected = ["wrong_password", "unknown_user", "signed_in", "password_correct", "wrong_code"];
    assert_eq!(attempts(&log), expected.map(|outcome| (outcome.to_owned(), 1)));
    for line in log.events("login_attempt") {
        let mut fields: Vec<&String> = line.as_object().unwrap().keys().collect();
        fields.retain(|field| !["traceparent", "invocation_id"].contains(&field.as_str()));
        assert_eq!(fields, ["count", "event", "level", "outcome", "time"]);
    }
}

#[tokio::test]
async fn a_flood_is_told_in_full() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let stranger = app.anonymous();
    for _ in 0..5 {
        stranger.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    }
    let log = Log::start();
    for _ in 0..7 {
        stranger.log_in_as("anna", WRONG).await.expect(StatusCode::TOO_MANY_REQUESTS);
    }
    let told = attempts(&log);
    assert!(told.iter().all(|(outcome, _)| outcome == Outcome::Throttled.name()), "{told:?}");
    assert_eq!(told.iter().map(|(_, count)| count).sum::<u64>(), 7);
}

#[test]
fn an_outcome_has_one_name_in_answers_and_in_the_log() {
    for outcome in [
        Outcome::SignedIn,
        Outcome::PasswordCorrect,
        Outcome::WrongPassword,
        Outcome::WrongCode,
        Outcome::Throttled,
        Outcome::Disabled,
        Outcome::OneTimePassword,
        Outcome::ExpiredOneTimePassword,
        Outcome::UnknownUser,
        Outcome::Overloaded,
        Outcome::ConfirmedPassword,
        Outcome::WrongPasswordInSession,
        Outcome::WrongEnrolmentCode,
    ] {
        assert_eq!(json!(outcome), outcome.name());
    }
}

#[tokio::test]
async fn what_does_not_open_is_told_by_requests_and_by_jobs() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let vault = Vault::of(&app);
    let [identity] = &vault.spots("identities", "identity")[..] else { panic!("one identity") };
    let mut body = vault.body(identity);
    *body.last_mut().unwrap() ^= 1;
    vault.set_body(identity, &body);
    let log = Log::start();
    anna.get("/api/session").await.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert_eq!(log.events("does_not_open").len(), 1, "{}", log.text());
    app.anonymous().post("/api/password-reset", json!({"username": "anna"})).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    assert_eq!(log.events("does_not_open").len(), 2, "{}", log.text());
}
