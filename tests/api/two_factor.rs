//! The second factor: enrolling, one use per code, recovery codes, and disabling it.

use crate::support::{
    actor::{Actor, seed},
    app::{TestApp, address},
    register::{count, outcomes},
};
use axum::http::{Method, StatusCode};
use finrust::{domain::sign_in::attempt::Outcome, http::routes::table, ports::Clock};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const STEP: SignedDuration = SignedDuration::from_secs(30);

/// Anna with a second factor, signed in, at a time step whose code is unused.
async fn anna(app: &TestApp) -> Actor {
    let mut anna = app.adviser("anna").await;
    anna.enrol().await;
    app.clock.advance(STEP * 4);
    anna
}

/// Another browser of the same user, with the second factor due.
async fn half(actor: &Actor) -> Actor {
    let half = actor.clone_as_new_browser();
    assert_eq!(half.log_in().await.expect(StatusCode::OK).json()["next"], "two_factor");
    half
}

async fn show(actor: &Actor, code: &str) -> StatusCode {
    let reply = actor.post("/api/login/two-factor", json!({ "code": code })).await;
    assert!(reply.status == StatusCode::OK || reply.code() == "wrong_code", "{reply:?}");
    reply.status
}

fn code_at(app: &TestApp, actor: &Actor, steps: i32) -> String {
    actor.totp.as_ref().unwrap().code_at(app.clock.now() + STEP * steps)
}

fn codes(reply: &Value) -> Vec<String> {
    serde_json::from_value(reply["recovery_codes"].clone()).unwrap()
}

#[tokio::test]
async fn enrolling_shows_a_secret_in_three_ways_and_activates_nothing() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let begun = anna.post("/api/two-factor", json!({ "password": anna.password })).await.expect(StatusCode::CREATED).json();
    let secret = begun["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32);
    let url = begun["otpauth_url"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/FinRust:anna?") && url.contains(&format!("secret={secret}")), "{url}");
    assert!(begun["qr_svg"].as_str().unwrap().contains("<svg"));
    let account = anna.get("/api/account").await.expect(StatusCode::OK).json();
    assert_eq!(account["two_factor"], json!({ "enabled": false, "recovery_codes_left": 0, "recovery_codes_seen": true }));
    assert_eq!(anna.clone_as_new_browser().log_in().await.expect(StatusCode::OK).json()["next"], "done");
}

#[tokio::test]
async fn enrolling_takes_the_password() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let reply = anna.post("/api/two-factor", json!({ "password": "een ander wachtwoord" })).await;
    reply.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    assert_eq!(outcomes(&app, "anna").await[0], Outcome::WrongPasswordInSession);
    anna.post("/api/two-factor/confirm", json!({ "code": "123456" })).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
}

#[tokio::test]
async fn a_wrong_code_confirms_nothing_and_may_be_tried_again() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let begun = anna.post("/api/two-factor", json!({ "password": anna.password })).await.expect(StatusCode::CREATED).json();
    let seed = seed(&begun);
    let wrong = seed.code_at(app.clock.now() + STEP * 9);
    anna.post("/api/two-factor/confirm", json!({ "code": wrong })).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    assert_eq!(outcomes(&app, "anna").await[0], Outcome::WrongEnrolmentCode);
    assert_eq!(anna.get("/api/account").await.json()["two_factor"]["enabled"], false);
    anna.post("/api/two-factor/confirm", json!({ "code": seed.code_at(app.clock.now()) })).await.expect(StatusCode::OK);
    assert_eq!(
        anna.get("/api/account").await.json()["two_factor"],
        json!({ "enabled": true, "recovery_codes_left": 10, "recovery_codes_seen": false })
    );
}

