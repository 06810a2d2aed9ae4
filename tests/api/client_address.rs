//! Which attempts are counted together: those from one address as the platform writes it, whatever clients write themselves.

use crate::support::{
    actor::{Actor, Ask},
    app::{TestApp, TestOptions},
};
use axum::http::{Method, StatusCode};
use finrust::flows::limits::LimitSettings;
use jiff::SignedDuration;
use serde_json::json;
use std::num::NonZeroU32;
use test_support::log::Log;

const FRONT_DOOR: &str = "7f3c9a3e-1111-4c22-8d4b-5b0c7d7f9a01";

/// A service behind the host, where each address has two attempts.
async fn behind_host(front_door_id: Option<String>) -> TestApp {
    let limits = LimitSettings { address_burst: NonZeroU32::new(2).unwrap(), ..LimitSettings::default() };
    TestApp::start_with(TestOptions {
        behind_host: true,
        client_ip_header: Some("client-ip".to_owned()),
        front_door_id,
        limits: Some(limits),
        ..TestOptions::default()
    })
    .await
}

fn try_as<'a>(actor: &'a Actor, username: &str) -> Ask<'a> {
    actor.request(Method::POST, "/api/login").json(json!({ "username": username, "password": "geraden wachtwoord" }))
}

#[tokio::test]
async fn people_at_other_addresses_are_not_throttled_by_one_another() {
    let app = behind_host(None).await;
    let browser = app.anonymous();
    for number in 0..64 {
        let address = if number % 2 == 0 { format!("198.51.100.{number}:50000") } else { format!("[2001:db8:0:{number}::1]:50000") };
        for _ in 0..2 {
            let reply = try_as(&browser, &format!("user{number}")).header("client-ip", &address).send().await;
            reply.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
        }
        let reply = try_as(&browser, &format!("other{number}")).header("client-ip", &address).send().await;
        reply.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    }
}

/// The header that `infra/smoke.sh` prints.
#[tokio::test]
async fn health_says_which_address_is_seen() {
    let app = behind_host(Some(FRONT_DOOR.to_owned())).await;
    let browser = app.anonymous();
    let seen = async |lines: &[(&str, &str)]| {
        let request = browser.request(Method::GET, "/api/health");
        let reply = lines.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await;
        reply.expect(StatusCode::OK).header("finrust-client-address").map(str::to_owned)
    };
    for (lines, address) in [
        (&[("client-ip", "192.0.2.1:50000")][..], "192.0.2.1"),
        (&[("client-ip", "[2001:db8::1]:50000")], "2001:db8::1"),
        (&[("client-ip", "192.0.2.1:50000"), ("x-azure-clientip", "198.51.100.7")], "192.0.2.1"),
        (&[("client-ip", "192.0.2.1:50000"), ("x-azure-clientip", "198.51.100.7"), ("x-azure-fdid", FRONT_DOOR)], "198.51.100.7"),
        (&[("x-azure-clientip", "198.51.100.7")], "unknown"),
        (&[("client-ip", "<script>")], "unknown"),
        (&[], "unknown"),
    ] {
        assert_eq!(seen(lines).await.as_deref(), Some(address), "{lines:?}");
    }
}

#[tokio::test]
async fn without_the_header_nobody_shares_a_bucket_and_somebody_is_told() {
    let app = behind_host(None).await;
    let browser = app.anonymous();
    let log = Log::start();
    for number in 0..64 {
        let reply = try_as(&browser, &format!("user{number}")).send().await;
        reply.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    }
    for unreadable in ["unknown", "", "192.0.2.1, x"] {
        let reply = try_as(&browser, "another").header("client-ip", unreadable).send().await;
        reply.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    }
    assert_eq!(log.events("client_address_missing").len(), 1, "told, but not at every request");
    app.clock.advance(SignedDuration::from_mins(1));
    try_as(&browser, "another").send().await;
    assert_eq!(log.events("client_address_missing").len(), 2);
}

#[tokio::test]
async fn what_a_client_writes_itself_changes_nothing() {
    let app = behind_host(Some(FRONT_DOOR.to_owned())).await;
    let browser = app.anonymous();
    let names = ["x-azure-clientip", "x-forwarded-for", "x-client-ip", "x-real-ip", "forwarded", "x-azure-socketip", "client-ip"];
    for number in 0..2 {
        try_as(&browser, &format!("user{number}")).header("client-ip", "192.0.2.7:1").send().await.expect(StatusCode::UNAUTHORIZED);
    }
    for (number, name) in names.iter().enumerate() {
        let spoofed = format!("198.51.100.{number}");
        for id in ["", "7f3c9a3e-1111-4c22-8d4b-5b0c7d7f9a02", "00000000-0000-0000-0000-000000000000"] {
            let ask = try_as(&browser, &format!("spoofed{number}")).header(name, &spoofed).header("x-azure-fdid", id);
            // The platform's own header line is the last.
            ask.header("client-ip", "192.0.2.7:1").send().await.expect(StatusCode::TOO_MANY_REQUESTS);
        }
    }
    let joined = try_as(&browser, "joined").header("client-ip", "198.51.100.9, 192.0.2.7:1");
    joined.send().await.expect(StatusCode::TOO_MANY_REQUESTS);
    let vouched = || try_as(&browser, "visitor").header("x-azure-fdid", FRONT_DOOR).header("client-ip", "192.0.2.7:1");
    vouched().header("x-azure-clientip", "203.0.113.5").send().await.expect(StatusCode::UNAUTHORIZED);
}
