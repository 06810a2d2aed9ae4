//! Changes beside an identity that are no event: the use of a session, a pending mail that is stored or was sent, an intent that is
//! removed.
//!
//! None of them has an entry in the attempt log. Each of these commits therefore replaces the identity too, which from then on lists what
//! lies beside it: anyone who removes one of these documents, restores it, or restores an older version of it also has to restore the
//! identity, and with it the whole partition.

use super::{
    documents,
    repository::{Identities, Left},
};
use crate::store::{
    authority::Authority,
    beside::entry,
    error::StoreError,
    retries::{MAX_ATTEMPTS, OVERTAKEN},
};
use crate::{
    domain::{
        accounts::account::Identity,
        authority::SessionProof,
        ids::{IntentId, MailId},
        ledger::Notes,
        mail::PendingMail,
        sign_in::session::SessionRecord,
        stored::BlindIndex,
    },
    ports::{CommitError, Container, DocumentId, Etag, Operation},
};
use jiff::Timestamp;

impl Identities {
    /// Records that a session was used. This is not a change of the account and adds no log entry.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the account does not have this session, or not in its stored state; [`StoreError::Stale`] when the
    /// session was changed or ended concurrently.
    pub async fn touch(&self, proof: SessionProof, record: &SessionRecord, etag: Etag) -> Result<(), StoreError> {
        let (index, hash) = (proof.account(), &proof.hash());
        let now = record.last_seen_at;
        let touched = SessionRecord { touches: record.touches.wrapping_add(1), ..record.clone() };
        let mut before: Option<Etag> = None;
        for _ in 0..MAX_ATTEMPTS {
            let found = self.find(index).await?;
            // The identity has not changed, so it was not what made the commit stale.
            if before.is_some() && before == found.etag {
                break;
            }
            let mut identity = found.identity.clone();
            let session = identity.account.as_mut().and_then(|account| account.sessions.iter_mut().find(|known| known.hash == *hash));
            match session {
                Some(session) if session.touches == record.touches => session.touches = touched.touches,
                Some(_) | None => {
                    let same = self.session(index, hash).await?.is_some_and(|(_, now)| now == etag);
                    return Err(if same { StoreError::Refused } else { StoreError::Stale });
                }
            }
            let draft = documents::session_draft(&self.sealing, index, hash, &touched, now).await?;
            let operations = vec![Operation::Replace { draft, if_match: etag.clone() }, self.over(&found, &identity).await?];
            match self.documents.commit(Container::Identities, &documents::partition(index), operations).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Stale) => before = found.etag,
                Err(other) => return Err(other.into()),
            }
        }
        // Not OVERTAKEN: a use that is not recorded is no reason to refuse the request. The caller reads the session again and goes on.
        Err(StoreError::Stale)
    }

    /// Stores a pending mail that no other change causes, at most once: a note recording that it was stored is written in the same commit
    /// and stays when the mail has been sent and deleted. Returns whether this call stored it.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the caller has no authority to; [`StoreError`].
    pub async fn leave_once(&self, authority: &Authority, index: BlindIndex, id: MailId, mail: &PendingMail) -> Result<bool, StoreError> {
        authority.check_beside(index)?;
        self.leave(index, &[id], (id, mail)).await
    }

    /// Does the same, but only if the mail is the first of those that share the note `first`.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the caller has no authority to; [`StoreError`].
    pub async fn leave_first(
        &self,
        authority: &Authority,
        index: BlindIndex,
        (id, first): (MailId, MailId),
        mail: &PendingMail,
    ) -> Result<Left, StoreError> {
        authority.check_beside(index)?;
        if self.leave(index, &[id, first], (id, mail)).await? {
            return Ok(Left::Now);
        }
        Ok(if self.was_left(index, id).await? { Left::Before } else { Left::NotFirst })
    }

    /// Whether this mail was stored before.
    pub(in crate::store) async fn was_left(&self, index: BlindIndex, id: MailId) -> Result<bool, StoreError> {
        let note = self.documents.read(Container::Identities, &documents::partition(index), &documents::notice(id)).await?;
        Ok(note.is_some())
    }

    /// Adds to the identity that this mail was stored.
    pub(in crate::store) async fn note(
        &self,
        index: BlindIndex,
        note: MailId,
        identity: &mut Identity,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tag = self.notice_tag(index, &documents::notice(note)).await?;
        Notes::note(&mut identity.notices, documents::notice_until(now), &tag, now);
        Ok(())
    }

    /// Deletes a mail that was sent. Succeeds when it is already gone.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the caller has no authority to; [`StoreError`].
    pub async fn drop_mail(&self, authority: &Authority, index: BlindIndex, mail: MailId) -> Result<(), StoreError> {
        authority.check_beside(index)?;
        self.drop_beside(index, documents::mail(mail)).await
    }

    /// Deletes an intent. Succeeds when it is already gone.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for anyone but the author of the intent and maintenance; [`StoreError`].
    pub async fn drop_intent(&self, authority: &Authority, index: BlindIndex, intent: IntentId) -> Result<(), StoreError> {
        authority.check_intent(index, intent)?;
        self.drop_beside(index, documents::intent(intent)).await
    }

    /// Whether an intent is listed beside this identity.
    pub fn has_intent(identity: &Identity, intent: IntentId) -> bool {
        identity.beside.lists(documents::intent(intent).as_str())
    }

    /// The MAC that a note contributes to the XOR over all notes in its identity.
    pub async fn notice_tag(&self, index: BlindIndex, note: &DocumentId) -> Result<[u8; 32], StoreError> {
        Ok(self.sealing.root().await?.chain.tag(&[b"notice", index.bytes(), note.as_str().as_bytes()]))
    }

    /// Returns whether it was stored; `false` when one of the notes exists already.
    async fn leave(&self, index: BlindIndex, notes: &[MailId], (id, mail): (MailId, &PendingMail)) -> Result<bool, StoreError> {
        let now = self.sealing.clock.now();
        let mut creations = Vec::new();
        for note in notes {
            creations.push(Operation::Create(documents::notice_draft(&self.sealing, index, *note, now).await?));
        }
        creations.push(Operation::Create(documents::mail_draft(&self.sealing, index, id, mail).await?));
        for _ in 0..MAX_ATTEMPTS {
            let found = self.find(index).await?;
            let mut identity = found.identity.clone();
            for note in notes {
                self.note(index, *note, &mut identity, now).await?;
            }
            identity.beside.write(entry(&documents::mail(id), &documents::mail_bytes(mail), documents::mail_until(now)), now);
            let operations = creations.iter().cloned().chain([self.over(&found, &identity).await?]).collect();
            match self.documents.commit(Container::Identities, &documents::partition(index), operations).await {
                Ok(_) => return Ok(true),
                Err(CommitError::Stale) => {}
                // Nobody had the username; another commit may have created the identity meanwhile.
                Err(CommitError::Conflict) if found.etag.is_none() => {}
                Err(CommitError::Conflict) => return Ok(false),
                Err(other) => return Err(other.into()),
            }
        }
        Err(OVERTAKEN)
    }

    async fn drop_beside(&self, index: BlindIndex, id: DocumentId) -> Result<(), StoreError> {
        let delete = Operation::Delete { id: id.clone(), if_match: None };
        for _ in 0..MAX_ATTEMPTS {
            let found = self.find(index).await?;
            let mut identity = found.identity.clone();
            let mut operations = vec![delete.clone()];
            // An unlisted document predates the list or is already gone.
            if identity.beside.drop(id.as_str()) {
                operations.push(self.over(&found, &identity).await?);
            }
            match self.documents.commit(Container::Identities, &documents::partition(index), operations).await {
                Ok(_) | Err(CommitError::Missing) => return Ok(()),
                Err(CommitError::Stale) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(OVERTAKEN)
    }
}
