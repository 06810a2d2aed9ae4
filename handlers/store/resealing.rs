//! Sealing what is there anew: the same content, for the same place, under the key that seals now.
//!
//! What is due follows from the documents alone: whatever names an older key. So this may be killed anywhere and begun again. A
//! document is replaced by its etag, so a write that comes in between is never undone; and what vouches for documents (chains, steps,
//! trails, markers of shelves and of advisers) is about their content, which stays. So it rests on nobody's right: it takes no content
//! from anybody, and has no way to write another one than the stored document says, or elsewhere than that lies.

use super::{
    error::StoreError,
    key_rotation::{KnownKey, SealingScope, newest_active},
    sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::{
        envelope::{self, EnvelopeContext, Part, Sealed, Unopened},
        key_record::KeyState,
    },
    domain::ids::{KeyId, WriteId},
    ports::{Body, CommitError, Container, DocumentId, Draft, Listed, Operation, Partition, Stored},
};
use std::collections::HashSet;

/// Times that a document is read again because somebody wrote it meanwhile.
const MAX_ATTEMPTS: usize = 8;

/// The keys of a scope, for sealing what is there under the newest.
pub struct Resealing<'a> {
    sealing: &'a Sealing,
    scope: KeyScope,
    /// By its id: a round may take longer than a key may be in memory.
    seals: KeyId,
    older: HashSet<KeyId>,
}

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is under the newest key: sealed anew here, or written by somebody else meanwhile.
    Done,
    /// It is gone, or its time is over.
    Gone,
    /// Others wrote it faster than it could be read: it is due still.
    Overtaken,
}

impl<'a> Resealing<'a> {
    /// Prepares to seal anew in this scope; `None` where no key is older than the one that seals.
    ///
    /// The newest key is looked for among these and not taken from memory, where the one before it may be for a while.
    pub fn of(sealing: &'a Sealing, scope: SealingScope, keys: &[KnownKey]) -> Option<Self> {
        let newest = newest_active(keys)?;
        let is_older = |key: &&KnownKey| key.id != newest.id && key.state != KeyState::Active;
        let older: HashSet<KeyId> = keys.iter().filter(is_older).map(|key| key.id).collect();
        if older.is_empty() {
            return None;
        }
        Some(Self { sealing, scope: scope.scope(), seals: newest.id, older })
    }

    /// Whether a listed part names an older key. What is no envelope names none.
    pub fn is_due(&self, item: &Listed) -> bool {
        item.part.as_ref().is_some_and(|part| self.names_older(part))
    }

    /// Seals all parts of a document anew, if one of them is due.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when a part is damaged: it stays as it is.
    pub async fn reseal(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Outcome, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(stored) = self.sealing.documents.read(container, partition, id).await? else {
                return Ok(Outcome::Gone);
            };
            if !self.names_older(&stored.body) && !stored.summary.as_ref().is_some_and(|summary| self.names_older(summary)) {
                return Ok(Outcome::Done);
            }
            let Some(draft) = self.draft(container, &stored).await? else {
                return Ok(Outcome::Gone);
            };
            let replace = Operation::Replace { draft, if_match: stored.etag };
            match self.sealing.documents.commit(container, partition, vec![replace]).await {
                Ok(_) => return Ok(Outcome::Done),
                Err(CommitError::Missing) => return Ok(Outcome::Gone),
                // Somebody else wrote it, or its answer was lost: reading it tells.
                Err(CommitError::Stale | CommitError::Conflict | CommitError::Unknown) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(Outcome::Overtaken)
    }

    fn names_older(&self, part: &Unopened) -> bool {
        part.key_id().is_ok_and(|id| self.older.contains(&id))
    }

    /// The document as it is, sealed anew, with what is left of its time; `None` when nothing is.
    async fn draft(&self, container: Container, stored: &Stored) -> Result<Option<Draft>, StoreError> {
        let left = stored.expires_at.map(|end| end.duration_since(self.sealing.clock.now()).as_millis());
        let ttl = match left {
            Some(..=0) => return Ok(None),
            // Rounded up: a document goes a moment late rather than too early.
            Some(milliseconds) => Some(u32::try_from((milliseconds + 999) / 1000).unwrap_or(u32::MAX)),
            None => None,
        };
        let body = Body::Sealed(self.again(container, stored, Part::Body, &stored.body).await?);
        let summary = match &stored.summary {
            Some(summary) => Some(self.again(container, stored, Part::Summary, summary).await?),
            None => None,
        };
        let write_id = WriteId::from_random(self.sealing.random_bytes());
        Ok(Some(Draft { id: stored.id.clone(), write_id, summary, body, ttl }))
    }

    /// Opens a part and seals it again for the same place. The content goes nowhere else.
    async fn again(&self, container: Container, stored: &Stored, part: Part, sealed: &Unopened) -> Result<Sealed, StoreError> {
        let place =
            EnvelopeContext { container: container.name(), partition: stored.partition.as_str(), document: stored.id.as_str(), part };
        let plaintext = self.sealing.open(self.scope, place, sealed).await?;
        let seals = self.sealing.key(self.scope, self.seals).await?;
        Ok(envelope::seal(&seals, self.sealing.random_bytes(), place, &plaintext))
    }
}
