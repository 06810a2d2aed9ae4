//! A database that lets something happen between what a request has read and its first commit.

use super::app::TestOptions;
use async_trait::async_trait;
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Container, DocumentId, Documents, Etag, Listing, Operation, Page, Partition, ReadError, Stored},
};
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

type Act = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What happens before the next commit, anywhere or in one partition; keys do not count.
#[derive(Clone, Default)]
pub struct Between(Arc<Mutex<Option<(Option<Partition>, Act)>>>);

impl Between {
    /// A service on such a database.
    pub fn options(&self) -> TestOptions {
        let between = self.clone();
        let wrap = move |inner| Arc::new(Waiting { inner, between: between.clone() }) as Arc<dyn Documents>;
        TestOptions { documents: Some(Box::new(wrap)), ..TestOptions::default() }
    }

    /// Before the next commit this happens. It goes by another instance: this one may be holding what it needs.
    pub fn before_commit(&self, act: impl Future<Output = ()> + Send + 'static) {
        *self.0.lock().unwrap() = Some((None, Box::pin(act)));
    }

    /// Likewise before the next commit to this partition.
    pub fn before_commit_to(&self, partition: Partition, act: impl Future<Output = ()> + Send + 'static) {
        *self.0.lock().unwrap() = Some((Some(partition), Box::pin(act)));
    }

    /// Whether nothing was committed since, so that it has not happened. It will not happen any more.
    pub fn cancel(&self) -> bool {
        self.0.lock().unwrap().take().is_some()
    }

    fn take(&self, partition: &Partition) -> Option<Act> {
        let is_meant = |planned: &mut (Option<Partition>, Act)| planned.0.as_ref().is_none_or(|only| only == partition);
        self.0.lock().unwrap().take_if(is_meant).map(|(_, act)| act)
    }
}

struct Waiting {
    inner: Arc<dyn Documents>,
    between: Between,
}

#[async_trait]
impl Documents for Waiting {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        self.inner.read(container, partition, id).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.inner.list(container, partition, prefix, part, page).await
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        if container != Container::Keys
            && let Some(act) = self.between.take(partition)
        {
            act.await;
        }
        self.inner.commit(container, partition, operations).await
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.inner.scan(container, prefix, part, page).await
    }
}
