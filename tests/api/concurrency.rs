//! Concurrent requests: what may happen once happens once, and every attempt is counted.

use crate::support::{
    actor::Actor,
    app::{OTHER_PASSWORD, TestApp, address},
    register::{attempts, count, count_unknown},
};
use axum::http::StatusCode;
use finrust::domain::sign_in::attempt::Outcome;
use jiff::SignedDuration;
use serde_json::json;
use tokio::task::JoinSet;

/// Runs `work` for every actor concurrently and returns the statuses.
async fn all_at_once<F, W>(actors: Vec<Actor>, work: W) -> Vec<StatusCode>
where
    F: Future<Output = StatusCode> + Send + 'static,
    W: Fn(Actor) -> F,
{
    let mut tasks = JoinSet::new();
    actors.into_iter().map(work).for_each(|task| drop(tasks.spawn(task)));
    tasks.join_all().await
}

fn times(statuses: &[StatusCode], status: StatusCode) -> usize {
    statuses.iter().filter(|one| **one == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_are_all_recorded_and_cannot_outrun_the_throttle() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let before: u32 = attempts(&app, "anna").await.iter().map(|attempt| attempt.count).sum();
    let guessers = (0..64).map(|_| app.anonymous()).collect();
    let statuses = all_at_once(guessers, |guesser| async move { guesser.log_in_as("anna", "geraden wachtwoord").await.status }).await;
    let recorded: u32 = attempts(&app, "anna").await.iter().map(|attempt| attempt.count).sum();
    assert_eq!(recorded - before, 64);
    assert_eq!(times(&statuses, StatusCode::UNAUTHORIZED), 5, "{statuses:?}");
    assert_eq!(count(&app, "anna", Outcome::WrongPassword).await, 5);
    let refused = count(&app, "anna", Outcome::Throttled).await + count(&app, "anna", Outcome::Overloaded).await;
    assert_eq!(refused, 59);
    app.anonymous().log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::TOO_MANY_REQUESTS);
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_at_a_name_that_nobody_has_are_recorded_too() {
    let app = TestApp::start().await;
    let guessers = (0..64).map(|_| app.anonymous()).collect();
    all_at_once(guessers, |guesser| async move { guesser.log_in_as("nobody", "geraden wachtwoord").await.status }).await;
    let judged = count_unknown(&app, Outcome::UnknownUser).await;
    let refused = count_unknown(&app, Outcome::Throttled).await + count_unknown(&app, Outcome::Overloaded).await;
    assert_eq!((judged, refused), (5, 59));
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_equal_accounts_is_made() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    app.clear_mails();
    let create = |officer: Actor| async move {
        let body = json!({ "username": "Anna", "display_name": "Anna", "email": "anna@example.nl", "role": "adviser" });
        let reply = officer.post("/api/accounts", body).await;
        assert!(reply.status == StatusCode::CREATED || reply.code() == "username_taken", "{reply:?}");
        reply.status
    };
    let statuses = all_at_once(vec![olga.clone(); 32], create).await;
    assert_eq!((times(&statuses, StatusCode::CREATED), times(&statuses, StatusCode::CONFLICT)), (1, 31));
    let list = olga.get("/api/accounts").await.json();
    assert_eq!(list["items"].as_array().unwrap().iter().filter(|item| item["username"] == "anna").count(), 1);
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 1);
    let code = app.last_mail_to(&address("anna")).one_time_password();
    app.anonymous().log_in_as("anna", &code).await.expect(StatusCode::OK);
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_signs_in_once() {
    let app = TestApp::start().await;
    let first = app.half_signed_in("anna").await;
    app.clock.advance(SignedDuration::from_mins(2));
    let mut browsers = vec![first.clone()];
    for _ in 1..16 {
        let browser = first.clone_as_new_browser();
        browser.log_in().await.expect(StatusCode::OK);
        browsers.push(browser);
    }
    let code = first.code();
    let show = |browser: Actor| {
        let body = json!({ "code": code });
        async move { browser.post("/api/login/two-factor", body).await.status }
    };
    let statuses = all_at_once(browsers.clone(), show).await;
    assert_eq!(times(&statuses, StatusCode::OK), 1, "{statuses:?}");
    let mut signed_in = 0;
    for browser in &browsers {
        signed_in += usize::from(browser.is_signed_in().await);
    }
    assert_eq!((signed_in, count(&app, "anna", Outcome::SignedIn).await), (1, 2));
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_half_session_becomes_one_session() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    let tabs = half.recovery_codes.iter().map(|code| {
        let mut tab = half.clone_as_new_browser();
        tab.set_cookie("__Host-finrust", &half.cookie("__Host-finrust").unwrap());
        tab.recovery_codes = vec![code.clone()];
        tab
    });
    let show = |tab: Actor| async move {
        let body = json!({ "recovery_code": tab.recovery_codes[0] });
        tab.post("/api/login/two-factor", body).await.status
    };
    let statuses = all_at_once(tabs.collect(), show).await;
    assert_eq!(times(&statuses, StatusCode::OK), 1, "{statuses:?}");
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_recovery_code_works_once() {
    let app = TestApp::start().await;
    let first = app.half_signed_in("anna").await;
    let mut browsers = vec![first.clone()];
    for _ in 1..8 {
        let browser = first.clone_as_new_browser();
        browser.log_in().await.expect(StatusCode::OK);
        browsers.push(browser);
    }
    let show = |browser: Actor| async move {
        let body = json!({ "recovery_code": browser.recovery_codes[0] });
        browser.post("/api/login/two-factor", body).await.status
    };
    let statuses = all_at_once(browsers, show).await;
    assert_eq!(times(&statuses, StatusCode::OK), 1, "{statuses:?}");
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_one_time_password_leads_to_one_choice_from_however_many_browsers() {
    let app = TestApp::start().await;
    let invited = app.invited("anna", finrust::domain::sign_in::credentials::Role::Adviser).await;
    let browsers: Vec<_> = (0..8).map(|_| invited.clone_as_new_browser()).collect();
    let statuses = all_at_once(browsers.clone(), |browser| async move { browser.log_in().await.status }).await;
    assert_eq!(times(&statuses, StatusCode::OK), 8, "{statuses:?}");
    assert_eq!(count(&app, "anna", Outcome::OneTimePassword).await, 8);
    let choose =
        |browser: Actor| async move { browser.post("/api/login/new-password", json!({ "new_password": OTHER_PASSWORD })).await.status };
    let statuses = all_at_once(browsers, choose).await;
    assert_eq!(times(&statuses, StatusCode::OK), 1, "{statuses:?}");
    assert_eq!(invited.log_in().await.status, StatusCode::UNAUTHORIZED);
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_choice_of_a_password_is_made() {
    let app = TestApp::start().await;
    let invited = app.invited("anna", finrust::domain::sign_in::credentials::Role::Adviser).await;
    invited.log_in().await.expect(StatusCode::OK);
    let tabs = (0..8).map(|number| {
        let mut tab = invited.clone_as_new_browser();
        tab.set_cookie("__Host-finrust", &invited.cookie("__Host-finrust").unwrap());
        tab.password = format!("{OTHER_PASSWORD}-{number}");
        tab
    });
    let tabs: Vec<_> = tabs.collect();
    let choose = |tab: Actor| async move { tab.post("/api/login/new-password", json!({ "new_password": tab.password })).await.status };
    let statuses = all_at_once(tabs.clone(), choose).await;
    assert_eq!(times(&statuses, StatusCode::OK), 1, "{statuses:?}");
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_owner_and_a_crowd_do_not_disturb_each_other() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let mut everyone: Vec<_> = (0..24).map(|_| app.anonymous()).collect();
    everyone.push(anna.clone());
    let work = |actor: Actor| async move {
        if actor.username.is_empty() {
            actor.log_in_as("anna", "geraden wachtwoord").await;
            return StatusCode::UNAUTHORIZED;
        }
        actor.put("/api/account", json!({ "display_name": "Anna", "language": "en" })).await.expect(StatusCode::NO_CONTENT);
        actor.log_in().await.status
    };
    let statuses = all_at_once(everyone, work).await;
    assert_eq!(times(&statuses, StatusCode::OK), 1, "{statuses:?}");
    assert_eq!(anna.get("/api/account").await.json()["display_name"], "Anna");
    app.verify().await;
}
