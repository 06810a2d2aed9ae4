//! One log line per request: route template, status, duration, invocation and trace ids. Never a path, query, header or body.

use super::problem::Code;
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, Method},
    response::Response,
};
use std::time::Instant;
use tracing::{Instrument, Span};

/// Logs the outcome of a request, and adds invocation and trace ids to all its log lines.
pub async fn record<Answered: Future<Output = Response>>(request: Request, answer: impl FnOnce(Request) -> Answered) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = known_method(request.method());
    let invocation_id = invocation_id(request.headers());
    let traceparent = traceparent(request.headers());
    let has_ids = invocation_id.is_some() || traceparent.is_some();
    let span = if has_ids { tracing::info_span!("request", invocation_id, traceparent) } else { Span::none() };
    let response = answer(request).instrument(span.clone()).await;
    let code = response.extensions().get::<Code>().map(|code| code.name());
    let status = response.status().as_u16();
    let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    span.in_scope(|| tracing::info!(event = "request", method, route, status, code, duration_ms));
    response
}

/// The host's invocation id, if it is a UUID.
fn invocation_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-azure-functions-invocationid")?.to_str().ok()?;
    uuid::Uuid::try_parse(value).ok().map(|id| id.to_string())
}

/// The W3C trace context, if it has exactly the form of version 00.
fn traceparent(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let lengths = [2, 32, 16, 2];
    let parts: Vec<&str> = value.split('-').collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let well_formed = parts.len() == 4 && parts.iter().zip(lengths).all(|(part, length)| part.len() == length && is_hex(part));
    well_formed.then_some(value)
}

/// The method's name if it is a known one; an unknown method is arbitrary text.
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
