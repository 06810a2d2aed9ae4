//! Slows down guessing without ever locking the user out.
//!
//! After five consecutive failures the next attempt has to wait 1 s, then 2 s, 4 s … at most 15 minutes. A day without failures resets
//! the count; a sign-in by the user does not, since that would reveal to strangers that the account exists. A browser that the account
//! signed in from before has a throttle of its own, so a stranger who knows a username cannot keep the user waiting (OWASP
//! Authentication Cheat Sheet, "Account lockout").

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Number of failures without a wait.
const FREE_FAILURES: u32 = 5;
const LONGEST: Duration = Duration::from_mins(15);
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Maximum difference between the times of concurrent attempts, including the clock skew of instances.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(1);

/// Consecutive failures and the time of the last one, which determine the wait.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Throttle {
    failures: u32,
    last_failure_at: Option<Timestamp>,
}

/// The attempt comes too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Remaining wait.
    pub retry_after: Duration,
}

impl Throttle {
    pub const NONE: Self = Self { failures: 0, last_failure_at: None };

    /// Whether an attempt is allowed now. A clock that was set back does not extend a wait; a time slightly before the last failure is
    /// not treated as such but as a concurrent attempt or another instance, and has to wait like any other.
    ///
    /// # Errors
    /// [`Throttled`] with the remaining wait.
    pub fn check(&self, now: Timestamp) -> Result<(), Throttled> {
        let Some(last) = self.last_failure_at else {
            return Ok(());
        };
        let since = now.duration_since(last);
        let elapsed = Duration::try_from(since).unwrap_or(if since < -UNDER_WAY { LONGEST } else { Duration::ZERO });
        match self.delay().checked_sub(elapsed) {
            Some(rest) if !rest.is_zero() => Err(Throttled { retry_after: rest }),
            _ => Ok(()),
        }
    }

    pub fn fail(&mut self, now: Timestamp) {
        self.failures = if self.is_forgotten(now) { 1 } else { self.failures.saturating_add(1) };
        let is_under_way = |last: &Timestamp| *last > now && last.duration_since(now) <= UNDER_WAY;
        self.last_failure_at = Some(self.last_failure_at.filter(is_under_way).unwrap_or(now));
    }

    /// Clears all failures: the browser signed in, or an officer lifted the throttle.
    pub fn lift(&mut self) {
        *self = Self::default();
    }

    /// Number of consecutive failures.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Combines two counts for the same username: the higher number of failures and the later time.
    pub fn joined(&self, other: &Self, now: Timestamp) -> Self {
        [self, other].into_iter().filter(|one| !one.is_forgotten(now)).fold(Self::default(), |both, one| Self {
            failures: both.failures.max(one.failures),
            last_failure_at: both.last_failure_at.max(one.last_failure_at),
        })
    }

    /// Restores a throttle from its stored form: the number of failures and the time of the last.
    pub const fn of(failures: u32, last_failure_at: Timestamp) -> Self {
        Self { failures, last_failure_at: Some(last_failure_at) }
    }

    /// Order by importance: number of failures, then the time of the last one.
    pub const fn weight(&self) -> (u32, Option<Timestamp>) {
        (self.failures, self.last_failure_at)
    }

    /// Whether the next failure counts as the first.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        self.last_failure_at.is_none_or(|last| now.duration_since(last) > FORGOTTEN_AFTER)
    }

    fn delay(&self) -> Duration {
        match self.failures.checked_sub(FREE_FAILURES) {
            None => Duration::ZERO,
            Some(extra) => Duration::from_secs(1_u64 << extra.min(20)).min(LONGEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Throttle, Throttled};
    use jiff::{SignedDuration, Timestamp};

    fn failed(times: u32) -> Throttle {
        let mut throttle = Throttle::default();
        (0..times).for_each(|_| throttle.fail(Timestamp::UNIX_EPOCH));
        throttle
    }

    #[test]
    fn delays_double_from_the_fifth_failure_up_to_a_quarter_of_an_hour() {
        let seconds = |failures| failed(failures).delay().as_secs();
        assert_eq!([4, 5, 6, 7, 8, 14, 15, 16, 99].map(seconds), [0, 1, 2, 4, 8, 512, 900, 900, 900]);
    }

    #[test]
    fn a_wait_ends_and_says_how_long_it_lasts() {
        let throttle = failed(7);
        let at = |millis| Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis);
        assert_eq!(throttle.check(at(1500)), Err(Throttled { retry_after: Duration::from_millis(2500) }));
        assert_eq!(throttle.check(at(4000)), Ok(()));
    }

    #[test]
    fn a_clock_set_back_does_not_lock_out() {
        let throttle = failed(20);
        assert_eq!(throttle.check(Timestamp::UNIX_EPOCH - SignedDuration::from_hours(48)), Ok(()));
    }

    #[test]
    fn a_try_that_began_before_the_last_failure_waits_and_shortens_nothing() {
        let mut throttle = failed(6);
        for before in [1, 50, 59_999] {
            let earlier = Timestamp::UNIX_EPOCH - SignedDuration::from_millis(before);
            assert_eq!(throttle.check(earlier), Err(Throttled { retry_after: Duration::from_secs(2) }), "{before}");
        }
        throttle.fail(Timestamp::UNIX_EPOCH - SignedDuration::from_millis(50));
        assert_eq!(throttle, failed(7));
    }

    #[test]
    fn the_stricter_of_two_counts_but_for_what_is_forgotten() {
        let (few, many) = (failed(3), failed(9));
        assert_eq!([few.joined(&many, Timestamp::UNIX_EPOCH), many.joined(&few, Timestamp::UNIX_EPOCH)], [many.clone(), many.clone()]);
        let later = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(25);
        let mut new = few;
        new.fail(later);
        assert_eq!(new.joined(&many, later), new);
    }

    #[test]
    fn a_quiet_day_forgets() {
        let mut throttle = failed(20);
        throttle.fail(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(25));
        assert_eq!(throttle.failures(), 1);
    }
}
