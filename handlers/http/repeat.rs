//! Requests with an `Idempotency-Key`: their sender may repeat them when no response arrived.
//!
//! The route table says which routes accept the key. A repeat is answered before anything is checked except the session and the form of the
//! body: what was done the first time might be refused now, or be the very reason for a refusal.

use super::{
    problem::{Code, Problem},
    state::AppState,
};
use crate::{
    domain::{
        request_tag::RequestTag,
        sign_in::session::{Full, Session},
        wire::fields::{FieldCode, InvalidFields},
    },
    flows::repeats::{self, IdempotencyKey, Sent},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};

/// The header with the key.
pub const HEADER: &str = "idempotency-key";

/// The key and the tag of a request, left by the access rule of a keyed route.
#[derive(Clone, Copy)]
pub struct Repeat(Option<(IdempotencyKey, RequestTag)>);

/// Reads the key of a request whose session was checked and whose body was received, and stores it for the handler.
///
/// # Errors
/// A [`Problem`] when the header is not a valid key.
pub async fn note(state: &AppState, parts: &mut Parts, body: &[u8]) -> Result<(), Problem> {
    let repeat = match key(&parts.headers)? {
        Some(key) => {
            let account = parts.extensions.get::<Session<Full>>().ok_or(Problem::of(Code::Internal))?.identity();
            let sent = Sent { account, route: (parts.method.as_str(), parts.uri.path()), key, body };
            Some((key, repeats::tag(&state.services, sent).await?))
        }
        None => None,
    };
    parts.extensions.insert(Repeat(repeat));
    Ok(())
}

fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let refused = || Problem::fields(InvalidFields::one("/Idempotency-Key", FieldCode::InvalidFormat));
    let mut values = headers.get_all(HeaderName::from_static(HEADER)).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().ok().and_then(IdempotencyKey::parse).map(Some).ok_or_else(refused),
        (Some(_), Some(_)) => Err(refused()),
    }
}

impl Repeat {
    /// The idempotency key, if the client sent one.
    pub fn key(self) -> Option<IdempotencyKey> {
        self.0.map(|(key, _)| key)
    }

    /// The tag by which a repeat of the request is recognised.
    pub fn tag(self) -> Option<RequestTag> {
        self.0.map(|(_, tag)| tag)
    }

    /// Likewise; without a key the session takes its place, so that the request is done once per session.
    ///
    /// # Errors
    /// A [`Problem`] when the root key is unavailable.
    pub async fn tag_or_session(self, state: &AppState, session: &Session<Full>, route: (&str, &str)) -> Result<RequestTag, Problem> {
        if let Some(tag) = self.tag() {
            return Ok(tag);
        }
        let key = IdempotencyKey::of_session(session.record().id);
        Ok(repeats::tag(&state.services, Sent { account: session.identity(), route, key, body: b"" }).await?)
    }

    /// Runs `act` unless the request was already `done`. After a refusal this is checked again, because the same request may have won a
    /// race. When the check itself fails, the refusal of `act` is returned.
    ///
    /// # Errors
    /// The refusal of `act`; `idempotency_key_reused`.
    pub fn once<T, E, Done>(
        self,
        done: impl Fn(RequestTag) -> Done,
        act: impl Future<Output = Result<T, Problem>>,
    ) -> impl Future<Output = Result<T, Problem>>
    where
        Done: Future<Output = Result<Option<T>, E>>,
        Problem: From<E>,
    {
        // Both futures span many commits and are too large for the stack of each handler.
        Box::pin(async move {
            let Some(tag) = self.tag() else { return act.await };
            if let Some(there) = done(tag).await? {
                return Ok(there);
            }
            match act.await {
                Ok(made) => Ok(made),
                Err(refused) => match done(tag).await.map_err(Problem::from) {
                    Ok(there) => there.ok_or(refused),
                    Err(reused) if reused.is(Code::IdempotencyKeyReused) => Err(reused),
                    Err(_) => Err(refused),
                },
            }
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Repeat {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // A handler that extracts this must be keyed in the route table.
        parts.extensions.get::<Self>().copied().ok_or(Problem::of(Code::Internal))
    }
}
