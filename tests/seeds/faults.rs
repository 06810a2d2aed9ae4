//! The ports of a process: each operation waits for its turn, and then works, fails before or after it was done, or is the last one of its
//! process.
//!
//! The outside changes only in these operations. So a process that dies in front of one or behind one has died at each of its awaits, as
//! seen from the outside.

use super::{chance::Chance, outside::Outside, turns::Turns};
use async_trait::async_trait;
use finrust::{
    crypto::envelope::Part,
    domain::clients::erasure_log::ErasureLine,
    ports::{
        CommitError, Container, DocumentId, Documents, ErasureLog, ErasureLogError, Etag, KekVersion, KeyWrap, KeyWrapError, Letter,
        Listing, MailError, Mailer, Operation, Page, Partition, Queue, QueueError, QueueText, ReadError, Stored, Wrapped,
    },
    secret::Secret,
};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// How often something goes wrong: once in so many operations, never for zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    pub reads: u64,
    pub commits: u64,
    pub queue: u64,
    pub vault: u64,
    pub mailer: u64,
    pub erasures: u64,
    /// Deaths, over all operations.
    pub deaths: u64,
    /// Requests whose client hangs up.
    pub hang_ups: u64,
}

impl Rates {
    /// Half of the seeds have everything a little; the others one thing often, or nothing but interleaving.
    pub fn of(chance: &Chance) -> Self {
        let all = Self { reads: 60, commits: 25, queue: 8, vault: 12, mailer: 4, erasures: 4, deaths: 150, hang_ups: 25 };
        match chance.below(12) {
            0 => Self::default(),
            1 => Self { reads: 15, ..Self::default() },
            2 => Self { commits: 8, ..Self::default() },
            3 => Self { queue: 2, mailer: 2, ..Self::default() },
            4 => Self { deaths: 40, ..Self::default() },
            5 => Self { hang_ups: 3, ..Self::default() },
            6 => Self { vault: 3, erasures: 2, deaths: 200, ..Self::default() },
            _ => all,
        }
    }
}

/// The connection of one process to the outside.
pub struct Line {
    pub outside: Arc<Outside>,
    turns: Arc<Turns>,
    chance: Arc<Chance>,
    rates: Rates,
    /// Whether anything may fail; shared by all processes.
    on: Arc<AtomicBool>,
    dead: AtomicBool,
    died: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Works,
    FailsBefore,
    FailsAfter,
    DiesBefore,
    DiesAfter,
}

