//! Answers that are documents to keep: they go out as they are made, and one that cannot be finished is cut off for everyone to see.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use http_body_util::channel::{Channel, Sender};
use std::io;

/// Pieces that wait for a slow reader.
const MOST_WAITING: usize = 2;

/// Where the pieces of a document go.
pub struct Pieces(Sender<Bytes, io::Error>);

/// Nobody reads any more.
#[derive(Debug)]
pub struct NobodyReads;

impl Pieces {
    /// Sends a piece; waits while the reader is behind.
    ///
    /// # Errors
    /// [`NobodyReads`].
    pub async fn send(&mut self, piece: Vec<u8>) -> Result<(), NobodyReads> {
        if piece.is_empty() {
            return Ok(());
        }
        self.0.send_data(Bytes::from(piece)).await.map_err(|_| NobodyReads)
    }

    /// Ends the answer in a way that no reader takes for its end.
    pub fn cut_off(self) {
        self.0.abort(io::Error::other("the document cannot be finished"));
    }
}

/// A document of this type that is saved under this name, and where its pieces go.
#[must_use]
pub fn document(content_type: &'static str, name: &str) -> (Response, Pieces) {
    let (sender, body) = Channel::new(MOST_WAITING);
    (dressed(Body::new(body), content_type, name), Pieces(sender))
}

/// A document that is there already.
#[must_use]
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
