//! Verifies that entries form one chain without a gap up to its head (P6).
//!
//! ```text
//! entry 1 follows the empty head; entry n + 1 follows the head after entry n; the head after the last entry is the one kept
//! ```
//!
//! Expired entries no longer exist: the first remaining entry may have any number when the previous one has expired. Consecutive entries
//! are folded into one run as they arrive, so that memory grows with the changes of an account and not with its attempts.

use super::chain::{ChainHead, Entry};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The store expires a document by its own clock and in whole seconds: a disappearance this much early is not a deletion.
const EXPIRY_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Clocks of instances differ a little, and a writer may wait for its turn after reading the clock.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// A flaw of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainFlaw {
    /// A link, an order position or a number does not match the previous entry, or there is an additional entry.
    Broken,
    /// An entry disappeared before it expired.
    EntryMissing,
    /// The head precedes the newest entry: an older head was restored.
    HeadOlder,
    /// There are entries and no head.
    HeadMissing,
    /// An entry's time is later than that of an entry after it, or than now: a clock was wrong, and a search by time may miss it.
    TimeAhead,
}

/// Collects the entries of one chain, in any order; chain order is cheapest.
#[derive(Clone, Default)]
pub struct ChainCheck {
    runs: Vec<Run>,
    /// Whether an entry's order position is later than its own time, so that an earlier entry runs ahead.
    lags: bool,
    /// The latest time of any entry.
    newest: Option<Timestamp>,
}

/// Consecutive entries.
#[derive(Clone)]
struct Run {
    first: ChainStart,
    last: ChainHead,
}

/// What the first entry of a run states about its predecessor.
#[derive(Clone)]
struct ChainStart {
    sequence: u64,
    previous: [u8; 32],
    previous_expires_at: Option<Timestamp>,
    ordered_at: Timestamp,
}

impl ChainCheck {
    /// Adds an entry with its link.
    pub fn add<E>(&mut self, entry: &Entry<E>, link: [u8; 32]) {
        let (start, head) = (ChainStart::of(entry), ChainHead::after(entry, link));
        self.lags |= entry.ordered_at.duration_since(entry.at) > CLOCK_MARGIN;
        self.newest = self.newest.max(Some(entry.at));
        match self.runs.last_mut() {
            Some(run) if start.follows(&run.last) => run.last = head,
            _ => self.runs.push(Run { first: start, last: head }),
        }
    }

    /// Returns the flaws. `before` and `after` are the heads as read before and after the entries: an entry written in between may have
    /// been missed, but none may lie beyond `after`.
    pub fn flaws(mut self, before: Option<&ChainHead>, after: Option<&ChainHead>, now: Timestamp) -> BTreeSet<ChainFlaw> {
        let Some(after) = after else {
            return self.runs.first().map(|_| ChainFlaw::HeadMissing).into_iter().collect();
        };
        let is_ahead = self.lags || self.newest.is_some_and(|newest| newest.duration_since(now) > CLOCK_MARGIN);
        let none = ChainHead::default();
        let before = before.unwrap_or(&none);
        self.runs.sort_unstable_by_key(|run| run.first.sequence);
        let joints = self.runs.windows(2).map(|pair| pair[1].first.joint_flaw(&pair[0].last, before));
        let start = self.runs.first().and_then(|run| run.first.start_flaw(now));
        let end = self.runs.iter().map(|run| &run.last).max_by_key(|last| last.sequence);
        let ahead = is_ahead.then_some(ChainFlaw::TimeAhead);
        joints.flatten().chain(start).chain(end_flaw(end, before, after, now)).chain(ahead).collect()
    }
}

impl ChainStart {
    const fn of<E>(entry: &Entry<E>) -> Self {
        Self {
            sequence: entry.sequence,
            previous: entry.previous,
            previous_expires_at: entry.previous_expires_at,
            ordered_at: entry.ordered_at,
        }
    }

    fn follows(&self, head: &ChainHead) -> bool {
        head.sequence.checked_add(1) == Some(self.sequence)
            && self.previous == head.link
            && self.previous_expires_at == head.expires_at
            && head.ordered_at.is_none_or(|last| last < self.ordered_at)
    }

