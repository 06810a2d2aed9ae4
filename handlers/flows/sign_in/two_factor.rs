//! The second factor of the user's own account: enrol, confirm, renew recovery codes, disable (P7).

use super::{
    confirmation::confirm_both,
    judging::{Undecided, account_of, refused, to_its_end},
    session_draft::{Renewed, SessionDraft},
    steps::SecondFactorTry,
    visitor::Visitor,
};
use crate::flows::{
    accounts::change::{Draft, change, change_confirmed},
    failure::Failure,
    services::Services,
};
use crate::{
    crypto::{
        token::{Purpose, ReadableCode},
        totp,
    },
    domain::{
        accounts::account::SecondFactor,
        mail::MailContent,
        sign_in::{
            attempt::{Change, Outcome},
            credentials::{Role, TypedPassword},
            enrolment::Enrolment as Unconfirmed,
            session::{Denied, Full, Session},
        },
        stored::{BlindIndex, HashedToken, TotpSeed},
    },
    secret::Secret,
    store::error::StoreError,
};
use std::sync::Arc;

/// Recovery codes in a set.
const RECOVERY_CODES: usize = 10;

/// What an authenticator app needs; not active until confirmed.
pub struct Enrolment {
    /// Base 32, for typing.
    pub secret: Secret<String>,
    /// For the QR code.
    pub otpauth_url: Secret<String>,
    pub qr_svg: String,
}

/// New recovery codes, shown once, and the browser's renewed cookies.
pub struct Codes {
    pub recovery_codes: Vec<Secret<String>>,
    /// The browser's cookies from then on.
    pub renewed: Renewed,
}

/// Starts an enrolment. If the account already has a second factor, it must be given too.
///
/// # Errors
/// [`Failure`]; [`Failure::Invalid`] when a second factor is enabled and was not given.
pub async fn start(
    services: &Arc<Services>,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    shown: Option<&SecondFactorTry>,
    visitor: &Visitor,
) -> Result<Enrolment, Failure> {
    let confirmed = confirm_both(services, session, typed, shown, visitor).await?;
    let seed = TotpSeed::new(services.sealing.random_bytes());
    let edit = |draft: &mut Draft| {
        draft.account.enrolment = Some(Unconfirmed::begin(seed.clone(), session.record().id, draft.now));
        Ok(seed.otpauth_url(&draft.account.username))
    };
    let otpauth_url = change_confirmed(services, session, &confirmed, Change::TwoFactorStarted, edit).await?;
    let qr_svg = totp::qr_svg(&otpauth_url);
    Ok(Enrolment { secret: seed.base32(), otpauth_url, qr_svg })
}

/// Confirms the enrolment with a code from the app: the second factor is enabled and other sessions end. A wrong code is recorded; after a
/// few of them the enrolment is dropped.
///
/// # Errors
/// [`Failure::WrongStep`] when this session has no enrolment to confirm; [`Failure::WrongEnrolmentCode`], recorded.
pub async fn confirm(services: &Arc<Services>, session: &Session<Full>, code: String, visitor: &Visitor) -> Result<Codes, Failure> {
    let (services, session, visitor) = (Arc::clone(services), session.clone(), visitor.clone());
    to_its_end(async move { confirm_code(&services, &session, &code, &visitor).await }).await
}

async fn confirm_code(services: &Services, session: &Session<Full>, code: &str, visitor: &Visitor) -> Result<Codes, Failure> {
    let index = session.identity();
    let (plain, hashes) = draw_codes(services, index).await?;
    let start = SessionDraft::prepare(services, index, visitor).await?;
    let edit = |draft: &mut Draft| {
        let waiting = draft.account.enrolment_of(session.record().id, draft.now).ok_or(Failure::WrongStep)?.clone();
        let throttle = draft.write.identity.throttle_of(start.shown_device.as_ref(), draft.now);
        throttle.check(draft.now).map_err(|throttled| Failure::TooManyRequests(throttled.retry_after))?;
        let Some(last_step) = waiting.seed().verify(code, draft.now) else {
            draft.account.enrolment = waiting.after_wrong_code();
            draft.attempted(visitor.attempt(Outcome::WrongEnrolmentCode, 1));
            return Ok(false);
        };
        draft.account.second_factor =
            Some(SecondFactor { seed: waiting.seed().clone(), last_step, recovery: hashes.clone(), codes_unseen: true });
        draft.account.enrolment = None;
        draft.renew(&start, session);
        draft.notify(MailContent::TwoFactorEnabled { at: draft.now });
        Ok(true)
    };
    match change(services, index, session.proof().into(), Change::TwoFactorEnabled, edit).await {
        Ok(true) => Ok(Codes { recovery_codes: plain, renewed: start.into_renewed() }),
        Ok(false) => Err(Failure::WrongEnrolmentCode),
        Err(Failure::TooManyRequests(wait)) => Err(refused(services, index, Undecided::Throttled(wait), visitor).await),
        Err(other) => Err(other),
    }
}