#[tokio::test]
async fn the_right_code_switches_it_on_and_ends_every_other_session() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    let other = anna.clone_as_new_browser();
    other.sign_in().await;
    let copy = app.anonymous();
    copy.set_cookie("__Host-finrust", &anna.cookie("__Host-finrust").unwrap());
    app.clear_mails();
    anna.enrol().await;
    assert_eq!(anna.recovery_codes.iter().collect::<BTreeSet<_>>().len(), 10);
    assert!(anna.is_signed_in().await && !other.is_signed_in().await && !copy.is_signed_in().await);
    app.run_jobs().await;
    assert_eq!(app.last_mail_to(&address("anna")).subject, "Inloggen bij FinRust heeft nu een tweede stap");
}

#[tokio::test]
async fn a_code_completes_signing_in() {
    let app = TestApp::start().await;
    let half = half(&anna(&app).await).await;
    assert!(!half.is_signed_in().await);
    let reply = half.post("/api/login/two-factor", json!({ "code": half.code() })).await.expect(StatusCode::OK);
    assert_eq!(reply.json(), json!({ "next": "done", "recovery_codes_left": 10 }));
    assert!(half.is_signed_in().await);
    assert_eq!(outcomes(&app, "anna").await[..2], [Outcome::SignedIn, Outcome::PasswordCorrect]);
}

#[tokio::test]
async fn a_code_works_once() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let (first, second) = (half(&anna).await, half(&anna).await);
    let code = code_at(&app, &anna, 0);
    assert_eq!(show(&first, &code).await, StatusCode::OK);
    assert_eq!(show(&second, &code).await, StatusCode::UNAUTHORIZED);
    assert_eq!(outcomes(&app, "anna").await[0], Outcome::WrongCode);
}

#[tokio::test]
async fn the_code_that_confirmed_is_used_up() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    anna.enrol().await;
    assert_eq!(show(&half(&anna).await, &code_at(&app, &anna, 0)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn no_code_from_before_the_last_one_works() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let (first, second) = (half(&anna).await, half(&anna).await);
    assert_eq!(show(&first, &code_at(&app, &anna, 0)).await, StatusCode::OK);
    assert_eq!(show(&second, &code_at(&app, &anna, -1)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_telephone_whose_clock_is_ahead_works_and_uses_up_what_came_before() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let (first, second) = (half(&anna).await, half(&anna).await);
    assert_eq!(show(&first, &code_at(&app, &anna, 1)).await, StatusCode::OK);
    for steps in [1, 0, -1] {
        assert_eq!(show(&second, &code_at(&app, &anna, steps)).await, StatusCode::UNAUTHORIZED, "{steps}");
    }
    app.clock.advance(STEP);
    assert_eq!(show(&second, &code_at(&app, &anna, 0)).await, StatusCode::UNAUTHORIZED, "it was used when it was ahead");
    assert_eq!(show(&second, &code_at(&app, &anna, 1)).await, StatusCode::OK);
}

#[tokio::test]
async fn the_codes_of_the_steps_beside_work_and_no_others() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let half = half(&anna).await;
    for steps in [-2, 2] {
        assert_eq!(show(&half, &code_at(&app, &anna, steps)).await, StatusCode::UNAUTHORIZED, "{steps}");
    }
    assert_eq!(show(&half, &code_at(&app, &anna, -1)).await, StatusCode::OK);
}

#[tokio::test]
async fn a_code_of_somebody_else_does_not_fit() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let bram = app.half_signed_in("bram").await;
    app.clock.advance(STEP * 4);
    assert_eq!(show(&bram, &code_at(&app, &anna, 0)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn either_a_code_or_a_recovery_code_is_shown() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    for body in [
        json!({}),
        json!({ "code": "123456", "recovery_code": half.recovery_codes[0] }),
        json!({ "code": "12345" }),
        json!({ "code": "１２３４５６" }),
        json!({ "code": 123_456 }),
    ] {
        let refused = half.post("/api/login/two-factor", body).await;
        let refused = refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        assert_eq!(refused["errors"].as_array().unwrap().len(), 1, "each mistake once: {refused}");
    }
    assert_eq!(count(&app, "anna", Outcome::WrongCode).await, 0);
}

#[tokio::test]
async fn a_half_signed_in_visitor_has_ten_minutes() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    app.clock.advance(SignedDuration::from_mins(10));
    let reply = half.post("/api/login/two-factor", json!({ "code": half.code() })).await;
    reply.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
}

#[tokio::test]
async fn a_recovery_code_works_once_however_it_is_typed() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let typed = anna.recovery_codes[3].to_lowercase().replace('-', " ");
    let body = json!({ "recovery_code": typed });
    let reply = half(&anna).await.post("/api/login/two-factor", body.clone()).await.expect(StatusCode::OK);
    assert_eq!(reply.json(), json!({ "next": "done", "recovery_codes_left": 9 }));
    let again = half(&anna).await.post("/api/login/two-factor", body).await;
    again.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    assert_eq!(anna.get("/api/account").await.json()["two_factor"]["recovery_codes_left"], 9);
    app.run_jobs().await;
    let subjects: Vec<_> = app.mails().into_iter().map(|mail| mail.subject).collect();
    assert!(subjects.contains(&"Er is een herstelcode gebruikt bij FinRust".to_owned()), "{subjects:?}");
}

#[tokio::test]
async fn a_recovery_code_of_somebody_else_does_not_fit() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let bram = app.half_signed_in("bram").await;
    let reply = bram.post("/api/login/two-factor", json!({ "recovery_code": anna.recovery_codes[0] })).await;
    reply.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    assert_eq!(anna.get("/api/account").await.json()["two_factor"]["recovery_codes_left"], 10);
}

