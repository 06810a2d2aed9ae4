//! Signing in with a password, what every attempt leaves behind, and signing out.

use crate::support::{
    actor::{Actor, Reply},
    app::{TestApp, address},
    register::{account_id, attempts, count, count_unknown, outcomes},
};
use axum::http::{HeaderMap, StatusCode};
use finrust::{domain::sign_in::attempt::Outcome, ports::Clock};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

pub const SESSION: &str = "__Host-finrust";
pub const DEVICE: &str = "__Host-finrust-device";

/// Everything a stranger can see of a response.
fn seen(reply: &Reply) -> (StatusCode, HeaderMap, Vec<u8>) {
    (reply.status, reply.headers.clone(), reply.body.clone())
}

/// A browser that holds a copy of one cookie and nothing else.
fn thief(app: &TestApp, cookie: &str) -> Actor {
    let thief = app.anonymous();
    thief.set_cookie(SESSION, cookie);
    thief
}

#[tokio::test]
async fn a_right_password_signs_in() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna.dijk").await.clone_as_new_browser();
    assert_eq!(anna.log_in().await.expect(StatusCode::OK).json(), json!({ "next": "done" }));
    let expected = json!({ "username": "anna.dijk", "display_name": "anna.dijk van Kantoor", "role": "adviser", "language": "nl", "two_factor": false,
        "expires_at": (app.clock.now() + SignedDuration::from_mins(30)).to_string(),
        "ends_at": (app.clock.now() + SignedDuration::from_hours(12)).to_string() });
    let mut session = anna.get("/api/session").await.expect(StatusCode::OK).json();
    let account = session.as_object_mut().unwrap().remove("account").unwrap();
    assert_eq!(session, expected);
    let officer = app.officer("olga").await;
    assert_eq!(account, json!(account_id(&officer, "anna.dijk").await), "the id under which officers know it");
    assert_eq!(outcomes(&app, "anna.dijk").await[0], Outcome::SignedIn);
}

#[tokio::test]
async fn wrong_unknown_and_disabled_answer_alike_and_are_each_recorded() {
    let app = TestApp::start().await;
    let (anna, bram, officer) = (app.adviser("anna").await, app.adviser("bram").await, app.officer("olga").await);
    officer.post(&format!("/api/accounts/{}/disable", account_id(&officer, "bram").await), None).await.expect(StatusCode::NO_CONTENT);
    let stranger = app.anonymous();
    let wrong =
        stranger.log_in_as("anna", "een heel ander wachtwoord").await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    for reply in [
        stranger.log_in_as("nobody", &anna.password).await,
        stranger.log_in_as("niet eens een gebruikersnaam!", &anna.password).await,
        stranger.log_in_as("bram", &bram.password).await,
        stranger.log_in_as("anna", &"x".repeat(2000)).await,
    ] {
        assert_eq!(seen(&reply), seen(&wrong));
    }
    assert_eq!(outcomes(&app, "anna").await[..2], [Outcome::WrongPassword; 2]);
    assert_eq!(count_unknown(&app, Outcome::UnknownUser).await, 2);
    assert_eq!(outcomes(&app, "bram").await[0], Outcome::Disabled);
}

