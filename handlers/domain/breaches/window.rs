//! A query on the audit trail of client files: what was done in a period, optionally by certain accounts, sessions or addresses only.
//!
//! Ids of entries start with their time in 16 hexadecimal digits, so a period is covered by a small set of id prefixes.

use crate::{
    domain::{
        chain::MAX_AHEAD,
        clients::trail::{Actor, AuditEntry},
        ids::SessionId,
        wire::{
            fields::{FieldCode, Fields},
            object::Object,
            values::{AccountRef, Moment},
        },
    },
    wire_object,
};
use jiff::Timestamp;
use std::net::IpAddr;

/// Maximum number of id prefixes for a period. They cover at most one and a half times the requested period.
const MAX_PREFIXES: u64 = 64;
/// Hexadecimal digits of a time in an id.
const DIGITS: usize = 16;

wire_object! {
    /// A query on the audit trail of client files.
    pub stored struct TrailWindow {
        /// Start of the time window, inclusive; not in the future.
        past from: Moment,
        /// End of the time window, inclusive; not in the future.
        past until: Moment,
        /// Only actions by these accounts; by any account if empty.
        #[schema(max_items = 100)]
        accounts: Vec<AccountRef>,
        /// Only actions in sessions with these IDs; in any session if empty.
        #[schema(value_type = Vec<String>, max_items = 100)]
        sessions: Vec<SessionId>,
        /// Only actions from these IP addresses; from any address if empty.
        #[schema(value_type = Vec<String>, max_items = 100)]
        addresses: Vec<IpAddr>,
    }
}

impl TrailWindow {
    /// Reads a query whose end does not precede its start.
    pub fn in_order(fields: &mut Fields) -> Option<Self> {
        let window = Self::members(fields)?;
        if window.until < window.from {
            fields.note("until", FieldCode::OutOfRange);
            return None;
        }
        Some(window)
    }

    /// Whether an entry with this time matches the query.
    pub fn holds(&self, at: Timestamp, trace: &AuditEntry) -> bool {
        (self.from.at()..=self.until.at()).contains(&at) && self.is_asked_for(trace.by)
    }

    fn is_asked_for(&self, by: Actor) -> bool {
        match by {
            Actor::Adviser { account, session, ip } => {
                let by_account = self.accounts.is_empty() || self.accounts.contains(&AccountRef(account));
                let in_session = self.sessions.is_empty() || self.sessions.contains(&session);
                let from_address = self.addresses.is_empty() || ip.is_some_and(|ip| self.addresses.contains(&ip));
                by_account && in_session && from_address
            }
            // Not tied to a session: matches only a query without such filters.
            Actor::HandOver { .. } | Actor::Replay | Actor::Later(_) => {
                self.accounts.is_empty() && self.sessions.is_empty() && self.addresses.is_empty()
            }
        }
    }

    /// Returns the id prefixes, in order, that cover all entries of the period and some others. An id may carry a time slightly later
    /// than its entry.
    pub fn beginnings(&self) -> Vec<String> {
        let micros = |moment: Moment| u64::try_from(moment.at().as_microsecond()).expect("a moment is after 1970");
        let ahead = u64::try_from(MAX_AHEAD.as_micros()).expect("minutes");
        let (from, until) = (micros(self.from), micros(self.until) + ahead);
        let dropped = (0..DIGITS).find(|digits| (until >> (4 * digits)) - (from >> (4 * digits)) < MAX_PREFIXES);
        let dropped = dropped.expect("one digit less leaves a sixteenth, in the end one");
        let kept = DIGITS - dropped;
        (from >> (4 * dropped)..=until >> (4 * dropped)).map(|beginning| format!("{beginning:0kept$x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_AHEAD, MAX_PREFIXES, Moment, TrailWindow};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn window(from: i64, until: i64) -> TrailWindow {
        let moment = |micros| Moment::of(Timestamp::from_microsecond(micros).expect("in range"));
        TrailWindow { from: moment(from), until: moment(until), accounts: Vec::new(), sessions: Vec::new(), addresses: Vec::new() }
    }

    proptest! {
        #[test]
        fn every_time_in_it_has_one_of_its_beginnings_and_there_are_few(
            from in 946_684_800_000_000_i64..4_102_444_800_000_000, length in 0_u64..100_000_000_000_000, part in 0.0..=1.0_f64,
        ) {
            let until = from + i64::try_from(length).unwrap();
            let beginnings = window(from, until).beginnings();
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "any time in it will do")]
            let inside = from + i64::try_from((length as f64 * part) as u64).unwrap().min(until - from);
            let count = |micros: i64| beginnings.iter().filter(|beginning| format!("{micros:016x}").starts_with(beginning.as_str())).count();
            let ahead = i64::try_from(MAX_AHEAD.as_micros()).unwrap();
            prop_assert_eq!((count(from), count(inside), count(until), count(until + ahead)), (1, 1, 1, 1));
            let length = length + ahead.unsigned_abs();
            prop_assert!(beginnings.len() <= usize::try_from(MAX_PREFIXES).unwrap());
            let width = 1_u64 << (4 * (16 - beginnings[0].len()));
            prop_assert!(length < 100 || width * u64::try_from(beginnings.len()).unwrap() <= length * 2, "hardly more than asked for");
        }
    }
}
