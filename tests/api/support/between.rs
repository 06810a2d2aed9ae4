//! A database that runs an action in the middle of a request: before its first commit, or before any of its operations.

use super::app::TestOptions;
use async_trait::async_trait;
use finrust::ports::{CommitError, Container, DocumentId, Documents, DocumentsOver, Etag, Operation, Partition, ReadError};
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

type Act = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An action to run in the middle of a request; operations on keys do not count.
#[derive(Clone, Default)]
pub struct Between(Arc<Mutex<Option<Planned>>>);

struct Planned {
    before: Before,
    act: Act,
}

enum Before {
    /// Before the next commit.
    Commit,
    /// Before the next commit to this partition.
    CommitTo(Partition),
    /// After so many operations of any kind.
    Operation(usize),
}

impl Between {
    /// Options for a service on such a database.
    pub fn options(&self) -> TestOptions {
        let between = self.clone();
        TestOptions { documents: Some(Box::new(move |inner| between.over(inner))), ..TestOptions::default() }
    }

    /// Such a database.
    pub fn over(&self, inner: Arc<dyn Documents>) -> Arc<dyn Documents> {
        Arc::new(Waiting { inner, between: self.clone() })
    }

    /// Runs `act` before the next commit. It must use another instance, since this one may be holding what it needs.
    pub fn before_commit(&self, act: impl Future<Output = ()> + Send + 'static) {
        self.plan(Before::Commit, act);
    }

    /// Likewise before the next commit to this partition.
    pub fn before_commit_to(&self, partition: Partition, act: impl Future<Output = ()> + Send + 'static) {
        self.plan(Before::CommitTo(partition), act);
    }

    /// Runs `act` before the operation that follows so many others.
    pub fn before_operation(&self, others: usize, act: impl Future<Output = ()> + Send + 'static) {
        self.plan(Before::Operation(others), act);
    }

    fn plan(&self, before: Before, act: impl Future<Output = ()> + Send + 'static) {
        *self.0.lock().unwrap() = Some(Planned { before, act: Box::pin(act) });
    }

    /// Cancels the action. Returns whether it had not run, because there was no such operation.
    pub fn cancel(&self) -> bool {
        self.0.lock().unwrap().take().is_some()
    }

    async fn reached(&self, container: Container, committed: Option<&Partition>) {
        if let Some(act) = self.due(container, committed) {
            act.await;
        }
    }

    fn due(&self, container: Container, committed: Option<&Partition>) -> Option<Act> {
        let mut planned = self.0.lock().unwrap();
        let is_due = container != Container::Keys
            && match &mut planned.as_mut()?.before {
                Before::Commit => committed.is_some(),
                Before::CommitTo(partition) => committed == Some(&*partition),
                Before::Operation(0) => true,
                Before::Operation(others) => {
                    *others -= 1;
                    false
                }
            };
        if is_due { planned.take().map(|planned| planned.act) } else { None }
    }
}

struct Waiting {
    inner: Arc<dyn Documents>,
    between: Between,
}

#[async_trait]
impl DocumentsOver for Waiting {
    fn inner(&self) -> &dyn Documents {
        &*self.inner
    }

    async fn before_reading(&self, container: Container, _: Option<&DocumentId>) -> Result<(), ReadError> {
        self.between.reached(container, None).await;
        Ok(())
    }

    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        self.between.reached(container, Some(partition)).await;
        self.inner.commit(container, partition, operations).await
    }
}
