//! The host as the server that clients connect to: they pipeline requests, and read responses at their own pace.
//!
//! A response is forwarded as it arrives, one buffer at a time, and the next chunk is read once the previous one was written to the
//! server's buffer, which here is the kernel's. A client that reads slowly thus occupies an invocation, and what the handler has sent
//! meanwhile waits in buffers on the way. When the handler aborts, so does the host: the client's connection is reset.

use super::{
    functions_host::FunctionsHost,
    upstream::Begun,
    wire::{Answer, Body, Request, Unanswered},
};
use socket2::SockRef;
use std::{
    fmt::Write as _,
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Mutex, PoisonError},
    thread::{self, Scope},
    time::{Duration, Instant},
};
use test_support::program::fresh;

/// What the host copies at a time (YARP's `StreamCopier`), and buffers of a response that its client has not read (Kestrel's
/// `MaxResponseBufferSize`), besides the kernel's buffers.
const USUAL: usize = 64 * 1024;

/// Buffer sizes on the way of a response.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    copied: usize,
    /// Kernel buffer size; the default when `None`.
    system: Option<usize>,
}

impl Room {
    /// The real sizes.
    pub const USUAL: Self = Self { copied: USUAL, system: None };
    /// A sixteenth, so that it is full within seconds.
    pub const NARROW: Self = Self { copied: USUAL / 16, system: Some(USUAL / 16) };
}

/// How a forwarded request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The client received all of it.
    Whole,
    /// The handler aborted.
    BrokenOff,
    /// The client disconnected.
    Left,
    /// It timed out.
    TooLate,
}

/// The host, listening.
pub struct Server<'a> {
    host: &'a FunctionsHost,
    listener: TcpListener,
    room: Room,
    ended: Mutex<Vec<Ended>>,
}

/// A server that accepts connections.
pub struct Serving(u16);

impl Drop for Serving {
    fn drop(&mut self) {
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.0)));
    }
}

impl<'a> Server<'a> {
    /// A server in front of a host.
    pub fn of(host: &'a FunctionsHost, room: Room) -> Self {
        if let Some(bytes) = room.system {
            host.upstream.narrow(bytes);
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        Self { host, listener, room, ended: Mutex::default() }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.listener.local_addr().expect("a bound port").port()
    }

    /// How the forwarded requests have ended so far.
    pub fn ended(&self) -> Vec<Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves everyone who connects, until the returned value is dropped.
    pub fn serve<'s>(&'s self, scope: &'s Scope<'s, '_>) -> Serving {
        scope.spawn(move || {
            for client in self.listener.incoming() {
                let client = client.expect("a connection");
                // An empty connection is the signal to stop: no client connects and sends nothing.
                if client.peek(&mut [0]).is_ok_and(|bytes| bytes == 0) {
                    return;
                }
                scope.spawn(move || self.converse(client));
            }
        });
        Serving(self.port())
    }

    fn converse(&self, mut client: TcpStream) {
        client.set_nodelay(true).expect("a socket");
        if let Some(bytes) = self.room.system {
            SockRef::from(&client).set_send_buffer_size(bytes).expect("a socket");
        }
        let mut requests = BufReader::new(client.try_clone().expect("a socket"));
        while let Ok(Some(request)) = take_request(&mut requests) {
            let passed = match self.host.routed(&request) {
                Ok(_) => match self.host.forward(&self.host.proxied(&request)) {
                    Ok(begun) => self.pass_on(begun, &mut client),
                    Err(bare) => bare_answer(&mut client, &bare),
                },
                Err(status) => bare_answer(&mut client, &Answer::of_host(status)),
            };
            let ended = match passed {
                Ok(()) => Ended::Whole,
                Err(Unanswered::TooLate) => Ended::TooLate,
                Err(Unanswered::BrokenOff) => Ended::BrokenOff,
                Err(Unanswered::Closed | Unanswered::NotConnected) => Ended::Left,
            };
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
            if ended != Ended::Whole {
                SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("a socket");
                return;
            }
        }
    }

    /// Forwards the response as it arrives; the process is killed when the client takes too long.
    fn pass_on(&self, mut begun: Begun<'_>, client: &mut TcpStream) -> Result<(), Unanswered> {
        let (starts, patience) = (self.host.starts(), begun.patience);
        let passed = self.copy(&mut begun, client);
        match passed {
            Ok(()) => begun.end(),
            Err(unanswered) => drop(self.host.give_up(unanswered, patience, starts)),
        }
        passed
    }

