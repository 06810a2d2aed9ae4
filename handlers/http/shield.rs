//! Checks and headers for every request and every response, errors included: https, same origin, security headers, jobs from the host only.
//!
//! Headers follow OWASP ASVS 5.0 V3.4 and the checks of internet.nl.

use super::{
    problem::{Code, Problem},
    rest,
    state::{AppState, Front},
};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

const API_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/// Where the host posts jobs: one path per function that is not triggered by HTTP.
pub const JOB_PATHS: [&str; 2] = ["/send-mail", "/maintenance"];

/// Headers of every response.
pub const HEADERS: [(HeaderName, &str); 8] = [
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains; preload"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Refuses what must not reach a handler, and adds the headers to every response.
pub async fn guard<Answered: Future<Output = Response>>(
    state: &AppState,
    request: Request,
    answer: impl FnOnce(Request) -> Answered,
) -> Response {
    let (request, rest) = rest::lend(request);
    let response = match admit(&state.front, &request) {
        Ok(()) => answer(request).await,
        Err(problem) => {
            // A body that nobody holds is handed back.
            drop(request);
            problem.into_response()
        }
    };
    dress(rest.before(plain_refusals(response)).await, state.services.clock.now())
}

/// Turns the router's bare 405 into a problem, keeping its `Allow` header.
fn plain_refusals(response: Response) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || response.headers().contains_key(header::CONTENT_TYPE) {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut problem = Problem::of(Code::MethodNotAllowed).into_response();
    if let Some(allow) = allow {
        problem.headers_mut().insert(header::ALLOW, allow);
    }
    problem
}

fn dress(mut response: Response, now: Timestamp) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(API_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(date) = http_date(now) {
        headers.insert(header::DATE, date);
    }
    response
}

/// The server's clock as a `Date` header (RFC 9110, 5.6.7).
fn http_date(now: Timestamp) -> Option<HeaderValue> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?.try_into().ok()
}

fn admit(front: &Front, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    // Whoever takes the one and whoever takes the other would see two requests (RFC 9112 section 3.2).
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Err(Problem::of(Code::MalformedHeader));
    }
    // A list (RFC 9110, 5.3) with one entry per proxy, in one header line or several. Every proxy must have seen https.
    let schemes = headers.get_all("x-forwarded-proto").iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    if schemes.into_iter().any(|scheme| scheme.trim_ascii() != b"https") {
        return Err(Problem::of(Code::HttpsRequired));
    }
    if front.behind_host && !is_from_right_side(request) {
        return Err(Problem::of(Code::NotFound));
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && is_foreign(front, headers) {
        return Err(Problem::of(Code::CrossOrigin));
    }
    Ok(())
}

/// Proxied requests always carry `X-Forwarded-*` and may reach everything but jobs; the host's own requests never do and may reach only
/// jobs and the ready probe. So nobody outside can post a job.
fn is_from_right_side(request: &Request) -> bool {
    let proxied = request.headers().keys().any(|name| name.as_str().starts_with("x-forwarded-"));
    let path = request.uri().path();
    let job = JOB_PATHS.contains(&path);
    let probe = path == "/" && matches!(*request.method(), Method::GET | Method::HEAD);
    if proxied { !job } else { job || probe }
}

/// Whether a browser says that another site sent this (Fetch Metadata; `Origin`, RFC 6454). A client that sends neither header is not a
/// browser.
fn is_foreign(front: &Front, headers: &HeaderMap) -> bool {
    let site = headers.get_all("sec-fetch-site").iter().any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    let is_own = |origin: &HeaderValue| {
        let own = |name: &str| name.as_bytes() == origin.as_bytes();
        own(&front.origin) || front.aliases.iter().any(|alias| own(alias))
    };
    site || !headers.get_all(header::ORIGIN).iter().all(is_own)
}
