//! Slow readers lose their connections, and nobody else notices. Prints figures.

use super::{
    functions_host::FunctionsHost,
    person::{Person, invite},
    wire::Request,
};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};
use test_support::{people::PASSWORD, program::fresh};

const READERS: usize = 60;
/// Pipelined requests per connection: more responses than the kernel buffers.
const ASKED: usize = 80;

/// Private memory of a process in KiB.
pub fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// The number of a process's open sockets.
pub fn sockets(process: u32) -> usize {
    let open = fs::read_dir(format!("/proc/{process}/fd")).expect("the process lives").filter_map(Result::ok);
    open.filter(|file| fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))).count()
}

/// The cost of readers who request much and read nothing.
struct Figures {
    /// KiB at most while they wait.
    most: u64,
    /// KiB after all of them are gone.
    after: u64,
}

/// Opens so many connections, pipelines requests on each, and reads nothing.
fn hold(host: &FunctionsHost, readers: usize, ask: &str) -> Figures {
    let (before, open) = (memory(host.process()), sockets(host.process()));
    let streams: Vec<TcpStream> = (0..readers)
        .map(|_| {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, host.port)).expect("a connection");
            stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
            stream.write_all(ask.repeat(ASKED).as_bytes()).expect("room for the requests");
            stream
        })
        .collect();
    let (started, mut most, mut others) = (Instant::now(), 0, 0);
    while others == 0 || sockets(host.process()) > open {
        most = most.max(memory(host.process()).saturating_sub(before));
        assert!(started.elapsed() < Duration::from_mins(1), "they keep their connections, and {most} KiB");
        host.public(&Request::new("GET", "/api/health")).expect(200);
        others += 1;
        thread::sleep(Duration::from_millis(50));
    }
    let held = started.elapsed();
    // What was buffered by the kernel still arrives; then the connection ends, long before all responses.
    let mut taken = 0;
    for mut stream in streams {
        let mut rest = Vec::new();
        let broken = stream.read_to_end(&mut rest).is_err();
        let answered = rest.windows(12).filter(|window| *window == b"HTTP/1.1 200").count();
        assert!(rest.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&rest[..rest.len().min(300)]));
        assert!(broken || answered < ASKED, "{answered} answers were taken by one who took nothing");
        taken += rest.len();
    }
    let after = memory(host.process()).saturating_sub(before);
    println!(
        "{readers} readers, of whom the system took {taken} bytes: {most} KiB at most, {after} KiB afterwards, gone after {held:?}; {others} others"
    );
    Figures { most, after }
}

/// Request line and headers as the proxy sends them, without a body.
fn written(host: &FunctionsHost, request: &Request) -> String {
    let cookie = request.headers.iter().find(|(name, _)| name == "Cookie").map(|(_, cookies)| format!("Cookie: {cookies}\r\n"));
    let head = format!("{} {} HTTP/1.1\r\nHost: {}\r\nX-Forwarded-Proto: https\r\n", request.method, request.target, host.address());
    head + &cookie.unwrap_or_default() + "\r\n"
}

/// A file of the maximum size: a third of a megabyte.
pub fn largest() -> Value {
    let long = "\u{1d11e}".repeat(100);
    let entries = |member: &str| vec![json!({ member: long }); 100];
    let child = json!({"first_name": long, "prefix": long, "last_name": long});
    json!({
        "person": {"last_name": "Dijk"}, "children": vec![child; 100], "incomes": entries("description"), "expenses": entries("description"),
        "assets": entries("description"), "debts": entries("description"), "notes": "\u{1d11e}".repeat(20_000),
    })
}

#[test]
fn who_takes_nothing_is_cut_off_and_holds_no_memory() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    let file = anna.send(Request::new("POST", "/api/clients").json(&largest())).expect(201);
    let file = file.header("location").expect("a location").to_owned();
    // A stranger's largest response is serialised once and shared; an adviser's is produced for each request, which takes the program
    // longer than the deadline for those who read nothing.
    let of_stranger = Request::new("GET", "/api/openapi.json");
    let of_adviser = anna.dressed(Request::new("GET", &file));
    for (largest, readers, most) in [(of_stranger, READERS, 40 * 1024), (of_adviser, READERS / 5, 120 * 1024)] {
        host.proxy(&largest).expect(200);
        let figures = hold(&host, readers, &written(&host, &largest));
        assert!(figures.most < most, "{} KiB are held by those who take nothing", figures.most);
        assert!(figures.after < most / 2, "{} KiB are held for those who are gone", figures.after);
    }
    host.public(&Request::new("GET", "/api/health")).expect(200);
}

/// The number of sockets, once those of earlier requests are closed.
pub fn settled(process: u32) -> usize {
    let mut open = sockets(process);
    loop {
        thread::sleep(Duration::from_millis(200));
        let now = sockets(process);
        if now == open {
            return open;
        }
        open = now;
    }
}

/// A connection with a minimal receive buffer: what exceeds the sender's buffer does not fit.
pub fn narrow(port: u16) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4 * 1024).expect("a socket");
    socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).expect("a connection");
    socket.into()
}

/// An export that nobody reads is cut off like any other response, so that no reader takes it for complete.
#[test]
fn an_export_that_nobody_takes_is_cut_off_too() {
    let (_parent, data) = fresh();
    let one_time = invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let mut anna = Person::signed_in(&host, "anna", &one_time);
    for _ in 0..24 {
        anna.send(Request::new("POST", "/api/clients").json(&largest())).expect(201);
    }
    let body = json!({"format": "json", "password": PASSWORD}).to_string();
    let more = format!("\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let ask = written(&host, &anna.dressed(Request::new("POST", "/api/exports"))).replace("\r\n\r\n", &more);
    let (open, before) = (settled(host.process()), memory(host.process()));
    let mut stream = narrow(host.port);
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
    stream.write_all(ask.as_bytes()).expect("room for a request");
    // The response has begun.
    stream.peek(&mut [0]).expect("an answer");
    let (started, mut most) = (Instant::now(), 0);
    while sockets(host.process()) > open {
        most = most.max(memory(host.process()).saturating_sub(before));
        assert!(started.elapsed() < Duration::from_mins(1), "it keeps its connection");
        host.public(&Request::new("GET", "/api/health")).expect(200);
        thread::sleep(Duration::from_millis(50));
    }
    let held = started.elapsed();
    let mut rest = Vec::new();
    // It may be truncated.
    let _ = stream.read_to_end(&mut rest);
    let text = String::from_utf8_lossy(&rest);
    println!("an export of which the system took {} bytes and nobody any: {most} KiB at most, gone after {held:?}", rest.len());
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("Dijk"), "{text:.300}");
    assert!(!text.contains("\"withheld\"") && !text.ends_with("0\r\n\r\n"), "it is taken for whole");
}
