//! What the operating system and the platform do to the binary on Azure: logs that nobody reads, shutdowns, refused commits, a clock that
//! jumps.

use crate::{cloud::Cloud, cosmos_wire::Refusal};
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};
use test_support::{
    people::{PASSWORD, first_sign_in},
    server::{Server, stalled},
    skipped::skipped,
};

/// A graceful shutdown, with some slack for the test machine.
const MAX: Duration = Duration::from_secs(16);
/// A health probe, with some slack.
const HEALS_WITHIN: Duration = Duration::from_secs(18);
/// Many times more lines than a pipe holds.
const REQUESTS: usize = 5000;
const AT_ONCE: usize = 100;
/// Bytes that an unread pipe holds.
const PIPE: usize = 64 * 1024;
/// The database's response to an identity without its role.
const NOT_PERMITTED: Refusal = Refusal { status: 403, sub_status: 5300 };

fn health(server: &Server) -> u16 {
    server.visitor().get("/api/health").unwrap().status
}

fn try_to_sign_in(server: &Server, number: usize) -> u16 {
    let typed = json!({"username": format!("nobody.{number}"), "password": "certainly wrong"});
    server.visitor().post("/api/login", &typed).unwrap().status
}

/// Sends requests on one connection; each must be answered.
fn ask_again_and_again(port: u16) {
    let forwarded = "X-Forwarded-For: 203.0.113.7:1\r\nX-Forwarded-Proto: https\r\n";
    let request = format!("GET /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\n{forwarded}\r\n").repeat(AT_ONCE);
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut answers = stream.try_clone().unwrap();
    let reading = thread::spawn(move || {
        let (mut rest, mut count, mut bytes) = (Vec::new(), 0, vec![0; PIPE]);
        while count < REQUESTS {
            let read = answers.read(&mut bytes).expect("answers come");
            assert!(read > 0, "closed after {count} answers");
            rest.extend_from_slice(&bytes[..read]);
            count += rest.windows(9).filter(|window| *window == b"HTTP/1.1 ").count();
            rest.drain(..rest.len() - rest.len().min(8));
        }
    });
    for _ in 0..REQUESTS / AT_ONCE {
        stream.write_all(request.as_bytes()).unwrap();
    }
    reading.join().unwrap();
}

#[test]
fn nothing_that_serves_or_mails_waits_for_a_log_and_an_end_neither() {
    let cloud = Cloud::start();
    let one_time = cloud.invite("anna");
    let ((_out, out_end), (_err, err_end)) = (stalled(), stalled());
    let server = cloud.serve_with(&[], |command| {
        command.stdout(out_end).stderr(err_end);
    });
    ask_again_and_again(server.port);
    let mut anna = first_sign_in(server.visitor(), "anna", &one_time);
    anna.post("/api/clients", &json!({"person": {"last_name": "Dijk"}})).unwrap().expect(201);
    for text in cloud.queue.texts() {
        let invocation = json!({"Data": {"message": Value::from(text).to_string()}, "Metadata": {"DequeueCount": "1"}});
        server.browser().post("/send-mail", &invocation).unwrap().expect(200);
    }
    assert!(!cloud.mail.sent().is_empty() && health(&server) == 200);
    server.signal("TERM");
    let (status, took) = server.end(MAX);
    assert!(status.code() == Some(143) && took < Duration::from_secs(8), "{status:?} after {took:?}");
    cloud.succeed(&["verify"]);
}

#[test]
fn an_end_answers_what_was_asked_and_records_what_was_begun() {
    let cloud = Cloud::start();
    cloud.invite("anna");
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let server = cloud.serve();
        server.wait_until("health", || health(&server) == 200);
        let body = r#"{"username":"anna","password":"certainly wrong"}"#;
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
        let forwarded = "X-Forwarded-For: 203.0.113.7:1\r\nX-Forwarded-Proto: https\r\nContent-Type: application/json\r\n";
        let head = format!("POST /api/login HTTP/1.1\r\nHost: 127.0.0.1\r\n{forwarded}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        // Once a later request was answered, this one has been accepted.
        server.visitor().get("/").unwrap().expect(200);
        cloud.cosmos.take_asked();
        server.signal(signal);
        server.wait_until("the end of accepting", || server.visitor().get("/").is_err());
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert_eq!(server.end(MAX).0.code(), Some(code), "{signal}");
        assert!(cloud.cosmos.take_asked().iter().any(|asked| asked.commits_to.is_some()), "the attempt is recorded");
    }
    cloud.succeed(&["verify"]);
}

