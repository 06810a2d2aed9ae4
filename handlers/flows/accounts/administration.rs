//! Managing accounts: by officers through the API, and by the operator for the first officer.

use super::change::{Draft, change_of_other, change_of_other_for};
use crate::flows::{
    accounts,
    failure::Failure,
    hand_overs,
    intents::{self, Hand},
    services::Services,
    sign_in::session_draft::{end, pending},
};
use crate::{
    crypto::token::{Purpose, ReadableCode},
    domain::{
        accounts::{
            account::{Account, AccountKind, OneTime, Status},
            lineage::{MadeBy, NotTwo},
            sessions_over::SessionsOver,
            summary::AccountSummary,
        },
        hand_overs::record::{HandOverRefused, Phase},
        ids::{MailId, ScopeId},
        later::Named,
        mail::{MailContent, OfficerStep},
        organisation::details::Controller,
        request_tag::RequestTag,
        sign_in::{
            attempt::{Change, Event},
            credentials::{DisplayName, EmailAddress, Language, Role, Username},
            session::{Denied, Officer},
            throttle::Throttle,
        },
        stored::BlindIndex,
    },
    ports::Cursor,
    secret::Secret,
    store::{
        authority::Authority,
        error::StoreError,
        identities::{
            lists::Slice,
            repository::{IdentityWrite, StoredIdentity},
        },
    },
};
use jiff::{SignedDuration, Timestamp};

/// How long an invitation is valid.
pub(in crate::flows) const INVITATION_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The person who is invited.
#[derive(Clone)]
pub struct Invitee {
    pub username: Username,
    /// Shown in pages and mails.
    pub display_name: DisplayName,
    /// Where the invitation is sent.
    pub email: EmailAddress,
    /// What the account is for.
    pub role: Role,
    /// Language of the account's mails and pages.
    pub language: Language,
    /// The firm that decides about an adviser's client files, if it is another.
    pub controller: Option<Controller>,
}

/// Who may invite: an officer, or the operator on the machine.
pub enum Inviter {
    /// Through the API; with the request's tag when it has an idempotency key.
    Officer(Officer, Option<RequestTag>),
    /// By the command `finrust invite`.
    Operator,
}

/// A newly created account.
pub struct Invited {
    pub id: BlindIndex,
    /// The account as lists show it.
    pub summary: AccountSummary,
    /// The one-time password from the mail, for the operator to print.
    pub one_time_password: Secret<String>,
}

/// Creates an account and mails the invitation. The database ensures that a username has only one account (P8).
///
/// An officer account created by an officer waits until another officer confirms it. All officers are notified before it exists.
///
/// # Errors
/// [`Failure::UsernameTaken`]; [`Failure::NotTwo`] when no other officer could confirm; [`Failure::KeyReused`]; [`Failure::Store`].
pub async fn invite(services: &Services, by: Inviter, invitee: &Invitee) -> Result<Invited, Failure> {
    let index = services.identities.index(invitee.username.as_str()).await?;
    let (officer, request) = match by {
        Inviter::Operator => return Box::pin(make(services, index, (Authority::Operator, None, None), invitee)).await,
        Inviter::Officer(officer, request) => (officer, request),
    };
    let found = services.identities.find(index).await?;
    if found.account().is_some() {
        return Err(Failure::UsernameTaken);
    }
    // Refused when no second officer could ever confirm it.
    if invitee.role == Role::Officer && !accounts::officers::everyone(services).await?.lineage().has_second(officer.identity()) {
        return Err(NotTwo::NoSecondOfficer.into());
    }
    let intent = accounts::wanted::intend(services, officer, (index, &found), request).await?;
    let made = Box::pin(make(services, index, (intent.into(), Some(officer.identity()), request), invitee));
    intents::carry_out(services, intent, made).await
}

/// Returns the account that an earlier try of the same request created, in its current state. All accounts are searched, because with
/// another username the key would create a second account.
pub async fn invited_for(services: &Services, _by: Officer, request: RequestTag) -> Result<Option<(BlindIndex, AccountSummary)>, Failure> {
    for (id, account) in accounts::officers::everyone(services).await?.accounts() {
        if request.repeats_any(&account.invited_for)? {
            return Ok(Some((id, AccountSummary::of(account))));
        }
    }
    Ok(None)
}

