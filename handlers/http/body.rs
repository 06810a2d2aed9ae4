//! Reads a request body: JSON only, bounded, and wiped after use.

use super::{
    problem::{Code, Problem},
    state::AppState,
};
use crate::domain::wire::{fields::Fields, json::Json, object::Object};
use axum::{
    body::{Body as Stream, Bytes, HttpBody},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use std::{future::poll_fn, marker::PhantomData, pin::Pin, time::Duration};
use tokio::time::sleep;
use zeroize::Zeroizing;

/// Largest body of a signed-in caller.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Largest body of anyone else, small because together they must not exhaust memory; a hundred times the size of a sign-in.
pub const FEW_BYTES: usize = 16 * 1024;
/// A body that takes longer than this is refused.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body, as the object that it is declared to be.
pub struct Body<T>(pub T);

impl<T: Object> FromRequest<AppState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        Unread::from_request(request, state).await?.read().map(Self)
    }
}

/// Likewise, read by the handler after what it has to check first: the path, or whether the request is a repeat.
pub struct Unread<T>(Fields, PhantomData<fn() -> T>);

impl<T: Object> Unread<T> {
    /// Reads the object.
    ///
    /// # Errors
    /// A [`Problem`] with every refused field.
    pub fn read(self) -> Result<T, Problem> {
        T::read(self.0).map_err(Problem::fields)
    }
}

impl<T> FromRequest<AppState> for Unread<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let JsonBody(fields) = JsonBody::from_request(request, state).await?;
        Ok(Self(fields, PhantomData))
    }
}

/// The members of a JSON object in the body.
pub struct JsonBody(pub Fields);

impl FromRequest<AppState> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::of(Code::UnsupportedMediaType));
        }
        let bytes = read(request).await?;
        let json = Json::parse(&bytes).map_err(|_| Problem::of(Code::MalformedJson))?;
        Ok(Self(Fields::of(json, state.services.now())))
    }
}

/// A body that must be absent, or an empty JSON object.
pub struct NoBody;

impl FromRequest<AppState> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let json = optional(request).await?.unwrap_or(Json::Object(Vec::new()));
        Fields::of(json, state.services.now()).finish(Some(Self)).map_err(Problem::fields)
    }
}

/// Like [`Unread`]; all members are absent when there is no body or it is `null`.
pub struct Optional<T>(pub Unread<T>);

impl<T> FromRequest<AppState> for Optional<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let json = optional(request).await?.filter(|json| !matches!(json, Json::Null));
        let fields = Fields::of(json.unwrap_or(Json::Object(Vec::new())), state.services.now());
        Ok(Self(Unread(fields, PhantomData)))
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

/// Raw bytes (`application/octet-stream`), or a JSON object.
pub enum RawOr<T> {
    Raw(Bytes),
    Json(Unread<T>),
}

impl<T> FromRequest<AppState> for RawOr<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if only_content_type(request.headers()).as_deref() == Some("application/octet-stream") {
            return Ok(Self::Raw(read(request).await?));
        }
        Ok(Self::Json(Unread::from_request(request, state).await?))
    }
}

/// Whether the content type is `application/json`, with no parameter but `charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = only_content_type(headers) else {
        return false;
    };
    let (essence, parameter) = text.split_once(';').unwrap_or((&text, ""));
    essence.trim() == "application/json" && matches!(parameter.trim(), "" | "charset=utf-8" | "charset=\"utf-8\"")
}

/// The content type in lower case; `None` unless there is exactly one.
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

/// A body that was received completely.
pub struct Taken {
    bytes: Bytes,
    /// Whether receiving it had to wait for the network, so that state may have changed since its first byte.
    pub was_awaited: bool,
}

impl Taken {
    /// The bytes as sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same body, for the handler to read.
    pub fn into_body(self) -> Stream {
        Stream::from(self.bytes)
    }
}

/// Receives a whole body of at most `most` bytes.
///
/// # Errors
/// A [`Problem`] when it is too large, too slow, or truncated.
pub async fn take(headers: &HeaderMap, body: Stream, most: usize) -> Result<Taken, Problem> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > most as u64) {
        return Err(Problem::of(Code::TooLarge));
    }
    take_until(sleep(PATIENCE), body, most).await
}

async fn take_until(end: impl Future<Output = ()>, body: Stream, most: usize) -> Result<Taken, Problem> {
    tokio::select! {
        biased;
        taken = collect(body, most) => taken,
        () = end => Err(Problem::of(Code::RequestTimeout)),
    }
}

async fn collect(mut body: Stream, most: usize) -> Result<Taken, Problem> {
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

/// Appends like `Vec::extend_from_slice`, but wipes the old buffer when it reallocates.
fn append(bytes: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    let needed = bytes.len() + data.len();
    if needed > bytes.capacity() {
        let mut grown = Zeroizing::new(Vec::with_capacity(needed.max(2 * bytes.capacity())));
        grown.extend_from_slice(bytes);
        *bytes = grown;
    }
    bytes.extend_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::{Code, FEW_BYTES, Stream, Taken, take_until};
    use axum::body::Bytes;
    use http_body_util::channel::{Channel, Sender};
    use std::{convert::Infallible, future::pending};
    use tokio::{sync::oneshot, task::JoinHandle};

    /// What came of a body of which `bytes` single bytes arrive and no end, and whose time is over then if `ends`.
    async fn dripped(bytes: usize, ends: bool) -> (Result<Taken, Code>, JoinHandle<Sender<Bytes, Infallible>>) {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
        let (over, end) = oneshot::channel::<()>();
        let drip = tokio::spawn(async move {
            for _ in 0..bytes {
                let _ = sender.send_data(Bytes::from_static(b" ")).await;
            }
            if !ends {
                pending::<()>().await;
            }
            drop(over);
            sender
        });
        let end = async { drop(end.await) };
        let taken = take_until(end, Stream::new(body), FEW_BYTES).await;
        (taken.map_err(|problem| if problem.is(Code::RequestTimeout) { Code::RequestTimeout } else { Code::TooLarge }), drip)
    }

    #[tokio::test]
    async fn a_body_whose_time_is_over_is_refused_however_much_of_it_came() {
        for bytes in [0, 1, 1000, FEW_BYTES] {
            let (taken, drip) = dripped(bytes, true).await;
            assert_eq!(taken.err(), Some(Code::RequestTimeout), "{bytes}");
            drop(drip);
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_refused_at_the_byte_that_makes_it_so() {
        let (taken, drip) = dripped(FEW_BYTES + 1, false).await;
        assert_eq!(taken.err(), Some(Code::TooLarge));
        drip.abort();
    }
}
