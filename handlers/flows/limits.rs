//! How often an address and everyone together may try: token buckets of this instance, in front of the throttles that are stored.

use crate::ports::Clock;
use governor::{
    NotUntil, Quota, RateLimiter, clock, middleware::NoOpMiddleware, nanos::Nanos, state::InMemoryState, state::keyed::HashMapStateStore,
};
use jiff::Timestamp;
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Burst and refill of the buckets. Whoever comes without an address has no bucket of his own, and shares none with others like him: the
/// limit of all strangers together still holds.
#[derive(Clone, Copy)]
pub struct LimitSettings {
    /// Tries of one address at once; one more every second after that.
    pub address_burst: NonZeroU32,
    /// Tries of all strangers together, per second.
    pub strangers_per_second: NonZeroU32,
    /// Requests for a new password of one address at once; one more every minute after that.
    pub reset_burst: NonZeroU32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).expect("the constants below are not zero");
        Self { address_burst: number(60), strangers_per_second: number(200), reset_burst: number(20) }
    }
}

type Keyed = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, PortClock, NoOpMiddleware<Nanos>>;
type Direct = RateLimiter<governor::state::NotKeyed, InMemoryState, PortClock, NoOpMiddleware<Nanos>>;

/// The buckets.
pub struct Limits {
    clock: PortClock,
    addresses: Keyed,
    strangers: Direct,
    resets: Keyed,
}

/// Too fast.
#[derive(Debug)]
pub struct TooFast {
    /// When trying again makes sense.
    pub retry_after: Duration,
}

impl Limits {
    /// Full buckets.
    #[must_use]
    pub fn new(settings: LimitSettings, clock: Arc<dyn Clock>) -> Self {
        let clock = PortClock::new(clock);
        let per_minute = Quota::per_minute(NonZeroU32::MIN).allow_burst(settings.reset_burst);
        Self {
            addresses: RateLimiter::hashmap_with_clock(
                Quota::per_second(NonZeroU32::MIN).allow_burst(settings.address_burst),
                clock.clone(),
            ),
            strangers: RateLimiter::direct_with_clock(Quota::per_second(settings.strangers_per_second), clock.clone()),
            resets: RateLimiter::hashmap_with_clock(per_minute, clock.clone()),
            clock,
        }
    }

    /// A stranger tries to sign in.
    ///
    /// # Errors
    /// [`TooFast`].
    pub fn stranger(&self, ip: Option<IpAddr>) -> Result<(), TooFast> {
        self.strangers.check().map_err(|until| self.too_fast(&until))?;
        let Some(ip) = ip else { return Ok(()) };
        self.addresses.check_key(&bucket(ip)).map_err(|until| self.too_fast(&until))
    }

    /// Somebody asks for a new password.
    ///
    /// # Errors
    /// [`TooFast`].
    pub fn reset(&self, ip: Option<IpAddr>) -> Result<(), TooFast> {
        let Some(ip) = ip else { return Ok(()) };
        self.resets.check_key(&bucket(ip)).map_err(|until| self.too_fast(&until))
    }

    /// Forgets addresses that have been quiet.
    pub fn shrink(&self) {
        for keyed in [&self.addresses, &self.resets] {
            keyed.retain_recent();
            keyed.shrink_to_fit();
        }
    }

    fn too_fast(&self, until: &NotUntil<Nanos>) -> TooFast {
        TooFast { retry_after: until.wait_time_from(clock::Clock::now(&self.clock)) }
    }
}

/// One bucket per IPv4 address and per IPv6 /64, which is what one subscriber has.
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

/// The port's clock as governor wants one: it adds up what passes. Setting the clock back takes nothing away, or every bucket would
/// stay empty until the time of before came again.
#[derive(Clone)]
struct PortClock {
    clock: Arc<dyn Clock>,
    passed: Arc<Mutex<Passed>>,
}

struct Passed {
    seen: Timestamp,
    nanos: u64,
}

impl PortClock {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let passed = Passed { seen: clock.now(), nanos: 0 };
        Self { clock, passed: Arc::new(Mutex::new(passed)) }
    }
}

impl clock::Clock for PortClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let since = u64::try_from(now.duration_since(passed.seen).as_nanos()).unwrap_or_default();
        passed.nanos = passed.nanos.saturating_add(since);
        passed.seen = now;
        Nanos::from(passed.nanos)
    }
}