/// `by` is the officer who creates the account, or `None` for the operator.
async fn make(
    services: &Services,
    index: BlindIndex,
    (authority, by, request): (Authority, Option<BlindIndex>, Option<RequestTag>),
    invitee: &Invitee,
) -> Result<Invited, Failure> {
    let code = OneTimeCode::draw(services, index).await?;
    let scope = ScopeId::from_random(services.sealing.random_bytes());
    let mail = MailId::from_random(services.sealing.random_bytes());
    let now = services.now();
    let mut new = new_account(invitee, scope, by, now);
    RequestTag::remember(request, &mut new.invited_for);
    if invitee.role == Role::Officer {
        announce_officer(services, authority, (index, &new), (by, request)).await?;
    }
    // Anyone who tried this name before keeps their current wait, so that nothing reveals that the name now has an account.
    let tried = services.identities.find(services.identities.unknown_index().await?).await?.identity.unknown;
    let decide = |found: &StoredIdentity| {
        if found.account().is_some() {
            return Err(Failure::UsernameTaken);
        }
        let mut account = new.clone();
        let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::Created), now);
        write.identity.throttle = tried.joined(index, &write.identity.throttle, now);
        if !account.is_proposed() {
            let content = code.invitation(&mut account, now + INVITATION_LIFETIME);
            account.one_time_is_in(mail);
            write.mails.push((mail, pending(&account, content, now, None)));
        }
        let (summary, mails) = (AccountSummary::of(&account), write.mails.clone());
        write.identity.account = Some(account);
        Ok((write, (summary, mails)))
    };
    let (_, (summary, mails)) = services.attempt_log.change(index, None, authority, decide).await?;
    services.post.announce(index, &mails, now).await;
    Ok(Invited { id: index, summary, one_time_password: code.text })
}

/// Notifies every officer of an account that will be an officer's.
async fn announce_officer(
    services: &Services,
    authority: Authority,
    (index, new): (BlindIndex, &Account),
    (by, request): (Option<BlindIndex>, Option<RequestTag>),
) -> Result<(), Failure> {
    if services.identities.find(index).await?.account().is_some() {
        return Err(Failure::UsernameTaken);
    }
    let everyone = accounts::officers::everyone(services).await?;
    let step = if by.is_some() { OfficerStep::Proposed } else { OfficerStep::Made };
    accounts::invitations::tell(services, authority, &everyone, (index, new), (step, by, request)).await
}

