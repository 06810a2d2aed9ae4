//! Slowing guesses down without locking the owner out.

use crate::support::{
    actor::Actor,
    app::{TestApp, TestOptions},
    register::{account_id, count, count_unknown, outcomes},
};
use axum::http::StatusCode;
use finrust::{
    domain::{chain_check::ChainFlaw, sign_in::attempt::Outcome},
    flows::{limits::LimitSettings, verify::report::Defect},
};
use jiff::SignedDuration;
use serde_json::json;
use std::num::NonZeroU32;

const WRONG: &str = "geraden wachtwoord";

fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(seconds.try_into().unwrap())
}

/// Guesses `times` times, each time as soon as allowed.
async fn fail(app: &TestApp, guesser: &Actor, username: &str, times: usize) {
    for _ in 0..times {
        let reply = guesser.log_in_as(username, WRONG).await;
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            app.clock.advance(seconds(reply.retry_after()));
            guesser.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
        }
    }
}

fn limits(change: impl FnOnce(&mut LimitSettings)) -> TestOptions {
    let mut limits = LimitSettings::default();
    change(&mut limits);
    TestOptions { limits: Some(limits), ..TestOptions::default() }
}

#[tokio::test]
async fn five_failures_are_free_and_then_the_wait_doubles() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let stranger = app.anonymous();
    for username in ["anna", "nobody"] {
        for _ in 0..5 {
            stranger.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
        }
        for wait in [1, 2, 4, 8] {
            let reply = stranger.log_in_as(username, WRONG).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
            assert_eq!(reply.retry_after(), wait, "{username}");
            app.clock.advance(seconds(wait));
            stranger.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
        }
    }
}

#[tokio::test]
async fn a_throttled_attempt_is_recorded_not_looked_at_and_costs_no_more() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let stranger = app.anonymous();
    fail(&app, &stranger, "anna", 7).await;
    for _ in 0..3 {
        let reply = stranger.log_in_as("anna", &anna.password).await.expect(StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(reply.retry_after(), 4);
        assert!(reply.set_cookie("__Host-finrust").is_none());
    }
    // Two more came from the seven failures.
    assert_eq!(count(&app, "anna", Outcome::Throttled).await, 3 + 2);
    app.clock.advance(seconds(4));
    stranger.log_in_as("anna", &anna.password).await.expect(StatusCode::OK);
    app.verify().await;
}

#[tokio::test]
async fn no_wait_is_longer_than_a_quarter_of_an_hour() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    for _ in 0..20 {
        stranger.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
        app.clock.advance(seconds(900));
    }
    stranger.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.log_in_as("anna", WRONG).await.expect(StatusCode::TOO_MANY_REQUESTS).retry_after(), 900);
}

#[tokio::test]
async fn a_known_browser_gets_in_while_strangers_wait() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let stranger = app.anonymous();
    fail(&app, &stranger, "anna", 8).await;
    anna.sign_in().await;
    stranger.log_in_as("anna", &anna.password).await.expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_known_browser_has_an_allowance_of_its_own_and_no_more() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for _ in 0..5 {
        anna.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    }
    anna.log_in().await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    anna.clone_as_new_browser().log_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_mark_opens_no_door_but_its_own() {
    let app = TestApp::start().await;
    let (anna, bram) = (app.adviser("anna").await, app.adviser("bram").await);
    fail(&app, &app.anonymous(), "anna", 8).await;
    bram.log_in_as("anna", &anna.password).await.expect(StatusCode::TOO_MANY_REQUESTS);
    app.clock.advance(SignedDuration::from_hours(90 * 24));
    fail(&app, &app.anonymous(), "anna", 8).await;
    anna.log_in().await.expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_officer_lifts_the_wait_for_everyone() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    fail(&app, &app.anonymous(), "anna", 8).await;
    fail(&app, &anna, "anna", 8).await;
    olga.post(&format!("/api/accounts/{}/unlock", account_id(&olga, "anna").await), None).await.expect(StatusCode::NO_CONTENT);
    anna.log_in().await.expect(StatusCode::OK);
    app.anonymous().log_in_as("anna", &anna.password).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_sign_in_gives_its_browser_an_allowance_of_its_own_and_strangers_none() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let own = anna.clone_as_new_browser();
    for _ in 0..4 {
        own.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    }
    own.sign_in().await;
    for _ in 0..4 {
        own.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    }
    own.sign_in().await;
    for _ in 0..4 {
        own.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    }
    own.sign_in().await;
    let stranger = app.anonymous();
    stranger.log_in_as("anna", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.log_in_as("anna", WRONG).await.expect(StatusCode::TOO_MANY_REQUESTS).retry_after(), 1);
}

