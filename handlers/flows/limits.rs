//! Rate limits per address and for all strangers together: token buckets of this instance, in front of the stored throttles.
//!
//! A bucket is one point in time, when it will be full again (GCRA, ITU-T I.371): a try is admitted while that time is less than a burst
//! away, and moves it on by the time one token takes to return. Memory stays bounded whatever the load, even if maintenance never runs.

pub use crate::domain::limits::LimitSettings;
use crate::{domain::ids::SessionId, ports::Clock};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Addresses that an instance remembers per kind: a few megabytes. Beyond that, the half with the least debt is forgotten.
const MAX_ADDRESSES: usize = 32_768;

/// Password verdicts that one session gets at once, and how long one more takes: enough for anyone choosing a password.
const VERDICTS: Rate = Rate { burst: NonZeroU32::new(30).expect("not zero"), token: Duration::from_secs(5) };

/// The buckets.
pub struct Limits {
    clock: Passed,
    addresses: Mutex<Buckets>,
    strangers: Mutex<Bucket>,
    resets: Mutex<Buckets>,
    verdicts: Mutex<Buckets<SessionId>>,
    sign_in: Rate,
    everyone: Rate,
    reset: Rate,
}

/// Too fast.
#[derive(Debug)]
pub struct TooFast {
    /// When a retry makes sense.
    pub retry_after: Duration,
}

impl Limits {
    pub fn new(settings: LimitSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock: Passed::new(clock),
            addresses: Mutex::default(),
            strangers: Mutex::default(),
            resets: Mutex::default(),
            verdicts: Mutex::default(),
            sign_in: Rate { burst: settings.address_burst, token: Duration::from_secs(1) },
            everyone: Rate { burst: settings.strangers_per_second, token: Duration::from_secs(1) / settings.strangers_per_second.get() },
            reset: Rate { burst: settings.reset_burst, token: Duration::from_mins(1) },
        }
    }

    /// A stranger tries to sign in from this address. Checked before [`Limits::stranger`]: an address whose own bucket is empty takes
    /// nothing from the bucket shared by all strangers, and so cannot lock everyone out. A request without an address has no bucket of its
    /// own and shares none with similar requests; the limit for all strangers together still applies.
    pub fn address(&self, ip: Option<IpAddr>) -> Result<(), TooFast> {
        let Some(ip) = ip else { return Ok(()) };
        lock(&self.addresses).take(bucket(ip), self.sign_in, self.clock.now())
    }

    /// A stranger's password is to be hashed.
    pub fn stranger(&self) -> Result<(), TooFast> {
        lock(&self.strangers).take(self.everyone, self.clock.now())
    }

    /// Someone requests a password reset.
    pub fn reset(&self, ip: Option<IpAddr>) -> Result<(), TooFast> {
        let Some(ip) = ip else { return Ok(()) };
        lock(&self.resets).take(bucket(ip), self.reset, self.clock.now())
    }

    /// A session asks for a verdict on a password.
    pub fn verdict(&self, session: SessionId) -> Result<(), TooFast> {
        lock(&self.verdicts).take(session, VERDICTS, self.clock.now())
    }

    /// Forgets idle addresses and sessions.
    pub fn shrink(&self) {
        let now = self.clock.now();
        for buckets in [&self.addresses, &self.resets] {
            lock(buckets).forget_full(now);
        }
        lock(&self.verdicts).forget_full(now);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much a bucket holds, and how long one token takes to return.
#[derive(Clone, Copy)]
struct Rate {
    burst: NonZeroU32,
    token: Duration,
}

/// When a bucket is full again, as time elapsed since the start.
#[derive(Clone, Copy, Default)]
struct Bucket {
    full_at: Duration,
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: Duration) -> Result<(), TooFast> {
        let after = self.full_at.max(now) + rate.token;
        let latest = now + rate.token * rate.burst.get();
        match after.checked_sub(latest) {
            Some(wait) if !wait.is_zero() => Err(TooFast { retry_after: wait }),
            _ => {
                self.full_at = after;
                Ok(())
            }
        }
    }
}

