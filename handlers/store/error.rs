//! Why the store could not do what it was asked, for all repositories.

use crate::{
    crypto::{envelope::OpenError, key_record::BadKeyRecord},
    ports::{CommitError, ErasureLogError, KeyWrapError, ReadError},
};
use std::time::Duration;

/// A failure of the store. None of its texts contains stored data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("the database is busy")]
    Busy {
        /// When to retry.
        retry_after: Duration,
    },
    /// Not reachable, full or read-only.
    #[error("the database is not available")]
    Unavailable,
    /// It could not be determined whether the write happened.
    #[error("whether the write happened is not known")]
    Unknown,
    /// Something changed since it was read, or exists or is gone unexpectedly.
    #[error("the document has changed")]
    Stale,
    /// What the change rests on no longer holds: nothing was written.
    #[error("what the change rests on holds no more")]
    Refused,
    /// A part was committed before the database refused the rest.
    #[error("a part of it was committed")]
    HalfDone {
        /// Whether what was asked for took effect all the same; if not, the committed part has no effect.
        done: bool,
    },
    /// Damaged, moved or forged.
    #[error("a stored document does not open")]
    DoesNotOpen,
    /// A cursor that was not issued for this listing.
    #[error("the cursor does not belong to this listing")]
    BadCursor,
    /// The key-encryption key is not available.
    #[error("{0}")]
    Keys(KeyWrapError),
}

impl StoreError {
    /// Marks a failure that came after what was asked for had been committed, or recorded for maintenance to finish.
    pub const fn but_done(self) -> Self {
        self.after_a_commit(true)
    }

    /// Marks a failure that came after a first commit that has no effect without the second.
    pub const fn and_not_done(self) -> Self {
        self.after_a_commit(false)
    }

    const fn after_a_commit(self, done: bool) -> Self {
        match self {
            Self::Busy { .. } | Self::Unavailable | Self::Unknown | Self::Stale | Self::Keys(_) => Self::HalfDone { done },
            Self::HalfDone { .. } | Self::Refused | Self::DoesNotOpen | Self::BadCursor => self,
        }
    }
}

impl From<ReadError> for StoreError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Busy { retry_after } => Self::Busy { retry_after },
            ReadError::Unavailable => Self::Unavailable,
            ReadError::BadCursor => Self::BadCursor,
        }
    }
}

impl From<CommitError> for StoreError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict | CommitError::Stale | CommitError::Missing => Self::Stale,
            CommitError::Busy { retry_after } => Self::Busy { retry_after },
            CommitError::Unavailable => Self::Unavailable,
            CommitError::Unknown => Self::Unknown,
        }
    }
}

impl From<ErasureLogError> for StoreError {
    fn from(_: ErasureLogError) -> Self {
        Self::Unavailable
    }
}

impl From<OpenError> for StoreError {
    fn from(_: OpenError) -> Self {
        Self::DoesNotOpen
    }
}

impl From<BadKeyRecord> for StoreError {
    fn from(_: BadKeyRecord) -> Self {
        Self::DoesNotOpen
    }
}

impl From<KeyWrapError> for StoreError {
    fn from(error: KeyWrapError) -> Self {
        match error {
            KeyWrapError::Corrupt => Self::DoesNotOpen,
            KeyWrapError::Busy { retry_after } => Self::Busy { retry_after },
            KeyWrapError::Forbidden | KeyWrapError::Disabled | KeyWrapError::Unavailable => Self::Keys(error),
        }
    }
}
