//! Identifies a request with an idempotency key, so that a retry by a client that missed the response is recognised.
//!
//! ```text
//! tag = half of HMAC(repeats key, account, route, idempotency key) ‖ half of HMAC(repeats key, the same, request body)
//! ```
//!
//! It is sealed in what the request creates, in the same commit. Neither the rest of the request nor its response is stored: a retry is
//! answered from the current state.

use super::{ids::IntentId, stored::BlindIndex};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Maximum number of requests remembered by an object whose steps do not record them: far more than arrive at once.
const MAX_REMEMBERED: usize = 5;

/// The tag of a request that carries an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RequestTag {
    request: [u8; 16],
    body: [u8; 16],
}

/// An account requested with an idempotency key. The id of the account depends on the request body, so it cannot reveal that one key
/// came with two bodies: the requesting account remembers the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub request: RequestTag,
    pub account: BlindIndex,
    /// The intent to create it: while that is open, the account may still be created.
    pub intent: IntentId,
    /// It is not created after this time.
    pub until: Timestamp,
}

/// The idempotency key was used with another request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReused;

impl RequestTag {
    /// Takes the first halves of the two tags.
    pub const fn new(request: [u8; 16], body: [u8; 16]) -> Self {
        Self { request, body }
    }

    /// The id of what the request creates, if that is a single object: the same for every retry.
    pub const fn id(&self) -> [u8; 16] {
        self.request
    }

    /// Whether both have the same idempotency key, regardless of their bodies.
    pub fn has_key_of(&self, other: &Self) -> bool {
        self.request == other.request
    }

    /// Whether this is a retry of the request behind `other`.
    ///
    /// # Errors
    /// [`KeyReused`] when only the idempotency key is the same.
    pub fn repeats(&self, other: Option<&Self>) -> Result<bool, KeyReused> {
        match other {
            Some(other) if other.request == self.request => {
                if other.body == self.body {
                    Ok(true)
                } else {
                    Err(KeyReused)
                }
            }
            Some(_) | None => Ok(false),
        }
    }

    /// Whether this is a retry of one of the requests behind `others`.
    ///
    /// # Errors
    /// [`KeyReused`] when only the idempotency key is the same.
    pub fn repeats_any<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Result<bool, KeyReused> {
        for other in others {
            if self.repeats(Some(other))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds the request to those that an object remembers, newest first.
    pub fn remember(request: Option<Self>, known: &mut Vec<Self>) {
        if let Some(request) = request {
            known.insert(0, request);
            known.truncate(MAX_REMEMBERED);
        }
    }
}

impl From<RequestTag> for String {
    fn from(tag: RequestTag) -> Self {
        BASE64URL_NOPAD.encode(&[tag.request, tag.body].concat())
    }
}

impl TryFrom<String> for RequestTag {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| "no tag of a request")?;
        match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(request), Some(body)) if bytes.len() == 32 => Ok(Self { request: *request, body: *body }),
            _ => Err("no tag of a request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyReused, RequestTag};

    #[test]
    fn the_same_key_with_another_body_is_no_repeat() {
        let tag = RequestTag::new([1; 16], [2; 16]);
        let (other_body, other_key) = (RequestTag::new([1; 16], [3; 16]), RequestTag::new([2; 16], [2; 16]));
        assert_eq!(tag.repeats(Some(&tag)), Ok(true));
        assert_eq!((tag.repeats(None), tag.repeats(Some(&other_key))), (Ok(false), Ok(false)));
        assert_eq!(tag.repeats(Some(&other_body)), Err(KeyReused));
        assert_eq!(tag.repeats_any(&[other_key, tag]), Ok(true));
        assert_eq!(tag.repeats_any(&[other_key, other_body]), Err(KeyReused));
    }

    #[test]
    fn it_is_kept_as_text() {
        let tag = RequestTag::new([1; 16], [2; 16]);
        let text = serde_json::to_string(&tag).expect("text");
        assert!(serde_json::from_str::<RequestTag>(&text).is_ok_and(|read| read == tag), "{text}");
        for text in ["\"\"", "\"AQ\"", "[1]", "null"] {
            assert!(serde_json::from_str::<RequestTag>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_thing_remembers_the_newest() {
        let mut known = Vec::new();
        for number in 0..9 {
            RequestTag::remember(Some(RequestTag::new([number; 16], [0; 16])), &mut known);
        }
        RequestTag::remember(None, &mut known);
        assert_eq!(known.iter().map(|tag| tag.id()[0]).collect::<Vec<_>>(), [8, 7, 6, 5, 4]);
    }
}
