//! Re-seals existing documents: the same content, for the same place, under the key that now seals.
//!
//! What is due follows from the documents alone: every part that names an older key. A run can therefore be killed at any point and started
//! again. A document is replaced by its etag, so a concurrent write is never undone. The MACs and digests over documents (chains, steps,
//! audit trails, markers of record locations and of advisers) cover the content, which does not change. That is why re-sealing needs no
//! authority: it takes no content from a caller and can only write back what the stored document holds, where it was stored.

use super::{
    rotation::{KnownKey, SealingScope, newest_active},
    sealing::{KeyScope, Sealing},
};
use crate::store::{error::StoreError, retries::MAX_ATTEMPTS};
use crate::{
    crypto::{
        envelope::{self, EnvelopeContext, Part, Sealed, Unopened},
        key_record::KeyState,
    },
    domain::ids::{KeyId, WriteId},
    ports::{Body, CommitError, Container, DocumentId, Draft, Listed, Operation, Partition, Stored},
};
use std::collections::HashSet;

/// The keys of a scope, for re-sealing existing documents under the newest.
pub struct Resealing<'a> {
    sealing: &'a Sealing,
    scope: KeyScope,
    /// Only the id: a round may take longer than a key may stay in memory.
    seals: KeyId,
    older: HashSet<KeyId>,
}

/// The outcome for one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is under the newest key: re-sealed here, or written concurrently by another process.
    Done,
    /// It is gone or has expired.
    Gone,
    /// Concurrent writes were faster each time; it is still due.
    Overtaken,
}

impl<'a> Resealing<'a> {
    /// Prepares re-sealing in this scope; `None` when no key is older than the one that seals.
    ///
    /// The newest key is determined from `keys` and not from the cache, which may hold its predecessor for a while.
    pub fn of(sealing: &'a Sealing, scope: SealingScope, keys: &[KnownKey]) -> Option<Self> {
        let newest = newest_active(keys)?;
        let is_older = |key: &&KnownKey| key.id != newest.id && key.state != KeyState::Active;
        let older: HashSet<KeyId> = keys.iter().filter(is_older).map(|key| key.id).collect();
        if older.is_empty() {
            return None;
        }
        Some(Self { sealing, scope: scope.scope(), seals: newest.id, older })
    }

    /// Whether a listed part names an older key. A part that is not an envelope names none.
    pub fn is_due(&self, item: &Listed) -> bool {
        item.part.as_ref().is_some_and(|part| self.names_older(part))
    }

    /// Re-seals all parts of a document if one of them is due.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when a part is damaged; the document is left as it is.
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
                // Written concurrently, or the response was lost: reading it again settles which.
                Err(CommitError::Stale | CommitError::Conflict | CommitError::Unknown) => {}
                Err(other) => return Err(other.into()),
            }
        }
        // Not OVERTAKEN, which would end the round: this document is due in the next one.
        Ok(Outcome::Overtaken)
    }

    fn names_older(&self, part: &Unopened) -> bool {
        part.key_id().is_ok_and(|id| self.older.contains(&id))
    }

    /// The document re-sealed with its remaining time to live; `None` when it has expired.
    async fn draft(&self, container: Container, stored: &Stored) -> Result<Option<Draft>, StoreError> {
        let left = stored.expires_at.map(|end| end.duration_since(self.sealing.clock.now()).as_millis());
        let ttl = match left {
            Some(..=0) => return Ok(None),
            // Rounded up: a document expires a moment late rather than too early.
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

    /// Opens a part and re-seals it for the same place. The plaintext goes nowhere else.
    async fn again(&self, container: Container, stored: &Stored, part: Part, sealed: &Unopened) -> Result<Sealed, StoreError> {
        let place =
            EnvelopeContext { container: container.name(), partition: stored.partition.as_str(), document: stored.id.as_str(), part };
        let plaintext = self.sealing.open(self.scope, place, sealed).await?;
        let seals = self.sealing.key(self.scope, self.seals).await?;
        Ok(envelope::seal(&seals, self.sealing.random_bytes(), place, &plaintext))
    }
}
