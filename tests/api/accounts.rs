//! Account administration, by officers only.

use crate::support::{
    actor::{Actor, Reply},
    app::{PASSWORD, TestApp, address},
};
use axum::http::{Method, StatusCode};
use finrust::domain::sign_in::credentials::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn invitee(username: &str) -> Value {
    json!({"username": username, "display_name": "Iris Vos", "email": "iris@example.nl", "role": "adviser"})
}

async fn list(officer: &Actor) -> Vec<Value> {
    let reply = officer.get("/api/accounts?limit=200").await.expect(StatusCode::OK);
    reply.json()["items"].as_array().unwrap().clone()
}

async fn item(officer: &Actor, username: &str) -> Value {
    list(officer).await.into_iter().find(|item| item["username"] == username).unwrap()
}

async fn path(officer: &Actor, username: &str, rest: &str) -> String {
    format!("/api/accounts/{}/{rest}", item(officer, username).await["id"].as_str().unwrap())
}

/// `POST /api/accounts/{id}/<action>`.
async fn act(officer: &Actor, username: &str, action: &str) -> Reply {
    officer.post(&path(officer, username, action).await, None).await
}

#[tokio::test]
async fn an_invitation_makes_an_account_and_mails_a_way_in() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let made = olga.post("/api/accounts", invitee("Iris.Vos")).await.expect(StatusCode::CREATED).json();
    let mut expected = invitee("iris.vos");
    for (member, value) in [("status", json!("invited")), ("two_factor", json!(false)), ("last_signed_in_at", Value::Null)] {
        expected[member] = value;
    }
    expected["id"] = made["id"].clone();
    assert_eq!(made, expected);
    assert_eq!(item(&olga, "iris.vos").await, expected);
    app.run_jobs().await;
    let mail = app.last_mail_to("iris@example.nl");
    assert_eq!(mail.subject, "Uw account bij FinRust staat klaar");
    let iris = app.anonymous();
    let reply = iris.log_in_as("iris.vos", &mail.one_time_password()).await.expect(StatusCode::OK);
    assert_eq!(reply.json()["next"], "new_password");
    iris.post("/api/login/new-password", json!({"new_password": PASSWORD})).await.expect(StatusCode::OK);
    assert_eq!(iris.get("/api/session").await.json()["role"], "adviser");
    assert_eq!(item(&olga, "iris.vos").await["status"], "active");
}

#[tokio::test]
async fn who_reads_english_gets_english_mail() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let mut body = invitee("iris");
    body["language"] = json!("en");
    olga.post("/api/accounts", body).await.expect(StatusCode::CREATED);
    app.run_jobs().await;
    let mail = app.last_mail_to("iris@example.nl");
    assert_eq!(mail.subject, "Your FinRust account is ready");
    assert!(mail.text.contains("one-time password") && !mail.text.contains("wachtwoord"), "{}", mail.text);
}

#[tokio::test]
async fn a_username_has_one_account_however_it_is_spelt() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    olga.post("/api/accounts", invitee("zoë.vos")).await.expect(StatusCode::CREATED);
    let count = list(&olga).await.len();
    for spelling in ["zoë.vos", "ZOË.VOS", "zoe\u{308}.vos", "ｚoë.vos", "Olga"] {
        olga.post("/api/accounts", invitee(spelling)).await.expect_problem(StatusCode::CONFLICT, "username_taken");
    }
    assert_eq!(list(&olga).await.len(), count);
    app.clear_mails();
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 1, "one invitation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_creations_at_once_leave_one_account() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let replies = crate::samples::together((0..32).map(|_| olga.post("/api/accounts", invitee("iris")))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == StatusCode::CREATED).count(), 1);
    for reply in replies.into_iter().filter(|reply| reply.status != StatusCode::CREATED) {
        reply.expect_problem(StatusCode::CONFLICT, "username_taken");
    }
    assert_eq!(list(&olga).await.len(), 2);
}

