//! How a story about accounts can end other than well. `http/problem.rs` gives each ending its answer.
//!
//! Endings of a login attempt carry `Recorded`: nobody can refuse, or let in, without having recorded it (P6).

use super::{intents, register::Recorded};
use crate::{
    domain::{fields::InvalidFields, hand_over::HandOverRefused, lineage::NotTwo, request_tag::KeyReused, session::Denied},
    store::error::StoreError,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// An ending.
pub enum Failure {
    /// Unknown, wrong, disabled: one and the same to the outside.
    InvalidCredentials(Recorded),
    WrongCode(Recorded),
    /// Too early after failures.
    TooManyAttempts(Recorded, Duration),
    /// Too many sign-ins at once.
    Overloaded(Recorded, Duration),
    /// Too many requests of another kind than a login attempt.
    TooManyRequests(Duration),
    /// The code does not confirm the enrolment; no login attempt.
    WrongEnrolmentCode,
    NotSignedIn,
    /// Another step is due.
    WrongStep,
    /// The right is missing.
    Denied(Denied),
    /// Fields that do not pass.
    Invalid(InvalidFields),
    /// The password is not strong enough.
    WeakPassword(InvalidFields),
    /// Another account has the username.
    UsernameTaken,
    /// A hand-over that may not be, or that is in the way.
    HandOver(HandOverRefused),
    /// Two people are needed, and these may be one.
    NotTwo(NotTwo),
    /// No such thing, or not the caller's.
    NotFound,
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The store could not.
    Store(StoreError),
}

impl Failure {
    /// This failure, when a first commit went before it of which nothing comes.
    pub(super) fn undone(self) -> Self {
        match self {
            Self::Store(StoreError::Stale) => Self::Store(StoreError::Stale.and_not_done()),
            Self::Store(error) => Self::Store(intents::undone(error)),
            other => other,
        }
    }
}

impl Failure {
    /// As often as allowed for now: the next is at `free_at`.
    pub(super) fn not_before(free_at: Timestamp, now: Timestamp) -> Self {
        let wait = free_at.duration_since(now).max(SignedDuration::from_secs(1));
        Self::TooManyRequests(Duration::try_from(wait).unwrap_or_default())
    }

    /// Likewise, when it came after a part had been done in full, of which nothing comes either.
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
