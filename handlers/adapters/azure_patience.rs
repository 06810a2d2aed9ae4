//! Waiting no longer than a request can: the SDK's retries wait as long as a service asks, whatever limits they are given, and a
//! `Retry-After` of a minute would hold a browser for a minute. An answer that asks for more than [`LONGEST_WAIT`] is final.

use async_trait::async_trait;
use azure_core::{
    http::{
        Context, Request, StatusCode, check_success,
        headers::{Headers, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS},
        policies::{Policy, PolicyResult, get_retry_after},
    },
    time::OffsetDateTime,
};
use std::{sync::Arc, time::Duration};

/// Waits up to this long are the SDK's.
pub const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What the SDK's retries heed, in their order.
const HEEDED: [azure_core::http::headers::HeaderName; 3] = [X_MS_RETRY_AFTER_MS, RETRY_AFTER_MS, RETRY_AFTER];

/// How long a service asks to be left alone.
#[must_use]
pub fn retry_after(headers: &Headers) -> Option<Duration> {
    get_retry_after(headers, OffsetDateTime::now_utc, &HEEDED).and_then(|wait| wait.try_into().ok())
}

/// Hands an answer that asks for a long wait to the caller instead of waiting.
#[derive(Debug)]
pub struct Impatience;

#[async_trait]
impl Policy for Impatience {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let (following, rest) = next.split_first().expect("the last policy of a pipeline is its transport");
        let answer = following.send(context, request, rest).await?;
        let waits = matches!(answer.status(), StatusCode::TooManyRequests | StatusCode::ServiceUnavailable);
        if waits && retry_after(answer.headers()).is_some_and(|wait| wait > LONGEST_WAIT) {
            return check_success(answer, None).await;
        }
        Ok(answer)
    }
}
