//! Why the store could not do what it was asked, for every repository alike.

use crate::{
    crypto::{envelope::OpenError, key_record::BadKeyRecord},
    ports::{CommitError, ErasureLogError, KeyWrapError, ReadError},
};
use std::time::Duration;

/// A failure of the store. None of its texts holds anything that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("the database is busy")]
    Busy {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// Not reachable, full or read-only.
    #[error("the database is not available")]
    Unavailable,
    /// Whether the write happened could not be settled.
    #[error("whether the write happened is not known")]
    Unknown,
    /// Something changed since it was read, or exists or is gone unexpectedly.
    #[error("the document has changed")]
    Stale,
    /// What the change rests on holds no more: nothing was written.
    #[error("what the change rests on holds no more")]
    Refused,
    /// A part was committed before the database refused the rest.
    #[error("a part of it was committed")]
    HalfDone {
        /// Whether what was asked for has happened all the same; otherwise it has not, and nothing comes of the part.
        done: bool,
    },
    /// Damaged, moved or forged.
    #[error("a stored document does not open")]
    DoesNotOpen,
    /// A cursor that was not given out for this listing.
    #[error("the cursor does not belong to this listing")]
    BadCursor,
    /// The key-encryption key is out of reach.
    #[error("{0}")]
    Keys(KeyWrapError),
}

impl StoreError {
    /// This failure came after what was asked for had been committed, or has been written down so that maintenance finishes it.
    pub const fn but_done(self) -> Self {
        self.after_a_commit(true)
    }

    /// This failure came after a first commit of which nothing comes without the second.
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
