//! Requests as no client library writes them, byte for byte over a socket: where one ends and the next begins is never in doubt, what is
//! inside a body is never answered, and what is incomplete is never done.

use crate::support::{actor::Actor, app::TestApp};
use axum::http::StatusCode;
use finrust::http::{
    connection::{Connections, Deadlines, listen, service},
    routes::router,
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};
use tokio::task::spawn_blocking;

const PATIENCE: Duration = Duration::from_secs(20);
const FILE: &str = r#"{"person":{"last_name":"Dijk"}}"#;
/// The last request of a connection, answered only when nothing is left over of those before it.
const LAST: &str = "GET /api/health HTTP/1.1\r\nHost: finrust.test\r\nConnection: close\r\n\r\n";

/// The service on a socket, and an adviser.
struct Wire {
    _app: TestApp,
    anna: Actor,
    address: SocketAddr,
}

impl Wire {
    async fn open(deadlines: Deadlines) -> Self {
        let app = TestApp::start().await;
        let anna = app.adviser("anna").await;
        let listener = listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(Connections::of(listener, deadlines), service(router(app.state().clone()))).into_future());
        Self { _app: app, anna, address }
    }

    /// A request to create a file: these header lines and the body, after those that every one has.
    fn create(&self, lines: &str, body: &str) -> String {
        self.begun("POST /api/clients HTTP/1.1\r\nHost: finrust.test\r\n", lines, body)
    }

    fn begun(&self, start: &str, lines: &str, body: &str) -> String {
        let cookies: Vec<String> = self.anna.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{start}Cookie: {}\r\nContent-Type: application/json\r\n{lines}\r\n{body}", cookies.join("; "))
    }

    /// The whole request that creates a file.
    fn whole(&self) -> String {
        self.create(&format!("Content-Length: {}\r\n", FILE.len()), FILE)
    }

    /// The statuses of all responses on a connection until the service closes it.
    async fn answers(&self, sent: &str) -> Vec<u16> {
        let (address, sent) = (self.address, sent.to_owned());
        spawn_blocking(move || statuses(&exchanged(address, &[sent.as_bytes()]))).await.unwrap()
    }

    async fn files(&self) -> usize {
        let found = self.anna.post("/api/clients/search", json!({})).await.expect(StatusCode::OK).json();
        found["items"].as_array().expect("files").len()
    }

    /// Whether the service answers the next one, and as many files were created since there were `before`.
    async fn assert_created(&self, before: usize, created: usize, name: &str) {
        assert_eq!(self.answers(LAST).await, [200], "after {name}");
        assert_eq!(self.files().await - before, created, "files of {name}");
    }
}

/// Sends pieces, each in a packet of its own, and reads until the other side closes.
fn exchanged(address: SocketAddr, pieces: &[&[u8]]) -> Vec<u8> {
    let mut stream = connected(address);
    for piece in pieces {
        // The service may have refused what came before.
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    read(&mut stream)
}

fn connected(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What came until the connection was closed or reset.
fn read(stream: &mut TcpStream) -> Vec<u8> {
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return all,
            Ok(some) => all.extend_from_slice(&piece[..some]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return all,
            Err(error) => panic!("the connection stays open: {error}"),
        }
    }
}

/// The statuses of responses with a declared length, one after the other.
fn statuses(mut bytes: &[u8]) -> Vec<u16> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the headers") + 4;
        let head = str::from_utf8(&bytes[..end]).expect("ASCII").to_ascii_lowercase();
        found.push(head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
        bytes = bytes.get(end + length..).expect("the whole response");
    }
    found
}

