//! What a request is known by when its sender may not have heard the answer and sends it again.
//!
//! ```text
//! tag = HMAC(repeats key, account, route, key of the sender), and HMAC(repeats key, the same, the body as it was sent); half of each
//! ```
//!
//! It is sealed in whatever the request makes, in the same commit. Nothing else is kept of the request, and no answer: whoever asks again
//! is told what has become of it.

use super::{ids::IntentId, stored::BlindIndex};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Requests that a thing remembers, where it has no steps that do: far more than come at once.
const MAX_REMEMBERED: usize = 5;

/// The tag of a request that its sender has given a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RequestTag {
    request: [u8; 16],
    body: [u8; 16],
}

/// An account that somebody wants made, by a request with a key. Whose it would be depends on the body, so that no id says that two
/// bodies came with one key: whoever wants it remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub request: RequestTag,
    pub account: BlindIndex,
    /// The intent to make it: while that is open, it may be made.
    pub intent: IntentId,
    /// It is not made after this.
    pub until: Timestamp,
}

/// The key belongs to another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReused;

impl RequestTag {
    /// From the first halves of the two tags.
    pub const fn new(request: [u8; 16], body: [u8; 16]) -> Self {
        Self { request, body }
    }

    /// The id of what the request makes, when it makes one thing: the same each time that it comes.
    pub const fn id(&self) -> [u8; 16] {
        self.request
    }

    /// Whether both have the same key, whatever their bodies say.
    pub fn has_key_of(&self, other: &Self) -> bool {
        self.request == other.request
    }

    /// Whether this is the request behind `other`, come again.
    ///
    /// # Errors
    /// [`KeyReused`] when only its key is the same.
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

    /// Whether this is one of the requests behind `others`, come again.
    ///
    /// # Errors
    /// [`KeyReused`] when only its key is the same.
    pub fn repeats_any<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Result<bool, KeyReused> {
        for other in others {
            if self.repeats(Some(other))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds the request to those that a thing remembers, the newest first.
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
