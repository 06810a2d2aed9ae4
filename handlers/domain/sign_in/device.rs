//! A known browser: one that signed in before, and the marks that identify it.
//!
//! Each full sign-in issues a new mark: a copy of the previous one becomes worthless shortly afterwards, and a mark of a forgotten
//! browser never works again. The id shown to the user stays the same.

use super::{attempt::UserAgent, throttle::Throttle};
use crate::domain::{ids::BrowserId, stored::HashedToken};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How long a browser stays known after its last sign-in.
pub const DEVICE_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long the previous mark stays valid: the response with the new one may be lost, or overtaken by that of another tab.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Maximum number of previous marks that are valid at once.
const MAX_BEFORE: usize = 3;

/// A browser that signed in before.
#[derive(Clone, Serialize, Deserialize)]
pub struct Device {
    /// Hash of its cookie.
    pub hash: HashedToken,
    /// Forgotten [`DEVICE_LIFETIME`] later.
    pub last_signed_in_at: Timestamp,
    pub throttle: Throttle,
    /// When it first signed in, if recorded.
    #[serde(default)]
    pub first_signed_in_at: Option<Timestamp>,
    /// Address of its last sign-in.
    #[serde(default)]
    pub ip: Option<IpAddr>,
    /// Its user agent.
    #[serde(default)]
    pub user_agent: Option<UserAgent>,
    /// Its id, once it has had more than one mark; until then the id is derived from the mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named: Option<BrowserId>,
    /// Previous marks, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    before: Vec<MarkBefore>,
}

/// A mark that was replaced.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct MarkBefore {
    hash: HashedToken,
    until: Timestamp,
}

impl Device {
    /// Creates a browser that signs in now.
    pub fn signing_in(hash: HashedToken, ip: Option<IpAddr>, user_agent: Option<UserAgent>, now: Timestamp) -> Self {
        Self {
            hash,
            last_signed_in_at: now,
            throttle: Throttle::default(),
            first_signed_in_at: Some(now),
            ip,
            user_agent,
            named: None,
            before: Vec::new(),
        }
    }

    /// The id shown to the user.
    pub fn id(&self) -> BrowserId {
        self.named.unwrap_or_else(|| BrowserId::from_bytes(self.hash.half()))
    }

    /// Whether this is its current mark, or a previous one that is still valid.
    #[must_use]
    pub fn has_mark(&self, hash: &HashedToken, now: Timestamp) -> bool {
        self.hash == *hash || self.before.iter().any(|mark| mark.hash == *hash && now < mark.until)
    }

    /// Whether its last sign-in is recent enough.
    pub fn is_known(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_signed_in_at) < DEVICE_LIFETIME
    }

    /// Takes over the identity of the browser `known`, invalidating all of its marks.
    pub fn renewing(self, known: &Self) -> Self {
        let first = known.first_signed_in_at.unwrap_or(known.last_signed_in_at);
        Self { named: Some(known.id()), first_signed_in_at: Some(first), ..self }
    }

    /// Like [`Device::renewing`], for a browser that has not signed in again: its counted failures stay.
    pub fn going_on_as(self, known: &Self) -> Self {
        Self { throttle: known.throttle.clone(), ..self.renewing(known) }
    }

    /// Takes over the identity of the browser `known`, whose mark stays valid for a moment.
    pub fn following(self, known: &Self, now: Timestamp) -> Self {
        let mut before = vec![MarkBefore { hash: known.hash, until: now + OVERLAP }];
        before.extend(known.before.iter().filter(|mark| now < mark.until));
        before.truncate(MAX_BEFORE);
        Self { before, ..self.renewing(known) }
    }
}
