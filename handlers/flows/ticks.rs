//! The moments at which attempts that failed are recorded together and answered, so that how long an answer takes tells nothing.
//!
//! ```text
//! try ──hash, record──┐                       every TICK since the start of the process
//!       │<── FLOOR ──>│<─ up to TICK ─> answer
//! ```
//!
//! What is done for a username that somebody has, and for one that nobody has, lies in that time whatever it is; when it takes longer,
//! the answer goes out at a later tick and still at a tick: at the second one after the hashing, for either. Tries of names that nobody has
//! are recorded together at the first; one of a name that somebody has is recorded before it, and waits for it too.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Between two ticks.
const TICK: Duration = Duration::from_millis(125);
/// More than hashing and recording take on a machine that is not overloaded.
const FLOOR: Duration = Duration::from_millis(250);

/// The ticks of this instance.
pub struct Ticks(Instant);

impl Default for Ticks {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Ticks {
    /// Waits for the next tick.
    pub async fn next(&self) {
        sleep_until(self.after(Instant::now())).await;
    }

    /// The next tick, to be reached when something else was done.
    pub fn turn(&self) -> Held {
        Held(self.after(Instant::now()))
    }

    /// Waits until then; not at all when that is over.
    pub async fn reach(&self, turn: Held) {
        sleep_until(turn.0).await;
    }

    /// When a try that begins now is answered, should it fail.
    pub fn hold(&self) -> Held {
        Held(self.after(Instant::now() + FLOOR))
    }

    /// Waits until then, or for the next tick when that is over.
    pub async fn release(&self, held: Held) {
        let now = Instant::now();
        sleep_until(if held.0 > now { held.0 } else { self.after(now) }).await;
    }

    fn after(&self, moment: Instant) -> Instant {
        let passed = moment.duration_since(self.0).as_nanos() / TICK.as_nanos();
        self.0 + TICK * u32::try_from(passed + 1).unwrap_or(u32::MAX)
    }
}

/// The tick of an answer.
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
            // When a busy machine lets this go on says nothing: the moment that is waited for is judged.
            let (moment, latest) = (held.0, Instant::now() + FLOOR + TICK);
            assert!((begun + FLOOR..=latest).contains(&moment), "{:?}", moment - begun);
            assert_eq!((moment - ticks.0).as_nanos() % TICK.as_nanos(), 0, "{:?}", moment - ticks.0);
            ticks.release(held).await;
            assert!(Instant::now() >= moment);
        }
    }
}
