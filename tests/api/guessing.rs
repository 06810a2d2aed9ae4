//! What strangers can find out, fill up and block without signing in. Prints figures.

use crate::{
    samples::contents,
    support::{
        actor::Actor,
        app::{PASSWORD, TestApp, TestOptions, address},
        register::{account_id, count, count_unknown, outcomes},
    },
};
use axum::http::StatusCode;
use finrust::{
    crypto::password::Argon2id,
    domain::sign_in::{attempt::Outcome, credentials::Role},
    flows::{limits::LimitSettings, sign_in::hash_pool::Acquaintance},
};
use jiff::SignedDuration;
use serde_json::json;
use std::{
    net::{IpAddr, Ipv4Addr},
    num::{NonZeroU32, NonZeroUsize},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, task::JoinSet};

const WRONG: &str = "geraden wachtwoord";

/// A stranger at one of many addresses.
fn stranger(app: &TestApp, number: u32) -> Actor {
    let mut stranger = app.anonymous();
    stranger.ip = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number));
    stranger
}

/// So many wrong passwords at once, from so many addresses. Returns how often each status occurred.
async fn hammer(app: &TestApp, tries: u32, addresses: u32, username: impl Fn(u32) -> String) -> Vec<StatusCode> {
    let mut tasks = JoinSet::new();
    for number in 0..tries {
        let (guesser, username) = (stranger(app, number % addresses), username(number));
        tasks.spawn(async move { guesser.log_in_as(&username, WRONG).await.status });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn made_up_names_fill_nothing() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let (before, begun, tries) = (contents(&app).len(), Instant::now(), 3000);
    let statuses = hammer(&app, tries, 1000, |number| format!("verzonnen-{number}")).await;
    let (took, written) = (begun.elapsed(), contents(&app).len() - before);
    let mut recorded = 0;
    for outcome in [Outcome::UnknownUser, Outcome::Throttled, Outcome::Overloaded] {
        recorded += count_unknown(&app, outcome).await;
    }
    let ticks = took.as_millis() / 125 + 2;
    println!("documents written by {tries} made-up names in {took:?}: {written}, of which each tick at most 3; recorded: {recorded}");
    assert_eq!((recorded, statuses.len()), (tries, 3000));
    assert!(written as u128 <= 3 * ticks + 1, "{written} documents in {ticks} ticks");
    app.verify().await;
}

#[tokio::test]
async fn one_address_closes_nothing_for_others() {
    let app = TestApp::start_with(TestOptions {
        limits: Some(LimitSettings {
            strangers_per_second: NonZeroU32::new(20).unwrap(),
            address_burst: NonZeroU32::new(10).unwrap(),
            ..LimitSettings::default()
        }),
        ..TestOptions::default()
    })
    .await;
    let (anna, _) = (app.adviser("anna").await, app.adviser("bert").await);
    for somebody in [false, true] {
        app.clock.advance(SignedDuration::from_secs(10));
        hammer(&app, 60, 1, |number| if somebody { "bert".to_owned() } else { format!("naam-{number}") }).await;
        anna.clone_as_new_browser().log_in().await.expect(StatusCode::OK);
    }
}

/// How many of the owner's sign-ins succeeded out of so many: in a known browser, in an unknown one, and there with a one-time password.
async fn owner_during_an_attack(addresses: u32) -> [usize; 3] {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    let code = app.last_mail_to(&address("anna")).one_time_password();
    let elsewhere = stranger(&app, 0x00ff_0001);
    let mut in_time = [0; 3];
    for _ in 0..5 {
        let attack = hammer(&app, 250, addresses, |_| "anna".to_owned());
        let owner = async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            let known = anna.log_in().await.status;
            let unknown = elsewhere.log_in_as("anna", PASSWORD).await.status;
            elsewhere.drop_cookie("__Host-finrust-device");
            [known, unknown, elsewhere.log_in_as("anna", &code).await.status]
        };
        let (_, answers) = tokio::join!(attack, owner);
        for (sum, answer) in in_time.iter_mut().zip(answers) {
            *sum += usize::from(answer == StatusCode::OK);
        }
        app.clock.advance(SignedDuration::from_secs(1));
    }
    in_time
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_owner_gets_in_during_an_attack() {
    for addresses in [1, 1000] {
        let [known, unknown, one_time] = owner_during_an_attack(addresses).await;
        println!(
            "owner's sign-ins of 5 during an attack from {addresses} address(es): known browser {known}, unknown browser {unknown}, \
             unknown browser with the one-time password from the mail {one_time}"
        );
        assert_eq!((known, one_time), (5, 5), "{addresses}");
    }
}

#[tokio::test]
async fn strangers_keep_nobody_from_the_second_step() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    hammer(&app, 20, 20, |_| "anna".to_owned()).await;
    app.anonymous().log_in_as("anna", PASSWORD).await.expect(StatusCode::TOO_MANY_REQUESTS);
    half.post("/api/login/two-factor", json!({ "code": half.code() })).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn names_that_nobody_has_wait_alike_at_every_instance() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let elsewhere = app.another_instance(Argon2id::default()).await;
    for username in ["anna", "nobody"] {
        let (here, there) = (app.anonymous(), app.anonymous().at(&elsewhere));
        for guesser in [&here, &there, &here, &there, &here] {
            guesser.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
        }
        for guesser in [&there, &here] {
            let reply = guesser.log_in_as(username, WRONG).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
            assert_eq!(reply.retry_after(), 1, "{username}");
        }
    }
    assert_eq!((outcomes(&app, "nobody").await.len(), count(&app, "anna", Outcome::WrongPassword).await), (0, 5));
    app.verify().await;
}

