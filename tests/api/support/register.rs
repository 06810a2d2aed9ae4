//! The register of attempts as the store holds it, also for usernames that nobody has.

use super::app::TestApp;
use axum::http::StatusCode;
use finrust::domain::attempt::{Attempt, Event, Outcome};

/// Login attempts on a username in normal form, newest first.
pub async fn attempts(app: &TestApp, username: &str) -> Vec<Attempt> {
    let identities = &app.state().services.identities;
    let index = identities.index(username).await.unwrap();
    let slice = identities.attempts(index, 200, None).await.unwrap();
    assert!(slice.next.is_none(), "more than one page");
    let attempt = |event| if let Event::Attempt(attempt) = event { Some(attempt) } else { None };
    slice.items.into_iter().filter_map(|entry| attempt(entry.event)).collect()
}

/// How they ended, newest first.
pub async fn outcomes(app: &TestApp, username: &str) -> Vec<Outcome> {
    attempts(app, username).await.iter().map(|attempt| attempt.outcome).collect()
}

/// How many attempts ended so, those of a flood one by one.
pub async fn count(app: &TestApp, username: &str, outcome: Outcome) -> u32 {
    attempts(app, username).await.iter().filter(|attempt| attempt.outcome == outcome).map(|attempt| attempt.count).sum()
}

/// The id of an account, as an officer finds it.
pub async fn account_id(officer: &super::actor::Actor, username: &str) -> String {
    let list = officer.get("/api/accounts").await.expect(StatusCode::OK).json();
    let found = list["items"].as_array().unwrap().iter().find(|item| item["username"] == username);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}
