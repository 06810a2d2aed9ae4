//! Signing in: password, second factor, new password.
//!
//! Each step is one commit in the identity's logical partition: the identity with its throttle and used-up codes, the entry in the attempt
//! log, and the session. No answer is sent before it is durable, and parallel tries cannot outrun a counter. If the first step fails, the
//! answer is sent at a tick, so that its timing does not reveal whether an account exists.

use super::{
    attempt_log::Recorded,
    estimates::known_of,
    hash_pool::Acquaintance,
    judging::{Undecided, admitted, hash_recovery_code, refused, second_evidence, settle, still_lives, to_its_end},
    password_check::{Checked, check, one_time_code},
    session_draft::{Decided, SessionDraft},
    sessions::PendingStep,
    unknown_tries::Tried,
    visitor::{SessionCookie, Visitor},
};
use crate::flows::{failure::Failure, services::Services};
use crate::{
    crypto::{password::Argon2id, token::PlainToken},
    domain::{
        accounts::account::Account,
        mail::MailContent,
        sign_in::{
            attempt::Outcome,
            credentials::TypedPassword,
            session::{MustChoose, PasswordOnly, Step},
            steps::{SecondEvidence, new_password_step, password_step, second_step},
            username_as_typed::UsernameAsTyped,
        },
        stored::{HashedToken, PasswordHash},
        wire::fields::{FieldCode, InvalidFields},
    },
    store::{authority::Authority, identities::repository::StoredIdentity},
};
use std::{sync::Arc, time::Duration};

/// A step that succeeded.
pub struct StepOutcome {
    /// Proof that it is in the attempt log.
    pub recorded: Recorded,
    /// The next step; [`Step::Full`] when there is none.
    pub next: Step,
    /// The session's new cookie.
    pub cookie: SessionCookie,
    /// The browser token, once fully signed in.
    pub device: Option<PlainToken>,
    /// The number of recovery codes left.
    pub recovery_codes_left: u8,
}

/// The second factor given by a visitor.
#[derive(Clone)]
pub enum SecondFactorTry {
    Code(String),
    /// A recovery code as typed.
    RecoveryCode(String),
}

/// The first step. `typed` is `None` when the input is too long to be a password.
///
/// # Errors
/// [`Failure`], recorded, or [`Failure::Store`] when it could not be recorded: then nobody is let in.
pub async fn password(
    services: &Arc<Services>,
    username: UsernameAsTyped,
    typed: Option<TypedPassword>,
    visitor: Visitor,
) -> Result<StepOutcome, Failure> {
    let (held, services) = (services.register.ticks.hold(), Arc::clone(services));
    to_its_end(async move {
        let stepped = Box::pin(first_step(&services, &username, typed.as_ref(), &visitor)).await;
        if stepped.is_err() {
            services.register.ticks.release(held).await;
        }
        stepped
    })
    .await
}

async fn first_step(
    services: &Services,
    username: &UsernameAsTyped,
    typed: Option<&TypedPassword>,
    visitor: &Visitor,
) -> Result<StepOutcome, Failure> {
    let index = services.identities.index(username.as_str()).await?;
    let found = services.identities.find(index).await?;
    let guess = Guess {
        services,
        typed,
        code: one_time_code(services, index, typed).await?,
        start: SessionDraft::prepare(services, index, visitor).await?,
    };
    if found.account().is_some() { guess.at_account(found).await } else { guess.at_nobody(&found).await }
}

/// A password typed at sign-in.
struct Guess<'a> {
    services: &'a Services,
    typed: Option<&'a TypedPassword>,
    code: Option<HashedToken>,
    start: SessionDraft,
}

