//! Function `pages`: what is served outside `/api`, as far as it needs no front end.

use super::state::AppState;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Answers the host's ready probe and whoever looks in; touches no dependency.
pub async fn root() -> Response {
    text("FinRust\n")
}

/// Where to report a vulnerability (RFC 9116). It expires a year after its last look; the date is a constant, so that somebody looks.
pub async fn security_txt(State(state): State<AppState>) -> Response {
    let canonical = &state.front.origin;
    text(&format!(
        "Contact: mailto:security@mijnfinrust.nl\nExpires: {SECURITY_TXT_EXPIRES}\nPreferred-Languages: nl, en\n\
         Canonical: {canonical}/.well-known/security.txt\n"
    ))
}

/// When somebody has to look at `security.txt` again.
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