/// Timing is noise, so hashes are counted: one is computed for any input at any username, and none for a request that is refused earlier.
#[tokio::test]
async fn the_same_hashes_are_made_whoever_has_an_account() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    app.adviser("anna").await;
    app.adviser("dirk").await;
    app.invited("iris", Role::Adviser).await;
    let disable = format!("/api/accounts/{}/disable", account_id(&olga, "dirk").await);
    olga.post(&disable, None).await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    let mut hashed = app.state().services.pool.hashed();
    let mut newly = |app: &TestApp| {
        let now = app.state().services.pool.hashed();
        now - std::mem::replace(&mut hashed, now)
    };
    let names = ["anna", "dirk", "iris", "nobody", "no one", "\u{202e}"];
    for (number, typed) in [WRONG, "ABCD-EFGH-JKMN-PQRS", &"x".repeat(1000)].into_iter().enumerate() {
        for username in names {
            let guesser = stranger(&app, u32::try_from(number).unwrap());
            guesser.log_in_as(username, typed).await.expect(StatusCode::UNAUTHORIZED);
            assert_eq!(newly(&app), 1, "{typed:.20} at {username}");
        }
    }
    for username in names {
        let guesser = stranger(&app, 9);
        guesser.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
        guesser.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
        assert_eq!(newly(&app), 2, "{username}");
        guesser.log_in_as(username, WRONG).await.expect(StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(newly(&app), 0, "{username} waits");
    }
    for username in names {
        app.anonymous().post("/api/password-reset", json!({ "username": username })).await.expect(StatusCode::ACCEPTED);
        app.run_jobs().await;
        assert_eq!(newly(&app), 0, "{username}");
    }
}

/// The standard score of the rank sum of `one` among both samples (Mann and Whitney).
fn rank_test(one: &[Duration], other: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> = one.iter().map(|it| (*it, true)).chain(other.iter().map(|it| (*it, false))).collect();
    all.sort();
    let sum: u32 = (1_u32..).zip(&all).filter(|(_, (_, is_one))| *is_one).map(|(rank, _)| rank).sum();
    let (n, m) = (f64::from(u32::try_from(one.len()).unwrap()), f64::from(u32::try_from(other.len()).unwrap()));
    (f64::from(sum) - n * (n + m + 1.0) / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

async fn time(guesser: &Actor, username: &str) -> Duration {
    let begun = Instant::now();
    guesser.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
    begun.elapsed()
}

/// How far the response times for an existing username, without and with a reset in between, differ from those for one that does not exist.
async fn told_by_time() -> [f64; 2] {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let (mut known, mut unknown, mut during_resets) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..24_u64 {
        app.clock.advance(SignedDuration::from_mins(16));
        let guesser = stranger(&app, u32::try_from(number).unwrap());
        tokio::time::sleep(Duration::from_millis(number * 37 % 125)).await;
        unknown.push(time(&guesser, "nobody").await);
        tokio::time::sleep(Duration::from_millis(number * 37 % 125)).await;
        known.push(time(&guesser, "anna").await);
        app.clock.advance(SignedDuration::from_mins(16));
        tokio::time::sleep(Duration::from_millis(number * 37 % 125)).await;
        app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await;
        let (took, ()) = tokio::join!(time(&guesser, "anna"), async { _ = app.run_one_job().await });
        during_resets.push(took);
        app.run_jobs().await;
    }
    let (z, with_resets) = (rank_test(&known, &unknown), rank_test(&during_resets, &unknown));
    let mean = |times: &[Duration]| times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap();
    println!(
        "time to tell a name: known {:?}, unknown {:?}, z = {z:.2}; with a reset in the middle {:?}, z = {with_resets:.2}",
        mean(&known),
        mean(&unknown),
        mean(&during_resets)
    );
    [z, with_resets]
}

/// A real timing leak shows again, with the same sign; effects of load or chance do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_does_not_tell_who_has_an_account() {
    let first = told_by_time().await;
    if first.iter().all(|z| z.abs() < 4.0) {
        return;
    }
    let again = told_by_time().await;
    let tells = |(one, other): (f64, f64)| one.abs().min(other.abs()) >= 4.0 && one.signum() == other.signum();
    assert!(!first.into_iter().zip(again).any(tells), "{first:?} {again:?}");
}

/// Keeps the hash pool of an instance busy until the returned value is dropped.
async fn keep_busy(app: &TestApp) -> Vec<mpsc::Sender<()>> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut kept = Vec::new();
    for _ in 0..cores {
        let ((free, wait), (begin, begun)) = (mpsc::channel::<()>(), oneshot::channel());
        let services = Arc::clone(&app.state().services);
        tokio::spawn(async move {
            let hashing = services.pool.run(Acquaintance::Known, move |_| {
                let _ = begin.send(());
                wait.recv()
            });
            hashing.await.is_ok()
        });
        begun.await.unwrap();
        kept.push(free);
    }
    kept
}

