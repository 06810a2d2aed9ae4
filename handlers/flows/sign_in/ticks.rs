//! The points in time at which failed attempts are recorded together and answered, so that response times reveal nothing.
//!
//! ```text
//! try ──hash, record──┐                       every TICK since the start of the process
//!       │<── FLOOR ──>│<─ up to TICK ─> answer
//! ```
//!
//! All processing fits into that time, for usernames with an account and for unknown ones alike. If it takes longer, the answer is sent at
//! a later tick, but still at a tick: for both kinds, at the second one after the hashing. Tries of unknown usernames are recorded together
//! at the first of these; a try of a known one is recorded before it, and waits for it too.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The interval between ticks.
const TICK: Duration = Duration::from_millis(125);
/// More than hashing and recording take on a machine that is not overloaded.
const FLOOR: Duration = Duration::from_millis(250);

/// The ticks of this instance.
pub struct Ticks {
    began: Instant,
    /// Whether nothing waits for a tick.
    at_once: bool,
}

impl Default for Ticks {
    fn default() -> Self {
        Self { began: Instant::now(), at_once: false }
    }
}

impl Ticks {
    /// Nothing waits: hashes that take no time have no response times to hide.
    pub fn at_once() -> Self {
        Self { at_once: true, ..Self::default() }
    }

    /// Waits for the next tick.
    pub async fn next(&self) {
        self.reach(Held(self.after(Instant::now()))).await;
    }

    /// Returns the next tick, to be awaited after other work.
    pub fn turn(&self) -> Held {
        Held(self.after(Instant::now()))
    }

    /// Waits for this tick; returns at once when it has passed.
    pub async fn reach(&self, turn: Held) {
        if !self.at_once {
            sleep_until(turn.0).await;
        }
    }

    /// Returns the tick at which a try that begins now is answered if it fails.
    pub fn hold(&self) -> Held {
        Held(self.after(Instant::now() + FLOOR))
    }

    /// Waits for this tick, or for the next one when it has passed.
    pub async fn release(&self, held: Held) {
        let now = Instant::now();
        self.reach(if held.0 > now { held } else { Held(self.after(now)) }).await;
    }

    fn after(&self, moment: Instant) -> Instant {
        let passed = moment.duration_since(self.began).as_nanos() / TICK.as_nanos();
        self.began + TICK * u32::try_from(passed + 1).unwrap_or(u32::MAX)
    }
}

/// A tick to wait for.
pub struct Held(Instant);

#[cfg(test)]
mod tests {
    use super::{FLOOR, TICK, Ticks};
    use tokio::time::Instant;

    #[tokio::test]
    async fn every_answer_goes_out_at_a_tick_and_never_before_the_floor() {
        let ticks = Ticks::default();
        for _ in 0..3 {
            let begun = Instant::now();
            let held = ticks.hold();
            // On a busy machine the time of waking up means nothing, so the tick that is waited for is checked.
            let (moment, latest) = (held.0, Instant::now() + FLOOR + TICK);
            assert!((begun + FLOOR..=latest).contains(&moment), "{:?}", moment - begun);
            assert_eq!((moment - ticks.began).as_nanos() % TICK.as_nanos(), 0, "{:?}", moment - ticks.began);
            ticks.release(held).await;
            assert!(Instant::now() >= moment);
        }
    }
}
