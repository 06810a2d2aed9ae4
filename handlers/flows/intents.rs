//! Intents: what somebody is about to do outside the own identity, left there in a commit that rests on the session.
//!
//! Register and other accounts lie in other partitions, so no commit holds both the session and the deed. Instead:
//!
//! 1. one commit replaces the own identity by its etag, which proves session, status, role and standing, and leaves a document that
//!    says what is to be done and until when;
//! 2. the deed is done and names the intent: nobody does it without one, nor after its minute;
//! 3. the document is deleted.
//!
//! What stays behind was cut off between 1 and 3. Maintenance carries it out or deletes it (`unfinished`) once its minute is over, and
//! whoever asked was told so.

use super::services::Services;
use crate::{
    domain::{
        account::Identity,
        attempt::{Change, Event},
        authority::{Aim, Errand, KeptIntent, RegisterStep, SessionProof},
        ids::{IntentId, RecordId},
        request_tag::RequestTag,
        session::Officer,
        stored::BlindIndex,
    },
    store::{
        authority::{INTENT_LIFETIME, Intent},
        error::StoreError,
        identities::{IdentityWrite, StoredIdentity},
        records::RecordLocation,
    },
};
use jiff::Timestamp;

/// Who takes a step in a register.
#[derive(Clone, Copy)]
pub(super) enum Taker {
    /// Whoever is signed in, by an intent; and the request, when it has a key.
    Session(SessionProof, Option<RequestTag>),
    /// The program itself, on its timer.
    Maintenance,
}

/// A step in a register, of one record or of several.
pub(super) fn aim_at(register: &RecordLocation, record: Option<RecordId>) -> Aim {
    Aim::Register { name: register.partition.to_string(), record }
}

/// What maintenance needs to carry out an intent, besides its aim.
pub(super) enum Task {
    /// How many entries the account had that is to be changed.
    Account {
        seen: u64,
        /// The request that asks for it, when it has a key.
        request: Option<RequestTag>,
    },
    /// Which step of the record is to be taken.
    Step(RegisterStep),
}

/// Whose hand a deed is done by.
#[derive(Clone, Copy)]
pub enum Hand {
    /// Somebody who is signed in, and leaves an intent first.
    Session(SessionProof),
    /// Somebody who has left one and was cut off; maintenance has taken it up.
    TakenUp(Intent),
}

impl From<Officer> for Hand {
    fn from(officer: Officer) -> Self {
        Self::Session(officer.proof())
    }
}

impl From<Intent> for Hand {
    fn from(intent: Intent) -> Self {
        Self::TakenUp(intent)
    }
}

impl Hand {
    pub const fn account(&self) -> BlindIndex {
        match self {
            Self::Session(proof) => proof.account(),
            Self::TakenUp(intent) => intent.account(),
        }
    }

    /// Leaves an intent, to be carried out by [`carry_out`]; the one that was left, when there is one. With an errand maintenance carries it
    /// out when it stays behind: then whoever asked is told that it is as good as done, so it has to be something that nothing but its like
    /// can overtake.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the session does not hold any more; [`StoreError`].
    pub(super) async fn intend(&self, services: &Services, aim: Aim, errand: Option<Task>) -> Result<Intent, StoreError> {
        self.intend_noting(services, aim, errand, |_, _, _| Ok(())).await
    }

    /// Like [`Hand::intend`]. What `note` changes of the own identity, with the id of the intent and its end, is in the same commit, and
    /// nothing is when it refuses.
    ///
    /// # Errors
    /// As [`Hand::intend`]; what `note` refuses with.
    pub(super) async fn intend_noting<E: From<StoreError>>(
        &self,
        services: &Services,
        aim: Aim,
        errand: Option<Task>,
        note: impl Fn(&mut Identity, IntentId, Timestamp) -> Result<(), E>,
    ) -> Result<Intent, E> {
        let by = match self {
            Self::Session(proof) => *proof,
            Self::TakenUp(intent) => return Ok(*intent),
        };
        let (id, now) = (IntentId::from_random(services.sealing.random_bytes()), services.now());
        let errand = errand.map(|task| match task {
            Task::Account { seen, request } => Errand { seen, standing: by.standing(), step: None, request },
            Task::Step(step) => Errand { seen: 0, standing: by.standing(), step: Some(step), request: None },
        });
        let kept = KeptIntent { aim, at: now, until: now + INTENT_LIFETIME, listed: false, errand };
        let decide = |found: &StoredIdentity| {
            let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::Intended(id)), now);
            note(&mut write.identity, id, kept.until)?;
            write.intent = Some((id, kept.clone()));
            Ok::<_, E>((write, ()))
        };
        let (recorded, ()) = services.register.change(by.account(), None, by.into(), decide).await?;
        recorded.intent().ok_or_else(|| StoreError::Refused.into())
    }
}

/// How something that was intended can end other than well.
pub(super) trait Story: Sized {
    /// This ending, where it is one of the store's: with what is told of that.
    fn telling(self, told: impl FnOnce(StoreError) -> StoreError) -> Self;

    /// This ending, when nothing comes of the intent.
    fn undone(self) -> Self {
        self.telling(undone)
    }

    /// This ending, when maintenance carries the intent out.
    fn but_done(self) -> Self {
        self.telling(StoreError::but_done)
    }
}

impl Story for StoreError {
    fn telling(self, told: impl FnOnce(Self) -> Self) -> Self {
        told(self)
    }

    fn but_done(self) -> Self {
        match self {
            Self::Stale => Self::Stale,
            other => Self::but_done(other),
        }
    }
}

/// Does what was intended, and takes the intent away. What fails is told as what it is: nothing comes of the intent, or, when it could not
/// be taken away either and maintenance carries it out, it is as good as done.
///
/// # Errors
/// What the deed fails with.
pub(super) async fn carry_out<T, E: Story>(services: &Services, intent: Intent, deed: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    match deed.await {
        Ok(done) => {
            end(services, intent).await;
            Ok(done)
        }
        // It is tried again.
        Err(ending) if intent.is_taken_up() => Err(ending),
        Err(ending) => {
            let is_gone = end(services, intent).await;
            Err(if is_gone || !intent.is_carried_out_later() { ending.undone() } else { ending.but_done() })
        }
    }
}

/// Takes an intent away. One that stays is dealt with by maintenance. Tells whether it is gone.
async fn end(services: &Services, intent: Intent) -> bool {
    let dropped = services.identities.drop_intent(&intent.into(), intent.account(), intent.id()).await;
    if dropped.is_err() {
        tracing::warn!(event = "intent_left");
    }
    dropped.is_ok()
}

/// A deed that failed after its intent was committed: it was not done, and nothing comes of the intent. Only where it is not known
/// whether the deed was done is that not said.
pub(super) const fn undone(error: StoreError) -> StoreError {
    match error {
        StoreError::Busy { .. } | StoreError::Unavailable | StoreError::Keys(_) => error.and_not_done(),
        StoreError::Unknown
        | StoreError::Stale
        | StoreError::Refused
        | StoreError::HalfDone { .. }
        | StoreError::DoesNotOpen
        | StoreError::BadCursor => error,
    }
}
