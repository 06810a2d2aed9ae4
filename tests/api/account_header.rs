//! `FinRust-Account`: on every route, a screen of one account does nothing in the session of another.

use crate::{
    bad_input::Office,
    samples::contents,
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode};
use finrust::http::routes::{Route, table};
use serde_json::json;

const NAME: &str = "finrust-account";
const UNKNOWN: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

/// The id of the account that is signed in.
async fn account(actor: &Actor) -> String {
    actor.get("/api/session").await.expect(StatusCode::OK).json()["account"].as_str().expect("an id").to_owned()
}

async fn ask(actor: &Actor, route: &Route, lines: &[&str]) -> Reply {
    let path = route.path.replace("{id}", UNKNOWN).replace("{part}", "0");
    let request = actor.request(route.method.parse().unwrap(), &path);
    let request = if route.method == "GET" { request } else { request.raw_body("[", "text/plain") };
    lines.iter().fold(request, |request, line| request.header(NAME, line)).send().await
}

fn with_session() -> impl Iterator<Item = Route> {
    let rules = ["Choosing", "SignedIn", "Enrolled", "Adviser", "Officer"];
    table()
        .into_iter()
        .filter(move |route| rules.contains(&route.access.as_str()) && (route.method, &*route.path) != ("GET", "/api/session"))
}

#[tokio::test]
async fn nothing_happens_from_a_screen_of_another_account() {
    let office = Office::open().await;
    let other = account(&office.app.adviser("bert").await).await;
    let before = contents(&office.app);
    for route in with_session() {
        let actor = office.who_may(&route);
        let own = account(actor).await;
        for lines in [&[other.as_str()][..], &[""], &["x"], &[&own, &own], &[&format!("{own},{own}")], &[&own, &other], &[&own[..42]]] {
            ask(actor, &route, lines).await.expect_problem(StatusCode::CONFLICT, "other_account");
        }
        let reply = ask(actor, &route, &[&own]).await;
        assert_ne!(reply.body, ask(actor, &route, &[&other]).await.body, "{reply:?}");
    }
    assert_eq!(contents(&office.app), before);
}

#[tokio::test]
async fn it_is_judged_after_the_session_and_before_the_role() {
    let office = Office::open().await;
    let other = account(&office.app.adviser("bert").await).await;
    for route in with_session() {
        ask(&office.app.anonymous(), &route, &[&other]).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
        let wrong_role = if route.access == "Officer" { &office.adviser } else { office.who_may(&route) };
        ask(wrong_role, &route, &[&other]).await.expect_problem(StatusCode::CONFLICT, "other_account");
    }
}

#[tokio::test]
async fn public_routes_and_steps_of_signing_in_do_not_look_at_it() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let with = |method, path: &'static str| anna.request(method, path).header(NAME, "another");
    with(Method::GET, "/api/session").send().await.expect(StatusCode::OK);
    with(Method::GET, "/api/health").send().await.expect(StatusCode::OK);
    with(Method::GET, "/api/openapi.json").send().await.expect(StatusCode::OK);
    let login = json!({"username": "anna", "password": anna.password});
    with(Method::POST, "/api/login").json(login).send().await.expect(StatusCode::OK);
    with(Method::POST, "/api/password-reset").json(json!({"username": "anna"})).send().await.expect(StatusCode::ACCEPTED);
    let half = app.half_signed_in("hans").await;
    let step = half.request(Method::POST, "/api/login/two-factor").header(NAME, "another").json(json!({"code": half.code()}));
    step.send().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_session_is_not_ended_from_a_screen_of_another_account() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let (own, other) = (account(&anna).await, account(&bert).await);
    let out = |name: &str| anna.request(Method::POST, "/api/logout").header(NAME, name);
    for name in [&other, "", "x"] {
        let reply = out(name).send().await.expect_problem(StatusCode::CONFLICT, "other_account");
        assert!(reply.set_cookie("__Host-finrust").is_none(), "{reply:?}");
        assert!(anna.is_signed_in().await);
    }
    let cookie = anna.cookie("__Host-finrust").unwrap();
    out(&own).send().await.expect(StatusCode::NO_CONTENT);
    // The session has ended, so there is nothing left that could belong to another account.
    anna.set_cookie("__Host-finrust", &cookie);
    out(&other).send().await.expect(StatusCode::NO_CONTENT);
    app.anonymous().request(Method::POST, "/api/logout").header(NAME, &other).send().await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn typing_keeps_a_session_alive() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for _ in 0..4 {
        app.clock.advance(jiff::SignedDuration::from_mins(20));
        anna.post("/api/session/keep-alive", None).await.expect(StatusCode::NO_CONTENT);
    }
    app.clock.advance(jiff::SignedDuration::from_mins(31));
    anna.post("/api/session/keep-alive", None).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
}

#[tokio::test]
async fn every_answer_tells_the_time_of_the_server() {
    let app = TestApp::start().await;
    for path in ["/api/health", "/api/session", "/api/nothing", "/api/openapi.json"] {
        assert_eq!(app.anonymous().get(path).await.header("date"), Some("Mon, 23 Nov 2026 09:00:00 GMT"), "{path}");
    }
}
