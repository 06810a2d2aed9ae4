//! What is decided at the last moment counts: whoever is told that something was stopped, or somebody disabled, reads of nothing that was
//! begun on what was so before.

use crate::{
    clients::make,
    hand_overs::Office,
    samples::example,
    support::{
        app::TestOptions,
        between::Between,
        register::{account_id, changed_by},
    },
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, flows::jobs};
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn nobody_is_told_that_files_move_that_were_stopped_at_the_last_moment() {
    let between = Between::default();
    let options = TestOptions { hand_over_wait: Duration::from_secs(3600), ..between.options() };
    let office = Office::open_with(options).await;
    let elsewhere = office.app.another_instance(Argon2id::default()).await;
    make(&office.anna, &example()).await;
    let path = office.approved().await;
    office.app.run_jobs().await;
    office.app.clock.advance(SignedDuration::from_hours(2));
    let olga = office.olga.clone_as_new_browser();
    olga.sign_in().await;
    let (stopper, stop) = (olga.at(&elsewhere), format!("{path}/stop"));
    between.before_commit(async move { drop(stopper.post(&stop, None).await.expect(StatusCode::OK)) });
    let job = json!({"hand_over": path.rsplit('/').next()}).to_string();
    jobs::run(&office.app.state().services, &job).await.unwrap();
    assert!(!between.cancel(), "it was stopped meanwhile");
    assert_eq!(olga.get(&path).await.expect(StatusCode::OK).json()["state"], "withdrawn");
    for (username, told) in [("anna", "files_handed_over"), ("bert", "files_taken_over")] {
        let changes = changed_by(&office.app, username).await;
        assert!(!changes.iter().any(|(what, _)| what == told), "{username}: {changes:?}");
    }
    office.app.run_jobs().await;
    office.app.verify().await;
}

#[tokio::test]
async fn an_officer_is_not_confirmed_once_whoever_proposed_it_was_disabled() {
    let between = Between::default();
    let office = Office::open_with(between.options()).await;
    let elsewhere = office.app.another_instance(Argon2id::default()).await;
    let theo = office.app.officer("theo").await;
    let nova = json!({"username": "nova", "display_name": "Nova", "email": "nova@example.nl", "role": "officer"});
    let nova = office.olga.post("/api/accounts", nova).await.expect(StatusCode::CREATED).json()["id"].as_str().unwrap().to_owned();
    let (disabler, disable) = (theo.at(&elsewhere), format!("/api/accounts/{}/disable", account_id(&theo, "olga").await));
    office.app.run_jobs().await;
    between.before_commit(async move { drop(disabler.post(&disable, None).await.expect(StatusCode::NO_CONTENT)) });
    let confirm = format!("/api/accounts/{nova}/confirm");
    for _ in 0..2 {
        let late = office.otto.post(&confirm, None).await;
        assert_eq!(late.status, StatusCode::FORBIDDEN, "{late:?}");
        assert!(!between.cancel(), "she was disabled meanwhile");
    }
    let accounts = theo.get("/api/accounts").await.expect(StatusCode::OK).json();
    let listed = accounts["items"].as_array().unwrap().iter().find(|item| item["id"] == *nova).unwrap().clone();
    assert_eq!(listed["status"], "proposed", "{listed}");
    office.app.run_jobs().await;
    office.app.verify().await;
}
