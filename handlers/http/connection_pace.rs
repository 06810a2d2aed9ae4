//! How fast an answer is taken and a request comes, and how long either may take.
//!
//! An answer that nobody takes holds memory, and at the Functions host a place: whoever reads at the pace of a drop a second could hold
//! them all. So its writing is borne until nothing is taken for a while, too little over a longer while, or it has waited for its
//! reader for too long in all. A connection on which no request has begun is borne for a while, and a head that does not come to an
//! end for less.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Where nobody stands in front, a browser that comes back later opens another connection.
const IDLE: Duration = Duration::from_secs(30);
/// The Functions host keeps connections for a minute and uses them again; one that is closed first makes it repeat a request.
const IDLE_BEHIND_HOST: Duration = Duration::from_secs(5 * 60);

/// How long writing may wait for a reader, and reading for a request.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Without anything being taken.
    pub stalled: Duration,
    /// For one answer, in all.
    pub answer: Duration,
    /// For one that is a document to keep, in all.
    pub document: Duration,
    /// Over which the least pace is measured.
    pub window: Duration,
    /// Bytes that are taken in a window at least.
    pub least: u64,
    /// Without a request having begun.
    pub idle: Duration,
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
}

impl Deadlines {
    /// Those of connections of the Functions host.
    pub fn behind_host() -> Self {
        Self { idle: IDLE_BEHIND_HOST, ..Self::default() }
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        let window = Duration::from_secs(30);
        Self {
            stalled: Duration::from_secs(10),
            answer: Duration::from_secs(120),
            document: MAY_TAKE,
            window,
            least: 1024 * window.as_secs(),
            idle: IDLE,
            head: Duration::from_secs(10),
        }
    }
}

/// A document that is not taken by then is cut off: whoever reads it may have lost the right meanwhile, and holds a place.
pub const MAY_TAKE: Duration = Duration::from_secs(10 * 60);

/// How an answer is taken.
#[derive(Clone)]
pub struct Pace(Arc<Mutex<Taking>>);

/// How the present answer of a connection is taken.
pub struct Taking {
    pub deadlines: Deadlines,
    /// For the present answer, in all.
    limit: Duration,
    /// Since when nothing is taken.
    waiting_since: Option<Instant>,
    /// How long the present answer has waited.
    waited: Duration,
    /// How long the present window has waited, and what was taken in it.
    window: (Duration, u64),
    /// Whose turn it is.
    pub phase: Phase,
}

/// Whose turn it is on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Since then nothing of a request has come.
    Idle(Instant),
    /// Its first byte came then, and the end of its head has not.
    Head(Instant),
    /// A request is worked at.
    Works,
}

impl Pace {
    /// Of a connection that begins.
    pub fn new(deadlines: Deadlines) -> Self {
        let taking = Taking {
            deadlines,
            limit: deadlines.answer,
            waiting_since: None,
            waited: Duration::ZERO,
            window: (Duration::ZERO, 0),
            phase: Phase::Idle(Instant::now()),
        };
        Self(Arc::new(Mutex::new(taking)))
    }

    /// The next answer. Behind one that is still being taken it gets no time of its own, or a long row of small ones would be one that
    /// never ends.
    pub fn begin(&self, is_document: bool) {
        let mut taking = self.lock();
        let limit = if is_document { taking.deadlines.document } else { taking.deadlines.answer };
        if taking.waiting_since.is_none() {
            (taking.limit, taking.waited, taking.window) = (limit, Duration::ZERO, (Duration::ZERO, 0));
        } else {
            taking.limit = taking.limit.max(limit);
        }
    }

    /// How it is taken now.
    pub fn lock(&self) -> MutexGuard<'_, Taking> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taking {
    /// So much was taken. Answers whether that was fast enough.
    pub fn took(&mut self, bytes: usize, now: Instant) -> bool {
        let waited = self.waiting_since.take().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.waited += waited;
        let (window, taken) = (self.window.0 + waited, self.window.1.saturating_add(bytes as u64));
        // Whoever takes an answer is not silent.
        if waited > Duration::ZERO && matches!(self.phase, Phase::Idle(_)) {
            self.phase = Phase::Idle(now);
        }
        let is_over = window >= self.deadlines.window;
        self.window = if is_over { (Duration::ZERO, 0) } else { (window, taken) };
        self.waited < self.limit && (!is_over || taken >= self.deadlines.least)
    }

