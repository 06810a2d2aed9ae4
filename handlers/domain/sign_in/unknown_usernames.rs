//! Throttles of usernames without an account, so that they wait exactly as those of existing accounts do (P11).
//!
//! They are stored together in one document shared by all instances, because a stranger can invent usernames without limit and must not
//! create a document for each. There is room for a thousand; beyond that, those with the fewest failures are dropped first, so evicting
//! one takes as many failures on a thousand others.

use super::throttle::{Throttle, Throttled};
use crate::domain::stored::BlindIndex;
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MAX_NAMES: usize = 1000;
/// Bytes of a blind index, enough to distinguish a thousand usernames.
const NAME_BYTES: usize = 12;
/// Username, failures, microseconds.
const ENTRY_BYTES: usize = NAME_BYTES + 4 + 8;

/// The throttles, by the prefix of the username's blind index.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct UnknownUsernames(BTreeMap<[u8; NAME_BYTES], Throttle>);

impl UnknownUsernames {
    /// Whether there were no recent attempts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the throttle of this username, combined with the `own` count of its identity: it may be or have been an account's.
    pub fn joined(&self, name: BlindIndex, own: &Throttle, now: Timestamp) -> Throttle {
        self.0.get(&key(name)).map_or_else(|| own.clone(), |throttle| throttle.joined(own, now))
    }

    /// Whether an attempt for this username is allowed now.
    ///
    /// # Errors
    /// [`Throttled`] with the remaining wait.
    pub fn check(&self, name: BlindIndex, own: &Throttle, now: Timestamp) -> Result<(), Throttled> {
        self.joined(name, own, now).check(now)
    }

    /// Records a failure, in addition to those counted while the username had an account.
    pub fn fail(&mut self, name: BlindIndex, own: &Throttle, now: Timestamp) {
        let mut throttle = self.joined(name, own, now);
        throttle.fail(now);
        self.0.insert(key(name), throttle);
        if self.0.len() > MAX_NAMES {
            self.0.retain(|_, throttle| !throttle.is_forgotten(now));
        }
        if self.0.len() > MAX_NAMES {
            let least = self.0.iter().filter(|(other, _)| **other != key(name)).min_by_key(|(_, throttle)| throttle.weight());
            if let Some(other) = least.map(|(other, _)| *other) {
                self.0.remove(&other);
            }
        }
    }
}

fn key(name: BlindIndex) -> [u8; NAME_BYTES] {
    *name.bytes().first_chunk().expect("a blind index has 32 bytes")
}

impl From<UnknownUsernames> for String {
    fn from(names: UnknownUsernames) -> Self {
        let mut packed = Vec::with_capacity(names.0.len() * ENTRY_BYTES);
        for (name, throttle) in &names.0 {
            let (failures, last) = throttle.weight();
            packed.extend_from_slice(name);
            packed.extend_from_slice(&failures.to_be_bytes());
            packed.extend_from_slice(&last.map_or(0, Timestamp::as_microsecond).to_be_bytes());
        }
        BASE64URL_NOPAD.encode(&packed)
    }
}

impl TryFrom<String> for UnknownUsernames {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let packed = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| "no throttles of unknown usernames")?;
        Ok(Self(packed.chunks_exact(ENTRY_BYTES).filter_map(entry).collect()))
    }
}

fn entry(packed: &[u8]) -> Option<([u8; NAME_BYTES], Throttle)> {
    let (name, rest) = packed.split_first_chunk()?;
    let (failures, last) = rest.split_first_chunk()?;
    let last = Timestamp::from_microsecond(i64::from_be_bytes(last.try_into().ok()?)).ok()?;
    Some((*name, Throttle::of(u32::from_be_bytes(*failures), last)))
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAMES, UnknownUsernames};
    use crate::domain::{sign_in::throttle::Throttle, stored::BlindIndex};
    use jiff::{SignedDuration, Timestamp};

    const NONE: Throttle = Throttle::NONE;

    fn name(number: usize) -> BlindIndex {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        BlindIndex::from_bytes(bytes)
    }

    #[test]
    fn a_name_waits_after_five_failures_and_others_do_not() {
        let (mut names, now) = (UnknownUsernames::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..5 {
            assert!(names.check(name(1), &NONE, now).is_ok());
            names.fail(name(1), &NONE, now);
        }
        assert!(names.check(name(1), &NONE, now).is_err() && names.check(name(2), &NONE, now).is_ok());
        assert!(names.check(name(1), &NONE, now + SignedDuration::from_secs(1)).is_ok());
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_pushes_nothing_out_that_failed_more_often() {
        let (mut names, now) = (UnknownUsernames::default(), Timestamp::UNIX_EPOCH);
        (0..5).for_each(|_| names.fail(name(0), &NONE, now));
        (1..5 * MAX_NAMES).for_each(|number| names.fail(name(number), &NONE, now));
        assert_eq!(names.0.len(), MAX_NAMES);
        assert!(names.check(name(0), &NONE, now).is_err());
        let text = serde_json::to_string(&names).unwrap();
        assert!(text.len() < 33_000, "{}", text.len());
        let read: UnknownUsernames = serde_json::from_str(&text).unwrap();
        assert_eq!(read.0, names.0);
    }

    #[test]
    fn a_day_of_quiet_makes_room() {
        let (mut names, now) = (UnknownUsernames::default(), Timestamp::UNIX_EPOCH);
        (0..MAX_NAMES).for_each(|number| names.fail(name(number), &NONE, now));
        names.fail(name(MAX_NAMES), &NONE, now + SignedDuration::from_hours(25));
        assert_eq!(names.0.len(), 1);
    }
}
