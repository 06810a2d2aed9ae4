//! A minimal blocking HTTP/1.1 client that keeps cookies.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_mins(1);

/// What the proxy in front of the Functions host adds to each request.
const PROXIED: [(&str, &str); 3] =
    [("X-Forwarded-For", "203.0.113.7:51234"), ("X-Forwarded-Host", "127.0.0.1"), ("X-Forwarded-Proto", "https")];

/// Sends requests, one per connection, and keeps the cookies that come back.
#[derive(Clone)]
pub struct Browser {
    port: u16,
    cookies: BTreeMap<String, String>,
    always: Vec<(String, String)>,
}

/// A complete response.
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Browser {
    /// A browser for this local port.
    pub const fn new(port: u16) -> Self {
        Self { port, cookies: BTreeMap::new(), always: Vec::new() }
    }

    /// The same browser on another port.
    pub fn at(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    /// The same browser, with requests that come through the proxy of the Functions host.
    pub fn proxied(&self) -> Self {
        PROXIED.into_iter().fold(self.clone(), |browser, (name, value)| browser.sending(name, value))
    }

    /// The same browser, sending this header with every request.
    pub fn sending(&self, name: &str, value: &str) -> Self {
        let mut browser = self.clone();
        browser.always.push((name.to_owned(), value.to_owned()));
        browser
    }

    /// The values of its cookies.
    pub fn cookies(&self) -> Vec<String> {
        self.cookies.values().cloned().collect()
    }

    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, &[], None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> io::Result<Answer> {
        self.send("POST", path, &[], Some(body))
    }

    /// Sends a request; an error when no complete response came back.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> io::Result<Answer> {
        let body = body.map(Value::to_string);
        let request = self.request(method, path, headers, body.as_deref());
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        self.take_in(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> String {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", self.port);
        let always = self.always.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in always.chain(headers.iter().copied()) {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(request, "Cookie: {}\r\n", pairs.join("; ")).unwrap();
        }
        if let Some(body) = body {
            write!(request, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()).unwrap();
        }
        request + "\r\n" + body.unwrap_or_default()
    }

    /// The response in these bytes, if it is complete.
    fn take_in(&mut self, bytes: &[u8]) -> Option<Answer> {
        let (head, body) = std::str::from_utf8(bytes).ok()?.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = BTreeMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            if name == "set-cookie" {
                self.keep(value);
            }
            headers.insert(name.to_owned(), value.to_owned());
        }
        let body = if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            joined(body)?
        } else {
            let length: usize = headers.get("content-length").map_or(Some(0), |length| length.parse().ok())?;
            (body.len() == length).then(|| body.to_owned())?
        };
        Some(Answer { status, headers, body })
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
        if let Some((name, value)) = pair {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The body in these chunks, if the last one is there.
fn joined(mut chunks: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (length, rest) = chunks.split_once("\r\n")?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body += rest.get(..length)?;
        chunks = rest.get(length..)?.strip_prefix("\r\n")?;
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    /// The response, which must have this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The etag of the returned file.
    pub fn etag(&self) -> &str {
        self.headers.get("etag").map_or("", String::as_str)
    }
}