#[tokio::test]
async fn every_spelling_of_a_username_is_that_username() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna.dijk").await;
    for spelling in ["Anna.Dijk", "ANNA.DIJK", "ａｎｎａ.dijk", "𝐚nna.dijk", " anna.dijk", "anna.dijk\r\n", "\u{a0}Anna.dijk\t"] {
        app.anonymous().log_in_as(spelling, &anna.password).await.expect(StatusCode::OK);
    }
    for other in ["anna. dijk", "anna dijk", "anna.dij"] {
        app.anonymous().log_in_as(other, &anna.password).await.expect(StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_password_is_taken_as_typed() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for other in [anna.password.to_uppercase(), format!(" {}", anna.password), format!("{} ", anna.password)] {
        app.anonymous().log_in_as("anna", &other).await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    }
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let app = TestApp::start().await;
    let named = async |body: Value| {
        let reply =
            app.anonymous().post("/api/login", body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        let errors = reply["errors"].as_array().unwrap().clone();
        let pair = |error: Value| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap());
        errors.into_iter().map(pair).collect::<BTreeSet<_>>()
    };
    let set = |named: &[&str]| named.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(named(json!({})).await, set(&["/username required", "/password required"]));
    let body = json!({ "username": 7, "password": null, "remember": true });
    assert_eq!(named(body).await, set(&["/username wrong_type", "/password wrong_type", "/remember unknown_field"]));
    assert_eq!(named(json!({ "username": "x".repeat(257), "password": "x" })).await, set(&["/username too_long"]));
}

#[tokio::test]
async fn a_step_that_is_not_due_is_refused() {
    let app = TestApp::start().await;
    let (code, password) = (json!({ "code": "123456" }), json!({ "new_password": "iets dat er niet toe doet" }));
    let nobody = app.anonymous();
    nobody.post("/api/login/two-factor", code.clone()).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    nobody.post("/api/login/new-password", password.clone()).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    let full = app.adviser("anna").await;
    full.post("/api/login/two-factor", code.clone()).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    full.post("/api/login/new-password", password.clone()).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    let half = app.half_signed_in("bram").await;
    half.post("/api/login/new-password", password).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    let choosing = app.invited("cas", finrust::domain::sign_in::credentials::Role::Adviser).await;
    choosing.log_in().await.expect(StatusCode::OK);
    choosing.post("/api/login/two-factor", code).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
}

#[tokio::test]
async fn the_owner_reads_who_tried_newest_first() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let mut stranger = app.anonymous();
    stranger.ip = "2001:db8::7".parse().unwrap();
    "Mozilla/5.0 (vreemd)".clone_into(&mut stranger.user_agent);
    app.clock.advance(SignedDuration::from_secs(61));
    stranger.log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    let list = anna.get("/api/login-attempts").await.expect(StatusCode::OK).json();
    let newest = json!({ "at": "2026-11-23T09:01:01Z", "outcome": "wrong_password", "ip": "2001:db8::7",
        "user_agent": "Mozilla/5.0 (vreemd)", "count": 1 });
    assert_eq!(list["items"][0], newest);
    let outcomes: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["wrong_password", "signed_in", "one_time_password"]);
    assert_eq!(list["items"][2]["ip"], anna.ip.to_string());
    assert_eq!(list["next"], Value::Null);
}