/// One bucket per address or session. A missing bucket is full.
struct Buckets<K = IpAddr>(HashMap<K, Bucket>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn take(&mut self, address: K, rate: Rate, now: Duration) -> Result<(), TooFast> {
        if self.0.len() >= MAX_ADDRESSES && !self.0.contains_key(&address) {
            self.make_room(now);
        }
        self.0.entry(address).or_default().take(rate, now)
    }

    fn make_room(&mut self, now: Duration) {
        self.forget_full(now);
        if self.0.len() >= MAX_ADDRESSES {
            let mut debts: Vec<Duration> = self.0.values().map(|bucket| bucket.full_at).collect();
            let (_, median, _) = debts.select_nth_unstable(MAX_ADDRESSES / 2);
            let (median, mut surplus) = (*median, self.0.len() - MAX_ADDRESSES / 2);
            self.0.retain(|_, bucket| {
                let goes = surplus > 0 && bucket.full_at <= median;
                surplus -= usize::from(goes);
                !goes
            });
        }
    }

    fn forget_full(&mut self, now: Duration) {
        self.0.retain(|_, bucket| bucket.full_at > now);
        self.0.shrink_to_fit();
    }
}

/// One bucket per IPv4 address and per IPv6 /64, the usual allocation of one subscriber.
fn bucket(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| subscriber(v6), IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

fn subscriber(address: Ipv6Addr) -> IpAddr {
    let [a, b, c, d, ..] = address.segments();
    IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
}

/// The port's clock as a sum of elapsed time. Setting the clock back subtracts nothing; otherwise every bucket would stay empty until the
/// earlier time is reached again.
struct Passed {
    clock: Arc<dyn Clock>,
    sum: Mutex<(Timestamp, Duration)>,
}

impl Passed {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let sum = Mutex::new((clock.now(), Duration::ZERO));
        Self { clock, sum }
    }

    fn now(&self) -> Duration {
        let mut sum = lock(&self.sum);
        let now = self.clock.now();
        sum.1 = sum.1.saturating_add(Duration::try_from(now.duration_since(sum.0)).unwrap_or_default());
        sum.0 = now;
        sum.1
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Duration, IpAddr, MAX_ADDRESSES, Rate};
    use std::net::Ipv4Addr;

    const RATE: Rate = Rate { burst: std::num::NonZeroU32::new(3).expect("not zero"), token: Duration::from_secs(1) };

    fn address(number: usize) -> IpAddr {
        Ipv4Addr::from_bits(u32::try_from(number).expect("few")).into()
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_a_token_a_second() {
        let mut buckets = Buckets::<IpAddr>::default();
        let mut take = |millis| buckets.take(address(1), RATE, Duration::from_millis(millis)).map_err(|fast| fast.retry_after.as_millis());
        assert_eq!([take(0), take(0), take(0), take(0), take(400)], [Ok(()), Ok(()), Ok(()), Err(1000), Err(600)]);
        assert_eq!(
            [take(1000), take(1000), take(9000), take(9000), take(9000), take(9000)],
            [Ok(()), Err(1000), Ok(()), Ok(()), Ok(()), Err(1000)]
        );
    }

    #[test]
    fn memory_is_bounded_and_whoever_is_most_in_debt_is_remembered() {
        let mut buckets = Buckets::default();
        (0..3).for_each(|_| assert!(buckets.take(address(0), RATE, Duration::ZERO).is_ok()));
        for number in 1..3 * MAX_ADDRESSES {
            assert!(buckets.take(address(number), RATE, Duration::ZERO).is_ok());
        }
        assert!(buckets.0.len() <= MAX_ADDRESSES);
        assert!(buckets.take(address(0), RATE, Duration::ZERO).is_err());
        buckets.forget_full(Duration::from_secs(10));
        assert!(buckets.0.is_empty());
    }
}
