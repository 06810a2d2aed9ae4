//! Asking again for the password, and the second factor, before a sensitive operation (OWASP ASVS 5.0 V7.5.1).
//!
//! Judged like any login attempt: success and failure are recorded alike, in the same commit that checks the throttle.

use super::{
    attempt_log::Recorded,
    hash_pool::Acquaintance,
    judging::{Undecided, account_of, admitted, hash_recovery_code, second_evidence, settle, still_lives, to_its_end},
    password_check::{Checked, check},
    session_draft::pending,
    steps::SecondFactorTry,
    visitor::Visitor,
};
use crate::flows::{failure::Failure, services::Services};
use crate::{
    domain::{
        accounts::account::{Account, Identity},
        ids::MailId,
        mail::{MailContent, PendingMail},
        sign_in::{
            attempt::Outcome,
            credentials::TypedPassword,
            session::{Full, Session},
            steps::{SecondEvidence, confirmation_step},
        },
        stored::HashedToken,
        wire::fields::{FieldCode, InvalidFields},
    },
    store::{
        error::StoreError,
        identities::repository::{IdentityWrite, StoredIdentity},
    },
};
use jiff::Timestamp;
use std::sync::Arc;

/// Proof that the session's owner has just typed the correct password, and shown the second factor where it was required.
pub struct Confirmed {
    /// The account as it was at that moment.
    pub account: Account,
}

impl Confirmed {
    /// Fails when anything the confirmation relied on has changed since: the password, the second factor, the address.
    pub fn still_holds(&self, identity: &Identity) -> Result<(), StoreError> {
        let same = identity.account.as_ref().is_some_and(|account| account.standing == self.account.standing);
        if same { Ok(()) } else { Err(StoreError::Stale) }
    }
}

/// Checks the password of the session's owner. `typed` is `None` when the input is too long to be a password.
///
/// # Errors
/// [`Failure::InvalidCredentials`], [`Failure::TooManyAttempts`] and [`Failure::Overloaded`], all recorded.
pub async fn confirm_password(
    services: &Arc<Services>,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    visitor: &Visitor,
) -> Result<Confirmed, Failure> {
    confirm(services, session, Shown { password: typed.cloned(), factor: None, asks_factor: false }, visitor).await
}

/// Checks the password of the session's owner and, if enabled, the second factor, consuming its code. A second factor given without one
/// enabled is ignored.
///
/// # Errors
/// Those of [`confirm_password`]; [`Failure::WrongCode`], recorded; [`Failure::Invalid`] when a second factor is enabled and was not given.
pub async fn confirm_both(
    services: &Arc<Services>,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    factor: Option<&SecondFactorTry>,
    visitor: &Visitor,
) -> Result<Confirmed, Failure> {
    confirm(services, session, Shown { password: typed.cloned(), factor: factor.cloned(), asks_factor: true }, visitor).await
}

/// The credentials shown again.
struct Shown {
    password: Option<TypedPassword>,
    factor: Option<SecondFactorTry>,
    asks_factor: bool,
}

impl Shown {
    /// The second factor to judge for this account, if any.
    ///
    /// # Errors
    /// When one is required but missing.
    fn factor_for(&self, account: &Account) -> Result<Option<&SecondFactorTry>, InvalidFields> {
        match &self.factor {
            _ if !self.asks_factor || !account.has_second_factor() => Ok(None),
            Some(factor) => Ok(Some(factor)),
            None => Err(InvalidFields::one("/code", FieldCode::Required)),
        }
    }
}

async fn confirm(services: &Arc<Services>, session: &Session<Full>, shown: Shown, visitor: &Visitor) -> Result<Confirmed, Failure> {
    let (services, session, visitor) = (Arc::clone(services), session.clone(), visitor.clone());
    to_its_end(async move {
        let confirmation = Confirmation::prepare(&services, &session, &shown, &visitor).await?;
        loop {
            match confirmation.judge().await {
                Ok(confirmed) => return Ok(confirmed),
                Err(undecided) => settle(&services, session.identity(), undecided, &visitor).await?,
            }
        }
    })
    .await
}

