//! Callers who got no response retry: each request is carried out once and announced once, and the response describes the current state.
//!
//! Every route of the table that creates something is covered automatically: a new one has to take a key, or a reason why it needs none,
//! and a scene.

use crate::{
    keyed_scenes::{KEY, Scene, makers},
    samples::together,
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions},
        between::Between,
        faults::{Fault, Faults},
    },
};
use axum::http::{Method, StatusCode};
use finrust::{crypto::password::Argon2id, http::routes::table};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Routes of signed-in users that take no key, and why.
const WITHOUT: [(&str, &str); 20] = [
    ("/api/session/keep-alive", "says that somebody is there, however often"),
    ("/api/two-factor", "hands a secret out"),
    ("/api/two-factor/confirm", "hands secrets out"),
    ("/api/two-factor/recovery-codes", "hands secrets out"),
    ("/api/two-factor/recovery-codes/seen", "says that something is so, however often"),
    ("/api/two-factor/disable", "takes a password, and is done once: a second time there is none"),
    ("/api/accounts/{id}/disable", "what is so stays so"),
    ("/api/accounts/{id}/enable", "what is so stays so"),
    ("/api/accounts/{id}/unlock", "what is so stays so"),
    ("/api/accounts/{id}/confirm", "what is so stays so"),
    ("/api/clients/search", "makes nothing"),
    ("/api/clients/{id}/report", "makes nothing but an entry of who read"),
    ("/api/clients/{id}/portability", "takes a password"),
    ("/api/clients/{id}/erasure", "takes a password, and is done once"),
    ("/api/imports/{id}/check", "makes nothing"),
    ("/api/imports/{id}/continue", "goes on from where it is"),
    ("/api/organisation/confirm", "what is so stays so"),
    ("/api/hand-overs/{id}/approve", "what is so stays so"),
    ("/api/hand-overs/{id}/withdraw", "what is so stays so"),
    ("/api/hand-overs/{id}/stop", "what is so stays so"),
];

#[test]
fn searches_are_keyed_routes() {
    let makers = makers();
    assert!(SEARCHES.iter().all(|path| makers.iter().any(|route| route.path == *path)), "{makers:?}");
}

/// Keyed routes that create nothing; with another body they find something else.
const SEARCHES: [&str; 2] = ["/api/breaches/{id}/affected", "/api/breaches/{id}/keys"];

#[test]
fn whatever_makes_something_takes_a_key_or_says_why_not() {
    let with_session = ["SignedIn", "Enrolled", "Adviser", "Officer"];
    let routes: Vec<_> = table().into_iter().filter(|route| route.method == "POST" && with_session.contains(&&*route.access)).collect();
    for (path, why) in WITHOUT {
        assert!(routes.iter().any(|route| route.path == path), "{path} ({why}) is no such route");
    }
    for route in routes {
        let says_why = WITHOUT.iter().any(|(path, _)| *path == route.path);
        assert!(route.keyed != says_why, "{} takes no key, and nobody says why", route.path);
    }
}

/// The response is lost and the request retried: at once, on another instance (or on this one after a restart), half a minute later.
async fn after_a_lost_answer(scene: &Scene) -> Vec<Reply> {
    let elsewhere = scene.actor.at(&scene.app.another_instance(Argon2id::default()).await);
    let mut replies = vec![scene.ask(KEY, scene.body.as_ref()).await, scene.ask(KEY, scene.body.as_ref()).await];
    replies.push(scene.ask_as(&elsewhere, KEY, scene.body.as_ref()).await);
    scene.things().await;
    scene.app.clock.advance(SignedDuration::from_secs(30));
    replies.push(scene.ask(KEY, scene.body.as_ref()).await);
    replies
}

/// The user clicks twice, on two instances, and once more half a minute later.
async fn pressed_twice(scene: &Scene) -> Vec<Reply> {
    let elsewhere = scene.actor.at(&scene.app.another_instance(Argon2id::default()).await);
    let actors = [&scene.actor, &elsewhere, &scene.actor];
    let mut replies = together(actors.map(|actor| scene.ask_as(actor, KEY, scene.body.as_ref()))).await;
    scene.things().await;
    scene.app.clock.advance(SignedDuration::from_secs(30));
    replies.push(scene.ask(KEY, scene.body.as_ref()).await);
    replies
}

