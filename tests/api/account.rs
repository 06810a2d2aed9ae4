//! The user's own account, and the mails that notify its owner of changes.

use crate::support::{
    actor::{Actor, Reply},
    app::{OTHER_PASSWORD, PASSWORD, TestApp, address},
    register::{count, outcomes},
};
use axum::http::StatusCode;
use finrust::domain::sign_in::attempt::Outcome;
use jiff::SignedDuration;
use serde_json::json;

const NEW_DEVICE: &str = "Uw account bij FinRust is gebruikt op een nieuw apparaat";
const MISSING_FACTOR: &str = "Iemand kent mogelijk uw wachtwoord voor FinRust";

async fn change_password(actor: &Actor, current: &str, new: &str) -> Reply {
    actor.put("/api/account/password", json!({ "current_password": current, "new_password": new })).await
}

async fn change_email(actor: &Actor, current: &str, email: &str) -> Reply {
    actor.put("/api/account/email", json!({ "current_password": current, "email": email })).await
}

/// Subjects of the mails sent since the last look, by recipient.
async fn mailed(app: &TestApp) -> Vec<(String, String)> {
    app.run_jobs().await;
    let mails = app.mails().into_iter().map(|mail| (mail.to, mail.subject)).collect();
    app.clear_mails();
    mails
}

#[tokio::test]
async fn the_account_shows_what_is_known_of_its_owner() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let expected = json!({ "username": "anna", "display_name": "anna van Kantoor", "email": "anna@example.nl", "language": "nl",
        "role": "adviser", "two_factor": { "enabled": false, "recovery_codes_left": 0, "recovery_codes_seen": true },
        "password_changed_at": "2026-11-23T09:00:00Z", "created_at": "2026-11-23T09:00:00Z" });
    assert_eq!(anna.get("/api/account").await.expect(StatusCode::OK).json(), expected);
}

#[tokio::test]
async fn name_and_language_are_changed_and_mails_follow() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let body = json!({ "display_name": "Anna van Dijk", "language": "en" });
    anna.put("/api/account", body).await.expect(StatusCode::NO_CONTENT);
    let account = anna.get("/api/account").await.json();
    assert_eq!((&account["display_name"], &account["language"]), (&"Anna van Dijk".into(), &"en".into()));
    assert_eq!(anna.get("/api/session").await.json()["display_name"], "Anna van Dijk");
    app.clear_mails();
    change_password(&anna, PASSWORD, OTHER_PASSWORD).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(mailed(&app).await, [(address("anna"), "Your FinRust password was changed".to_owned())]);
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_changed() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let before = anna.get("/api/account").await.json();
    let body = json!({ "display_name": " ", "language": "fr", "role": "officer" });
    let reply = anna.put("/api/account", body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
    let mut pointers: Vec<_> = reply["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/display_name", "/language", "/role"]);
    assert_eq!(anna.get("/api/account").await.json(), before);
}

#[tokio::test]
async fn another_password_ends_other_sessions_and_is_announced() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let other = anna.clone_as_new_browser();
    other.sign_in().await;
    mailed(&app).await;
    app.clock.advance(SignedDuration::from_mins(1));
    change_password(&anna, PASSWORD, OTHER_PASSWORD).await.expect(StatusCode::NO_CONTENT);
    assert!(anna.is_signed_in().await && !other.is_signed_in().await);
    assert_eq!(anna.get("/api/account").await.json()["password_changed_at"], "2026-11-23T09:01:00Z");
    app.anonymous().log_in_as("anna", PASSWORD).await.expect(StatusCode::UNAUTHORIZED);
    app.anonymous().log_in_as("anna", OTHER_PASSWORD).await.expect(StatusCode::OK);
    assert!(mailed(&app).await.contains(&(address("anna"), "Uw wachtwoord voor FinRust is gewijzigd".to_owned())));
}

#[tokio::test]
async fn a_wrong_current_password_is_recorded_and_slowed_down() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    mailed(&app).await;
    for _ in 0..5 {
        let reply = change_password(&anna, "geraden wachtwoord", OTHER_PASSWORD).await;
        reply.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    }
    change_password(&anna, PASSWORD, OTHER_PASSWORD).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    change_email(&anna, PASSWORD, "dief@example.nl").await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert_eq!(count(&app, "anna", Outcome::WrongPasswordInSession).await, 5);
    assert_eq!(count(&app, "anna", Outcome::Throttled).await, 2);
    assert!(mailed(&app).await.is_empty() && anna.is_signed_in().await);
    app.clock.advance(SignedDuration::from_secs(1));
    change_password(&anna, PASSWORD, OTHER_PASSWORD).await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_weak_password_changes_nothing() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let other = anna.clone_as_new_browser();
    other.sign_in().await;
    let reply = change_password(&anna, PASSWORD, "wachtwoord123").await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "weak_password");
    assert_eq!(reply.json()["errors"][0]["code"], "too_guessable");
    assert!(other.is_signed_in().await);
    anna.clone_as_new_browser().sign_in().await;
}

