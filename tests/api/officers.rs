//! Officers' accounts, which need two officers or the operator to create, and invitations that are not used yet.

use crate::support::{
    actor::{Actor, Reply},
    app::{PASSWORD, TestApp, address},
    register::account_id,
};
use axum::http::StatusCode;
use finrust::domain::sign_in::credentials::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// `POST /api/accounts`.
pub async fn invite(officer: &Actor, username: &str, role: &str) -> Reply {
    let body = json!({"username": username, "display_name": format!("{username} van Kantoor"), "email": address(username), "role": role});
    officer.post("/api/accounts", body).await
}

/// `POST /api/accounts/{id}/<action>`.
pub async fn act(officer: &Actor, username: &str, action: &str) -> Reply {
    officer.post(&format!("/api/accounts/{}/{action}", account_id(officer, username).await), None).await
}

async fn readdress(officer: &Actor, username: &str, email: &str) -> Reply {
    officer.put(&format!("/api/accounts/{}/email", account_id(officer, username).await), json!({ "email": email })).await
}

async fn take_back(officer: &Actor, username: &str) -> Reply {
    officer.delete(&format!("/api/accounts/{}", account_id(officer, username).await)).await
}

pub async fn item(officer: &Actor, username: &str) -> Value {
    let list = officer.get("/api/accounts?limit=200").await.expect(StatusCode::OK).json();
    list["items"].as_array().unwrap().iter().find(|item| item["username"] == username).cloned().unwrap_or_default()
}

/// Signs in with the one-time password mailed there, chooses a password and, as an officer, enrols.
pub async fn settle(app: &TestApp, username: &str, mailbox: &str, is_officer: bool) -> Actor {
    app.run_jobs().await;
    let mut actor = app.anonymous();
    username.clone_into(&mut actor.username);
    actor.password = app.last_mail_to(mailbox).one_time_password();
    actor.log_in().await.expect(StatusCode::OK);
    actor.post("/api/login/new-password", json!({ "new_password": PASSWORD })).await.expect(StatusCode::OK);
    PASSWORD.clone_into(&mut actor.password);
    if is_officer {
        actor.enrol().await;
    }
    app.run_jobs().await;
    actor
}

#[tokio::test]
async fn an_officer_is_made_by_two() {
    let app = TestApp::start().await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    app.clear_mails();
    let made = invite(&olga, "oscar", "officer").await.expect(StatusCode::CREATED).json();
    assert_eq!((&made["status"], &made["own"]), (&json!("proposed"), &json!(true)));
    assert_eq!(item(&otto, "oscar").await["own"], json!(false));
    app.run_jobs().await;
    let told: Vec<_> = app.mails().into_iter().map(|mail| (mail.to, mail.subject)).collect();
    let subject = "Een account voor een privacy officer in FinRust".to_owned();
    assert_eq!(told.len(), 2, "no invitation yet: {told:?}");
    for officer in ["olga", "otto"] {
        assert!(told.contains(&(address(officer), subject.clone())), "{told:?}");
    }
    act(&otto, "oscar", "confirm").await.expect(StatusCode::NO_CONTENT);
    act(&otto, "oscar", "confirm").await.expect(StatusCode::NO_CONTENT);
    app.clear_mails();
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 3, "one invitation, and both are told: a repeat does nothing");
    assert_eq!((item(&olga, "oscar").await["status"].clone(), item(&olga, "oscar").await["own"].clone()), (json!("invited"), Value::Null));
    let oscar = settle(&app, "oscar", &address("oscar"), true).await;
    oscar.get("/api/accounts").await.expect(StatusCode::OK);
    app.verify().await;
}

#[tokio::test]
async fn what_is_proposed_opens_nothing_and_nobody_alone_makes_it_more() {
    let app = TestApp::start().await;
    let (olga, _otto) = (app.officer("olga").await, app.officer("otto").await);
    invite(&olga, "oscar", "officer").await.expect(StatusCode::CREATED);
    act(&olga, "oscar", "confirm").await.expect_problem(StatusCode::FORBIDDEN, "same_officer");
    for action in ["enable", "invite", "disable"] {
        act(&olga, "oscar", action).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    }
    readdress(&olga, "oscar", "elsewhere@example.nl").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(item(&olga, "oscar").await["status"], "proposed");
    app.clear_mails();
    app.anonymous().post("/api/password-reset", json!({"username": "oscar"})).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    assert!(app.mails().iter().all(|mail| !mail.text.contains("/#/login/")), "no way in is mailed");
    act(&olga, "olga", "confirm").await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    take_back(&olga, "oscar").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(item(&olga, "oscar").await, Value::Null);
    app.verify().await;
}