#[test]
fn while_commits_are_refused_the_health_says_so_the_log_why_and_one_probe_in_ten_seconds_asks() {
    let cloud = Cloud::start();
    let one_time = cloud.invite("anna");
    let server = cloud.serve();
    let mut anna = first_sign_in(server.visitor(), "anna", &one_time);
    cloud.cosmos.refuse_commits(Some(NOT_PERMITTED));
    anna.post("/api/clients", &json!({"person": {"last_name": "Dijk"}})).unwrap().expect(503);
    let refused = Instant::now();
    assert_eq!(try_to_sign_in(&server, 0), 503);
    let why = || -> Option<Value> {
        let lines: Vec<Value> = server.written().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        lines.into_iter().find(|line| line["event"] == "database_failed" && line["operation"] == "commit")
    };
    server.wait_until("the line that says why", || why().is_some());
    let said = why().unwrap();
    assert_eq!((&said["status"], &said["sub_status"], &said["level"]), (&json!(403), &json!(5300), &json!("WARN")), "{said}");
    let probes = || cloud.cosmos.take_asked().iter().filter(|asked| asked.commits_to.as_deref() == Some(r#"["health"]"#)).count();
    let (begun, _) = (Instant::now(), probes());
    for _ in 0..20 {
        assert_eq!(health(&server), 503);
    }
    let (in_vain, most) = (probes(), 1 + begun.elapsed().as_secs() / 10);
    assert!(in_vain as u64 <= most, "{in_vain} in {:?}", begun.elapsed());
    cloud.cosmos.refuse_commits(None);
    server.wait_until("the health", || health(&server) == 200);
    assert!(refused.elapsed() < HEALS_WITHIN, "{:?}", refused.elapsed());
    assert_eq!(probes(), 1, "however often the health was asked");
    anna.post("/api/clients", &json!({"person": {"last_name": "Dijk"}})).unwrap().expect(201);
    cloud.succeed(&["verify"]);
}

/// `libfaketime`, which lets a test move the clock of a process.
fn faketime() -> Option<PathBuf> {
    let mut places = fs::read_dir("/usr/lib").ok()?.map_while(Result::ok).map(|place| place.path().join("faketime/libfaketimeMT.so.1"));
    places.find(|library| library.exists())
}

/// Replaces the clock file atomically, since it is read all the time.
fn set(clock: &Path, ahead: i64) {
    let new = clock.with_extension("new");
    fs::write(&new, format!("{ahead:+}\n")).unwrap();
    fs::rename(new, clock).unwrap();
}

#[test]
fn a_clock_that_steps_loses_nothing_and_is_put_right() {
    const HOUR: i64 = 3600;
    let Some(library) = faketime() else {
        skipped("libfaketime is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let clock = folder.path().join("clock");
    set(&clock, 0);
    let cloud = Cloud::start();
    let one_time = cloud.invite("anna");
    let stepping = [
        ("LD_PRELOAD", library.to_str().unwrap().to_owned()),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap().to_owned()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("NO_FAKE_STAT", "1".to_owned()),
    ];
    let server = cloud.serve_with(&stepping, |_| {});
    let mut anna = first_sign_in(server.visitor(), "anna", &one_time);
    let mut files = Vec::new();
    // If the clock jumps back by more than a few minutes, verification reports the entry from the future.
    for ahead in [0, 60, -60, 0] {
        set(&clock, ahead);
        let made = anna.post("/api/clients", &json!({"person": {"last_name": "Dijk"}})).unwrap().expect(201);
        files.push(made.headers["location"].clone());
        for file in &files {
            anna.get(file).unwrap().expect(200);
        }
    }
    set(&clock, 400 * 24 * HOUR);
    anna.get(&files[0]).unwrap().expect(401);
    server.browser().post("/maintenance", &Value::Null).unwrap().expect(200);
    set(&clock, 0);
    assert_eq!(health(&server), 200);
    let mut again = server.visitor();
    again.post("/api/login", &json!({"username": "anna", "password": PASSWORD})).unwrap().expect(200);
    for file in &files {
        again.get(file).unwrap().expect(200);
    }
    server.signal("TERM");
    assert_eq!(server.end(MAX).0.code(), Some(143));
    let verified = cloud.succeed(&["verify"]);
    assert!(verified.contains(", 0 findings"), "{verified}");
}
