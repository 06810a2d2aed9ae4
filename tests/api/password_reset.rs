//! A lost password: what a stranger learns (nothing), what the owner gets (a mail), and what that can be used for.

use crate::support::{
    actor::{Actor, Reply},
    app::{OTHER_PASSWORD, PASSWORD, PUBLIC_URL, TestApp, TestOptions, address},
    register::{account_id, outcomes},
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::sign_in::{attempt::Outcome, credentials::Role},
    flows::limits::LimitSettings,
    http::routes::table,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::num::NonZeroU32;

async fn ask(app: &TestApp, username: &str) -> Reply {
    let reply = app.anonymous().post("/api/password-reset", json!({ "username": username })).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    reply
}

/// Requests a reset; returns a browser that has the one-time password from the mail.
async fn lost(app: &TestApp, username: &str) -> Actor {
    ask(app, username).await;
    let mut browser = app.anonymous();
    username.clone_into(&mut browser.username);
    browser.password = app.last_mail_to(&address(username)).one_time_password();
    browser
}

async fn choose(browser: &Actor, password: &str) -> Reply {
    browser.post("/api/login/new-password", json!({ "new_password": password })).await
}

async fn log_in_with(app: &TestApp, username: &str, password: &str) -> StatusCode {
    app.anonymous().log_in_as(username, password).await.status
}

#[tokio::test]
async fn the_answer_is_the_same_whoever_is_asked_for() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    app.adviser("bram").await;
    let olga = app.officer("olga").await;
    olga.post(&format!("/api/accounts/{}/disable", account_id(&olga, "bram").await), None).await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    app.clear_mails();
    let known = ask(&app, "anna").await;
    for username in ["nobody", "bram", "", "' OR 1=1 --", &"é".repeat(256)] {
        let reply = ask(&app, username).await;
        assert_eq!((&reply.body, &reply.headers), (&known.body, &known.headers), "{username}");
    }
    let recipients: Vec<_> = app.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(recipients, [address("anna")]);
}

#[tokio::test]
async fn the_mail_says_how_to_go_on() {
    let app = TestApp::start().await;
    app.adviser("anna@kantoor.nl").await;
    app.clear_mails();
    ask(&app, "Anna@Kantoor.nl").await;
    let mail = app.last_mail_to(&address("anna@kantoor.nl"));
    let code = mail.one_time_password();
    assert_eq!(mail.subject, "Een nieuw wachtwoord kiezen voor FinRust");
    assert_eq!(mail.link(), format!("{PUBLIC_URL}/#/login/anna%40kantoor.nl/{code}"));
    assert_eq!(code.replace('-', "").len() * 5, 80);
    assert!(mail.html.contains(&code));
}

#[tokio::test]
async fn a_one_time_password_leads_to_a_new_password_and_in() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let lost = lost(&app, "anna").await;
    assert_eq!(lost.log_in().await.expect(StatusCode::OK).json(), json!({ "next": "new_password" }));
    assert!(!lost.is_signed_in().await);
    assert_eq!(choose(&lost, OTHER_PASSWORD).await.expect(StatusCode::OK).json(), json!({ "next": "done" }));
    assert!(lost.is_signed_in().await);
    assert_eq!(log_in_with(&app, "anna", OTHER_PASSWORD).await, StatusCode::OK);
    assert_eq!(log_in_with(&app, "anna", PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(outcomes(&app, "anna").await[2..4], [Outcome::SignedIn, Outcome::OneTimePassword]);
}

#[tokio::test]
async fn the_second_factor_comes_first() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    let mut lost = lost(&app, "anna").await;
    assert_eq!(lost.log_in().await.expect(StatusCode::OK).json(), json!({ "next": "two_factor" }));
    choose(&lost, OTHER_PASSWORD).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    lost.totp.clone_from(&half.totp);
    let code = half.code();
    let reply = lost.post("/api/login/two-factor", json!({ "code": code })).await.expect(StatusCode::OK);
    assert_eq!(reply.json(), json!({ "next": "new_password", "recovery_codes_left": 10 }));
    assert!(!lost.is_signed_in().await);
    assert_eq!(choose(&lost, OTHER_PASSWORD).await.expect(StatusCode::OK).json(), json!({ "next": "done" }));
    assert!(lost.is_signed_in().await);
}

