//! Readers who take their time: they lose their place, and nobody else notices.

use super::{functions_host::FunctionsHost, person::fresh, wire::Request};
use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    thread,
    time::{Duration, Instant},
};

const READERS: usize = 60;
/// One behind the other on each connection: more than the system's buffers take.
const ASKED: usize = 80;

/// Memory of a process that is its own, in KiB.
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Connections that a process has open, and whatever else it listens to.
fn sockets(process: u32) -> usize {
    let open = fs::read_dir(format!("/proc/{process}/fd")).expect("the process lives").filter_map(Result::ok);
    open.filter(|file| fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))).count()
}

#[test]
fn who_takes_nothing_is_cut_off_and_holds_no_memory() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    host.public(&Request::new("GET", "/api/openapi.json")).expect(200);
    let (before, open) = (memory(host.process()), sockets(host.process()));
    let ask = format!("GET /api/openapi.json HTTP/1.1\r\nHost: {}\r\nX-Forwarded-Proto: https\r\n\r\n", host.address()).repeat(ASKED);
    let readers: Vec<TcpStream> = (0..READERS)
        .map(|_| {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, host.port)).expect("a connection");
            stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
            stream.write_all(ask.as_bytes()).expect("room for the requests");
            stream
        })
        .collect();
    let started = Instant::now();
    let most = memory(host.process()).saturating_sub(before);
    host.public(&Request::new("GET", "/api/health")).expect(200);
    assert!(sockets(host.process()) > open, "others are answered meanwhile");
    while sockets(host.process()) > open {
        assert!(started.elapsed() < Duration::from_secs(40), "they keep their connections");
        thread::sleep(Duration::from_millis(50));
    }
    // What lies in the system's buffers comes; then the connection is gone, long before everything that was asked for.
    let mut taken = 0;
    for mut stream in readers {
        let mut rest = Vec::new();
        let broken = stream.read_to_end(&mut rest).is_err();
        let answered = rest.windows(12).filter(|window| *window == b"HTTP/1.1 200").count();
        assert!(broken || answered < ASKED, "{answered} answers were taken by one who took nothing");
        taken += rest.len();
    }
    let after = memory(host.process()).saturating_sub(before);
    println!("{READERS} readers who took {taken} bytes: {most} KiB while they wait, {after} KiB afterwards");
    assert!(after < 40 * 1024, "{after} KiB are held for those who are gone");
    host.public(&Request::new("GET", "/api/health")).expect(200);
}
