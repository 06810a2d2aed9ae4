//! Browsers that an account recognises: listing them, forgetting them, and which changes make the account forget them.

use crate::support::{
    actor::Actor,
    app::{OTHER_PASSWORD, PASSWORD, TestApp, address},
    register::{account_id, changes},
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

const SESSION: &str = "__Host-finrust";
const DEVICE: &str = "__Host-finrust-device";

async fn known(actor: &Actor) -> Vec<Value> {
    let list = actor.get("/api/browsers").await.expect(StatusCode::OK).json();
    assert_eq!(list["next"], Value::Null);
    list["items"].as_array().unwrap().clone()
}

/// A browser with a copy of all cookies.
fn copy(app: &TestApp, actor: &Actor) -> Actor {
    let mut thief = app.anonymous();
    (thief.username, thief.password) = (actor.username.clone(), actor.password.clone());
    for name in [SESSION, DEVICE] {
        thief.set_cookie(name, &actor.cookie(name).unwrap());
    }
    thief
}

#[tokio::test]
async fn they_are_listed_and_forgotten_one_by_one_or_all_but_this_one() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.clock.advance(SignedDuration::from_mins(5));
    let mut phone = anna.clone_as_new_browser();
    "Telefoon".clone_into(&mut phone.user_agent);
    phone.sign_in().await;
    let tablet = anna.clone_as_new_browser();
    tablet.sign_in().await;
    let list = known(&anna).await;
    assert_eq!(list.len(), 3);
    let shown = |item: &Value| ["created_at", "last_seen_at", "ip", "user_agent", "current"].map(|name| item[name].clone());
    let own = list.iter().find(|item| item["current"] == true).unwrap();
    assert_eq!(
        shown(own),
        [json!("2026-11-23T09:00:00Z"), json!("2026-11-23T09:00:00Z"), json!(anna.ip), json!("FinRust tests"), json!(true)]
    );
    let of_phone = list.iter().find(|item| item["user_agent"] == "Telefoon").unwrap();
    assert_eq!(
        shown(of_phone),
        [json!("2026-11-23T09:05:00Z"), json!("2026-11-23T09:05:00Z"), json!(phone.ip), json!("Telefoon"), json!(false)]
    );
    let path = format!("/api/browsers/{}", of_phone["id"].as_str().unwrap());
    for _ in 0..2 {
        anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
        assert_eq!(known(&anna).await.len(), 2);
    }
    assert!(phone.is_signed_in().await, "a session is no browser");
    anna.delete("/api/browsers").await.expect(StatusCode::NO_CONTENT);
    let left = known(&anna).await;
    assert_eq!((left.len(), &left[0]["current"]), (1, &json!(true)));
    anna.delete("/api/browsers/no-id").await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    assert_eq!(changes(&app, "anna").await.iter().filter(|change| *change == "browsers_forgotten").count(), 2);
    app.clear_mails();
    phone.sign_in().await;
    app.run_jobs().await;
    assert!(app.mails().iter().any(|mail| mail.subject.contains("nieuw apparaat")), "a browser that was forgotten is new");
    app.verify().await;
}

#[tokio::test]
async fn browsers_of_somebody_else_are_out_of_reach() {
    let app = TestApp::start().await;
    let (anna, bram) = (app.adviser("anna").await, app.adviser("bram").await);
    let id = known(&bram).await[0]["id"].as_str().unwrap().to_owned();
    anna.delete(&format!("/api/browsers/{id}")).await.expect(StatusCode::NO_CONTENT);
    anna.delete("/api/browsers").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(known(&bram).await.len(), 1);
}

/// What revokes authority, performed by anna with a second factor. Returns the status.
async fn renew(anna: &Actor, by: &str) -> StatusCode {
    let reply = match by {
        "password" => anna.put("/api/account/password", json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD })).await,
        "email" => {
            anna.put("/api/account/email", json!({ "current_password": PASSWORD, "email": "elders@example.nl", "code": anna.code() })).await
        }
        "codes" => anna.post("/api/two-factor/recovery-codes", json!({ "password": PASSWORD, "code": anna.code() })).await,
        "disable" => anna.post("/api/two-factor/disable", json!({ "password": PASSWORD, "recovery_code": anna.recovery_codes[1] })).await,
        "sessions" => anna.delete("/api/sessions").await,
        other => panic!("{other}"),
    };
    for name in [SESSION, DEVICE] {
        assert!(reply.set_cookie(name).is_some(), "{by} renews {name}");
    }
    reply.status
}