    fn copy(&self, begun: &mut Begun<'_>, client: &mut TcpStream) -> Result<(), Unanswered> {
        let mut buffer = vec![0; self.room.copied];
        let length = begun.length();
        let head = written_head(&begun.head, length);
        write(client, head.as_bytes(), begun)?;
        loop {
            let taken = begun.piece(&mut buffer)?;
            if length.is_some() {
                write(client, &buffer[..taken], begun)?;
            } else {
                let chunk = [format!("{taken:x}\r\n").as_bytes(), &buffer[..taken], b"\r\n"].concat();
                write(client, &chunk, begun)?;
            }
            if taken == 0 {
                return Ok(());
            }
        }
    }
}

/// Status and headers as the host forwards them.
fn written_head(head: &Answer, length: Option<u64>) -> String {
    let mut written = format!("HTTP/1.1 {} \r\n", head.status);
    let framing = ["connection", "keep-alive", "transfer-encoding", "content-length"];
    for (name, value) in head.headers.iter().filter(|(name, _)| !framing.contains(&name.as_str())) {
        write!(written, "{name}: {value}\r\n").expect("room in a text");
    }
    let framing = length.map_or_else(|| "transfer-encoding: chunked".to_owned(), |length| format!("content-length: {length}"));
    written + &framing + "\r\n\r\n"
}

fn bare_answer(client: &mut TcpStream, answer: &Answer) -> Result<(), Unanswered> {
    client.write_all(written_head(answer, Some(0)).as_bytes()).map_err(|_| Unanswered::Closed)
}

/// Writes all bytes within the time left for the invocation.
fn write(client: &mut TcpStream, mut bytes: &[u8], begun: &Begun<'_>) -> Result<(), Unanswered> {
    while !bytes.is_empty() {
        let left = begun.patience.left(Instant::now()).ok_or(Unanswered::TooLate)?;
        client.set_write_timeout(Some(left)).map_err(|_| Unanswered::Closed)?;
        match client.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Err(Unanswered::TooLate),
            Err(_) => return Err(Unanswered::Closed),
        }
    }
    Ok(())
}

/// The next request of a connection, with a body of declared length; `None` when there is none.
fn take_request(requests: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = || {
        let mut line = String::new();
        requests.read_line(&mut line).map(|_| line.trim_end_matches("\r\n").to_owned())
    };
    let first = line()?;
    let mut parts = first.split(' ');
    let (Some(method), Some(target)) = (parts.next(), parts.next()) else { return Ok(None) };
    let mut request = Request::new(method, target);
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        request = request.header(name, value);
    }
    let length = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if let Some(length) = length.and_then(|(_, length)| length.parse().ok()) {
        let mut body = vec![0; length];
        requests.read_exact(&mut body)?;
        request.body = Body::Whole(String::from_utf8(body).map_err(|_| ErrorKind::InvalidData)?);
    }
    Ok(Some(request))
}

/// A client that pipelines more requests than all buffers can answer, and reads nothing, until `until` holds.
#[cfg(test)]
fn starve(server: &Server<'_>, until: impl Fn() -> bool) {
    thread::scope(|scope| {
        let _serving = server.serve(scope);
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("a connection");
        let ask = Request::new("GET", "/api/openapi.json").header("Host", "dossier.example.nl").head();
        stream.write_all(ask.repeat(80).as_bytes()).expect("room for the requests");
        let started = Instant::now();
        while !until() {
            assert!(started.elapsed() < Duration::from_mins(1), "{:?}", server.ended());
            thread::sleep(Duration::from_millis(20));
        }
    });
}

/// `functionTimeout` runs until the last byte is read: one client that reads nothing would cost everyone the process. So the deployed app
/// has none.
#[test]
fn with_a_function_timeout_one_slow_reader_has_the_process_killed() {
    let (_parent, data) = fresh();
    let timeout = serde_json::json!("00:00:03");
    let host = FunctionsHost::start_changed(&data, |app| app.host["functionTimeout"] = timeout);
    let server = Server::of(&host, Room::USUAL);
    starve(&server, || host.starts() > 1);
    assert_eq!((host.starts(), server.ended().pop()), (2, Some(Ended::TooLate)));
    assert!(server.ended().len() > 1, "what fits into buffers is taken");
}

/// No data moves: the proxy ends the invocation, and nothing else.
#[test]
fn without_one_the_proxy_waits_until_nothing_has_moved_for_its_time() {
    let (_parent, data) = fresh();
    let mut host = FunctionsHost::start(&data);
    assert_eq!(host.standstill, Duration::from_mins(4));
    host.standstill = Duration::from_secs(2);
    let server = Server::of(&host, Room::USUAL);
    starve(&server, || !server.ended().is_empty() && server.ended().last() != Some(&Ended::Whole));
    assert_eq!((host.starts(), server.ended().pop()), (1, Some(Ended::TooLate)));
    host.public(&Request::new("GET", "/api/health")).expect(200);
}
