//! The load generator, in a process of its own: prepared requests, responses read by their length, connections kept open.
//!
//! ```text
//! standard input  = order, as JSON
//! standard output = "warm" when counting begins, and at the end the outcome, as JSON; each on a line
//! ```

use serde::{Deserialize, Serialize};
use std::{
    io::{self, Write},
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet, time::sleep};

const WARM_UP: Duration = Duration::from_millis(300);
/// In a repeated save: the version that the last answer named, and a number, so that each save changes something.
pub const ETAG: &str = "{etag}";
pub const TURN: &str = "{turn}";
/// In a repeated sign-in: the mark of the browser, which every sign-in replaces.
pub const DEVICE: &str = "{device}";

/// What one connection does until the load ends.
#[derive(Serialize, Deserialize)]
pub struct Task {
    /// Sent again and again.
    pub request: String,
    pub follows: Follows,
}

/// What a request takes from the answer to the one before it.
#[derive(Serialize, Deserialize)]
pub enum Follows {
    /// Nothing: all answers have the same length.
    Nothing,
    /// The version of the file that is saved; this request tells the first one.
    Version(String),
    /// The mark of a browser, beginning with this one.
    Device(String),
}

impl Task {
    /// The same request each time.
    pub const fn same(request: String) -> Self {
        Self { request, follows: Follows::Nothing }
    }
}

/// A load.
#[derive(Serialize, Deserialize)]
pub struct Order {
    pub tasks: Vec<Task>,
    pub seconds: f64,
}

/// The result of a load.
#[derive(Serialize, Deserialize)]
pub struct Outcome {
    pub responses: u32,
    pub seconds: f64,
    /// Latencies in milliseconds: median and 99th percentile.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The mark that the browser of each task has at the end; empty where there is none.
    pub devices: Vec<String>,
}

/// Carries out the order on standard input.
pub fn run(port: u16) {
    let order: Order = serde_json::from_reader(io::stdin().lock()).expect("an order");
    // One thread: it drives a server on two cores, and leaves it as much of them as it can.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(drive(port, order));
    say(&serde_json::to_string(&outcome).expect("an outcome is JSON"));
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("the bench listens");
}

async fn drive(port: u16, order: Order) -> Outcome {
    let counts = Arc::new(AtomicBool::new(false));
    let times = Arc::new(Mutex::new(Vec::<u32>::new()));
    let devices = Arc::new(Mutex::new(vec![String::new(); order.tasks.len()]));
    let mut connections = JoinSet::new();
    for (number, task) in order.tasks.into_iter().enumerate() {
        let devices = Arc::clone(&devices);
        let keep = move |mark: &str| mark.clone_into(&mut lock(&devices)[number]);
        connections.spawn(repeat(port, task, keep, Arc::clone(&counts), Arc::clone(&times)));
    }
    sleep(WARM_UP).await;
    counts.store(true, Ordering::Relaxed);
    say("warm");
    let started = Instant::now();
    sleep(Duration::from_secs_f64(order.seconds)).await;
    counts.store(false, Ordering::Relaxed);
    let seconds = started.elapsed().as_secs_f64();
    assert!(connections.try_join_next().is_none(), "every connection lasts");
    connections.shutdown().await;
    let mut times = std::mem::take(&mut *lock(&times));
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0);
    let responses = u32::try_from(times.len()).expect("a few seconds of responses");
    let devices = std::mem::take(&mut *lock(&devices));
    Outcome { responses, seconds, p50_ms: at(50), p99_ms: at(99), devices }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Never ends: it is stopped with the load.
async fn repeat(port: u16, task: Task, keep: impl Fn(&str), counts: Arc<AtomicBool>, times: Arc<Mutex<Vec<u32>>>) {
    let mut connection = Connection::open(port).await.expect("the server listens");
    let Task { request, follows } = task;
    let (mut version, mut device, mut length) = (String::new(), String::new(), 0);
    match &follows {
        Follows::Nothing => length = connection.ask(request.as_bytes()).await,
        Follows::Version(first) => version = connection.version_of(first.as_bytes()).await,
        Follows::Device(mark) => {
            keep(mark);
            device.clone_from(mark);
        }
    }
    for turn in 0_u32.. {
        let started = Instant::now();
        match &follows {
            Follows::Nothing => connection.ask_again(request.as_bytes(), length).await,
            Follows::Version(_) => {
                let save = request.replace(ETAG, &version).replace(TURN, &format!("{turn:08}"));
                version = connection.version_of(save.as_bytes()).await;
            }
            Follows::Device(_) => {
                device = connection.device_of(request.replace(DEVICE, &device).as_bytes()).await;
                keep(&device);
            }
        }
        if counts.load(Ordering::Relaxed) {
            let micros = u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX);
            lock(&times).push(micros);
        }
    }
}

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

    /// Sends a request and reads its whole response, which must be a 200. Returns its length.
    pub async fn ask(&mut self, request: &[u8]) -> usize {
        let filled = self.exchange(request).await;
        assert!(self.answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.answer[..filled]));
        filled
    }

    /// The `ETag` of the response.
    async fn version_of(&mut self, request: &[u8]) -> String {
        self.header_of(request, "etag: ").await
    }

    /// The mark that the response gives the browser.
    async fn device_of(&mut self, request: &[u8]) -> String {
        let cookie = self.header_of(request, "set-cookie: __Host-finrust-device=").await;
        cookie.split(';').next().expect("a value").to_owned()
    }

    /// What follows this in the head of the response.
    async fn header_of(&mut self, request: &[u8], starts: &str) -> String {
        let filled = self.ask(request).await;
        let text = String::from_utf8_lossy(&self.answer[..filled]);
        text.lines().find_map(|line| line.strip_prefix(starts)).expect("the response has this header").to_owned()
    }

    /// Sends a request and returns the JSON of any successful response; `null` if it has no body.
    pub async fn ask_for(&mut self, request: &[u8]) -> serde_json::Value {
        let filled = self.exchange(request).await;
        let answer = &self.answer[..filled];
        assert!(answer.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(answer));
        let body = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(filled, |head| head + 4);
        serde_json::from_slice(&answer[body..]).unwrap_or_default()
    }

    async fn exchange(&mut self, request: &[u8]) -> usize {
        self.write(request).await;
        let mut filled = self.read(0).await;
        while whole(&self.answer[..filled]) != Some(filled) {
            filled += self.read(filled).await;
        }
        filled
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
