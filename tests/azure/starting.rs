//! A start while a dependency is not ready yet: the process stays up, reports it, and recovers.

use crate::cloud::Cloud;
use azure_data_cosmos_driver::in_memory_emulator::ConsistencyLevel;
use serde_json::Value;
use test_support::server::Server;

fn health(server: &Server) -> u16 {
    server.visitor().get("/api/health").unwrap().status
}

fn becomes_well(server: &Server) {
    server.wait_until("health", || health(server) == 200);
    server.wait_until("a line that says so", || server.written().contains(r#""event":"warm""#));
}

#[test]
fn a_vault_that_is_not_ready_yet_is_waited_for() {
    let cloud = Cloud::start();
    cloud.invite("anna");
    cloud.vault.disable(&cloud.vault.newest());
    let server = cloud.serve();
    server.wait_until("two tries", || server.written().matches(r#""event":"warm_up_failed""#).count() >= 2);
    assert_eq!(health(&server), 503);
    server.visitor().get("/").unwrap().expect(200);
    cloud.vault.set_enabled(&cloud.vault.newest(), true);
    becomes_well(&server);
}

#[test]
fn an_identity_that_is_not_ready_yet_is_waited_for() {
    let cloud = Cloud::start();
    cloud.invite("anna");
    cloud.identity.refuse(true);
    let server = cloud.serve();
    server.wait_until("a try", || server.written().contains(r#""event":"warm_up_failed""#));
    assert_eq!(health(&server), 503);
    cloud.identity.refuse(false);
    becomes_well(&server);
}

#[test]
fn while_records_of_keys_are_gone_nothing_is_served_and_nothing_is_made_anew() {
    for scope in ["service", "index"] {
        let cloud = Cloud::start();
        cloud.invite("anna");
        let taken = cloud.cosmos.take_keys(scope);
        assert!(!taken.is_empty());
        let server = cloud.serve();
        server.wait_until("two tries", || server.written().matches(r#""event":"keys_missing","count":1"#).count() >= 2);
        for path in ["/api/health", "/api/session", "/api/openapi.json", "/api/processors/public"] {
            let answer = server.visitor().get(path).unwrap().expect(503);
            assert_eq!((answer.json()["code"].as_str(), answer.headers.contains_key("retry-after")), (Some("unavailable"), true), "{path}");
        }
        server.browser().post("/maintenance", &Value::Null).unwrap().expect(503);
        server.visitor().get("/").unwrap().expect(200);
        assert!(cloud.cosmos.take_keys(scope).is_empty(), "a new key was made");
        cloud.cosmos.put_keys(taken);
        becomes_well(&server);
        cloud.succeed(&["verify"]);
    }
}

#[test]
fn a_start_says_when_the_account_is_less_consistent_than_it_should_be() {
    for (level, weak) in [(ConsistencyLevel::Strong, false), (ConsistencyLevel::BoundedStaleness, false), (ConsistencyLevel::Session, true)]
    {
        let name = level.as_str();
        let cloud = Cloud::on_account(level);
        cloud.invite("anna");
        let server = cloud.serve();
        becomes_well(&server);
        let line = format!(r#""event":"consistency_weak","cause":"{name}","count":1"#);
        if weak {
            server.wait_until(&line, || server.written().contains(&line));
        }
        // The account's answer follows the startup lines in the log: a second instance has asked for nothing else since.
        assert!(!server.written().contains("consistency_unknown"), "{}", server.written());
        assert_eq!(server.written().contains("consistency_weak"), weak, "{name}: {}", server.written());
    }
}

#[test]
fn every_line_of_a_program_that_a_host_started_is_json() {
    let cloud = Cloud::start();
    cloud.invite("anna");
    let server = cloud.serve();
    becomes_well(&server);
    server.visitor().get("/api/session").unwrap().expect(401);
    server.wait_until("a line of the request", || server.written().contains(r#""route":"/api/session""#));
    let log = server.written();
    for line in log.lines() {
        let read: Result<Value, _> = serde_json::from_str(line);
        assert!(read.is_ok_and(|line| line["event"].is_string() && line["time"].is_string()), "{line}");
    }
    assert!(log.lines().count() >= 3, "{log}");
}