#[tokio::test]
async fn a_one_time_password_is_no_current_password() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    let code = app.last_mail_to(&address("anna")).one_time_password();
    change_password(&anna, &code, OTHER_PASSWORD).await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
}

#[tokio::test]
async fn choosing_a_password_ends_a_one_time_password() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    let code = app.last_mail_to(&address("anna")).one_time_password();
    change_password(&anna, PASSWORD, OTHER_PASSWORD).await.expect(StatusCode::NO_CONTENT);
    app.anonymous().log_in_as("anna", &code).await.expect(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_address_is_told_to_both() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.clear_mails();
    change_email(&anna, PASSWORD, "anna@nieuw-kantoor.nl").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(anna.get("/api/account").await.json()["email"], "anna@nieuw-kantoor.nl");
    app.run_jobs().await;
    let old = app.last_mail_to(&address("anna"));
    assert_eq!(old.subject, "Het e-mailadres van uw account bij FinRust is gewijzigd");
    assert!(!old.raw.contains("anna@nieuw-kantoor.nl") && !old.text.contains("anna@nieuw-kantoor.nl"), "{}", old.text);
    assert_eq!(app.last_mail_to("anna@nieuw-kantoor.nl").subject, "FinRust gebruikt voortaan dit e-mailadres");
    app.clear_mails();
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    assert_eq!(mailed(&app).await, [("anna@nieuw-kantoor.nl".to_owned(), "Een nieuw wachtwoord kiezen voor FinRust".to_owned())]);
}

#[tokio::test]
async fn an_address_is_not_changed_without_the_password_or_to_nonsense() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.clear_mails();
    change_email(&anna, "geraden wachtwoord", "dief@example.nl").await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    assert_eq!(outcomes(&app, "anna").await[0], Outcome::WrongPasswordInSession);
    for nonsense in ["", "anna", "anna@kantoor", "a@b.nl, c@d.nl", "anna@b.nl\r\nBcc: dief@example.nl", "Anna <anna@b.nl>"] {
        change_email(&anna, PASSWORD, nonsense).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
    assert_eq!(anna.get("/api/account").await.json()["email"], address("anna"));
    assert!(mailed(&app).await.is_empty());
}

#[tokio::test]
async fn a_new_browser_is_told_and_a_known_one_is_not() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    mailed(&app).await;
    anna.sign_in().await;
    assert!(mailed(&app).await.is_empty());
    let mut phone = anna.clone_as_new_browser();
    "Telefoon van een dief".clone_into(&mut phone.user_agent);
    phone.sign_in().await;
    app.run_jobs().await;
    let mail = app.last_mail_to(&address("anna"));
    assert_eq!(mail.subject, NEW_DEVICE);
    assert!(mail.text.contains("Telefoon van een dief") && mail.text.contains(&phone.ip.to_string()), "{}", mail.text);
    app.clear_mails();
    phone.sign_in().await;
    assert!(mailed(&app).await.is_empty());
    app.clock.advance(SignedDuration::from_hours(90 * 24));
    anna.sign_in().await;
    assert_eq!(mailed(&app).await, [(address("anna"), NEW_DEVICE.to_owned())]);
}

#[tokio::test]
async fn a_second_factor_that_did_not_follow_is_told_after_ten_minutes() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    mailed(&app).await;
    app.clock.advance(SignedDuration::from_secs(10 * 60 - 1));
    app.maintain().await;
    assert!(mailed(&app).await.is_empty());
    app.clock.advance(SignedDuration::from_secs(1));
    app.run_jobs().await;
    let mail = app.last_mail_to(&address("anna"));
    assert_eq!(mail.subject, MISSING_FACTOR);
    assert!(mail.text.contains(&half.ip.to_string()), "{}", mail.text);
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn a_second_factor_that_followed_is_no_news() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    half.post("/api/login/two-factor", json!({ "code": half.code() })).await.expect(StatusCode::OK);
    mailed(&app).await;
    app.clock.advance(SignedDuration::from_mins(11));
    app.maintain().await;
    assert!(mailed(&app).await.is_empty());
}

