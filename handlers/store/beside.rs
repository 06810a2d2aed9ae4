//! What is written beside the document that vouches for a partition, and what that document says of it from then on (`domain/ledger`).

use crate::{
    crypto::digest::digest,
    domain::{
        ids::WriteId,
        ledger::{ContentDigest, Entry},
        trail::Marker,
    },
    ports::{DocumentId, Operation},
};
use jiff::Timestamp;

/// An operation of a commit in an adviser's partition (of `Container::Clients`), besides files, their trail and the marker.
#[derive(Clone)]
pub struct Beside {
    pub(super) operation: Operation,
    /// Of a document that no trail tells of.
    listed: Option<Entry>,
    /// Of the marker of a shelf.
    shelf: Option<WriteId>,
}

impl From<Operation> for Beside {
    /// On what other documents tell of, or taking away whatever it is.
    fn from(operation: Operation) -> Self {
        Self { operation, listed: None, shelf: None }
    }
}

impl Beside {
    /// Writes what only the ledger tells of.
    pub(super) const fn listed(operation: Operation, listed: Entry) -> Self {
        Self { operation, listed: Some(listed), shelf: None }
    }

    /// Writes the marker of a shelf with this stamp.
    pub(super) const fn location(operation: Operation, stamp: WriteId) -> Self {
        Self { operation, listed: None, shelf: Some(stamp) }
    }

    /// What the marker says once this is done.
    pub(super) fn tell(&self, marker: &mut Marker, now: Timestamp) {
        marker.shelf = self.shelf.or(marker.shelf);
        match (&self.operation, &self.listed) {
            (Operation::Delete { id, .. }, _) => {
                marker.beside.drop(id.as_str());
            }
            (_, Some(entry)) => marker.beside.write(entry.clone(), now),
            (_, None) => {}
        }
    }
}

/// How a document with this plaintext is listed.
pub(super) fn entry(id: &DocumentId, plaintext: &[u8], until: Timestamp) -> Entry {
    Entry { id: id.as_str().to_owned(), digest: content_digest(plaintext), until }
}

/// What a ledger says of a plaintext.
pub fn content_digest(plaintext: &[u8]) -> ContentDigest {
    ContentDigest::of_digest(&digest([plaintext]))
}
