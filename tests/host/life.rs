//! Starting and ending.

use super::{function_app::FunctionApp, functions_host::FunctionsHost, wire::Request};
use rusqlite::Connection;
use std::net::{Ipv4Addr, TcpListener};
use test_support::{port::free_port, program::fresh, server::signal};

#[test]
fn the_ready_probe_asks_no_dependency() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    let database = Connection::open(data.join("finrust.db")).expect("the database");
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let tables: Vec<String> = database.prepare(sql).and_then(|mut list| list.query_map((), |row| row.get(0))?.collect()).expect("tables");
    for table in tables {
        database.execute_batch(&format!("ALTER TABLE \"{table}\" RENAME TO \"no_{table}\"")).expect("a broken database");
    }
    let probe = || host.direct(&Request::new("GET", "/").header("Host", &host.address())).expect("an answer");
    probe().expect(200);
    host.public(&Request::new("GET", "/api/health")).expect(503);
    probe().expect(200);
}

/// The host takes exit code 0 to mean that the process should stay down; any other code makes it restart
/// (`HttpFunctionInvocationDispatcher`).
#[test]
fn it_never_ends_with_zero() {
    for name in ["TERM", "KILL", "INT"] {
        let (_parent, data) = fresh();
        let host = FunctionsHost::start(&data);
        signal(name, host.process());
        // If the tests run in the background, terminal signals are ignored, also in the program: then it keeps running.
        let goes_on = || host.direct(&Request::new("GET", "/").header("Host", &host.address())).is_some();
        if name == "INT" && (0..100).all(|_| goes_on()) {
            continue;
        }
        assert_ne!(host.wait_for_end().code(), Some(0), "{name}: {}", host.written());
    }
}

#[test]
fn it_does_not_start_in_silence() {
    let (_parent, data) = fresh();
    let port = free_port();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
    let unchanged = |_: &mut FunctionApp| ();
    let host = FunctionsHost::launch(&data, port, &[], unchanged);
    assert_eq!(host.wait_for_end().code(), Some(1), "{}", host.written());
    assert!(host.written().contains(&format!("finrust: 127.0.0.1:{port} cannot be served")), "{}", host.written());
    drop(taken);
}
