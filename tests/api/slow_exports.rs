//! An export that is read slowly is ended by a deadline of its own, in a way that its reader notices, and nobody else waits for it.
//!
//! Runs over a socket, with deadlines as short as a test can afford.

use crate::support::{
    actor::Actor,
    app::{PASSWORD, TestApp},
};
use axum::http::StatusCode;
use finrust::http::{
    connection::{Connections, Deadlines, listen, service},
    routes::router,
};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// Enough that no system buffer holds them all.
const FILES: usize = 60;
/// How many times its deadline a response may take on a busy machine.
const MAX: u32 = 5;

/// Long enough that stalls caused by a busy machine do not count.
fn deadlines() -> Deadlines {
    let usual = Deadlines::default();
    Deadlines { stalled: usual.stalled / 5, answer: usual.answer / 120, document: usual.document / 100, window: usual.window / 10, ..usual }
}

/// A file of the maximum size: a third of a megabyte.
pub fn largest(number: usize) -> Value {
    let long = "\u{1d11e}".repeat(100);
    let entries = |member: &str| vec![json!({ member: long }); 100];
    let child = json!({"first_name": long, "prefix": long, "last_name": long});
    json!({
        "person": {"last_name": format!("Dijk {number}")}, "children": vec![child; 100], "incomes": entries("description"),
        "expenses": entries("description"), "assets": entries("description"), "debts": entries("description"),
        "notes": "\u{1d11e}".repeat(20_000),
    })
}

/// A connection on which an adviser's export was requested.
fn ask(address: SocketAddr, anna: &Actor, format: &str) -> TcpStream {
    let body = json!({"format": format, "password": PASSWORD}).to_string();
    let cookie = anna.cookie("__Host-finrust").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let head = format!(
        "POST /api/exports HTTP/1.1\r\nhost: finrust.test\r\nconnection: close\r\ncontent-type: application/json\r\n\
         cookie: __Host-finrust={cookie}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// What became of a response: how long it lasted, and how much of it arrived.
struct Taken {
    lasted: Duration,
    bytes: Vec<u8>,
}

/// Reads `bytes` bytes every so many milliseconds until there are no more; does not wait for what is in the system's buffers when the
/// connection is closed.
fn read_slowly(stream: &mut TcpStream, bytes: usize, every: Duration) -> Taken {
    let (mut started, mut all, mut piece) = (Instant::now(), Vec::new(), vec![0; bytes]);
    while !is_closed(stream) && started.elapsed() < MAX * deadlines().document {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(some) => all.extend_from_slice(&piece[..some]),
        }
        // Until the first file arrives, the delay is the program's own.
        if all.len() < 10_000 {
            started = Instant::now();
        }
        std::thread::sleep(every);
    }
    let lasted = started.elapsed();
    if is_closed(stream) {
        // It may have been cut off already.
        let _ = stream.read_to_end(&mut all);
    }
    Taken { lasted, bytes: all }
}

/// Whether the other side has closed a connection; what it had sent before may still be in the system's buffers.
pub fn is_closed(stream: &TcpStream) -> bool {
    const ESTABLISHED: &str = "01";
    // A reset connection no longer has a peer address.
    let Ok(peer) = stream.peer_addr() else { return true };
    let (here, there) = (stream.local_addr().unwrap().port(), peer.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next().unwrap_or_default(), 16).ok();
    !table.lines().skip(1).any(|line| {
        let [_, local, remote, state, ..] = line.split_whitespace().collect::<Vec<_>>()[..] else { return false };
        (port(local), port(remote), state) == (Some(there), Some(here), ESTABLISHED)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_ends_by_its_own_deadline_and_others_are_answered_meanwhile() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let bert = app.adviser("bert").await;
    for number in 0..FILES {
        anna.post("/api/clients", largest(number)).await.expect(StatusCode::CREATED);
    }
    let serve = async |deadlines| {
        let listener = listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(Connections::of(listener, deadlines), service(router(app.state().clone()))).into_future());
        address
    };
    // The kernel reports a reader's progress in large steps: pauses between them must not end the one that is only too slow for a document.
    let (stalls_end_it, its_time_ends_it) =
        (serve(deadlines()).await, serve(Deadlines { stalled: MAX * deadlines().document, ..deadlines() }).await);
    let tick = Duration::from_millis(25);
    // One reads a kilobyte at a time, which the kernel does not report for long; the other reads enough to violate only the deadline for
    // documents.
    let (mut a_drop, mut a_cup) = (ask(stalls_end_it, &anna, "json"), ask(its_time_ends_it, &anna, "csv"));
    let dropwise = tokio::task::spawn_blocking(move || read_slowly(&mut a_drop, 1000, tick));
    let cupwise = tokio::task::spawn_blocking(move || read_slowly(&mut a_cup, 15_000, tick));
    let others = tokio::spawn(async move {
        let (mut longest, mut answered) = (Duration::ZERO, 0);
        loop {
            let begun = Instant::now();
            bert.get("/api/account").await.expect(StatusCode::OK);
            longest = longest.max(begun.elapsed());
            answered += 1;
            println!("{answered} others were answered, in {longest:?} at most");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let (dropwise, cupwise) = (dropwise.await.unwrap(), cupwise.await.unwrap());
    assert!(!others.is_finished(), "somebody else was not answered");
    others.abort();
    for (taken, how) in [(&dropwise, "dropwise"), (&cupwise, "cupwise")] {
        println!("an export read {how}: ended after {:?}, {} bytes", taken.lasted, taken.bytes.len());
        let text = String::from_utf8_lossy(&taken.bytes);
        assert!(text.starts_with("HTTP/1.1 200") && text.contains("Dijk "), "{text:.300}");
        assert!(!text.ends_with("0\r\n\r\n") && !text.contains("\"count\"") && !text.contains(".end files="), "it is taken for whole");
        assert!(taken.lasted < MAX * deadlines().document, "{:?}", taken.lasted);
    }
    assert!(cupwise.lasted > 2 * deadlines().answer, "a document has time of its own: {:?}", cupwise.lasted);
}
