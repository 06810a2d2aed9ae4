//! Reminders of sub-processors' deadlines: on their dates, to officers who can sign in, each exactly once.

use crate::{
    processors::{complete, publish, send},
    samples::together,
    support::{
        app::{TestApp, address},
        faults::{Fault, Faults},
    },
};
use axum::http::{Method, StatusCode};
use finrust::{crypto::password::Argon2id, flows::processors, http::state::AppState};
use serde_json::{Value, json};

/// The dates in an officer's reminders, in order of arrival.
fn reminders(app: &TestApp, officer: &str) -> Vec<String> {
    let mails = app.mails();
    let own = mails.iter().filter(|mail| mail.to == address(officer));
    own.filter_map(|mail| mail.subject.strip_prefix("Subverwerker ")?.split_once(" op ").map(|(_, on)| on.to_owned())).collect()
}

/// One tick of the timer. Returns the number of mails it leaves.
async fn tick(app: &TestApp) -> usize {
    let claimed = app.maintain().await.reminders;
    app.run_jobs().await;
    claimed
}

/// A review on 10 January, a certificate until 30 June, an agreement until the following new year.
fn entry() -> Value {
    complete("Voorbeeld Hosting")
}

const REVIEW: &str = "10 januari 2027";
const EVIDENCE: &str = "30 juni 2027";
const END: &str = "1 januari 2028";

#[tokio::test]
async fn officers_are_reminded_a_month_and_a_week_before_and_on_the_day() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let olga = app.officer("olga").await;
    app.officer("otto").await;
    app.adviser("anna").await;
    publish(&olga, entry()).await;
    // A day begins at midnight in the Netherlands, an hour or two before it does in UTC.
    let times = [
        ("2026-12-10T22:59:59Z", vec![]),
        ("2026-12-10T23:00:00Z", vec![REVIEW]),
        ("2027-01-02T23:00:00Z", vec![REVIEW; 2]),
        ("2027-01-09T23:00:00Z", vec![REVIEW; 3]),
        ("2027-05-30T21:59:59Z", vec![REVIEW; 3]),
        ("2027-05-30T22:00:00Z", vec![REVIEW, REVIEW, REVIEW, EVIDENCE]),
        ("2027-06-29T22:00:00Z", vec![REVIEW, REVIEW, REVIEW, EVIDENCE, EVIDENCE]),
        ("2028-02-01T09:00:00Z", vec![REVIEW, REVIEW, REVIEW, EVIDENCE, EVIDENCE, END]),
    ];
    for (now, expected) in times {
        app.clock.set(now);
        for _ in 0..3 {
            tick(&app).await;
        }
        for officer in ["olga", "otto"] {
            assert_eq!(reminders(&app, officer), expected, "{officer} at {now}");
        }
    }
    assert!(reminders(&app, "anna").is_empty());
    let mail = app.last_mail_to(&address("olga"));
    let text = mail.text.replace('\n', " ");
    assert!(text.contains("De overeenkomst met Voorbeeld Hosting loopt af op 1 januari 2028."), "{text}");
    app.verify().await;
}

#[tokio::test]
async fn neither_drafts_nor_what_has_ended_remind_anybody() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let olga = app.officer("olga").await;
    olga.post("/api/processors", entry()).await.expect(StatusCode::CREATED);
    let (path, published) = publish(&olga, entry()).await;
    let ending = json!({"on": "2026-11-23", "reason": "Overgestapt"});
    send(&olga, Method::POST, &format!("{path}/end"), &published, ending).await.expect(StatusCode::OK);
    app.clock.set("2028-01-01T09:00:00Z");
    assert_eq!(tick(&app).await, 0);
}

#[tokio::test]
async fn a_deadline_that_moves_is_another_one() {
    let app = TestApp::start().await;
    app.clock.set("2026-12-20T09:00:00Z");
    let olga = app.officer("olga").await;
    let (path, published) = publish(&olga, entry()).await;
    assert_eq!(tick(&app).await, 1);
    let mut later = entry();
    later["last_review_on"] = json!("2026-12-20");
    later["next_review_on"] = json!("2027-01-15");
    let seen = olga.get(&path).await.expect(StatusCode::OK);
    assert_ne!(seen.header("etag"), published.header("etag"));
    send(&olga, Method::PUT, &path, &seen, later).await.expect(StatusCode::OK);
    assert_eq!((tick(&app).await, tick(&app).await), (1, 0));
    assert_eq!(reminders(&app, "olga"), [REVIEW, "15 januari 2027"]);
    let seen = olga.get(&path).await.expect(StatusCode::OK);
    send(&olga, Method::PUT, &path, &seen, entry()).await.expect(StatusCode::OK);
    assert_eq!(tick(&app).await, 0, "of the first day nobody is reminded again");
}

#[tokio::test]
async fn timers_of_two_instances_and_a_clock_that_is_set_back_remind_nobody_twice() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let olga = app.officer("olga").await;
    publish(&olga, entry()).await;
    let other = app.another_state(Argon2id::default()).await;
    app.clock.set("2026-12-15T09:00:00Z");
    let round = |state: AppState| Box::pin(async move { processors::notices::round(&state.services).await.unwrap() });
    let claimed = together([round(app.state().clone()), round(other.clone()), round(app.state().clone())]).await;
    assert_eq!(claimed.iter().sum::<usize>(), 1, "by one of the three");
    app.run_jobs().await;
    for now in ["2026-12-01T09:00:00Z", "2026-12-12T09:00:00Z", "2026-12-16T09:00:00Z"] {
        app.clock.set(now);
        assert_eq!((tick(&app).await, round(other.clone()).await), (0, 0), "{now}");
    }
    app.run_jobs().await;
    assert_eq!(reminders(&app, "olga"), [REVIEW]);
    app.verify().await;
}

/// Each write of a round fails once, as if the process had been killed there.
#[tokio::test]
async fn a_round_that_is_cut_off_anywhere_is_gone_on_with_and_reminds_nobody_twice() {
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        for cut in 0..4 {
            let faults = Faults::default();
            let app = TestApp::start_with(faults.options()).await;
            app.clock.set("2026-11-23T09:00:00Z");
            let olga = app.officer("olga").await;
            app.officer("otto").await;
            publish(&olga, entry()).await;
            app.run_jobs().await;
            app.clock.set("2026-12-15T09:00:00Z");
            faults.after(cut, fault);
            // It may have failed, or recovered a lost response.
            let _ = processors::notices::round(&app.state().services).await;
            faults.heal();
            for _ in 0..3 {
                tick(&app).await;
            }
            for officer in ["olga", "otto"] {
                assert_eq!(reminders(&app, officer), [REVIEW], "{officer} after {cut} writes");
            }
            app.verify().await;
        }
    }
}