#[tokio::test]
async fn the_only_officer_makes_no_second_one() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    invite(&olga, "oscar", "officer").await.expect_problem(StatusCode::CONFLICT, "no_second_officer");
    assert_eq!(item(&olga, "oscar").await, Value::Null);
    let _otto = app.officer("otto").await;
    act(&olga, "otto", "disable").await.expect(StatusCode::NO_CONTENT);
    invite(&olga, "oscar", "officer").await.expect_problem(StatusCode::CONFLICT, "no_second_officer");
    invite(&olga, "iris", "adviser").await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn every_officer_hears_of_one_that_the_operator_makes() {
    let app = TestApp::start().await;
    let (_olga, _otto) = (app.officer("olga").await, app.officer("otto").await);
    app.clear_mails();
    app.invited("oscar", Role::Officer).await;
    for officer in ["olga", "otto"] {
        let mail = app.last_mail_to(&address(officer));
        assert!(mail.text.contains("oscar van Kantoor") && mail.text.contains("de beheerder van het systeem"), "{}", mail.text);
    }
    app.clear_mails();
    app.invited("iris", Role::Adviser).await;
    assert_eq!(app.mails().len(), 1, "an adviser is nobody's concern");
}

#[tokio::test]
async fn a_mistyped_address_is_mended_and_the_invitation_before_is_void() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let iris = app.invited("iris", Role::Adviser).await;
    let half = iris.clone_as_new_browser();
    half.log_in().await.expect(StatusCode::OK);
    for (body, pointer, code) in [
        (json!({}), "/email", "required"),
        (json!({"email": "x"}), "/email", "invalid_format"),
        (json!({"email": "a@example.nl", "x": 1}), "/x", "unknown_field"),
    ] {
        let refused = olga.put(&format!("/api/accounts/{}/email", account_id(&olga, "iris").await), body).await;
        let refused = refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        assert_eq!(refused["errors"], json!([{"pointer": pointer, "code": code}]));
    }
    readdress(&olga, "iris", "iris.vos@example.nl").await.expect(StatusCode::NO_CONTENT);
    half.post("/api/login/new-password", json!({ "new_password": PASSWORD }))
        .await
        .expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    iris.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    let mended = settle(&app, "iris", "iris.vos@example.nl", false).await;
    assert!(mended.is_signed_in().await);
    for refused in
        [readdress(&olga, "iris", "x@example.nl").await, take_back(&olga, "iris").await, readdress(&olga, "olga", "x@example.nl").await]
    {
        refused.expect_problem(StatusCode::CONFLICT, "wrong_step");
    }
    app.verify().await;
}

#[tokio::test]
async fn an_invitation_is_taken_back_and_its_username_is_free() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let iris = app.invited("iris", Role::Adviser).await;
    let half = iris.clone_as_new_browser();
    half.log_in().await.expect(StatusCode::OK);
    let path = format!("/api/accounts/{}", account_id(&olga, "iris").await);
    olga.delete(&path).await.expect(StatusCode::NO_CONTENT);
    half.post("/api/login/new-password", json!({ "new_password": PASSWORD }))
        .await
        .expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    iris.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    app.verify().await;
    app.clock.advance(SignedDuration::from_hours(24 * 40));
    app.verify().await;
    let olga = olga.clone_as_new_browser();
    olga.sign_in().await;
    invite(&olga, "iris", "adviser").await.expect(StatusCode::CREATED);
    let again = settle(&app, "iris", &address("iris"), false).await;
    assert!(again.is_signed_in().await);
    olga.delete(&path).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    app.verify().await;
}

#[tokio::test]
async fn where_the_invitation_of_an_officer_goes_is_confirmed_anew() {
    let app = TestApp::start().await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    let oscar = app.invited("oscar", Role::Officer).await;
    readdress(&olga, "oscar", "olga.thuis@example.nl").await.expect(StatusCode::NO_CONTENT);
    oscar.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    app.clear_mails();
    app.run_jobs().await;
    assert!(app.mails().iter().all(|mail| mail.to != "olga.thuis@example.nl"), "two have to want it");
    assert_eq!(item(&otto, "oscar").await["status"], "proposed");
    act(&olga, "oscar", "confirm").await.expect_problem(StatusCode::FORBIDDEN, "same_officer");
    act(&otto, "oscar", "confirm").await.expect(StatusCode::NO_CONTENT);
    settle(&app, "oscar", "olga.thuis@example.nl", true).await;
    app.verify().await;
}

#[tokio::test]
async fn a_proposal_dies_with_the_office_of_who_made_it() {
    let app = TestApp::start().await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    invite(&olga, "oscar", "officer").await.expect(StatusCode::CREATED);
    act(&otto, "olga", "disable").await.expect(StatusCode::NO_CONTENT);
    act(&otto, "oscar", "confirm").await.expect_problem(StatusCode::CONFLICT, "wrong_step");
}
