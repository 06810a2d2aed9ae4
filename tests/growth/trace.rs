//! What an instance asks of the database and of the vault, and when.

use async_trait::async_trait;
use finrust::{
    crypto::envelope::Part,
    ports::{
        CommitError, Container, DocumentId, Documents, Etag, KekVersion, KeyWrap, KeyWrapError, Listing, Operation, Page, Partition,
        ReadError, Stored, Wrapped,
    },
    secret::Secret,
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// What steps of the vault are of.
const VAULT: &str = "vault";

/// The steps of an instance while it is watched.
#[derive(Clone, Default)]
pub struct Trace {
    steps: Arc<Mutex<Option<Vec<Step>>>>,
    vault_calls: Arc<AtomicU64>,
}

/// A step that was waited for.
pub struct Step {
    pub what: &'static str,
    /// The kind of document, or what it is done with.
    pub of: String,
    pub begun: Instant,
    pub ended: Instant,
}

/// How long something was waited for.
#[derive(Clone, Copy)]
pub struct Span {
    pub begun: Instant,
    pub ended: Instant,
}

impl Span {
    pub async fn of<T>(work: impl Future<Output = T>) -> (Self, T) {
        let begun = Instant::now();
        let done = work.await;
        (Self { begun, ended: Instant::now() }, done)
    }

    pub fn took(self) -> Duration {
        self.ended.duration_since(self.begun)
    }

    /// How much of it none of these steps of the database was under way.
    pub fn outside(self, steps: &[Step]) -> Duration {
        let mut within: Vec<(Instant, Instant)> = steps
            .iter()
            .filter(|step| step.of != VAULT && step.begun >= self.begun && step.ended <= self.ended)
            .map(|step| (step.begun, step.ended))
            .collect();
        within.sort_unstable();
        let (mut outside, mut until) = (Duration::ZERO, self.begun);
        for (begun, ended) in within {
            outside += begun.saturating_duration_since(until);
            until = until.max(ended);
        }
        outside + self.ended.saturating_duration_since(until)
    }
}

impl Trace {
    /// From now on notes the steps.
    pub fn watch(&self) {
        *self.lock() = Some(Vec::new());
    }

    /// The steps since [`Trace::watch`]; notes no more.
    pub fn take(&self) -> Vec<Step> {
        self.lock().take().unwrap_or_default()
    }

    /// How often the key-encryption key was used.
    pub fn vault_calls(&self) -> u64 {
        self.vault_calls.load(Ordering::Relaxed)
    }

    pub async fn step<T>(&self, what: &'static str, of: &str, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        if let Some(steps) = self.lock().as_mut() {
            steps.push(Step { what, of: of.to_owned(), begun, ended: Instant::now() });
        }
        done
    }

    pub fn documents(&self, inner: Arc<dyn Documents>) -> Arc<dyn Documents> {
        Arc::new(Traced { inner, trace: self.clone() })
    }

    pub fn keys(&self, inner: Arc<dyn KeyWrap>) -> Arc<dyn KeyWrap> {
        Arc::new(Traced { inner, trace: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Step>>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Traced<T: ?Sized> {
    trace: Trace,
    inner: Arc<T>,
}

/// `identities, session`: the container, and the id up to its own part.
fn kind(container: Container, id: &str) -> String {
    let kind = id.split('-').next().unwrap_or_default();
    if kind.is_empty() { container.name().to_owned() } else { format!("{}, {kind}", container.name()) }
}

#[async_trait]
impl Documents for Traced<dyn Documents> {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        self.trace.step("read", &kind(container, id.as_str()), self.inner.read(container, partition, id)).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.trace.step("list", &kind(container, prefix), self.inner.list(container, partition, prefix, part, page)).await
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        self.trace.step("commit", container.name(), self.inner.commit(container, partition, operations)).await
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.trace.step("scan", &kind(container, prefix), self.inner.scan(container, prefix, part, page)).await
    }
}

impl Traced<dyn KeyWrap> {
    async fn call<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        self.trace.vault_calls.fetch_add(1, Ordering::Relaxed);
        self.trace.step(what, VAULT, work).await
    }
}

#[async_trait]
impl KeyWrap for Traced<dyn KeyWrap> {
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError> {
        self.call("wrap", self.inner.wrap(key)).await
    }

    async fn wrap_beside(&self, key: &Secret<[u8; 32]>, opened: &Wrapped) -> Result<Wrapped, KeyWrapError> {
        self.call("wrap", self.inner.wrap_beside(key, opened)).await
    }

    async fn unwrap(&self, wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError> {
        self.call("unwrap", self.inner.unwrap(wrapped)).await
    }

    async fn newest_version(&self) -> Result<KekVersion, KeyWrapError> {
        self.call("newest version", self.inner.newest_version()).await
    }
}