#[tokio::test]
async fn an_intention_is_carried_out_once() {
    let mut wrong = Vec::new();
    for route in makers() {
        let once = Scene::of(&route.path).await;
        let first = once.ask(KEY, once.body.as_ref()).await;
        assert!(first.status.is_success(), "{first:?}");
        let wanted = once.things().await;
        for is_lost in [true, false] {
            let scene = Scene::of(&route.path).await;
            let replies = if is_lost { after_a_lost_answer(&scene).await } else { pressed_twice(&scene).await };
            let things = scene.things().await;
            if things != wanted {
                wrong.push(format!("{}: {things:?}, not {wanted:?}", route.path));
            }
            if replies.iter().any(|reply| reply.status != first.status) {
                wrong.push(format!("{}: {replies:?}", route.path));
            }
            let is_export = route.path == "/api/exports";
            let id = |reply: &Reply| reply.json()["id"].clone();
            if first.status == StatusCode::CREATED && !is_export && replies.iter().any(|reply| id(reply) != id(&replies[0])) {
                wrong.push(format!("{}: two things are answered: {replies:?}", route.path));
            }
            scene.app.verify().await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs the request, and before its operation number `operation` another request with the same key and this body, on another instance.
/// Returns the state afterwards and both responses; `None` when there is no such operation.
async fn with_a_second_before(ready: &Scene, operation: usize, body: fn(&Scene) -> Option<Value>) -> Option<(Arc<Scene>, Reply, Reply)> {
    let between = Between::default();
    let scene = Arc::new(ready.again(between.options()).await);
    let elsewhere = scene.actor.at(&scene.app.another_instance(Argon2id::default()).await);
    let (second, answered) = (Arc::clone(&scene), Arc::new(Mutex::new(None)));
    let answer = Arc::clone(&answered);
    between.before_operation(operation, async move {
        // A scene that is made again may have ids of its own.
        let reply = second.ask_as(&elsewhere, KEY, body(&second).as_ref()).await;
        *answer.lock().unwrap() = Some(reply);
    });
    let first = scene.ask(KEY, scene.body.as_ref()).await;
    if between.cancel() {
        return None;
    }
    let second = answered.lock().unwrap().take().unwrap();
    Some((scene, first, second))
}

/// Wherever in the first request the second one arrives, on another instance, and is carried out completely: at each database operation.
#[tokio::test]
async fn wherever_the_second_comes_in_between_it_is_carried_out_once() {
    let mut wrong = Vec::new();
    for route in makers() {
        let ready = Scene::of(&route.path).await;
        let once = ready.again(TestOptions::default()).await;
        let status = once.ask(KEY, once.body.as_ref()).await.status;
        let wanted = once.things().await;
        for operation in 0.. {
            let Some((scene, first, second)) = with_a_second_before(&ready, operation, |scene| scene.body.clone()).await else { break };
            let things = scene.things().await;
            if [first.status, second.status] != [status; 2] || things != wanted {
                wrong.push(format!("{} at {operation}: {first:?}, {second:?}, {things:?}, not {wanted:?}", route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Likewise when the second is a different request with the same key: one is carried out and one is refused.
#[tokio::test]
async fn wherever_another_body_comes_in_between_one_of_the_two_is_refused() {
    let mut wrong = Vec::new();
    for route in makers().into_iter().filter(|route| !SEARCHES.contains(&&*route.path)) {
        let ready = Scene::of(&route.path).await;
        for operation in 0.. {
            let other = |scene: &Scene| Some(scene.other.clone());
            let Some((_, first, second)) = with_a_second_before(&ready, operation, other).await else { break };
            let is_refused = |reply: &Reply| reply.status == StatusCode::CONFLICT && reply.code() == "idempotency_key_reused";
            let [one, other] = [&first, &second].map(|reply| (reply.status.is_success(), is_refused(reply)));
            if !matches!((one, other), ((true, _), (_, true)) | ((_, true), (true, _))) {
                wrong.push(format!("{} at {operation}: {first:?}, {second:?}", route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever the database does in between: the response to the first request says what was committed, and the second finds that and
/// completes it.
#[tokio::test]
async fn what_failed_on_its_way_is_done_once_when_it_comes_again() {
    let mut wrong = Vec::new();
    for route in makers() {
        let ready = Scene::of(&route.path).await;
        let once = ready.again(TestOptions::default()).await;
        once.ask(KEY, once.body.as_ref()).await;
        once.app.maintain().await;
        let wanted = once.things().await;
        for (fault, commits) in
            [Fault::Unavailable, Fault::LostAfter, Fault::Gone].into_iter().flat_map(|fault| (0..4).map(move |commits| (fault, commits)))
        {
            let faults = Faults::default();
            let scene = ready.again(faults.options()).await;
            faults.forget();
            faults.after(commits, fault);
            let first = scene.ask(KEY, scene.body.as_ref()).await;
            if faults.forget() <= commits {
                continue;
            }
            if matches!(fault, Fault::Gone) && commits > 0 && !first.status.is_success() && first.json()["done"].is_null() {
                wrong.push(format!("{} after {commits}: it is not told what has come of it: {first:?}", route.path));
            }
            scene.app.clock.advance(SignedDuration::from_secs(30));
            let again = scene.ask(KEY, scene.body.as_ref()).await;
            scene.app.maintain().await;
            let things = scene.things().await;
            if !again.status.is_success() || things != wanted {
                wrong.push(format!("{} after {commits}, {fault:?}: {first:?}, {again:?}, {things:?}, not {wanted:?}", route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn of_two_bodies_at_once_with_one_key_one_is_refused() {
    let mut wrong = Vec::new();
    for route in makers().into_iter().filter(|route| !SEARCHES.contains(&&*route.path)) {
        let once = Scene::of(&route.path).await;
        once.ask(KEY, once.body.as_ref()).await;
        let wanted = once.things().await;
        let scene = Scene::of(&route.path).await;
        let elsewhere = scene.actor.at(&scene.app.another_instance(Argon2id::default()).await);
        let bodies = [(&scene.actor, scene.body.clone()), (&elsewhere, Some(scene.other.clone()))];
        let replies = together(bodies.iter().map(|(actor, body)| scene.ask_as(actor, KEY, body.as_ref()))).await;
        let things = scene.things().await;
        let (done, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status.is_success());
        let is_refused = |reply: &&Reply| reply.status == StatusCode::CONFLICT && reply.code() == "idempotency_key_reused";
        if done.len() != 1 || !refused.iter().all(is_refused) || things != wanted {
            wrong.push(format!("{}: {replies:?}, {things:?}, not {wanted:?}", route.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// For everything created with a key that can be deleted by its id.
#[tokio::test]
async fn what_was_taken_away_is_not_brought_back() {
    let deletes: Vec<_> = table().into_iter().filter(|route| route.method == "DELETE").map(|route| route.path).collect();
    let makers: Vec<_> = makers().into_iter().filter(|route| deletes.contains(&format!("{}/{{id}}", route.path))).collect();
    assert!(makers.len() >= 3, "{makers:?}");
    for route in makers {
        let scene = Scene::of(&route.path).await;
        let made = scene.ask(KEY, scene.body.as_ref()).await.expect(StatusCode::CREATED);
        let path = format!("{}/{}", route.path, made.json()["id"].as_str().unwrap());
        let version = made.header("etag").unwrap_or("\"none\"");
        scene.actor.request(Method::DELETE, &path).header("if-match", version).send().await.expect(StatusCode::NO_CONTENT);
        let things = scene.things().await;
        let elsewhere = scene.actor.at(&scene.app.another_instance(Argon2id::default()).await);
        for (actor, body) in [(&scene.actor, scene.body.as_ref()), (&elsewhere, scene.body.as_ref()), (&scene.actor, Some(&scene.other))] {
            scene.ask_as(actor, KEY, body).await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
            assert_eq!(scene.things().await, things, "{}", route.path);
        }
        // A caller who wants it again has to say so, with another key.
        scene.ask(&Uuid::from_u128(1).to_string(), scene.body.as_ref()).await.expect(StatusCode::CREATED);
        scene.app.verify().await;
    }
}

/// A limit counts each request once, however often it arrives and whatever else arrives with its key.
#[tokio::test]
async fn a_request_that_comes_twice_counts_once() {
    for (template, most) in [("/api/breaches", 10), ("/api/exports", 5), ("/api/imports", 5)] {
        let scene = Scene::of(template).await;
        let ask = async |number: u128, body: Option<&Value>| scene.ask(&Uuid::from_u128(number).to_string(), body).await;
        for number in 0..most {
            let bodies = [scene.body.as_ref(), scene.body.as_ref(), Some(&scene.other)];
            let replies = together(bodies.map(|body| ask(number, body))).await;
            let done = replies.iter().filter(|reply| reply.status.is_success()).count();
            let reused =
                replies.iter().filter(|reply| reply.status == StatusCode::CONFLICT && reply.code() == "idempotency_key_reused").count();
            assert!(done > 0 && done + reused == replies.len(), "{template} {number}: {replies:?}");
        }
        let one_more = ask(most, scene.body.as_ref()).await;
        assert!(one_more.status.is_client_error(), "{template}: {one_more:?}");
        let again = together([ask(0, scene.body.as_ref()), ask(0, Some(&scene.other))]).await;
        assert_eq!(again.iter().filter(|reply| reply.status.is_success()).count(), 1, "{template}: {again:?}");
    }
}

#[tokio::test]
async fn a_key_is_good_for_one_body_and_a_refusal_uses_none_up() {
    for route in makers() {
        let scene = Scene::of(&route.path).await;
        let refused = scene.ask(KEY, Some(&json!({"unknown": 1}))).await;
        assert!(refused.status.is_client_error(), "{refused:?}");
        let first = scene.ask(KEY, scene.body.as_ref()).await;
        assert!(first.status.is_success(), "{first:?}");
        if !SEARCHES.contains(&&*route.path) {
            scene.ask(KEY, Some(&scene.other)).await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
        }
        let again = scene.ask(KEY, scene.body.as_ref()).await;
        assert_eq!(again.status, first.status, "{again:?}");
        for key in ["", "x", &KEY.replace('-', "")] {
            let reply = scene.ask(key, scene.body.as_ref()).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
            assert_eq!(reply.json()["errors"], json!([{"pointer": "/Idempotency-Key", "code": "invalid_format"}]), "{key}");
        }
    }
}

/// A key that another account has used works like a new one, with the same result.
#[tokio::test]
async fn a_key_of_somebody_else_is_another_one() {
    let mut wrong = Vec::new();
    for route in makers() {
        let ask = async |key: &str| {
            let scene = Scene::of(&route.path).await;
            let other = if route.access == "Officer" { scene.app.officer("other").await } else { scene.app.adviser("other").await };
            let first = scene.ask(KEY, scene.body.as_ref()).await;
            assert!(first.status.is_success(), "{first:?}");
            let reply = scene.ask_as(&other, key, scene.body.as_ref()).await;
            let is_the_first = reply.status == StatusCode::CREATED && reply.json()["id"] == first.json()["id"];
            let things = scene.things().await;
            scene.app.verify().await;
            (reply.status, reply.status.is_client_error().then(|| reply.code().clone()), is_the_first, things)
        };
        let (own, theirs) = (Box::pin(ask(&Uuid::from_u128(1).to_string())).await, Box::pin(ask(KEY)).await);
        if own != theirs {
            wrong.push(format!("{}: {theirs:?}, not {own:?}", route.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reports of suspicions: by two users with one key, and by one of them on two routes.
#[tokio::test]
async fn a_key_is_of_one_account_and_one_route() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    let body = json!({"what": "Een vreemde mail", "noticed_at": "2026-11-23T08:30:00Z"});
    let report = async |actor: &Actor| {
        let request = actor.request(Method::POST, "/api/breaches").header("idempotency-key", KEY).json(body.clone());
        request.send().await.expect(StatusCode::CREATED).json()["id"].clone()
    };
    let (by_anna, by_olga) = (report(&anna).await, report(&olga).await);
    assert_ne!(by_anna, by_olga);
    let note = json!({"step": "annotated", "note": "Gebeld"});
    for breach in [by_anna, by_olga] {
        let path = format!("/api/breaches/{}/steps", breach.as_str().unwrap());
        let request = olga.request(Method::POST, &path).header("idempotency-key", KEY).json(note.clone());
        let steps = request.send().await.expect(StatusCode::OK).json()["steps"].as_array().unwrap().len();
        assert!(steps >= 2, "each breach has a note of its own");
    }
}

/// The step is no longer due, and the version that the retry names has changed: it is answered all the same.
#[tokio::test]
async fn a_repeat_is_answered_with_what_has_become_of_it() {
    let scene = Scene::of("/api/processors/{id}/publish").await;
    let published = scene.ask(KEY, None).await.expect(StatusCode::OK);
    let path = scene.path.trim_end_matches("/publish");
    let end = scene.actor.request(Method::POST, &format!("{path}/end")).header("if-match", published.header("etag").unwrap());
    end.json(json!({"on": "2026-11-23", "reason": "Niet meer nodig"})).send().await.expect(StatusCode::OK);
    assert_eq!(scene.ask(KEY, None).await.expect(StatusCode::OK).json()["stage"], "ended");
}

/// A client's clock may be two minutes ahead; a repeat is compared as it was sent.
#[tokio::test]
async fn a_moment_a_little_ahead_is_now() {
    let scene = Scene::of("/api/breaches").await;
    let report = async |key: &str, at: &str| scene.ask(key, Some(&json!({"what": "Iets", "noticed_at": at}))).await;
    report(KEY, "2026-11-23T09:02:00Z").await.expect(StatusCode::CREATED);
    let late = report("8e03978e-40d5-43e8-bc93-6894a57f9325", "2026-11-23T09:02:01Z").await;
    late.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    scene.app.clock.advance(SignedDuration::from_secs(30));
    report(KEY, "2026-11-23T09:02:00Z").await.expect(StatusCode::CREATED);
    let olga = scene.app.officer("otto").await;
    let items = olga.get("/api/breaches").await.expect(StatusCode::OK).json();
    assert_eq!(items["items"].as_array().unwrap().len(), 1);
    assert_eq!(items["items"][0]["suspicion"]["noticed_at"], "2026-11-23T09:00:00Z");
}
