//! A browser that signed in before, and the marks by which it is known.
//!
//! Each full sign-in gives it another mark: a copy of the one before is worth nothing soon after, and one of a browser that was
//! forgotten never again. What its owner sees as its id stays.

use super::{attempt::UserAgent, ids::BrowserId, stored::HashedToken, throttle::Throttle};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How long a browser stays known after its last sign-in.
pub const DEVICE_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);
/// For so long the mark before is good too: the answer with the newer one may be lost, or overtaken by that of another tab.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Marks before the newest that are good at once.
const MAX_BEFORE: usize = 3;

/// A browser that signed in before.
#[derive(Clone, Serialize, Deserialize)]
pub struct Device {
    /// Hash of its cookie.
    pub hash: HashedToken,
    /// Forgotten [`DEVICE_LIFETIME`] later.
    pub last_signed_in_at: Timestamp,
    pub throttle: Throttle,
    /// When it first signed in, as far as that was noted.
    #[serde(default)]
    pub first_signed_in_at: Option<Timestamp>,
    /// Where it last signed in from.
    #[serde(default)]
    pub ip: Option<IpAddr>,
    /// What it calls itself.
    #[serde(default)]
    pub user_agent: Option<UserAgent>,
    /// Its id, once it has had more than one mark; until then it follows from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named: Option<BrowserId>,
    /// The marks before, newest first.
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
    /// A browser that signs in now.
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

    /// As its owner sees it.
    pub fn id(&self) -> BrowserId {
        self.named.unwrap_or_else(|| BrowserId::from_bytes(self.hash.half()))
    }

    /// Whether this is its mark, or one that it had until a moment ago.
    #[must_use]
    pub fn has_mark(&self, hash: &HashedToken, now: Timestamp) -> bool {
        self.hash == *hash || self.before.iter().any(|mark| mark.hash == *hash && now < mark.until)
    }

    /// Whether it signed in lately enough.
    pub fn is_known(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_signed_in_at) < DEVICE_LIFETIME
    }

    /// It is the browser that was known as `known`. No mark of that is good any more.
    pub fn renewing(self, known: &Self) -> Self {
        let first = known.first_signed_in_at.unwrap_or(known.last_signed_in_at);
        Self { named: Some(known.id()), first_signed_in_at: Some(first), ..self }
    }

    /// Likewise, and it has not signed in again: the failures that count for it stay.
    pub fn going_on_as(self, known: &Self) -> Self {
        Self { throttle: known.throttle.clone(), ..self.renewing(known) }
    }

    /// It is the browser that was known as `known`, whose mark is good for a moment more.
    pub fn following(self, known: &Self, now: Timestamp) -> Self {
        let mut before = vec![MarkBefore { hash: known.hash, until: now + OVERLAP }];
        before.extend(known.before.iter().filter(|mark| now < mark.until));
        before.truncate(MAX_BEFORE);
        Self { before, ..self.renewing(known) }
    }
}
