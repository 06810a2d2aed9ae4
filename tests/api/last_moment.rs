//! Decisions hold at the last moment: a caller who was told that something was stopped, or an account disabled, later sees nothing that
//! relied on the earlier state.

use crate::{
    clients::make,
    hand_overs::Office,
    officers::invite,
    samples::example,
    support::{
        actor::Actor,
        app::{TestOptions, address},
        between::Between,
        register::{account_id, changed_by},
    },
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, flows::hand_overs};
use jiff::SignedDuration;
use serde_json::json;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

#[tokio::test]
async fn nobody_is_told_that_files_move_that_were_stopped_at_the_last_moment() {
    let between = Between::default();
    let options = TestOptions { hand_over_wait: Duration::from_hours(1), ..between.options() };
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
    between.before_commit_to(hand_overs::register::location().partition, async move {
        drop(stopper.post(&stop, None).await.expect(StatusCode::OK));
    });
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

/// Olga proposes officers, and Otto confirms them; Theo disables her before each operation of Otto's request in turn. An officer who is
/// still only proposed when Theo gets his response is never confirmed.
#[tokio::test]
async fn an_officer_is_not_confirmed_once_whoever_proposed_it_was_disabled() {
    let between = Between::default();
    let office = Office::open_with(between.options()).await;
    let elsewhere = office.app.another_instance(Argon2id::default()).await;
    let theo = office.app.officer("theo").await;
    let olga = format!("/api/accounts/{}", account_id(&theo, "olga").await);
    let (mut before, mut after) = (0, 0);
    for operation in 0.. {
        invite(&office.olga, "nova", "officer").await.expect(StatusCode::CREATED);
        let nova = format!("/api/accounts/{}", account_id(&theo, "nova").await);
        let confirm = format!("{nova}/confirm");
        office.app.run_jobs().await;
        assert!(office.otto.is_signed_in().await, "and noted to be");
        let (disabler, disable) = (theo.at(&elsewhere), format!("{olga}/disable"));
        let seen = Arc::new(Mutex::new(String::new()));
        let note = Arc::clone(&seen);
        between.before_operation(operation, async move {
            disabler.post(&disable, None).await.expect(StatusCode::NO_CONTENT);
            *note.lock().unwrap() = status(&disabler, "nova").await;
        });
        let late = office.otto.post(&confirm, None).await;
        if between.cancel() {
            late.expect(StatusCode::NO_CONTENT);
            break;
        }
        let seen = seen.lock().unwrap().clone();
        assert_eq!(status(&theo, "nova").await, seen, "{operation}: {late:?}");
        if seen == "proposed" {
            before += 1;
            late.expect_problem(StatusCode::CONFLICT, "wrong_step");
            office.otto.post(&confirm, None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
        } else {
            after += 1;
            late.expect(StatusCode::NO_CONTENT);
        }
        theo.delete(&nova).await.expect(StatusCode::NO_CONTENT);
        theo.post(&format!("{olga}/enable"), None).await.expect(StatusCode::NO_CONTENT);
        office.app.clock.advance(SignedDuration::from_secs(31));
        office.olga.sign_in().await;
    }
    println!("disabled before {before} operations of a confirmation that then came to nothing, and {after} after it");
    assert!(before > 10 && after > 0, "{before} {after}");
    office.app.run_jobs().await;
    office.app.verify().await;
}

async fn status(officer: &Actor, username: &str) -> String {
    let accounts = officer.get("/api/accounts?limit=200").await.expect(StatusCode::OK).json();
    let found = accounts["items"].as_array().unwrap().iter().find(|item| item["username"] == username).cloned();
    found.unwrap()["status"].as_str().unwrap().to_owned()
}

/// A proposal by someone who is no longer in office does not block anything.
#[tokio::test]
async fn an_officer_whose_proposer_was_disabled_is_proposed_anew_by_another_address() {
    let office = Office::open().await;
    let theo = office.app.officer("theo").await;
    invite(&office.olga, "nova", "officer").await.expect(StatusCode::CREATED);
    let nova = format!("/api/accounts/{}", account_id(&theo, "nova").await);
    let disable = format!("/api/accounts/{}/disable", account_id(&theo, "olga").await);
    theo.post(&disable, None).await.expect(StatusCode::NO_CONTENT);
    office.otto.post(&format!("{nova}/confirm"), None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    let address = json!({"email": "nova.nieuw@example.nl"});
    theo.put(&format!("{nova}/email"), address).await.expect(StatusCode::NO_CONTENT);
    // Olga's proposal exists beside Theo's, and she has left: it is withdrawn and made again.
    office.otto.post(&format!("{nova}/confirm"), None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    theo.delete(&nova).await.expect(StatusCode::NO_CONTENT);
    invite(&theo, "nova", "officer").await.expect(StatusCode::CREATED);
    office.otto.post(&format!("{nova}/confirm"), None).await.expect(StatusCode::NO_CONTENT);
    office.app.run_jobs().await;
    office.app.verify().await;
}
