//! Partition locks: one writer per partition inside this process, so that parallel writes queue here instead of racing for an etag in the
//! database.
//!
//! Other instances still race, and the etag decides between them. The locks save the losers' round trips and nothing else.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The partition locks in use.
pub struct PartitionLocks<K>(Mutex<HashMap<K, Weak<AsyncMutex<()>>>>);

impl<K> Default for PartitionLocks<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> PartitionLocks<K> {
    /// Waits for the lock of a partition; dropping the guard releases it.
    pub async fn enter(&self, of: K) -> OwnedMutexGuard<()> {
        let lane = self.lane(of);
        lane.lock_owned().await
    }

    fn lane(&self, of: K) -> Arc<AsyncMutex<()>> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(&of).and_then(Weak::upgrade) {
            return lane;
        }
        lanes.retain(|_, lane| lane.strong_count() > 0);
        let lane = Arc::default();
        lanes.insert(of, Arc::downgrade(&lane));
        lane
    }
}