#[tokio::test]
async fn it_opens_nothing_but_the_choice_of_a_password() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let lost = lost(&app, "anna").await;
    lost.log_in().await.expect(StatusCode::OK);
    let mut walked = 0;
    for route in table() {
        let expected = match route.access.as_str() {
            "SecondFactorDue" => (StatusCode::CONFLICT, "wrong_step"),
            "SignedIn" | "Enrolled" | "Adviser" | "Officer" => (StatusCode::UNAUTHORIZED, "not_signed_in"),
            _ => continue,
        };
        let path = route.path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        let method: Method = route.method.parse().unwrap();
        let body = (method == Method::POST || method == Method::PUT).then(|| json!({}));
        lost.request(method, &path).json(body).send().await.expect_problem(expected.0, expected.1);
        walked += 1;
    }
    assert!(walked >= 26, "{walked}");
}

#[tokio::test]
async fn it_works_until_a_password_is_chosen() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let lost = lost(&app, "anna").await;
    lost.log_in().await.expect(StatusCode::OK);
    let elsewhere = lost.clone_as_new_browser();
    elsewhere.log_in().await.expect(StatusCode::OK);
    choose(&lost, OTHER_PASSWORD).await.expect(StatusCode::OK);
    choose(&elsewhere, "een derde keuze van een dief").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(log_in_with(&app, "anna", &lost.password).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_choice_is_made_once() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let lost = lost(&app, "anna").await;
    lost.log_in().await.expect(StatusCode::OK);
    let copy = app.anonymous();
    copy.set_cookie("__Host-finrust", &lost.cookie("__Host-finrust").unwrap());
    choose(&lost, OTHER_PASSWORD).await.expect(StatusCode::OK);
    choose(&copy, "een derde keuze van een dief").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(log_in_with(&app, "anna", OTHER_PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn it_is_typed_in_any_case_and_with_or_without_hyphens() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let code = lost(&app, "anna").await.password;
    for typed in [code.to_lowercase().replace('-', ""), format!(" {code}\r\n"), code.replace('-', "\u{2011}"), code.replace('-', " – ")] {
        assert_eq!(log_in_with(&app, "anna", &typed).await, StatusCode::OK, "{typed:?}");
    }
}

#[tokio::test]
async fn it_belongs_to_one_account() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    app.adviser("bram").await;
    let lost = lost(&app, "anna").await;
    assert_eq!(log_in_with(&app, "bram", &lost.password).await, StatusCode::UNAUTHORIZED);
    lost.log_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn it_lasts_half_an_hour() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let first = lost(&app, "anna").await;
    app.clock.advance(SignedDuration::from_secs(30 * 60 - 1));
    first.log_in().await.expect(StatusCode::OK);
    let second = lost(&app, "anna").await;
    app.clock.advance(SignedDuration::from_mins(30));
    second.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    assert_eq!(outcomes(&app, "anna").await[0], Outcome::ExpiredOneTimePassword);
}

#[tokio::test]
async fn the_choice_has_to_be_made_in_ten_minutes() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let lost = lost(&app, "anna").await;
    lost.log_in().await.expect(StatusCode::OK);
    app.clock.advance(SignedDuration::from_mins(10));
    choose(&lost, OTHER_PASSWORD).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
}

#[tokio::test]
async fn only_the_newest_works() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let (first, second) = (lost(&app, "anna").await, lost(&app, "anna").await);
    first.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    second.log_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn the_old_password_works_until_a_new_one_is_chosen() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let lost = lost(&app, "anna").await;
    assert_eq!(log_in_with(&app, "anna", PASSWORD).await, StatusCode::OK);
    lost.log_in().await.expect(StatusCode::OK);
    assert_eq!(log_in_with(&app, "anna", PASSWORD).await, StatusCode::OK);
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_is_announced() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let lost = lost(&app, "anna").await;
    lost.log_in().await.expect(StatusCode::OK);
    app.clear_mails();
    choose(&lost, OTHER_PASSWORD).await.expect(StatusCode::OK);
    assert!(lost.is_signed_in().await && !anna.is_signed_in().await);
    app.run_jobs().await;
    assert!(app.mails().iter().any(|mail| mail.to == address("anna") && mail.subject == "Uw wachtwoord voor FinRust is gewijzigd"));
}

