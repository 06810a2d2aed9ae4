//! The proxy's connections to the handler, and responses read from them chunk by chunk.
//!
//! A connection whose response was read to its end is kept for a minute and reused (`SocketsHttpHandler`). If it was closed meanwhile, that
//! is noticed, unless it happens while the next request is in flight.

use super::wire::{Answer, Request, Unanswered};
use socket2::{Domain, Socket, Type};
use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How long an unused connection is kept (`PooledConnectionIdleTimeout`).
pub const KEPT_FOR: Duration = Duration::from_mins(1);

/// The time limits of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// `functionTimeout`, until the last byte that the client reads.
    pub until: Option<Instant>,
    /// Longest time without any data moving.
    pub standstill: Duration,
}

impl Patience {
    /// The time limit of the next step; `None` when no time is left.
    pub fn left(self, now: Instant) -> Option<Duration> {
        let left = self.until.map_or(self.standstill, |until| until.saturating_duration_since(now).min(self.standstill));
        (!left.is_zero()).then_some(left)
    }

    /// Whether the invocation has exceeded `functionTimeout`.
    pub fn is_over(self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// Connections to the handler.
#[derive(Default)]
pub struct Upstream {
    /// Receive buffer size; the default when not set.
    room: OnceLock<usize>,
    idle: Mutex<Vec<(TcpStream, Instant)>>,
    opened: AtomicUsize,
}

impl Upstream {
    /// Sends a request, and reads the headers of its response.
    pub fn send(&self, port: u16, request: &Request, patience: Patience) -> Result<Begun<'_>, Unanswered> {
        let stream = match self.kept(Instant::now()) {
            Some(stream) => stream,
            None => self.open(port).map_err(|_| Unanswered::NotConnected)?,
        };
        let begun = Begun::on(stream, request, patience)?;
        Ok(Begun { home: Some(self), ..begun })
    }

    /// Limits the receive buffer to `room` from now on.
    pub fn narrow(&self, room: usize) {
        self.room.set(room).expect("once");
        self.idle.lock().expect("no panic with the connections").clear();
    }

    /// How many connections were opened so far.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    fn open(&self, port: u16) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if let Some(bytes) = self.room.get() {
            socket.set_recv_buffer_size(*bytes)?;
        }
        socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(socket.into())
    }

    /// A pooled connection that is still open.
    fn kept(&self, now: Instant) -> Option<TcpStream> {
        let mut idle = self.idle.lock().expect("no panic with the connections");
        idle.retain(|(_, since)| now.duration_since(*since) < KEPT_FOR);
        while let Some((stream, _)) = idle.pop() {
            if is_open(&stream).unwrap_or(false) {
                return Some(stream);
            }
        }
        None
    }

    fn keep(&self, stream: TcpStream, now: Instant) {
        self.idle.lock().expect("no panic with the connections").push((stream, now));
    }
}

/// Whether a connection has neither unread data nor an end.
fn is_open(stream: &TcpStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    Ok(peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock))
}

/// What is left of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Bytes(u64),
    /// Of this chunk; others may follow.
    Chunk(u64),
    /// Everything until the connection closes.
    UntilClosed,
}

/// A response whose headers were read.
pub struct Begun<'a> {
    /// Without its body.
    pub head: Answer,
    /// The time limits of its invocation.
    pub patience: Patience,
    stream: BufReader<TcpStream>,
    left: Left,
    home: Option<&'a Upstream>,
}

