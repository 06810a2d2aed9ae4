//! Settles whether a commit whose response was lost happened, by its write ids.
//!
//! The SDK repeats a write whose response was lost, and the repetition is refused because of what the first attempt did. A time-out leaves
//! everything open. In both cases the documents are read back: one that carries a write id of this commit proves that it happened.

use super::batch::Refusal;
use crate::{
    domain::ids::WriteId,
    ports::{CommitError, DocumentId, Etag, Operation},
};

/// What is known of the documents that a commit wrote or did not write.
pub struct Settlement<'a> {
    operations: &'a [Operation],
    found: Vec<(WriteId, Etag)>,
    absent: Vec<WriteId>,
}

impl<'a> Settlement<'a> {
    /// Nothing is known yet.
    pub const fn of(operations: &'a [Operation]) -> Self {
        Self { operations, found: Vec::new(), absent: Vec::new() }
    }

    /// The documents to read back, with the write id that each would have.
    pub fn questions(&self) -> Vec<(DocumentId, WriteId)> {
        let drafts = self.operations.iter().filter_map(|operation| match operation {
            Operation::Create(draft) | Operation::Replace { draft, .. } | Operation::Put(draft) => Some((draft.id.clone(), draft.write_id)),
            Operation::Delete { .. } => None,
        });
        drafts.collect()
    }

    /// Records what one of them is now.
    pub fn answer(&mut self, written: WriteId, stored: Option<(WriteId, Etag)>) {
        match stored {
            Some(stored) if stored.0 == written => self.found.push(stored),
            Some(_) => {}
            None => self.absent.push(written),
        }
    }

    /// The outcome of the commit. A version that was replaced since gets an etag that matches nothing: it is already stale.
    pub fn conclusion(self, refusal: &Refusal) -> Result<Vec<Option<Etag>>, CommitError> {
        if self.found.is_empty() {
            return Err(self.without_proof(refusal));
        }
        let etag = |operation: &Operation| match operation {
            Operation::Delete { .. } => None,
            Operation::Create(draft) | Operation::Replace { draft, .. } | Operation::Put(draft) => {
                let now = self.found.iter().find(|(write_id, _)| *write_id == draft.write_id);
                Some(now.map_or_else(|| Etag(format!("replaced-{}", draft.write_id)), |(_, etag)| etag.clone()))
            }
        };
        Ok(self.operations.iter().map(etag).collect())
    }

    /// Deletions leave no write id behind, and a document may have been replaced twice: then only the caller can settle it. A missing
    /// document that was to be created shows that nothing has happened so far; and after a refusal because of stored data, which an earlier
    /// attempt still in flight would meet as well, nothing will. A throttled or lost repetition does not rule out such an attempt.
    fn without_proof(&self, refusal: &Refusal) -> CommitError {
        let is_absent = |operation: &Operation| matches!(operation, Operation::Create(draft) if self.absent.contains(&draft.write_id));
        let never_created = self.operations.iter().any(is_absent);
        match refusal.error {
            CommitError::Conflict | CommitError::Stale | CommitError::Missing if never_created => refusal.error,
            _ => CommitError::Unknown,
        }
    }
}
