//! Signing in: password, second factor, new password.
//!
//! Each step is one commit in the identity's partition: the identity with its throttle and used-up codes, the entry in the
//! register, and the session. No answer leaves before it is durable, and parallel tries cannot outrun a counter.

use super::{
    failure::Failure,
    hash_pool::Acquaintance,
    password_check::check,
    register::Recorded,
    services::Services,
    session_start::{Decided, Start},
    sessions::Due,
    visitor::{SessionCookie, Visitor},
};
use crate::{
    crypto::{
        password::Argon2id,
        token::{PlainToken, Purpose, ReadableCode},
    },
    domain::{
        account::{Account, Identity},
        attempt::Outcome,
        credentials::TypedPassword,
        fields::{FieldCode, InvalidFields},
        mail::MailContent,
        password_policy::NewPassword,
        session::{MustChoose, PasswordOnly, Session, Step},
        sign_in::{SecondEvidence, new_password_step, password_step, second_step},
        stored::{BlindIndex, HashedToken, PasswordHash},
    },
    store::{authority::Authority, error::StoreError, identities::Found},
};
use jiff::Timestamp;
use std::time::Duration;

/// A step that led on.
pub struct Stepped {
    /// It is in the register.
    pub recorded: Recorded,
    /// The step that follows; [`Step::Full`] when there is none.
    pub next: Step,
    /// The session's new cookie.
    pub cookie: SessionCookie,
    /// The browser's mark, once fully signed in.
    pub device: Option<PlainToken>,
    /// Recovery codes that are left.
    pub recovery_codes_left: u8,
}

/// What a visitor shows as second factor.
pub enum SecondFactorTry {
    /// Six digits.
    Code(String),
    /// A recovery code as typed.
    RecoveryCode(String),
}

/// The first step. `typed` is `None` when it is too long to be anyone's password.
///
/// # Errors
/// [`Failure`], recorded, or [`Failure::Store`] when it could not be recorded: then nobody gets in.
pub async fn password(services: &Services, username: &str, typed: Option<&TypedPassword>, visitor: &Visitor) -> Result<Stepped, Failure> {
    let index = services.identities.index(username).await?;
    let start = Start::prepare(services, index, visitor).await?;
    loop {
        match try_password(services, &start, typed).await {
            Ok(stepped) => return Ok(stepped),
            Err(Undecided::CredentialsChanged) => {}
            Err(Undecided::Throttled(wait)) => {
                let recorded = services.register.refuse(index, Outcome::Throttled, visitor).await?;
                return Err(Failure::TooManyAttempts(recorded, wait));
            }
            Err(Undecided::Overloaded(wait)) => {
                let recorded = services.register.refuse(index, Outcome::Overloaded, visitor).await?;
                return Err(Failure::Overloaded(recorded, wait));
            }
            Err(Undecided::Failed(recorded)) => return Err(Failure::InvalidCredentials(recorded)),
            Err(other @ (Undecided::SessionOver | Undecided::Store(_))) => return Err(other.into()),
        }
    }
}

/// The second step.
///
/// # Errors
/// [`Failure`], recorded, or [`Failure::Store`].
pub async fn second_factor(
    services: &Services,
    due: Due<PasswordOnly>,
    shown: &SecondFactorTry,
    visitor: &Visitor,
) -> Result<Stepped, Failure> {
    let Due { session, found } = due;
    let index = session.identity();
    let start = Start::prepare(services, index, visitor).await?;
    let recovery = hash_recovery_code(services, index, shown).await?;
    let now = services.now();
    let then_new_password = session.record().step == Step::TwoFactor { then_new_password: true };
    let decide = |found: &Found| {
        throttled(&found.identity, start.shown_device.as_ref(), now)?;
        still_lives(found, &session)?;
        let evidence = second_evidence(found.account(), shown, recovery, now);
        let verdict = second_step(found.identity.clone(), &evidence, then_new_password, start.shown_device.as_ref(), now);
        let mut planned = start.plan(verdict, Some(session.hash()), now);
        if let (SecondEvidence::Recovery(_), Some(_)) = (evidence, planned.1.next) {
            let left = planned.1.recovery_codes_left;
            start.notify(&mut planned, MailContent::RecoveryCodeUsed { at: now, left }, now);
        }
        Ok(planned)
    };
    match services.register.change(index, Some(found), session.proof().into(), decide).await {
        Ok((recorded, decided)) => finish(services, start, recorded, decided).await.map_err(Failure::WrongCode),
        Err(Undecided::Throttled(wait)) => {
            let recorded = services.register.refuse(index, Outcome::Throttled, visitor).await?;
            Err(Failure::TooManyAttempts(recorded, wait))
        }
        Err(other) => Err(other.into()),
    }
}

