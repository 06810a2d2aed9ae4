//! Why an operation on accounts fails. `http/problem.rs` maps each failure to its problem details.
//!
//! Failures of a login attempt carry `Recorded`: an attempt can be neither refused nor accepted without having been recorded (P6).

use super::{intents, sign_in::attempt_log::Recorded};
use crate::{
    domain::{
        accounts::lineage::NotTwo, hand_overs::record::HandOverRefused, request_tag::KeyReused, sign_in::session::Denied,
        wire::fields::InvalidFields,
    },
    store::error::StoreError,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Why an operation on accounts fails.
pub enum Failure {
    /// Unknown, wrong, disabled: indistinguishable to the client.
    InvalidCredentials(Recorded),
    WrongCode(Recorded),
    /// Too soon after failures.
    TooManyAttempts(Recorded, Duration),
    /// Too many concurrent sign-ins.
    Overloaded(Recorded, Duration),
    /// Too many requests other than login attempts.
    TooManyRequests(Duration),
    /// The code does not confirm the enrolment; not a login attempt.
    WrongEnrolmentCode,
    NotSignedIn,
    /// A different step is due.
    WrongStep,
    /// The caller lacks the right.
    Denied(Denied),
    /// Invalid fields.
    Invalid(InvalidFields),
    /// The password is not strong enough.
    WeakPassword(InvalidFields),
    /// Another account has the username.
    UsernameTaken,
    /// A handover that is not allowed, or that stands in the way.
    HandOver(HandOverRefused),
    /// Two people are required, and these may be the same person.
    NotTwo(NotTwo),
    /// No such thing, or not the caller's.
    NotFound,
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The store failed.
    Store(StoreError),
}

impl Failure {
    /// Marks this failure as one where a first commit succeeded but has no effect on its own.
    pub(super) fn undone(self) -> Self {
        match self {
            Self::Store(StoreError::Stale) => Self::Store(StoreError::Stale.and_not_done()),
            Self::Store(error) => Self::Store(intents::undone(error)),
            other => other,
        }
    }
}

impl Failure {
    /// The limit is reached; the next try is allowed at `free_at`.
    pub(super) fn not_before(free_at: Timestamp, now: Timestamp) -> Self {
        let wait = free_at.duration_since(now).max(SignedDuration::from_secs(1));
        Self::TooManyRequests(Duration::try_from(wait).unwrap_or_default())
    }

    /// Like `undone`, also when a part had been done in full that has no effect on its own either.
    pub(super) fn undone_again(self) -> Self {
        match self {
            Self::Store(StoreError::HalfDone { .. }) => Self::Store(StoreError::HalfDone { done: false }),
            other => other.undone(),
        }
    }
}

impl intents::Story for Failure {
    fn telling(self, told: impl FnOnce(StoreError) -> StoreError) -> Self {
        match self {
            Self::Store(error) => Self::Store(told(error)),
            other => other,
        }
    }

    fn undone(self) -> Self {
        Self::undone(self)
    }
}

impl From<KeyReused> for Failure {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<HandOverRefused> for Failure {
    fn from(refused: HandOverRefused) -> Self {
        Self::HandOver(refused)
    }
}

impl From<NotTwo> for Failure {
    fn from(not_two: NotTwo) -> Self {
        Self::NotTwo(not_two)
    }
}

impl From<InvalidFields> for Failure {
    fn from(invalid: InvalidFields) -> Self {
        Self::Invalid(invalid)
    }
}
