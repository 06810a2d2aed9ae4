//! One's own account: looking at it, changing profile, password and address.

use super::{
    account_change::{Draft, change_confirmed, change_unless},
    confirmation::{confirm_both, confirm_password},
    failure::Failure,
    services::Services,
    session_start::{Renewed, SessionDraft, pending},
    sign_in::{SecondFactorTry, choose_password},
    visitor::Visitor,
};
use crate::{
    domain::{
        account::Account,
        attempt::{Change, Event},
        chain::Entry,
        credentials::{DisplayName, EmailAddress, Language, TypedPassword},
        fields::FieldCode,
        mail::{MailContent, MaskedAddress},
        session::{Full, Session},
        stored::BlindIndex,
    },
    ports::Cursor,
    store::identity_lists::Slice,
};
use std::sync::Arc;

/// The account behind a session.
///
/// # Errors
/// [`Failure::NotSignedIn`] when it is gone; [`Failure::Store`].
pub async fn view(services: &Services, session: &Session<Full>) -> Result<Account, Failure> {
    let found = services.identities.find(session.identity()).await?;
    found.identity.account.ok_or(Failure::NotSignedIn)
}

/// Changes what the account shows, unless it shows that already.
pub async fn change_profile(services: &Services, session: &Session<Full>, name: &DisplayName, language: Language) -> Result<(), Failure> {
    let edit = |draft: &mut Draft| {
        draft.account.display_name = name.clone();
        draft.account.language = language;
        Ok(())
    };
    let is_so = |account: &Account| account.display_name == *name && account.language == language;
    change_unless(services, session.identity(), session.proof().into(), Change::ProfileChanged, is_so, edit).await
}

/// Chooses another password: other sessions end, this one goes on under a new cookie, a notice is mailed.
///
/// # Errors
/// [`Failure`]; [`Failure::WeakPassword`] once the current one was right.
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

/// Changes the address: other sessions end, this one goes on under a new cookie; both the old and the new address get a notice. A one-time
/// password that went to the old one is void, and its mail too: it may be why the address is changed. `None` when it is the address
/// already: then nothing is changed, and the cookie stays.
///
/// # Errors
/// [`Failure`]; [`Failure::Invalid`] when a second factor is on and was not shown.
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

/// Login attempts of an identity, newest first.
pub async fn attempts(services: &Services, index: BlindIndex, limit: u16, after: Option<Cursor>) -> Result<Slice<Entry<Event>>, Failure> {
    Ok(services.identities.attempts(index, limit, after).await?)
}
