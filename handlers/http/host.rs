//! What the Functions host posts: queue messages and timer ticks.
//!
//! These routes are reachable only by requests without `X-Forwarded-*` headers, which proxied requests always carry, and exist only behind
//! the host. A job is answered with 200 and a body that is never empty: for an empty one the host would wait until its time-out. A failure
//! is answered with 500, so that the host redelivers the message.

use super::state::AppState;
use crate::flows::{
    jobs::{self, Done},
    maintenance,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// A message of the mail queue.
pub async fn send_mail(State(state): State<AppState>, body: Bytes) -> Response {
    let Some(Delivery { text, attempt }) = Delivery::read(&body) else {
        return garbage();
    };
    match jobs::run(&state.services, &text).await {
        Ok(Done::Finished) => done(),
        Ok(Done::Garbage) => garbage(),
        Err(again) => {
            again.log(attempt);
            failed()
        }
    }
}

/// A tick of the timer.
pub async fn maintain(State(state): State<AppState>) -> Response {
    match maintenance::run(&state.services, &*state.documents).await {
        Ok(report) => {
            tracing::info!(
                event = "maintained",
                mails = report.mails,
                keys = report.keys.seen,
                rewrapped = report.keys.rewrapped,
                resealed = report.resealed
            );
            done()
        }
        Err(error) => {
            tracing::error!(event = "maintenance_failed", cause = error.to_string());
            failed()
        }
    }
}

/// A queue message as the host delivers it.
#[derive(Debug, PartialEq, Eq)]
pub struct Delivery {
    pub text: String,
    /// The delivery attempt. For the log only: if the message is JSON, its members overwrite what the host writes here.
    pub attempt: Option<u32>,
}

impl Delivery {
    /// `None` for anything else.
    pub fn read(body: &[u8]) -> Option<Self> {
        let invocation: Value = serde_json::from_slice(body).ok()?;
        let data = invocation.get("Data")?.as_object()?;
        let text = data.values().next()?.as_str()?;
        Some(Self { text: unwrapped(text), attempt: invocation.pointer("/Metadata/DequeueCount").and_then(number) })
    }
}

/// The host encodes a text as JSON once or twice.
fn unwrapped(text: &str) -> String {
    let inner = serde_json::from_str::<String>(text);
    inner.as_deref().unwrap_or(text).trim().to_owned()
}

/// The host encodes numbers as strings, and strings as JSON within a string.
fn number(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => unwrapped(text).parse().ok(),
        other => other.as_u64()?.try_into().ok(),
    }
}

/// A malformed job stays malformed: it is acknowledged, so that it is not redelivered.
fn garbage() -> Response {
    tracing::error!(event = "job_garbage", function = "send-mail");
    done()
}

fn done() -> Response {
    answer(StatusCode::OK)
}

fn failed() -> Response {
    answer(StatusCode::INTERNAL_SERVER_ERROR)
}

fn answer(status: StatusCode) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], r#"{"Outputs":{},"Logs":[],"ReturnValue":null}"#).into_response()
}

#[cfg(test)]
mod tests {
    use super::Delivery;

    #[test]
    fn takes_the_text_however_often_it_is_wrapped() {
        for text in [r#""\"abc\"""#, r#""abc""#, r#"" abc\r\n""#, r#"" \" abc \" ""#] {
            let body = format!(r#"{{"Data":{{"message":{text}}}}}"#);
            assert_eq!(Delivery::read(body.as_bytes()), Some(Delivery { text: "abc".to_owned(), attempt: None }), "{text}");
        }
        for garbage in ["", "[]", r#"{"Data":1}"#, r#"{"Data":{}}"#, r#"{"Data":{"message":{"a":1}}}"#, r#"{"data":{"message":"abc"}}"#] {
            assert_eq!(Delivery::read(garbage.as_bytes()), None, "{garbage}");
        }
    }

    #[test]
    fn counts_deliveries_when_the_host_says_a_number() {
        for (count, attempt) in [("\"5\"", Some(5)), ("5", Some(5)), (r#""\"5\"""#, Some(5)), ("-1", None), ("\"x\"", None), ("{}", None)] {
            let body = format!(r#"{{"Data":{{"message":"abc"}},"Metadata":{{"DequeueCount":{count}}}}}"#);
            assert_eq!(Delivery::read(body.as_bytes()).and_then(|delivery| delivery.attempt), attempt, "{count}");
        }
    }
}
