//! The external dependencies of FinRust: seven small traits, each with a closed set of failures.
//!
//! The database port accepts sealed bodies only, so that no code path can write plaintext (P3).

use crate::{
    crypto::envelope::{Part, Sealed, Unopened},
    domain::{clients::erasure_log::ErasureLine, ids::MailId, sign_in::credentials::EmailAddress},
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

/// All external dependencies.
pub struct Ports {
    pub documents: Arc<dyn Documents>,
    pub key_wrap: Arc<dyn KeyWrap>,
    pub queue: Arc<dyn Queue>,
    pub mailer: Arc<dyn Mailer>,
    /// The erasure log.
    pub erasures: Arc<dyn ErasureLog>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// The database, designed around what Cosmos DB does well within one logical partition.
///
/// Reads return the latest committed write, including one by another instance. Expired documents are never returned.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Reads a document; `None` when it does not exist.
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError>;

    /// Lists one part of the documents of a partition whose id starts with `prefix`, in id order, one page at a time.
    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError>;

    /// Commits all operations or none, in one round trip; at most [`MAX_OPERATIONS`]. Returns the new etags in the order of the
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

/// A decorator of another [`Documents`], to which it delegates by default.
#[async_trait]
pub trait DocumentsOver: Send + Sync {
    fn inner(&self) -> &dyn Documents;

    /// Called before the inner store is read, listed or scanned; `id` is set when a single document is read.
    async fn before_reading(&self, _container: Container, _id: Option<&DocumentId>) -> Result<(), ReadError> {
        Ok(())
    }

    /// Commits like [`Documents::commit`].
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
        /// When to retry.
        retry_after: Duration,
    },
    /// Unreachable or unable to answer.
    #[error("the database is not available")]
    Unavailable,
    /// The cursor was not issued by this store.
    #[error("the cursor does not belong to this listing")]
    BadCursor,
}

/// Why a commit changed nothing, or may have changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A document to be created already exists.
    #[error("the document exists already")]
    Conflict,
    /// A document has changed since it was read.
    #[error("the document has changed")]
    Stale,
    /// A document to be replaced or deleted does not exist.
    #[error("the document does not exist")]
    Missing,
    /// Throttled or locked: nothing was written.
    #[error("the database is busy")]
    Busy {
        /// When to retry.
        retry_after: Duration,
    },
    /// Unreachable, full or read-only: nothing was written.
    #[error("the database is not available")]
    Unavailable,
    /// The response was lost: the caller has to read again to find out whether it was written.
    #[error("whether the write happened is not known")]
    Unknown,
}

/// Wraps data keys under the key-encryption key, which never leaves its key service.
#[async_trait]
pub trait KeyWrap: Send + Sync {
    /// Wraps under the newest version of the key-encryption key.
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError>;

    /// Wraps under the newest version of the same key that opens `opened`: if another key has replaced it in the meantime, that key must
    /// not wrap anything, since its wrapped keys would be lost once the right one is restored.
    async fn wrap_beside(&self, key: &Secret<[u8; 32]>, opened: &Wrapped) -> Result<Wrapped, KeyWrapError>;

    /// Unwraps with the version that wrapped it.
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
        /// When to retry.
        retry_after: Duration,
    },
    #[error("the key service is not available")]
    Unavailable,
}

/// Queues work to be done outside the request. Delivery is at-least-once and unordered.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Makes `text` visible to the worker after `delay`.
    async fn send(&self, text: &QueueText, delay: Duration) -> Result<(), QueueError>;
}

/// Maximum number of delivery attempts before a message is set aside: `maxDequeueCount` in `host.json`, and the same in the embedded
/// queue.
pub const MAX_DEQUEUES: u32 = 5;

/// The message could not be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue is not available")]
pub struct QueueError;

/// The text of a queue message: sealed, so it can be neither read nor forged; base64url, so that no host mistakes it for JSON.
#[derive(Clone)]
pub struct QueueText(String);

impl QueueText {
    /// Encodes a sealed job.
    pub fn of(sealed: &Sealed) -> Self {
        Self(BASE64URL_NOPAD.encode(sealed.as_bytes()))
    }

    /// The text to send.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Decodes a received text; `None` when it is not in this form.
    pub fn decode(text: &str) -> Option<Unopened> {
        BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok().map(Unopened::new)
    }
}

/// Passes mails to the mail service.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends `letter`; a repetition with the same id is sent only once if the service supports that.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

/// A mail, ready to send.
pub struct Letter {
    pub id: MailId,
    pub to: EmailAddress,
    /// Subject line, a constant per kind and language.
    pub subject: String,
    pub text: String,
    /// The same text as simple HTML.
    pub html: String,
}

/// Why a mail was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    #[error("the mail service asks to try again")]
    TryAgain {
        /// When to retry.
        retry_after: Duration,
    },
    #[error("the mail service refuses this mail")]
    Never,
}

/// Stores the erasure log outside the database, so that restoring an older database does not affect it.
#[async_trait]
pub trait ErasureLog: Send + Sync {
    /// Appends a line, which is durable when this returns. A line whose response was lost may be in the log twice; that has no further
    /// effect.
    async fn append(&self, line: &ErasureLine) -> Result<(), ErasureLogError>;

    /// Returns all lines unverified, oldest first: the caller has to authenticate them.
    async fn lines(&self) -> Result<Vec<String>, ErasureLogError>;
}

/// The erasure log can currently be neither read nor written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log of erasures is not available")]
pub struct ErasureLogError;

/// The time.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Cryptographically secure randomness, fit for keys (NIST SP 800-90A or better).
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
