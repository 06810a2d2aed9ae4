//! Password hashing on threads of its own: one hash per core at a time, plus a short queue.
//!
//! These threads yield to all others of the machine, so that reading and saving go on during a flood of sign-ins. A thread lives for one hash,
//! which takes some hundred times as long as starting it.
//!
//! A full queue refuses at once instead of growing (OWASP ASVS 5.0 V15.2.2). Strangers may fill three quarters of it, so that a flood
//! leaves room for known browsers. A hash keeps its queue slot and its core until it is done, even if the client has disconnected:
//! requesting and leaving extracts no additional work from this process.

use crate::crypto::password::Argon2id;
use rustix::process::setpriority_process;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::Builder,
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, oneshot};

/// Hashes that may wait per core: about two thirds of a second of work.
const QUEUE_PER_CORE: usize = 32;
/// How much a hash yields (`nice`): beside another thread that always has work, it gets a quarter of a core.
const NICENESS: i32 = 5;
/// A hash keeps its blocks elsewhere.
const STACK_BYTES: usize = 512 * 1024;
const SAY_EVERY: Duration = Duration::from_mins(1);

/// The pool.
pub struct HashPool {
    work: Arc<Work>,
    cores: Arc<Semaphore>,
    most: usize,
}

struct Work {
    argon2id: Argon2id,
    queued: AtomicUsize,
    /// When the lack of memory was last logged, and how many hashes have failed for it since.
    refused: Mutex<(Option<Instant>, u64)>,
}

impl Work {
    /// Logs at most once a minute.
    fn say_no_memory(&self) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.1 += 1;
        if refused.0.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
            let (cause, outcome) = ("no memory for a password hash", "nobody can sign in until there is some");
            tracing::error!(event = "memory_refused", cause, outcome, count = refused.1);
            *refused = (Some(Instant::now()), 0);
        }
    }
}

/// The queue is full, or there is no memory for another hash.
#[derive(Debug)]
pub struct PoolFull {
    /// When a retry makes sense.
    pub retry_after: Duration,
}

/// A browser that the account knows, or a stranger.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Acquaintance {
    /// Signed in from this browser before, or is signed in.
    Known,
    Stranger,
}

impl HashPool {
    /// Creates a pool for `cores` concurrent hashes.
    pub fn new(argon2id: Argon2id, cores: usize) -> Self {
        let work = Arc::new(Work { argon2id, queued: AtomicUsize::new(0), refused: Mutex::default() });
        Self { work, cores: Arc::new(Semaphore::new(cores)), most: cores * QUEUE_PER_CORE }
    }

    /// Runs `work` on a thread of its own when its turn comes; where the caller runs if starting a thread would take longer.
    ///
    /// # Errors
    /// [`PoolFull`] when too many are waiting, or there is no memory or thread.
    pub async fn run<T, F>(&self, who: Acquaintance, work: F) -> Result<T, PoolFull>
    where
        T: Send + 'static,
        F: FnOnce(&Argon2id) -> T + Send + 'static,
    {
        let place = self.queue(who)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.expect("the pool never closes its semaphore");
        if self.work.argon2id.is_cheap() {
            return Ok(work(&self.work.argon2id));
        }
        let (answer, answered) = oneshot::channel();
        let hash = move || {
            // A system that does not allow this makes hashes no slower.
            let _ = setpriority_process(None, NICENESS);
            let done = place.0.argon2id.with_memory(work);
            if done.is_none() {
                place.0.say_no_memory();
            }
            drop((core, place));
            // A caller that is gone needs no answer.
            let _ = answer.send(done);
        };
        let refused = PoolFull { retry_after: Duration::from_secs(2) };
        if Builder::new().name("finrust-hash".to_owned()).stack_size(STACK_BYTES).spawn(hash).is_err() {
            self.work.say_no_memory();
            return Err(refused);
        }
        answered.await.expect("hashing does not panic").ok_or(refused)
    }

    /// Returns how many hashes have been computed so far.
    pub fn hashed(&self) -> u64 {
        self.work.argon2id.hashed()
    }

    fn queue(&self, who: Acquaintance) -> Result<QueueSlot, PoolFull> {
        let most = match who {
            Acquaintance::Known => self.most,
            Acquaintance::Stranger => self.most / 4 * 3,
        };
        let before = self.work.queued.fetch_add(1, Ordering::Relaxed);
        let place = QueueSlot(Arc::clone(&self.work));
        if before >= most { Err(PoolFull { retry_after: Duration::from_secs(2) }) } else { Ok(place) }
    }
}

/// A place in the queue, released on drop. The last one to leave also releases the memory.
struct QueueSlot(Arc<Work>);

impl Drop for QueueSlot {
    fn drop(&mut self) {
        if self.0.queued.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.argon2id.rest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Acquaintance, Argon2id, HashPool};
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc::channel,
        },
        time::Duration,
    };

    #[tokio::test]
    async fn work_of_whoever_left_still_counts() {
        static AT_WORK: AtomicUsize = AtomicUsize::new(0);
        let pool = HashPool::new(Argon2id::default(), 1);
        let (finish, wait) = channel::<()>();
        let abandoned = pool.run(Acquaintance::Known, move |_| {
            AT_WORK.fetch_add(1, Ordering::SeqCst);
            wait.recv().ok()
        });
        assert!(tokio::time::timeout(Duration::ZERO, abandoned).await.is_err(), "it waits, and is left");
        let next = pool.run(Acquaintance::Known, |_| AT_WORK.load(Ordering::SeqCst));
        let next = std::pin::pin!(next);
        assert_eq!(pool.cores.available_permits(), 0, "the abandoned work holds its core");
        finish.send(()).expect("the abandoned work goes on");
        assert_eq!(next.await.ok(), Some(1));
    }

    #[tokio::test]
    async fn a_full_queue_answers_at_once_and_strangers_leave_room() {
        let pool = HashPool::new(Argon2id::default(), 1);
        let places: Vec<_> = (0..24).map_while(|_| pool.queue(Acquaintance::Stranger).ok()).collect();
        assert_eq!(places.len(), 24);
        assert!(pool.queue(Acquaintance::Stranger).is_err());
        let known: Vec<_> = (0..9).map_while(|_| pool.queue(Acquaintance::Known).ok()).collect();
        assert_eq!(known.len(), 8);
        drop((places, known));
        assert!(pool.queue(Acquaintance::Stranger).is_ok());
    }
}
