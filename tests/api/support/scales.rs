//! A database that records the size of the largest commit, and refuses any that Cosmos DB would refuse.

use super::app::TestOptions;
use async_trait::async_trait;
use finrust::ports::{CommitError, Container, Documents, DocumentsOver, Etag, Operation, Partition};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The limit of a transactional batch of Cosmos DB is 2 MB; the emulators do not enforce it.
const MAX_BYTES: usize = 2_000_000;

/// The size of the largest commit so far, in bytes as the strictest database counts them.
#[derive(Clone, Default)]
pub struct Scales(Arc<AtomicUsize>);

impl Scales {
    /// Options for a service on such a database.
    pub fn options(&self) -> TestOptions {
        let scales = self.clone();
        let wrap = move |inner| Arc::new(Weighed { inner, scales: scales.clone() }) as Arc<dyn Documents>;
        TestOptions { documents: Some(Box::new(wrap)), ..TestOptions::default() }
    }

    pub fn heaviest(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// The minimum size of an operation as sent to Cosmos DB: sealed parts are base64.
fn on_the_wire(operation: &Operation) -> usize {
    let base64 = |bytes: &[u8]| (bytes.len() * 4).div_ceil(3);
    match operation {
        Operation::Create(draft) | Operation::Put(draft) | Operation::Replace { draft, .. } => {
            base64(draft.body.as_bytes()) + draft.summary.as_ref().map_or(0, |summary| base64(summary.as_bytes()))
        }
        Operation::Delete { .. } => 0,
    }
}

struct Weighed {
    inner: Arc<dyn Documents>,
    scales: Scales,
}

#[async_trait]
impl DocumentsOver for Weighed {
    fn inner(&self) -> &dyn Documents {
        &*self.inner
    }

    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        let bytes = operations.iter().map(on_the_wire).sum();
        self.scales.0.fetch_max(bytes, Ordering::Relaxed);
        if bytes > MAX_BYTES {
            return Err(CommitError::Unavailable);
        }
        self.inner.commit(container, partition, operations).await
    }
}
