//! One writer per identity inside this process, so that parallel attempts queue here instead of racing for an etag in the database.
//!
//! Other instances still race; the etag decides between them. This saves the losers' round trips and nothing else.

use crate::domain::stored::BlindIndex;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The lanes in use.
#[derive(Default)]
pub struct Lanes(Mutex<HashMap<BlindIndex, Weak<AsyncMutex<()>>>>);

impl Lanes {
    /// Waits for the lane of an identity; it is free again when the guard is dropped.
    pub async fn enter(&self, index: BlindIndex) -> OwnedMutexGuard<()> {
        let lane = self.lane(index);
        lane.lock_owned().await
    }

    fn lane(&self, index: BlindIndex) -> Arc<AsyncMutex<()>> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(&index).and_then(Weak::upgrade) {
            return lane;
        }
        lanes.retain(|_, lane| lane.strong_count() > 0);
        let lane = Arc::default();
        lanes.insert(index, Arc::downgrade(&lane));
        lane
    }
}