    /// The flaw at the first remaining entry, if any.
    fn start_flaw(&self, now: Timestamp) -> Option<ChainFlaw> {
        if self.sequence <= 1 {
            return (!self.follows(&ChainHead::default())).then_some(ChainFlaw::Broken);
        }
        (!has_expired(self.previous_expires_at, now)).then_some(ChainFlaw::EntryMissing)
    }

    /// The flaw between two neighbouring runs, if any. A gap above `before` is due to concurrent writes.
    fn joint_flaw(&self, end: &ChainHead, before: &ChainHead) -> Option<ChainFlaw> {
        if self.sequence > end.sequence.saturating_add(1) {
            return (self.sequence <= before.sequence || end.sequence < before.sequence).then_some(ChainFlaw::EntryMissing);
        }
        (!self.follows(end)).then_some(ChainFlaw::Broken)
    }
}

fn end_flaw(end: Option<&ChainHead>, before: &ChainHead, after: &ChainHead, now: Timestamp) -> Option<ChainFlaw> {
    let Some(end) = end else {
        let all_expired = before.sequence == 0 || has_expired(before.expires_at, now);
        return (!all_expired).then_some(ChainFlaw::EntryMissing);
    };
    let differs = |head: &ChainHead| end.sequence == head.sequence && end != head;
    if end.sequence > after.sequence {
        Some(ChainFlaw::HeadOlder)
    } else if end.sequence < before.sequence {
        Some(ChainFlaw::EntryMissing)
    } else {
        (differs(before) || differs(after)).then_some(ChainFlaw::Broken)
    }
}

fn has_expired(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|end| end <= now + EXPIRY_MARGIN)
}

#[cfg(test)]
mod tests {
    use super::{ChainCheck, ChainFlaw};
    use crate::domain::{
        chain::{ChainHead, Entry},
        sign_in::attempt::{Change, Event},
    };
    use jiff::{SignedDuration, Timestamp};

    type Linked = (Entry<Event>, [u8; 32]);

    const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

    /// Builds a chain of entries an hour apart; the links are arbitrary.
    fn chain(length: u8) -> Vec<Linked> {
        let mut head = ChainHead::default();
        let mut entries = Vec::new();
        for number in 1..=length {
            let at = at(i64::from(number));
            let entry = head.next(Event::Change(Change::Unlocked), at, Some(LIFETIME), [number; 8]);
            head = ChainHead::after(&entry, [number; 32]);
            entries.push((entry, [number; 32]));
        }
        entries
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("in range")
    }

    fn head(entries: &[Linked]) -> ChainHead {
        entries.last().map(|(entry, link)| ChainHead::after(entry, *link)).unwrap_or_default()
    }

    fn flaws(entries: &[Linked], before: &ChainHead, after: &ChainHead, now: Timestamp) -> Vec<ChainFlaw> {
        let mut check = ChainCheck::default();
        for (entry, link) in entries {
            check.add(entry, *link);
        }
        check.flaws(Some(before), Some(after), now).into_iter().collect()
    }

    fn quiet(entries: &[Linked], head: &ChainHead) -> Vec<ChainFlaw> {
        flaws(entries, head, head, at(10))
    }

    #[test]
    fn a_whole_chain_is_fine_in_any_order() {
        let mut entries = chain(7);
        let end = head(&entries);
        assert_eq!(quiet(&entries, &end), []);
        entries.swap(1, 5);
        entries.reverse();
        assert_eq!(quiet(&entries, &end), []);
        assert_eq!(quiet(&[], &ChainHead::default()), []);
    }

    #[test]
    fn each_loss_shows() {
        let whole = chain(7);
        let end = head(&whole);
        for lost in 0..7 {
            let mut entries = whole.clone();
            entries.remove(lost);
            assert_eq!(quiet(&entries, &end), [ChainFlaw::EntryMissing], "entry {lost} lost");
        }
        assert_eq!(quiet(&[], &end), [ChainFlaw::EntryMissing]);
    }

