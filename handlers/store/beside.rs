//! What is written beside the document whose ledger covers a partition, and what that ledger says of it from then on (`domain/ledger`).

use crate::{
    crypto::digest::digest,
    domain::{
        clients::trail::Marker,
        ids::WriteId,
        ledger::{ContentDigest, Entry},
    },
    ports::{DocumentId, Operation},
};
use jiff::Timestamp;

/// An operation of a commit in an adviser's partition (of `Container::Clients`) other than files, their audit entries and the marker.
#[derive(Clone)]
pub struct Beside {
    pub(super) operation: Operation,
    /// The ledger entry of a document that no audit trail covers.
    listed: Option<Entry>,
    /// The stamp of a record location's marker.
    shelf: Option<WriteId>,
}

impl From<Operation> for Beside {
    /// An operation on a document that other documents cover, or the deletion of any document.
    fn from(operation: Operation) -> Self {
        Self { operation, listed: None, shelf: None }
    }
}

impl Beside {
    /// Writes a document that only the ledger covers.
    pub(super) const fn listed(operation: Operation, listed: Entry) -> Self {
        Self { operation, listed: Some(listed), shelf: None }
    }

    /// Writes the marker of a record location with this stamp.
    pub(super) const fn location(operation: Operation, stamp: WriteId) -> Self {
        Self { operation, listed: None, shelf: Some(stamp) }
    }

    /// Updates the marker for this operation.
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

/// The ledger entry of a document with this plaintext.
pub(super) fn entry(id: &DocumentId, plaintext: &[u8], until: Timestamp) -> Entry {
    Entry { id: id.as_str().to_owned(), digest: content_digest(plaintext), until }
}

/// The digest of a plaintext in a ledger.
pub fn content_digest(plaintext: &[u8]) -> ContentDigest {
    ContentDigest::of_digest(&digest([plaintext]))
}
