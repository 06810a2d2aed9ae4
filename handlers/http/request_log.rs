//! One line per request: route template, status, duration, invocation and trace. Never a path, a query, a header or a body.

use super::problem::Code;
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, Method},
    middleware::Next,
    response::Response,
};
use std::time::Instant;
use tracing::Instrument;

/// Logs what came of a request, and gives its log lines the ids of invocation and trace.
pub async fn record(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = known_method(request.method());
    let invocation_id = invocation_id(request.headers());
    let traceparent = traceparent(request.headers());
    let span = tracing::info_span!("request", invocation_id, traceparent);
    let response = next.run(request).instrument(span.clone()).await;
    let code = response.extensions().get::<Code>().map(|code| code.name());
    let status = response.status().as_u16();
    let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    span.in_scope(|| tracing::info!(event = "request", method, route, status, code, duration_ms));
    response
}

/// The host's id of this invocation, when it is a UUID.
fn invocation_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-azure-functions-invocationid")?.to_str().ok()?;
    uuid::Uuid::try_parse(value).ok().map(|id| id.to_string())
}

/// The trace context (W3C), when it has exactly the form of version 00.
fn traceparent(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let lengths = [2, 32, 16, 2];
    let parts: Vec<&str> = value.split('-').collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let well_formed = parts.len() == 4 && parts.iter().zip(lengths).all(|(part, length)| part.len() == length && is_hex(part));
    well_formed.then_some(value)
}

/// A method by name; any other text than these could be anything.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