    #[test]
    fn expiry_is_no_loss() {
        let whole = chain(7);
        let end = head(&whole);
        assert_eq!(flaws(&whole[3..], &end, &end, at(3 + 24)), []);
        assert_eq!(flaws(&whole[4..], &end, &end, at(3 + 24)), [ChainFlaw::EntryMissing]);
        assert_eq!(flaws(&[], &end, &end, at(7 + 24)), []);
        assert_eq!(flaws(&[], &end, &end, at(6 + 24)), [ChainFlaw::EntryMissing]);
    }

    #[test]
    fn each_change_shows() {
        let changes: [fn(&mut Linked); 5] = [
            |it| it.1 = [99; 32],
            |it| it.0.previous = [99; 32],
            |it| it.0.previous_expires_at = Some(at(1)),
            |it| it.0.expires_at = Some(at(1)),
            |it| it.0.ordered_at = at(0),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut entries = chain(7);
            let end = head(&entries);
            change(&mut entries[3]);
            assert_eq!(quiet(&entries, &end), [ChainFlaw::Broken], "change {number}");
        }
    }

    #[test]
    fn one_too_many_shows() {
        let mut entries = chain(7);
        let end = head(&entries);
        let mut twin = entries[3].clone();
        twin.1 = [99; 32];
        entries.insert(4, twin);
        assert_eq!(quiet(&entries, &end), [ChainFlaw::Broken]);
    }

    #[test]
    fn an_older_identity_shows_and_so_does_none() {
        let entries = chain(7);
        assert_eq!(quiet(&entries, &head(&entries[..5])), [ChainFlaw::HeadOlder]);
        let mut check = ChainCheck::default();
        check.add(&entries[0].0, entries[0].1);
        assert!(check.flaws(None, None, at(10)).contains(&ChainFlaw::HeadMissing));
    }

    #[test]
    fn a_clock_that_was_ahead_for_one_entry_shows() {
        let hours = [1, 2, 26, 3, 4];
        let (mut head, mut entries) = (ChainHead::default(), Vec::new());
        for (number, hour) in (1..).zip(hours) {
            let entry = head.next(Event::Change(Change::Unlocked), at(hour), Some(LIFETIME), [number; 8]);
            head = ChainHead::after(&entry, [number; 32]);
            entries.push((entry, [number; 32]));
            let expected: &[ChainFlaw] = if number < 3 { &[] } else { &[ChainFlaw::TimeAhead] };
            assert_eq!(quiet(&entries, &head), expected, "after {number}");
            let expected: &[ChainFlaw] = if number < 4 { &[] } else { &[ChainFlaw::TimeAhead] };
            assert_eq!(flaws(&entries, &head, &head, at(30)), expected, "the clock has come to it");
        }
        let (mut head, mut entries) = (ChainHead::default(), Vec::new());
        for (number, second) in (1..).zip([60, 50, 350, 60]) {
            let time = Timestamp::from_second(second).expect("in range");
            let entry = head.next(Event::Change(Change::Unlocked), time, Some(LIFETIME), [number; 8]);
            head = ChainHead::after(&entry, [number; 32]);
            entries.push((entry, [number; 32]));
        }
        assert_eq!(quiet(&entries, &head), [], "clocks differ a little");
    }

    #[test]
    fn what_is_written_meanwhile_need_not_be_seen() {
        let entries = chain(7);
        let (before, after) = (head(&entries[..3]), head(&entries));
        for seen in [vec![0, 1, 2], vec![0, 1, 2, 4], vec![0, 1, 2, 3, 6]] {
            let entries: Vec<_> = seen.iter().map(|index| entries[*index].clone()).collect();
            assert_eq!(flaws(&entries, &before, &after, at(10)), []);
        }
        let entries: Vec<_> = [0, 1, 3].iter().map(|index| entries[*index].clone()).collect();
        assert_eq!(flaws(&entries, &before, &after, at(10)), [ChainFlaw::EntryMissing]);
    }
}