impl Line {
    pub fn new(outside: &Arc<Outside>, turns: &Arc<Turns>, chance: &Arc<Chance>, rates: Rates, on: &Arc<AtomicBool>) -> Arc<Self> {
        let (outside, turns, chance, on) = (Arc::clone(outside), Arc::clone(turns), Arc::clone(chance), Arc::clone(on));
        Arc::new(Self { outside, turns, chance, rates, on, dead: AtomicBool::new(false), died: Notify::new() })
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Returns once the process has died.
    pub async fn death(&self) {
        let died = self.died.notified();
        if !self.is_dead() {
            died.await;
        }
    }

    async fn die<T>(&self) -> T {
        self.dead.store(true, Ordering::Relaxed);
        self.died.notify_waiters();
        pending().await
    }

    async fn fate(&self, rate: u64) -> Fate {
        self.turns.turn().await;
        if self.is_dead() {
            return pending().await;
        }
        if !self.on.load(Ordering::Relaxed) {
            return Fate::Works;
        }
        let later = self.chance.one_in(2);
        if self.chance.one_in(self.rates.deaths) {
            return if later { Fate::DiesAfter } else { Fate::DiesBefore };
        }
        match self.chance.one_in(rate) {
            false => Fate::Works,
            true if later => Fate::FailsAfter,
            true => Fate::FailsBefore,
        }
    }

    /// Does `work`, or something else. `failure` says how it fails, given whether it was done.
    async fn through<T, E>(
        &self,
        rate: u64,
        work: impl Future<Output = Result<T, E>> + Send,
        failure: impl FnOnce(bool) -> E + Send,
    ) -> Result<T, E> {
        match self.fate(rate).await {
            Fate::Works => work.await,
            Fate::FailsBefore => Err(failure(false)),
            Fate::FailsAfter => {
                work.await?;
                Err(failure(true))
            }
            Fate::DiesBefore => self.die().await,
            Fate::DiesAfter => {
                drop(work.await);
                self.die().await
            }
        }
    }

    fn read_error(&self) -> ReadError {
        if self.chance.one_in(2) { ReadError::Unavailable } else { ReadError::Busy { retry_after: Duration::from_secs(1) } }
    }

    /// One that was done is unknown to be; one that was not may be too.
    fn commit_error(&self, is_done: bool) -> CommitError {
        match self.chance.below(3) {
            _ if is_done => CommitError::Unknown,
            0 => CommitError::Unknown,
            1 => CommitError::Busy { retry_after: Duration::from_secs(1) },
            _ => CommitError::Unavailable,
        }
    }
}

/// A store, a queue, a vault, a mail service and an erasure log over the line of one process.
pub struct Ports(pub Arc<Line>);

#[async_trait]
impl Documents for Ports {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        let line = &self.0;
        line.through(line.rates.reads, line.outside.documents.read(container, partition, id), |_| line.read_error()).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let line = &self.0;
        line.through(line.rates.reads, line.outside.documents.list(container, partition, prefix, part, page), |_| line.read_error()).await
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        let line = &self.0;
        let work = line.outside.documents.commit(container, partition, operations);
        line.through(line.rates.commits, work, |is_done| line.commit_error(is_done)).await
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        let line = &self.0;
        line.through(line.rates.reads, line.outside.documents.scan(container, prefix, part, page), |_| line.read_error()).await
    }
}

#[async_trait]
impl Queue for Ports {
    async fn send(&self, text: &QueueText, delay: Duration) -> Result<(), QueueError> {
        let line = &self.0;
        let work = async {
            line.outside.send(text.as_str(), delay);
            // It may be delivered twice.
            if line.on.load(Ordering::Relaxed) && line.chance.one_in(line.rates.queue) {
                line.outside.send(text.as_str(), delay);
            }
            Ok(())
        };
        line.through(line.rates.queue, work, |_| QueueError).await
    }
}

#[async_trait]
impl Mailer for Ports {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let line = &self.0;
        let work = async {
            line.outside.post(letter);
            Ok(())
        };
        line.through(line.rates.mailer, work, |_| MailError::TryAgain { retry_after: Duration::from_secs(5) }).await
    }
}

#[async_trait]
impl KeyWrap for Ports {
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError> {
        let line = &self.0;
        line.through(line.rates.vault, async { Ok(line.outside.wrap(key)) }, |_| KeyWrapError::Unavailable).await
    }

    async fn wrap_beside(&self, key: &Secret<[u8; 32]>, _: &Wrapped) -> Result<Wrapped, KeyWrapError> {
        self.wrap(key).await
    }

    async fn unwrap(&self, wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError> {
        let line = &self.0;
        let busy = KeyWrapError::Busy { retry_after: Duration::from_secs(1) };
        line.through(line.rates.vault, async { Outside::unwrap(wrapped) }, |_| busy).await
    }

    async fn newest_version(&self) -> Result<KekVersion, KeyWrapError> {
        let line = &self.0;
        line.through(line.rates.vault, async { Ok(line.outside.newest_version()) }, |_| KeyWrapError::Unavailable).await
    }
}

#[async_trait]
impl ErasureLog for Ports {
    async fn append(&self, line: &ErasureLine) -> Result<(), ErasureLogError> {
        let (written, line) = (line.as_str(), &self.0);
        let work = async {
            line.outside.append(written);
            Ok(())
        };
        line.through(line.rates.erasures, work, |_| ErasureLogError).await
    }

    async fn lines(&self) -> Result<Vec<String>, ErasureLogError> {
        let line = &self.0;
        line.through(line.rates.erasures, async { Ok(line.outside.lines()) }, |_| ErasureLogError).await
    }
}
