//! Sessions: listing them, ending them, and what ends them automatically.

use crate::{
    support::{
        actor::Actor,
        app::{OTHER_PASSWORD, PASSWORD, TestApp},
        register::account_id,
    },
    vault::Vault,
};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

const SESSION: &str = "__Host-finrust";

/// A second browser of the same user, signed in.
async fn another(actor: &Actor) -> Actor {
    let other = actor.clone_as_new_browser();
    other.sign_in().await;
    other
}

async fn items(actor: &Actor) -> Vec<Value> {
    let list = actor.get("/api/sessions").await.expect(StatusCode::OK).json();
    assert_eq!(list["next"], Value::Null);
    list["items"].as_array().unwrap().clone()
}

async fn own_id(actor: &Actor) -> String {
    let own = items(actor).await.into_iter().find(|item| item["current"] == true);
    own.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_list_shows_where_one_is_signed_in() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.adviser("bram").await;
    app.clock.advance(SignedDuration::from_mins(5));
    let mut other = anna.clone_as_new_browser();
    "Telefoon".clone_into(&mut other.user_agent);
    other.sign_in().await;
    let list = items(&anna).await;
    assert_eq!(list.len(), 2);
    let shown = |item: &Value| ["created_at", "last_seen_at", "ip", "user_agent", "current"].map(|name| item[name].clone());
    let newer = [json!("2026-11-23T09:05:00Z"), json!("2026-11-23T09:05:00Z"), json!(other.ip), json!("Telefoon"), json!(false)];
    let older = [json!("2026-11-23T09:00:00Z"), json!("2026-11-23T09:05:00Z"), json!(anna.ip), json!("FinRust tests"), json!(true)];
    assert_eq!([shown(&list[0]), shown(&list[1])], [newer, older]);
}

#[tokio::test]
async fn one_session_is_ended() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (lost, kept) = (another(&anna).await, another(&anna).await);
    let path = format!("/api/sessions/{}", own_id(&lost).await);
    anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
    assert!(!lost.is_signed_in().await && kept.is_signed_in().await && anna.is_signed_in().await);
    anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
    kept.delete(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn ones_own_session_may_be_the_one() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    anna.delete(&format!("/api/sessions/{}", own_id(&anna).await)).await.expect(StatusCode::NO_CONTENT);
    assert!(!anna.is_signed_in().await);
}

#[tokio::test]
async fn a_session_of_somebody_else_is_out_of_reach() {
    let app = TestApp::start().await;
    let (anna, bram) = (app.adviser("anna").await, app.adviser("bram").await);
    for id in [own_id(&bram).await.as_str(), "00000000-0000-4000-8000-000000000000", "no-id", "%2e%2e"] {
        anna.delete(&format!("/api/sessions/{id}")).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
    assert!(bram.is_signed_in().await);
}

#[tokio::test]
async fn all_others_are_ended() {
    let app = TestApp::start().await;
    let (anna, bram) = (app.adviser("anna").await, app.adviser("bram").await);
    let others = [another(&anna).await, another(&anna).await];
    anna.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
    for other in &others {
        assert!(!other.is_signed_in().await);
    }
    assert!(anna.is_signed_in().await && bram.is_signed_in().await);
    assert_eq!(items(&anna).await.len(), 1);
    anna.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn half_an_hour_of_quiet_ends_it() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for _ in 0..3 {
        app.clock.advance(SignedDuration::from_secs(30 * 60 - 1));
        assert!(anna.is_signed_in().await);
    }
    app.clock.advance(SignedDuration::from_mins(30));
    assert!(!anna.is_signed_in().await);
    app.clock.advance(SignedDuration::from_mins(-1));
    assert!(anna.is_signed_in().await, "looking at a session that is over does not prolong or end it");
}

#[tokio::test]
async fn twelve_hours_end_it_however_busy() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for _ in 0..35 {
        app.clock.advance(SignedDuration::from_mins(20));
        assert!(anna.is_signed_in().await);
    }
    let session = anna.get("/api/session").await.expect(StatusCode::OK).json();
    assert_eq!(session["expires_at"], "2026-11-23T21:00:00Z");
    app.clock.advance(SignedDuration::from_secs(20 * 60 - 1));
    assert!(anna.is_signed_in().await);
    app.clock.advance(SignedDuration::from_secs(1));
    assert!(!anna.is_signed_in().await);
}

#[tokio::test]
async fn renewing_a_cookie_does_not_renew_the_twelve_hours() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    app.clock.advance(SignedDuration::from_mins(25));
    anna.enrol().await;
    for _ in 0..34 {
        app.clock.advance(SignedDuration::from_mins(20));
        assert!(anna.is_signed_in().await);
    }
    app.clock.set("2026-11-23T21:00:00Z");
    assert!(!anna.is_signed_in().await);
}

#[tokio::test]
async fn a_session_that_is_over_is_not_listed() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.clock.advance(SignedDuration::from_mins(20));
    let other = another(&anna).await;
    app.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(items(&other).await.len(), 1);
}

