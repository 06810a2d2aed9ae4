//! Changes client files: the files, their audit entries and the marker, in one commit.
//!
//! `client_commits` makes the commit.

use super::{
    commits::NoCondition,
    files::{ClientFiles, KeptFile, Versioned},
    marker_cache::FilesThen,
};
use crate::store::{beside::Beside, error::StoreError};
use crate::{
    domain::{
        clients::{trail::AuditAction, write_right::WriteRight},
        ids::ClientId,
        sign_in::session::Adviser,
    },
    ports::Etag,
};
use jiff::Timestamp;

/// Maximum files per commit: each is a document and an audit entry, and the marker and other documents have to fit beside them.
pub const MAX_FILES: usize = 45;

/// A change of one file.
pub struct FileWrite {
    pub id: ClientId,
    /// The audit action recorded for it.
    pub deed: AuditAction,
    /// The change of its document.
    pub content: Content,
}

/// The change of the document of a file.
pub enum Content {
    New(KeptFile),
    /// Replaces the version that was read.
    Over(Etag, KeptFile),
    /// Unchanged, and still the version that was read: the audit entry never describes a version that was already superseded.
    Same(AsRead),
    Gone {
        /// The version that was read.
        if_match: Etag,
        revision: u32,
    },
}

/// The version of a file that was read.
pub struct AsRead {
    pub(in crate::store) revision: u32,
    pub(in crate::store) etag: Etag,
    pub(in crate::store) then: FilesThen,
}

impl Versioned {
    /// This version, for an audit entry about reading it.
    pub fn as_read(&self) -> AsRead {
        AsRead { revision: self.kept.revision, etag: self.etag.clone(), then: self.then }
    }
}

/// The right behind a write, and its time.
#[derive(Clone, Copy)]
pub struct Writer {
    /// The right, which the commit checks again.
    pub right: WriteRight,
    pub at: Timestamp,
}

impl Writer {
    /// A writer with the right of this adviser.
    pub fn of(adviser: &Adviser, at: Timestamp) -> Self {
        Self { right: adviser.into(), at }
    }
}

/// Why nothing was written.
#[derive(Debug, PartialEq, Eq)]
pub enum WriteRefused {
    /// An id is already in use.
    Exists,
    /// There is no such file.
    Missing,
    /// The file has changed since it was read.
    Stale,
    /// More than the database accepts in one commit; fewer files at a time may succeed.
    TooLarge,
    /// The store failed.
    Store(StoreError),
}

impl ClientFiles {
    /// Makes these changes and records them in the audit trail, all or nothing. Returns the new etags, in order.
    pub async fn write(&self, writer: Writer, writes: &[FileWrite]) -> Result<Vec<Etag>, WriteRefused> {
        self.write_with(writer, writes, &[]).await
    }

    /// Like [`ClientFiles::write`], with further documents of the same partition in the commit, none of them a file, an audit entry or the
    /// marker.
    ///
    /// # Errors
    /// [`WriteRefused`], also when one of the further documents could not be written.
    pub async fn write_with(&self, writer: Writer, writes: &[FileWrite], also: &[Beside]) -> Result<Vec<Etag>, WriteRefused> {
        let committed = self.commits.commit(writer, writes, also, &NoCondition).await;
        self.cache.forget(writer.right.scope().id());
        committed
    }
}

impl Content {
    /// The version that was read, for a file that stays unchanged.
    pub(in crate::store) const fn as_read(&self) -> Option<&AsRead> {
        match self {
            Self::Same(read) => Some(read),
            Self::New(_) | Self::Over(..) | Self::Gone { .. } => None,
        }
    }
}

impl FileWrite {
    pub(in crate::store) const fn revision(&self) -> u32 {
        match &self.content {
            Content::New(kept) | Content::Over(_, kept) => kept.revision,
            Content::Same(read) => read.revision,
            Content::Gone { revision, .. } => *revision,
        }
    }
}

impl From<StoreError> for WriteRefused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<WriteRefused> for StoreError {
    /// For callers that do not expect to conflict with another writer.
    fn from(refused: WriteRefused) -> Self {
        match refused {
            WriteRefused::Exists | WriteRefused::Missing | WriteRefused::Stale => Self::Stale,
            WriteRefused::TooLarge => Self::Unavailable,
            WriteRefused::Store(error) => error,
        }
    }
}
