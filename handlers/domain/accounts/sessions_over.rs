//! Sessions that were ended before they expired, other than together with all sessions of their account. The account lists them, and
//! subsequently the marker of the adviser's partition, so that their requests still in flight write nothing there.

use crate::domain::{ledger::END_MARGIN, stored::HashedToken};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Maximum number of listed sessions: twice as many as an account may have at once. Evicting one from the list takes as many sign-ins
/// while its last request is in flight.
const MAX: usize = 40;

/// The sessions that were ended most recently, newest first.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionsOver(Vec<SessionOver>);

/// A session that was ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOver {
    /// Hash of its cookie.
    pub hash: HashedToken,
    /// It expires then at the latest.
    pub until: Timestamp,
}

impl SessionsOver {
    /// Lists a session that is ended at `now`, and drops expired ones.
    pub fn add(&mut self, over: SessionOver, now: Timestamp) {
        self.0.retain(|listed| listed.until + END_MARGIN > now && listed.hash != over.hash);
        self.0.insert(0, over);
        self.0.truncate(MAX);
    }

    /// Adds all sessions of another list. Returns whether any of them was new.
    pub fn add_all(&mut self, others: &Self, now: Timestamp) -> bool {
        let missing: Vec<_> = others.0.iter().filter(|over| over.until + END_MARGIN > now && !self.has(&over.hash)).copied().collect();
        missing.iter().rev().for_each(|over| self.add(*over, now));
        !missing.is_empty()
    }

    /// Whether this session is listed as ended.
    pub fn has(&self, hash: &HashedToken) -> bool {
        self.0.iter().any(|over| over.hash == *hash)
    }

    /// Clears the list, when another mechanism already invalidates the sessions.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether none is listed.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SessionsOver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SessionsOver({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{HashedToken, MAX, SessionOver, SessionsOver, Timestamp};

    fn over(number: u8, hour: i64) -> SessionOver {
        SessionOver { hash: HashedToken::of_tag([number; 32]), until: at(hour) }
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("in range")
    }

    #[test]
    fn lists_those_whose_time_is_not_over() {
        let mut list = SessionsOver::default();
        list.add(over(1, 3), at(1));
        list.add(over(2, 9), at(1));
        list.add(over(2, 9), at(1));
        assert!(list.0 == [over(2, 9), over(1, 3)]);
        list.add(over(3, 12), at(4));
        assert!(list.0 == [over(3, 12), over(2, 9)]);
        assert!(list.has(&over(2, 9).hash) && !list.has(&over(1, 3).hash));
    }

    #[test]
    fn holds_the_newest_of_too_many() {
        let mut list = SessionsOver::default();
        (0..=u8::try_from(MAX).expect("a few")).for_each(|number| list.add(over(number, 9), at(1)));
        assert_eq!(list.0.len(), MAX);
        assert!(!list.has(&over(0, 9).hash) && list.has(&over(1, 9).hash));
    }

    #[test]
    fn takes_over_what_another_lists() {
        let (mut list, mut others) = (SessionsOver::default(), SessionsOver::default());
        others.add(over(1, 3), at(1));
        others.add(over(2, 9), at(1));
        assert!(list.add_all(&others, at(1)));
        assert_eq!(list, others);
        assert!(!list.add_all(&others, at(1)));
        assert!(!SessionsOver::default().add_all(&others, at(20)), "their time is over");
    }
}
