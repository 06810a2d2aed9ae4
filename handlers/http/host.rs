//! What the Functions host posts: queue messages and timer ticks.
//!
//! These routes are reached by requests without `X-Forwarded-*` only, which no proxied request is, and exist only behind the host.
//! A job is answered with 200 and a body, never an empty one: the host would wait for it until its time-out. A failure is a 500, so
//! that the host delivers again.

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
    let Some(text) = queue_text(&body) else {
        tracing::error!(event = "job_garbage", function = "send-mail");
        return done();
    };
    match jobs::run(&state.services, &text).await {
        Ok(Done::Finished) => done(),
        Ok(Done::Garbage) => {
            tracing::error!(event = "job_garbage", function = "send-mail");
            done()
        }
        Err(again) => {
            tracing::warn!(event = "job_again", function = "send-mail", retry_after_s = again.retry_after.as_secs());
            failed()
        }
    }
}

/// A tick of the timer.
pub async fn maintain(State(state): State<AppState>) -> Response {
    match maintenance::run(&state.services, &*state.documents).await {
        Ok(report) => {
            tracing::info!(event = "maintained", mails = report.mails, keys = report.keys.seen, rewrapped = report.keys.anew);
            done()
        }
        Err(error) => {
            tracing::error!(event = "maintenance_failed", cause = error.to_string());
            failed()
        }
    }
}

/// The text of the one queue message in an invocation. The host wraps it in JSON once or twice.
fn queue_text(body: &[u8]) -> Option<String> {
    let invocation: Value = serde_json::from_slice(body).ok()?;
    let data = invocation.get("Data")?.as_object()?;
    let text = data.values().next()?.as_str()?;
    Some(serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned()))
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
    use super::queue_text;

    #[test]
    fn takes_the_text_however_often_it_is_wrapped() {
        for body in [r#"{"Data":{"message":"\"abc\""},"Metadata":{}}"#, r#"{"Data":{"message":"abc"}}"#] {
            assert_eq!(queue_text(body.as_bytes()).as_deref(), Some("abc"));
        }
        for garbage in ["", "[]", r#"{"Data":1}"#, r#"{"Data":{"message":{"a":1}}}"#, r#"{"data":{"message":"abc"}}"#] {
            assert_eq!(queue_text(garbage.as_bytes()), None, "{garbage}");
        }
    }
}
