//! Reminders of subject requests that are due: on their dates, to the adviser responsible now, each exactly once, and without names.

use crate::{
    hand_overs::Office,
    requests::{access_by, enter, step},
    samples::together,
    support::{
        app::{TestApp, address},
        faults::{Fault, Faults},
    },
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, flows::requests, http::state::AppState};
use serde_json::json;

const WAITS: &str = "Een verzoek wacht op antwoord: uiterlijk 23 december 2026";
const OVERDUE: &str = "Een verzoek is niet op tijd beantwoord";

/// The subjects of a user's reminders, in order of arrival.
fn reminders(app: &TestApp, adviser: &str) -> Vec<String> {
    let mails = app.mails();
    let own = mails.iter().filter(|mail| mail.to == address(adviser) && mail.subject.starts_with("Een verzoek"));
    own.map(|mail| mail.subject.clone()).collect()
}

/// One tick of the timer. Returns the number of mails it leaves.
async fn tick(app: &TestApp) -> usize {
    let left = app.maintain().await.reminders;
    app.run_jobs().await;
    left
}

/// A request that must be answered by 23 December.
fn request() -> serde_json::Value {
    access_by("Casimir Bos", "2026-11-23")
}

#[tokio::test]
async fn an_adviser_is_reminded_a_week_and_a_day_before_and_the_day_after() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let (anna, _) = (app.adviser("anna").await, app.adviser("bert").await);
    enter(&anna, request()).await;
    // A day begins at midnight in the Netherlands, an hour before it does in UTC.
    let times = [
        ("2026-12-15T22:59:59Z", vec![]),
        ("2026-12-15T23:00:00Z", vec![WAITS]),
        ("2026-12-21T22:59:59Z", vec![WAITS]),
        ("2026-12-21T23:00:00Z", vec![WAITS, WAITS]),
        ("2026-12-23T22:59:59Z", vec![WAITS, WAITS]),
        ("2026-12-23T23:00:00Z", vec![WAITS, WAITS, OVERDUE]),
        ("2027-03-01T09:00:00Z", vec![WAITS, WAITS, OVERDUE]),
        ("2028-03-01T09:00:00Z", vec![WAITS, WAITS, OVERDUE]),
    ];
    for (now, expected) in times {
        app.clock.set(now);
        for _ in 0..3 {
            tick(&app).await;
        }
        assert_eq!(reminders(&app, "anna"), expected, "{now}");
    }
    assert!(reminders(&app, "bert").is_empty());
    let mails = app.mails();
    let overdue = mails.iter().find(|mail| mail.subject == OVERDUE).unwrap();
    assert!(overdue.text.replace('\n', " ").contains("tot en met 23 december 2026 en is voorbij"), "{}", overdue.text);
    assert!(mails.iter().all(|mail| !mail.raw.contains("Casimir")), "a mail names nobody who asked");
    app.verify().await;
}

#[tokio::test]
async fn nobody_is_reminded_of_what_was_answered_and_an_extension_is_another_deadline() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let anna = app.adviser("anna").await;
    let (answered, made) = enter(&anna, request()).await;
    step(&anna, &answered, &made, json!({"step": "answer", "decision": "granted"})).await.expect(StatusCode::OK);
    let (path, made) = enter(&anna, request()).await;
    app.clock.set("2026-12-16T09:00:00Z");
    assert_eq!(tick(&app).await, 1);
    anna.sign_in().await;
    let extend = json!({"step": "extend", "months": 1, "reason": "Ziek"});
    let extended = step(&anna, &path, &made, extend).await.expect(StatusCode::OK);
    app.clock.set("2026-12-23T09:00:00Z");
    assert_eq!(tick(&app).await, 0);
    app.clock.set("2027-01-16T09:00:00Z");
    assert_eq!((tick(&app).await, tick(&app).await), (1, 0));
    assert_eq!(reminders(&app, "anna"), [WAITS, "Een verzoek wacht op antwoord: uiterlijk 23 januari 2027"]);
    anna.sign_in().await;
    step(&anna, &path, &extended, json!({"step": "answer", "decision": "granted"})).await.expect(StatusCode::OK);
    app.clock.set("2027-01-25T09:00:00Z");
    assert_eq!(tick(&app).await, 0);
    app.verify().await;
}

