//! A database whose process dies: after so many operations, nothing is executed any more.

use async_trait::async_trait;
use finrust::ports::{CommitError, Container, DocumentId, Documents, DocumentsOver, Etag, Operation, Partition, ReadError};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// When a process dies.
#[derive(Clone, Copy, Debug)]
pub struct Death {
    /// The operation at which it dies, counted from 1.
    pub at: u64,
    /// Whether that operation, if it is a commit, still reaches the database.
    pub after: bool,
}

impl Death {
    pub const NEVER: Self = Self { at: u64::MAX, after: false };
}

pub struct Dying {
    inner: Arc<dyn Documents>,
    death: Death,
    done: Arc<AtomicU64>,
}

impl Dying {
    /// `done` counts the attempted operations.
    pub fn over(inner: Arc<dyn Documents>, death: Death, done: &Arc<AtomicU64>) -> Arc<dyn Documents> {
        Arc::new(Self { inner, death, done: Arc::clone(done) })
    }

    fn next(&self) -> u64 {
        self.done.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn read_now(&self) -> Result<(), ReadError> {
        if self.next() < self.death.at { Ok(()) } else { Err(ReadError::Unavailable) }
    }
}

#[async_trait]
impl DocumentsOver for Dying {
    fn inner(&self) -> &dyn Documents {
        &*self.inner
    }

    async fn before_reading(&self, _: Container, _: Option<&DocumentId>) -> Result<(), ReadError> {
        self.read_now()
    }

    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        let now = self.next();
        if now < self.death.at {
            return self.inner.commit(container, partition, operations).await;
        }
        if now == self.death.at && self.death.after {
            self.inner.commit(container, partition, operations).await?;
        }
        Err(CommitError::Unavailable)
    }
}