/// The last step after a one-time password.
///
/// # Errors
/// [`Failure::WeakPassword`] before anything is changed; [`Failure`], recorded, or [`Failure::Store`].
pub async fn new_password(
    services: &Services,
    due: Due<MustChoose>,
    typed: Result<TypedPassword, FieldCode>,
    visitor: &Visitor,
) -> Result<Stepped, Failure> {
    let Due { session, found } = due;
    let index = session.identity();
    let account = found.account().ok_or(Failure::NotSignedIn)?;
    let hash = choose_password(services, account, typed).await?;
    let start = Start::prepare(services, index, visitor).await?;
    let now = services.now();
    let decide = |found: &Found| {
        still_lives(found, &session)?;
        let verdict = new_password_step(found.identity.clone(), hash.clone(), start.shown_device.as_ref(), now);
        let mut planned = start.plan(verdict, Some(session.hash()), now);
        start.end_all_others(&mut planned.0, now);
        start.notify(&mut planned, MailContent::PasswordChanged { at: now }, now);
        Ok::<_, Undecided>(planned)
    };
    let (recorded, decided) = services.register.change(index, Some(found), session.proof().into(), decide).await?;
    finish(services, start, recorded, decided).await.map_err(Failure::InvalidCredentials)
}

/// Checks a new password against the policy and hashes it, both on the pool.
///
/// # Errors
/// [`Failure::WeakPassword`], or [`Failure::TooManyRequests`] when the pool is full.
pub async fn choose_password(
    services: &Services,
    account: &Account,
    typed: Result<TypedPassword, FieldCode>,
) -> Result<PasswordHash, Failure> {
    let weak = |code| Failure::WeakPassword(InvalidFields::one("/new_password", code));
    let typed = typed.map_err(weak)?;
    let about = [account.username.as_str(), account.display_name.as_str(), account.email.as_str()].map(str::to_owned);
    let salt = services.sealing.random_bytes();
    let work = move |argon2id: &Argon2id| {
        let password = NewPassword::choose(&typed, &about.each_ref().map(String::as_str))?;
        Ok(argon2id.hash(password.typed(), salt))
    };
    let hashed = services.pool.run(Acquaintance::Known, work).await;
    hashed.map_err(|full| Failure::TooManyRequests(full.retry_after))?.map_err(weak)
}

/// Why there is no answer that leads on, yet or at all.
enum Undecided {
    Throttled(Duration),
    Overloaded(Duration),
    CredentialsChanged,
    SessionOver,
    Failed(Recorded),
    Store(StoreError),
}

impl From<StoreError> for Undecided {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Undecided> for Failure {
    fn from(undecided: Undecided) -> Self {
        match undecided {
            Undecided::Failed(recorded) => Self::InvalidCredentials(recorded),
            Undecided::Store(error) => Self::Store(error),
            Undecided::Throttled(wait) | Undecided::Overloaded(wait) => Self::TooManyRequests(wait),
            Undecided::CredentialsChanged => Self::Store(StoreError::Stale),
            Undecided::SessionOver => Self::NotSignedIn,
        }
    }
}

async fn try_password(services: &Services, start: &Start, typed: Option<&TypedPassword>) -> Result<Stepped, Undecided> {
    let index = start.cookie.identity;
    let found = services.identities.find(index).await?;
    let device = start.shown_device.as_ref();
    let who = admit(services, &found, start)?;
    let checked = check(services, &found, typed, who).await?.map_err(|full| Undecided::Overloaded(full.retry_after))?;
    let now = services.now();
    let decide = |found: &Found| {
        throttled(&found.identity, device, now)?;
        if !checked.still_holds(&found.identity) {
            return Err(Undecided::CredentialsChanged);
        }
        let verdict = password_step(found.identity.clone(), checked.evidence.clone(), device, now);
        Ok(start.plan(verdict, None, now))
    };
    let (recorded, decided) = services.register.change(index, Some(found), Authority::Stranger, decide).await?;
    finish(services, start.clone(), recorded, decided).await.map_err(Undecided::Failed)
}

/// Throttle and buckets, before any hashing. A known browser is spared the buckets: it shares none with strangers.
fn admit(services: &Services, found: &Found, start: &Start) -> Result<Acquaintance, Undecided> {
    let now = services.now();
    throttled(&found.identity, start.shown_device.as_ref(), now)?;
    let device = start.shown_device.as_ref();
    let known = device.is_some_and(|hash| found.account().is_some_and(|account| account.device(hash, now).is_some()));
    if known {
        return Ok(Acquaintance::Known);
    }
    services.limits.stranger(start.visitor.ip).map_err(|fast| Undecided::Throttled(fast.retry_after))?;
    Ok(Acquaintance::Stranger)
}

fn throttled(identity: &Identity, device: Option<&HashedToken>, now: Timestamp) -> Result<(), Undecided> {
    identity.throttle_of(device, now).check(now).map_err(|throttled| Undecided::Throttled(throttled.retry_after))
}

/// A half signed-in session leads on once: whoever comes later than another tab, or than its end, finds it over.
fn still_lives<S>(found: &Found, session: &Session<S>) -> Result<(), Undecided> {
    let lives = found.account().is_some_and(|account| account.has_session(&session.hash()));
    if lives { Ok(()) } else { Err(Undecided::SessionOver) }
}

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

/// The answer to a recorded step; without a next one there is only the proof that it was recorded.
async fn finish(services: &Services, start: Start, recorded: Recorded, decided: Decided) -> Result<Stepped, Recorded> {
    let next = decided.next.ok_or(recorded)?;
    services.post.announce(start.cookie.identity, &decided.mails, services.now()).await;
    let device = (next == Step::Full).then_some(start.device.0);
    Ok(Stepped { recorded, next, cookie: start.cookie, device, recovery_codes_left: decided.recovery_codes_left })
}
