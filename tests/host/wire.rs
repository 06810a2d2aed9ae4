//! HTTP/1.1 as written by a test, so that it can send what no client library would.

use super::upstream::{Begun, Patience};
use serde_json::Value;
use std::{
    fmt::Write as _,
    io::{self, Write},
    net::{Ipv4Addr, TcpStream},
};

/// What is sent, byte for byte.
#[derive(Clone)]
pub struct Request {
    pub method: String,
    /// As in the request line.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

/// What follows the headers.
#[derive(Clone)]
pub enum Body {
    Nothing,
    /// With a declared length.
    Whole(String),
    /// Chunk by chunk, without a declared length.
    Pieces(Vec<String>),
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Nothing listens.
    NotConnected,
    /// The connection was closed before any byte of a response.
    Closed,
    /// It was closed within the response.
    BrokenOff,
    /// There was no complete response in time.
    TooLate,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Body::Nothing }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        let body = Body::Whole(body.to_string());
        Self { body, ..self.header("Content-Type", "application/json") }
    }

    /// The same JSON in chunks of 1000 characters.
    pub fn json_in_pieces(self, body: &Value) -> Self {
        let characters: Vec<char> = body.to_string().chars().collect();
        let body = Body::Pieces(characters.chunks(1000).map(|piece| piece.iter().collect()).collect());
        Self { body, ..self.header("Content-Type", "application/json") }
    }

    /// Sends it to a local port on a connection of its own, and reads the whole response.
    pub fn send(&self, port: u16, patience: Patience) -> Result<Answer, Unanswered> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|_| Unanswered::NotConnected)?;
        let closing = self.clone().header("Connection", "close");
        Begun::on(stream, &closing, patience)?.whole()
    }

    /// Headers and body, to the last byte.
    pub fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.write_all(self.head().as_bytes())?;
        match &self.body {
            Body::Nothing => {}
            Body::Whole(body) => stream.write_all(body.as_bytes())?,
            Body::Pieces(pieces) => {
                for piece in pieces {
                    write!(stream, "{:x}\r\n{piece}\r\n", piece.len())?;
                }
                stream.write_all(b"0\r\n\r\n")?;
            }
        }
        Ok(())
    }

    /// Sends as many of its chunks as fit into so many bytes, and breaks off.
    pub fn send_cut(&self, port: u16, bytes: usize) -> io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.write_all(self.head().as_bytes())?;
        let Body::Pieces(pieces) = &self.body else { return Ok(()) };
        let mut sent = 0;
        for piece in pieces.iter().take_while(|piece| {
            sent += piece.len();
            sent <= bytes
        }) {
            write!(stream, "{:x}\r\n{piece}\r\n", piece.len())?;
        }
        Ok(())
    }

    /// Request line and headers.
    pub fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        match &self.body {
            Body::Nothing => {}
            Body::Whole(body) => write!(head, "Content-Length: {}\r\n", body.len()).unwrap(),
            Body::Pieces(_) => head.push_str("Transfer-Encoding: chunked\r\n"),
        }
        head + "\r\n"
    }
}

impl Answer {
    /// A response that began but did not end: its status can no longer change.
    pub const fn broken_off() -> Self {
        Self { status: 0, headers: Vec::new(), body: String::new() }
    }

    /// A response of the host itself.
    pub fn of_host(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str())
    }

    /// Every header of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(its, _)| its == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The response, which must have this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}
