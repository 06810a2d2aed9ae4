//! What a change rests on. No identity and no record is written without saying so, and what is said is held against the store in the
//! commit itself, because a request is judged at the door and acted on later.
//!
//! ```text
//! own identity          Session   held against the account that the commit replaces by its etag
//! another's identity,   Intent    left in the own identity before, in a commit that rested on the session; good for a minute
//! a register
//! an adviser's shelf    Adviser   operations that prove it are part of the same commit
//! ```

use super::{error::StoreError, records::RecordLocation, sealing::KeyScope};
use crate::{
    domain::{
        account::Identity,
        attempt::{ChangedBy, Event},
        authority::{KeptIntent, SessionProof},
        ids::{IntentId, ScopeId, WriteId},
        record::StepAuthor,
        request_tag::RequestTag,
        session::Adviser,
        stored::BlindIndex,
    },
    ports::Operation,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long an intent may be carried out.
pub const INTENT_LIFETIME: SignedDuration = SignedDuration::from_mins(1);
/// Nothing was done: whoever asks again leaves another intent.
const OVERDUE: StoreError = StoreError::Busy { retry_after: Duration::from_secs(1) };

/// Proof that somebody's session held when they said what they were about to do, and that this is on record in their own identity.
///
/// Only the commit that leaves an intent yields one, and the commit in which maintenance takes up one that stayed behind:
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

/// What maintenance does with an intent that stays behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upkeep {
    Voids,
    CarriesOut,
    /// It does so now.
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

    /// Whether maintenance carries it out when it stays behind.
    pub fn is_carried_out_later(&self) -> bool {
        self.upkeep != Upkeep::Voids
    }

    /// Whether it is maintenance that has taken it up.
    pub fn is_taken_up(&self) -> bool {
        self.upkeep == Upkeep::IsCarryingOut
    }

    pub const fn account(&self) -> BlindIndex {
        self.account
    }

    /// Its id, which names it wherever it was carried out.
    pub const fn id(&self) -> IntentId {
        self.id
    }
}

/// What the change of an identity rests on.
#[derive(Clone, Copy, Debug)]
pub enum Authority {
    /// Nothing: whoever is at the door and shows what they know. Tries are recorded, and sessions follow from them.
    Stranger,
    /// A session of this very account, which it must still have.
    Session(SessionProof),
    Intent(Intent),
    /// A job that a stranger's request left on the queue.
    Job,
    /// The program itself, on its timer.
    Maintenance,
    /// Whoever operates the program.
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
    /// Holds it against the identity as it is now.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the session does not hold any more; [`StoreError::Busy`] when an intent is overdue.
    pub fn check(&self, index: BlindIndex, identity: &Identity, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Session(proof) if !proof.holds(index, identity, now) => Err(StoreError::Refused),
            Self::Session(_) | Self::Intent(_) | Self::Stranger | Self::Job | Self::Maintenance | Self::Operator => self.check_time(now),
        }
    }

    /// Holds it against the clock, for what is told before it is done: of a deed that will not be done any more nobody hears.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when an intent is overdue.
    pub fn check_time(&self, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Intent(intent) if intent.until <= now => Err(OVERDUE),
            Self::Session(_) | Self::Intent(_) | Self::Stranger | Self::Job | Self::Maintenance | Self::Operator => Ok(()),
        }
    }

    /// Holds it against what lies beside an identity and leaves no entry in the register: a note that something was told. Whoever is at the
    /// door leaves none, and nobody leaves one in their own name at somebody else. What was done is told, however late
    /// ([`Self::check_time`]).
    pub(super) fn check_beside(&self, index: BlindIndex) -> Result<(), StoreError> {
        match self {
            Self::Stranger => Err(StoreError::Refused),
            Self::Session(proof) if proof.account() != index => Err(StoreError::Refused),
            Self::Session(_) | Self::Intent(_) | Self::Job | Self::Maintenance | Self::Operator => Ok(()),
        }
    }

    /// Holds it against an intent that is to be taken away: whoever left it may do that, and maintenance.
    pub(super) fn check_intent(&self, index: BlindIndex, id: IntentId) -> Result<(), StoreError> {
        match self {
            Self::Intent(intent) if intent.account == index && intent.id == id => Ok(()),
            Self::Maintenance => Ok(()),
            Self::Intent(_) | Self::Stranger | Self::Session(_) | Self::Job | Self::Operator => Err(StoreError::Refused),
        }
    }

    /// The event with who made it happen. A stranger changes nothing.
    pub(super) fn sign(&self, event: Event) -> Result<Event, StoreError> {
        let what = match event {
            Event::Change(what) => what,
            Event::Attempt(_) => return Ok(event),
            // Signed already, by nobody knows whom; or not of this version.
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

    /// Who may leave an intent.
    pub(super) const fn session(&self) -> Option<&SessionProof> {
        match self {
            Self::Session(proof) => Some(proof),
            Self::Stranger | Self::Intent(_) | Self::Job | Self::Maintenance | Self::Operator => None,
        }
    }
}

/// What the step of a record rests on.
#[derive(Clone)]
pub struct Warrant {
    pub(super) by: StepAuthor,
    pub(super) intent: Option<IntentId>,
    /// The request that asks for the step, when it has a key.
    pub(super) request: Option<RequestTag>,
    until: Option<Timestamp>,
    /// The only adviser on whose shelf it is good; on a register when `None`.
    adviser: Option<ScopeId>,
    /// Operations of the same commit that prove it: the commit fails as stale when one of them does.
    pub(super) beside: Vec<Operation>,
    /// What one of them says is the stamp of the marker of the shelf.
    pub(super) stamp: Option<WriteId>,
}

impl Warrant {
    /// The program itself, on its timer, in a register. Nothing of it is good on an adviser's shelf: whoever writes there replaces the
    /// adviser's marker beside, and has the adviser's right.
    pub const fn maintenance() -> Self {
        Self { by: StepAuthor::Maintenance, intent: None, request: None, until: None, adviser: None, beside: Vec::new(), stamp: None }
    }

    /// An adviser, on the own shelf. `beside` are operations in the adviser's partition that fail unless the session still holds. A
    /// step that comes back as stale may have failed for their sake: make them anew from what is there now, and if they changed, try
    /// once more before saying that the record did.
    pub const fn adviser(adviser: &Adviser, beside: Vec<Operation>, stamp: WriteId) -> Self {
        let (by, scope) = (StepAuthor::Account(adviser.account), adviser.scope().id());
        Self { by, intent: None, request: None, until: None, adviser: Some(scope), beside, stamp: Some(stamp) }
    }

    /// Says which request asks for the step: a repeat finds it again by that.
    pub fn asked_by(self, request: Option<RequestTag>) -> Self {
        Self { request, ..self }
    }

    /// The request that asks for the step.
    pub const fn request(&self) -> Option<RequestTag> {
        self.request
    }

    /// Holds it against the shelf and the time of the step.
    ///
    /// # Errors
    /// [`StoreError::Refused`] on another's shelf; [`StoreError::Busy`] when an intent is overdue.
    pub(super) fn check(&self, shelf: &RecordLocation, now: Timestamp) -> Result<(), StoreError> {
        if self.until.is_some_and(|until| until <= now) {
            return Err(OVERDUE);
        }
        let in_place = match (self.by, self.adviser, shelf.scope) {
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
