//! Reading a request body: JSON only, bounded, each value wiped after use.

use super::problem::{Code, Problem};
use crate::domain::{fields::Fields, json::Json};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use std::{future::poll_fn, pin::Pin, time::Duration};
use zeroize::Zeroizing;

/// Largest body of whoever is signed in.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Largest body of anybody else, all of whom together must not fill the memory: a hundred times what a sign-in takes.
pub const FEW_BYTES: usize = 16 * 1024;
/// A sender that is slower than this keeps no place.
const PATIENCE: Duration = Duration::from_secs(30);

/// The members of a JSON object in the body.
pub struct JsonBody(pub Fields);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::of(Code::UnsupportedMediaType));
        }
        let bytes = read(request).await?;
        let json = Json::parse(&bytes).map_err(|_| Problem::of(Code::MalformedJson))?;
        Ok(Self(Fields::of(json)))
    }
}

/// A body that must be absent, or an empty JSON object.
pub struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let json = optional(request).await?.unwrap_or(Json::Object(Vec::new()));
        Fields::of(json).finish(Some(Self)).map_err(Problem::fields)
    }
}

/// The members of a JSON object in the body; none when there is no body, or it is `null`.
pub struct MaybeBody(pub Fields);

impl<S: Send + Sync> FromRequest<S> for MaybeBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let json = optional(request).await?.filter(|json| !matches!(json, Json::Null));
        Ok(Self(Fields::of(json.unwrap_or(Json::Object(Vec::new())))))
    }
}

/// The JSON of a body that may be absent.
async fn optional(request: Request) -> Result<Option<Json>, Problem> {
    let declared = request.headers().contains_key(header::CONTENT_TYPE);
    if declared && !is_json(request.headers()) {
        return Err(Problem::of(Code::UnsupportedMediaType));
    }
    let bytes = read(request).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !declared {
        return Err(Problem::of(Code::UnsupportedMediaType));
    }
    Json::parse(&bytes).map(Some).map_err(|_| Problem::of(Code::MalformedJson))
}

/// Bytes as they are (`application/octet-stream`), or the members of a JSON object.
pub enum RawOrJson {
    Raw(Bytes),
    Json(Fields),
}

impl<S: Send + Sync> FromRequest<S> for RawOrJson {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if only_content_type(request.headers()).as_deref() == Some("application/octet-stream") {
            return Ok(Self::Raw(read(request).await?));
        }
        let JsonBody(fields) = JsonBody::from_request(request, state).await?;
        Ok(Self::Json(fields))
    }
}

/// `application/json`, with no parameter but `charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = only_content_type(headers) else {
        return false;
    };
    let (essence, parameter) = text.split_once(';').unwrap_or((&text, ""));
    essence.trim() == "application/json" && matches!(parameter.trim(), "" | "charset=utf-8" | "charset=\"utf-8\"")
}

/// In lower case.
fn only_content_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.to_str().unwrap_or_default().trim().to_ascii_lowercase()),
        _ => None,
    }
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    Ok(take(&parts.headers, body, MAX_BYTES).await?.bytes)
}

/// A body that has come in, to its last byte.
pub struct Taken {
    bytes: Bytes,
    /// Whether anything could have happened between its first byte and its last.
    pub was_awaited: bool,
}

impl Taken {
    /// As it was sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same body, for whoever reads one.
    pub fn into_body(self) -> Body {
        Body::from(self.bytes)
    }
}

/// Takes a body in, to its last byte, of so many at most.
///
/// # Errors
/// A [`Problem`] when it is too large, too slow, or breaks off.
pub async fn take(headers: &HeaderMap, body: Body, most: usize) -> Result<Taken, Problem> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > most as u64) {
        return Err(Problem::of(Code::TooLarge));
    }
    tokio::time::timeout(PATIENCE, collect(body, most)).await.unwrap_or(Err(Problem::of(Code::RequestTimeout)))
}

async fn collect(mut body: Body, most: usize) -> Result<Taken, Problem> {
    let (mut bytes, mut was_awaited) = (Zeroizing::new(Vec::new()), false);
    loop {
        let frame = poll_fn(|context| {
            let polled = Pin::new(&mut body).poll_frame(context);
            was_awaited |= polled.is_pending();
            polled
        });
        let Some(frame) = frame.await else { break };
        let frame = frame.map_err(|_| Problem::of(Code::MalformedJson))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Problem::of(Code::TooLarge));
        }
        append(&mut bytes, &data);
    }
    Ok(Taken { bytes: Bytes::from_owner(bytes), was_awaited })
}

/// Appends like a vector does, but wipes the smaller buffer that it outgrows.
fn append(bytes: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    let needed = bytes.len() + data.len();
    if needed > bytes.capacity() {
        let mut grown = Zeroizing::new(Vec::with_capacity(needed.max(2 * bytes.capacity())));
        grown.extend_from_slice(bytes);
        *bytes = grown;
    }
    bytes.extend_from_slice(data);
}
