//! A database that fails on demand.

use super::app::TestOptions;
use async_trait::async_trait;
use finrust::ports::{CommitError, Container, DocumentId, Documents, DocumentsOver, Etag, Operation, Partition, ReadError};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

/// How a commit fails.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Unavailable,
    Busy,
    Stale,
    /// The commit is executed, but its response is lost.
    LostAfter,
    /// The commit is not executed, and the response is lost.
    LostBefore,
    /// A bug: whatever commits panics.
    Panics,
    /// From now on nothing responds, until [`Faults::heal`] or [`Faults::forget`].
    Gone,
}

/// The failures planned next. Operations on keys never fail: keys are cached anyway.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    next: VecDeque<Option<Fault>>,
    always: Option<Fault>,
    reads: Option<ReadError>,
    reads_after_commit: Option<ReadError>,
    commits: usize,
}

impl Faults {
    /// Options for a service on such a database.
    pub fn options(&self) -> TestOptions {
        let faults = self.clone();
        let wrap = move |inner| Arc::new(Faulty { inner, faults: faults.clone() }) as Arc<dyn Documents>;
        TestOptions { documents: Some(Box::new(wrap)), ..TestOptions::default() }
    }

    /// The next commits fail this way, one after the other.
    pub fn next(&self, faults: &[Fault]) {
        self.0.lock().unwrap().next.extend(faults.iter().copied().map(Some));
    }

    /// So many commits succeed, and the next one fails this way.
    pub fn after(&self, commits: usize, fault: Fault) {
        let planned = std::iter::repeat_n(None, commits).chain([Some(fault)]);
        self.0.lock().unwrap().next.extend(planned);
    }

    /// Every commit fails this way until [`Faults::heal`].
    pub fn always(&self, fault: Fault) {
        self.0.lock().unwrap().always = Some(fault);
    }

    /// Every read fails this way until [`Faults::heal`].
    pub fn reads(&self, error: ReadError) {
        self.0.lock().unwrap().reads = Some(error);
    }

    /// The next commit succeeds, and after it every read fails until [`Faults::heal`].
    pub fn reads_after_commit(&self) {
        self.0.lock().unwrap().reads_after_commit = Some(ReadError::Unavailable);
    }

    /// Everything works again, even if not all planned failures have happened. Returns how many commits were attempted.
    pub fn forget(&self) -> usize {
        std::mem::take(&mut *self.0.lock().unwrap()).commits
    }

    fn committed(&self) {
        let mut plan = self.0.lock().unwrap();
        plan.reads = plan.reads_after_commit.take().or(plan.reads);
    }

    /// Everything works again. Asserts that every planned failure has happened.
    pub fn heal(&self) {
        let plan = std::mem::take(&mut *self.0.lock().unwrap());
        assert!(plan.next.is_empty(), "{:?} did not happen", plan.next);
    }

    /// Commits attempted since the last healing.
    pub fn commits(&self) -> usize {
        self.0.lock().unwrap().commits
    }

    fn of_commit(&self, container: Container) -> Option<Fault> {
        let mut plan = self.0.lock().unwrap();
        if container == Container::Keys {
            return None;
        }
        plan.commits += 1;
        let fault = plan.next.pop_front().unwrap_or(plan.always);
        if matches!(fault, Some(Fault::Gone)) {
            (plan.always, plan.reads) = (Some(Fault::Unavailable), Some(ReadError::Unavailable));
        }
        fault
    }

    fn of_read(&self, container: Container) -> Result<(), ReadError> {
        let plan = self.0.lock().unwrap();
        plan.reads.filter(|_| container != Container::Keys).map_or(Ok(()), Err)
    }
}

struct Faulty {
    inner: Arc<dyn Documents>,
    faults: Faults,
}

#[async_trait]
impl DocumentsOver for Faulty {
    fn inner(&self) -> &dyn Documents {
        &*self.inner
    }

    async fn before_reading(&self, container: Container, _: Option<&DocumentId>) -> Result<(), ReadError> {
        self.faults.of_read(container)
    }

    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        match self.faults.of_commit(container) {
            None => {
                let etags = self.inner.commit(container, partition, operations).await?;
                self.faults.committed();
                Ok(etags)
            }
            Some(Fault::Unavailable | Fault::Gone) => Err(CommitError::Unavailable),
            Some(Fault::Busy) => Err(CommitError::Busy { retry_after: Duration::from_secs(3) }),
            Some(Fault::Stale) => Err(CommitError::Stale),
            Some(Fault::Panics) => panic!("planned"),
            Some(Fault::LostBefore) => Err(CommitError::Unknown),
            Some(Fault::LostAfter) => {
                self.inner.commit(container, partition, operations).await?;
                Err(CommitError::Unknown)
            }
        }
    }
}
