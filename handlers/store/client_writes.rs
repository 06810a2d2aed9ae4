//! Changing client files: files, their entries in the trail and the marker, in one commit.
//!
//! How the commit is made is in `client_commits`.

use super::{
    beside::Beside,
    client_commits::NoCondition,
    client_files::{ClientFiles, KeptFile, Versioned},
    error::StoreError,
    marker_cache::FilesThen,
};
use crate::{
    domain::{ids::ClientId, session::Adviser, trail::AuditAction, write_right::WriteRight},
    ports::Etag,
};
use jiff::Timestamp;

/// Files in one commit: each is a document and an entry, and the marker and something else have to fit beside them.
pub const MAX_FILES: usize = 45;

/// A change of one file.
pub struct FileWrite {
    pub id: ClientId,
    /// What the trail calls it.
    pub deed: AuditAction,
    /// What becomes of the document.
    pub content: Content,
}

/// What becomes of the document of a file.
pub enum Content {
    New(KeptFile),
    /// It takes the place of the version that was read.
    Over(Etag, KeptFile),
    /// It stays as it is, and is as it was read: the entry tells of nothing that came to an end before it.
    Same(AsRead),
    Gone {
        /// The version that was read.
        if_match: Etag,
        revision: u32,
    },
}

/// The version of a file that somebody has read.
pub struct AsRead {
    pub(super) revision: u32,
    pub(super) etag: Etag,
    pub(super) then: FilesThen,
}

impl Versioned {
    /// This version, for an entry that tells of looking at it.
    pub fn as_read(&self) -> AsRead {
        AsRead { revision: self.kept.revision, etag: self.etag.clone(), then: self.then }
    }
}

/// By whose right something is written, and when.
#[derive(Clone, Copy)]
pub struct Writer {
    /// The right, which the commit looks at once more.
    pub right: WriteRight,
    pub at: Timestamp,
}

impl Writer {
    /// An adviser at work.
    pub fn of(adviser: &Adviser, at: Timestamp) -> Self {
        Self { right: adviser.into(), at }
    }
}

/// Why nothing was written.
#[derive(Debug, PartialEq, Eq)]
pub enum WriteRefused {
    /// An id is taken.
    Exists,
    /// There is no such file.
    Missing,
    /// The file has another version by now.
    Stale,
    /// More than the database takes in one commit: fewer at once may go.
    TooLarge,
    /// The store could not.
    Store(StoreError),
}

impl ClientFiles {
    /// Makes these changes and writes them into the trail, all or nothing. Answers the new versions, in order.
    pub async fn write(&self, writer: Writer, writes: &[FileWrite]) -> Result<Vec<Etag>, WriteRefused> {
        self.write_with(writer, writes, &[]).await
    }

    /// Like [`ClientFiles::write`], with more documents of the same partition in the commit: none that is a file, an entry of the trail
    /// or the marker.
    ///
    /// # Errors
    /// [`WriteRefused`]; also when it was one of the others that could not be written.
    pub async fn write_with(&self, writer: Writer, writes: &[FileWrite], also: &[Beside]) -> Result<Vec<Etag>, WriteRefused> {
        let committed = self.commits.commit(writer, writes, also, &NoCondition).await;
        self.cache.forget(writer.right.scope().id());
        committed
    }
}

impl Content {
    /// What was read and stays as it is.
    pub(super) const fn as_read(&self) -> Option<&AsRead> {
        match self {
            Self::Same(read) => Some(read),
            Self::New(_) | Self::Over(..) | Self::Gone { .. } => None,
        }
    }
}

impl FileWrite {
    pub(super) const fn revision(&self) -> u32 {
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
    /// For whoever did not expect to be in anybody's way.
    fn from(refused: WriteRefused) -> Self {
        match refused {
            WriteRefused::Exists | WriteRefused::Missing | WriteRefused::Stale => Self::Stale,
            WriteRefused::TooLarge => Self::Unavailable,
            WriteRefused::Store(error) => error,
        }
    }
}
