//! What anyone may see: health, and the pages that need no front end.

use crate::support::{
    app::{PUBLIC_URL, TestApp},
    faults::Faults,
};
use axum::http::{Method, StatusCode};
use finrust::{
    http::{readiness::Stage, routes::table},
    ports::{Clock, ReadError},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn health_is_the_database_answering() {
    let faults = Faults::default();
    let app = TestApp::start_with(faults.options()).await;
    let anyone = app.anonymous();
    assert_eq!(anyone.get("/api/health").await.expect(StatusCode::OK).json(), json!({"status": "ok"}));
    for error in [ReadError::Unavailable, ReadError::Busy { retry_after: Duration::from_secs(3) }] {
        faults.reads(error);
        anyone.get("/api/health").await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        faults.heal();
    }
    anyone.get("/api/health").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn health_waits_for_keys_and_everything_waits_for_keys_that_are_gone() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let readiness = app.state().readiness.clone();
    readiness.set(Stage::NotYet);
    anyone.get("/api/health").await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    anyone.get("/api/session").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    readiness.set(Stage::KeysMissing);
    for route in table().iter().filter(|route| route.access != "Job" && route.path.starts_with("/api/")) {
        let path = route.path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962").replace("{part}", "0");
        let reply = anyone.request(route.method.parse().unwrap(), &path).send().await;
        reply.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    }
    anyone.get("/").await.expect(StatusCode::OK);
    readiness.set(Stage::Ready);
    anyone.get("/api/health").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn pages_touch_no_database() {
    let faults = Faults::default();
    let app = TestApp::start_with(faults.options()).await;
    faults.reads(ReadError::Unavailable);
    for (path, status) in [
        ("/", StatusCode::OK),
        ("/.well-known/security.txt", StatusCode::OK),
        ("/.well-known/change-password", StatusCode::SEE_OTHER),
        ("/api/openapi.json", StatusCode::OK),
        ("/problems/not_found", StatusCode::OK),
    ] {
        app.anonymous().get(path).await.expect(status);
        app.anonymous().request(Method::HEAD, path).send().await.expect(status);
    }
}

#[tokio::test]
async fn whoever_finds_a_weakness_knows_whom_to_tell() {
    let app = TestApp::start().await;
    let reply = app.anonymous().get("/.well-known/security.txt").await.expect(StatusCode::OK);
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = String::from_utf8(reply.body).unwrap();
    let field = |name: &str| {
        let found: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect();
        assert_eq!(found.len(), 1, "{name} in {text}");
        found[0].to_owned()
    };
    assert!(field("Contact").starts_with("mailto:"));
    assert_eq!(field("Canonical"), format!("{PUBLIC_URL}/.well-known/security.txt"));
    assert_eq!(field("Preferred-Languages"), "nl, en");
    let expires: Timestamp = field("Expires").parse().unwrap();
    let left = expires.duration_since(app.clock.now());
    assert!(left > SignedDuration::from_hours(30 * 24) && left < SignedDuration::from_hours(366 * 24), "{left}");
}

/// The constant must be reviewed in time: this fails a month before it expires.
#[test]
#[expect(clippy::disallowed_methods, reason = "it is the real date that matters")]
fn the_security_contact_does_not_expire_soon() {
    let expires: Timestamp = finrust::http::pages::SECURITY_TXT_EXPIRES.parse().unwrap();
    assert!(expires.duration_since(Timestamp::now()) > SignedDuration::from_hours(30 * 24), "look at security.txt again");
}

#[tokio::test]
async fn a_password_manager_finds_its_way() {
    let app = TestApp::start().await;
    let reply = app.anonymous().get("/.well-known/change-password").await.expect(StatusCode::SEE_OTHER);
    assert_eq!(reply.header("location"), Some("/#/account/password"));
}

#[tokio::test]
async fn strangers_learn_no_versions() {
    let app = TestApp::start().await;
    for path in ["/", "/api/health", "/.well-known/security.txt", "/nothing-here"] {
        let text = format!("{:?}", app.anonymous().get(path).await).to_lowercase();
        assert!(!["axum", "hyper", "sqlite", "rust/", env!("CARGO_PKG_VERSION")].iter().any(|word| text.contains(word)), "{text}");
    }
}
