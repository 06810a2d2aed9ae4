//! A database that refuses commits: the log says why, the health check fails, and it recovers automatically.

use super::{
    FINRUST,
    program::{USERNAME, get, limit, post, with_data},
};
use rusqlite::Connection;
use std::{
    process::Command,
    time::{Duration, Instant},
};
use test_support::{
    server::{Server, wait_until},
    skipped::skipped,
};

/// A health probe, with some slack.
const HEALS_WITHIN: Duration = Duration::from_secs(18);

fn try_to_sign_in(server: &Server) -> u16 {
    post(server.port, "/api/login", &format!(r#"{{"username":"{USERNAME}","password":"certainly wrong"}}"#)).expect("an answer")
}

fn health(server: &Server) -> u16 {
    get(server.port, "/api/health").expect("an answer")
}

/// It recovers without anyone committing, however often its health is checked meanwhile.
fn heals(server: &Server) {
    let started = Instant::now();
    wait_until("the health", || health(server) == 200);
    assert!(started.elapsed() < HEALS_WITHIN, "{:?}", started.elapsed());
}

#[test]
fn a_locked_database_is_named_and_heals() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let other = Connection::open(data.join("finrust.db")).expect("the database");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    assert_eq!(try_to_sign_in(&server), 503);
    let said = server.wait_for("database_refuses");
    assert!(
        said.contains("cause=another process has it locked") && said.contains("operation=commit") && said.contains("sub_status=5"),
        "{said}"
    );
    assert_eq!((health(&server), health(&server)), (503, 503));
    for _ in 0..3 {
        assert_eq!(try_to_sign_in(&server), 503);
    }
    assert_eq!(server.written().matches("operation=commit").count(), 1, "once a minute: {}", server.written());
    other.execute_batch("ROLLBACK").expect("the lock");
    heals(&server);
}

#[test]
fn a_limit_of_file_sizes_is_named_kills_nobody_and_heals() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        skipped("this machine has no prlimit");
        return;
    }
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    limit(&server, "--fsize=32768:");
    // Writes that still fit within the limit succeed.
    let refused = (0..100).any(|_| try_to_sign_in(&server) == 503);
    assert!(refused, "the limit is not met");
    let said = server.wait_for("database_refuses");
    assert!(said.contains("cause=the system failed to read or write") && said.contains("outcome=nothing is sure to be saved"), "{said}");
    assert_eq!((health(&server), health(&server)), (503, 503));
    limit(&server, "--fsize=unlimited:");
    heals(&server);
    assert!([401, 429].contains(&try_to_sign_in(&server)));
}
