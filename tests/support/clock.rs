//! A clock that stands still until the test moves it.

use finrust::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard};

/// A clock that stands still until it is moved.
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// A clock at a fixed time, for tests that need no particular one.
    pub fn new() -> Arc<Self> {
        Self::at(parse("2026-11-23T09:00:00Z"))
    }

    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(Mutex::new(now)))
    }

    /// Moves it forward, or back with a negative duration.
    pub fn advance(&self, by: SignedDuration) {
        *self.hands() += by;
    }

    pub fn set(&self, now: &str) {
        *self.hands() = parse(now);
    }

    fn hands(&self) -> MutexGuard<'_, Timestamp> {
        self.0.lock().expect("nobody panics in the middle of moving it")
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.hands()
    }
}

fn parse(moment: &str) -> Timestamp {
    moment.parse().expect("tests say when in RFC 3339")
}
