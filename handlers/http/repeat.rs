//! Requests that may come twice: `Idempotency-Key` says that their sender may not have heard the answer.
//!
//! Which routes take it is in the route table. Whoever asks again is answered before anything else is judged than the session and the
//! form of the body: what was done then may be refused now, or may itself be why it would be.

use super::{
    problem::{Code, Problem},
    state::AppState,
};
use crate::{
    domain::{
        fields::{FieldCode, InvalidFields},
        request_tag::RequestTag,
        session::{Full, Session},
    },
    flows::repeats::{self, IdempotencyKey, Sent},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};

/// Names the key.
pub const HEADER: &str = "idempotency-key";

/// What the rule of a keyed route has left of a request.
#[derive(Clone, Copy)]
pub struct Repeat(Option<(IdempotencyKey, RequestTag)>);

/// Reads the key of a request whose session has been proven and whose body has come in, and leaves it for the handler.
///
/// # Errors
/// A [`Problem`] when the header holds no key.
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
    /// The key that its sender gave the request.
    pub fn key(self) -> Option<IdempotencyKey> {
        self.0.map(|(key, _)| key)
    }

    /// What the request is known by.
    pub fn tag(self) -> Option<RequestTag> {
        self.0.map(|(_, tag)| tag)
    }

    /// Likewise; one without a key is known by its session, in which it is done once.
    ///
    /// # Errors
    /// A [`Problem`] when the root key cannot be had.
    pub async fn tag_or_session(self, state: &AppState, session: &Session<Full>, route: (&str, &str)) -> Result<RequestTag, Problem> {
        if let Some(tag) = self.tag() {
            return Ok(tag);
        }
        let key = IdempotencyKey::of_session(session.record().id);
        Ok(repeats::tag(&state.services, Sent { account: session.identity(), route, key, body: b"" }).await?)
    }

    /// Does it, unless it was `done`. What is refused is looked for once more: the same request may have been faster. When nobody can look,
    /// the refusal still tells what has come of this one.
    ///
    /// # Errors
    /// What `act` is refused with; `idempotency_key_reused`.
    pub fn once<T, E, Done>(
        self,
        done: impl Fn(RequestTag) -> Done,
        act: impl Future<Output = Result<T, Problem>>,
    ) -> impl Future<Output = Result<T, Problem>>
    where
        Done: Future<Output = Result<Option<T>, E>>,
        Problem: From<E>,
    {
        // Both are stories with many commits: too large for the stack of each handler.
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
        // A handler that asks for it has to be keyed in the route table.
        parts.extensions.get::<Self>().copied().ok_or(Problem::of(Code::Internal))
    }
}
