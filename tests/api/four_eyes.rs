//! Every way in which one person with several accounts could act as both officers that a hand-over needs; each is refused.

use crate::{
    clients::make,
    hand_overs::{Office, names, path},
    officers::{act, invite, item, settle},
    samples::example,
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions, address},
        register::account_id,
    },
    vault::{Spot, Vault},
};
use axum::http::StatusCode;
use finrust::domain::sign_in::credentials::Role;
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

/// An officer proposed by one and confirmed by another.
async fn officer_by(app: &TestApp, one: &Actor, other: &Actor, username: &str) -> Actor {
    invite(one, username, "officer").await.expect(StatusCode::CREATED);
    act(other, username, "confirm").await.expect(StatusCode::NO_CONTENT);
    settle(app, username, &address(username), true).await
}

async fn propose(officer: &Actor, from: &str, to: &str) -> Reply {
    let (from, to) = (account_id(officer, from).await, account_id(officer, to).await);
    officer.post("/api/hand-overs", json!({"from": from, "to": to, "reason": "Vertrekt"})).await
}

async fn approve(officer: &Actor, path: &str) -> Reply {
    officer.post(&format!("{path}/approve"), None).await
}

/// Anna is disabled and has a file; two officers created by the operator, and one created by both of them.
async fn office() -> (Office, Actor) {
    let office = Office::open().await;
    make(&office.anna, &example()).await;
    office.account("anna", "disable").await.expect(StatusCode::NO_CONTENT);
    let oscar = officer_by(&office.app, &office.olga, &office.otto, "oscar").await;
    (office, oscar)
}

async fn nothing_moved(office: &Office) {
    office.app.maintain().await;
    office.app.run_jobs().await;
    let bert = office.bert.clone_as_new_browser();
    bert.sign_in().await;
    assert_eq!(names(&bert).await, [""; 0]);
    office.app.verify().await;
}

#[tokio::test]
async fn who_made_or_confirmed_an_officer_and_that_officer_are_not_two() {
    let (office, oscar) = office().await;
    for (one, other) in [(&office.olga, &oscar), (&oscar, &office.olga), (&office.otto, &oscar), (&oscar, &office.otto)] {
        let proposed = path(&propose(one, "anna", "bert").await.expect(StatusCode::CREATED));
        approve(other, &proposed).await.expect_problem(StatusCode::FORBIDDEN, "related_officer");
        one.post(&format!("{proposed}/withdraw"), None).await.expect(StatusCode::OK);
    }
    nothing_moved(&office).await;
}

#[tokio::test]
async fn officers_whom_one_has_made_are_not_two_also_through_others() {
    let (office, oscar) = office().await;
    let third = office.app.officer("theo").await;
    // Two by the same makers, and one by a maker whom one of them created.
    let sister = officer_by(&office.app, &office.olga, &third, "sofie").await;
    let niece = officer_by(&office.app, &oscar, &third, "nina").await;
    for (one, other) in [(&oscar, &sister), (&sister, &oscar), (&office.olga, &niece), (&niece, &office.olga), (&niece, &sister)] {
        let proposed = path(&propose(one, "anna", "bert").await.expect(StatusCode::CREATED));
        approve(other, &proposed).await.expect_problem(StatusCode::FORBIDDEN, "related_officer");
        one.post(&format!("{proposed}/withdraw"), None).await.expect(StatusCode::OK);
    }
    nothing_moved(&office).await;
    // With an officer unrelated to them, there are two people.
    let proposed = path(&propose(&third, "anna", "bert").await.expect(StatusCode::CREATED));
    approve(&oscar, &proposed).await.expect(StatusCode::OK);
    office.app.run_jobs().await;
    assert_eq!(names(&office.bert).await.len(), 1);
}

