//! Sealed summaries in memory, so that a search need not load all of them each time.
//!
//! The cache holds what the database holds, sealed, and in which order lists show it: no plaintext and no key. Summaries are returned only for the marker under which they
//! were loaded, so they cannot be stale: a commit by any instance moves the marker on, and a marker never recurs.

use super::summaries::Summaries;
use crate::{
    domain::ids::{ScopeId, WriteId},
    ports::Clock,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The limit for all advisers together: some 35,000 files.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How long the summaries of an adviser who no longer searches are kept; as long as an idle session.
const IDLE_LIMIT: SignedDuration = SignedDuration::from_mins(30);
/// The overhead of a summary beyond its sealed bytes, its places in two orders included.
const AROUND: usize = 80;

/// Bounded: evicts the adviser whose last search is longest ago.
pub(in crate::store) struct SummaryCache {
    clock: Arc<dyn Clock>,
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<ScopeId, Entry>,
    bytes: usize,
    turn: u64,
}

struct Entry {
    marker: WriteId,
    items: Summaries,
    bytes: usize,
    turn: u64,
    used_at: Timestamp,
}

impl SummaryCache {
    pub(in crate::store) fn new(clock: Arc<dyn Clock>) -> Self {
        Self::of(clock, MAX_BYTES)
    }

    fn of(clock: Arc<dyn Clock>, most_bytes: usize) -> Self {
        Self { clock, most_bytes, kept: Mutex::default() }
    }

    /// The summaries cached under this marker. Summaries under another marker are dropped: they will never be asked for again.
    pub(in crate::store) fn get(&self, scope: ScopeId, marker: Option<WriteId>) -> Option<Summaries> {
        let mut kept = self.lock();
        let turn = kept.next_turn();
        match kept.entries.get_mut(&scope) {
            Some(entry) if Some(entry.marker) == marker => {
                (entry.turn, entry.used_at) = (turn, self.clock.now());
                Some(Arc::clone(&entry.items))
            }
            _ => {
                kept.drop_of(scope);
                None
            }
        }
    }

    /// Caches what was loaded after `marker` was read.
    pub(in crate::store) fn keep(&self, scope: ScopeId, marker: WriteId, items: Summaries) {
        let bytes = items.iter().map(|item| item.sealed.as_bytes().len() + AROUND).sum();
        let mut kept = self.lock();
        kept.drop_of(scope);
        if bytes > self.most_bytes {
            return;
        }
        let entry = Entry { marker, items, bytes, turn: kept.next_turn(), used_at: self.clock.now() };
        kept.bytes += bytes;
        kept.entries.insert(scope, entry);
        while kept.bytes > self.most_bytes {
            kept.drop_oldest();
        }
    }

    /// Drops what is cached for an adviser.
    pub(in crate::store) fn forget(&self, scope: ScopeId) {
        self.lock().drop_of(scope);
    }

    /// Drops entries that have not been used for a while. A clock that was set back ends that period too.
    pub(in crate::store) fn purge(&self) {
        let now = self.clock.now();
        let is_idle = |entry: &Entry| {
            let age = now.duration_since(entry.used_at);
            age.is_negative() || age >= IDLE_LIMIT
        };
        let mut kept = self.lock();
        let idle: Vec<ScopeId> = kept.entries.iter().filter(|(_, entry)| is_idle(entry)).map(|(scope, _)| *scope).collect();
        for scope in idle {
            kept.drop_of(scope);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    const fn next_turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    fn drop_of(&mut self, scope: ScopeId) {
        self.bytes -= self.entries.remove(&scope).map_or(0, |entry| entry.bytes);
    }

    fn drop_oldest(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.turn).map(|(scope, _)| *scope);
        if let Some(scope) = oldest {
            self.drop_of(scope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AROUND, IDLE_LIMIT, SummaryCache};
    use crate::{
        crypto::envelope::Unopened,
        domain::ids::{ClientId, ScopeId, WriteId},
        ports::Clock,
        store::clients::summaries::{SealedSummary, Summaries, SummaryList},
    };
    use jiff::{SignedDuration, Timestamp};
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct TestClock(Mutex<Timestamp>);

    impl Clock for TestClock {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    impl TestClock {
        fn advance(&self, by: SignedDuration) {
            *self.0.lock().unwrap() += by;
        }
    }

    fn scope(number: u8) -> ScopeId {
        ScopeId::from_bytes([number; 16])
    }

    fn marker(number: u8) -> WriteId {
        WriteId::from_bytes([number; 16])
    }

    /// Returns `count` summaries of 100 bytes each, overhead included.
    fn summaries(count: usize) -> Summaries {
        let item = |_| SealedSummary { id: ClientId::from_bytes([1; 16]), sealed: Unopened::new(vec![0; 100 - AROUND]) };
        Arc::new(SummaryList::new((0..count).map(item).collect()))
    }

    fn cache(most_bytes: usize) -> (SummaryCache, Arc<TestClock>) {
        let clock = Arc::new(TestClock::default());
        (SummaryCache::of(Arc::clone(&clock) as Arc<dyn Clock>, most_bytes), clock)
    }

    fn has(cache: &SummaryCache, number: u8) -> bool {
        cache.get(scope(number), Some(marker(number))).is_some()
    }

    fn bytes(cache: &SummaryCache) -> usize {
        cache.lock().bytes
    }

    #[test]
    fn answers_for_its_marker_and_drops_what_has_another() {
        for other in [Some(marker(9)), None] {
            let (cache, _) = cache(1000);
            cache.keep(scope(1), marker(1), summaries(2));
            assert_eq!(cache.get(scope(1), Some(marker(1))).map(|items| items.len()), Some(2));
            assert!(cache.get(scope(2), Some(marker(1))).is_none(), "another adviser's");
            assert!(cache.get(scope(1), other).is_none());
            assert!(!has(&cache, 1), "{other:?} has ended it");
            assert_eq!(bytes(&cache), 0);
        }
    }

    #[test]
    fn who_searched_longest_ago_gives_way() {
        let (cache, _) = cache(1000);
        for number in 1..=3 {
            cache.keep(scope(number), marker(number), summaries(3));
        }
        assert!(has(&cache, 1));
        cache.keep(scope(4), marker(4), summaries(4));
        assert_eq!([1, 2, 3, 4].map(|number| has(&cache, number)), [true, false, true, true]);
        assert_eq!(bytes(&cache), 1000);
        cache.keep(scope(1), marker(1), summaries(11));
        assert_eq!([1, 3, 4].map(|number| has(&cache, number)), [false, true, true], "too many for anyone");
        cache.keep(scope(5), marker(5), summaries(10));
        assert_eq!([3, 4, 5].map(|number| has(&cache, number)), [false, false, true]);
        cache.keep(scope(5), marker(5), summaries(1));
        assert_eq!(bytes(&cache), 100, "in the place of the other");
    }

    #[test]
    fn what_is_idle_or_forgotten_goes() {
        let (cache, clock) = cache(1000);
        for number in 1..=3 {
            cache.keep(scope(number), marker(number), summaries(1));
        }
        cache.forget(scope(3));
        clock.advance(IDLE_LIMIT - SignedDuration::from_secs(1));
        cache.purge();
        assert!(has(&cache, 1));
        clock.advance(SignedDuration::from_secs(1));
        cache.purge();
        assert_eq!((bytes(&cache), [1, 2, 3].map(|number| has(&cache, number))), (100, [true, false, false]));
        clock.advance(SignedDuration::from_secs(-2));
        cache.purge();
        assert_eq!((bytes(&cache), has(&cache, 1)), (0, false), "the clock was set back");
    }
}