#[tokio::test]
async fn an_invitation_is_checked_field_by_field() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let reply = olga.post("/api/accounts", json!({"username": "a b", "email": "x", "role": "admin", "language": "fr", "x": 1})).await;
    let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
    let errors = reply["errors"].as_array().unwrap().iter();
    let errors: BTreeSet<_> = errors.map(|it| (it["pointer"].as_str().unwrap(), it["code"].as_str().unwrap())).collect();
    let expected = [
        ("/username", "invalid_characters"),
        ("/display_name", "required"),
        ("/email", "invalid_format"),
        ("/role", "unknown_value"),
        ("/language", "unknown_value"),
        ("/x", "unknown_field"),
    ];
    assert_eq!(errors, expected.into());
    assert_eq!(list(&olga).await.len(), 1);
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    for number in 0..7 {
        olga.post("/api/accounts", invitee(&format!("adviser{number}"))).await.expect(StatusCode::CREATED);
    }
    app.anonymous().log_in_as("nobody-at-all", "some password").await.expect(StatusCode::UNAUTHORIZED);
    let (mut seen, mut query) = (Vec::new(), "/api/accounts?limit=3".to_owned());
    let mut pages = 0;
    loop {
        let page = olga.get(&query).await.expect(StatusCode::OK).json();
        assert!(page["items"].as_array().unwrap().len() <= 3);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["username"].as_str().unwrap().to_owned()));
        pages += 1;
        match page["next"].as_str() {
            Some(next) => query = format!("/api/accounts?limit=3&cursor={next}"),
            None => break,
        }
    }
    assert!(pages >= 3);
    let unique: BTreeSet<_> = seen.iter().cloned().collect();
    let expected = (0..7).map(|number| format!("adviser{number}")).chain(["olga".to_owned()]).collect();
    assert_eq!((seen.len(), unique), (8, expected), "and a username that was only tried is no account");
    for query in ["limit=0", "limit=201", "limit=x", "limit=", "cursor=AAAA", "cursor=", "order=asc", "limit=1&limit=2", "cursor=%00"] {
        let reply = olga.get(&format!("/api/accounts?{query}")).await;
        reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
}

#[tokio::test]
async fn disabling_ends_every_session_at_once_and_tells_by_mail() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    let elsewhere = anna.clone_as_new_browser();
    elsewhere.sign_in().await;
    app.run_jobs().await;
    app.clear_mails();
    act(&olga, "anna", "disable").await.expect(StatusCode::NO_CONTENT);
    for browser in [&anna, &elsewhere] {
        browser.get("/api/session").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
    app.run_jobs().await;
    assert_eq!(app.last_mail_to(&address("anna")).subject, "Uw account bij FinRust is uitgeschakeld");
    assert_eq!(item(&olga, "anna").await["status"], "disabled");
    anna.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    let attempts = olga.get(&path(&olga, "anna", "login-attempts").await).await.expect(StatusCode::OK).json();
    assert_eq!(attempts["items"][0]["outcome"], "disabled");
    act(&olga, "anna", "disable").await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 1, "disabling twice is told once");
}

#[tokio::test]
async fn enabling_gives_the_old_password_back() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    act(&olga, "anna", "disable").await.expect(StatusCode::NO_CONTENT);
    act(&olga, "anna", "enable").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(item(&olga, "anna").await["status"], "active");
    assert!(!anna.is_signed_in().await, "ended sessions stay ended");
    anna.sign_in().await;
}

#[tokio::test]
async fn a_disabled_invitee_is_an_invitee_again_without_the_old_one_time_password() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let iris = app.invited("iris", Role::Adviser).await;
    act(&olga, "iris", "disable").await.expect(StatusCode::NO_CONTENT);
    act(&olga, "iris", "invite").await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    act(&olga, "iris", "enable").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(item(&olga, "iris").await["status"], "invited");
    iris.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
}

#[tokio::test]
async fn a_fresh_invitation_voids_the_one_before() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let iris = app.invited("iris", Role::Adviser).await;
    act(&olga, "iris", "invite").await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    let fresh = app.last_mail_to(&address("iris")).one_time_password();
    assert_ne!(fresh, iris.password);
    iris.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    assert_eq!(iris.log_in_as("iris", &fresh).await.expect(StatusCode::OK).json()["next"], "new_password");
    app.adviser("anna").await;
    act(&olga, "anna", "invite").await.expect_problem(StatusCode::CONFLICT, "wrong_step");
}

#[tokio::test]
async fn an_invitation_is_good_for_seven_days() {
    let app = TestApp::start().await;
    let (iris, ivo) = (app.invited("iris", Role::Adviser).await, app.invited("ivo", Role::Adviser).await);
    app.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    iris.log_in().await.expect(StatusCode::OK);
    app.clock.advance(SignedDuration::from_hours(2));
    ivo.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
}

