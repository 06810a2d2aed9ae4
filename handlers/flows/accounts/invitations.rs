//! What can be done about an account that has not been used yet: a second officer's confirmation, another address, withdrawal.
//!
//! Two officers decide where an officer's invitation goes: changing the address counts as proposing the account again.

use super::{
    administration::{INVITATION_LIFETIME, OneTimeCode},
    change::{Draft, change, change_of_other_once},
    officers::{About, Everyone, everyone},
};
use crate::flows::{
    accounts,
    failure::Failure,
    intents::{self, Hand},
    services::Services,
    sign_in::session_draft::end,
};
use crate::{
    domain::{
        accounts::{
            account::{Account, AccountKind, Status},
            lineage::{Lineage, NotTwo},
        },
        authority::Aim,
        mail::{MailContent, MaskedAddress, OfficerStep},
        request_tag::RequestTag,
        sign_in::{
            attempt::{Change, ChangedBy, Event},
            credentials::EmailAddress,
            session::Officer,
        },
        stored::BlindIndex,
    },
    store::{
        authority::Authority,
        error::StoreError,
        identities::repository::{IdentityWrite, StoredIdentity},
    },
};
use std::sync::OnceLock;

/// Confirms an officer account that another officer proposed, and sends the invitation. All officers involved are in office when this
/// commits: disabling one raises the `standing` of their proposals (`overtake_proposals`) before the disabling is reported as done.
///
/// # Errors
/// [`Failure::NotTwo`] when the two may be the same person; [`Failure::WrongStep`] when the account is not waiting; [`Failure::NotFound`];
/// [`Failure::Store`].
pub async fn confirm(services: &Services, by: impl Into<Hand>, id: BlindIndex) -> Result<(), Failure> {
    let by = by.into();
    let (everyone, me) = (everyone(services).await?, by.account());
    let (before, after) = (everyone.lineage(), OnceLock::new());
    let may = |lineage: &Lineage, account: &Account| {
        if !account.is_proposed() {
            return Err(Failure::WrongStep);
        }
        Ok(lineage.second(me, &account.proposed_by)?)
    };
    let account = everyone.account(id).ok_or(Failure::NotFound)?;
    if !account.is_proposed() && account.made_by.was_confirmed_by(me) {
        return Ok(());
    }
    may(&before, account)?;
    let code = OneTimeCode::draw(services, id).await?;
    let told = |authority, _| {
        let (everyone, after) = (&everyone, &after);
        async move {
            tell(services, authority, everyone, (id, account), (OfficerStep::Confirmed, Some(me), None)).await?;
            // The account first: if an officer is disabled after the officers are read, its `standing` rises.
            let found = services.identities.find(id).await?;
            let lineage = accounts::officers::everyone(services).await?.lineage();
            after.get_or_init(|| (found.account().map(|account| account.standing), lineage));
            Ok(found)
        }
    };
    let address = &account.email;
    let edit = |draft: &mut Draft| {
        let after = after.get();
        may(after.map_or(&before, |(_, lineage)| lineage), &draft.account)?;
        // Exactly what was reviewed is confirmed.
        if draft.account.email != *address {
            return Err(Failure::WrongStep);
        }
        // Nothing else raises the `standing` of an account that waits at the same address.
        if after.is_some_and(|(standing, _)| *standing != Some(draft.account.standing)) {
            return Err(NotTwo::NotInOffice.into());
        }
        draft.account.proposed_by.clear();
        draft.account.made_by.confirm(me);
        draft.account.status = Status::Invited;
        let content = code.invitation(&mut draft.account, draft.now + INVITATION_LIFETIME);
        let mail = draft.notify(content);
        draft.account.one_time_is_in(mail);
        Ok(())
    };
    Box::pin(change_of_other_once(services, by, (id, Change::Confirmed, None), told, edit)).await
}

