//! The 72 hours: each reminder goes to each officer once, whether the process restarts, runs twice or its clock is set back, and nothing
//! moves the start.

use crate::{
    breach_steps::{facts, named_step, step, suspect, took, write},
    samples::together,
    support::{
        actor::Actor,
        app::{TestApp, address},
        faults::{Fault, Faults},
    },
};
use axum::http::StatusCode;
use finrust::{
    crypto::{envelope::Part, password::Argon2id},
    domain::{chain_check::ChainFlaw, ids::RecordId, organisation::duties::CLOCK_REMINDERS},
    flows::{
        breaches,
        verify::{
            report::{Defect, DocumentKind},
            run::run,
        },
    },
    http::state::AppState,
    ports::{Body, Draft, Operation},
    store::records::repository::{RecordLocation, record_document},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The hours named in an officer's reminders, in order of arrival.
fn reminders(app: &TestApp, officer: &str) -> Vec<String> {
    let mails = app.mails();
    let own = mails.iter().filter(|mail| mail.to == address(officer));
    let hours = |subject: &str| match subject.strip_prefix("Datalek: ")?.split_once(' ')? {
        ("de", "termijn van 72 uur is voorbij") => Some("72".to_owned()),
        (hours, _) => Some(hours.to_owned()),
    };
    own.filter_map(|mail| hours(&mail.subject)).collect()
}

/// One tick of the timer. Returns the number of mails it leaves.
async fn tick(app: &TestApp) -> usize {
    let claimed = app.maintain().await.reminders;
    app.run_jobs().await;
    claimed
}

async fn aware(app: &TestApp, officer: &Actor) -> String {
    app.clock.set("2026-11-23T09:00:00Z");
    officer.sign_in().await;
    app.clock.advance(SignedDuration::from_mins(5));
    let path = suspect(officer, "Er was iemand binnen").await;
    took(officer, &path, named_step("became_aware")).await;
    path
}

#[tokio::test]
async fn each_officer_is_reminded_once_at_each_hour_however_often_the_timer_runs() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    app.officer("otto").await;
    app.adviser("anna").await;
    let _ = aware(&app, &olga).await;
    let times = [
        ("2026-11-24T08:59:59Z", vec![]),
        ("2026-11-24T09:00:00Z", vec!["24"]),
        ("2026-11-25T08:59:59Z", vec!["24"]),
        ("2026-11-25T09:00:00Z", vec!["24", "48"]),
        ("2026-11-26T03:00:00Z", vec!["24", "48", "66"]),
        ("2026-11-26T09:00:00Z", vec!["24", "48", "66", "72"]),
        ("2026-12-26T09:00:00Z", vec!["24", "48", "66", "72"]),
    ];
    for (now, expected) in times {
        app.clock.set(now);
        for _ in 0..3 {
            tick(&app).await;
        }
        for officer in ["olga", "otto"] {
            assert_eq!(reminders(&app, officer), expected, "{officer} at {now}");
        }
        assert!(reminders(&app, "anna").is_empty());
    }
    app.verify().await;
}

#[tokio::test]
async fn timers_of_two_instances_and_a_clock_that_is_set_back_remind_nobody_twice() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let path = aware(&app, &olga).await;
    let other = app.another_state(Argon2id::default()).await;
    app.clock.set("2026-11-25T10:00:00Z");
    let round = |state: AppState| Box::pin(async move { breaches::notices::round(&state.services).await.unwrap() });
    let claimed = together([round(app.state().clone()), round(other.clone()), round(app.state().clone())]).await;
    assert_eq!(claimed.iter().sum::<usize>(), 2, "the two that are due, each by one of the three");
    app.run_jobs().await;
    assert_eq!(reminders(&app, "olga"), ["24", "48"]);
    for now in ["2026-11-23T09:00:00Z", "2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z"] {
        app.clock.set(now);
        assert_eq!(tick(&app).await, 0);
        assert_eq!(round(other.clone()).await, 0, "after a restart too");
    }
    app.run_jobs().await;
    assert_eq!(reminders(&app, "olga"), ["24", "48"]);
    olga.sign_in().await;
    let record = olga.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!(record["record"]["reminded"], json!([24, 48]));
    assert_eq!(record["record"]["waiting"], json!([]));
    let findings: Vec<_> = app.report().await.findings.iter().map(|finding| finding.what).collect();
    assert_eq!(findings, [Defect::Chain(ChainFlaw::TimeAhead)], "nothing but that the clock was set back");
}

