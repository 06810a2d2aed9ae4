//! The second factor of one's own account: enrol, confirm, renew recovery codes, disable (P7).

use super::{
    account_change::{Draft, change},
    confirmation::{confirm_password, confirm_second_factor},
    failure::Failure,
    services::Services,
    session_start::Start,
    sign_in::SecondFactorTry,
    visitor::{SessionCookie, Visitor},
};
use crate::{
    crypto::{
        token::{Purpose, ReadableCode},
        totp,
    },
    domain::{
        account::{Account, SecondFactor},
        attempt::Change,
        credentials::{Role, TypedPassword},
        mail::MailContent,
        session::{Denied, Full, Session},
        stored::{BlindIndex, HashedToken, TotpSeed},
    },
    secret::Secret,
    store::error::StoreError,
};

/// Recovery codes in a set.
const RECOVERY_CODES: usize = 10;

/// What an authenticator app needs; not active before it is confirmed.
pub struct Enrolment {
    /// Base 32, for typing.
    pub secret: Secret<String>,
    /// For the QR code.
    pub otpauth_url: Secret<String>,
    /// The QR code.
    pub qr_svg: String,
}

/// Fresh recovery codes, shown once, and the session's renewed cookie.
pub struct Codes {
    /// Ten of them.
    pub recovery_codes: Vec<Secret<String>>,
    /// The session's cookie from then on.
    pub cookie: SessionCookie,
}

/// Starts an enrolment. An account that has a second factor already must show it too.
///
/// # Errors
/// [`Failure`]; [`Failure::WrongStep`] when a second factor is on and none was shown.
pub async fn start(
    services: &Services,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    shown: Option<&SecondFactorTry>,
    visitor: &Visitor,
) -> Result<Enrolment, Failure> {
    let confirmed = confirm_password(services, session, typed, visitor).await?;
    let account = confirmed.found.account().ok_or(Failure::NotSignedIn)?;
    let evidence = match (account.has_second_factor(), shown) {
        (false, _) => None,
        (true, Some(shown)) => Some(confirm_second_factor(services, session, shown, visitor).await?),
        (true, None) => return Err(Failure::WrongStep),
    };
    let seed = TotpSeed::new(services.sealing.random_bytes());
    let edit = |draft: &mut Draft| {
        confirmed.still_holds(&draft.write.identity)?;
        if evidence.as_ref().is_some_and(|evidence| !draft.account.accept_second_factor(evidence)) {
            return Err(Failure::WrongStep);
        }
        draft.account.enrolling = Some(seed.clone());
        Ok(seed.otpauth_url(&draft.account.username))
    };
    let otpauth_url = change(services, session.identity(), session.proof().into(), Change::TwoFactorStarted, edit).await?;
    let qr_svg = totp::qr_svg(&otpauth_url);
    Ok(Enrolment { secret: seed.base32(), otpauth_url, qr_svg })
}

/// Confirms the enrolment with a code of the app: the second factor is on, other sessions end.
///
/// # Errors
/// [`Failure::WrongStep`] when nothing waits to be confirmed; [`Failure::WrongEnrolmentCode`].
pub async fn confirm(services: &Services, session: &Session<Full>, code: &str, visitor: &Visitor) -> Result<Codes, Failure> {
    let (plain, hashes) = draw_codes(services, session.identity()).await?;
    let start = Start::prepare(services, session.identity(), visitor).await?;
    let edit = |draft: &mut Draft| {
        let seed = draft.account.enrolling.take().ok_or(Failure::WrongStep)?;
        let last_step = seed.verify(code, draft.now).ok_or(Failure::WrongEnrolmentCode)?;
        draft.account.second_factor = Some(SecondFactor { seed, last_step, recovery: hashes.clone() });
        draft.renew(&start, session);
        draft.notify(MailContent::TwoFactorEnabled { at: draft.now });
        Ok(())
    };
    change(services, session.identity(), session.proof().into(), Change::TwoFactorEnabled, edit).await?;
    Ok(Codes { recovery_codes: plain, cookie: start.cookie })
}

/// Makes new recovery codes; the old ones die.
///
/// # Errors
/// [`Failure`]; [`Failure::WrongStep`] without a second factor.
pub async fn renew_codes(
    services: &Services,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    visitor: &Visitor,
) -> Result<Codes, Failure> {
    let confirmed = confirm_password(services, session, typed, visitor).await?;
    let (plain, hashes) = draw_codes(services, session.identity()).await?;
    let start = Start::prepare(services, session.identity(), visitor).await?;
    let edit = |draft: &mut Draft| {
        confirmed.still_holds(&draft.write.identity)?;
        draft.account.second_factor.as_mut().ok_or(Failure::WrongStep)?.recovery.clone_from(&hashes);
        draft.renew(&start, session);
        draft.notify(MailContent::RecoveryCodesRenewed { at: draft.now });
        Ok(())
    };
    change(services, session.identity(), session.proof().into(), Change::RecoveryCodesRenewed, edit).await?;
    Ok(Codes { recovery_codes: plain, cookie: start.cookie })
}

/// Turns the second factor off, with password and second factor. Not for officers.
///
/// # Errors
/// [`Failure`]; [`Failure::WrongStep`] when it is off.
pub async fn disable(
    services: &Services,
    session: &Session<Full>,
    typed: Option<&TypedPassword>,
    shown: &SecondFactorTry,
    visitor: &Visitor,
) -> Result<SessionCookie, Failure> {
    if session.role() == Role::Officer {
        return Err(Failure::Denied(Denied::TwoFactorRequired));
    }
    let confirmed = confirm_password(services, session, typed, visitor).await?;
    if !confirmed.found.account().is_some_and(Account::has_second_factor) {
        return Err(Failure::WrongStep);
    }
    let evidence = confirm_second_factor(services, session, shown, visitor).await?;
    let start = Start::prepare(services, session.identity(), visitor).await?;
    let edit = |draft: &mut Draft| {
        confirmed.still_holds(&draft.write.identity)?;
        if !draft.account.accept_second_factor(&evidence) {
            return Err(Failure::WrongStep);
        }
        draft.account.second_factor = None;
        draft.account.enrolling = None;
        draft.renew(&start, session);
        draft.notify(MailContent::TwoFactorDisabled { at: draft.now });
        Ok(())
    };
    change(services, session.identity(), session.proof().into(), Change::TwoFactorDisabled, edit).await?;
    Ok(start.cookie)
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
