//! What password checks and code checks have in common, whether at sign-in, within a session or while enrolling.
//!
//! 1. The client may disconnect: the check runs to completion and is recorded.
//! 2. Throttle, session and credentials are checked in the commit that records it, so that no number of parallel tries gets around them.
//! 3. Success and failure are recorded by the same commit, and nothing is answered before it.

use super::{steps::SecondFactorTry, visitor::Visitor};
use crate::flows::{failure::Failure, running, services::Services};
use crate::{
    crypto::token::{Purpose, ReadableCode},
    domain::{
        accounts::account::{Account, Identity},
        sign_in::{attempt::Outcome, session::Session, steps::SecondEvidence, throttle::Throttle},
        stored::{BlindIndex, HashedToken},
    },
    store::{error::StoreError, identities::repository::StoredIdentity},
};
use jiff::Timestamp;
use std::{future::Future, time::Duration};

/// Why nothing was judged, for now or at all.
pub(in crate::flows) enum Undecided {
    /// The account has to wait.
    Throttled(Duration),
    /// The hash pool is full.
    Overloaded(Duration),
    /// The credentials changed since they were checked: check again.
    CredentialsChanged,
    /// The session has ended or was renewed.
    SessionOver,
    Final(Failure),
}

impl<F: Into<Failure>> From<F> for Undecided {
    fn from(failure: F) -> Self {
        Self::Final(failure.into())
    }
}

/// Runs a check to completion, even if the client has disconnected.
pub(in crate::flows) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    match running::go_on(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Unavailable.into()),
        },
    }
}

/// Records a try that was not judged. `Ok` when it must be checked again.
pub(in crate::flows) async fn settle(
    services: &Services,
    index: BlindIndex,
    undecided: Undecided,
    visitor: &Visitor,
) -> Result<(), Failure> {
    match undecided {
        Undecided::CredentialsChanged => Ok(()),
        Undecided::SessionOver => Err(Failure::NotSignedIn),
        Undecided::Final(failure) => Err(failure),
        Undecided::Throttled(wait) => {
            let recorded = services.attempt_log.refuse(index, Outcome::Throttled, visitor).await?;
            Err(Failure::TooManyAttempts(recorded, wait))
        }
        Undecided::Overloaded(wait) => {
            let recorded = services.attempt_log.refuse(index, Outcome::Overloaded, visitor).await?;
            Err(Failure::Overloaded(recorded, wait))
        }
    }
}

/// Like [`settle`], where a second check is never needed.
pub(in crate::flows) async fn refused(services: &Services, index: BlindIndex, undecided: Undecided, visitor: &Visitor) -> Failure {
    settle(services, index, undecided, visitor).await.err().unwrap_or(StoreError::Stale.into())
}

/// Whether this throttle admits a try now.
pub(in crate::flows) fn admitted(throttle: &Throttle, now: Timestamp) -> Result<(), Undecided> {
    throttle.check(now).map_err(|throttled| Undecided::Throttled(throttled.retry_after))
}

/// Whether the session has been neither ended nor renewed: a request that comes after another tab's renewal, or after the end, is refused.
pub(in crate::flows) fn still_lives<S>(identity: &Identity, session: &Session<S>) -> Result<(), Undecided> {
    let lives = identity.account.as_ref().is_some_and(|account| account.has_session(&session.hash()));
    if lives { Ok(()) } else { Err(Undecided::SessionOver) }
}

/// Returns the stored form of a recovery code, if one was given.
pub(in crate::flows) async fn hash_recovery_code(
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

/// Verifies a second factor.
pub(in crate::flows) fn second_evidence(
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

/// Returns the account of an identity that was just read.
pub(in crate::flows) fn account_of(found: &StoredIdentity) -> Result<&Account, Failure> {
    found.account().ok_or(Failure::NotSignedIn)
}
