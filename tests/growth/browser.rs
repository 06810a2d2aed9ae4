//! Sends requests to an instance in this process, without a socket.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use tower::ServiceExt;

/// What is needed of a response.
pub struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    pub fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().expect("etags are ASCII").to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body in JSON")
    }

    /// The value of a cookie that it sets.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).into_iter();
        let mut pairs = lines.filter_map(|line| line.to_str().ok()?.split(';').next()?.split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned())
    }
}

/// A request of a signed-in browser.
pub struct Asked<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub cookies: &'a str,
    pub if_match: Option<&'a str>,
    pub json: String,
}

/// The response, which must be a success.
pub async fn send(router: &Router, asked: Asked<'_>) -> Answer {
    let request = Request::builder().method(asked.method).uri(asked.path).header(header::HOST, "127.0.0.1");
    let mut request = request.header(header::COOKIE, asked.cookies).body(Body::from(asked.json)).expect("a request");
    let headers = request.headers_mut();
    if asked.method != "GET" {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some(etag) = asked.if_match {
        headers.insert(header::IF_MATCH, etag.parse().expect("an etag"));
    }
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000))));
    let (parts, body) = router.clone().oneshot(request).await.expect("a router always answers").into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body");
    let is_good = parts.status.is_success() && parts.status != StatusCode::ACCEPTED;
    assert!(is_good, "{} {}: {} {}", asked.method, asked.path, parts.status, String::from_utf8_lossy(&body));
    Answer { headers: parts.headers, body }
}