struct Confirmation<'a> {
    services: &'a Services,
    session: &'a Session<Full>,
    shown: &'a Shown,
    visitor: &'a Visitor,
    device: Option<HashedToken>,
    recovery: Option<HashedToken>,
    mail: MailId,
}

/// The outcome of a judgement, from which the answer is made.
struct ConfirmationOutcome {
    outcome: Outcome,
    account: Account,
    mails: Vec<(MailId, PendingMail)>,
}

impl<'a> Confirmation<'a> {
    async fn prepare(
        services: &'a Services,
        session: &'a Session<Full>,
        shown: &'a Shown,
        visitor: &'a Visitor,
    ) -> Result<Self, StoreError> {
        let index = session.identity();
        let device = services.hash_device(index, visitor.device.as_ref()).await?;
        let recovery = match &shown.factor {
            Some(factor) => hash_recovery_code(services, index, factor).await?,
            None => None,
        };
        let mail = MailId::from_random(services.sealing.random_bytes());
        Ok(Self { services, session, shown, visitor, device, recovery, mail })
    }

    /// One pass: read, hash, then decide and record in one commit.
    async fn judge(&self) -> Result<Confirmed, Undecided> {
        let found = self.services.identities.find(self.session.identity()).await?;
        let factor = self.shown.factor_for(account_of(&found)?)?;
        self.admitted(&found, factor.is_some(), self.services.now())?;
        let checked = check(self.services, &found, self.shown.password.as_ref(), None, Acquaintance::Known).await;
        let checked = checked.map_err(|full| Undecided::Overloaded(full.retry_after))?;
        let now = self.services.now();
        let decide = |found: &StoredIdentity| self.decide(found, &checked, now);
        let (recorded, judged) = self.services.register.change(found.index, Some(found), self.session.proof().into(), decide).await?;
        Ok(self.answer(recorded, judged).await?)
    }

    /// A code is subject to the throttle of the second sign-in step as well.
    fn admitted(&self, found: &StoredIdentity, with_factor: bool, now: Timestamp) -> Result<(), Undecided> {
        let device = self.device.as_ref();
        admitted(found.identity.throttle_of(device, now), now)?;
        if with_factor { admitted(found.identity.factor_throttle_of(device, now), now) } else { Ok(()) }
    }

    fn decide(&self, found: &StoredIdentity, checked: &Checked, now: Timestamp) -> Result<(IdentityWrite, ConfirmationOutcome), Undecided> {
        let device = self.device.as_ref();
        still_lives(&found.identity, self.session)?;
        let account = found.account().ok_or(Undecided::SessionOver)?;
        let factor = self.shown.factor_for(account).map_err(|_| Undecided::CredentialsChanged)?;
        self.admitted(found, factor.is_some(), now)?;
        if !checked.still_holds(&found.identity, now) {
            return Err(Undecided::CredentialsChanged);
        }
        let evidence = factor.map(|shown| second_evidence(Some(account), shown, self.recovery, now));
        let verdict = confirmation_step(found.identity.clone(), checked.is_password(), evidence.as_ref(), device, now);
        let outcome = verdict.outcome();
        let mut write = IdentityWrite::of(verdict.into_identity(), self.visitor.attempt(outcome, 1), now);
        let account = write.identity.account.clone().ok_or(Undecided::SessionOver)?;
        if let (Outcome::ConfirmedPassword, Some(SecondEvidence::Recovery(_))) = (outcome, evidence) {
            let used = MailContent::RecoveryCodeUsed { at: now, left: account.recovery_codes_left() };
            write.mails.push((self.mail, pending(&account, used, now, None)));
        }
        let mails = write.mails.clone();
        Ok((write, ConfirmationOutcome { outcome, account, mails }))
    }

    async fn answer(&self, recorded: Recorded, judged: ConfirmationOutcome) -> Result<Confirmed, Failure> {
        self.services.post.announce(self.session.identity(), &judged.mails, self.services.now()).await;
        match judged.outcome {
            Outcome::ConfirmedPassword => Ok(Confirmed { account: judged.account }),
            Outcome::WrongCode => Err(Failure::WrongCode(recorded)),
            _ => Err(Failure::InvalidCredentials(recorded)),
        }
    }
}
