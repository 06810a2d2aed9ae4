//! Whether commits are possible, judged by the outcome of the latest ones.
//!
//! After a failed commit, the database counts as unhealthy until one succeeds. When nobody commits, the health check tries a commit that
//! changes nothing, one at a time and at most every ten seconds.

use crate::ports::{CommitError, Container, Documents, DocumentsOver, Etag, Operation, Partition};
use async_trait::async_trait;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// The interval between probe commits.
pub const PROBE_EVERY: Duration = Duration::from_secs(10);

/// The outcome of the latest commits.
#[derive(Clone, Default)]
pub struct CommitWatch(Arc<Watched>);

#[derive(Default)]
struct Watched {
    /// Whether the last commit failed: read by every commit, so outside the lock.
    has_failed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Commits are not possible.
    refuses: bool,
    /// When that was last seen, or a probe was started.
    looked: Option<Instant>,
}

/// The result for the health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The last commit succeeded.
    Well,
    Refuses,
    /// It failed, and a probe is due: the caller that gets this makes it.
    Try,
}

impl CommitWatch {
    pub fn verdict(&self) -> Verdict {
        if !self.0.has_failed.load(Ordering::Acquire) {
            return Verdict::Well;
        }
        let mut state = self.lock();
        let now = Instant::now();
        // A busy database is probed at once, to see whether it still is.
        let is_due = state.looked.is_none_or(|looked| now.duration_since(looked) >= PROBE_EVERY);
        if is_due {
            state.looked = Some(now);
            return Verdict::Try;
        }
        if state.refuses { Verdict::Refuses } else { Verdict::Well }
    }

    /// Records the outcome of a probe commit: a database too busy even for that counts as refusing.
    pub fn tried(&self, went_well: bool) {
        let mut state = self.lock();
        state.refuses = !went_well;
        state.looked = Some(Instant::now());
        self.0.has_failed.store(!went_well, Ordering::Release);
    }

    fn met(&self, answer: Result<(), CommitError>) {
        match answer {
            // The database has evaluated the commit.
            Ok(()) | Err(CommitError::Conflict | CommitError::Stale | CommitError::Missing) => {
                if self.0.has_failed.load(Ordering::Acquire) {
                    *self.lock() = State::default();
                    self.0.has_failed.store(false, Ordering::Release);
                }
            }
            Err(CommitError::Busy { .. }) => self.0.has_failed.store(true, Ordering::Release),
            Err(CommitError::Unavailable | CommitError::Unknown) => {
                let mut state = self.lock();
                if !state.refuses {
                    (state.refuses, state.looked) = (true, Some(Instant::now()));
                }
                self.0.has_failed.store(true, Ordering::Release);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Documents whose commits are watched.
pub struct WatchedDocuments {
    inner: Arc<dyn Documents>,
    watch: CommitWatch,
}

impl WatchedDocuments {
    /// Watches the commits of these.
    pub fn new(inner: Arc<dyn Documents>, watch: CommitWatch) -> Self {
        Self { inner, watch }
    }
}

#[async_trait]
impl DocumentsOver for WatchedDocuments {
    fn inner(&self) -> &dyn Documents {
        &*self.inner
    }

    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        let answer = self.inner.commit(container, partition, operations).await;
        self.watch.met(answer.as_ref().map(|_| ()).map_err(|error| *error));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::{CommitError, CommitWatch, Duration, Verdict};

    #[test]
    fn a_failure_is_one_until_a_commit_goes_well() {
        for failure in [CommitError::Unavailable, CommitError::Unknown] {
            let watch = CommitWatch::default();
            assert_eq!(watch.verdict(), Verdict::Well);
            watch.met(Err(failure));
            assert_eq!((watch.verdict(), watch.verdict()), (Verdict::Refuses, Verdict::Refuses));
            watch.met(Err(CommitError::Stale));
            assert_eq!(watch.verdict(), Verdict::Well);
        }
    }

    #[test]
    fn a_busy_database_is_tried_once_and_its_answer_counts() {
        let watch = CommitWatch::default();
        watch.met(Err(CommitError::Busy { retry_after: Duration::ZERO }));
        assert_eq!((watch.verdict(), watch.verdict()), (Verdict::Try, Verdict::Well));
        watch.tried(false);
        assert_eq!((watch.verdict(), watch.verdict()), (Verdict::Refuses, Verdict::Refuses));
        watch.tried(true);
        assert_eq!(watch.verdict(), Verdict::Well);
    }
}