/// A flood of sign-ins makes hashing slow for everyone, longer than the minimum response time. A response then leaves at the second tick
/// after the hash, never within one tick of it, whether or not the username exists. However busy the machine is, that only takes longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_does_not_tell_either_while_hashing_is_slow() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    let ticks = &app.state().services.attempt_log.ticks;
    let mut least = [Duration::MAX; 2];
    for number in 0..40 {
        // A username that inherently takes longer would do so however often it is measured.
        if number >= 5 && least[0].abs_diff(least[1]) < Duration::from_millis(60) {
            break;
        }
        app.clock.advance(SignedDuration::from_mins(16));
        for (username, least) in ["nobody", "anna"].into_iter().zip(&mut least) {
            let (busy, guesser) = (keep_busy(&app).await, stranger(&app, number));
            let answer = tokio::spawn(async move {
                guesser.log_in_as(username, WRONG).await.expect(StatusCode::UNAUTHORIZED);
                Instant::now()
            });
            tokio::time::sleep(Duration::from_millis(400)).await;
            ticks.next().await;
            tokio::time::sleep(Duration::from_millis(40)).await;
            assert!(!answer.is_finished(), "{username} was answered before anything was hashed");
            let freed = Instant::now();
            drop(busy);
            *least = (*least).min(answer.await.unwrap() - freed);
        }
    }
    let [unknown, known] = least;
    println!("time from the hashing to the answer: known {known:?}, unknown {unknown:?}");
    assert!(known > Duration::from_millis(125) && unknown > Duration::from_millis(125), "{known:?} {unknown:?}");
    assert!(known.abs_diff(unknown) < Duration::from_millis(60), "{known:?} {unknown:?}");
}

#[tokio::test]
async fn suspicions_are_limited_and_their_mails_collected() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    app.run_jobs().await;
    app.clear_mails();
    let report = json!({ "what": "Een vreemde mail", "noticed_at": "2026-11-23T08:00:00Z" });
    let mut taken = 0;
    for _ in 0..40 {
        let reply = anna.post("/api/breaches", report.clone()).await;
        if reply.status == StatusCode::CREATED {
            taken += 1;
        } else {
            assert!(reply.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts").retry_after() > 3600);
        }
    }
    app.run_jobs().await;
    let at_once = app.mails().len();
    app.clock.advance(SignedDuration::from_hours(1));
    app.run_jobs().await;
    app.maintain().await;
    app.run_jobs().await;
    println!("of 40 reports of a suspicion {taken} were taken; mails to an officer: {at_once} at once, {} in all", app.mails().len());
    assert_eq!((taken, at_once, app.mails().len()), (10, 1, 2));
    assert!(app.mails().iter().all(|mail| mail.to == address("olga")));
    olga.sign_in().await;
    app.clock.advance(SignedDuration::from_hours(24));
    anna.sign_in().await;
    anna.post("/api/breaches", report).await.expect(StatusCode::CREATED);
    app.verify().await;
}
