//! What a failure of Key Vault means, and how it is logged.
//!
//! What is relied on about the service:
//! - errors are `{"error":{"code":…,"message":…,"innererror":{"code":…}}}` (Key Vault REST API, type `KeyVaultError`); only the codes
//!   are read, since the message may name anything;
//! - a key or version that may not be used gives a 403 whose inner code says why: `KeyDisabled` as reported from live vaults; the other
//!   codes of `NOT_USABLE` are what is known of expired and future keys, for which Key Vault documents the behaviour but no code;
//! - any other 403 is about the caller: its grants, the firewall, a policy (`AccessDenied`, `ForbiddenByRbac`, `ForbiddenByFirewall` …);
//! - a deleted key and an unknown version give a 404; a value that this version did not wrap gives a 400.

use super::azure::retry_after;
use crate::ports::KeyWrapError;
use azure_core::{
    error::ErrorKind,
    http::{RawResponse, StatusCode, headers::HeaderName},
};
use serde::Deserialize;
use std::time::Duration;

const NOT_USABLE: [&str; 4] = ["KeyDisabled", "KeyExpired", "KeyNotYetValid", "KeyNotYetValidOrExpired"];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// The back-off when Key Vault does not say: its limits count in windows of ten seconds.
const USUAL_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The operation on the vault, as named in the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Wrap,
    Unwrap,
    NewestVersion,
}

impl Asked {
    const fn name(self) -> &'static str {
        match self {
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
            Self::NewestVersion => "newest_version",
        }
    }
}

/// Maps the SDK's error to the port's.
pub fn failure(asked: Asked, error: &azure_core::Error) -> KeyWrapError {
    match error.kind() {
        ErrorKind::HttpResponse { status, raw_response, .. } => refusal(asked, *status, raw_response.as_deref()),
        other => without_answer(asked, other),
    }
}

/// Logs a response that does not answer the request.
pub fn unusable_answer(asked: Asked, error: KeyWrapError) -> KeyWrapError {
    tracing::warn!(event = "key_vault_failed", operation = asked.name(), cause = "answer");
    error
}

fn refusal(asked: Asked, status: StatusCode, response: Option<&RawResponse>) -> KeyWrapError {
    let code = response.and_then(|response| code(response.body().as_ref()));
    let request_id = response.and_then(|response| response.headers().get_optional_str(&REQUEST_ID));
    tracing::warn!(
        event = "key_vault_failed",
        operation = asked.name(),
        status = u16::from(status),
        code = code.as_deref(),
        activity_id = request_id
    );
    let is_unusable = code.is_some_and(|code| NOT_USABLE.contains(&code.as_str()));
    match status {
        StatusCode::Forbidden if is_unusable => KeyWrapError::Disabled,
        StatusCode::Unauthorized | StatusCode::Forbidden => KeyWrapError::Forbidden,
        StatusCode::NotFound => KeyWrapError::Disabled,
        StatusCode::BadRequest if asked == Asked::Unwrap => KeyWrapError::Corrupt,
        StatusCode::TooManyRequests => {
            let wait = response.and_then(|response| retry_after(response.headers())).unwrap_or(USUAL_WAIT);
            KeyWrapError::Busy { retry_after: wait.min(LONGEST_WAIT) }
        }
        _ => KeyWrapError::Unavailable,
    }
}

/// The texts of these errors contain addresses, so only their kind is logged.
fn without_answer(asked: Asked, kind: &ErrorKind) -> KeyWrapError {
    let cause = match kind {
        ErrorKind::Connection => "connection",
        ErrorKind::Io => "io",
        ErrorKind::Credential => "credential",
        ErrorKind::DataConversion => "answer",
        _ => "other",
    };
    tracing::warn!(event = "key_vault_failed", operation = asked.name(), cause);
    KeyWrapError::Unavailable
}

#[derive(Deserialize)]
struct Envelope {
    error: Detail,
}

#[derive(Deserialize)]
struct Detail {
    code: Option<String>,
    #[serde(alias = "innerError")]
    innererror: Option<Box<Detail>>,
}

/// The innermost code.
fn code(body: &[u8]) -> Option<String> {
    let mut detail = serde_json::from_slice::<Envelope>(body).ok()?.error;
    while let Some(inner) = detail.innererror.take() {
        detail = Detail { code: inner.code.or(detail.code), innererror: inner.innererror };
    }
    detail.code
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn the_innermost_code_counts() {
        let found = |body: &str| code(body.as_bytes());
        assert_eq!(found(r#"{"error":{"code":"Forbidden","message":"m"}}"#).as_deref(), Some("Forbidden"));
        assert_eq!(found(r#"{"error":{"code":"Forbidden","innererror":{"code":"KeyDisabled"}}}"#).as_deref(), Some("KeyDisabled"));
        assert_eq!(found(r#"{"error":{"code":"Forbidden","innerError":{"innererror":{"code":"X"}}}}"#).as_deref(), Some("X"));
        assert_eq!(found(r#"{"error":{"code":"Forbidden","innererror":{}}}"#).as_deref(), Some("Forbidden"));
        assert_eq!(found(r#"{"error":"KeyDisabled"}"#), None);
        assert_eq!(found("<html>"), None);
    }
}