impl Begun<'_> {
    /// Sends a request on a connection, and reads the headers of its response.
    pub fn on(mut stream: TcpStream, request: &Request, patience: Patience) -> Result<Self, Unanswered> {
        request.write(&mut stream).map_err(|_| Unanswered::Closed)?;
        let mut stream = BufReader::with_capacity(4 * 1024, stream);
        let first = line(&mut stream, patience).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => Unanswered::BrokenOff,
            _ if is_late(&error) => Unanswered::TooLate,
            _ => Unanswered::Closed,
        })?;
        let mut head = Answer { status: 0, headers: Vec::new(), body: String::new() };
        head.status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(Unanswered::BrokenOff)?;
        loop {
            let line = line(&mut stream, patience)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").ok_or(Unanswered::BrokenOff)?;
            head.headers.push((name.to_lowercase(), value.to_owned()));
        }
        let length = head.header("content-length").map(|length| length.parse().expect("a length"));
        let left = match length {
            _ if request.method == "HEAD" || matches!(head.status, 204 | 304) => Left::Bytes(0),
            Some(length) => Left::Bytes(length),
            None if head.header("transfer-encoding") == Some("chunked") => Left::Chunk(0),
            None => Left::UntilClosed,
        };
        Ok(Self { head, patience, stream, left, home: None })
    }

    /// The length of the body, if the handler declared it.
    pub fn length(&self) -> Option<u64> {
        if let Left::Bytes(bytes) = self.left { Some(bytes) } else { None }
    }

    /// Reads available bytes of the body; 0 means its end.
    pub fn piece(&mut self, buffer: &mut [u8]) -> Result<usize, Unanswered> {
        let patience = self.patience;
        if self.left == Left::Chunk(0) {
            let size = line(&mut self.stream, patience)?;
            let size = u64::from_str_radix(&size, 16).map_err(|_| Unanswered::BrokenOff)?;
            if size == 0 {
                line(&mut self.stream, patience)?;
                self.left = Left::Bytes(0);
            } else {
                self.left = Left::Chunk(size);
            }
        }
        let most = match self.left {
            Left::Bytes(0) => return Ok(0),
            Left::Bytes(left) | Left::Chunk(left) => buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX)),
            Left::UntilClosed => buffer.len(),
        };
        wait(&self.stream, patience)?;
        let taken = self.stream.read(&mut buffer[..most])?;
        if taken == 0 && self.left != Left::UntilClosed {
            return Err(Unanswered::BrokenOff);
        }
        match &mut self.left {
            Left::Bytes(left) => *left -= taken as u64,
            Left::Chunk(left) => {
                *left -= taken as u64;
                if *left == 0 {
                    line(&mut self.stream, patience)?;
                }
            }
            Left::UntilClosed => {}
        }
        Ok(taken)
    }

    /// The response with its whole body.
    pub fn whole(mut self) -> Result<Answer, Unanswered> {
        let (mut body, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            match self.piece(&mut buffer)? {
                0 => break,
                taken => body.extend_from_slice(&buffer[..taken]),
            }
        }
        let (status, headers) = (self.head.status, self.head.headers.clone());
        self.end();
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// The body was read to its end: the connection may be reused.
    pub fn end(self) {
        let closes = self.head.header("connection") == Some("close") || self.left != Left::Bytes(0);
        if let Some(home) = self.home
            && !closes
        {
            home.keep(self.stream.into_inner(), Instant::now());
        }
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// For errors in the middle of a response.
impl From<io::Error> for Unanswered {
    fn from(error: io::Error) -> Self {
        if is_late(&error) { Self::TooLate } else { Self::BrokenOff }
    }
}

/// Sets the time limit of the next read.
fn wait(stream: &BufReader<TcpStream>, patience: Patience) -> io::Result<()> {
    let left = patience.left(Instant::now()).ok_or(ErrorKind::TimedOut)?;
    stream.get_ref().set_read_timeout(Some(left))
}

/// A header line, or the size of a chunk.
fn line(stream: &mut BufReader<TcpStream>, patience: Patience) -> io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        wait(stream, patience)?;
        stream.read_until(b'\n', &mut bytes)?;
        match bytes.strip_suffix(b"\r\n") {
            Some(line) => return String::from_utf8(line.to_vec()).map_err(|_| ErrorKind::InvalidData.into()),
            None if bytes.ends_with(b"\n") => {}
            // The connection ended before the response, or within it.
            None if bytes.is_empty() => return Err(ErrorKind::UnexpectedEof.into()),
            None => return Err(ErrorKind::InvalidData.into()),
        }
    }
}

#[test]
fn a_connection_is_used_again_within_a_minute_while_it_is_open() {
    use std::net::TcpListener;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("a bound port").port();
    let (upstream, start) = (Upstream::default(), Instant::now());
    let pair = || (upstream.open(port).expect("a connection"), listener.accept().expect("a connection").0);
    let ((kept, _peer), (stale, _other), (closed, peer)) = (pair(), pair(), pair());
    upstream.keep(stale, start);
    upstream.keep(kept, start + Duration::from_secs(2));
    let address = upstream.kept(start + KEPT_FOR).expect("the newer one").local_addr().expect("an address");
    assert!(upstream.kept(start + KEPT_FOR).is_none(), "{address} was the only one");
    upstream.keep(closed, start);
    drop(peer);
    assert!(upstream.kept(start).is_none());
    assert_eq!(upstream.opened(), 3);
}