#[tokio::test]
async fn who_may_be_one_confirms_no_officer_either() {
    let (office, oscar) = office().await;
    invite(&office.olga, "piet", "officer").await.expect(StatusCode::CREATED);
    act(&oscar, "piet", "confirm").await.expect_problem(StatusCode::FORBIDDEN, "related_officer");
    invite(&oscar, "puk", "officer").await.expect_problem(StatusCode::CONFLICT, "no_second_officer");
    act(&office.olga, "otto", "disable").await.expect(StatusCode::NO_CONTENT);
    invite(&office.olga, "paul", "officer").await.expect_problem(StatusCode::CONFLICT, "no_second_officer");
    assert_eq!(item(&office.olga, "piet").await["status"], "proposed");
}

#[tokio::test]
async fn a_successor_of_ones_own_is_refused() {
    let (office, oscar) = office().await;
    invite(&office.olga, "sara", "adviser").await.expect(StatusCode::CREATED);
    settle(&office.app, "sara", &address("sara"), false).await;
    for proposer in [&office.olga, &oscar] {
        propose(proposer, "anna", "sara").await.expect_problem(StatusCode::FORBIDDEN, "related_successor");
    }
}

/// In an office with two officers, one has invited the successor; the other proposes, so the proposer did not create the successor's
/// account. Both officers are named to everybody, and the files wait.
#[tokio::test]
async fn whoever_made_the_successor_may_approve_what_an_unrelated_officer_proposed() {
    let (office, oscar) = office().await;
    invite(&office.olga, "sara", "adviser").await.expect(StatusCode::CREATED);
    settle(&office.app, "sara", &address("sara"), false).await;
    let proposed = path(&propose(&office.otto, "anna", "sara").await.expect(StatusCode::CREATED));
    approve(&oscar, &proposed).await.expect_problem(StatusCode::FORBIDDEN, "related_officer");
    approve(&office.olga, &proposed).await.expect(StatusCode::OK);
    office.app.run_jobs().await;
    let sara = office.app.last_mail_to(&address("otto")).text.replace('\n', " ");
    assert!(sara.contains("otto van Kantoor") && sara.contains("olga van Kantoor") && sara.contains("sara van Kantoor"), "{sara}");
}

#[tokio::test]
async fn whoever_sends_an_invitation_elsewhere_has_made_the_account_too() {
    let (office, _) = office().await;
    office.app.invited("sara", Role::Adviser).await;
    office.app.invited("olivier", Role::Officer).await;
    let mut made = Vec::new();
    for username in ["sara", "olivier"] {
        let path = format!("/api/accounts/{}/email", account_id(&office.olga, username).await);
        office.olga.put(&path, json!({"email": "olga.thuis@example.nl"})).await.expect(StatusCode::NO_CONTENT);
        if username == "olivier" {
            act(&office.otto, username, "confirm").await.expect(StatusCode::NO_CONTENT);
        }
        office.app.run_jobs().await;
        made.push(settle(&office.app, username, "olga.thuis@example.nl", username == "olivier").await);
    }
    propose(&office.olga, "anna", "sara").await.expect_problem(StatusCode::FORBIDDEN, "related_successor");
    let proposed = path(&propose(&office.olga, "anna", "bert").await.expect(StatusCode::CREATED));
    approve(&made[1], &proposed).await.expect_problem(StatusCode::FORBIDDEN, "related_officer");
}