/// Each of the four writes of a round fails once, as if the process had been killed there.
#[tokio::test]
async fn a_round_that_is_cut_off_anywhere_is_gone_on_with_and_reminds_nobody_twice() {
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        let faults = Faults::default();
        let app = TestApp::start_with(faults.options()).await;
        let olga = app.officer("olga").await;
        app.officer("otto").await;
        let _ = aware(&app, &olga).await;
        app.run_jobs().await;
        let mut expected = Vec::new();
        for (cut, hours) in CLOCK_REMINDERS.iter().copied().enumerate() {
            app.clock.set("2026-11-23T09:00:00Z");
            app.clock.advance(SignedDuration::from_hours(hours.into()));
            faults.after(cut, fault);
            let _ = breaches::notices::round(&app.state().services).await;
            faults.heal();
            app.run_jobs().await;
            tick(&app).await;
            tick(&app).await;
            expected.push(hours.to_string());
            for officer in ["olga", "otto"] {
                assert_eq!(reminders(&app, officer), expected, "{officer}, {fault:?} at write {cut}");
            }
        }
        app.verify().await;
    }
}

#[tokio::test]
async fn the_clock_stops_when_the_authority_is_told_or_need_not_be() {
    for (decision, reminded) in [("reported", vec!["24"]), ("not_reported", vec!["24"])] {
        let app = TestApp::start().await;
        let olga = app.officer("olga").await;
        let path = aware(&app, &olga).await;
        app.clock.set("2026-11-24T09:00:00Z");
        tick(&app).await;
        olga.sign_in().await;
        for name in ["assessed", decision] {
            took(&olga, &path, named_step(name)).await;
        }
        assert_eq!(olga.get(&path).await.json()["report_due_at"], Value::Null);
        app.clock.set("2026-11-30T09:00:00Z");
        tick(&app).await;
        assert_eq!(reminders(&app, "olga"), reminded, "{decision}");
    }
}

#[tokio::test]
async fn a_suspicion_is_mailed_to_the_officers_without_a_word_of_it() {
    let app = TestApp::start().await;
    let (anna, _olga) = (app.adviser("anna").await, app.officer("olga").await);
    app.clear_mails();
    suspect(&anna, "kanarievogel gezien").await;
    app.run_jobs().await;
    tick(&app).await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [address("olga")]);
    assert!(!mails[0].raw.contains("kanarievogel"));
    app.verify().await;
}

#[tokio::test]
async fn no_call_moves_the_moment_of_awareness() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let path = aware(&app, &olga).await;
    let start = olga.get(&path).await.json()["record"]["aware"].clone();
    let unmoved = async |what: &str| {
        let record = olga.get(&path).await.expect(StatusCode::OK).json()["record"].clone();
        assert_eq!(record["aware"], start, "{what}");
    };
    let again = json!({"step": "became_aware", "at": "2026-11-23T09:04:00Z"});
    let moved = json!({"timeline": {"aware_at": "2026-11-23T09:04:00Z"}, "aware": {"at": "2026-11-23T09:04:00Z"}});
    for name in ["annotated", "assessed", "reported", "people_told", "authority_told", "closed", "reopened"] {
        took(&olga, &path, named_step(name)).await;
        step(&olga, &path, again.clone()).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
        write(&olga, &path, moved.clone()).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        unmoved(name).await;
    }
    write(&olga, &path, facts()).await.expect(StatusCode::OK);
    unmoved("facts").await;
}

/// An attacker with the keys rewrites the time of awareness as if it had always been so.
#[tokio::test]
async fn a_moment_of_awareness_that_is_edited_in_the_store_is_named_by_verify() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let path = aware(&app, &olga).await;
    app.verify().await;
    let id = RecordId::parse(path.rsplit('/').next().unwrap()).unwrap();
    let (shelf, document, sealing): (RecordLocation, _, _) =
        (breaches::register::location(), record_document(id), &app.state().services.sealing);
    let documents = app.documents();
    let stored = documents.read(shelf.container, &shelf.partition, &document).await.unwrap().unwrap();
    let plaintext = sealing.open(shelf.scope, shelf.place(&document, Part::Body), &stored.body).await.unwrap();
    let text = std::str::from_utf8(&plaintext).unwrap();
    let edited = text.replace("\"at\":\"2026-11-23T09:00:00Z\"", "\"at\":\"2026-11-23T10:00:00Z\"");
    assert_ne!(edited, text, "the moment is in the record");
    let body = sealing.seal(shelf.scope, shelf.place(&document, Part::Body), edited.as_bytes()).await.unwrap();
    let draft = Draft { id: document.clone(), write_id: stored.write_id, summary: None, body: Body::Sealed(body), ttl: None };
    let replace = Operation::Replace { draft, if_match: stored.etag };
    documents.commit(shelf.container, &shelf.partition, vec![replace]).await.unwrap();
    let services = &app.state().services;
    let report = run(&*documents, sealing, &services.identities, &*services.erasures, &*app.clock, |_| {}).await.unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.kind, finding.what)).collect();
    assert!(found.contains(&(DocumentKind::Record, Defect::RecordChanged)), "{found:?}");
}
