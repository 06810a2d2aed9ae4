//! Sign-ins with the right password but without a second factor that had no notice of their own, because another notice had been
//! prepared shortly before.
//!
//! If the second factor follows for that other sign-in, its notice is void and one of these is reported instead: a right password
//! entered by somebody else is never left unreported because the user signs in at the same time.

use super::attempt::UserAgent;
use crate::domain::{accounts::account::Account, stored::HashedToken};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Minimum interval between notices of a missing second factor.
pub const NOTICE_INTERVAL: SignedDuration = SignedDuration::from_hours(1);
/// As many as an account may have sessions; their notices are all alike.
const MAX_UNTOLD: usize = 20;

/// A sign-in with the right password.
#[derive(Clone, Serialize, Deserialize)]
pub struct Untold {
    /// The session that it started, or the one that replaced it in the same browser.
    pub session: HashedToken,
    pub at: Timestamp,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<UserAgent>,
}

impl Account {
    /// Whether a notice was prepared too recently for another one.
    pub fn has_recent_notice(&self, now: Timestamp) -> bool {
        self.missing_factor_notice_at.is_some_and(|last| now.duration_since(last) < NOTICE_INTERVAL)
    }

    /// Records a sign-in without a notice of its own.
    pub fn leave_untold(&mut self, one: Untold, now: Timestamp) {
        self.untold.retain(|other| now.duration_since(other.at) < NOTICE_INTERVAL);
        if self.untold.len() < MAX_UNTOLD && self.untold.iter().all(|other| other.session != one.session) {
            self.untold.push(one);
        }
    }

    /// Records that the same browser tries again in another session.
    pub fn goes_on_as(&mut self, session: HashedToken, other: HashedToken) {
        self.untold.iter_mut().filter(|one| one.session == session).for_each(|one| one.session = other);
    }

    /// Records that the second factor followed in this session.
    pub fn factor_followed(&mut self, session: HashedToken, now: Timestamp) {
        self.untold.retain(|one| one.session != session && now.duration_since(one.at) < NOTICE_INTERVAL);
    }

    /// Takes the next sign-in to report once the previous notice is void; a notice is prepared for it.
    pub fn tell_next(&mut self) -> Option<Untold> {
        let next = (!self.untold.is_empty()).then(|| self.untold.remove(0))?;
        self.missing_factor_notice_at = Some(next.at);
        Some(next)
    }
}