#[tokio::test]
async fn a_weak_password_is_refused_with_its_reason_and_another_may_follow() {
    let app = TestApp::start().await;
    app.adviser("anna.dijk").await;
    let lost = lost(&app, "anna.dijk").await;
    lost.log_in().await.expect(StatusCode::OK);
    for (weak, code) in [
        ("k8#mQ!x2z9", "too_short"),
        ("passwordpassword", "too_guessable"),
        ("anna.dijk2026", "too_guessable"),
        ("finrustfinrust", "too_guessable"),
        (&"vlieger-koper-".repeat(20), "too_long"),
    ] {
        let reply = choose(&lost, weak).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "weak_password");
        assert_eq!(reply.json()["errors"], json!([{ "pointer": "/new_password", "code": code }]), "{weak}");
    }
    choose(&lost, OTHER_PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_invitation_lasts_a_week() {
    let app = TestApp::start().await;
    let (anna, bram) = (app.invited("anna", Role::Adviser).await, app.invited("bram", Role::Adviser).await);
    app.clock.advance(SignedDuration::from_secs(7 * 24 * 60 * 60 - 1));
    anna.log_in().await.expect(StatusCode::OK);
    app.clock.advance(SignedDuration::from_secs(1));
    bram.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    assert_eq!(outcomes(&app, "bram").await, [Outcome::ExpiredOneTimePassword]);
}

#[tokio::test]
async fn an_invitation_ends_when_it_ends_whoever_asks_for_another() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.invited("anna", Role::Adviser).await, app.officer("olga").await);
    app.clock.advance(SignedDuration::from_hours(6 * 24));
    let asked = lost(&app, "anna").await;
    anna.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    app.clock.advance(SignedDuration::from_hours(24));
    asked.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    app.clear_mails();
    ask(&app, "anna").await;
    assert!(app.mails().is_empty(), "an invitation that is over is not renewed by a stranger");
    olga.sign_in().await;
    olga.post(&format!("/api/accounts/{}/invite", account_id(&olga, "anna").await), None).await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    let code = app.last_mail_to(&address("anna")).one_time_password();
    assert_eq!(log_in_with(&app, "anna", &code).await, StatusCode::OK);
}

#[tokio::test]
async fn an_account_gets_five_mails_an_hour() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    app.clear_mails();
    for _ in 0..8 {
        ask(&app, "anna").await;
    }
    assert_eq!(app.mails().len(), 5);
    let newest = app.last_mail_to(&address("anna")).one_time_password();
    assert_eq!(log_in_with(&app, "anna", &newest).await, StatusCode::OK);
    app.clock.advance(SignedDuration::from_hours(1));
    ask(&app, "anna").await;
    assert!(app.mails().iter().filter(|mail| mail.subject.contains("nieuw wachtwoord")).count() == 6);
}

#[tokio::test]
async fn strangers_who_ask_keep_nobody_without_a_mail() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    for _ in 0..8 {
        ask(&app, "anna").await;
    }
    app.clock.advance(SignedDuration::from_mins(40));
    app.clear_mails();
    assert_eq!(lost(&app, "anna").await.log_in().await.expect(StatusCode::OK).json()["next"], "new_password");
    ask(&app, "anna").await;
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn one_address_cannot_ask_for_many() {
    let reset_burst = NonZeroU32::new(2).unwrap();
    let limits = Some(LimitSettings { reset_burst, ..LimitSettings::default() });
    let app = TestApp::start_with(TestOptions { limits, ..TestOptions::default() }).await;
    let asker = app.anonymous();
    let ask = async |username: &str| asker.post("/api/password-reset", json!({ "username": username })).await;
    ask("een").await.expect(StatusCode::ACCEPTED);
    ask("twee").await.expect(StatusCode::ACCEPTED);
    let reply = ask("drie").await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert!(reply.retry_after() <= 60);
    app.clock.advance(SignedDuration::from_secs(60));
    ask("drie").await.expect(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_disabled_account_keeps_no_way_in_from_before() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let olga = app.officer("olga").await;
    let lost = lost(&app, "anna").await;
    let path = format!("/api/accounts/{}", account_id(&olga, "anna").await);
    olga.post(&format!("{path}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    lost.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    olga.post(&format!("{path}/enable"), None).await.expect(StatusCode::NO_CONTENT);
    lost.log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    assert_eq!(log_in_with(&app, "anna", PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let app = TestApp::start().await;
    for body in [json!({}), json!({ "username": "x".repeat(257) }), json!({ "username": ["anna"] }), Value::Null] {
        let reply = app.anonymous().post("/api/password-reset", body).await;
        assert!(matches!(reply.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST), "{reply:?}");
    }
}

#[tokio::test]
async fn a_stranger_cannot_shorten_an_invitation() {
    let app = TestApp::start().await;
    let mut anna = app.invited("anna", Role::Adviser).await;
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    anna.password = app.last_mail_to(&address("anna")).one_time_password();
    app.clock.advance(SignedDuration::from_hours(6 * 24));
    anna.log_in().await.expect(StatusCode::OK);
}