#[tokio::test]
async fn new_recovery_codes_end_the_old_ones() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let renew = async |body: Value| anna.post("/api/two-factor/recovery-codes", body).await;
    let wrong = json!({ "password": "een ander wachtwoord", "code": anna.code() });
    renew(wrong).await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    let missing = renew(json!({ "password": anna.password })).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    assert_eq!(missing.json()["errors"], json!([{ "pointer": "/code", "code": "required" }]));
    let wrong = json!({ "password": anna.password, "code": code_at(&app, &anna, 5) });
    renew(wrong).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    let renewed = renew(json!({ "password": anna.password, "code": anna.code() })).await.expect(StatusCode::OK);
    let renewed = codes(&renewed.json());
    assert_eq!(renewed.iter().chain(&anna.recovery_codes).collect::<BTreeSet<_>>().len(), 20);
    let half = half(&anna).await;
    let old = half.post("/api/login/two-factor", json!({ "recovery_code": anna.recovery_codes[0] })).await;
    old.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    half.post("/api/login/two-factor", json!({ "recovery_code": renewed[0] })).await.expect(StatusCode::OK);
    app.run_jobs().await;
    assert!(app.mails().iter().any(|mail| mail.subject == "U hebt nieuwe herstelcodes voor FinRust"));
}

#[tokio::test]
async fn there_are_no_recovery_codes_without_a_second_factor() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let reply = anna.post("/api/two-factor/recovery-codes", json!({ "password": anna.password })).await;
    reply.expect_problem(StatusCode::CONFLICT, "wrong_step");
}

#[tokio::test]
async fn turning_it_off_takes_both_factors() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let disable =
        async |password: &str, code: String| anna.post("/api/two-factor/disable", json!({ "password": password, "code": code })).await;
    disable("een ander wachtwoord", code_at(&app, &anna, 0)).await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    disable(&anna.password, code_at(&app, &anna, 5)).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    assert_eq!(anna.get("/api/account").await.json()["two_factor"]["enabled"], true);
    assert_eq!(outcomes(&app, "anna").await[..2], [Outcome::WrongCode, Outcome::WrongPasswordInSession]);
}

#[tokio::test]
async fn turned_off_it_is_off_and_other_sessions_end() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let other = anna.clone_as_new_browser();
    other.sign_in().await;
    let copy = app.anonymous();
    copy.set_cookie("__Host-finrust", &anna.cookie("__Host-finrust").unwrap());
    let body = json!({ "password": anna.password, "code": anna.code() });
    anna.post("/api/two-factor/disable", body.clone()).await.expect(StatusCode::NO_CONTENT);
    assert!(anna.is_signed_in().await && !other.is_signed_in().await && !copy.is_signed_in().await);
    assert_eq!(anna.clone_as_new_browser().log_in().await.expect(StatusCode::OK).json()["next"], "done");
    anna.post("/api/two-factor/disable", body).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    app.run_jobs().await;
    assert!(app.mails().iter().any(|mail| mail.subject == "De tweede stap van het inloggen bij FinRust is uitgezet"));
}