#[tokio::test]
async fn timers_of_two_instances_and_a_clock_that_is_set_back_remind_nobody_twice() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    enter(&app.adviser("anna").await, request()).await;
    let other = app.another_state(Argon2id::default()).await;
    app.clock.set("2026-12-24T09:00:00Z");
    let round = |state: AppState| Box::pin(async move { requests::reminders::round(&state.services).await.unwrap() });
    let left = together([round(app.state().clone()), round(other.clone()), round(app.state().clone())]).await;
    assert_eq!(left.iter().sum::<usize>(), 1, "by one of the three");
    app.run_jobs().await;
    app.clock.set("2026-11-30T09:00:00Z");
    assert_eq!((tick(&app).await, round(other.clone()).await), (0, 0));
    app.clock.set("2026-12-25T09:00:00Z");
    assert_eq!((tick(&app).await, round(other).await), (0, 0));
    assert_eq!(reminders(&app, "anna"), [OVERDUE], "what was missed came as one");
}

/// Each write of a round fails once, as if the process had been killed there.
#[tokio::test]
async fn a_round_that_is_cut_off_anywhere_is_gone_on_with_and_reminds_nobody_twice() {
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        for cut in 0..2 {
            let faults = Faults::default();
            let app = TestApp::start_with(faults.options()).await;
            app.clock.set("2026-11-23T09:00:00Z");
            let advisers = [app.adviser("anna").await, app.adviser("bert").await];
            for adviser in &advisers {
                enter(adviser, request()).await;
            }
            app.run_jobs().await;
            app.clock.set("2026-12-16T09:00:00Z");
            faults.after(cut, fault);
            // It may have failed, or left its mails all the same.
            let _ = requests::reminders::round(&app.state().services).await;
            faults.heal();
            for _ in 0..3 {
                tick(&app).await;
            }
            for adviser in ["anna", "bert"] {
                assert_eq!(reminders(&app, adviser), [WAITS], "{adviser} after {cut} writes");
            }
            app.verify().await;
        }
    }
}

/// The alarm is created, changed and deleted with the step, or not at all.
#[tokio::test]
async fn a_step_that_is_cut_off_leaves_no_alarm_that_does_not_fit() {
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        let faults = Faults::default();
        let app = TestApp::start_with(faults.options()).await;
        app.clock.set("2026-11-23T09:00:00Z");
        let anna = app.adviser("anna").await;
        let (path, made) = enter(&anna, request()).await;
        for body in [json!({"step": "extend", "months": 2, "reason": "Ziek"}), json!({"step": "answer", "decision": "granted"})] {
            faults.after(0, fault);
            let seen = anna.get(&path).await.expect(StatusCode::OK);
            let _ = step(&anna, &path, &seen, body.clone()).await;
            faults.heal();
            app.verify().await;
            let again = anna.get(&path).await.expect(StatusCode::OK);
            if again.header("etag") == seen.header("etag") {
                step(&anna, &path, &again, body).await.expect(StatusCode::OK);
            }
            app.verify().await;
        }
        let done = anna.get(&path).await.expect(StatusCode::OK).json();
        assert_eq!((&done["state"], done["steps"].as_array().unwrap().len()), (&json!("answered"), 3), "{made:?}");
    }
}

#[tokio::test]
async fn who_cannot_sign_in_is_reminded_once_they_can() {
    let office = Office::open().await;
    office.app.clock.set("2026-11-23T09:00:00Z");
    office.anna.sign_in().await;
    enter(&office.anna, request()).await;
    office.olga.sign_in().await;
    office.account("anna", "disable").await.expect(StatusCode::NO_CONTENT);
    office.app.clock.set("2026-12-16T09:00:00Z");
    assert_eq!(tick(&office.app).await, 0);
    office.olga.sign_in().await;
    office.account("anna", "enable").await.expect(StatusCode::NO_CONTENT);
    assert_eq!((tick(&office.app).await, tick(&office.app).await), (1, 0));
    assert_eq!(reminders(&office.app, "anna"), [WAITS]);
}

#[tokio::test]
async fn after_a_hand_over_the_successor_is_reminded_and_goes_on() {
    let office = Office::open().await;
    let app = &office.app;
    app.clock.set("2026-11-23T09:00:00Z");
    for actor in [&office.anna, &office.olga, &office.otto] {
        actor.sign_in().await;
    }
    let (path, made) = enter(&office.anna, request()).await;
    office.approved().await;
    app.run_jobs().await;
    app.verify().await;
    app.clock.set("2026-12-16T09:00:00Z");
    assert_eq!((tick(app).await, tick(app).await), (1, 0));
    assert_eq!((reminders(app, "bert"), reminders(app, "anna")), (vec![WAITS.to_owned()], vec![]));
    office.bert.sign_in().await;
    let seen = office.bert.get(&path).await.expect(StatusCode::OK);
    assert_eq!(seen.json()["steps"], made.json()["steps"], "the first step stays Anna's");
    step(&office.bert, &path, &seen, json!({"step": "answer", "decision": "granted"})).await.expect(StatusCode::OK);
    app.clock.set("2026-12-22T09:00:00Z");
    assert_eq!(tick(app).await, 0);
    app.verify().await;
}
