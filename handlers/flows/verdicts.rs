//! Judges whether a password would be accepted, before it is submitted, by the same policy that applies on submission. Nothing is stored,
//! written or counted as an attempt.

use super::{
    failure::Failure,
    services::Services,
    sign_in::{estimates::known_of, sessions::PendingStep},
};
use crate::domain::{
    accounts::account::Account,
    ids::SessionId,
    sign_in::{
        credentials::TypedPassword,
        password_policy::Verdict,
        session::{Full, MustChoose, Session},
    },
    wire::fields::FieldCode,
};

/// Someone who may choose a password now.
#[derive(Clone)]
pub struct Chooser {
    session: SessionId,
    /// What an attacker knows about them.
    about: [String; 3],
}

impl Chooser {
    /// A signed-in user.
    pub fn signed_in(session: &Session<Full>, account: &Account) -> Self {
        Self { session: session.record().id, about: known_of(account) }
    }

    /// A user who must choose a new password.
    ///
    /// # Errors
    /// [`Failure::NotSignedIn`] without an account.
    pub fn due(due: &PendingStep<MustChoose>) -> Result<Self, Failure> {
        let account = due.found.account().ok_or(Failure::NotSignedIn)?;
        Ok(Self { session: due.session.record().id, about: known_of(account) })
    }
}

/// Judges a password.
///
/// # Errors
/// [`Failure::TooManyRequests`] when this session asks too often, or too many ask at once.
pub async fn judge(services: &Services, chooser: Chooser, typed: Result<TypedPassword, FieldCode>) -> Result<Verdict, Failure> {
    services.limits.verdict(chooser.session).map_err(|fast| Failure::TooManyRequests(fast.retry_after))?;
    let Ok(typed) = typed else { return Ok(Verdict::TooLong) };
    let chosen = services.estimates.choose(typed, chooser.about).await.map_err(|full| Failure::TooManyRequests(full.retry_after))?;
    Ok(match chosen {
        Ok(_) => Verdict::Good,
        Err(FieldCode::TooShort) => Verdict::TooShort,
        Err(FieldCode::TooLong) => Verdict::TooLong,
        Err(_) => Verdict::TooGuessable,
    })
}
