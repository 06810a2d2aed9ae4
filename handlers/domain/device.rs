//! Browsers that an account knows.

use super::{attempt::UserAgent, ids::BrowserId, stored::HashedToken, throttle::Throttle};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How long a browser stays known after its last sign-in.
pub const DEVICE_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A browser that signed in before.
#[derive(Clone, Serialize, Deserialize)]
pub struct Device {
    /// Hash of its cookie.
    pub hash: HashedToken,
    /// Forgotten [`DEVICE_LIFETIME`] later.
    pub last_signed_in_at: Timestamp,
    /// Its own allowance.
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
}

impl Device {
    /// A browser that signs in now.
    #[must_use]
    pub fn signing_in(hash: HashedToken, ip: Option<IpAddr>, user_agent: Option<UserAgent>, now: Timestamp) -> Self {
        Self { hash, last_signed_in_at: now, throttle: Throttle::default(), first_signed_in_at: Some(now), ip, user_agent }
    }

    /// As its owner sees it.
    #[must_use]
    pub fn id(&self) -> BrowserId {
        BrowserId::from_bytes(self.hash.half())
    }

    /// Whether it has signed in lately enough.
    #[must_use]
    pub fn is_known(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_signed_in_at) < DEVICE_LIFETIME
    }
}