#[tokio::test]
async fn a_copy_of_the_cookies_outlives_no_change_that_takes_authority_away() {
    for by in ["password", "email", "codes", "disable", "sessions"] {
        let app = TestApp::start().await;
        let mut anna = app.adviser("anna").await;
        anna.enrol().await;
        let other = anna.clone_as_new_browser();
        other.sign_in().await;
        let thief = copy(&app, &anna);
        assert!(thief.is_signed_in().await && known(&anna).await.len() == 2);
        assert!(renew(&anna, by).await.is_success(), "{by}");
        assert!(anna.is_signed_in().await && !thief.is_signed_in().await && !other.is_signed_in().await, "{by}");
        let left = known(&anna).await;
        assert_eq!((left.len(), &left[0]["current"]), (1, &json!(true)), "{by}");
        // Guesses by strangers make the account wait, and a copied mark counts as a stranger's.
        let stranger = app.anonymous();
        for _ in 0..6 {
            stranger.log_in_as("anna", "geraden wachtwoord").await;
        }
        thief.log_in().await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
        let password = if by == "password" { OTHER_PASSWORD } else { PASSWORD };
        anna.log_in_as("anna", password).await.expect(StatusCode::OK);
        app.verify().await;
    }
}

#[tokio::test]
async fn a_reset_and_disabling_forget_browsers_too() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    let mut lost = app.anonymous();
    lost.username = "anna".to_owned();
    lost.password = app.last_mail_to(&address("anna")).one_time_password();
    lost.log_in().await.expect(StatusCode::OK);
    lost.post("/api/login/new-password", json!({ "new_password": OTHER_PASSWORD })).await.expect(StatusCode::OK);
    assert_eq!(known(&lost).await.len(), 1);
    let path = format!("/api/accounts/{}", account_id(&olga, "anna").await);
    olga.post(&format!("{path}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    olga.post(&format!("{path}/enable"), None).await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    assert_eq!(app.last_mail_to(&address("anna")).subject, "Uw account bij FinRust is weer ingeschakeld");
    app.clear_mails();
    let again = anna.clone_as_new_browser();
    again.log_in_as("anna", OTHER_PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(known(&again).await.len(), 1);
    assert_told_of_a_new_browser(&app).await;
}

/// The notice is sent even when the account recognises no browser: after all were forgotten, the first to sign in may be an attacker who
/// has the password.
async fn assert_told_of_a_new_browser(app: &TestApp) {
    app.run_jobs().await;
    let told: Vec<_> = app.mails().into_iter().filter(|mail| mail.subject.contains("nieuw apparaat")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn only_the_first_sign_in_of_all_is_no_news() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.run_jobs().await;
    assert!(app.mails().iter().all(|mail| !mail.subject.contains("nieuw apparaat")));
    app.clear_mails();
    for browser in known(&anna).await {
        anna.delete(&format!("/api/browsers/{}", browser["id"].as_str().unwrap())).await.expect(StatusCode::NO_CONTENT);
    }
    anna.clone_as_new_browser().sign_in().await;
    assert_told_of_a_new_browser(&app).await;
}

#[tokio::test]
async fn another_address_voids_what_was_mailed_to_the_old_one() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let ask = async || app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    ask().await;
    app.run_jobs().await;
    let read = app.last_mail_to(&address("anna")).one_time_password();
    let thief = app.anonymous();
    thief.log_in_as("anna", &read).await.expect(StatusCode::OK);
    // A second one-time password whose mail is still queued.
    ask().await;
    assert!(app.run_one_job().await, "the request");
    app.clear_mails();
    let body = json!({ "current_password": PASSWORD, "email": "elders@example.nl" });
    anna.put("/api/account/email", body).await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    let mails: Vec<_> = app.mails().into_iter().map(|mail| (mail.to, mail.subject)).collect();
    assert_eq!(mails.len(), 2, "the notices and nothing else: {mails:?}");
    assert!(mails.iter().any(|(to, _)| *to == address("anna")) && mails.iter().any(|(to, _)| to == "elders@example.nl"));
    let choose = thief.post("/api/login/new-password", json!({ "new_password": "een keuze van een dief 7" })).await;
    choose.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    app.anonymous().log_in_as("anna", &read).await.expect(StatusCode::UNAUTHORIZED);
    assert!(anna.is_signed_in().await);
    app.verify().await;
}

/// The browsers of an account, as listed but without when each was last seen.
async fn ids(actor: &Actor) -> Vec<(Value, Value)> {
    known(actor).await.iter().map(|item| (item["id"].clone(), item["created_at"].clone())).collect()
}

#[tokio::test]
async fn a_copied_mark_does_not_come_back_with_the_browser_that_it_was_copied_from() {
    for by in ["password", "forgotten", "others forgotten"] {
        let app = TestApp::start().await;
        let anna = app.adviser("anna").await;
        let elsewhere = anna.clone_as_new_browser();
        elsewhere.sign_in().await;
        let (copied, own) = (anna.cookie(DEVICE).unwrap(), known(&anna).await);
        let own = own.iter().find(|item| item["current"] == true).unwrap()["id"].clone();
        let mut password = PASSWORD;
        match by {
            "password" => {
                let change = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
                elsewhere.put("/api/account/password", change).await.expect(StatusCode::NO_CONTENT);
                password = OTHER_PASSWORD;
            }
            "forgotten" => {
                let path = format!("/api/browsers/{}", own.as_str().unwrap());
                elsewhere.delete(&path).await.expect(StatusCode::NO_CONTENT);
            }
            _ => {
                elsewhere.delete("/api/browsers").await.expect(StatusCode::NO_CONTENT);
            }
        }
        // The owner continues in the browser that was forgotten.
        anna.drop_cookie(SESSION);
        anna.log_in_as("anna", password).await.expect(StatusCode::OK);
        assert_ne!(anna.cookie(DEVICE), Some(copied.clone()), "{by}");
        assert!(ids(&anna).await.iter().all(|(id, _)| *id != own), "{by}: forgotten for good");
        app.run_jobs().await;
        app.clear_mails();
        let stranger = app.anonymous();
        for _ in 0..6 {
            stranger.log_in_as("anna", "geraden wachtwoord").await;
        }
        let thief = app.anonymous();
        thief.set_cookie(DEVICE, &copied);
        thief.log_in_as("anna", password).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
        app.clock.advance(SignedDuration::from_mins(15));
        thief.log_in_as("anna", password).await.expect(StatusCode::OK);
        app.run_jobs().await;
        assert!(app.last_mail_to(&address("anna")).subject.contains("nieuw apparaat"), "{by}");
        app.verify().await;
    }
}

#[tokio::test]
async fn every_sign_in_gives_another_mark_and_the_browser_stays_the_one_it_was() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    let before = ids(&anna).await;
    for with_factor in [false, true] {
        if with_factor {
            anna.enrol().await;
        }
        for _ in 0..3 {
            let old = anna.cookie(DEVICE).unwrap();
            app.clock.advance(SignedDuration::from_mins(6));
            anna.sign_in().await;
            assert_ne!(anna.cookie(DEVICE), Some(old.clone()));
            assert_eq!(ids(&anna).await, before);
            // After a while, the previous mark is no longer valid.
            app.clock.advance(SignedDuration::from_mins(6));
            let copy = app.anonymous();
            copy.set_cookie(DEVICE, &old);
            for _ in 0..6 {
                copy.log_in_as("anna", "geraden wachtwoord").await;
            }
            copy.log_in_as("anna", PASSWORD).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
        }
    }
    app.run_jobs().await;
    assert!(app.mails().iter().all(|mail| !mail.subject.contains("nieuw apparaat")), "the same browser all along");
    app.verify().await;
}

#[tokio::test]
async fn tabs_that_sign_in_at_once_and_answers_that_are_lost_leave_one_browser() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (before, old) = (ids(&anna).await, anna.cookie(DEVICE).unwrap());
    app.run_jobs().await;
    app.clear_mails();
    let mut shown = Vec::new();
    for _ in 0..3 {
        anna.set_cookie(DEVICE, &old);
        anna.sign_in().await;
        shown.push(anna.cookie(DEVICE).unwrap());
    }
    // Responses may arrive out of order, and leave the browser with any of these marks.
    for mark in shown {
        anna.set_cookie(DEVICE, &mark);
        anna.sign_in().await;
    }
    assert_eq!(ids(&anna).await, before);
    app.run_jobs().await;
    assert!(app.mails().is_empty());
    // A browser that is forgotten meanwhile is forgotten under all its marks.
    let (last, path) = (anna.cookie(DEVICE).unwrap(), format!("/api/browsers/{}", before[0].0.as_str().unwrap()));
    anna.sign_in().await;
    anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(known(&anna).await.len(), 0);
    anna.set_cookie(DEVICE, &last);
    anna.sign_in().await;
    app.run_jobs().await;
    assert_ne!(ids(&anna).await, before);
}
