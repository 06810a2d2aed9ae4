//! Identities: the account, attempts, sessions and pending mails of one username, in one partition and so in one commit.
//!
//! `Identities::commit` is the only write besides those in `identity_beside`, which change nothing of the account. It takes an `Event` and
//! chains it, so that no identity changes without an entry in the attempt log (P6); it checks the authority of the change against the
//! identity that it replaces by its etag; and it settles a lost response by reading the chain head back: the link of an entry with a fresh
//! nonce is there only if this very write happened.

use super::documents;
use crate::store::{
    authority::{Authority, Intent},
    beside::entry,
    error::StoreError,
    keys::sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::{Part, Unopened},
    domain::{
        accounts::account::{Account, Identity},
        authority::KeptIntent,
        chain::{ChainHead, Entry},
        ids::{IntentId, MailId},
        mail::PendingMail,
        origin::Origin,
        sign_in::{attempt::Event, session::SessionRecord},
        stored::{BlindIndex, HashedToken},
    },
    ports::{CommitError, Container, DocumentId, Documents, Etag, Operation},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The repository of identities.
pub struct Identities {
    pub(in crate::store) documents: Arc<dyn Documents>,
    pub(in crate::store) sealing: Arc<Sealing>,
}

/// An identity as it was read. If it has changed since, the next commit fails with [`StoreError::Stale`].
#[derive(Clone)]
pub struct StoredIdentity {
    pub index: BlindIndex,
    /// What is known; the default when nobody has the username.
    pub identity: Identity,
    pub(in crate::store) origin: Origin,
    pub(in crate::store) etag: Option<Etag>,
}

/// The outcome for a mail that is stored only if it is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// This call stored it.
    Now,
    /// It was stored before.
    Before,
    /// Another one was first.
    NotFirst,
}

/// A change of an identity with everything that belongs to it.
pub struct IdentityWrite {
    /// The identity as it is to be; the commit advances its chain head.
    pub identity: Identity,
    /// What happened, in order; at least one event.
    pub events: Vec<Event>,
    pub at: Timestamp,
    /// Sessions to start or renew.
    pub start: Vec<(HashedToken, SessionRecord)>,
    pub end: Vec<HashedToken>,
    /// Mails to store.
    pub mails: Vec<(MailId, PendingMail)>,
    /// Mails that are not needed any more.
    pub drop_mails: Vec<MailId>,
    /// What its owner is about to do outside their own identity.
    pub intent: Option<(IntentId, KeptIntent)>,
    /// The one of the mails that is stored at most once: if it was stored before, all of this was written before, and nothing is written
    /// now.
    pub once: Option<MailId>,
}

/// A change that was written.
pub struct Committed {
    /// The identity as it is now stored.
    pub identity: Identity,
    /// The intent that was stored.
    pub intent: Option<Intent>,
}

impl IdentityWrite {
    /// A change that touches neither sessions nor mails.
    pub fn of(identity: Identity, event: Event, at: Timestamp) -> Self {
        Self {
            identity,
            events: vec![event],
            at,
            start: Vec::new(),
            end: Vec::new(),
            mails: Vec::new(),
            drop_mails: Vec::new(),
            intent: None,
            once: None,
        }
    }

    /// Updates the identity's list of the mails and intents beside it.
    fn list(&mut self) {
        let (beside, at) = (&mut self.identity.beside, self.at);
        for (id, mail) in &self.mails {
            beside.write(entry(&documents::mail(*id), &documents::mail_bytes(mail), documents::mail_until(at)), at);
        }
        for mail in &self.drop_mails {
            beside.drop(documents::mail(*mail).as_str());
        }
        if let Some((id, kept)) = &self.intent {
            beside.write(entry(&documents::intent(*id), &documents::intent_bytes(kept), documents::intent_until(at)), at);
        }
    }
}

