//! A commit as a transactional batch, and the outcome of each operation in its response.

use super::{
    document::{WrittenRow, quoted, unquoted},
    failure::{Failure, Operation as Asked, Tries, may_have_happened},
};
use crate::ports::{CommitError, Container, DocumentId, Draft, Etag, Operation, Partition};
use azure_data_cosmos::{
    CosmosError, TransactionalBatch,
    diagnostics::DiagnosticsContext,
    models::TransactionalBatchOperationResult,
    options::{BatchDeleteOptions, BatchReplaceOptions, Precondition},
};
use std::{collections::HashMap, time::Duration};

/// The service's status for an operation that was undone because of another one.
const FAILED_DEPENDENCY: u16 = 424;
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The operations of one commit.
pub struct Batch<'a> {
    pub partition: &'a Partition,
    pub operations: &'a [Operation],
    /// Etags of expired documents that creations of this batch replace.
    corpses: HashMap<usize, Etag>,
}

/// Why nothing was written, or why that is not known.
pub struct Refusal {
    /// The error for the caller, if nothing changes it.
    pub error: CommitError,
    /// Whether an earlier attempt, or this one, may have been applied although no response said so.
    pub in_doubt: bool,
    at: Option<usize>,
}

impl Refusal {
    pub const fn certain(error: CommitError) -> Self {
        Self { error, in_doubt: false, at: None }
    }

    /// Classifies an error of the whole batch.
    pub fn of(container: Container, error: &CosmosError) -> Self {
        let failure = Failure::of(Asked::Commit, container, error);
        let in_doubt = failure.may_have_happened;
        let error = if in_doubt { CommitError::Unknown } else { failure.commit_error() };
        Self { error, in_doubt, at: None }
    }
}

impl<'a> Batch<'a> {
    /// These operations, all or none.
    pub fn of(partition: &'a Partition, operations: &'a [Operation]) -> Self {
        Self { partition, operations, corpses: HashMap::new() }
    }

    /// The request, with expiries counted from `now` (Unix milliseconds).
    pub fn request(&self, now: i64) -> Result<TransactionalBatch, Refusal> {
        let mut batch = TransactionalBatch::new(self.partition.as_str().to_owned());
        for (at, operation) in self.operations.iter().enumerate() {
            batch = self.add(batch, at, operation, now).map_err(|_| Refusal::certain(CommitError::Unavailable))?;
        }
        Ok(batch)
    }

    fn add(&self, batch: TransactionalBatch, at: usize, operation: &Operation, now: i64) -> Result<TransactionalBatch, CosmosError> {
        let row = |draft| WrittenRow::of(self.partition, draft, now);
        let replace = |batch: TransactionalBatch, draft, etag| {
            let options = BatchReplaceOptions::default().with_precondition(matching(etag));
            batch.replace_item(id_of(draft), row(draft), Some(options))
        };
        match (operation, self.corpses.get(&at)) {
            (Operation::Create(draft), None) => batch.create_item(row(draft)),
            (Operation::Create(draft), Some(corpse)) => replace(batch, draft, corpse),
            (Operation::Replace { draft, if_match }, _) => replace(batch, draft, if_match),
            (Operation::Put(draft), _) => batch.upsert_item(row(draft), None),
            (Operation::Delete { id, if_match: None }, _) => Ok(batch.delete_item(id.to_string(), None)),
            (Operation::Delete { id, if_match: Some(etag) }, _) => {
                Ok(batch.delete_item(id.to_string(), Some(BatchDeleteOptions::default().with_precondition(matching(etag)))))
            }
        }
    }

    /// The new etags, or the first operation that was refused. The response to a refused batch is a 207 with a status for each operation,
    /// not an error.
    pub fn etags(
        &self,
        results: &[TransactionalBatchOperationResult],
        diagnostics: &DiagnosticsContext,
    ) -> Result<Vec<Option<Etag>>, Refusal> {
        let refused = results.iter().position(|result| !result.is_success() && result.status_code() != FAILED_DEPENDENCY);
        if let Some(at) = refused {
            let in_doubt = may_have_happened(diagnostics, Tries::Earlier);
            return Err(Refusal { error: meaning(&results[at]), in_doubt, at: Some(at) });
        }
        if results.len() != self.operations.len() || !results.iter().all(TransactionalBatchOperationResult::is_success) {
            return Err(Refusal { error: CommitError::Unknown, in_doubt: true, at: None });
        }
        let etag = |(operation, result): (&Operation, &TransactionalBatchOperationResult)| match operation {
            Operation::Delete { .. } => None,
            Operation::Create(_) | Operation::Replace { .. } | Operation::Put(_) => result.etag().map(unquoted),
        };
        Ok(self.operations.iter().zip(results).map(etag).collect())
    }

    /// The id whose creation was refused because it is taken.
    pub fn in_the_way(&self, refusal: &Refusal) -> Option<DocumentId> {
        match (refusal.error, refusal.at.map(|at| &self.operations[at])) {
            (CommitError::Conflict, Some(Operation::Create(draft))) => Some(draft.id.clone()),
            _ => None,
        }
    }

    /// Whether the refused operation was to replace an expired document that no longer exists; it then becomes a plain creation again. When
    /// the outcome is in doubt, this very commit may have replaced the document.
    pub fn lost_corpse(&mut self, refusal: &Refusal) -> bool {
        let is_gone = !refusal.in_doubt && matches!(refusal.error, CommitError::Stale | CommitError::Missing);
        is_gone && refusal.at.is_some_and(|at| self.corpses.remove(&at).is_some())
    }

    /// Turns the refused creation into the replacement of an expired document.
    pub fn replace_corpse(&mut self, refusal: &Refusal, etag: Etag) {
        self.corpses.extend(refusal.at.map(|at| (at, etag)));
    }
}

fn matching(etag: &Etag) -> Precondition {
    Precondition::if_match(quoted(etag))
}

fn id_of(draft: &Draft) -> String {
    draft.id.to_string()
}

fn meaning(result: &TransactionalBatchOperationResult) -> CommitError {
    match result.status_code() {
        404 => CommitError::Missing,
        409 => CommitError::Conflict,
        412 => CommitError::Stale,
        429 | 449 => CommitError::Busy { retry_after: result.retry_after().unwrap_or(RETRY_AFTER).max(RETRY_AFTER) },
        _ => CommitError::Unavailable,
    }
}