/// Asserts that a stranger repeatedly gets the same responses, in the same order, for a username that exists and one that does not.
async fn alike(app: &TestApp, stranger: &Actor, names: [&str; 2], what: &str) {
    for turn in 0..3 {
        let [one, other] = [stranger.log_in_as(names[0], WRONG).await, stranger.log_in_as(names[1], WRONG).await];
        let wait = |reply: &crate::support::actor::Reply| reply.header("retry-after").map(str::to_owned);
        assert_eq!((one.status, wait(&one)), (other.status, wait(&other)), "{what}, {turn}");
        app.clock.advance(seconds(if turn == 1 { 40 } else { 0 }));
    }
}

#[tokio::test]
async fn an_account_that_is_made_or_taken_back_shows_in_no_wait() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let stranger = app.anonymous();
    let names = ["jan.jansen", "piet.nul"];
    for round in 0..2 {
        for name in names {
            fail(&app, &stranger, name, 8).await;
        }
        app.clock.advance(seconds(900));
        alike(&app, &stranger, names, "before").await;
        olga.sign_in().await;
        let made = crate::officers::invite(&olga, names[0], "adviser").await.expect(StatusCode::CREATED).json();
        alike(&app, &stranger, names, "made").await;
        alike(&app, &stranger, names, "and after more failures").await;
        olga.delete(&format!("/api/accounts/{}", made["id"].as_str().unwrap())).await.expect(StatusCode::NO_CONTENT);
        alike(&app, &stranger, names, "taken back").await;
        alike(&app, &stranger, names, "and after more failures").await;
        app.clock.advance(SignedDuration::from_hours(12 + 24 * round));
    }
    app.verify().await;
}

#[tokio::test]
async fn what_an_owner_does_shows_in_no_wait() {
    let app = TestApp::start().await;
    let (olga, mut anna) = (app.officer("olga").await, app.adviser("anna").await);
    let (stranger, names) = (app.anonymous(), ["anna", "nobody"]);
    let path = format!("/api/accounts/{}", account_id(&olga, "anna").await);
    for name in names {
        fail(&app, &stranger, name, 7).await;
    }
    app.clock.advance(seconds(60));
    for step in ["known browser", "other browser", "password", "reset", "factor", "disabled", "enabled"] {
        match step {
            "known browser" => anna.sign_in().await,
            "other browser" => anna.clone_as_new_browser().sign_in().await,
            "password" => {
                anna.sign_in().await;
                let change = json!({ "current_password": anna.password, "new_password": crate::support::app::OTHER_PASSWORD });
                anna.put("/api/account/password", change).await.expect(StatusCode::NO_CONTENT);
                crate::support::app::OTHER_PASSWORD.clone_into(&mut anna.password);
            }
            "reset" => {
                app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
                app.run_jobs().await;
                let mut lost = app.anonymous();
                "anna".clone_into(&mut lost.username);
                lost.password = app.last_mail_to(&crate::support::app::address("anna")).one_time_password();
                lost.log_in().await.expect(StatusCode::OK);
                let chosen = json!({ "new_password": crate::support::app::PASSWORD });
                lost.post("/api/login/new-password", chosen).await.expect(StatusCode::OK);
                crate::support::app::PASSWORD.clone_into(&mut lost.password);
                anna = lost;
            }
            "factor" => {
                anna.enrol().await;
                app.clock.advance(seconds(60));
                anna.clone_as_new_browser().sign_in().await;
            }
            "disabled" => {
                olga.sign_in().await;
                olga.post(&format!("{path}/disable"), None).await.expect(StatusCode::NO_CONTENT);
            }
            _ => {
                olga.sign_in().await;
                olga.post(&format!("{path}/enable"), None).await.expect(StatusCode::NO_CONTENT);
            }
        }
        alike(&app, &stranger, names, step).await;
        app.clock.advance(seconds(900));
    }
    app.verify().await;
}

