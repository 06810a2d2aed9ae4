//! A clock that stands still until the test moves it.

use finrust::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;

pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub fn new() -> Self {
        Self(Mutex::new("2026-11-23T09:00:00Z".parse().unwrap()))
    }

    pub const fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it on, or back with a negative duration.
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }

    pub fn set(&self, now: &str) {
        *self.0.lock().unwrap() = now.parse().unwrap();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
