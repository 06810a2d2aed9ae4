//! Unsigned access tokens (RFC 7519 section 6) with the shape and the claims of Entra ID's.

use axum::http::{HeaderMap, header};
use azure_core::time::{Duration, OffsetDateTime};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const TENANT: &str = "https://sts.windows.net/11111111-2222-4333-8444-555555555555/";

/// A token for `audience` that is valid for an hour, and when it expires.
pub fn unsigned(audience: &str) -> (String, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    let expires = now + Duration::hours(1);
    let issued = now.unix_timestamp() - 60;
    let claims = json!({ "aud": audience, "iss": TENANT, "iat": issued, "nbf": issued, "exp": expires.unix_timestamp() });
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    (format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(&claims)), expires)
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(ToOwned::to_owned)
}

/// The audience of a token.
pub fn audience(token: &str) -> Option<String> {
    let claims = BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims["aud"].as_str().map(ToOwned::to_owned)
}
