//! Password hashing on a bounded set of blocking threads: one hash per core at a time, a short queue, and no more.
//!
//! A full queue answers at once instead of growing (OWASP ASVS 5.0 V15.2.2). Strangers may fill three quarters of it, so that a
//! flood leaves room for browsers that are known.

use crate::crypto::password::Argon2id;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// Hashes that may wait per core: about two thirds of a second of work.
const QUEUE_PER_CORE: usize = 32;

/// The pool.
pub struct HashPool {
    argon2id: Arc<Argon2id>,
    cores: Semaphore,
    queued: AtomicUsize,
    most: usize,
}

/// The queue is full.
#[derive(Debug)]
pub struct PoolFull {
    /// When trying again makes sense.
    pub retry_after: Duration,
}

/// A browser that the account knows, or a stranger.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Acquaintance {
    /// Signed in from here before, or is signed in.
    Known,
    /// Anyone.
    Stranger,
}

impl HashPool {
    /// A pool for `cores` hashes at a time.
    #[must_use]
    pub fn new(argon2id: Argon2id, cores: usize) -> Self {
        let (argon2id, queued) = (Arc::new(argon2id), AtomicUsize::new(0));
        Self { argon2id, cores: Semaphore::new(cores), queued, most: cores * QUEUE_PER_CORE }
    }

    /// Runs `work` on a blocking thread when its turn comes.
    ///
    /// # Errors
    /// [`PoolFull`] when too many wait already.
    pub async fn run<T, F>(&self, who: Acquaintance, work: F) -> Result<T, PoolFull>
    where
        T: Send + 'static,
        F: FnOnce(&Argon2id) -> T + Send + 'static,
    {
        let _place = self.queue(who)?;
        let _core = self.cores.acquire().await.expect("the pool never closes its semaphore");
        let argon2id = Arc::clone(&self.argon2id);
        let done = tokio::task::spawn_blocking(move || work(&argon2id)).await;
        Ok(done.expect("hashing does not panic, and the runtime outlives its requests"))
    }

    fn queue(&self, who: Acquaintance) -> Result<Place<'_>, PoolFull> {
        let most = match who {
            Acquaintance::Known => self.most,
            Acquaintance::Stranger => self.most / 4 * 3,
        };
        let place = Place(&self.queued);
        let before = self.queued.fetch_add(1, Ordering::Relaxed);
        if before >= most { Err(PoolFull { retry_after: Duration::from_secs(2) }) } else { Ok(place) }
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