#[tokio::test]
async fn officers_from_before_makers_were_kept_are_not_two_until_the_operator_makes_one() {
    let (office, _) = office().await;
    for username in ["olga", "otto"] {
        crate::support::register::forget_makers(&office.app, username).await;
    }
    let proposed = path(&propose(&office.olga, "anna", "bert").await.expect(StatusCode::CREATED));
    approve(&office.otto, &proposed).await.expect_problem(StatusCode::FORBIDDEN, "related_officer");
    office.app.clock.advance(SignedDuration::from_secs(1));
    let new = office.app.officer("nora").await;
    approve(&new, &proposed).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn who_lost_the_office_has_approved_nothing() {
    for lost in ["olga", "otto"] {
        let office = waiting(Duration::from_hours(1)).await;
        let path = office.approved().await;
        let third = office.app.officer("theo").await;
        act(&third, lost, "disable").await.expect(StatusCode::NO_CONTENT);
        office.app.clock.advance(SignedDuration::from_hours(2));
        nothing_moved(&office).await;
        let third = third.clone_as_new_browser();
        third.sign_in().await;
        let now = third.get(&path).await.expect(StatusCode::OK).json();
        assert_eq!((&now["state"], &now["steps"].as_array().unwrap().last().unwrap()["by"]), (&json!("withdrawn"), &json!(null)));
        act(&third, "anna", "enable").await.expect(StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_proposal_of_somebody_who_lost_the_office_is_not_approved() {
    let office = Office::open().await;
    let path = office.proposed().await;
    act(&office.otto, "olga", "disable").await.expect(StatusCode::NO_CONTENT);
    approve(&office.otto, &path).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
}

/// An office in which an approved hand-over waits.
async fn waiting(hand_over_wait: Duration) -> Office {
    let office = Office::open_with(TestOptions { hand_over_wait, ..TestOptions::default() }).await;
    make(&office.anna, &example()).await;
    office
}

#[tokio::test]
async fn everybody_is_told_at_once_and_files_wait() {
    let office = waiting(Duration::from_hours(48)).await;
    let path = office.proposed().await;
    office.app.run_jobs().await;
    office.app.clear_mails();
    let approved = approve(&office.otto, &path).await.expect(StatusCode::OK).json();
    assert_eq!((&approved["state"], approved["moves_at"].is_string()), (&json!("approved"), true));
    approve(&office.otto, &path).await.expect(StatusCode::OK);
    office.app.run_jobs().await;
    let mut told: Vec<_> = office.app.mails().into_iter().map(|mail| mail.to).collect();
    told.sort();
    assert_eq!(told, ["anna", "bert", "olga", "otto"].map(address), "each once");
    let to_anna = office.app.last_mail_to(&address("anna"));
    let text = to_anna.text.replace('\n', " ");
    assert!(["olga", "otto"].iter().all(|officer| text.contains(&format!("{officer} van Kantoor"))), "whom to turn to: {text}");
    for hours in [1, 46] {
        office.app.clock.advance(SignedDuration::from_hours(hours));
        assert_eq!(office.app.maintain().await.hand_overs, 0);
        office.app.run_jobs().await;
    }
    assert_eq!(office.app.mails().len(), 4, "each once, however often maintenance comes");
    let bert = office.bert.clone_as_new_browser();
    bert.sign_in().await;
    assert_eq!(names(&bert).await, [""; 0]);
    office.app.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(office.app.maintain().await.hand_overs, 1);
    office.app.run_jobs().await;
    let bert = office.bert.clone_as_new_browser();
    bert.sign_in().await;
    assert_eq!(names(&bert).await.len(), 1);
    office.app.verify().await;
}

#[tokio::test]
async fn whoever_is_concerned_stops_it_while_it_waits_and_nobody_else() {
    for stopper in ["olga", "otto", "bert", "theo"] {
        let office = waiting(Duration::from_hours(48)).await;
        let (theo, carla) = (office.app.officer("theo").await, office.app.adviser("carla").await);
        let path = office.proposed().await;
        let stop = format!("{path}/stop");
        for early in [&office.bert, &carla] {
            early.post(&stop, None).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        }
        theo.post(&stop, None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
        approve(&office.otto, &path).await.expect(StatusCode::OK);
        let received = office.bert.get("/api/hand-overs/received").await.expect(StatusCode::OK).json();
        assert_eq!((&received["items"][0]["state"], received["items"][0]["id"].as_str()), (&json!("approved"), path.rsplit('/').next()));
        carla.post(&stop, None).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        office.app.anonymous().post(&stop, None).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
        office.app.run_jobs().await;
        office.app.clear_mails();
        let who = match stopper {
            "olga" => &office.olga,
            "otto" => &office.otto,
            "bert" => &office.bert,
            _ => &theo,
        };
        for _ in 0..2 {
            assert_eq!(who.post(&stop, None).await.expect(StatusCode::OK).json()["state"], "withdrawn");
        }
        approve(&office.otto, &path).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
        office.app.run_jobs().await;
        assert_eq!(office.app.mails().len(), 5, "both advisers and three officers, once");
        office.app.clock.advance(SignedDuration::from_hours(50));
        office.app.maintain().await;
        office.app.run_jobs().await;
        office.app.verify().await;
        let olga = office.olga.clone_as_new_browser();
        olga.sign_in().await;
        act(&olga, "anna", "enable").await.expect(StatusCode::NO_CONTENT);
        let anna = office.anna.clone_as_new_browser();
        anna.sign_in().await;
        assert_eq!(names(&anna).await.len(), 1);
        make(&anna, &example()).await;
    }
}

#[tokio::test]
async fn files_that_move_are_not_stopped() {
    let office = waiting(Duration::ZERO).await;
    let path = office.approved().await;
    office.app.run_jobs().await;
    office.olga.post(&format!("{path}/stop"), None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
}

#[tokio::test]
async fn a_successor_who_left_meanwhile_gets_nothing() {
    let office = waiting(Duration::from_hours(1)).await;
    let path = office.approved().await;
    office.account("bert", "disable").await.expect(StatusCode::NO_CONTENT);
    office.app.clock.advance(SignedDuration::from_mins(61));
    office.app.maintain().await;
    office.app.run_jobs().await;
    let olga = office.olga.clone_as_new_browser();
    olga.sign_in().await;
    assert_eq!(olga.get(&path).await.expect(StatusCode::OK).json()["state"], "withdrawn");
    office.app.verify().await;
}

/// Restoring an old record also requires restoring what authenticates it: its steps, or the marker. Both amount to the whole register
/// partition.
#[tokio::test]
async fn a_withdrawn_proposal_that_somebody_put_back_is_not_approved() {
    for (with_steps, with_marker) in [(false, false), (true, false), (false, true)] {
        let office = Office::open().await;
        make(&office.anna, &example()).await;
        let path = office.proposed().await;
        let vault = Vault::of(&office.app);
        let record = vault.spot("register", &format!("record-{}", path.rsplit('/').next().unwrap()));
        let marker = Spot { id: "shelf".to_owned(), ..record.clone() };
        let (before, marker_before, steps) = (vault.copy(&record), vault.copy(&marker), vault.spots("register", "step-"));
        office.olga.post(&format!("{path}/withdraw"), None).await.expect(StatusCode::OK);
        vault.put(&record, &before);
        if with_marker {
            vault.put(&marker, &marker_before);
        }
        for step in vault.spots("register", "step-").iter().filter(|step| with_steps && !steps.contains(step)) {
            vault.delete(step);
        }
        approve(&office.otto, &path).await.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        nothing_of_it_moved(&office).await;
    }
}

#[tokio::test]
async fn a_hand_over_that_was_stopped_and_put_back_does_not_move() {
    let office = waiting(Duration::from_mins(10)).await;
    let path = office.approved().await;
    let vault = Vault::of(&office.app);
    let record = vault.spot("register", &format!("record-{}", path.rsplit('/').next().unwrap()));
    let (before, steps) = (vault.copy(&record), vault.spots("register", "step-"));
    office.olga.post(&format!("{path}/stop"), None).await.expect(StatusCode::OK);
    vault.put(&record, &before);
    vault.spots("register", "step-").iter().filter(|step| !steps.contains(step)).for_each(|step| vault.delete(step));
    office.app.clock.advance(SignedDuration::from_mins(11));
    nothing_of_it_moved(&office).await;
}

async fn nothing_of_it_moved(office: &Office) {
    office.app.maintain().await;
    office.app.run_jobs().await;
    assert_eq!(names(&office.bert).await, [""; 0]);
}