#[tokio::test]
async fn no_cookie_but_the_one_that_was_given_works() {
    let app = TestApp::start().await;
    let (anna, bram) = (app.adviser("anna").await, app.adviser("bram").await);
    let (own, other) = (anna.cookie(SESSION).unwrap(), bram.cookie(SESSION).unwrap());
    let device = anna.cookie("__Host-finrust-device").unwrap();
    let last = if own.ends_with('A') { "E" } else { "A" };
    let first = if own.starts_with('A') { "E" } else { "A" };
    for forged in [
        String::new(),
        own[..85].to_owned(),
        format!("{own}A"),
        format!("{}{last}", &own[..85]),
        format!("{first}{}", &own[1..]),
        // The session's owner from one cookie, the secret from the other.
        format!("{}{}", &other[..43], &own[43..]),
        format!("{}{device}", &own[..43]),
        "A".repeat(86),
        format!("\"{own}\""),
    ] {
        let thief = app.anonymous();
        thief.set_cookie(SESSION, &forged);
        thief.get("/api/session").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
    let thief = app.anonymous();
    let two = thief.request(Method::GET, "/api/session");
    let two = two.header("cookie", &format!("{SESSION}={own}; {SESSION}={other}")).send().await;
    two.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn an_account_has_twenty_sessions_at_most() {
    let app = TestApp::start().await;
    let first = app.adviser("anna").await;
    let mut browsers = Vec::new();
    for _ in 0..20 {
        app.clock.advance(SignedDuration::from_secs(1));
        browsers.push(another(&first).await);
    }
    assert!(!first.is_signed_in().await);
    assert!(browsers[0].is_signed_in().await);
    assert_eq!(items(&browsers[19]).await.len(), 20);
}

#[tokio::test]
async fn whoever_knows_only_the_password_pushes_no_session_out() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    anna.enrol().await;
    for _ in 0..21 {
        anna.clone_as_new_browser().log_in().await.expect(StatusCode::OK);
    }
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn disabling_an_account_ends_its_sessions_for_good() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    let other = another(&anna).await;
    let path = format!("/api/accounts/{}", account_id(&olga, "anna").await);
    olga.post(&format!("{path}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    anna.get("/api/account").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert!(!other.is_signed_in().await);
    olga.post(&format!("{path}/enable"), None).await.expect(StatusCode::NO_CONTENT);
    assert!(!anna.is_signed_in().await && !other.is_signed_in().await);
    anna.sign_in().await;
}

#[tokio::test]
async fn a_disabled_account_does_not_finish_signing_in() {
    let app = TestApp::start().await;
    let (half, olga) = (app.half_signed_in("anna").await, app.officer("olga").await);
    olga.post(&format!("/api/accounts/{}/disable", account_id(&olga, "anna").await), None).await.expect(StatusCode::NO_CONTENT);
    let reply = half.post("/api/login/two-factor", json!({ "code": half.code() })).await;
    reply.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
}

#[tokio::test]
async fn a_copied_cookie_outlives_nothing_that_takes_authority_away() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    anna.enrol().await;
    let password = json!({ "password": anna.password, "code": anna.code() });
    let (mail, other) = (json!({"current_password": PASSWORD, "email": "anna@example.org", "code": anna.code()}), OTHER_PASSWORD);
    let new = json!({ "current_password": PASSWORD, "new_password": other });
    let acts = [
        (Method::DELETE, "/api/sessions", None),
        (Method::POST, "/api/two-factor/recovery-codes", Some(password)),
        (Method::PUT, "/api/account/email", Some(mail)),
        (Method::PUT, "/api/account/password", Some(new)),
    ];
    for (method, path, body) in acts {
        let thief = anna.copied();
        assert!(thief.is_signed_in().await, "{path}");
        let reply = anna.request(method, path).json(body).send().await;
        assert!(reply.status.is_success() && reply.set_cookie(SESSION).is_some(), "{reply:?}");
        assert!(!thief.is_signed_in().await && anna.is_signed_in().await, "{path}");
        app.run_jobs().await;
    }
}

#[tokio::test]
async fn a_session_that_was_put_back_is_over_once_its_use_is_noted() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let other = another(&anna).await;
    let vault = Vault::of(&app);
    let documents =
        |vault: &Vault| vault.spots("identities", "session-").into_iter().map(|spot| (vault.copy(&spot), spot)).collect::<Vec<_>>();
    let saved = documents(&vault);
    app.clock.advance(SignedDuration::from_mins(2));
    assert!(anna.is_signed_in().await && other.is_signed_in().await);
    // An older state of an active session, and an ended one.
    anna.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
    for (copy, spot) in &saved {
        if !documents(&vault).iter().any(|(_, there)| there == spot) {
            vault.put(spot, copy);
        }
    }
    assert!(!other.is_signed_in().await, "the account does not know it any more");
    let (copy, spot) = documents(&vault).into_iter().find(|(_, there)| !saved.iter().any(|(_, spot)| spot == there)).unwrap();
    app.clock.advance(SignedDuration::from_mins(2));
    assert!(anna.is_signed_in().await, "its use is noted");
    vault.put(&spot, &copy);
    assert!(!anna.is_signed_in().await, "it was used since");
}