#[tokio::test]
async fn pages_of_attempts_have_no_gap_and_no_repeat() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for number in 0..5 {
        let mut stranger = app.anonymous();
        stranger.user_agent = format!("browser {number}");
        stranger.log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    }
    let all = anna.get("/api/login-attempts?limit=200").await.expect(StatusCode::OK).json();
    let (mut paged, mut path) = (Vec::new(), "/api/login-attempts?limit=2".to_owned());
    loop {
        let page = anna.get(&path).await.expect(StatusCode::OK).json();
        let items = page["items"].as_array().unwrap();
        assert!((1..=2).contains(&items.len()), "{page}");
        paged.extend(items.iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/login-attempts?limit=2&cursor={next}");
    }
    assert_eq!(Value::Array(paged), all["items"]);
    assert_eq!(all["items"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn a_cursor_serves_its_own_list_only() {
    let app = TestApp::start().await;
    let (anna, bram) = (app.adviser("anna").await, app.adviser("bram").await);
    let page = anna.get("/api/login-attempts?limit=1").await.expect(StatusCode::OK).json();
    let cursor = page["next"].as_str().unwrap();
    let mut flipped = cursor.to_owned();
    flipped.replace_range(20..21, if &cursor[20..21] == "A" { "B" } else { "A" });
    for (reader, cursor) in [(&bram, cursor), (&anna, &flipped), (&anna, &cursor[..cursor.len() - 4]), (&anna, "YWJj")] {
        let reply = reader.get(&format!("/api/login-attempts?cursor={cursor}")).await;
        reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
}

#[tokio::test]
async fn cookies_stay_in_the_browser_and_on_this_site() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await.clone_as_new_browser();
    let reply = anna.log_in().await.expect(StatusCode::OK);
    let attributes = |name: &str| {
        let line = reply.set_cookie(name).unwrap();
        line.split(';').skip(1).map(|attribute| attribute.trim().to_lowercase()).collect::<BTreeSet<_>>()
    };
    let always = ["path=/", "secure", "httponly", "samesite=strict"].map(str::to_owned);
    assert_eq!(attributes(SESSION), BTreeSet::from(always.clone()));
    let mut device = BTreeSet::from(always);
    device.insert(format!("max-age={}", 90 * 24 * 60 * 60));
    assert_eq!(attributes(DEVICE), device);
    assert_eq!((anna.cookie(SESSION).unwrap().len(), anna.cookie(DEVICE).unwrap().len()), (86, 43));
}

#[tokio::test]
async fn every_step_renews_the_cookie_and_the_old_one_is_dead() {
    let app = TestApp::start().await;
    let anna = app.half_signed_in("anna").await;
    let half = anna.cookie(SESSION).unwrap();
    let thief = thief(&app, &half);
    anna.post("/api/login/two-factor", json!({ "code": anna.code() })).await.expect(StatusCode::OK);
    assert_ne!(anna.cookie(SESSION).unwrap(), half);
    assert!(anna.is_signed_in().await && !thief.is_signed_in().await);
    let again = thief.post("/api/login/two-factor", json!({ "code": anna.code() })).await;
    again.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
}

#[tokio::test]
async fn a_cookie_that_somebody_planted_is_not_used() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await.clone_as_new_browser();
    let planted = "A".repeat(86);
    anna.set_cookie(SESSION, &planted);
    anna.log_in().await.expect(StatusCode::OK);
    assert_ne!(anna.cookie(SESSION).unwrap(), planted);
}

#[tokio::test]
async fn signing_in_again_ends_the_session_that_the_browser_had() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let other = anna.clone_as_new_browser();
    other.sign_in().await;
    let copy = thief(&app, &anna.cookie(SESSION).unwrap());
    anna.log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    assert!(copy.is_signed_in().await, "a wrong password ends nothing");
    anna.sign_in().await;
    assert!(!copy.is_signed_in().await && anna.is_signed_in().await && other.is_signed_in().await);
    app.verify().await;
}

#[tokio::test]
async fn a_browser_is_marked_only_once_it_is_fully_signed_in() {
    let app = TestApp::start().await;
    let anna = app.half_signed_in("anna").await;
    assert_eq!(anna.cookie(DEVICE), None);
    anna.post("/api/login/two-factor", json!({ "code": anna.code() })).await.expect(StatusCode::OK);
    let mark = anna.cookie(DEVICE).unwrap();
    anna.sign_in().await;
    assert_ne!(anna.cookie(DEVICE).unwrap(), mark, "each time another");
    assert!(!thief(&app, &mark).is_signed_in().await);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (copy, other) = (thief(&app, &anna.cookie(SESSION).unwrap()), anna.clone_as_new_browser());
    other.sign_in().await;
    let reply = anna.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(reply.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert!(reply.set_cookie(SESSION).unwrap().contains("Max-Age=0"));
    assert_eq!((anna.cookie(SESSION), anna.cookie(DEVICE).is_some()), (None, true));
    assert!(!copy.is_signed_in().await && other.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_twice_or_without_a_session_is_fine() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let copy = thief(&app, &anna.cookie(SESSION).unwrap());
    anna.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    copy.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    anna.post("/api/logout", json!({})).await.expect(StatusCode::NO_CONTENT);
    thief(&app, &"A".repeat(86)).post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    thief(&app, "truncated").post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_half_signed_in_visitor_can_leave() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    let copy = thief(&app, &half.cookie(SESSION).unwrap());
    half.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    copy.post("/api/login/two-factor", json!({ "code": half.code() })).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
}

#[tokio::test]
async fn an_attempt_is_recorded_even_when_nobody_waits_for_the_answer() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let stranger = app.anonymous();
    let impatient = tokio::time::timeout(Duration::ZERO, stranger.log_in_as("anna", "geraden wachtwoord")).await;
    assert!(impatient.is_err(), "hashing takes longer than one poll");
    for _ in 0..3000 {
        if count(&app, "anna", Outcome::WrongPassword).await == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not recorded: {:?}", outcomes(&app, "anna").await);
}

#[tokio::test]
async fn what_a_browser_calls_itself_cannot_grow_or_break_the_record() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let mut stranger = app.anonymous();
    stranger.user_agent = format!("é\t{}", "x".repeat(3000));
    stranger.log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    let recorded = attempts(&app, "anna").await.swap_remove(0).user_agent.unwrap();
    assert!(recorded.as_str().chars().count() <= 256 && !recorded.as_str().contains(char::is_control), "{recorded:?}");
    stranger.user_agent.clear();
    stranger.log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    assert_eq!(attempts(&app, "anna").await[0].user_agent, None);
}

#[tokio::test]
async fn the_first_sign_in_ever_is_no_news() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let subjects: Vec<_> = app.mails().into_iter().filter(|mail| mail.to == address("anna")).map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["Uw account bij FinRust staat klaar", "Uw wachtwoord voor FinRust is gewijzigd"]);
}