#[tokio::test]
async fn an_officer_cannot_turn_it_off() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let reply = olga.post("/api/two-factor/disable", json!({ "password": olga.password, "code": olga.code() })).await;
    reply.expect_problem(StatusCode::FORBIDDEN, "two_factor_required");
    assert_eq!(olga.get("/api/account").await.json()["two_factor"]["enabled"], true);
}

#[tokio::test]
async fn an_officer_without_it_can_enrol_and_do_nothing_else() {
    let app = TestApp::start().await;
    let mut olga = app.officer_without_second_factor("olga").await;
    let mut refused = 0;
    for route in table().into_iter().filter(|route| matches!(route.access.as_str(), "Enrolled" | "Adviser" | "Officer")) {
        let path = route.path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        let method: Method = route.method.parse().unwrap();
        let body = (method == Method::POST || method == Method::PUT).then(|| json!({}));
        let reply = olga.request(method, &path).json(body).send().await;
        reply.expect_problem(StatusCode::FORBIDDEN, "two_factor_required");
        refused += 1;
    }
    assert!(refused >= 22, "{refused}");
    olga.get("/api/session").await.expect(StatusCode::OK);
    olga.enrol().await;
    olga.get("/api/accounts").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn another_app_takes_the_present_one_and_replaces_it_only_when_confirmed() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let start = async |body: Value| anna.post("/api/two-factor", body).await;
    let password = &anna.password;
    start(json!({ "password": password })).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let wrong = json!({ "password": password, "code": code_at(&app, &anna, 5) });
    start(wrong).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    let begun = start(json!({ "password": password, "code": anna.code() })).await.expect(StatusCode::CREATED).json();
    let mut next = anna.clone_as_new_browser();
    next.sign_in().await;
    next.totp = Some(seed(&begun));
    anna.post("/api/two-factor/confirm", json!({ "code": code_at(&app, &next, 0) })).await.expect(StatusCode::OK);
    app.clock.advance(STEP * 2);
    assert_eq!(show(&half(&anna).await, &code_at(&app, &anna, 0)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(show(&half(&anna).await, &code_at(&app, &next, 0)).await, StatusCode::OK);
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_a_lost_app_and_is_used_up_by_that() {
    let app = TestApp::start().await;
    let anna = anna(&app).await;
    let body = json!({ "password": anna.password, "recovery_code": anna.recovery_codes[0] });
    anna.post("/api/two-factor", body.clone()).await.expect(StatusCode::CREATED);
    assert_eq!(anna.get("/api/account").await.json()["two_factor"]["recovery_codes_left"], 9);
    anna.post("/api/two-factor", body).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
}

#[tokio::test]
async fn codes_that_nobody_has_seen_are_told_until_their_owner_has_them() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    let seen = async |actor: &Actor| {
        let account = actor.get("/api/account").await.expect(StatusCode::OK).json();
        account["two_factor"]["recovery_codes_seen"].as_bool().unwrap()
    };
    assert!(seen(&anna).await, "there are none");
    let say = async |actor: &Actor| actor.post("/api/two-factor/recovery-codes/seen", None).await;
    say(&anna).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    anna.enrol().await;
    assert!(!seen(&anna).await);
    for _ in 0..2 {
        say(&anna).await.expect(StatusCode::NO_CONTENT);
        assert!(seen(&anna).await);
    }
    let body = json!({ "password": anna.password, "code": anna.code() });
    anna.post("/api/two-factor/recovery-codes", body).await.expect(StatusCode::OK);
    assert!(!seen(&anna).await, "these are other codes");
    say(&anna).await.expect(StatusCode::NO_CONTENT);
    assert!(seen(&anna).await);
    app.verify().await;
}
