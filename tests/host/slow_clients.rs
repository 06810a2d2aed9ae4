//! Clients of the host who read a response very slowly: the program drops them by its own deadline, whatever is buffered on the way; they
//! notice, and nobody else does. Prints figures.

use super::{
    functions_host::FunctionsHost,
    person::{Person, invite},
    server::{Ended, Room, Server},
    slow_readers::{largest, memory, narrow, settled, sockets},
    upstream::{Begun, Patience},
    wire::Request,
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    thread,
    time::{Duration, Instant},
};
use test_support::{people::PASSWORD, program::fresh};

const SECOND: Duration = Duration::from_secs(1);
/// The program tolerates a stall of ten seconds; reading what is buffered then takes a slow reader a while.
const AT_MOST: Duration = Duration::from_secs(90);
/// Longer than idle connections live without a proxy in front.
const IDLE: Duration = Duration::from_secs(32);

/// Sends requests as other users; returns how long they took.
fn ask_for_others(host: &FunctionsHost, other: &mut Person<'_>) -> Duration {
    let asked = Instant::now();
    host.public(&Request::new("GET", "/api/health")).expect(200);
    other.send(Request::new("GET", "/api/account")).expect(200);
    asked.elapsed()
}

/// Reads so many bytes per second until there are no more or `until` holds. Returns whether the response ended.
fn take_by_drops(stream: &mut TcpStream, taken: &mut Vec<u8>, bytes: usize, mut until: impl FnMut(Duration) -> bool) -> bool {
    let started = Instant::now();
    stream.set_read_timeout(Some(SECOND)).expect("a socket");
    for second in 1.. {
        let mut left = bytes;
        while left > 0 && started.elapsed() < second * SECOND {
            let mut piece = vec![0; left];
            match stream.read(&mut piece) {
                Ok(0) => return true,
                Ok(some) => {
                    taken.extend_from_slice(&piece[..some]);
                    left -= some;
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return true,
            }
        }
        if until(started.elapsed()) {
            return false;
        }
        thread::sleep((second * SECOND).saturating_sub(started.elapsed()));
    }
    false
}

#[test]
fn an_export_by_drops_ends_by_the_programs_deadline_and_its_reader_notices() {
    let (_parent, data) = fresh();
    let [anna, bert] = ["anna", "bert"].map(|name| invite(&data, name));
    let host = FunctionsHost::start(&data);
    let (mut anna, mut bert) = (Person::signed_in(&host, "anna", &anna), Person::signed_in(&host, "bert", &bert));
    for _ in 0..24 {
        anna.send(Request::new("POST", "/api/clients").json(&largest())).expect(201);
    }
    let server = Server::of(&host, Room::NARROW);
    ask_for_others(&host, &mut bert);
    // Including the pooled connection, which the export uses.
    let open = settled(host.process());
    let (mut taken, mut longest, mut held) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    let ended = thread::scope(|scope| {
        let _serving = server.serve(scope);
        let mut reader = narrow(server.port());
        let export = Request::new("POST", "/api/exports").json(&json!({"format": "json", "password": PASSWORD}));
        anna.dressed(export).write(&mut reader).expect("room for a request");
        reader.peek(&mut [0]).expect("an answer");
        let ended = take_by_drops(&mut reader, &mut taken, 1000, |lasted| {
            longest = longest.max(ask_for_others(&host, &mut bert));
            held = lasted;
            assert!(lasted < AT_MOST, "the program keeps its connection");
            sockets(host.process()) <= open
        });
        // The rest, at once: it may be truncated.
        let _ = reader.read_to_end(&mut taken);
        ended
    });
    let text = String::from_utf8_lossy(&taken);
    println!("an export at 1 KB/s: let go after {held:?}, {} bytes were on their way; others waited {longest:?} at most", taken.len());
    assert!(!ended && held >= 10 * SECOND, "not by a deadline: {held:?}");
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("Dijk"), "{text:.300}");
    assert!(!text.contains("\"withheld\"") && !text.ends_with("0\r\n\r\n"), "it is taken for whole");
    assert_eq!((server.ended(), host.starts()), (vec![Ended::BrokenOff], 1));
    assert!(longest < 10 * SECOND, "{longest:?}");
}

#[test]
fn a_row_of_requests_by_drops_ends_long_before_a_function_timeout() {
    let (_parent, data) = fresh();
    let bert = invite(&data, "bert");
    let host = FunctionsHost::start_changed(&data, |app| app.host["functionTimeout"] = json!("00:02:00"));
    let mut bert = Person::signed_in(&host, "bert", &bert);
    // Serialised once, and shared by everyone.
    let document = || Request::new("GET", "/api/openapi.json").header("Host", "dossier.example.nl");
    host.public(&document()).expect(200);
    let server = Server::of(&host, Room::NARROW);
    // One that the host keeps open without using it, for longer than is tolerated without a proxy.
    let idle = TcpStream::connect((Ipv4Addr::LOCALHOST, host.port)).expect("a connection");
    let health = || Request::new("GET", "/api/health").header("Host", &host.address()).header("X-Forwarded-For", "203.0.113.7");
    let patience = Patience { until: None, standstill: 10 * SECOND };
    let answered = |stream: &TcpStream| {
        let begun = Begun::on(stream.try_clone().expect("a socket"), &health(), patience).expect("an answer");
        begun.whole().expect("an answer").expect(200)
    };
    answered(&idle);
    ask_for_others(&host, &mut bert);
    let (open, before, begun) = (settled(host.process()), memory(host.process()), Instant::now());
    let (mut taken, mut longest, mut most) = (Vec::new(), Duration::ZERO, 0);
    thread::scope(|scope| {
        let _serving = server.serve(scope);
        let mut reader = narrow(server.port());
        reader.write_all(document().head().repeat(40).as_bytes()).expect("room for the requests");
        let ended = take_by_drops(&mut reader, &mut taken, 800, |lasted| {
            longest = longest.max(ask_for_others(&host, &mut bert));
            most = most.max(memory(host.process()).saturating_sub(before));
            assert!(lasted < AT_MOST, "it goes on");
            false
        });
        assert!(ended);
    });
    let held = begun.elapsed();
    println!(
        "40 requests at 800 B/s: over after {held:?} and {} bytes, {most} KiB at most; others waited {longest:?} at most",
        taken.len()
    );
    assert!(held >= 10 * SECOND && taken.starts_with(b"HTTP/1.1 200"), "{held:?}");
    assert_eq!((server.ended(), host.starts()), (vec![Ended::BrokenOff], 1));
    assert!(sockets(host.process()) <= open && most < 8 * 1024, "{most} KiB");
    assert!(longest < 10 * SECOND, "{longest:?}");
    thread::sleep(IDLE.saturating_sub(begun.elapsed()));
    answered(&idle);
}
