//! Counts what the service sends to its dependencies.

use async_trait::async_trait;
use finrust::{
    ports::{KekVersion, KeyWrap, KeyWrapError, Wrapped},
    secret::Secret,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use test_support::listening::listen;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

/// Adds up the requests and charges that the Cosmos DB adapter logs on its thread.
#[derive(Clone, Default)]
pub struct Meter(Arc<Mutex<(u64, f64)>>);

impl Meter {
    /// Subscribes to this thread's log.
    pub fn install(&self) -> DefaultGuard {
        listen(tracing_subscriber::registry().with(self.clone()))
    }

    pub fn reset(&self) {
        *self.0.lock().unwrap() = (0, 0.0);
    }

    /// Requests and request units.
    pub fn total(&self) -> (u64, f64) {
        *self.0.lock().unwrap()
    }
}

impl<S: Subscriber> Layer<S> for Meter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        if line.is_database {
            let mut total = self.0.lock().unwrap();
            *total = (total.0 + line.count, total.1 + line.charge);
        }
    }
}

#[derive(Default)]
struct Line {
    is_database: bool,
    charge: f64,
    count: u64,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.is_database |= field.name() == "event" && value == "database";
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "request_charge" {
            self.charge = value;
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "count" {
            self.count = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// A key-encryption key that counts its uses.
pub struct CountedKeys {
    inner: Arc<dyn KeyWrap>,
    calls: Arc<AtomicU64>,
}

impl CountedKeys {
    pub fn over(inner: Arc<dyn KeyWrap>, calls: &Arc<AtomicU64>) -> Arc<dyn KeyWrap> {
        Arc::new(Self { inner, calls: Arc::clone(calls) })
    }

    fn count(&self) -> &dyn KeyWrap {
        self.calls.fetch_add(1, Ordering::Relaxed);
        &*self.inner
    }
}

#[async_trait]
impl KeyWrap for CountedKeys {
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError> {
        self.count().wrap(key).await
    }

    async fn wrap_beside(&self, key: &Secret<[u8; 32]>, opened: &Wrapped) -> Result<Wrapped, KeyWrapError> {
        self.count().wrap_beside(key, opened).await
    }

    async fn unwrap(&self, wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError> {
        self.count().unwrap(wrapped).await
    }

    async fn newest_version(&self) -> Result<KekVersion, KeyWrapError> {
        self.count().newest_version().await
    }
}
