//! A database whose process dies in the middle: after so many operations, nothing is done any more.

use async_trait::async_trait;
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Container, DocumentId, Documents, Etag, Listing, Operation, Page, Partition, ReadError, Stored},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// When a process dies.
#[derive(Clone, Copy, Debug)]
pub struct Death {
    /// At which operation, counted from 1.
    pub at: u64,
    /// Whether that one, if it is a commit, still reaches the database.
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
    /// `done` counts the operations that were tried.
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
impl Documents for Dying {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        self.read_now()?;
        self.inner.read(container, partition, id).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.read_now()?;
        self.inner.list(container, partition, prefix, part, page).await
    }

    async fn commit(
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

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.read_now()?;
        self.inner.scan(container, prefix, part, page).await
    }
}