impl Guess<'_> {
    /// Tries a username that has an account.
    async fn at_account(&self, found: StoredIdentity) -> Result<StepOutcome, Failure> {
        let index = found.index;
        let mut checked = match self.admit(&found) {
            Ok(Admitted::ByOneTimePassword) => Ok((found, Checked::as_one_time(self.code))),
            Ok(Admitted::As(who)) => self.check(found, who).await,
            Err(undecided) => Err(undecided),
        };
        loop {
            let turn = self.services.register.ticks.turn();
            let stepped = match checked {
                Ok((found, checked)) => self.record(found, &checked).await,
                Err(undecided) => Err(undecided),
            };
            match stepped {
                Ok((recorded, decided)) => {
                    if decided.next.is_none() {
                        self.services.register.ticks.reach(turn).await;
                    }
                    return finish(self.services, self.start.clone(), recorded, decided).await.map_err(Failure::InvalidCredentials);
                }
                Err(undecided) => settle(self.services, index, undecided, &self.start.visitor).await?,
            }
            let found = self.services.identities.find(index).await?;
            let who = self.acquaintance(&found);
            checked = self.check(found, who).await;
        }
    }

    /// Tries an unknown username: the same buckets, the same wait after failures, the same hashing.
    async fn at_nobody(&self, found: &StoredIdentity) -> Result<StepOutcome, Failure> {
        let (services, visitor, name) = (self.services, &self.start.visitor, found.index);
        let refuse = async |outcome, failure: fn(Recorded, Duration) -> Failure, wait| match services
            .register
            .unknown(name, Tried::Refused(outcome), visitor)
            .await
        {
            Ok((recorded, _)) => failure(recorded, wait),
            Err(error) => error.into(),
        };
        if let Err(wait) = self.admit_at_nobody(found).await? {
            return Err(refuse(Outcome::Throttled, Failure::TooManyAttempts, wait).await);
        }
        match check(services, found, self.typed, self.code, Acquaintance::Stranger).await {
            Err(full) => return Err(refuse(Outcome::Overloaded, Failure::Overloaded, full.retry_after).await),
            Ok(_never_right) => {}
        }
        let (recorded, answer) = services.register.unknown(name, Tried::Wrong(found.identity.throttle.clone()), visitor).await?;
        match answer {
            Ok(()) => Err(Failure::InvalidCredentials(recorded)),
            Err(wait) => Err(Failure::TooManyAttempts(recorded, wait)),
        }
    }

    async fn admit_at_nobody(&self, found: &StoredIdentity) -> Result<Result<(), Duration>, Failure> {
        let services = self.services;
        if let Err(fast) = services.limits.address(self.start.visitor.ip) {
            return Ok(Err(fast.retry_after));
        }
        let unknown = services.identities.find(services.identities.unknown_index().await?).await?;
        if let Err(throttled) = unknown.identity.unknown.check(found.index, &found.identity.throttle, services.now()) {
            return Ok(Err(throttled.retry_after));
        }
        Ok(services.limits.stranger().map_err(|fast| fast.retry_after))
    }

    /// Checks buckets and throttle before any hashing. A known browser skips the buckets, since it shares none with strangers. For
    /// strangers, the address's own bucket comes first, so that one address takes nothing from the shared bucket; then a one-time password,
    /// which lets its owner in without waiting; then the account's throttle; and finally the bucket of all strangers, for tries that will
    /// be hashed.
    fn admit(&self, found: &StoredIdentity) -> Result<Admitted, Undecided> {
        let (services, now) = (self.services, self.services.now());
        let who = self.acquaintance(found);
        let too_fast = |fast: crate::flows::limits::TooFast| Undecided::Throttled(fast.retry_after);
        if who == Acquaintance::Stranger {
            services.limits.address(self.start.visitor.ip).map_err(too_fast)?;
        }
        if Checked::as_one_time(self.code).is_one_time(&found.identity, now) {
            return Ok(Admitted::ByOneTimePassword);
        }
        admitted(found.identity.throttle_of(self.start.shown_device.as_ref(), now), now)?;
        if who == Acquaintance::Stranger {
            services.limits.stranger().map_err(too_fast)?;
        }
        Ok(Admitted::As(who))
    }

    fn acquaintance(&self, found: &StoredIdentity) -> Acquaintance {
        let (now, shown) = (self.services.now(), self.start.shown_device.as_ref());
        let known = shown.is_some_and(|hash| found.account().is_some_and(|account| account.device(hash, now).is_some()));
        if known { Acquaintance::Known } else { Acquaintance::Stranger }
    }

    async fn check(&self, found: StoredIdentity, who: Acquaintance) -> Result<(StoredIdentity, Checked), Undecided> {
        let checked = check(self.services, &found, self.typed, self.code, who).await;
        checked.map(|checked| (found, checked)).map_err(|full| Undecided::Overloaded(full.retry_after))
    }

    async fn record(&self, found: StoredIdentity, checked: &Checked) -> Result<(Recorded, Decided), Undecided> {
        let (device, now) = (self.start.shown_device.as_ref(), self.services.now());
        let decide = |found: &StoredIdentity| {
            if !checked.still_holds(&found.identity, now) {
                return Err(Undecided::CredentialsChanged);
            }
            if !checked.is_one_time(&found.identity, now) {
                admitted(found.identity.throttle_of(device, now), now)?;
            }
            let verdict = password_step(found.identity.clone(), checked.evidence(&found.identity), device, now);
            Ok(self.start.plan(verdict, None, now))
        };
        self.services.register.change(found.index, Some(found), Authority::Stranger, decide).await
    }
}

/// How a try passed buckets and throttle.
enum Admitted {
    ByOneTimePassword,
    As(Acquaintance),
}

/// The second step. Only someone who knows the password reaches it, so it has a throttle of its own: password guessing does not block it.
///
/// # Errors
/// [`Failure`], recorded, or [`Failure::Store`].
pub async fn second_factor(
    services: &Arc<Services>,
    due: PendingStep<PasswordOnly>,
    shown: SecondFactorTry,
    visitor: Visitor,
) -> Result<StepOutcome, Failure> {
    let services = Arc::clone(services);
    to_its_end(async move { Box::pin(second_step_of(&services, due, &shown, &visitor)).await }).await
}