    pub fn came(&mut self) {
        if matches!(self.phase, Phase::Idle(_)) {
            self.phase = Phase::Head(Instant::now());
        }
    }

    /// The answer is made.
    pub fn rests(&mut self, now: Instant) {
        self.phase = Phase::Idle(now);
    }

    /// Until when silence is borne; `None` while a request is worked at.
    pub fn silent_until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Idle(since) => Some(since + self.deadlines.idle),
            Phase::Head(since) => Some(since + self.deadlines.head),
            Phase::Works => None,
        }
    }

    /// Nothing is taken. Answers until when that is borne.
    pub fn waits(&mut self, now: Instant) -> Instant {
        let since = *self.waiting_since.get_or_insert(now);
        since + self.deadlines.stalled.min(self.limit.saturating_sub(self.waited))
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadlines, Pace, Phase};
    use std::time::Duration;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> (Pace, Instant) {
        let (stalled, answer, document) = (10 * SECOND, 120 * SECOND, 600 * SECOND);
        let deadlines = Deadlines { stalled, answer, document, window: 30 * SECOND, least: 30 * 1024, ..Deadlines::default() };
        (Pace::new(deadlines), Instant::now())
    }

    /// How many seconds an answer lives of which a reader takes so much after every so many seconds.
    fn lives(pace: &Pace, start: Instant, every: u32, bytes: usize) -> u32 {
        let mut taking = pace.lock();
        for second in (0..10_000).step_by(every as usize) {
            let (now, later) = (start + second * SECOND, start + (second + every) * SECOND);
            if taking.waits(now) <= later || !taking.took(bytes, later) {
                return second + every;
            }
        }
        10_000
    }

    #[test]
    fn who_takes_nothing_too_little_or_too_long_is_too_slow() {
        for (every, bytes, seconds) in [(10, 1_000_000, 10), (9, 1, 36), (1, 1000, 30), (1, 1100, 120), (5, 1_000_000, 120)] {
            let (pace, start) = pace();
            assert_eq!(lives(&pace, start, every, bytes), seconds, "{bytes} every {every} s");
        }
    }

    #[test]
    fn an_answer_of_its_own_has_time_of_its_own() {
        let (pace, start) = pace();
        pace.lock().waits(start);
        assert!(pace.lock().took(60_000, start + 9 * SECOND));
        pace.begin(true);
        assert_eq!(lives(&pace, start, 5, 60_000), 600);
    }

    #[test]
    fn behind_an_answer_that_waits_there_is_no_new_time() {
        let (pace, start) = pace();
        pace.lock().waits(start);
        pace.begin(true);
        pace.lock().waited = 599 * SECOND;
        pace.begin(false);
        assert_eq!(pace.lock().waits(start), start + SECOND);
    }

    #[test]
    fn silence_is_borne_by_whose_turn_it_is() {
        let (pace, start) = pace();
        let mut taking = pace.lock();
        taking.phase = Phase::Idle(start);
        assert_eq!(taking.silent_until(), Some(start + 30 * SECOND));
        taking.phase = Phase::Head(start);
        assert_eq!(taking.silent_until(), Some(start + 10 * SECOND));
        // Bytes that drip in do not begin it anew.
        taking.came();
        assert_eq!(taking.phase, Phase::Head(start));
        taking.phase = Phase::Works;
        assert_eq!(taking.silent_until(), None);
        taking.rests(start + SECOND);
        taking.waits(start + SECOND);
        taking.took(1, start + 9 * SECOND);
        assert_eq!(taking.silent_until(), Some(start + 39 * SECOND));
        assert_eq!(Deadlines::behind_host().idle, 300 * SECOND);
    }

    #[test]
    fn what_is_made_slowly_is_not_read_slowly() {
        let (pace, start) = pace();
        assert!((0..1000).all(|piece| pace.lock().took(1, start + piece * SECOND)));
    }
}
