//! Deadlines of a connection: how slowly a response may be read and a request may arrive.
//!
//! A response that is not read holds memory and, at the Functions host, one of a limited number of slots; a few clients reading a byte a
//! second could hold them all. Writing therefore fails when nothing is read for a while, when too little is read over a longer window, or
//! when the response has waited for its client for too long in total. A connection without a request may stay idle for a while; headers
//! that do not finish arriving get less.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Without a proxy in front, a returning browser simply opens another connection.
const IDLE: Duration = Duration::from_secs(30);
/// The Functions host reuses connections for up to a minute; if this side closed one first, the host would repeat the request.
const IDLE_BEHIND_HOST: Duration = Duration::from_mins(5);

/// How long writing may wait for the client to read, and reading for a request.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Longest wait without any byte being read.
    pub stalled: Duration,
    /// Longest wait for one response, in total.
    pub answer: Duration,
    /// The same for a document to be downloaded.
    pub document: Duration,
    /// Window over which the minimum rate is measured.
    pub window: Duration,
    /// Fewest bytes that must be read per window.
    pub least: u64,
    /// Longest time without a request.
    pub idle: Duration,
    /// Longest time from the first byte of a request to the end of its headers.
    pub head: Duration,
}

impl Deadlines {
    /// Deadlines for connections from the Functions host.
    pub fn behind_host() -> Self {
        Self { idle: IDLE_BEHIND_HOST, ..Self::default() }
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        let window = Duration::from_secs(30);
        Self {
            stalled: Duration::from_secs(10),
            answer: Duration::from_mins(2),
            document: MAY_TAKE,
            window,
            least: 1024 * window.as_secs(),
            idle: IDLE,
            head: Duration::from_secs(10),
        }
    }
}

/// A document that is not read within this time is cut off: its reader may have lost access meanwhile, and it holds a slot.
pub const MAY_TAKE: Duration = Duration::from_mins(10);

/// How fast the responses of a connection are read.
#[derive(Clone)]
pub struct Pace(Arc<Mutex<Taking>>);

/// State of the current response of a connection.
pub struct Taking {
    pub deadlines: Deadlines,
    /// Longest total wait for the current response.
    limit: Duration,
    /// Since when nothing has been read.
    waiting_since: Option<Instant>,
    /// How long the current response has waited.
    waited: Duration,
    /// How long the current window has waited, and how many bytes were read in it.
    window: (Duration, u64),
    /// What the connection is waiting for.
    pub phase: Phase,
}

/// What a connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No byte of a request has arrived since then.
    Idle(Instant),
    /// The first byte of a request arrived then; its headers are not complete.
    Head(Instant),
    /// A request is being handled.
    Works,
}

impl Pace {
    /// State of a new connection.
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

    /// Starts the next response. While an earlier one is still being read, the budget is not renewed: otherwise an endless sequence of
    /// small pipelined responses would never time out.
    pub fn begin(&self, is_document: bool) {
        let mut taking = self.lock();
        let limit = if is_document { taking.deadlines.document } else { taking.deadlines.answer };
        if taking.waiting_since.is_none() {
            (taking.limit, taking.waited, taking.window) = (limit, Duration::ZERO, (Duration::ZERO, 0));
        } else {
            taking.limit = taking.limit.max(limit);
        }
    }

    /// The current state.
    pub fn lock(&self) -> MutexGuard<'_, Taking> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taking {
    /// Records that bytes were read. Returns whether that was fast enough.
    pub fn took(&mut self, bytes: usize, now: Instant) -> bool {
        let waited = self.waiting_since.take().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.waited += waited;
        let (window, taken) = (self.window.0 + waited, self.window.1.saturating_add(bytes as u64));
        // A client that reads a response is not idle.
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

    /// The response has been produced.
    pub fn rests(&mut self, now: Instant) {
        self.phase = Phase::Idle(now);
    }

    /// When the connection times out if nothing arrives; `None` while a request is being handled.
    pub fn silent_until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Idle(since) => Some(since + self.deadlines.idle),
            Phase::Head(since) => Some(since + self.deadlines.head),
            Phase::Works => None,
        }
    }

    /// Records that nothing is being read. Returns when that times out.
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

    /// How many seconds a response survives when its client reads `bytes` bytes every `every` seconds.
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
        // Bytes that trickle in do not restart the deadline.
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