impl Identities {
    /// Uses this database and these keys.
    pub const fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>) -> Self {
        Self { documents, sealing }
    }

    /// The blind index of a username in normal form.
    pub async fn index(&self, normal_username: &str) -> Result<BlindIndex, StoreError> {
        Ok(self.sealing.root().await?.blind_index.index(normal_username))
    }

    /// The index of the identity that stands for all usernames nobody has. No username that can be typed has this index.
    pub async fn unknown_index(&self) -> Result<BlindIndex, StoreError> {
        Ok(BlindIndex::from_bytes(self.sealing.root().await?.repeats.tag(&[b"unknown usernames"])))
    }

    /// What is known of a username.
    pub async fn find(&self, index: BlindIndex) -> Result<StoredIdentity, StoreError> {
        let stored = self.documents.read(Container::Identities, &documents::partition(index), &documents::identity()).await?;
        let Some(stored) = stored else {
            return Ok(StoredIdentity { index, identity: Identity::default(), origin: Origin::default(), etag: None });
        };
        let (identity, origin) = self.read(index, &stored.id, &stored.body).await?;
        Ok(StoredIdentity { index, identity, origin, etag: Some(stored.etag) })
    }

    /// Writes a change and its entry in the attempt log, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when its authority does not hold for the identity as it was found; [`StoreError::Stale`] when the identity
    /// has changed since: read and decide again.
    pub async fn commit(&self, found: &StoredIdentity, authority: &Authority, write: IdentityWrite) -> Result<Committed, StoreError> {
        authority.check(found.index, &found.identity, write.at)?;
        let left = write.intent.as_ref().map(|(id, kept)| Intent::committed(found.index, *id, kept));
        if left.is_some() && authority.session().is_none() {
            return Err(StoreError::Refused);
        }
        let identity = Box::pin(self.write(found, authority, write)).await?;
        Ok(Committed { identity, intent: left })
    }

    async fn write(&self, found: &StoredIdentity, authority: &Authority, mut write: IdentityWrite) -> Result<Identity, StoreError> {
        let entries = self.chain(found, authority, &mut write).await?;
        write.list();
        if let Some(note) = write.once {
            self.note(found.index, note, &mut write.identity, write.at).await?;
        }
        let partition = documents::partition(found.index);
        let operations = self.operations(found, &write, &entries).await?;
        match self.documents.commit(Container::Identities, &partition, operations).await {
            Ok(_) => Ok(write.identity),
            Err(CommitError::Unknown) => self.settle(found.index, write.identity).await,
            Err(CommitError::Missing) => self.commit_without_missing(found, write, &entries).await,
            Err(CommitError::Conflict) if write.once.is_some() => self.written_before(found, write.once).await,
            Err(other) => Err(other.into()),
        }
    }

    async fn written_before(&self, found: &StoredIdentity, once: Option<MailId>) -> Result<Identity, StoreError> {
        match once {
            Some(note) if self.was_left(found.index, note).await? => Ok(found.identity.clone()),
            Some(_) | None => Err(StoreError::Stale),
        }
    }

    /// The session behind a cookie, as stored; whether it is still alive is decided by the domain.
    pub async fn session(&self, index: BlindIndex, hash: &HashedToken) -> Result<Option<(SessionRecord, Etag)>, StoreError> {
        let id = documents::session(hash);
        let Some(stored) = self.documents.read(Container::Identities, &documents::partition(index), &id).await? else {
            return Ok(None);
        };
        let partition = index.to_string();
        let place = documents::place(&partition, &id, Part::Body);
        let plaintext = self.sealing.open_again(KeyScope::Service, place, &stored.body).await?;
        let (record, origin) = Origin::read::<SessionRecord>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok(Some((SessionRecord { origin, ..record }, stored.etag)))
    }

    /// The link of an entry: `HMAC(chain key, partition, entry as it is sealed)`, where the entry holds the link before it.
    pub async fn link(&self, index: BlindIndex, entry: &[u8]) -> Result<[u8; 32], StoreError> {
        Ok(self.sealing.root().await?.chain.tag(&[index.bytes(), entry]))
    }

    /// Chains the entries of a write, each linked to the one before, and moves the identity's chain head to the last.
    async fn chain(
        &self,
        found: &StoredIdentity,
        authority: &Authority,
        write: &mut IdentityWrite,
    ) -> Result<Vec<Entry<Event>>, StoreError> {
        let lifetime = documents::entry_lifetime(write.identity.has_history());
        let mut head = found.identity.chain.clone();
        let mut entries = Vec::with_capacity(write.events.len());
        for event in write.events.drain(..) {
            let entry = head.next(authority.sign(event)?, write.at, Some(lifetime), self.sealing.random_bytes());
            head = ChainHead::after(&entry, self.link(found.index, &documents::encode(&entry)).await?);
            entries.push(entry);
        }
        write.identity.chain = head;
        Ok(entries)
    }

    /// What this instance knows of the files' write id, possibly nothing: for a caller about to read one file.
    async fn settle(&self, index: BlindIndex, written: Identity) -> Result<Identity, StoreError> {
        let stored = self.find(index).await.map_err(|_| StoreError::Unknown)?;
        if stored.identity.chain == written.chain { Ok(written) } else { Err(StoreError::Stale) }
    }

    /// Leaves out sessions to end and mails to drop that are already gone, and tries once more.
    async fn commit_without_missing(
        &self,
        found: &StoredIdentity,
        mut write: IdentityWrite,
        entries: &[Entry<Event>],
    ) -> Result<Identity, StoreError> {
        let partition = documents::partition(found.index);
        let asked = write.end.len() + write.drop_mails.len();
        let mut kept = Vec::new();
        for hash in write.end.drain(..) {
            if self.documents.read(Container::Identities, &partition, &documents::session(&hash)).await?.is_some() {
                kept.push(hash);
            }
        }
        write.end = kept;
        let mut mails = Vec::new();
        for mail in write.drop_mails.drain(..) {
            if self.documents.read(Container::Identities, &partition, &documents::mail(mail)).await?.is_some() {
                mails.push(mail);
            }
        }
        write.drop_mails = mails;
        if write.end.len() + write.drop_mails.len() == asked {
            return Err(StoreError::Stale);
        }
        let operations = self.operations(found, &write, entries).await?;
        match self.documents.commit(Container::Identities, &partition, operations).await {
            Ok(_) => Ok(write.identity),
            Err(CommitError::Unknown) => self.settle(found.index, write.identity).await,
            Err(other) => Err(other.into()),
        }
    }

    async fn operations(
        &self,
        found: &StoredIdentity,
        write: &IdentityWrite,
        entries: &[Entry<Event>],
    ) -> Result<Vec<Operation>, StoreError> {
        let (sealing, index) = (&*self.sealing, found.index);
        let mut operations = vec![self.over(found, &write.identity).await?];
        for entry in entries {
            operations.push(Operation::Create(documents::entry_draft(sealing, index, entry).await?));
        }
        for (hash, record) in &write.start {
            operations.push(Operation::Create(documents::session_draft(sealing, index, hash, record, write.at).await?));
        }
        for (id, mail) in &write.mails {
            operations.push(Operation::Create(documents::mail_draft(sealing, index, *id, mail).await?));
        }
        if let Some(note) = write.once {
            operations.push(Operation::Create(documents::notice_draft(sealing, index, note, write.at).await?));
        }
        if let Some((id, kept)) = &write.intent {
            operations.push(Operation::Create(documents::intent_draft(sealing, index, *id, kept).await?));
        }
        let ends = write.end.iter().map(documents::session);
        let drops = write.drop_mails.iter().map(|mail| documents::mail(*mail));
        operations.extend(ends.chain(drops).map(|id| Operation::Delete { id, if_match: None }));
        Ok(operations)
    }

    /// The operation that writes an identity over the version that was found.
    pub(in crate::store) async fn over(&self, found: &StoredIdentity, identity: &Identity) -> Result<Operation, StoreError> {
        let draft = documents::identity_draft_over(&self.sealing, found.index, identity, &found.origin).await?;
        Ok(match &found.etag {
            Some(etag) => Operation::Replace { draft, if_match: etag.clone() },
            None => Operation::Create(draft),
        })
    }

    /// Opens a document, along with its origin for writing it back.
    async fn read<T: DeserializeOwned>(&self, index: BlindIndex, id: &DocumentId, sealed: &Unopened) -> Result<(T, Origin), StoreError> {
        let partition = index.to_string();
        let plaintext = self.sealing.open(KeyScope::Service, documents::place(&partition, id, Part::Body), sealed).await?;
        Origin::read(plaintext).map_err(|_| StoreError::DoesNotOpen)
    }

    pub(in crate::store) async fn open<T: DeserializeOwned>(
        &self,
        index: BlindIndex,
        id: &DocumentId,
        part: Part,
        sealed: &Unopened,
    ) -> Result<T, StoreError> {
        let partition = index.to_string();
        let place = documents::place(&partition, id, part);
        let plaintext = self.sealing.open(KeyScope::Service, place, sealed).await?;
        serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)
    }
}

impl StoredIdentity {
    /// The account, if the username has one.
    pub const fn account(&self) -> Option<&Account> {
        self.identity.account.as_ref()
    }
}
