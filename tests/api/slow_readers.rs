//! Each limit on reading a response separately: a reader who violates only that limit is cut off by it, and not when it is lifted.
//!
//! Runs over a socket, with deadlines as short as a test can afford.

use crate::slow_exports::is_closed;
use axum::{Router, routing::get};
use finrust::http::connection::{Connections, Deadlines, listen, service};
use socket2::{Domain, Socket, Type};
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

const SECOND: Duration = Duration::from_secs(1);
const NEVER: Duration = Duration::from_hours(1);
/// More than any reader here takes.
const BYTES: usize = 64 * 1024 * 1024;
/// The kernel reports progress in steps of some forty kilobytes: a reader who takes fewer a second seems to take nothing.
const LIMITS: Deadlines = Deadlines {
    stalled: Duration::from_secs(2),
    answer: Duration::from_secs(10),
    document: NEVER,
    window: Duration::from_secs(4),
    least: 4 * 150 * 1024,
    idle: NEVER,
    head: NEVER,
};
const TICK: Duration = Duration::from_millis(20);

/// A connection on which the response was requested, with a small receive buffer.
fn ask(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.write_all(b"GET / HTTP/1.1\r\nhost: finrust.test\r\n\r\n").unwrap();
    stream
}

/// Reads so many bytes a second. Returns when it was cut off, if within `most`, and how.
fn take(mut stream: TcpStream, bytes_a_second: usize, most: Duration) -> Option<(Duration, bool)> {
    let (started, mut taken, mut piece) = (Instant::now(), 0, vec![0; 64 * 1024]);
    stream.set_read_timeout(Some(TICK)).unwrap();
    while started.elapsed() < most {
        if is_closed(&stream) {
            let lasted = started.elapsed();
            stream.set_read_timeout(None).unwrap();
            let mut rest = Vec::new();
            return Some((lasted, stream.read_to_end(&mut rest).is_err()));
        }
        // Catches up on what was missed while the machine was busy.
        let due = bytes_a_second * usize::try_from(started.elapsed().as_millis()).unwrap() / 1000;
        while taken < due {
            let room = piece.len().min(due - taken);
            match stream.read(&mut piece[..room]) {
                Ok(0) => return Some((started.elapsed(), false)),
                Ok(some) => taken += some,
                Err(error) if [ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind()) => break,
                // The error is reported once, to the first read.
                Err(_) => return Some((started.elapsed(), true)),
            }
        }
        thread::sleep(TICK);
    }
    None
}

/// When a reader of that rate is cut off by a server with these limits.
async fn cut_off(limits: Deadlines, bytes_a_second: usize) -> Option<Duration> {
    let listener = listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async || vec![b'x'; BYTES]));
    tokio::spawn(axum::serve(Connections::of(listener, limits), service(router)).into_future());
    let most = LIMITS.answer + 5 * SECOND;
    let cut = tokio::task::spawn_blocking(move || take(ask(address), bytes_a_second, most)).await.unwrap();
    cut.map(|(lasted, is_noticed)| {
        assert!(is_noticed, "the connection ends as if the answer were whole");
        lasted
    })
}

/// Whether it was cut off at this limit, allowing for a busy machine.
fn at(limit: Duration, cut: Option<Duration>) -> bool {
    cut.is_some_and(|lasted| (limit..limit + 4 * SECOND).contains(&(lasted + TICK)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_nothing_is_cut_off_for_that_alone() {
    let without = Deadlines { stalled: NEVER, ..LIMITS };
    let (with, without) = tokio::join!(cut_off(LIMITS, 0), cut_off(without, 0));
    assert!(at(LIMITS.stalled, with), "{with:?}");
    assert!(at(LIMITS.answer, without), "{without:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_too_little_is_cut_off_for_that_alone() {
    let without = Deadlines { least: 0, ..LIMITS };
    let (with, without) = tokio::join!(cut_off(LIMITS, 70_000), cut_off(without, 70_000));
    assert!(at(LIMITS.window, with), "{with:?}");
    assert!(at(LIMITS.answer, without), "{without:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_too_long_is_cut_off_for_that_alone() {
    let without = Deadlines { answer: NEVER, ..LIMITS };
    let (with, without) = tokio::join!(cut_off(LIMITS, 250_000), cut_off(without, 250_000));
    assert!(at(LIMITS.answer, with), "{with:?}");
    assert_eq!(without, None);
}
