//! A light-weight load generator: prepared requests, responses read by their length, connections kept open.

use super::server::Server;
use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet, time::sleep};

const WARM_UP: Duration = Duration::from_millis(300);

/// A connection with one request at a time.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: vec![0; 256 * 1024] })
    }

    /// Sends a request and reads its whole response, which must be a 200.
    pub async fn ask(&mut self, request: &[u8]) -> usize {
        self.write(request).await;
        let mut filled = self.read(0).await;
        while whole(&self.answer[..filled]) != Some(filled) {
            filled += self.read(filled).await;
        }
        assert!(self.answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.answer[..filled]));
        filled
    }

    /// Sends a request and returns the JSON of any successful response; `null` if it has no body.
    pub async fn ask_for(&mut self, request: &[u8]) -> serde_json::Value {
        self.write(request).await;
        let mut filled = self.read(0).await;
        while whole(&self.answer[..filled]) != Some(filled) {
            filled += self.read(filled).await;
        }
        let answer = &self.answer[..filled];
        assert!(answer.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(answer));
        let body = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(filled, |head| head + 4);
        serde_json::from_slice(&answer[body..]).unwrap_or_default()
    }

    /// Like [`Connection::ask`], for a response known to be `length` bytes long.
    async fn ask_again(&mut self, request: &[u8], length: usize) {
        self.write(request).await;
        let mut filled = 0;
        while filled < length {
            filled += self.read(filled).await;
        }
        assert!(self.answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.answer[..length]));
    }

    async fn write(&self, mut rest: &[u8]) {
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) => would_block(&error, self.stream.writable()).await,
            }
        }
    }

    async fn read(&mut self, at: usize) -> usize {
        loop {
            match self.stream.try_read(&mut self.answer[at..]) {
                Ok(read) => break if read > 0 { read } else { unreachable!("the server closed the connection") },
                Err(error) => would_block(&error, self.stream.readable()).await,
            }
        }
    }
}

async fn would_block(error: &io::Error, ready: impl Future<Output = io::Result<()>>) {
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}");
    ready.await.expect("the connection lasts");
}

/// The length of the response starting here, once its headers are complete.
fn whole(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).expect("heads are ASCII");
    // A response without a body has no content length.
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    Some(head + length.parse::<usize>().expect("a length"))
}

/// The result of a load.
pub struct Load {
    /// Responses per second.
    pub rate: f64,
    /// Server CPU time per response in microseconds; depends less on what else is running.
    pub cpu_us: f64,
}

/// Loads the server: each of `requests` repeatedly on a connection of its own. All responses to one request have the same length.
pub async fn load(server: &Server, requests: &[Vec<u8>], time: Duration) -> Load {
    let port = server.port;
    let answered = Arc::new(AtomicU64::new(0));
    let mut connections = JoinSet::new();
    for request in requests {
        let (request, answered) = (request.clone(), Arc::clone(&answered));
        connections.spawn(async move {
            let mut connection = Connection::open(port).await.expect("the server listens");
            let length = connection.ask(&request).await;
            loop {
                connection.ask_again(&request, length).await;
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    sleep(WARM_UP).await;
    let (before, cpu, started) = (answered.load(Ordering::Relaxed), server.cpu_seconds(), Instant::now());
    sleep(time).await;
    let count = u32::try_from(answered.load(Ordering::Relaxed) - before).expect("a few seconds of answers");
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    let cpu_us = (server.cpu_seconds() - cpu) * 1_000_000.0 / f64::from(count);
    assert!(connections.try_join_next().is_none(), "every connection lasts");
    connections.shutdown().await;
    Load { rate, cpu_us }
}
