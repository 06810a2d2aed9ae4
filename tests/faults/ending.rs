//! Signals: requests in flight are answered, work in progress is finished, and then the process exits.

use super::{
    FINRUST,
    program::{USERNAME, connect, head, hearing_hang_ups, in_container, post, status, text, with_data},
};
use std::{
    fs,
    io::{Read, Write},
    time::Duration,
};
use test_support::server::{Server, signal, wait_until};

/// A graceful shutdown, with some slack for the test machine.
const MAX: Duration = Duration::from_secs(16);
const BODY: &str = r#"{"username":"nobody.at.all","password":"wrong"}"#;

#[test]
fn each_signal_lets_what_was_asked_be_answered_and_ends_well() {
    for (signal, behind_host, code) in
        [("TERM", false, 0), ("INT", false, 0), ("HUP", false, 0), ("TERM", true, 143), ("INT", true, 130), ("HUP", true, 129)]
    {
        let (_parent, data) = with_data();
        let command = hearing_hang_ups(&data);
        let server = if behind_host { Server::start_behind_host(command) } else { Server::start(command) };
        let mut stream = connect(server.port).expect("a connection");
        let length = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", BODY.len());
        let forwarded = "X-Forwarded-For: 203.0.113.7:1\r\nX-Forwarded-Proto: https\r\n";
        let more = if behind_host { format!("{length}{forwarded}") } else { length };
        stream.write_all(format!("{}\r\n", head("POST", "/api/login", &more)).as_bytes()).expect("a head");
        // Once a later request was answered, this one has been accepted.
        assert!(super::program::get(server.port, "/").is_ok());
        server.signal(signal);
        wait_until("the end of accepting", || super::program::get(server.port, "/").is_err());
        stream.write_all(BODY.as_bytes()).expect("the rest of it");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        assert_eq!(status(&answer), Some(401), "{signal}: {}", text(&answer));
        let (ended, _) = server.end(MAX);
        assert_eq!(ended.code(), Some(code), "{signal} {behind_host}: {ended}");
        assert!(!data.join("finrust.db-wal").exists(), "{signal}: the log was folded into the file");
        assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0));
    }
}

#[test]
fn half_a_head_does_not_hold_it() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let mut streams: Vec<_> = (0..3).map(|_| connect(server.port).expect("a connection")).collect();
    streams[0].write_all(b"GET / HT").expect("half a head");
    streams[1]
        .write_all(head("POST", "/api/login", "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{").as_bytes())
        .expect("half a body");
    assert!(super::program::get(server.port, "/").is_ok());
    server.signal("TERM");
    let (ended, took) = server.end(MAX);
    assert_eq!(ended.code(), Some(0), "{ended} after {took:?}");
    // A client that sent complete headers and gets no response notices.
    let mut rest = Vec::new();
    let read = streams[1].read_to_end(&mut rest);
    assert!(read.is_err() || status(&rest).is_some_and(|status| status >= 400), "{}", text(&rest));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (first, second, code) in [("TERM", "INT", 130), ("INT", "INT", 130), ("INT", "TERM", 143), ("TERM", "TERM", 143)] {
        let (_parent, data) = with_data();
        let server = FINRUST.serve(&data);
        let mut stream = connect(server.port).expect("a connection");
        stream
            .write_all(head("POST", "/api/login", "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{").as_bytes())
            .expect("half a body");
        assert!(super::program::get(server.port, "/").is_ok());
        server.signal(first);
        wait_until("the end of accepting", || super::program::get(server.port, "/").is_err());
        server.signal(second);
        let (ended, took) = server.end(MAX);
        assert!(ended.code() == Some(code) && took < Duration::from_secs(8), "{first} {second}: {ended} after {took:?}");
    }
}

#[test]
fn attempts_of_those_who_have_gone_are_recorded_and_mails_go_out() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let documents = |data: &std::path::Path| -> i64 {
        let database = rusqlite::Connection::open(data.join("finrust.db")).expect("the database");
        database.query_row("SELECT count(*) FROM documents WHERE id LIKE 'attempt-%'", (), |row| row.get(0)).expect("a count")
    };
    let before = documents(&data);
    let body = format!(r#"{{"username":"{USERNAME}","password":"certainly wrong"}}"#);
    let more = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(server.port).expect("a connection");
        stream.write_all(format!("{}\r\n{body}", head("POST", "/api/login", &more)).as_bytes()).expect("a request");
        streams.push(stream);
    }
    // Once a later request was answered after its own hash, all of them have been read.
    assert_eq!(post(server.port, "/api/login", &body).expect("an answer"), 401);
    assert_eq!(post(server.port, "/api/password-reset", &format!(r#"{{"username":"{USERNAME}"}}"#)).expect("an answer"), 202);
    drop(streams);
    server.signal("TERM");
    assert_eq!(server.end(MAX).0.code(), Some(0));
    assert_eq!(documents(&data) - before, 4, "none is lost");
    let waits = rusqlite::Connection::open(data.join("queue.db")).expect("the queue");
    let waiting: i64 = waits.query_row("SELECT count(*) FROM messages", (), |row| row.get(0)).expect("a count");
    assert!(waiting > 0 || fs::read_dir(data.join("mail")).expect("mails").count() >= 2, "the mail waits or has gone out");
}

/// The only child of a process, after checking that it is process 1 of a container.
fn first_process(of: u32) -> u32 {
    let children = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).expect("its children");
    let child = children.trim().parse().expect("one child");
    let told = fs::read_to_string(format!("/proc/{child}/status")).expect("a process");
    assert!(told.lines().any(|line| line.starts_with("NSpid:") && line.ends_with("\t1")), "{told}");
    child
}

/// Process 1 of a container ignores signals that it does not handle: no default action ends it.
#[test]
fn the_first_process_of_a_container_ends_as_any_other() {
    for (behind_host, second, code) in [(false, None, 0), (true, None, 143), (false, Some("TERM"), 143), (true, Some("INT"), 130)] {
        let (_parent, data) = with_data();
        let Some(command) = in_container(&data) else { return };
        let server = if behind_host { Server::start_behind_host(command) } else { Server::start(command) };
        let first = first_process(server.pid());
        let more = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\nX-Forwarded-For: 203.0.113.7:1\r\nX-Forwarded-Proto: https\r\n",
            BODY.len()
        );
        let mut stream = connect(server.port).expect("a connection");
        stream.write_all(format!("{}\r\n", head("POST", "/api/login", &more)).as_bytes()).expect("a head");
        assert!(super::program::get(server.port, "/").is_ok());
        signal("TERM", first);
        wait_until("the end of accepting", || super::program::get(server.port, "/").is_err());
        if let Some(second) = second {
            signal(second, first);
        } else {
            stream.write_all(BODY.as_bytes()).expect("the rest of it");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("an answer");
            assert_eq!(status(&answer), Some(401), "{}", text(&answer));
        }
        let most = if second.is_some() { Duration::from_secs(8) } else { MAX };
        let (ended, took) = server.end(MAX);
        assert!(ended.code() == Some(code) && took < most, "{behind_host} {second:?}: {ended} after {took:?}");
        assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0));
    }
}
