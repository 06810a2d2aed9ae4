//! The authority behind a change. No identity and no record is written without stating it, and the statement is checked against the store
//! in the commit itself, because a request is judged on arrival and acted on later.
//!
//! ```text
//! own identity          Session   checked against the account that the commit replaces by its etag
//! another's identity,   Intent    stored in one's own identity before, in a commit that rested on the session; valid for a minute
//! a register
//! an adviser's records  Adviser   operations that prove it are part of the same commit
//! ```

use super::{error::StoreError, keys::sealing::KeyScope, records::repository::RecordLocation};
use crate::{
    domain::{
        accounts::account::Identity,
        authority::{KeptIntent, SessionProof},
        ids::{IntentId, ScopeId, WriteId},
        record::StepAuthor,
        request_tag::RequestTag,
        sign_in::{
            attempt::{ChangedBy, Event},
            session::Adviser,
        },
        stored::BlindIndex,
    },
    ports::Operation,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long an intent may be carried out.
pub const INTENT_LIFETIME: SignedDuration = SignedDuration::from_mins(1);
/// Nothing was done: a retry stores another intent.
const OVERDUE: StoreError = StoreError::Busy { retry_after: Duration::from_secs(1) };

/// Proof that a user's session held when they stated what they were about to do, and that the statement is stored in their own identity.
///
/// Only two commits yield one: the commit that stores an intent, and the commit in which maintenance takes up one that was left behind:
///
/// ```compile_fail
/// use finrust::{domain::{ids::IntentId, stored::BlindIndex}, store::authority::Intent};
/// let (account, id) = (BlindIndex::from_bytes([1; 32]), IntentId::from_random([2; 16]));
/// let _ = Intent { account, id, until: jiff::Timestamp::MAX, upkeep: todo!() };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Intent {
    account: BlindIndex,
    id: IntentId,
    until: Timestamp,
    upkeep: Upkeep,
}

/// What maintenance does with an intent that was left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upkeep {
    Voids,
    CarriesOut,
    /// Maintenance is carrying it out now.
    IsCarryingOut,
}

impl Intent {
    pub(super) const fn committed(account: BlindIndex, id: IntentId, kept: &KeptIntent) -> Self {
        let upkeep = if kept.errand.is_some() { Upkeep::CarriesOut } else { Upkeep::Voids };
        Self { account, id, until: kept.until, upkeep }
    }

    pub(super) const fn taken_up(account: BlindIndex, id: IntentId, until: Timestamp) -> Self {
        Self { account, id, until, upkeep: Upkeep::IsCarryingOut }
    }

    /// Whether maintenance carries it out when it is left behind.
    pub fn is_carried_out_later(&self) -> bool {
        self.upkeep != Upkeep::Voids
    }

    /// Whether maintenance has taken it up.
    pub fn is_taken_up(&self) -> bool {
        self.upkeep == Upkeep::IsCarryingOut
    }

    pub const fn account(&self) -> BlindIndex {
        self.account
    }

    /// Its id, which names it wherever it is carried out.
    pub const fn id(&self) -> IntentId {
        self.id
    }
}

/// The authority for the change of an identity.
#[derive(Clone, Copy, Debug)]
pub enum Authority {
    /// Nothing: an unauthenticated client and the credentials it presents. Its attempts are recorded and may start sessions.
    Stranger,
    /// A session of this very account, which the account must still have.
    Session(SessionProof),
    Intent(Intent),
    /// A job that an unauthenticated request put on the queue.
    Job,
    /// The program itself, on its timer.
    Maintenance,
    /// The operator of the program.
    Operator,
}

impl From<SessionProof> for Authority {
    fn from(proof: SessionProof) -> Self {
        Self::Session(proof)
    }
}

impl From<Intent> for Authority {
    fn from(intent: Intent) -> Self {
        Self::Intent(intent)
    }
}