#[tokio::test]
async fn many_tries_without_a_second_factor_are_one_notice_an_hour() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    mailed(&app).await;
    for _ in 0..3 {
        half.clone_as_new_browser().log_in().await.expect(StatusCode::OK);
    }
    app.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(mailed(&app).await, [(address("anna"), MISSING_FACTOR.to_owned())]);
    app.clock.advance(SignedDuration::from_mins(50));
    half.log_in().await.expect(StatusCode::OK);
    app.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(mailed(&app).await, [(address("anna"), MISSING_FACTOR.to_owned())]);
}

#[tokio::test]
async fn trying_again_in_the_same_browser_neither_postpones_the_notice_nor_makes_it_come() {
    let app = TestApp::start().await;
    let (thief, owner) = (app.half_signed_in("anna").await, app.half_signed_in("bram").await);
    mailed(&app).await;
    app.clock.advance(SignedDuration::from_mins(6));
    thief.log_in().await.expect(StatusCode::OK);
    owner.sign_in().await;
    mailed(&app).await;
    app.clock.advance(SignedDuration::from_mins(4));
    assert_eq!(mailed(&app).await, [(address("anna"), MISSING_FACTOR.to_owned())]);
}

#[tokio::test]
async fn the_notice_goes_out_though_its_owner_signs_in_elsewhere() {
    let app = TestApp::start().await;
    let thief = app.half_signed_in("anna").await;
    thief.clone_as_new_browser().sign_in().await;
    mailed(&app).await;
    app.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(mailed(&app).await, [(address("anna"), MISSING_FACTOR.to_owned())]);
}

#[tokio::test]
async fn a_factor_that_follows_elsewhere_keeps_nobody_from_being_told_of() {
    // The thief continues, signs out, or tries again in between: the password was correct, but no second factor was given.
    for what in ["stays", "signs out", "tries again", "before it"] {
        let app = TestApp::start().await;
        let owner = app.half_signed_in("anna").await;
        let mut thief = owner.clone_as_new_browser();
        "Telefoon van een dief".clone_into(&mut thief.user_agent);
        app.clock.advance(SignedDuration::from_mins(1));
        thief.log_in().await.expect(StatusCode::OK);
        match what {
            "signs out" => drop(thief.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT)),
            "tries again" => drop(thief.log_in().await.expect(StatusCode::OK)),
            "before it" => drop(owner.log_in().await.expect(StatusCode::OK)),
            _ => {}
        }
        owner.post("/api/login/two-factor", json!({ "code": owner.code() })).await.expect(StatusCode::OK);
        mailed(&app).await;
        app.clock.advance(SignedDuration::from_mins(11));
        app.maintain().await;
        app.run_jobs().await;
        let mail = app.last_mail_to(&address("anna"));
        assert_eq!((mail.subject.as_str(), app.mails().len()), (MISSING_FACTOR, 1), "{what}");
        assert!(mail.text.contains("Telefoon van een dief") && mail.text.contains(&thief.ip.to_string()), "{what}: {}", mail.text);
        app.verify().await;
    }
}

#[tokio::test]
async fn factors_that_follow_in_two_browsers_are_no_news() {
    let app = TestApp::start().await;
    let one = app.half_signed_in("anna").await;
    let other = one.clone_as_new_browser();
    mailed(&app).await;
    for _ in 0..2 {
        other.log_in().await.expect(StatusCode::OK);
    }
    for browser in [&one, &other] {
        browser.post("/api/login/two-factor", json!({ "code": browser.code() })).await.expect(StatusCode::OK);
    }
    let mails = mailed(&app).await;
    assert!(mails.iter().all(|(_, subject)| subject == NEW_DEVICE), "{mails:?}");
    app.clock.advance(SignedDuration::from_mins(11));
    app.maintain().await;
    assert!(mailed(&app).await.is_empty());
    app.verify().await;
}

#[tokio::test]
async fn a_mail_that_was_not_announced_is_announced_by_maintenance_and_sent_once() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.clear_mails();
    change_password(&anna, PASSWORD, OTHER_PASSWORD).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(app.maintain().await.mails, 1);
    assert_eq!(mailed(&app).await.len(), 1);
    assert_eq!(app.maintain().await.mails, 0);
    assert!(mailed(&app).await.is_empty());
}
