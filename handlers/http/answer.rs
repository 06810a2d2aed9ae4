//! Successful responses.

use crate::{flows::cursors::ListPage, ports::Etag};
use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// Most answers fit without moving the buffer.
const USUAL_BYTES: usize = 4096;

/// A JSON response.
pub struct Answer {
    status: StatusCode,
    body: Option<Bytes>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::with(StatusCode::OK, body)
    }

    /// 200 with JSON that is already serialised.
    pub const fn written(json: Bytes) -> Self {
        Self { status: StatusCode::OK, body: Some(json), headers: Vec::new() }
    }

    /// 201 with a body.
    pub fn created(body: &impl Serialize) -> Self {
        Self::with(StatusCode::CREATED, body)
    }

    /// 202 with a body.
    pub fn accepted(body: &impl Serialize) -> Self {
        Self::with(StatusCode::ACCEPTED, body)
    }

    /// The same body with 202: it has been accepted, and waits.
    pub const fn but_waits(mut self) -> Self {
        self.status = StatusCode::ACCEPTED;
        self
    }

    /// 204.
    pub const fn done() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, headers: Vec::new() }
    }

    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// States the version of what the body shows.
    pub fn etag(self, etag: &Etag) -> Self {
        let quoted = HeaderValue::try_from(format!("\"{}\"", etag.0)).expect("etags of the store are visible ASCII");
        self.header(header::ETAG, quoted)
    }

    /// Adds a `Set-Cookie` header, if there is a cookie to set.
    pub fn cookie(self, cookie: Option<HeaderValue>) -> Self {
        match cookie {
            Some(cookie) => self.header(header::SET_COOKIE, cookie),
            None => self,
        }
    }

    fn with(status: StatusCode, body: &impl Serialize) -> Self {
        let mut json = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut json, body).expect("answers have string keys and serialise to memory");
        Self { status, body: Some(json.into()), headers: Vec::new() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let has_body = self.body.is_some();
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

/// A page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PageOf<T> {
    /// The entries of this page, in the order of the list.
    pub items: Vec<T>,
    /// Cursor of the next page; `null` on the last page.
    #[schema(required)]
    pub next: Option<String>,
}

impl<T> PageOf<T> {
    /// Shows each item of a page.
    pub fn of<S>(page: ListPage<S>, show: impl FnMut(S) -> T) -> Self {
        Self { items: page.items.into_iter().map(show).collect(), next: page.next }
    }
}
