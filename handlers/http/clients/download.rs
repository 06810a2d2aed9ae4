//! Responses that are downloaded as documents: streamed as they are produced, and visibly truncated when they cannot be completed.

use crate::http::connection::{Document, MAY_TAKE};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use http_body_util::channel::{Channel, Sender};
use std::io;
use tokio::time::{Instant, timeout_at};

/// Chunks that may be queued for a slow client.
const MAX_WAITING: usize = 2;

/// Where the chunks of a document are sent.
pub struct Pieces {
    sender: Option<Sender<Bytes, io::Error>>,
    until: Instant,
}

/// The client has disconnected.
#[derive(Debug)]
pub struct NobodyReads;

impl Pieces {
    /// Sends a chunk. Waits while the client lags behind, up to a deadline after which the response is cut off.
    pub async fn send(&mut self, piece: Vec<u8>) -> Result<(), NobodyReads> {
        if piece.is_empty() {
            return Ok(());
        }
        let sender = self.sender.as_mut().ok_or(NobodyReads)?;
        if let Ok(sent) = timeout_at(self.until, sender.send_data(Bytes::from(piece))).await {
            return sent.map_err(|_| NobodyReads);
        }
        self.abort();
        Err(NobodyReads)
    }

    /// Aborts the response so that no client takes it for complete.
    pub fn cut_off(mut self) {
        self.abort();
    }

    fn abort(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.abort(io::Error::other("the document cannot be finished"));
        }
    }
}

/// A streamed document of this type and file name, and where its chunks are sent.
pub fn document(content_type: &'static str, name: &str) -> (Response, Pieces) {
    let (sender, body) = Channel::new(MAX_WAITING);
    let mut response = dressed(Body::new(body), content_type, name);
    response.extensions_mut().insert(Document);
    (response, Pieces { sender: Some(sender), until: Instant::now() + MAY_TAKE })
}

/// A document that is already complete.
pub fn whole(content_type: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    dressed(Body::from(bytes), content_type, name)
}

fn dressed(body: Body, content_type: &'static str, name: &str) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let attachment = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).expect("names are plain ASCII");
    headers.insert(header::CONTENT_DISPOSITION, attachment);
    response
}

#[cfg(test)]
mod tests {
    use super::{Document, MAX_WAITING, document};
    use http_body_util::BodyExt;
    use tokio::time::Instant;

    #[tokio::test]
    async fn what_nobody_takes_in_time_is_cut_off_for_everyone_to_see() {
        let (response, mut pieces) = document("text/csv", "x.csv");
        assert!(response.extensions().get::<Document>().is_some());
        for _ in 0..MAX_WAITING {
            assert!(pieces.send(b"row\n".to_vec()).await.is_ok());
        }
        pieces.until = Instant::now();
        assert!(pieces.send(b"late\n".to_vec()).await.is_err() && pieces.send(b"later\n".to_vec()).await.is_err());
        assert!(response.into_body().collect().await.is_err(), "not taken for whole");
    }

    #[tokio::test]
    async fn what_is_finished_in_time_is_whole() {
        let (response, mut pieces) = document("text/csv", "x.csv");
        assert!(pieces.send(b"row\n".to_vec()).await.is_ok());
        drop(pieces);
        assert!(response.into_body().collect().await.is_ok_and(|whole| whole.to_bytes() == "row\n"));
    }
}
