//! The system's clock and randomness: the only place that asks the operating system for either.

use crate::ports::{Clock, Random};
use jiff::Timestamp;

/// The clock of the machine, synchronised by the platform (NTP).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// In whole microseconds: finer resolution means nothing between machines.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the Clock port stands for")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// The random generator of the operating system (`getrandom(2)` on Linux), seeded before any of our processes starts.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("an operating system without a random generator cannot run FinRust safely");
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, SystemRandom};

    #[test]
    fn two_draws_differ() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemRandom.fill(&mut one);
        SystemRandom.fill(&mut other);
        assert_ne!(one, other);
    }
}