#[tokio::test]
async fn unlocking_lifts_the_throttle() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    let stranger = app.anonymous();
    for _ in 0..12 {
        stranger.log_in_as("anna", "not the password").await;
    }
    stranger.log_in_as("anna", &anna.password).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    act(&olga, "anna", "unlock").await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    assert_eq!(app.last_mail_to(&address("anna")).subject, "De wachttijd van uw account bij FinRust is opgeheven");
    stranger.log_in_as("anna", &anna.password).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_wait_is_lifted_five_times_a_day_and_where_there_is_none_that_is_not_counted() {
    let app = TestApp::start().await;
    let (olga, _) = (app.officer("olga").await, app.adviser("anna").await);
    for _ in 0..2 {
        act(&olga, "anna", "unlock").await.expect(StatusCode::NO_CONTENT);
    }
    for _ in 0..5 {
        app.anonymous().log_in_as("anna", "not the password").await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
        for _ in 0..2 {
            act(&olga, "anna", "unlock").await.expect(StatusCode::NO_CONTENT);
        }
    }
    app.anonymous().log_in_as("anna", "not the password").await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    let reply = act(&olga, "anna", "unlock").await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert_eq!(reply.retry_after(), 24 * 60 * 60);
    app.clock.advance(SignedDuration::from_hours(23));
    olga.sign_in().await;
    act(&olga, "anna", "unlock").await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    app.clock.advance(SignedDuration::from_hours(1));
    olga.sign_in().await;
    act(&olga, "anna", "unlock").await.expect(StatusCode::NO_CONTENT);
    app.verify().await;
}

#[tokio::test]
async fn officers_read_the_attempts_of_an_account() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    app.clock.advance(SignedDuration::from_secs(1));
    anna.log_in_as("anna", "not the password").await.expect(StatusCode::UNAUTHORIZED);
    let path = path(&olga, "anna", "login-attempts").await;
    let page = olga.get(&format!("{path}?limit=1")).await.expect(StatusCode::OK).json();
    assert_eq!(page["items"][0]["outcome"], "wrong_password");
    assert_eq!(page["items"][0]["ip"], anna.ip.to_string());
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    let rest = olga.get(&format!("{path}?cursor={}", page["next"].as_str().unwrap())).await.expect(StatusCode::OK).json();
    let whole = olga.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!(whole["items"].as_array().unwrap()[1..], *rest["items"].as_array().unwrap());
    let own = anna.get("/api/login-attempts").await.expect(StatusCode::OK).json();
    assert_eq!(own["items"], whole["items"], "the owner reads the same");
    let foreign = path.replace(item(&olga, "anna").await["id"].as_str().unwrap(), item(&olga, "olga").await["id"].as_str().unwrap());
    let foreign = olga.get(&format!("{foreign}?cursor={}", page["next"].as_str().unwrap())).await;
    foreign.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
}

#[tokio::test]
async fn an_officer_stays_in_office() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    act(&olga, "olga", "disable").await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
    assert!(olga.is_signed_in().await);
}

#[tokio::test]
async fn only_an_account_that_exists_is_looked_after() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    app.anonymous().log_in_as("nobody", "some password").await.expect(StatusCode::UNAUTHORIZED);
    let tried = app.state().services.identities.index("nobody").await.unwrap_or_else(|_| panic!("an index")).to_string();
    let own = item(&olga, "olga").await["id"].as_str().unwrap().to_owned();
    let unknown = if own.starts_with('A') { "B" } else { "A" }.to_owned() + &own[1..];
    for id in [tried, unknown, own[1..].to_owned(), format!("{own}="), "olga".to_owned(), "%00".to_owned()] {
        for action in ["disable", "enable", "invite", "unlock"] {
            olga.post(&format!("/api/accounts/{id}/{action}"), None).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        }
        olga.get(&format!("/api/accounts/{id}/login-attempts")).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
    assert_eq!(list(&olga).await.len(), 1);
}

#[tokio::test]
async fn advisers_and_strangers_look_after_nobody() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    let unenrolled = app.officer_without_second_factor("otto").await;
    let before = list(&olga).await;
    let id = item(&olga, "anna").await["id"].as_str().unwrap().to_owned();
    let actions = ["disable", "enable", "invite", "unlock"].map(|action| (Method::POST, format!("/api/accounts/{id}/{action}")));
    let mut calls = vec![(Method::GET, "/api/accounts".to_owned()), (Method::POST, "/api/accounts".to_owned())];
    calls.extend(actions);
    calls.push((Method::GET, format!("/api/accounts/{id}/login-attempts")));
    for (method, path) in calls {
        let body = (path == "/api/accounts" && method == Method::POST).then(|| invitee("mallory"));
        let ask = async |actor: &Actor| actor.request(method.clone(), &path).json(body.clone()).send().await;
        ask(&anna).await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
        ask(&unenrolled).await.expect_problem(StatusCode::FORBIDDEN, "two_factor_required");
        ask(&app.anonymous()).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
    assert_eq!(list(&olga).await, before);
}
