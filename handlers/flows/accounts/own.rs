//! The signed-in user's own account: viewing it, and changing its profile, password and e-mail address.

use super::change::{Draft, change_confirmed, change_unless};
use crate::flows::{
    failure::Failure,
    services::Services,
    sign_in::{
        confirmation::{confirm_both, confirm_password},
        session_draft::{Renewed, SessionDraft, pending},
        steps::{SecondFactorTry, choose_password},
        visitor::Visitor,
    },
};
use crate::{
    domain::{
        accounts::account::Account,
        chain::Entry,
        edited::Claims,
        mail::{MailContent, MaskedAddress},
        sign_in::{
            attempt::{Change, Event},
            credentials::{DisplayName, EmailAddress, Language, TypedPassword},
            session::{Full, Session},
        },
        stored::BlindIndex,
        wire::{fields::FieldCode, json::Json},
    },
    ports::Cursor,
    store::identities::lists::Slice,
};
use std::sync::Arc;

/// Returns the account behind a session.
///
/// # Errors
/// [`Failure::NotSignedIn`] when the account no longer exists; [`Failure::Store`].
pub async fn view(services: &Services, session: &Session<Full>) -> Result<Account, Failure> {
    let found = services.identities.find(session.identity()).await?;
    found.identity.account.ok_or(Failure::NotSignedIn)
}

/// The members of the user's own account that a request may repeat but not change.
pub fn fixed(account: &Account) -> [(&'static str, Option<Json>); 3] {
    [("username", Json::of(&account.username)), ("email", Json::of(&account.email)), ("role", Json::of(&account.kind.role()))]
}

/// Changes display name and language; writes nothing when they are unchanged.
///
/// # Errors
/// [`Failure::Invalid`] when a claim about the account does not hold at the moment of the change.
pub async fn change_profile(
    services: &Services,
    session: &Session<Full>,
    (name, language): (&DisplayName, Language),
    claims: &Claims,
) -> Result<(), Failure> {
    let edit = |draft: &mut Draft| {
        claims.check(&fixed(&draft.account)).map_err(Failure::Invalid)?;
        draft.account.display_name = name.clone();
        draft.account.language = language;
        Ok(())
    };
    let is_so = |account: &Account| account.display_name == *name && account.language == language && claims.check(&fixed(account)).is_ok();
    change_unless(services, session.identity(), session.proof().into(), Change::ProfileChanged, is_so, edit).await
}

/// Sets a new password: other sessions end, this one continues under a new cookie, and a notice is mailed.
///
/// # Errors
/// [`Failure`]; [`Failure::WeakPassword`] only after the current password was found correct.
pub async fn change_password(
    services: &Arc<Services>,
    session: &Session<Full>,
    current: Option<&TypedPassword>,
    new: Result<TypedPassword, FieldCode>,
    visitor: &Visitor,
) -> Result<Renewed, Failure> {
    let confirmed = confirm_password(services, session, current, visitor).await?;
    let hash = choose_password(services, &confirmed.account, new).await?;
    let start = SessionDraft::prepare(services, session.identity(), visitor).await?;
    let edit = |draft: &mut Draft| {
        draft.account.set_password(hash.clone(), draft.now);
        draft.renew(&start, session);
        draft.notify(MailContent::PasswordChanged { at: draft.now });
        Ok(())
    };
    change_confirmed(services, session, &confirmed, Change::PasswordChanged, edit).await?;
    Ok(start.into_renewed())
}

/// Changes the e-mail address: other sessions end, this one continues under a new cookie, and both the old and the new address get a
/// notice. An outstanding one-time password that was mailed to the old address is voided together with its unsent mail, because a
/// compromised mailbox may be the reason for the change. Returns `None` when the address is unchanged; then nothing is written and the
/// cookie stays valid.
///
/// # Errors
/// [`Failure`]; [`Failure::Invalid`] when a second factor is enabled and was not given.
pub async fn change_email(
    services: &Arc<Services>,
    session: &Session<Full>,
    (current, factor): (Option<&TypedPassword>, Option<&SecondFactorTry>),
    email: &EmailAddress,
    visitor: &Visitor,
) -> Result<Option<Renewed>, Failure> {
    let confirmed = confirm_both(services, session, current, factor, visitor).await?;
    if confirmed.account.email == *email {
        return Ok(None);
    }
    let start = SessionDraft::prepare(services, session.identity(), visitor).await?;
    let edit = |draft: &mut Draft| {
        let content = MailContent::EmailChangedOld { at: draft.now, new_address: MaskedAddress::of(email) };
        let to_old = pending(&draft.account, content, draft.now, None);
        draft.post(to_old);
        let void = draft.account.set_email(email.clone());
        draft.write.drop_mails.extend(void);
        draft.renew(&start, session);
        draft.notify(MailContent::EmailChangedNew { at: draft.now });
        Ok(())
    };
    change_confirmed(services, session, &confirmed, Change::EmailChanged, edit).await?;
    Ok(Some(start.into_renewed()))
}

/// Returns the login attempts of an identity, newest first.
pub async fn attempts(services: &Services, index: BlindIndex, limit: u16, after: Option<Cursor>) -> Result<Slice<Entry<Event>>, Failure> {
    Ok(services.identities.attempts(index, limit, after).await?)
}
