//! Listening to what one thread logs, while other threads of the same binary log to nobody.

use std::sync::LazyLock;
use tracing::{
    Dispatch, Subscriber,
    subscriber::{DefaultGuard, set_default},
};

/// While there is one subscriber only, `tracing` asks the thread that comes by first whether anybody listens, and remembers a no for all
/// threads. With a second one it asks them all.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

/// Gives `subscriber` every event of this thread, as long as the guard lives.
pub fn listen(subscriber: impl Subscriber + Send + Sync + 'static) -> DefaultGuard {
    LazyLock::force(&ANOTHER);
    set_default(subscriber)
}
