//! What is decided at the last moment counts: whoever is told that something was stopped, or somebody disabled, reads of nothing that was
//! begun on what was so before.

use crate::{
    clients::make,
    hand_overs::Office,
    samples::example,
    support::{
        app::{TestApp, TestOptions, address},
        between::Between,
        register::{account_id, changed_by},
    },
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, flows::hand_overs, ports::Partition, store::identity_documents};
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
    office.app.clear_mails();
    office.app.clock.advance(SignedDuration::from_hours(2));
    let olga = office.olga.clone_as_new_browser();
    olga.sign_in().await;
    office.app.maintain().await;
    let (stopper, stop) = (olga.at(&elsewhere), format!("{path}/stop"));
    between.before_commit_to(hand_overs::shelf().partition, async move { drop(stopper.post(&stop, None).await.expect(StatusCode::OK)) });
    office.app.run_jobs().await;
    assert!(!between.cancel(), "it was stopped when it was about to begin");
    assert_eq!(olga.get(&path).await.expect(StatusCode::OK).json()["state"], "withdrawn");
    for (username, told) in [("anna", "files_handed_over"), ("bert", "files_taken_over")] {
        let changes = changed_by(&office.app, username).await;
        assert!(!changes.iter().any(|(what, _)| what == told), "{username}: {changes:?}");
        let to_them = office.app.mails().into_iter().filter(|mail| mail.to == address(username)).count();
        assert_eq!(to_them, 1, "{username} is told that it was stopped, and nothing else");
    }
    office.app.verify().await;
}

#[tokio::test]
async fn both_advisers_are_told_once_that_files_move() {
    let office = Office::open().await;
    for number in 0..70 {
        make(&office.anna, &crate::samples::named(&format!("Van Anna {number}"))).await;
    }
    office.approved().await;
    office.app.clear_mails();
    office.app.run_jobs().await;
    office.app.maintain().await;
    office.app.run_jobs().await;
    for (username, told) in [("anna", "files_handed_over"), ("bert", "files_taken_over")] {
        let changes = changed_by(&office.app, username).await;
        assert_eq!(changes.iter().filter(|(what, _)| what == told).count(), 1, "{username}: {changes:?}");
    }
    office.app.verify().await;
}

async fn partition_of(app: &TestApp, username: &str) -> Partition {
    identity_documents::partition(app.state().services.identities.index(username).await.unwrap())
}

/// Olga proposes an officer, and Otto confirms; Theo disables her before what Otto's request writes first, while it tells the officers, and
/// before what it writes last.
#[tokio::test]
async fn an_officer_is_not_confirmed_once_whoever_proposed_it_was_disabled() {
    for moment in ["otto", "theo", "nova"] {
        let between = Between::default();
        let office = Office::open_with(between.options()).await;
        let elsewhere = office.app.another_instance(Argon2id::default()).await;
        let theo = office.app.officer("theo").await;
        let nova = json!({"username": "nova", "display_name": "Nova", "email": "nova@example.nl", "role": "officer"});
        office.olga.post("/api/accounts", nova).await.expect(StatusCode::CREATED);
        let (nova, olga) = (account_id(&theo, "nova").await, account_id(&theo, "olga").await);
        office.app.run_jobs().await;
        assert!(office.otto.is_signed_in().await, "and noted to be");
        let (disabler, disable) = (theo.at(&elsewhere), format!("/api/accounts/{olga}/disable"));
        let act = async move { drop(disabler.post(&disable, None).await.expect(StatusCode::NO_CONTENT)) };
        between.before_commit_to(partition_of(&office.app, moment).await, act);
        let confirm = format!("/api/accounts/{nova}/confirm");
        for _ in 0..2 {
            office.otto.post(&confirm, None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
            assert!(!between.cancel(), "{moment}: she was disabled meanwhile");
        }
        let accounts = theo.get("/api/accounts").await.expect(StatusCode::OK).json();
        let listed = accounts["items"].as_array().unwrap().iter().find(|item| item["id"] == *nova).unwrap().clone();
        assert_eq!(listed["status"], "proposed", "{moment}: {listed}");
        // Nothing of it is left in the way of a proposal by somebody who is in office.
        let again = json!({"email": "nova.nieuw@example.nl"});
        theo.put(&format!("/api/accounts/{nova}/email"), again).await.expect(StatusCode::NO_CONTENT);
        office.app.run_jobs().await;
        office.app.verify().await;
    }
}