#[tokio::test]
async fn wrong_codes_count_and_the_right_password_forgives_none() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    let wrong = json!({ "code": half.totp.as_ref().unwrap().code_at(jiff::Timestamp::UNIX_EPOCH) });
    for _ in 0..4 {
        half.post("/api/login/two-factor", wrong.clone()).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    }
    half.log_in().await.expect(StatusCode::OK);
    half.post("/api/login/two-factor", wrong.clone()).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    half.post("/api/login/two-factor", wrong).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    half.log_in().await.expect(StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(count(&app, "anna", Outcome::WrongCode).await, 5);
    assert_eq!(count(&app, "anna", Outcome::Throttled).await, 2);
    app.clock.advance(seconds(1));
    half.post("/api/login/two-factor", json!({ "code": half.code() })).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn wrong_recovery_codes_count_too() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    for _ in 0..5 {
        let reply = half.post("/api/login/two-factor", json!({ "recovery_code": "AAAA-BBBB-CCCC-DDDD" })).await;
        reply.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    }
    let reply = half.post("/api/login/two-factor", json!({ "recovery_code": half.recovery_codes[0] })).await;
    reply.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
}

#[tokio::test]
async fn a_session_is_untouched_by_the_wait() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    fail(&app, &app.anonymous(), "anna", 8).await;
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn a_clock_set_back_locks_nobody_out() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    fail(&app, &app.anonymous(), "anna", 12).await;
    app.clock.advance(SignedDuration::from_hours(-48));
    app.anonymous().log_in_as("anna", &anna.password).await.expect(StatusCode::OK);
    anna.sign_in().await;
    anna.get("/api/account").await.expect(StatusCode::OK);
    assert_eq!(outcomes(&app, "anna").await[..2], [Outcome::SignedIn; 2]);
    let findings: Vec<_> = app.report().await.findings.iter().map(|finding| finding.what).collect();
    assert_eq!(findings, [Defect::Chain(ChainFlaw::TimeAhead)], "nothing but that the clock was set back");
}

#[tokio::test]
async fn one_address_cannot_try_many_usernames() {
    let app = TestApp::start_with(limits(|limits| limits.address_burst = NonZeroU32::new(3).unwrap())).await;
    let mut guesser = app.anonymous();
    guesser.ip = "2001:db8:1:2::1".parse().unwrap();
    for username in ["een", "twee", "drie"] {
        guesser.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
    }
    guesser.ip = "2001:db8:1:2:ffff::9".parse().unwrap();
    let reply = guesser.log_in_as("vier", WRONG).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert_eq!(count_unknown(&app, Outcome::Throttled).await, 1);
    app.anonymous().log_in_as("vier", WRONG).await.expect(StatusCode::UNAUTHORIZED);
    app.clock.advance(seconds(reply.retry_after()));
    guesser.log_in_as("vier", WRONG).await.expect(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_known_browser_shares_no_bucket_with_strangers() {
    let app = TestApp::start_with(limits(|limits| limits.address_burst = NonZeroU32::new(3).unwrap())).await;
    let anna = app.adviser("anna").await;
    let mut neighbour = app.anonymous();
    neighbour.ip = anna.ip;
    for _ in 0..4 {
        neighbour.log_in_as("nobody", WRONG).await;
    }
    neighbour.log_in_as("nobody", WRONG).await.expect(StatusCode::TOO_MANY_REQUESTS);
    anna.sign_in().await;
}

#[tokio::test]
async fn all_strangers_together_are_slowed_down() {
    let app = TestApp::start_with(limits(|limits| limits.strangers_per_second = NonZeroU32::new(2).unwrap())).await;
    let anna = app.adviser("anna").await;
    app.clock.advance(seconds(10));
    for username in ["een", "twee"] {
        app.anonymous().log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
    }
    app.anonymous().log_in_as("drie", WRONG).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert_eq!(count_unknown(&app, Outcome::Throttled).await, 1);
    anna.sign_in().await;
    app.clock.advance(seconds(1));
    app.anonymous().log_in_as("drie", WRONG).await.expect(StatusCode::UNAUTHORIZED);
}
