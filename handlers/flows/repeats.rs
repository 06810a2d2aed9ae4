//! Requests that may be repeated: the idempotency keys their senders use, and the tags derived from them.

use super::services::Services;
use crate::{
    domain::{ids::SessionId, request_tag::RequestTag, stored::BlindIndex},
    store::error::StoreError,
};

/// A key chosen by the client that makes repeats of a request count as one.
#[derive(Clone, Copy)]
pub struct IdempotencyKey(uuid::Uuid);

impl IdempotencyKey {
    /// Accepts any UUID in hyphenated form.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 36).then(|| uuid::Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// The key of a client that gives none, where a repeat within the same session gets the same answer.
    pub const fn of_session(id: SessionId) -> Self {
        Self(uuid::Uuid::from_bytes(*id.bytes()))
    }

    /// Its 16 bytes.
    pub const fn bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

/// A request as it was sent.
pub struct Sent<'a> {
    pub account: BlindIndex,
    pub route: (&'a str, &'a str),
    /// The idempotency key given by the client.
    pub key: IdempotencyKey,
    /// Its body, byte for byte.
    pub body: &'a [u8],
}

/// Derives the tag of a request.
pub async fn tag(services: &Services, Sent { account, route: (method, path), key, body }: Sent<'_>) -> Result<RequestTag, StoreError> {
    let root = services.sealing.root().await?;
    let half = |sort: &[u8], body: &[u8]| {
        let tag = root.repeats.tag(&[sort, account.bytes(), method.as_bytes(), path.as_bytes(), key.bytes(), body]);
        *tag.first_chunk().expect("a tag has 32 bytes")
    };
    Ok(RequestTag::new(half(b"keyed request", b""), half(b"keyed body", body)))
}