fn chunked(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_whole_is_answered_once_and_the_next_one_begins_behind_it() {
    let wire = Wire::open(Deadlines::default()).await;
    let (whole, length) = (wire.whole(), format!("Content-Length: {}\r\n", FILE.len()));
    let target = |start: &str| wire.begun(start, &length, FILE);
    let chunks = |body: &str| wire.create("Transfer-Encoding: chunked\r\n", body);
    let inner = |method: &str| format!("{method} HTTP/1.1\r\nHost: finrust.test\r\nContent-Length: {}\r\n\r\n{whole}", whole.len());
    for (name, sent, statuses, created) in [
        ("one", whole.clone(), &[201][..], 1),
        ("three at once", whole.repeat(3), &[201, 201, 201], 3),
        ("blank lines in front", format!("\r\n\r\n{whole}"), &[201], 1),
        ("the same length twice", wire.create(&length.repeat(2), FILE), &[201], 1),
        ("two hosts", wire.create(&format!("Host: finrust.test\r\n{length}"), FILE), &[400], 0),
        ("line feeds alone", whole.replace("\r\n", "\n"), &[201], 1),
        ("chunks", chunks(&chunked(FILE)), &[201], 1),
        ("chunk extensions", chunks(&chunked(FILE).replacen("\r\n", ";a=\"b\";c\r\n", 1)), &[201], 1),
        ("a chunk size with zeros", chunks(&format!("000{}", chunked(FILE))), &[201], 1),
        ("trailers", chunks(&chunked(FILE).replace("0\r\n\r\n", "0\r\nContent-Length: 9\r\nX: y\r\n\r\n")), &[201], 1),
        (
            "a foreign absolute target",
            target("POST http://elsewhere.example/api/clients HTTP/1.1\r\nHost: elsewhere.example\r\n"),
            &[201],
            1,
        ),
        ("a request as the body", wire.create(&format!("Content-Length: {}\r\n", whole.len()), &whole), &[400], 0),
        ("a request as the body of a read", inner("GET /api/health"), &[200], 0),
        ("a request as the body of what is nowhere", inner("POST /api/nothing"), &[404], 0),
        ("a request as a chunk", chunks(&chunked(&whole)), &[400], 0),
        ("an empty body before a request", wire.create("Content-Length: 0\r\n", &whole), &[400, 201], 1),
    ] {
        let before = wire.files().await;
        assert_eq!(wire.answers(&(sent + LAST)).await, [statuses, &[200]].concat(), "{name}");
        wire.assert_created(before, created, name).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_what_two_readers_may_read_differently_nothing_of_the_connection_is_read() {
    let wire = Wire::open(Deadlines::default()).await;
    let (whole, length) = (wire.whole(), format!("Content-Length: {}\r\n", FILE.len()));
    for (name, sent, statuses, created) in [
        ("both, the length first", wire.create(&format!("{length}Transfer-Encoding: chunked\r\n"), &chunked(FILE)), &[201][..], 1),
        ("both, the length last", wire.create(&format!("Transfer-Encoding: chunked\r\n{length}"), &chunked(FILE)), &[201], 1),
        ("both, and a wrong length", wire.create("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", &chunked(FILE)), &[201], 1),
        ("HTTP/1.0", wire.begun("POST /api/clients HTTP/1.0\r\n", &length, FILE), &[201], 1),
        ("two lengths", wire.create(&format!("{length}Content-Length: 4\r\n"), FILE), &[400], 0),
    ] {
        let before = wire.files().await;
        assert_eq!(wire.answers(&(sent + &whole)).await, statuses, "{name}");
        wire.assert_created(before, created, name).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_malformed_is_refused_and_ends_the_connection() {
    let wire = Wire::open(Deadlines::default()).await;
    let whole = wire.whole();
    let before = wire.files().await;
    let length = format!("Content-Length: {}", FILE.len());
    let lines = |lines: &str| wire.create(&format!("{lines}\r\n"), FILE);
    let with = |line: &str| lines(&format!("{line}\r\n{length}"));
    let lengths = ["+31", "-1", "0x1f", "31, 31", "31 31", "31;", "", "3.1e1", "99999999999999999999", "18446744073709551615"];
    let codings = ["identity", "chunked, identity", "xchunked", "chunked;a=b", "\u{b}chunked", ""];
    let bad_lines = ["X : y", "X\r\n y: z", "X: y\r\n z", "X: a\0b", "X: a\rb", "X\0: y", "no colon", ": y", "X\u{e9}: y", "X: \u{7f}"];
    let chunks = ["zz", "-1", "1f1f1f1f1f1f1f1f1f1f", "", "1f x", "0x1f", "1f\n", "+1f"];
    let starts = [
        "GET /api/health HTTP/1.1 x",
        "GET  /api/health HTTP/1.1",
        "GET /\0 HTTP/1.1",
        "GET /api/health HTTP/9.9",
        "GET",
        "\u{16}\u{3}\u{1}",
    ];
    let coded = |coding: &&str| wire.create(&format!("Transfer-Encoding: {coding}\r\n"), &chunked(FILE));
    let chunk = |size: &&str| wire.create("Transfer-Encoding: chunked\r\n", &format!("{size}\r\n{FILE}\r\n0\r\n\r\n"));
    let old = wire.begun("POST /api/clients HTTP/1.0\r\n", "Transfer-Encoding: chunked\r\n", &chunked(FILE));
    let unended = wire.create("Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{FILE}0\r\n\r\n", FILE.len()));
    let sent = lengths
        .iter()
        .map(|value| lines(&format!("Content-Length: {value}")))
        .chain(codings.iter().map(coded))
        .chain(bad_lines.iter().map(|line| with(line)))
        .chain(chunks.iter().map(chunk))
        .chain(starts.iter().map(|start| format!("{start}\r\nHost: finrust.test\r\n\r\n")))
        .chain([old, unended]);
    for sent in sent {
        let answers = wire.answers(&(sent.clone() + &whole)).await;
        assert!(matches!(answers[..], [400 | 431]), "{answers:?} to {sent:?}");
    }
    for (name, many) in [("many headers", "X: y\r\n".repeat(2000)), ("a long header", format!("X: {}\r\n", "y".repeat(1_000_000)))] {
        let answers = wire.answers(&wire.create(&(many + &length + "\r\n"), FILE)).await;
        assert!(matches!(answers[..], [] | [431]), "{answers:?} to {name}");
    }
    wire.assert_created(before, 0, "what is malformed").await;
}

/// However it is cut into packets, it is one request; and wherever it breaks off, it is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_done_when_its_last_byte_is_there_and_not_before() {
    let wire = Wire::open(Deadlines::default()).await;
    for whole in [wire.whole(), wire.create("Transfer-Encoding: chunked\r\n", &chunked(FILE))] {
        let before = wire.files().await;
        let (address, bytes) = (wire.address, (whole.clone() + LAST).into_bytes());
        let answers = spawn_blocking(move || {
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            statuses(&exchanged(address, &single))
        });
        assert_eq!(answers.await.unwrap(), [201, 200]);
        wire.assert_created(before, 1, "one byte at a time").await;
        let bytes = whole.into_bytes();
        let ended = spawn_blocking(move || {
            for end in 1..bytes.len() {
                let mut stream = connected(address);
                stream.write_all(&bytes[..end]).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
                let answered = read(&mut stream);
                assert!(statuses(&answered).iter().all(|status| *status >= 400), "{end} bytes: {}", String::from_utf8_lossy(&answered));
            }
        });
        ended.await.unwrap();
        wire.assert_created(before, 1, "requests that break off").await;
    }
}

/// A body that is too large is received to its end, so that a proxy that keeps the connection can send the next request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_body_that_is_refused_the_next_request_is_read() {
    let wire = Wire::open(Deadlines::default()).await;
    let before = wire.files().await;
    let large = format!("{{\"notes\":\"{}\"}}", "x".repeat(1_500_000));
    let declared = wire.create(&format!("Content-Length: {}\r\n", large.len()), &large);
    let counted = wire.create("Transfer-Encoding: chunked\r\n", &chunked(&large));
    for sent in [declared, counted] {
        assert_eq!(wire.answers(&(sent + &wire.whole() + LAST)).await, [413, 201, 200]);
    }
    wire.assert_created(before, 2, "what follows").await;
}

/// Headers have a time from their first byte on, however regularly the next one comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_do_not_end_end_the_connection() {
    let head = Duration::from_millis(500);
    let wire = Wire::open(Deadlines { head, ..Deadlines::default() }).await;
    let address = wire.address;
    let taken = spawn_blocking(move || {
        let mut stream = connected(address);
        stream.write_all(b"GET /api/health HTTP/1.1\r\nX: ").unwrap();
        stream.set_read_timeout(Some(head / 20)).unwrap();
        let mut sent = 0;
        loop {
            match stream.read(&mut [0; 64]) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Ok(some) => return (sent, some),
                Err(_) => return (sent, 0),
            }
            sent += usize::from(stream.write_all(b"y").is_ok());
        }
    });
    let (sent, answered) = taken.await.unwrap();
    assert!((2..200).contains(&sent) && answered == 0, "{sent} bytes, {answered} of an answer");
    assert_eq!(wire.answers(LAST).await, [200]);
}
