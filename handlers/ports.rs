//! What FinRust needs from the world: seven small traits, each with a closed set of failures.
//!
//! The database port takes sealed bodies only, so that no code path can write plaintext (P3).

use crate::{
    crypto::envelope::{Part, Sealed, Unopened},
    domain::{credentials::EmailAddress, erasure_log::ErasureLine, ids::MailId},
    secret::Secret,
};
pub use crate::{
    crypto::key_record::{KekVersion, Wrapped},
    documents::{
        Body, Container, Cursor, DocumentId, Draft, Etag, Listed, Listing, MAX_COMMIT_BYTES, MAX_OPERATIONS, Operation, Order, Page,
        Partition, Stored,
    },
};
use async_trait::async_trait;
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// The world as FinRust sees it.
pub struct Ports {
    pub documents: Arc<dyn Documents>,
    pub key_wrap: Arc<dyn KeyWrap>,
    pub queue: Arc<dyn Queue>,
    pub mailer: Arc<dyn Mailer>,
    /// The log of erasures.
    pub erasures: Arc<dyn ErasureLog>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// The database, shaped by what Cosmos DB does well inside one logical partition.
///
/// Reads see the latest committed write, also one of another instance. Expired documents are never seen.
#[async_trait]
pub trait Documents: Send + Sync {
    /// The document, or `None`.
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError>;

    /// One part of the documents of a partition whose id starts with `prefix`, in id order, a page at a time.
    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError>;

    /// All operations or none, in one round trip; at most [`MAX_OPERATIONS`]. Answers the new etags in the order of the
    /// operations (`None` for a deletion).
    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError>;

    /// Like [`Documents::list`] over all partitions, in (partition, id) order. For maintenance and the officer's account list.
    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError>;
}

/// Documents over others, which do whatever is not done here.
#[async_trait]
pub trait DocumentsOver: Send + Sync {
    fn inner(&self) -> &dyn Documents;

    /// Comes before the others are read, listed or scanned; `id` is that of the one document that is read.
    async fn before_reading(&self, _container: Container, _id: Option<&DocumentId>) -> Result<(), ReadError> {
        Ok(())
    }

    /// Commits, as [`Documents::commit`] does.
    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        self.inner().commit(container, partition, operations).await
    }
}

#[async_trait]
impl<Over: DocumentsOver> Documents for Over {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        self.before_reading(container, Some(id)).await?;
        self.inner().read(container, partition, id).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.before_reading(container, None).await?;
        self.inner().list(container, partition, prefix, part, page).await
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        self.commit_over(container, partition, operations).await
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.before_reading(container, None).await?;
        self.inner().scan(container, prefix, part, page).await
    }
}

/// Why a read failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the database is busy")]
    Busy {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// Not reachable or not able to answer.
    #[error("the database is not available")]
    Unavailable,
    /// The cursor is not one that this store gave out.
    #[error("the cursor does not belong to this listing")]
    BadCursor,
}

/// Why a commit changed nothing, or may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A document to be created exists.
    #[error("the document exists already")]
    Conflict,
    /// A document changed since it was read.
    #[error("the document has changed")]
    Stale,
    /// A document to be replaced or deleted does not exist.
    #[error("the document does not exist")]
    Missing,
    /// Throttled or locked: nothing was written.
    #[error("the database is busy")]
    Busy {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// Not reachable, full or read-only: nothing was written.
    #[error("the database is not available")]
    Unavailable,
    /// The answer was lost: written or not, the caller has to read again.
    #[error("whether the write happened is not known")]
    Unknown,
}

/// Wraps data keys under the key-encryption key, which never leaves its place.
#[async_trait]
pub trait KeyWrap: Send + Sync {
    /// Wraps under the newest version.
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError>;

    /// Wraps under the newest version of the very key that opens `opened`: whatever was put in its place meanwhile wraps nothing, or what it
    /// has wrapped would be lost when the right one is back.
    async fn wrap_beside(&self, key: &Secret<[u8; 32]>, opened: &Wrapped) -> Result<Wrapped, KeyWrapError>;

    /// Unwraps under the version that wrapped it.
    async fn unwrap(&self, wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError>;

    /// The version that [`KeyWrap::wrap`] would use now.
    async fn newest_version(&self) -> Result<KekVersion, KeyWrapError>;
}

/// Why a key could not be wrapped or unwrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyWrapError {
    /// The identity of this process may not use the key.
    #[error("use of the key-encryption key is forbidden")]
    Forbidden,
    /// The key or this version of it is disabled, deleted or expired.
    #[error("the key-encryption key is disabled")]
    Disabled,
    /// Wrapped by another key, or damaged.
    #[error("the data key does not unwrap")]
    Corrupt,
    #[error("the key service is busy")]
    Busy {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    #[error("the key service is not available")]
    Unavailable,
}

/// Announces work to be done outside the request. At least once, in no order.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Makes `text` visible to the worker after `delay`.
    async fn send(&self, text: &QueueText, delay: Duration) -> Result<(), QueueError>;
}

/// How often a message is handed out before it is set aside: `maxDequeueCount` in `host.json`, and the embedded twin's own.
pub const MAX_DEQUEUES: u32 = 5;

/// The announcement could not be left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue is not available")]
pub struct QueueError;

/// The text of a queue message: sealed, so it can be neither read nor forged; base64url, so no host takes it for JSON.
#[derive(Clone)]
pub struct QueueText(String);

impl QueueText {
    /// The text of a sealed job.
    pub fn of(sealed: &Sealed) -> Self {
        Self(BASE64URL_NOPAD.encode(sealed.as_bytes()))
    }

    /// The text to send.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a received text carries, or `None` when it is no such text at all.
    pub fn decode(text: &str) -> Option<Unopened> {
        BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok().map(Unopened::new)
    }
}

/// Hands letters to the mail service.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends `letter`; a repeat with the same id is sent once where the service can tell.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

/// A mail, ready to send.
pub struct Letter {
    pub id: MailId,
    pub to: EmailAddress,
    /// Subject line, a constant per kind and language.
    pub subject: String,
    pub text: String,
    /// The same as simple HTML.
    pub html: String,
}

/// Why a letter was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    #[error("the mail service asks to try again")]
    TryAgain {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    #[error("the mail service refuses this mail")]
    Never,
}

/// Keeps the log of erasures outside the database, where putting the database back older does not change it.
#[async_trait]
pub trait ErasureLog: Send + Sync {
    /// Adds a line, which is kept for good when this answers. A line whose answer was lost may be in the log twice; that says no more
    /// than once.
    async fn append(&self, line: &ErasureLine) -> Result<(), ErasureLogError>;

    /// All lines, oldest first, as they are: whoever reads them asks who vouches for them.
    async fn lines(&self) -> Result<Vec<String>, ErasureLogError>;
}

/// The log of erasures can be neither written nor read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log of erasures is not available")]
pub struct ErasureLogError;

/// The time.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Randomness fit for keys (NIST SP 800-90A or better).
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