impl Authority {
    /// Checks it against the identity as it is now.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the session no longer holds; [`StoreError::Busy`] when an intent has expired.
    pub fn check(&self, index: BlindIndex, identity: &Identity, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Session(proof) if !proof.holds(index, identity, now) => Err(StoreError::Refused),
            Self::Session(_) | Self::Intent(_) | Self::Stranger | Self::Job | Self::Maintenance | Self::Operator => self.check_time(now),
        }
    }

    /// Checks it against the clock, for actions that are announced before they are done: nobody is told of one that will no longer be done.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when an intent has expired.
    pub fn check_time(&self, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Intent(intent) if intent.until <= now => Err(OVERDUE),
            Self::Session(_) | Self::Intent(_) | Self::Stranger | Self::Job | Self::Maintenance | Self::Operator => Ok(()),
        }
    }

    /// Checks it for a write beside an identity that adds no entry to the attempt log: a note that something was announced. An
    /// unauthenticated client writes none, and nobody writes one at another's identity on the strength of their own session. The time is
    /// not checked (unlike in [`Self::check_time`]): what was done is announced, however late.
    pub(super) fn check_beside(&self, index: BlindIndex) -> Result<(), StoreError> {
        match self {
            Self::Stranger => Err(StoreError::Refused),
            Self::Session(proof) if proof.account() != index => Err(StoreError::Refused),
            Self::Session(_) | Self::Intent(_) | Self::Job | Self::Maintenance | Self::Operator => Ok(()),
        }
    }

    /// Checks it for the deletion of an intent: allowed to its author and to maintenance.
    pub(super) fn check_intent(&self, index: BlindIndex, id: IntentId) -> Result<(), StoreError> {
        match self {
            Self::Intent(intent) if intent.account == index && intent.id == id => Ok(()),
            Self::Maintenance => Ok(()),
            Self::Intent(_) | Self::Stranger | Self::Session(_) | Self::Job | Self::Operator => Err(StoreError::Refused),
        }
    }

    /// The event together with its author. An unauthenticated client changes nothing.
    pub(super) fn sign(&self, event: Event) -> Result<Event, StoreError> {
        let what = match event {
            Event::Change(what) => what,
            Event::Attempt(_) => return Ok(event),
            // Signed already, by an unknown author, or written by a later version.
            Event::Changed { .. } | Event::Later(_) => return Err(StoreError::Refused),
        };
        let by = match self {
            Self::Stranger => return Err(StoreError::Refused),
            Self::Session(proof) => ChangedBy::Owner { session: proof.session() },
            Self::Intent(intent) => ChangedBy::Account { account: intent.account, intent: intent.id },
            Self::Job => ChangedBy::Job,
            Self::Maintenance => ChangedBy::Maintenance,
            Self::Operator => ChangedBy::Operator,
        };
        Ok(Event::Changed { what, by })
    }

    /// The session, which is what may store an intent.
    pub(super) const fn session(&self) -> Option<&SessionProof> {
        match self {
            Self::Session(proof) => Some(proof),
            Self::Stranger | Self::Intent(_) | Self::Job | Self::Maintenance | Self::Operator => None,
        }
    }
}

/// The authority for the step of a record.
#[derive(Clone)]
pub struct Warrant {
    pub(super) by: StepAuthor,
    pub(super) intent: Option<IntentId>,
    /// The request that asks for the step, when it has an idempotency key.
    pub(super) request: Option<RequestTag>,
    until: Option<Timestamp>,
    /// The only adviser in whose partition it is valid; `None` for a register.
    adviser: Option<ScopeId>,
    /// Operations of the same commit that prove it: if one of them fails, the commit fails as stale.
    pub(super) beside: Vec<Operation>,
    /// The stamp that one of them states for the marker of the record location.
    pub(super) stamp: Option<WriteId>,
}

impl Warrant {
    /// The program itself, on its timer, in a register. It is never valid in an adviser's partition: a write there also replaces the
    /// adviser's marker and needs the adviser's right.
    pub const fn maintenance() -> Self {
        Self { by: StepAuthor::Maintenance, intent: None, request: None, until: None, adviser: None, beside: Vec::new(), stamp: None }
    }

    /// An adviser, in their own partition. `beside` are operations in that partition that fail unless the session still holds. A step that
    /// fails as stale may have failed because of them: build them again from the current state, and if they changed, try once more before
    /// reporting that the record did.
    pub const fn adviser(adviser: &Adviser, beside: Vec<Operation>, stamp: WriteId) -> Self {
        let (by, scope) = (StepAuthor::Account(adviser.account), adviser.scope().id());
        Self { by, intent: None, request: None, until: None, adviser: Some(scope), beside, stamp: Some(stamp) }
    }

    /// States which request asks for the step, by which a repeat finds the step again.
    pub fn asked_by(self, request: Option<RequestTag>) -> Self {
        Self { request, ..self }
    }

    /// The request that asks for the step.
    pub const fn request(&self) -> Option<RequestTag> {
        self.request
    }

    /// Checks it against the record location and the time of the step.
    ///
    /// # Errors
    /// [`StoreError::Refused`] at a location where it is not valid; [`StoreError::Busy`] when an intent has expired.
    pub(super) fn check(&self, location: &RecordLocation, now: Timestamp) -> Result<(), StoreError> {
        if self.until.is_some_and(|until| until <= now) {
            return Err(OVERDUE);
        }
        let in_place = match (self.by, self.adviser, location.scope) {
            (StepAuthor::Account(_), Some(own), KeyScope::Adviser(scope)) => own == scope && !self.beside.is_empty(),
            (StepAuthor::Account(_) | StepAuthor::Maintenance, None, KeyScope::Service) => true,
            (StepAuthor::Account(_) | StepAuthor::Maintenance | StepAuthor::Operator | StepAuthor::Later(_), ..) => false,
        };
        if in_place { Ok(()) } else { Err(StoreError::Refused) }
    }
}

impl From<Intent> for Warrant {
    fn from(intent: Intent) -> Self {
        Self {
            by: StepAuthor::Account(intent.account),
            intent: Some(intent.id),
            request: None,
            until: Some(intent.until),
            adviser: None,
            beside: Vec::new(),
            stamp: None,
        }
    }
}
