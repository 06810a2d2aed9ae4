//! What judging a password and judging a code have in common, wherever they are typed: at the door, in a session, while enrolling.
//!
//! 1. Whoever asks may hang up: the judgement runs to its end and is recorded.
//! 2. Throttle, session and credentials are looked at in the commit that records it, so that no number of parallel tries outruns them.
//! 3. Right and wrong are recorded by the same commit, and nothing is answered before.

use super::{failure::Failure, running, services::Services, sign_in::SecondFactorTry, visitor::Visitor};
use crate::{
    crypto::token::{Purpose, ReadableCode},
    domain::{
        account::{Account, Identity},
        attempt::Outcome,
        session::Session,
        sign_in::SecondEvidence,
        stored::{BlindIndex, HashedToken},
        throttle::Throttle,
    },
    store::{error::StoreError, identities::StoredIdentity},
};
use jiff::Timestamp;
use std::{future::Future, time::Duration};

/// Why nothing was judged, yet or at all.
pub(super) enum Undecided {
    /// The account has to wait.
    Throttled(Duration),
    /// The pool is full.
    Overloaded(Duration),
    /// What was checked is not what is stored any more: check again.
    CredentialsChanged,
    /// The session was ended or led on.
    SessionOver,
    Final(Failure),
}

impl<F: Into<Failure>> From<F> for Undecided {
    fn from(failure: F) -> Self {
        Self::Final(failure.into())
    }
}

/// Runs a judgement to its end, also when whoever asked for it has left.
pub(super) async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T, Failure>> + Send + 'static) -> Result<T, Failure> {
    match running::go_on(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Unavailable.into()),
        },
    }
}

/// Records a try that was not looked at. `Ok` when it has to be checked again.
pub(super) async fn settle(services: &Services, index: BlindIndex, undecided: Undecided, visitor: &Visitor) -> Result<(), Failure> {
    match undecided {
        Undecided::CredentialsChanged => Ok(()),
        Undecided::SessionOver => Err(Failure::NotSignedIn),
        Undecided::Final(failure) => Err(failure),
        Undecided::Throttled(wait) => {
            let recorded = services.register.refuse(index, Outcome::Throttled, visitor).await?;
            Err(Failure::TooManyAttempts(recorded, wait))
        }
        Undecided::Overloaded(wait) => {
            let recorded = services.register.refuse(index, Outcome::Overloaded, visitor).await?;
            Err(Failure::Overloaded(recorded, wait))
        }
    }
}

/// Likewise, where nothing can have to be checked again.
pub(super) async fn refused(services: &Services, index: BlindIndex, undecided: Undecided, visitor: &Visitor) -> Failure {
    settle(services, index, undecided, visitor).await.err().unwrap_or(StoreError::Stale.into())
}

/// Whether this throttle lets a try through now.
pub(super) fn admitted(throttle: &Throttle, now: Timestamp) -> Result<(), Undecided> {
    throttle.check(now).map_err(|throttled| Undecided::Throttled(throttled.retry_after))
}

/// Whether the session was neither ended nor renewed: whoever comes later than another tab, or than its end, finds it over.
pub(super) fn still_lives<S>(identity: &Identity, session: &Session<S>) -> Result<(), Undecided> {
    let lives = identity.account.as_ref().is_some_and(|account| account.has_session(&session.hash()));
    if lives { Ok(()) } else { Err(Undecided::SessionOver) }
}

/// The stored form of a recovery code, when one was shown.
pub(super) async fn hash_recovery_code(
    services: &Services,
    index: BlindIndex,
    shown: &SecondFactorTry,
) -> Result<Option<HashedToken>, StoreError> {
    match shown {
        SecondFactorTry::RecoveryCode(typed) => match ReadableCode::parse(typed) {
            Some(code) => Ok(Some(services.hash(Purpose::RecoveryCode, index, code.bytes()).await?)),
            None => Ok(None),
        },
        SecondFactorTry::Code(_) => Ok(None),
    }
}

/// What a second factor turns out to be.
pub(super) fn second_evidence(
    account: Option<&Account>,
    shown: &SecondFactorTry,
    recovery: Option<HashedToken>,
    now: Timestamp,
) -> SecondEvidence {
    let factor = account.and_then(|account| account.second_factor.as_ref());
    match (shown, factor) {
        (SecondFactorTry::Code(code), Some(factor)) => factor.seed.verify(code, now).map_or(SecondEvidence::Wrong, SecondEvidence::Totp),
        (SecondFactorTry::RecoveryCode(_), Some(_)) => recovery.map_or(SecondEvidence::Wrong, SecondEvidence::Recovery),
        (_, None) => SecondEvidence::Wrong,
    }
}

/// The account of an identity that was just read.
pub(super) fn account_of(found: &StoredIdentity) -> Result<&Account, Failure> {
    found.account().ok_or(Failure::NotSignedIn)
}
