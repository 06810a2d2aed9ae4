//! A failing database: nobody gets in unrecorded, and a lost response neither repeats nor loses anything.

use crate::support::{
    actor::Actor,
    app::{OTHER_PASSWORD, PASSWORD, TestApp, address},
    faults::{Fault, Faults},
    register::{attempts, count, count_unknown, outcomes},
};
use axum::http::{Method, StatusCode};
use finrust::{domain::sign_in::attempt::Outcome, ports::ReadError};
use serde_json::{Value, json};

const SESSION: &str = "__Host-finrust";
const LOST: [Fault; 2] = [Fault::LostAfter, Fault::LostBefore];

async fn start() -> (TestApp, Faults) {
    let faults = Faults::default();
    (TestApp::start_with(faults.options()).await, faults)
}

fn unavailable(reply: crate::support::actor::Reply) {
    let reply = reply.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert!(reply.headers.get("set-cookie").is_none(), "{:?}", reply.headers);
}

async fn client(anna: &Actor, name: &str) -> (String, String) {
    let reply = anna.post("/api/clients", json!({ "person": { "last_name": name } })).await.expect(StatusCode::CREATED);
    (reply.json()["id"].as_str().unwrap().to_owned(), reply.header("etag").unwrap().to_owned())
}

async fn names(anna: &Actor) -> Vec<Value> {
    let found = anna.post("/api/clients/search", json!({})).await.expect(StatusCode::OK).json();
    found["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect()
}

#[tokio::test]
async fn an_attempt_that_cannot_be_recorded_signs_nobody_in() {
    let (app, faults) = start().await;
    let anna = app.adviser("anna").await;
    let before = outcomes(&app, "anna").await;
    for fault in [Fault::Unavailable, Fault::Busy, Fault::LostBefore, Fault::Stale] {
        let browser = anna.clone_as_new_browser();
        faults.always(fault);
        unavailable(browser.log_in().await);
        faults.heal();
        assert_eq!(browser.cookie(SESSION), None);
        assert_eq!(outcomes(&app, "anna").await, before, "{fault:?}");
    }
    anna.clone_as_new_browser().sign_in().await;
}

#[tokio::test]
async fn a_wrong_password_that_cannot_be_recorded_is_not_even_called_wrong() {
    let (app, faults) = start().await;
    app.adviser("anna").await;
    faults.always(Fault::Unavailable);
    for username in ["anna", "nobody"] {
        unavailable(app.anonymous().log_in_as(username, "geraden wachtwoord").await);
    }
}

#[tokio::test]
async fn a_refusal_that_cannot_be_recorded_is_no_refusal() {
    let (app, faults) = start().await;
    let stranger = app.anonymous();
    for _ in 0..5 {
        stranger.log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    }
    faults.always(Fault::Unavailable);
    unavailable(stranger.log_in_as("anna", "geraden wachtwoord").await);
    faults.heal();
    stranger.log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(count_unknown(&app, Outcome::Throttled).await, 1);
}

#[tokio::test]
async fn a_second_factor_that_cannot_be_recorded_is_not_used_up() {
    let (app, faults) = start().await;
    let half = app.half_signed_in("anna").await;
    let body = json!({ "code": half.code() });
    faults.always(Fault::Unavailable);
    unavailable(half.post("/api/login/two-factor", body.clone()).await);
    faults.heal();
    assert!(!half.is_signed_in().await);
    half.post("/api/login/two-factor", body).await.expect(StatusCode::OK);
    assert!(half.is_signed_in().await);
}

#[tokio::test]
async fn a_new_password_that_cannot_be_recorded_is_not_set() {
    let (app, faults) = start().await;
    let invited = app.invited("anna", finrust::domain::sign_in::credentials::Role::Adviser).await;
    invited.log_in().await.expect(StatusCode::OK);
    let body = json!({ "new_password": PASSWORD });
    faults.always(Fault::Unavailable);
    unavailable(invited.post("/api/login/new-password", body.clone()).await);
    faults.heal();
    app.anonymous().log_in_as("anna", PASSWORD).await.expect(StatusCode::UNAUTHORIZED);
    invited.post("/api/login/new-password", body).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_lost_answer_neither_loses_nor_repeats_a_sign_in() {
    for lost in LOST {
        let (app, faults) = start().await;
        let anna = app.adviser("anna").await.clone_as_new_browser();
        let before = attempts(&app, "anna").await.len();
        faults.next(&[lost]);
        anna.log_in().await.expect(StatusCode::OK);
        faults.heal();
        assert!(anna.is_signed_in().await, "{lost:?}");
        assert_eq!(attempts(&app, "anna").await.len(), before + 1, "{lost:?}");
        app.verify().await;
    }
}

#[tokio::test]
async fn a_lost_answer_neither_loses_nor_repeats_a_failure() {
    for lost in LOST {
        let (app, faults) = start().await;
        let stranger = app.anonymous();
        for _ in 0..5 {
            faults.next(&[lost]);
            stranger.log_in_as("nobody", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
        }
        faults.heal();
        assert_eq!(count_unknown(&app, Outcome::UnknownUser).await, 5, "{lost:?}");
        assert_eq!(stranger.log_in_as("nobody", "x").await.expect(StatusCode::TOO_MANY_REQUESTS).retry_after(), 1);
        app.verify().await;
    }
}

#[tokio::test]
async fn a_lost_answer_does_not_use_a_code_twice() {
    for lost in LOST {
        let (app, faults) = start().await;
        let half = app.half_signed_in("anna").await;
        faults.next(&[lost, lost]);
        half.post("/api/login/two-factor", json!({ "recovery_code": half.recovery_codes[0] })).await.expect(StatusCode::OK);
        let left = half.get("/api/account").await.expect(StatusCode::OK).json();
        assert_eq!(left["two_factor"]["recovery_codes_left"], 9, "{lost:?}");
        app.verify().await;
    }
}

#[tokio::test]
async fn whoever_was_faster_is_waited_for() {
    let (app, faults) = start().await;
    let anna = app.adviser("anna").await.clone_as_new_browser();
    faults.heal();
    faults.next(&[Fault::Stale; 5]);
    anna.log_in().await.expect(StatusCode::OK);
    assert_eq!(faults.commits(), 6);
    faults.heal();
    assert_eq!(count(&app, "anna", Outcome::SignedIn).await, 2);
    app.verify().await;
}

#[tokio::test]
async fn what_cannot_be_settled_is_not_answered_with_a_session() {
    let (app, faults) = start().await;
    let anna = app.adviser("anna").await;
    faults.always(Fault::Unavailable);
    faults.reads(ReadError::Unavailable);
    unavailable(anna.clone_as_new_browser().log_in().await);
    faults.heal();
    app.verify().await;
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_not_called_dead() {
    let (app, faults) = start().await;
    let anna = app.adviser("anna").await;
    for error in [ReadError::Unavailable, ReadError::Busy { retry_after: std::time::Duration::from_secs(7) }] {
        faults.reads(error);
        unavailable(anna.get("/api/session").await);
        unavailable(anna.post("/api/clients/search", json!({})).await);
        unavailable(anna.get("/api/health").await);
        faults.heal();
    }
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_says_so_when_it_did_not_happen() {
    let (app, faults) = start().await;
    let anna = app.adviser("anna").await;
    faults.always(Fault::Unavailable);
    unavailable(anna.post("/api/logout", None).await);
    faults.heal();
    assert!(anna.is_signed_in().await);
    for lost in LOST {
        anna.sign_in().await;
        let copy = anna.clone_as_new_browser();
        copy.set_cookie(SESSION, &anna.cookie(SESSION).unwrap());
        faults.next(&[lost]);
        anna.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
        assert!(!copy.is_signed_in().await, "{lost:?}");
    }
    faults.heal();
}

#[tokio::test]
async fn a_password_change_survives_a_lost_answer() {
    for lost in LOST {
        let (app, faults) = start().await;
        let anna = app.adviser("anna").await;
        app.clear_mails();
        faults.next(&[lost]);
        let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
        anna.put("/api/account/password", body).await.expect(StatusCode::NO_CONTENT);
        assert!(anna.is_signed_in().await);
        app.anonymous().log_in_as("anna", OTHER_PASSWORD).await.expect(StatusCode::OK);
        app.run_jobs().await;
        let notices = app.mails().into_iter().filter(|mail| mail.subject == "Uw wachtwoord voor FinRust is gewijzigd").count();
        assert_eq!(notices, 1, "{lost:?}");
        app.verify().await;
    }
}

#[tokio::test]
async fn an_invitation_survives_a_lost_answer() {
    for lost in LOST {
        let (app, faults) = start().await;
        let olga = app.officer("olga").await;
        app.clear_mails();
        faults.next(&[lost]);
        let body = json!({ "username": "anna", "display_name": "Anna", "email": "anna@example.nl", "role": "adviser" });
        olga.post("/api/accounts", body).await.expect(StatusCode::CREATED);
        app.run_jobs().await;
        assert_eq!(app.mails().len(), 1, "{lost:?}");
        let code = app.last_mail_to(&address("anna")).one_time_password();
        app.anonymous().log_in_as("anna", &code).await.expect(StatusCode::OK);
        app.verify().await;
    }
}

#[tokio::test]
async fn a_reset_mails_one_password_that_works_though_an_answer_was_lost() {
    for lost in LOST {
        let (app, faults) = start().await;
        app.adviser("anna").await;
        app.clear_mails();
        app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
        faults.next(&[lost]);
        app.run_jobs().await;
        faults.heal();
        assert_eq!(app.mails().len(), 1, "{lost:?}");
        let code = app.last_mail_to(&address("anna")).one_time_password();
        app.anonymous().log_in_as("anna", &code).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn a_job_that_fails_is_done_later() {
    let (app, faults) = start().await;
    app.adviser("anna").await;
    app.clear_mails();
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    faults.always(Fault::Unavailable);
    app.run_jobs().await;
    assert!(app.mails().is_empty());
    faults.heal();
    app.clock.advance(jiff::SignedDuration::from_secs(30));
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn a_file_is_kept_once_though_the_answer_was_lost() {
    for lost in LOST {
        let (app, faults) = start().await;
        let anna = app.adviser("anna").await;
        client(&anna, "Eerste").await;
        faults.next(&[lost]);
        let made = anna.request(Method::POST, "/api/clients").header("idempotency-key", "6f0c1a52-3d5e-4b8a-9c57-0f6d1f5b8a11");
        let made = made.json(json!({ "person": { "last_name": "Tweede" } })).send().await;
        if made.status != StatusCode::CREATED {
            unavailable(made);
            let again = anna.request(Method::POST, "/api/clients").header("idempotency-key", "6f0c1a52-3d5e-4b8a-9c57-0f6d1f5b8a11");
            again.json(json!({ "person": { "last_name": "Tweede" } })).send().await.expect(StatusCode::CREATED);
        }
        faults.heal();
        assert_eq!(names(&anna).await, ["Eerste", "Tweede"], "{lost:?}");
        app.verify().await;
    }
}

#[tokio::test]
async fn a_change_of_a_file_whose_answer_was_lost_is_settled() {
    for lost in LOST {
        let (app, faults) = start().await;
        let anna = app.adviser("anna").await;
        let (id, etag) = client(&anna, "Oud").await;
        let path = format!("/api/clients/{id}");
        faults.next(&[lost]);
        let put = anna.request(Method::PUT, &path).header("if-match", &etag).json(json!({ "person": { "last_name": "Nieuw" } }));
        let reply = put.send().await;
        faults.heal();
        let expected = if reply.status == StatusCode::OK { "Nieuw" } else { "Oud" };
        if reply.status != StatusCode::OK {
            unavailable(reply.clone());
        }
        let read = anna.get(&path).await.expect(StatusCode::OK);
        assert_eq!(read.json()["person"]["last_name"], expected, "{lost:?}");
        let current = read.header("etag").unwrap();
        assert!(reply.status != StatusCode::OK || reply.header("etag") == Some(current));
        let put = anna.request(Method::PUT, &path).header("if-match", current).json(json!({ "person": { "last_name": "Derde" } }));
        put.send().await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_kept_is_not_half_kept() {
    let (app, faults) = start().await;
    let anna = app.adviser("anna").await;
    client(&anna, "Eerste").await;
    for fault in [Fault::Unavailable, Fault::Busy] {
        faults.always(fault);
        unavailable(anna.post("/api/clients", json!({ "person": { "last_name": "Tweede" } })).await);
        faults.heal();
    }
    assert_eq!(names(&anna).await, ["Eerste"]);
    app.verify().await;
}

#[tokio::test]
async fn a_panic_is_an_answer_and_no_more() {
    let (app, faults) = start().await;
    let anna = app.adviser("anna").await;
    client(&anna, "Eerste").await;
    let sign_in = json!({ "username": "anna", "password": PASSWORD });
    for (path, body) in [("/api/clients", json!({ "person": { "last_name": "Tweede" } })), ("/api/login", sign_in)] {
        faults.next(&[Fault::Panics]);
        let reply = anna.post(path, body).await;
        faults.heal();
        let problem = reply.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        assert!(!String::from_utf8_lossy(&problem.body).contains("planned"), "{problem:?}");
    }
    client(&anna, "Derde").await;
    assert_eq!(names(&anna).await, ["Derde", "Eerste"]);
    anna.clone_as_new_browser().sign_in().await;
    app.verify().await;
}

/// The caller is told what was committed before the database failed, so that nothing is done twice.
#[tokio::test]
async fn what_was_done_before_the_answer_failed_is_told() {
    let faults = Faults::default();
    let app = TestApp::start_with(faults.options()).await;
    let anna = app.adviser("anna").await;
    let olga = app.officer("olga").await;
    // Creates her data key, so that the request is the first commit.
    client(&anna, "Eerste").await;
    let request = json!({"received_on": "2026-11-20", "kind": "access", "name": "Anna Dijk"});
    faults.reads_after_commit();
    let reply = anna.post("/api/requests", request).await;
    faults.heal();
    let problem = reply.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable").json();
    assert_eq!(problem["done"], true, "{problem}");
    let there = anna.get("/api/requests").await.expect(StatusCode::OK).json();
    assert_eq!(there["items"].as_array().map(Vec::len), Some(1));
    faults.reads_after_commit();
    let reply = olga.post("/api/processors", crate::processors::complete("Voorbeeld B.V.")).await;
    faults.heal();
    assert_eq!(reply.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable").json()["done"], false, "intended, and no more");
    let there = olga.get("/api/processors").await.expect(StatusCode::OK).json();
    assert_eq!(there["items"].as_array().map(Vec::len), Some(0));
    // Nothing was committed, so `done` is absent.
    faults.always(Fault::Unavailable);
    let reply = olga.post("/api/processors", crate::processors::complete("Ander B.V.")).await;
    faults.heal();
    let problem = reply.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable").json();
    assert!(problem.get("done").is_none(), "{problem}");
}
