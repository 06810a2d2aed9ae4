//! Whether a commit whose answer was lost happened: its write ids tell.
//!
//! The SDK repeats a write whose answer was lost, and the repetition is refused for what the first one did. And a time-out leaves
//! everything open. In both cases the documents are read back: one that carries a write id of this commit proves that it happened.

use super::cosmos_batch::Refusal;
use crate::{
    domain::ids::WriteId,
    ports::{CommitError, DocumentId, Etag, Operation},
};

/// What is known of the documents that a commit wrote, or did not.
pub struct Settlement<'a> {
    operations: &'a [Operation],
    found: Vec<(WriteId, Etag)>,
}

impl<'a> Settlement<'a> {
    /// Nothing is known yet.
    pub const fn of(operations: &'a [Operation]) -> Self {
        Self { operations, found: Vec::new() }
    }

    /// The documents to read back, with the write id that each would have.
    pub fn questions(&self) -> Vec<(DocumentId, WriteId)> {
        let drafts = self.operations.iter().filter_map(|operation| match operation {
            Operation::Create(draft) | Operation::Replace { draft, .. } => Some((draft.id.clone(), draft.write_id)),
            Operation::Delete { .. } => None,
        });
        drafts.collect()
    }

    /// What one of them is now.
    pub fn answer(&mut self, written: WriteId, stored: Option<(WriteId, Etag)>) {
        self.found.extend(stored.filter(|(stored, _)| *stored == written));
    }

    /// The outcome of the commit. A version that somebody replaced since gets an etag that nothing matches: it is stale already.
    pub fn conclusion(self, refusal: &Refusal) -> Result<Vec<Option<Etag>>, CommitError> {
        if self.found.is_empty() {
            return Err(self.without_proof(refusal));
        }
        let etag = |operation: &Operation| match operation {
            Operation::Delete { .. } => None,
            Operation::Create(draft) | Operation::Replace { draft, .. } => {
                let now = self.found.iter().find(|(write_id, _)| *write_id == draft.write_id);
                Some(now.map_or_else(|| Etag(format!("replaced-{}", draft.write_id)), |(_, etag)| etag.clone()))
            }
        };
        Ok(self.operations.iter().map(etag).collect())
    }

    /// Deletions leave no write id behind, and a document may have been replaced twice: then only the caller can tell.
    fn without_proof(&self, refusal: &Refusal) -> CommitError {
        let creates = self.operations.iter().any(|operation| matches!(operation, Operation::Create(_)));
        if creates { refusal.error } else { CommitError::Unknown }
    }
}
