//! Function `pages`: everything served outside `/api`: the front end and the well-known paths.

use super::{
    accept::prefers_html,
    accept_encoding::takes_gzip,
    front_files::{self, Content},
    problem::{Code, Problem},
    problem_pages,
    state::AppState,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

/// Content security policy: own files only, nothing inline, and no conversion of text to markup (CSP 3, Trusted Types). `form-action` is
/// `'none'` because a script sends every form as JSON; if the script fails, the browser must not put the input into a URL.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The page; also answers the host's ready probe, so it touches no dependency.
pub async fn root(asked: HeaderMap) -> Response {
    file(front_files::page(), "text/html; charset=utf-8", "no-store", &asked)
}

/// A file that the page loads. Its path changes with its content, so browsers may cache it for ever (RFC 8246).
pub async fn asset(uri: Uri, asked: HeaderMap) -> Response {
    match front_files::find(uri.path()).and_then(|found| Some((found, found.content_type()?))) {
        Some((found, content_type)) => file(&found.content, content_type, "public, max-age=31536000, immutable", &asked),
        None => nowhere(Method::GET, uri, asked).await,
    }
}

/// What a problem type means. No query and no header but `Accept-Encoding` changes the page.
pub async fn problem(uri: Uri, asked: HeaderMap) -> Response {
    match problem_pages::find(uri.path()) {
        Some(page) => file(page, "text/html; charset=utf-8", "no-store", &asked),
        None => nowhere(Method::GET, uri, asked).await,
    }
}

/// Unknown addresses: a page with a way out for browsers, the usual problem for programs.
pub async fn nowhere(method: Method, uri: Uri, asked: HeaderMap) -> Response {
    let is_api = uri.path() == "/api" || uri.path().starts_with("/api/");
    if is_api || !matches!(method, Method::GET | Method::HEAD) || !prefers_html(&asked) {
        return Problem::of(Code::NotFound).into_response();
    }
    let mut response = file(front_files::nowhere(), "text/html; charset=utf-8", "no-store", &asked);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    response
}

fn file(content: &'static Content, content_type: &'static str, cache: &'static str, asked: &HeaderMap) -> Response {
    let is_gzipped = takes_gzip(asked);
    let mut response = Response::new(Body::from(if is_gzipped { content.gzipped() } else { content.plain() }));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if is_gzipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Where to report a vulnerability (RFC 9116). The expiry is a constant, at most a year after the last review, so that somebody has to
/// review it.
pub async fn security_txt(State(state): State<AppState>) -> Response {
    let canonical = &state.front.origin;
    text(&format!(
        "Contact: mailto:security@mijnfinrust.nl\nExpires: {SECURITY_TXT_EXPIRES}\nPreferred-Languages: nl, en\n\
         Canonical: {canonical}/.well-known/security.txt\n"
    ))
}

/// When `security.txt` has to be reviewed again.
pub const SECURITY_TXT_EXPIRES: &str = "2027-10-31T00:00:00Z";

/// Where a password manager sends its user (W3C, "A Well-Known URL for Changing Passwords").
pub async fn change_password() -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/#/account/password"))]).into_response()
}

fn text(content: &str) -> Response {
    let mut response = Response::new(Body::from(content.to_owned()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