async fn second_step_of(
    services: &Services,
    due: PendingStep<PasswordOnly>,
    shown: &SecondFactorTry,
    visitor: &Visitor,
) -> Result<StepOutcome, Failure> {
    let PendingStep { session, found } = due;
    let index = session.identity();
    let start = SessionDraft::prepare(services, index, visitor).await?;
    let recovery = hash_recovery_code(services, index, shown).await?;
    let now = services.now();
    let then_new_password = session.record().step == Step::TwoFactor { then_new_password: true };
    let device = start.shown_device.as_ref();
    let decide = |found: &StoredIdentity| {
        admitted(found.identity.factor_throttle_of(device, now), now)?;
        still_lives(&found.identity, &session)?;
        let evidence = second_evidence(found.account(), shown, recovery, now);
        let verdict = second_step(found.identity.clone(), &evidence, then_new_password, device, now);
        let mut planned = start.plan(verdict, Some(session.hash()), now);
        if let (SecondEvidence::Recovery(_), Some(_)) = (evidence, planned.1.next) {
            let left = planned.1.recovery_codes_left;
            start.notify(&mut planned, MailContent::RecoveryCodeUsed { at: now, left }, now);
        }
        Ok(planned)
    };
    match services.register.change(index, Some(found), session.proof().into(), decide).await {
        Ok((recorded, decided)) => finish(services, start, recorded, decided).await.map_err(Failure::WrongCode),
        Err(undecided) => Err(refused(services, index, undecided, visitor).await),
    }
}

/// The last step after signing in with a one-time password.
///
/// # Errors
/// [`Failure::WeakPassword`] before anything is changed; [`Failure`], recorded, or [`Failure::Store`].
pub async fn new_password(
    services: &Arc<Services>,
    due: PendingStep<MustChoose>,
    typed: Result<TypedPassword, FieldCode>,
    visitor: Visitor,
) -> Result<StepOutcome, Failure> {
    let services = Arc::clone(services);
    to_its_end(async move { Box::pin(last_step(&services, due, typed, &visitor)).await }).await
}

async fn last_step(
    services: &Services,
    due: PendingStep<MustChoose>,
    typed: Result<TypedPassword, FieldCode>,
    visitor: &Visitor,
) -> Result<StepOutcome, Failure> {
    let PendingStep { session, found } = due;
    let index = session.identity();
    let account = found.account().ok_or(Failure::NotSignedIn)?;
    let hash = choose_password(services, account, typed).await?;
    let start = SessionDraft::prepare(services, index, visitor).await?;
    let now = services.now();
    let decide = |found: &StoredIdentity| {
        still_lives(&found.identity, &session)?;
        let verdict = new_password_step(found.identity.clone(), hash.clone(), start.shown_device.as_ref(), now);
        let mut planned = start.plan(verdict, Some(session.hash()), now);
        start.end_all_others(&mut planned.0, now);
        start.notify(&mut planned, MailContent::PasswordChanged { at: now }, now);
        Ok::<_, Undecided>(planned)
    };
    match services.register.change(index, Some(found), session.proof().into(), decide).await {
        Ok((recorded, decided)) => finish(services, start, recorded, decided).await.map_err(Failure::InvalidCredentials),
        Err(undecided) => Err(refused(services, index, undecided, visitor).await),
    }
}

/// Checks a new password against the policy, outside the hash pool, and hashes it on the pool.
///
/// # Errors
/// [`Failure::WeakPassword`], or [`Failure::TooManyRequests`] when the queue is full.
pub async fn choose_password(
    services: &Services,
    account: &Account,
    typed: Result<TypedPassword, FieldCode>,
) -> Result<PasswordHash, Failure> {
    let weak = |code| Failure::WeakPassword(InvalidFields::one("/new_password", code));
    let full = |full: crate::flows::sign_in::hash_pool::PoolFull| Failure::TooManyRequests(full.retry_after);
    let chosen = services.estimates.choose(typed.map_err(weak)?, known_of(account)).await.map_err(full)?.map_err(weak)?;
    let salt = services.sealing.random_bytes();
    let work = move |argon2id: &Argon2id| argon2id.hash(chosen.typed(), salt);
    services.pool.run(Acquaintance::Known, work).await.map_err(full)
}

/// Returns the answer to a recorded step; if no step follows, only the proof that it was recorded.
async fn finish(services: &Services, start: SessionDraft, recorded: Recorded, decided: Decided) -> Result<StepOutcome, Recorded> {
    let next = decided.next.ok_or(recorded)?;
    services.post.announce(start.cookie.identity, &decided.mails, services.now()).await;
    let device = (next == Step::Full).then_some(start.device.0);
    Ok(StepOutcome { recorded, next, cookie: start.cookie, device, recovery_codes_left: decided.recovery_codes_left })
}
