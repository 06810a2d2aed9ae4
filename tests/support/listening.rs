//! Captures what one thread logs, while other threads of the same binary log to nobody.

use std::sync::LazyLock;
use tracing::{
    Dispatch, Subscriber,
    subscriber::{DefaultGuard, set_default},
};

/// With a single subscriber, `tracing` asks the first thread at a call site whether anyone is interested, and caches a "no" for all
/// threads. With a second one it asks every time.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

/// Sends every event of this thread to `subscriber`, as long as the guard lives.
pub fn listen(subscriber: impl Subscriber + Send + Sync + 'static) -> DefaultGuard {
    LazyLock::force(&ANOTHER);
    set_default(subscriber)
}
