//! Delays a response until the whole request was received: a proxy that is still sending mistakes an early response for a broken
//! connection, and its client sees neither.
//!
//! The handler borrows the body. Whatever it has not read when it responds is handed back here and discarded.

use super::problem::{Code, Problem};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// Longest rest of a body that is read; more than the Functions host lets through (`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`).
pub const MAX_BYTES: usize = 48 * 1024 * 1024;
/// Longest time to read it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The unread rest of a request, available once its handler has dropped the body; `None` for a request without a body.
pub struct Rest(Option<oneshot::Receiver<Body>>);

/// Lends the body to the handler of the request.
pub fn lend(request: Request) -> (Request, Rest) {
    if request.body().is_end_stream() {
        return (request, Rest(None));
    }
    let (parts, body) = request.into_parts();
    let (back, rest) = oneshot::channel();
    let lent = Lent { body: Some(body), back: Some(back) };
    (Request::from_parts(parts, Body::new(lent)), Rest(Some(rest)))
}

impl Rest {
    /// Returns the response once the request was received to its last byte; a refusal instead when that takes too long or is too much.
    pub async fn before(self, answer: Response) -> Response {
        let Some(rest) = self.0 else { return answer };
        // A sender dropped without a value means that the body was read to its end.
        let Ok(body) = rest.await else { return answer };
        match timeout(PATIENCE, discard(body)).await.unwrap_or(Err(Code::RequestTimeout)) {
            Ok(()) => answer,
            Err(_) if answer.status() == StatusCode::PAYLOAD_TOO_LARGE => answer,
            Err(code) => Problem::of(code).into_response(),
        }
    }
}

async fn discard(mut body: Body) -> Result<(), Code> {
    let mut left = MAX_BYTES;
    // After a broken connection there is no rest.
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        left = left.checked_sub(length).ok_or(Code::TooLarge)?;
    }
    Ok(())
}

/// A body that is handed back when it is dropped before its end.
struct Lent {
    body: Option<Body>,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let lent = self.get_mut();
        let Some(body) = &mut lent.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            lent.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(body), Some(back)) = (self.body.take(), self.back.take()) {
            // Nobody receives it when the request itself was cancelled.
            let _ = back.send(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, lend};
    use axum::{
        body::{Body, Bytes},
        extract::Request,
        http::StatusCode,
        response::{IntoResponse, Response},
    };
    use http_body_util::{BodyExt, channel::Channel};
    use std::convert::Infallible;

    /// A body of `count` chunks of one mebibyte.
    fn mebibytes(count: usize) -> Request {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
        tokio::spawn(async move {
            let piece = Bytes::from(vec![0; 1024 * 1024]);
            for _ in 0..count {
                if sender.send_data(piece.clone()).await.is_err() {
                    return;
                }
            }
        });
        Request::new(Body::new(body))
    }

    fn refusal() -> Response {
        StatusCode::UNAUTHORIZED.into_response()
    }

    #[tokio::test]
    async fn what_nobody_reads_is_thrown_away_up_to_a_limit() {
        let most = MAX_BYTES / 1024 / 1024;
        for (count, status) in [(0, StatusCode::UNAUTHORIZED), (most, StatusCode::UNAUTHORIZED), (most + 1, StatusCode::PAYLOAD_TOO_LARGE)]
        {
            let (request, rest) = lend(mebibytes(count));
            drop(request);
            assert_eq!(rest.before(refusal()).await.status(), status, "{count}");
        }
    }

    #[tokio::test]
    async fn what_was_read_to_its_end_or_to_its_middle_is_not_asked_for_again() {
        let (request, rest) = lend(mebibytes(3));
        let whole = request.into_body().collect().await.expect("a whole body").to_bytes();
        assert_eq!((whole.len(), rest.before(refusal()).await.status()), (3 * 1024 * 1024, StatusCode::UNAUTHORIZED));
        let (request, rest) = lend(mebibytes(3));
        let mut body = request.into_body();
        assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
        drop(body);
        assert_eq!(rest.before(refusal()).await.status(), StatusCode::UNAUTHORIZED);
    }
}
