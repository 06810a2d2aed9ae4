//! Values that stay in memory for a short time: loaded by one caller at a time per key, wiped when they expire.

use crate::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// How long an unwrapped key may stay in memory.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// A cache whose values wipe themselves when dropped.
pub struct KeyCache<K, V> {
    clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<K, Slot<V>>>,
}

struct Slot<V> {
    cell: Arc<OnceCell<Arc<V>>>,
    loaded_at: Timestamp,
}

impl<K: Eq + Hash, V> KeyCache<K, V> {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, slots: Mutex::default() }
    }

    /// The cached value, or the one that `load` returns; concurrent callers with the same key wait for it.
    ///
    /// Loading is rare and its future large: it is created when needed and boxed, so that the caller's own future stays small.
    ///
    /// # Errors
    /// The error of `load`; nothing is then cached.
    pub async fn get_or_load<E, F>(&self, key: K, load: impl FnOnce() -> F) -> Result<Arc<V>, E>
    where
        F: Future<Output = Result<Arc<V>, E>>,
    {
        let cell = self.cell(key);
        if let Some(value) = cell.get() {
            return Ok(Arc::clone(value));
        }
        Box::pin(cell.get_or_try_init(load)).await.cloned()
    }

    pub fn forget(&self, key: &K) {
        self.lock().remove(key);
    }

    /// Drops expired values.
    pub fn purge(&self) {
        let now = self.clock.now();
        self.lock().retain(|_, slot| slot.is_fresh(now));
    }

    fn cell(&self, key: K) -> Arc<OnceCell<Arc<V>>> {
        let now = self.clock.now();
        let mut slots = self.lock();
        if slots.get(&key).is_some_and(|slot| !slot.is_fresh(now)) {
            slots.retain(|_, slot| slot.is_fresh(now));
        }
        let slot = slots.entry(key).or_insert_with(|| Slot { cell: Arc::default(), loaded_at: now });
        Arc::clone(&slot.cell)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Slot<V> {
    /// A clock that was set back ends the lifetime too.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.loaded_at);
        !age.is_negative() && age < LIFETIME
    }
}
