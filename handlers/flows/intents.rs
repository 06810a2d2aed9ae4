//! Intents: what a user is about to do outside their own identity, recorded there in a commit that is authorised by the session.
//!
//! Registers and other accounts lie in other logical partitions, so no commit covers both the session and the action. Instead:
//!
//! 1. one commit replaces the user's own identity by its etag, which proves session, status, role and `standing`, and adds a document that
//!    says what is to be done and until when;
//! 2. the action is committed and names the intent: it requires one, and happens only within the intent's minute;
//! 3. the document is deleted.
//!
//! An intent that remains was cut off between 1 and 3. Maintenance carries it out or deletes it (`unfinished`) once its minute has expired,
//! in line with what the caller was told.

use super::services::Services;
use crate::{
    domain::{
        accounts::account::Identity,
        authority::{Aim, Errand, KeptIntent, RegisterStep, SessionProof},
        ids::{IntentId, RecordId},
        request_tag::RequestTag,
        sign_in::{
            attempt::{Change, Event},
            session::Officer,
        },
        stored::BlindIndex,
    },
    store::{
        authority::{INTENT_LIFETIME, Intent},
        error::StoreError,
        identities::repository::{IdentityWrite, StoredIdentity},
        records::repository::RecordLocation,
    },
};
use jiff::Timestamp;

/// The aim of a step in a register, on one record or on several.
pub(super) fn aim_at(register: &RecordLocation, record: Option<RecordId>) -> Aim {
    Aim::Register { name: register.partition.to_string(), record }
}

/// What maintenance needs to carry out an intent, besides its aim.
pub(super) enum Task {
    /// How many entries the account to be changed had.
    Account {
        seen: u64,
        /// The tag of the request, when it has an idempotency key.
        request: Option<RequestTag>,
    },
    /// Which step to take on the record.
    Step(RegisterStep),
}

/// On whose behalf an action is done.
#[derive(Clone, Copy)]
pub enum Hand {
    /// A signed-in user, who records an intent first.
    Session(SessionProof),
    /// A user whose recorded intent was cut off, and which maintenance has taken up.
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

    /// Records an intent, to be carried out by [`carry_out`]; returns the existing one when it was taken up. With a `Task`, maintenance
    /// carries it out if it remains, and the caller is told that it counts as done; it must therefore be superseded only by actions of its
    /// own kind.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the session is no longer valid; [`StoreError`].
    pub(super) async fn intend(&self, services: &Services, aim: Aim, errand: Option<Task>) -> Result<Intent, StoreError> {
        self.intend_noting(services, aim, errand, |_, _, _| Ok(())).await
    }

    /// Like [`Hand::intend`]. What `note` changes in the user's own identity, given the intent's id and expiry, is part of the same commit;
    /// nothing is written when it refuses.
    ///
    /// # Errors
    /// Those of [`Hand::intend`], and those of `note`.
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
        let (recorded, ()) = services.attempt_log.change(by.account(), None, by.into(), decide).await?;
        recorded.intent().ok_or_else(|| StoreError::Refused.into())
    }
}

/// An error of something that was intended.
pub(super) trait Story: Sized {
    /// Applies `told` to this error if it is the store's.
    fn telling(self, told: impl FnOnce(StoreError) -> StoreError) -> Self;

    /// Marks this error as one after which the intent has no effect.
    fn undone(self) -> Self {
        self.telling(undone)
    }

    /// Marks this error as one after which maintenance will carry out the intent.
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

/// Performs the intended action and deletes the intent. An error says what it means: the intent has no effect, or, if it could not be
/// deleted either and maintenance will carry it out, the action counts as done.
///
/// # Errors
/// Those of the action.
pub(super) async fn carry_out<T, E: Story>(services: &Services, intent: Intent, deed: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    match deed.await {
        Ok(done) => {
            end(services, intent).await;
            Ok(done)
        }
        // It is retried.
        Err(ending) if intent.is_taken_up() => Err(ending),
        Err(ending) => {
            let is_gone = end(services, intent).await;
            Err(if is_gone || !intent.is_carried_out_later() { ending.undone() } else { ending.but_done() })
        }
    }
}

/// Deletes an intent; one that remains is handled by maintenance. Returns whether it was deleted.
async fn end(services: &Services, intent: Intent) -> bool {
    let dropped = services.identities.drop_intent(&intent.into(), intent.account(), intent.id()).await;
    if dropped.is_err() {
        tracing::warn!(event = "intent_left");
    }
    dropped.is_ok()
}

/// Marks an error that occurred after the intent was committed: the action was not done, and the intent has no effect. Errors that leave
/// open whether the action was done are not marked.
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
