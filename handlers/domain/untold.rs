//! Right passwords without a second factor that got no notice of their own, because another was prepared shortly before.
//!
//! When the factor follows for that other one, its notice is void, and one of these is told instead: a right password that somebody
//! else gave is never told by nobody because its owner signs in at the same time.

use super::{account::Account, attempt::UserAgent, stored::HashedToken};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A notice of a missing second factor is mailed at most this often.
pub const NOTICE_INTERVAL: SignedDuration = SignedDuration::from_hours(1);
/// As many as an account has sessions: all of them say the same.
const MAX_UNTOLD: usize = 20;

/// A right password that was given.
#[derive(Clone, Serialize, Deserialize)]
pub struct Untold {
    /// The session that it started, or the one that took its place in the same browser.
    pub session: HashedToken,
    pub at: Timestamp,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<UserAgent>,
}

impl Account {
    /// Whether a notice was prepared so shortly before that there is no other yet.
    pub fn has_recent_notice(&self, now: Timestamp) -> bool {
        self.missing_factor_notice_at.is_some_and(|last| now.duration_since(last) < NOTICE_INTERVAL)
    }

    /// Keeps in mind that this one is not told.
    pub fn leave_untold(&mut self, one: Untold, now: Timestamp) {
        self.untold.retain(|other| now.duration_since(other.at) < NOTICE_INTERVAL);
        if self.untold.len() < MAX_UNTOLD && self.untold.iter().all(|other| other.session != one.session) {
            self.untold.push(one);
        }
    }

    /// The same browser tries again, in another session.
    pub fn goes_on_as(&mut self, session: HashedToken, other: HashedToken) {
        self.untold.iter_mut().filter(|one| one.session == session).for_each(|one| one.session = other);
    }

    /// The second factor followed in this session.
    pub fn factor_followed(&mut self, session: HashedToken, now: Timestamp) {
        self.untold.retain(|one| one.session != session && now.duration_since(one.at) < NOTICE_INTERVAL);
    }

    /// The one to tell now that the notice before is void; a notice is prepared for it.
    pub fn tell_next(&mut self) -> Option<Untold> {
        let next = (!self.untold.is_empty()).then(|| self.untold.remove(0))?;
        self.missing_factor_notice_at = Some(next.at);
        Some(next)
    }
}