/// Returns a page of all accounts.
pub async fn list(
    services: &Services,
    _by: Officer,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Slice<(BlindIndex, AccountSummary)>, Failure> {
    Ok(services.identities.accounts(limit, after).await?)
}

/// Fails with [`Failure::NotFound`] unless the account exists.
pub async fn exists(services: &Services, _by: Officer, id: BlindIndex) -> Result<(), Failure> {
    services.identities.find(id).await?.account().map(|_| ()).ok_or(Failure::NotFound)
}

/// Disables an account; all its sessions end at once. Officers cannot disable their own account.
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::Denied`]; [`Failure::WrongStep`] before the account is confirmed; [`Failure::Store`].
pub async fn disable(services: &Services, by: impl Into<Hand>, id: BlindIndex) -> Result<(), Failure> {
    let by = by.into();
    if by.account() == id {
        return Err(Failure::Denied(Denied::Forbidden));
    }
    let edit = |draft: &mut Draft| {
        // A proposed account grants nothing yet; an officer who objects withdraws it instead.
        if draft.account.is_proposed() {
            return Err(Failure::WrongStep);
        }
        if draft.account.status != Status::Disabled {
            draft.notify(MailContent::AccountDisabled { at: draft.now });
        }
        draft.account.disable();
        end(&mut draft.account, &mut draft.write, draft.now, false, |_| true);
        Ok(draft.account.kind)
    };
    match change_of_other(services, by, id, Change::Disabled, edit).await? {
        AccountKind::Officer => accounts::invitations::overtake_proposals(services, id).await,
        AccountKind::Adviser { .. } | AccountKind::Later(_) => Ok(()),
    }
}

/// Enables a disabled account. If its files were handed over to a successor, it starts again without any.
///
/// # Errors
/// [`Failure::HandOver`] while its files may still move; [`Failure::NotFound`]; [`Failure::Store`].
pub async fn enable(services: &Services, by: Officer, id: BlindIndex) -> Result<(), Failure> {
    let found = services.identities.find(id).await?;
    let account = found.account().ok_or(Failure::NotFound)?;
    let (held, ending) = (account.handed_over, hand_overs::register::ending(services, account).await?);
    let scope = ScopeId::from_random(services.sealing.random_bytes());
    let edit = |draft: &mut Draft| {
        // A proposed account becomes usable only when a second officer confirms it.
        if draft.account.is_proposed() {
            return Err(Failure::WrongStep);
        }
        if draft.account.handed_over.is_some() && (draft.account.handed_over != held || ending.is_none()) {
            return Err(HandOverRefused::Exists.into());
        }
        draft.account.handed_over = None;
        if matches!(ending, Some(Phase::Completed { .. })) {
            draft.account.kind = AccountKind::Adviser { scope };
            draft.account.raise_standing();
        }
        if draft.account.status == Status::Disabled {
            draft.account.status = if draft.account.password.is_some() { Status::Active } else { Status::Invited };
            if draft.account.password.is_some() {
                draft.notify(MailContent::AccountEnabled { at: draft.now });
            }
        }
        Ok(())
    };
    change_of_other(services, by.into(), id, Change::Enabled, edit).await
}

/// Names the firm that decides about an adviser's client files, or none. The adviser gets a notice.
///
/// # Errors
/// [`Failure::WrongStep`] for an account that is not an adviser's; [`Failure::NotFound`]; [`Failure::Store`].
pub async fn change_controller(services: &Services, by: Officer, id: BlindIndex, controller: Option<Controller>) -> Result<(), Failure> {
    let found = services.identities.find(id).await?;
    let account = found.account().ok_or(Failure::NotFound)?;
    if !matches!(account.kind, AccountKind::Adviser { .. }) {
        return Err(Failure::WrongStep);
    }
    if account.controller == controller {
        return Ok(());
    }
    let officer = services.identities.find(by.identity()).await?.account().map(Account::called);
    let edit = |draft: &mut Draft| {
        if draft.account.controller == controller {
            return Ok(());
        }
        draft.account.controller.clone_from(&controller);
        if draft.account.status == Status::Active {
            draft.notify(MailContent::ControllerChanged { at: draft.now, controller: controller.clone(), by: officer.clone() });
        }
        Ok(())
    };
    Box::pin(change_of_other(services, by.into(), id, Change::ControllerChanged, edit)).await
}

/// Mails a new invitation to an account that never chose a password; the previous one becomes void.
///
/// # Errors
/// [`Failure::WrongStep`] for any other account; [`Failure::NotFound`]; [`Failure::Store`].
pub async fn invite_again(
    services: &Services,
    by: impl Into<Hand>,
    (id, request): (BlindIndex, Option<RequestTag>),
) -> Result<(), Failure> {
    let by = by.into();
    let code = OneTimeCode::draw(services, id).await?;
    let edit = |draft: &mut Draft| {
        // A concurrent try of the same request won: refused here, and then recognised as done.
        if let Some(request) = request
            && request.repeats_any(&draft.account.invited_for)?
        {
            return Err(Failure::WrongStep);
        }
        if draft.account.status != Status::Invited {
            return Err(Failure::WrongStep);
        }
        let content = code.invitation(&mut draft.account, draft.now + INVITATION_LIFETIME);
        let mail = draft.notify(content);
        draft.account.one_time_is_in(mail);
        RequestTag::remember(request, &mut draft.account.invited_for);
        Ok(())
    };
    change_of_other_for(services, by, (id, Change::Invited, request), edit).await
}

/// Whether an earlier try of the same request already mailed its invitation.
pub async fn was_invited_for(services: &Services, _by: Officer, id: BlindIndex, request: RequestTag) -> Result<Option<()>, Failure> {
    let found = services.identities.find(id).await?;
    let is_repeat = match found.account() {
        Some(account) => request.repeats_any(&account.invited_for)?,
        None => false,
    };
    Ok(is_repeat.then_some(()))
}

/// Lifts the throttle of an account, for strangers and known browsers alike. Allowed a few times a day, and the owner is notified, because
/// an attacker gets new tries too. Officers cannot unlock their own account: anyone holding an officer's session could otherwise guess that
/// officer's password and code.
pub async fn unlock(services: &Services, by: impl Into<Hand>, id: BlindIndex) -> Result<(), Failure> {
    let by = by.into();
    if by.account() == id {
        return Err(Failure::Denied(Denied::Forbidden));
    }
    let edit = |draft: &mut Draft| {
        let account = &mut draft.account;
        let throttles = account.devices.iter_mut().map(|device| &mut device.throttle);
        let mut throttles: Vec<_> = throttles.chain([&mut draft.write.identity.throttle, &mut account.factor_throttle]).collect();
        // Without failures there is nothing to lift, so a repeated request gets the same answer and does not count.
        if throttles.iter().all(|throttle| throttle.failures() == 0) {
            return Ok(());
        }
        for throttle in &mut throttles {
            throttle.lift();
        }
        account.note_lifted(draft.now).map_err(|free_at| Failure::not_before(free_at, draft.now))?;
        if account.password.is_some() {
            draft.notify(MailContent::WaitLifted { at: draft.now });
        }
        Ok(())
    };
    change_of_other(services, by, id, Change::Unlocked, edit).await
}

/// A one-time password: its text goes into a mail, its hash into the account.
pub(in crate::flows) struct OneTimeCode {
    text: Secret<String>,
    hash: crate::domain::stored::HashedToken,
}

impl OneTimeCode {
    pub(in crate::flows) async fn draw(services: &Services, index: BlindIndex) -> Result<Self, StoreError> {
        let code = ReadableCode::new(services.sealing.random_bytes());
        let hash = services.hash(Purpose::OneTimePassword, index, code.bytes()).await?;
        Ok(Self { text: code.text(), hash })
    }

    /// Makes it valid for setting a new password until `valid_until`.
    pub(in crate::flows) fn reset(&self, account: &mut Account, valid_until: Timestamp) -> MailContent {
        self.set(account, valid_until);
        MailContent::PasswordReset { one_time_password: self.text.clone(), valid_until }
    }

    /// Makes it valid for setting the first password until `valid_until`.
    pub(in crate::flows) fn invitation(&self, account: &mut Account, valid_until: Timestamp) -> MailContent {
        self.set(account, valid_until);
        MailContent::Invitation { one_time_password: self.text.clone(), valid_until }
    }

    /// Replaces the previous one-time password, which becomes void.
    fn set(&self, account: &mut Account, expires_at: Timestamp) {
        account.one_time = Some(OneTime { hash: self.hash, expires_at, mail: None });
    }
}

fn new_account(invitee: &Invitee, scope: ScopeId, by: Option<BlindIndex>, now: Timestamp) -> Account {
    let (made_by, proposed_by) = match by {
        None => (MadeBy::operator(), Vec::new()),
        Some(officer) if invitee.role == Role::Officer => (MadeBy::officer(officer), vec![officer]),
        Some(officer) => (MadeBy::officer(officer), Vec::new()),
    };
    Account {
        username: invitee.username.clone(),
        display_name: invitee.display_name.clone(),
        email: invitee.email.clone(),
        language: invitee.language,
        kind: match invitee.role {
            Role::Adviser => AccountKind::Adviser { scope },
            Role::Officer => AccountKind::Officer,
            Role::Later(word) => AccountKind::Later(Named(word)),
        },
        controller: invitee.controller.clone(),
        status: if proposed_by.is_empty() { Status::Invited } else { Status::Disabled },
        made_by,
        proposed_by,
        standing: 0,
        handed_over: None,
        retention: None,
        password: None,
        password_changed_at: None,
        one_time: None,
        resets: Vec::new(),
        second_factor: None,
        enrolment: None,
        factor_throttle: Throttle::default(),
        lifted: Vec::new(),
        reports: Vec::new(),
        reported_for: Vec::new(),
        devices: Vec::new(),
        sessions: Vec::new(),
        ended: Vec::new(),
        over: SessionsOver::default(),
        invited_for: Vec::new(),
        wanted: Vec::new(),
        told_of: Vec::new(),
        missing_factor_notice_at: None,
        untold: Vec::new(),
        created_at: now,
        last_signed_in_at: None,
    }
}