/// Invalidates pending confirmations after an officer was disabled: nobody can confirm what rests on that officer's proposals any more,
/// even if the accounts were read before.
///
/// # Errors
/// [`Failure::Store`]; the officer is disabled, and disabling again completes this.
pub(in crate::flows) async fn overtake_proposals(services: &Services, officer: BlindIndex) -> Result<(), Failure> {
    for id in everyone(services).await.map_err(StoreError::but_done)?.proposals_of(officer) {
        let edit = |draft: &mut Draft| {
            if !draft.account.is_proposed() {
                return Err(Failure::WrongStep);
            }
            draft.account.raise_standing();
            Ok(())
        };
        match change(services, id, Authority::Maintenance, Change::Disabled, edit).await {
            // Already confirmed or withdrawn.
            Ok(()) | Err(Failure::WrongStep | Failure::NotFound) => {}
            Err(Failure::Store(error)) => return Err(error.but_done().into()),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// Sends the invitation of an unused account to another address; the previous one becomes void. An officer account must then be confirmed
/// by another officer.
///
/// # Errors
/// [`Failure::WrongStep`] once it has been used; [`Failure::NotTwo`] when nobody could confirm; [`Failure::NotFound`]; [`Failure::Store`].
pub async fn change_address(services: &Services, by: Officer, id: BlindIndex, email: &EmailAddress) -> Result<(), Failure> {
    let (everyone, me) = (everyone(services).await?, by.identity());
    let account = everyone.account(id).ok_or(Failure::NotFound)?;
    if !account.is_unused() {
        return Err(Failure::WrongStep);
    }
    if account.email == *email {
        return Ok(());
    }
    let is_officer = account.kind == AccountKind::Officer;
    if is_officer && !everyone.lineage().has_second(me) {
        return Err(NotTwo::NoSecondOfficer.into());
    }
    let as_it_will_be = Account { email: email.clone(), ..account.clone() };
    let (everyone, proposed) = (&everyone, &as_it_will_be);
    let told = |authority, found| async move {
        if !is_officer {
            return Ok(found);
        }
        tell(services, authority, everyone, (id, proposed), (OfficerStep::Proposed, Some(me), None)).await?;
        Ok(services.identities.find(id).await?)
    };
    let (code, mails) = (OneTimeCode::draw(services, id).await?, services.identities.mails_of(id).await?);
    let edit = |draft: &mut Draft| {
        if !draft.account.is_unused() {
            return Err(Failure::WrongStep);
        }
        draft.account.email = email.clone();
        draft.account.made_by.add(me);
        draft.account.one_time = None;
        draft.write.drop_mails.clone_from(&mails);
        draft.account.raise_standing();
        end(&mut draft.account, &mut draft.write, draft.now, false, |_| true);
        if is_officer {
            draft.account.status = Status::Disabled;
            draft.account.proposed_by.retain(|officer| *officer != me);
            draft.account.proposed_by.push(me);
        } else {
            let content = code.invitation(&mut draft.account, draft.now + INVITATION_LIFETIME);
            let mail = draft.notify(content);
            draft.account.one_time_is_in(mail);
        }
        Ok(())
    };
    Box::pin(change_of_other_once(services, by.into(), (id, Change::EmailChanged, None), told, edit)).await
}

/// Withdraws an unused account; its username becomes free again.
///
/// # Errors
/// [`Failure::WrongStep`] once it has been used; [`Failure::NotFound`]; [`Failure::Store`].
pub async fn withdraw(services: &Services, by: Officer, id: BlindIndex) -> Result<(), Failure> {
    let mails = services.identities.mails_of(id).await?;
    let found = services.identities.find(id).await?;
    match found.account() {
        Some(account) if account.is_unused() => {}
        Some(_) => return Err(Failure::WrongStep),
        None if was_withdrawn_by(services, id, by.identity()).await? => return Ok(()),
        None => return Err(Failure::NotFound),
    }
    let now = services.now();
    let decide = |found: &StoredIdentity| {
        let mut account = found.account().cloned().ok_or(Failure::NotFound)?;
        if !account.is_unused() {
            return Err(Failure::WrongStep);
        }
        let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::InvitationWithdrawn), now);
        account.invited_for.drain(..).rev().for_each(|request| RequestTag::remember(Some(request), &mut write.identity.withdrawn_for));
        end(&mut account, &mut write, now, false, |_| true);
        write.drop_mails.clone_from(&mails);
        write.identity.account = None;
        write.identity.had_account = true;
        Ok::<_, Failure>((write, ()))
    };
    let aim = Aim::Account { account: id, change: Change::InvitationWithdrawn };
    let intent = Hand::from(by).intend(services, aim, None).await?;
    let withdrawn = Box::pin(services.attempt_log.change(id, None, intent.into(), decide));
    intents::carry_out(services, intent, withdrawn).await.map(|_| ())
}

/// Whether the last change of an identity without an account is its withdrawal by this officer: then a repeated request gets the same
/// answer as the first. Sign-in attempts since then are ignored.
async fn was_withdrawn_by(services: &Services, id: BlindIndex, officer: BlindIndex) -> Result<bool, StoreError> {
    let last = services.identities.last_change(id).await?;
    let by_officer = |by: &ChangedBy| matches!(by, ChangedBy::Account { account, .. } if *account == officer);
    Ok(last.is_some_and(|entry| matches!(&entry.event, Event::Changed { what: Change::InvitationWithdrawn, by } if by_officer(by))))
}

/// Notifies every officer of an account that is to be an officer's, before it happens: nobody becomes an officer silently.
pub(in crate::flows) async fn tell(
    services: &Services,
    authority: Authority,
    everyone: &Everyone,
    (id, account): (BlindIndex, &Account),
    (step, by, request): (OfficerStep, Option<BlindIndex>, Option<RequestTag>),
) -> Result<(), Failure> {
    let at = services.now();
    let content = MailContent::OfficerAccount {
        at,
        name: account.called(),
        address: MaskedAddress::of(&account.email),
        step,
        by: by.and_then(|officer| everyone.name(officer)),
    };
    let (word, moment) = (step.word().as_bytes(), at.as_microsecond().to_be_bytes());
    // Concurrent tries of the same request notify once.
    let asked = request.map(|request| request.id());
    let about = About { sort: b"officer account", one: &[id.bytes(), word, asked.as_ref().map_or(&moment[..], |asked| &asked[..])] };
    for officer in everyone.in_office() {
        authority.check_time(services.now())?;
        accounts::officers::tell(services, &authority, officer, &about, &content).await?;
    }
    Ok(())
}
