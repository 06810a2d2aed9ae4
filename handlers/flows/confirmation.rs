//! Asking for the password, or the second factor, again before something that matters (OWASP ASVS 5.0 V7.5.1).
//!
//! A wrong one counts and is recorded like any login attempt.

use super::{
    failure::Failure,
    hash_pool::Acquaintance,
    password_check::{Checked, check},
    register::Recorded,
    services::Services,
    sign_in::{SecondFactorTry, hash_recovery_code, second_evidence},
    visitor::Visitor,
};
use crate::{
    domain::{
        account::Identity,
        attempt::Outcome,
        credentials::TypedPassword,
        session::{Full, Session},
        sign_in::{PasswordEvidence, SecondEvidence},
        stored::HashedToken,
    },
    store::{
        authority::Authority,
        error::StoreError,
        identities::{Found, IdentityWrite},
    },
};

/// Proof that the owner of the session just typed the right password.
pub struct Confirmed {
    /// The identity as it was then.
    pub found: Found,
    checked: Checked,
}

impl Confirmed {
    /// Fails when the credentials changed since.
    ///
    /// # Errors
    /// [`StoreError::Stale`].
    pub fn still_holds(&self, identity: &Identity) -> Result<(), StoreError> {
        if self.checked.still_holds(identity) { Ok(()) } else { Err(StoreError::Stale) }
    }
}

/// Checks the password of the session's owner.
///
/// # Errors
/// [`Failure::InvalidCredentials`] and [`Failure::TooManyAttempts`], recorded; [`Failure::TooManyRequests`] when the pool is full.
pub async fn confirm_password(
    services: &Services,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    visitor: &Visitor,
) -> Result<Confirmed, Failure> {
    let index = session.identity();
    let device = services.hash_device(index, visitor.device.as_ref()).await?;
    let found = services.identities.find(index).await?;
    admit(services, &found.identity, device.as_ref(), session, visitor).await?;
    let checked = check(services, &found, typed, Acquaintance::Known).await?;
    let checked = checked.map_err(|full| Failure::TooManyRequests(full.retry_after))?;
    if let PasswordEvidence::Password(_) = checked.evidence {
        return Ok(Confirmed { found, checked });
    }
    let recorded = record_failure(services, session, Outcome::WrongPassword, device, visitor).await?;
    Err(Failure::InvalidCredentials(recorded))
}

/// Checks the second factor of the session's owner without using it up; the change that follows has to do that.
///
/// # Errors
/// [`Failure::WrongCode`] and [`Failure::TooManyAttempts`], recorded.
pub async fn confirm_second_factor(
    services: &Services,
    session: &Session<Full>,
    shown: &SecondFactorTry,
    visitor: &Visitor,
) -> Result<SecondEvidence, Failure> {
    let index = session.identity();
    let device = services.hash_device(index, visitor.device.as_ref()).await?;
    let found = services.identities.find(index).await?;
    admit(services, &found.identity, device.as_ref(), session, visitor).await?;
    let recovery = hash_recovery_code(services, index, shown).await?;
    let evidence = second_evidence(found.account(), shown, recovery, services.now());
    let accepted = found.account().is_some_and(|account| account.clone().accept_second_factor(&evidence));
    if accepted {
        return Ok(evidence);
    }
    let recorded = record_failure(services, session, Outcome::WrongCode, device, visitor).await?;
    Err(Failure::WrongCode(recorded))
}

async fn admit(
    services: &Services,
    identity: &Identity,
    device: Option<&HashedToken>,
    session: &Session<Full>,
    visitor: &Visitor,
) -> Result<(), Failure> {
    let now = services.now();
    match identity.throttle_of(device, now).check(now) {
        Ok(()) => Ok(()),
        Err(throttled) => {
            let recorded = services.register.refuse(session.identity(), Outcome::Throttled, visitor).await?;
            Err(Failure::TooManyAttempts(recorded, throttled.retry_after))
        }
    }
}

async fn record_failure(
    services: &Services,
    session: &Session<Full>,
    outcome: Outcome,
    device: Option<HashedToken>,
    visitor: &Visitor,
) -> Result<Recorded, Failure> {
    let now = services.now();
    let decide = |found: &Found| {
        let mut identity = found.identity.clone();
        identity.throttle_for(device.as_ref(), now).fail(now);
        Ok::<_, Failure>((IdentityWrite::of(identity, visitor.attempt(outcome, 1), now), ()))
    };
    let (recorded, ()) = services.register.change(session.identity(), None, Authority::Stranger, decide).await?;
    Ok(recorded)
}
