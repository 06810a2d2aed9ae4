//! The steps of signing in as pure functions: from the stored identity and the submitted evidence to a verdict.
//!
//! Every response is derived from a `Verdict`, which always carries the outcome to record (P6).

use super::{attempt::Outcome, session::Step};
use crate::domain::{
    accounts::account::{Identity, Status},
    stored::{HashedToken, PasswordHash},
};
use jiff::Timestamp;

/// Result of verifying the submitted password.
#[derive(Clone)]
pub enum PasswordEvidence {
    /// Matches neither the password nor the one-time password.
    Wrong,
    /// The password; with a new hash when the stored one has outdated parameters.
    Password(Option<PasswordHash>),
    OneTime,
}

/// Result of verifying the submitted second factor.
#[derive(Clone)]
pub enum SecondEvidence {
    /// Neither a valid code nor a recovery code.
    Wrong,
    /// The code of this step.
    Totp(u64),
    /// One of the recovery codes.
    Recovery(HashedToken),
}

/// The outcome of a step and what follows from it.
pub struct Verdict {
    outcome: Outcome,
    next: Option<Step>,
    identity: Identity,
    is_first: bool,
}

impl Verdict {
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The step that the session has reached; `None` when there is no session.
    pub const fn next(&self) -> Option<Step> {
        self.next
    }

    /// Whether this is the first complete sign-in to the account.
    pub const fn is_first(&self) -> bool {
        self.is_first
    }

    /// The identity after the step.
    pub fn into_identity(self) -> Identity {
        self.identity
    }

    fn failed(outcome: Outcome, mut identity: Identity, device: Option<&HashedToken>, now: Timestamp) -> Self {
        identity.throttle_for(device, now).fail(now);
        Self::of(outcome, None, identity)
    }

    const fn of(outcome: Outcome, next: Option<Step>, identity: Identity) -> Self {
        Self { outcome, next, identity, is_first: false }
    }
}

/// The first step. Unknown and disabled accounts fail in the same way as a wrong password.
pub fn password_step(mut identity: Identity, evidence: PasswordEvidence, device: Option<&HashedToken>, now: Timestamp) -> Verdict {
    let fail = |outcome, identity| Verdict::failed(outcome, identity, device, now);
    let Some(account) = &mut identity.account else {
        return fail(Outcome::UnknownUser, identity);
    };
    if !account.status.may_sign_in() {
        return fail(Outcome::Disabled, identity);
    }
    let two_factor = account.has_second_factor();
    match evidence {
        PasswordEvidence::Wrong => fail(Outcome::WrongPassword, identity),
        PasswordEvidence::OneTime => {
            // It stays valid until a password is chosen: a mail program or a second tab may have used it first.
            if !account.one_time.as_ref().is_some_and(|one_time| one_time.is_valid(now)) {
                return fail(Outcome::ExpiredOneTimePassword, identity);
            }
            let next = if two_factor { Step::TwoFactor { then_new_password: true } } else { Step::NewPassword };
            Verdict::of(Outcome::OneTimePassword, Some(next), identity)
        }
        PasswordEvidence::Password(rehashed) => {
            account.password = rehashed.or(account.password.take());
            if two_factor {
                let next = Some(Step::TwoFactor { then_new_password: false });
                return Verdict::of(Outcome::PasswordCorrect, next, identity);
            }
            signed_in(identity, device, now)
        }
    }
}

/// The second step. Each code is accepted once, and none older than the last one accepted.
pub fn second_step(
    mut identity: Identity,
    evidence: &SecondEvidence,
    then_new_password: bool,
    device: Option<&HashedToken>,
    now: Timestamp,
) -> Verdict {
    let Some(account) = identity.account.as_mut().filter(|account| account.status.may_sign_in()) else {
        return Verdict::failed(Outcome::Disabled, identity, device, now);
    };
    if !account.accept_second_factor(evidence) {
        identity.fail_factor(device, now);
        return Verdict::of(Outcome::WrongCode, None, identity);
    }
    if then_new_password {
        return Verdict::of(Outcome::OneTimePassword, Some(Step::NewPassword), identity);
    }
    signed_in(identity, device, now)
}

/// Re-authentication in a session, with the password and the second factor where required. It does not advance the session and does not
/// clear failures: an attacker guessing in one tab must not regain allowance from what is entered in another.
pub fn confirmation_step(
    mut identity: Identity,
    is_password: bool,
    factor: Option<&SecondEvidence>,
    device: Option<&HashedToken>,
    now: Timestamp,
) -> Verdict {
    if !is_password {
        return Verdict::failed(Outcome::WrongPasswordInSession, identity, device, now);
    }
    let accepted = |evidence| identity.account.as_mut().is_some_and(|account| account.accept_second_factor(evidence));
    if !factor.is_none_or(accepted) {
        identity.fail_factor(device, now);
        return Verdict::of(Outcome::WrongCode, None, identity);
    }
    Verdict::of(Outcome::ConfirmedPassword, None, identity)
}

/// The last step after a one-time password: sets the new password and completes the sign-in.
pub fn new_password_step(mut identity: Identity, hash: PasswordHash, device: Option<&HashedToken>, now: Timestamp) -> Verdict {
    let Some(account) = identity.account.as_mut().filter(|account| account.status.may_sign_in()) else {
        return Verdict::failed(Outcome::Disabled, identity, device, now);
    };
    account.set_password(hash, now);
    account.status = Status::Active;
    signed_in(identity, device, now)
}

fn signed_in(mut identity: Identity, device: Option<&HashedToken>, now: Timestamp) -> Verdict {
    identity.forgive(device, now);
    let before = identity.account.as_mut().and_then(|account| account.last_signed_in_at.replace(now));
    Verdict { is_first: before.is_none(), ..Verdict::of(Outcome::SignedIn, Some(Step::Full), identity) }
}