/// Creates new recovery codes; the old ones become invalid.
///
/// # Errors
/// [`Failure`]; [`Failure::WrongStep`] without a second factor.
pub async fn renew_codes(
    services: &Arc<Services>,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    shown: Option<&SecondFactorTry>,
    visitor: &Visitor,
) -> Result<Codes, Failure> {
    has_factor(services, session).await?;
    let confirmed = confirm_both(services, session, typed, shown, visitor).await?;
    let (plain, hashes) = draw_codes(services, session.identity()).await?;
    let start = SessionDraft::prepare(services, session.identity(), visitor).await?;
    let edit = |draft: &mut Draft| {
        let factor = draft.account.second_factor.as_mut().ok_or(Failure::WrongStep)?;
        factor.recovery.clone_from(&hashes);
        factor.codes_unseen = true;
        draft.renew(&start, session);
        draft.notify(MailContent::RecoveryCodesRenewed { at: draft.now });
        Ok(())
    };
    change_confirmed(services, session, &confirmed, Change::RecoveryCodesRenewed, edit).await?;
    Ok(Codes { recovery_codes: plain, renewed: start.into_renewed() })
}

/// Records that the owner has the recovery codes. A lost answer shows none, so until this is recorded the screens lead to creating new
/// ones.
///
/// # Errors
/// [`Failure::WrongStep`] without a second factor; [`Failure::Store`].
pub async fn codes_seen(services: &Services, session: &Session<Full>) -> Result<(), Failure> {
    let found = services.identities.find(session.identity()).await?;
    if !account_of(&found)?.second_factor.as_ref().ok_or(Failure::WrongStep)?.codes_unseen {
        return Ok(());
    }
    let edit = |draft: &mut Draft| {
        draft.account.second_factor.as_mut().ok_or(Failure::WrongStep)?.codes_unseen = false;
        Ok(())
    };
    change(services, session.identity(), session.proof().into(), Change::RecoveryCodesSeen, edit).await
}

/// Disables the second factor; requires password and second factor. Not for officers.
///
/// # Errors
/// [`Failure`]; [`Failure::WrongStep`] when none is enabled.
pub async fn disable(
    services: &Arc<Services>,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    shown: Option<&SecondFactorTry>,
    visitor: &Visitor,
) -> Result<Renewed, Failure> {
    if session.role() == Role::Officer {
        return Err(Failure::Denied(Denied::TwoFactorRequired));
    }
    has_factor(services, session).await?;
    let confirmed = confirm_both(services, session, typed, shown, visitor).await?;
    let start = SessionDraft::prepare(services, session.identity(), visitor).await?;
    let edit = |draft: &mut Draft| {
        draft.account.second_factor.take().ok_or(Failure::WrongStep)?;
        draft.account.enrolment = None;
        draft.renew(&start, session);
        draft.notify(MailContent::TwoFactorDisabled { at: draft.now });
        Ok(())
    };
    change_confirmed(services, session, &confirmed, Change::TwoFactorDisabled, edit).await?;
    Ok(start.into_renewed())
}

/// Checked before anything is judged: whether there is a second factor is no secret to its owner.
async fn has_factor(services: &Services, session: &Session<Full>) -> Result<(), Failure> {
    let found = services.identities.find(session.identity()).await?;
    if account_of(&found)?.has_second_factor() { Ok(()) } else { Err(Failure::WrongStep) }
}

async fn draw_codes(services: &Services, index: BlindIndex) -> Result<(Vec<Secret<String>>, Vec<HashedToken>), StoreError> {
    let mut plain = Vec::with_capacity(RECOVERY_CODES);
    let mut hashes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = ReadableCode::new(services.sealing.random_bytes());
        hashes.push(services.hash(Purpose::RecoveryCode, index, code.bytes()).await?);
        plain.push(code.text());
    }
    Ok((plain, hashes))
}
