//! Requests that may come twice: keys by which their senders make a repeat one, and the tags that they give.

use super::services::Services;
use crate::{
    domain::{ids::SessionId, request_tag::RequestTag, stored::BlindIndex},
    store::error::StoreError,
};

/// A key of the caller's choice that makes a repeated request one.
#[derive(Clone, Copy)]
pub struct IdempotencyKey(uuid::Uuid);

impl IdempotencyKey {
    /// Any UUID in hyphenated form.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 36).then(|| uuid::Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// Of whoever gives none, where a session is told once and again what it has done.
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
    /// The key that its sender gave it.
    pub key: IdempotencyKey,
    /// Its body, byte for byte.
    pub body: &'a [u8],
}

/// The tag of a request.
pub async fn tag(services: &Services, Sent { account, route: (method, path), key, body }: Sent<'_>) -> Result<RequestTag, StoreError> {
    let root = services.sealing.root().await?;
    let half = |sort: &[u8], body: &[u8]| {
        let tag = root.repeats.tag(&[sort, account.bytes(), method.as_bytes(), path.as_bytes(), key.bytes(), body]);
        *tag.first_chunk().expect("a tag has 32 bytes")
    };
    Ok(RequestTag::new(half(b"keyed request", b""), half(b"keyed body", body)))
}
