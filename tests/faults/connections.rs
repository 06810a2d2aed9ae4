//! Idle connections, and a process without file descriptors left.

use super::{
    FINRUST,
    program::{connect, get, head, status, text, with_data},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use test_support::server::Server;

/// The program's limit on descriptors.
const DESCRIPTORS: usize = 64;
const FORWARDED: &str = "X-Forwarded-For: 203.0.113.7:1\r\nX-Forwarded-Proto: https\r\n";

/// When the other side closes a connection.
fn closed(mut stream: TcpStream) -> Instant {
    let mut bytes = Vec::new();
    // Closed or reset.
    let _ = stream.read_to_end(&mut bytes);
    Instant::now()
}

#[test]
fn those_who_say_nothing_keep_nobody_out_for_long_and_the_log_says_so() {
    let (_parent, data) = with_data();
    let mut limited = Command::new("sh");
    limited.env_clear().env("FINRUST_DATA_DIR", &data);
    limited.args(["-c", &format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\""), FINRUST.path]);
    let server = Server::start(limited);
    let idle: Vec<TcpStream> = (0..DESCRIPTORS).map(|_| connect(server.port).expect("room in the system's queue")).collect();
    let said = server.wait_for("accept_failed");
    assert!(said.contains("ERROR accept_failed cause=Too many open files count=1"), "{said}");
    // The connection waits in the kernel's queue, behind earlier ones.
    let asked = Instant::now();
    while get(server.port, "/api/health").ok() != Some(200) {
        assert!(asked.elapsed() < Duration::from_secs(90), "nobody gets in");
    }
    // Once a minute.
    let (told, waited) = (server.written().matches("accept_failed").count(), asked.elapsed());
    assert!(told == 1 || told == 2 && waited > Duration::from_secs(50), "{told} in {waited:?}");
    drop(idle);
}

#[test]
fn who_is_silent_or_never_ends_a_head_is_let_go() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let begun = Instant::now();
    let silent = connect(server.port).expect("a connection");
    let mut half = connect(server.port).expect("a connection");
    half.write_all(b"GET / HTTP/1.1\r\nHost: ").expect("half a head");
    let mut dripping = connect(server.port).expect("a connection");
    let mut served = connect(server.port).expect("a connection");
    served.write_all(format!("{}\r\n", head("GET", "/api/health", "")).as_bytes()).expect("a request");
    thread::scope(|scope| {
        let dripped = scope.spawn(move || {
            let started = Instant::now();
            while dripping.write_all(b"\r").is_ok() && started.elapsed() < Duration::from_secs(40) {
                thread::sleep(Duration::from_millis(200));
            }
            started.elapsed()
        });
        let waits: Vec<_> = [(half, 10), (silent, 30), (served, 30)]
            .into_iter()
            .map(|(stream, seconds)| scope.spawn(move || (closed(stream), seconds)))
            .collect();
        for wait in waits {
            let (closed, seconds) = wait.join().expect("a time");
            let (took, expected) = (closed - begun, Duration::from_secs(seconds));
            assert!(took + Duration::from_secs(1) > expected && took < expected + Duration::from_secs(8), "{took:?} of {seconds} s");
        }
        assert!(dripped.join().expect("a time") < Duration::from_secs(20), "drops do not begin it anew");
    });
}

#[test]
fn behind_the_host_a_connection_outlives_the_hosts_own_patience() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve_behind_host(&data);
    let mut stream = connect(server.port).expect("a connection");
    let request = format!("{}\r\n", head("GET", "/api/health", FORWARDED));
    for wait in [0, 65] {
        thread::sleep(Duration::from_secs(wait));
        stream.write_all(request.as_bytes()).expect("a request");
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).expect("an answer");
        assert_eq!(status(&bytes[..read]), Some(200), "after {wait} s: {}", text(&bytes[..read]));
    }
}
