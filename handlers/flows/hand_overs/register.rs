//! Hand-overs by officers: one proposes, another approves, everyone concerned is notified and can stop it, and all officers can follow it.
//! None of them sees the content of a file (P14).

use super::{
    checks::{Ground, has_scope, nothing_comes},
    moves::announce,
};
use crate::flows::{
    accounts::{
        change::{Draft, change},
        officers::everyone,
    },
    failure::Failure,
    hand_overs,
    intents::{self, Hand, Task, aim_at},
    registers::{
        self,
        steps::{History, decide, id_for},
    },
    services::Services,
};
use crate::{
    domain::{
        accounts::account::{Account, AccountKind, Status},
        authority::RegisterStep,
        hand_overs::{
            record::{HandOver, HandOverEvent, HandOverRefused, HandOverSummary, Phase, Reason, Side},
            succession::Succession,
        },
        ids::RecordId,
        record::StepAuthor,
        request_tag::RequestTag,
        sign_in::{
            attempt::Change,
            session::{Adviser, Full, Officer, Session},
        },
        stored::BlindIndex,
        wire::fields::{FieldCode, FieldError, InvalidFields},
    },
    ports::Cursor,
    store::{
        authority::{Authority, Intent, Warrant},
        error::StoreError,
        identities::lists::Slice,
        records::repository::{FoundRecord, NewStep, RecordLocation},
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};

/// What an officer proposes.
pub struct Proposal {
    pub from: BlindIndex,
    pub to: BlindIndex,
    pub reason: Reason,
}

/// Where handovers are stored.
pub fn location() -> RecordLocation {
    RecordLocation::register("hand-overs")
}

/// Proposes a handover. Nothing moves until another officer approves it.
///
/// # Errors
/// [`Failure::Invalid`] when the accounts are not two advisers; [`Failure::HandOver`] when they are not ready for it; [`Failure::Store`].
pub async fn propose(
    services: &Services,
    officer: Officer,
    request: Option<RequestTag>,
    proposal: Proposal,
) -> Result<History<HandOver>, Failure> {
    let (from, to) = two_advisers(services, &proposal).await?;
    let ground = Ground::read(services).await?;
    let id = id_for(&services.hand_overs, request);
    let at = services.now();
    let ((from, leaver), (to, _)) = (from, to);
    let record = HandOver {
        from,
        to,
        reason: proposal.reason,
        proposed_by: officer.identity(),
        proposed_at: at,
        phase: Phase::Proposed,
        approved_by: None,
        moves_at: None,
    };
    ground.may_be_proposed(&record)?;
    let open = open_hand_overs(services).await?;
    let takes_part = |other: &HandOverSummary| [&other.from, &other.to].iter().any(|side| side.account == record.from.account);
    if leaver.handed_over.is_some() && !is_free(services, &leaver).await? || open.iter().any(|(_, other)| takes_part(other)) {
        return Err(HandOverRefused::Exists.into());
    }
    let proposed = (record, HandOverEvent::Proposed);
    let made = registers::steps::create(services, &services.hand_overs, officer.proof(), (id, request), proposed).await?;
    view_of_done(services, made).await
}

/// Returns the current state of the handover that an earlier try of the same request proposed.
pub async fn proposed_for(services: &Services, _by: Officer, request: RequestTag) -> Result<Option<History<HandOver>>, Failure> {
    let id = RecordId::from_random(request.id());
    match registers::steps::taken_for::<_, Failure>(&services.hand_overs, id, request).await? {
        Some(found) => view(services, found).await.map(Some),
        None => Ok(None),
    }
}

/// Withdraws a proposal; any officer may.
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::HandOver`] once it has been approved; [`Failure::Store`].
pub async fn withdraw(services: &Services, by: Officer, id: RecordId) -> Result<History<HandOver>, Failure> {
    let found = services.hand_overs.find(id).await?.ok_or(Failure::NotFound)?;
    if found.record.approved_by.is_none() && was_withdrawn_by(services, &found, by.identity()).await? {
        return view(services, found).await;
    }
    found.record.withdraw()?;
    let intent = Hand::from(by)
        .intend(services, aim_at(services.hand_overs.location(), Some(id)), Some(Task::Step(RegisterStep::StopHandOver)))
        .await?;
    let withdrawn = intents::carry_out(services, intent, end_as(services, intent, id, HandOver::withdraw)).await?;
    view_of_done(services, withdrawn).await
}

/// Takes the last step of a handover whose files do not move.
async fn end_as(
    services: &Services,
    intent: Intent,
    id: RecordId,
    end: fn(&HandOver) -> Result<HandOver, HandOverRefused>,
) -> Result<FoundRecord<HandOver>, Failure> {
    let judge = |hand_over: &HandOver| Ok::<_, Failure>((end(hand_over)?, HandOverEvent::Withdrawn));
    decide(services, &services.hand_overs, &Warrant::from(intent), (id, None), judge).await?.ok_or(Failure::NotFound)
}

/// Approves another officer's proposal. Everyone concerned is notified, and the waiting period starts. From then on the leaver's account
/// cannot be enabled.
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::HandOver`] when the same officer proposed it or an account is not ready; [`Failure::NotTwo`] when two
/// of the participants may be the same person; [`Failure::Store`].
pub async fn approve(services: &Services, officer: Officer, id: RecordId) -> Result<History<HandOver>, Failure> {
    let found = services.hand_overs.find_proven(id).await?.ok_or(Failure::NotFound)?;
    if found.record.approved_by == Some(officer.identity()) && found.record.phase != Phase::Withdrawn {
        return view(services, found).await;
    }
    may_approve(services, officer, &found).await?;
    let intent = Hand::from(officer).intend(services, aim_at(services.hand_overs.location(), Some(id)), None).await?;
    let approving = Box::pin(approve_as(services, (officer, intent), id));
    let (ground, approved) = intents::carry_out(services, intent, approving).await?;
    tell_approved(services, &intent.into(), &ground, &approved).await;
    announce(services, id).await;
    view_of_done(services, approved).await
}

/// Checks everything an approval relies on against the current state, and returns the approved record.
async fn may_approve(services: &Services, officer: Officer, found: &FoundRecord<HandOver>) -> Result<(Ground, HandOver), Failure> {
    let approved = found.record.approve(officer, services.now() + services.hand_over_wait)?;
    let ground = Ground::read(services).await?;
    ground.may_be_approved(&found.record, officer.identity())?;
    nothing_comes(services, found.id, &found.record.from).await?;
    Ok((ground, approved))
}

/// Decides on more than the record, and before the step holds the account: not what [`decide`] does.
async fn approve_as(
    services: &Services,
    (officer, intent): (Officer, Intent),
    id: RecordId,
) -> Result<(Ground, FoundRecord<HandOver>), Failure> {
    for _ in 0..MAX_ATTEMPTS {
        let found = services.hand_overs.find_proven(id).await?.ok_or(Failure::NotFound)?;
        let (ground, approved) = may_approve(services, officer, &found).await?;
        // Whether or not the account is held, the approval has not happened, and a hold for a mere proposal has no effect.
        hold(services, intent, &found.record, id).await.map_err(Failure::undone_again)?;
        if let Some(found) = take(services, &Warrant::from(intent), &found, approved, HandOverEvent::Approved).await? {
            return Ok((ground, found));
        }
    }
    Err(OVERTAKEN.into())
}

/// Stops an approved handover before its files move: any officer may, and so may either adviser.
///
/// # Errors
/// [`Failure::NotFound`], also for users who are not part of it; [`Failure::HandOver`] before it is approved and once files move;
/// [`Failure::Store`].
pub async fn stop(services: &Services, session: &Session<Full>, id: RecordId) -> Result<History<HandOver>, Failure> {
    let me = session.identity();
    let found = services.hand_overs.find(id).await?.ok_or(Failure::NotFound)?;
    if session.officer().is_err() && !found.record.concerns(me) {
        return Err(Failure::NotFound);
    }
    if found.record.approved_by.is_some() && was_withdrawn_by(services, &found, me).await? {
        return view(services, found).await;
    }
    found.record.stop()?;
    let task = Task::Step(RegisterStep::StopHandOver);
    let intent = Hand::Session(session.proof()).intend(services, aim_at(services.hand_overs.location(), Some(id)), Some(task)).await?;
    let stopped = intents::carry_out(services, intent, end_as(services, intent, id, HandOver::stop)).await?;
    tell_stopped(services, &intent.into(), &stopped).await;
    view_of_done(services, stopped).await
}

/// Carries out an intent to withdraw or stop the handover after its request was cut off: if it was approved in the meantime, it is
/// stopped.
pub(in crate::flows) async fn stop_later(services: &Services, intent: Intent, id: RecordId) -> Result<(), Failure> {
    let stopped = match end_as(services, intent, id, HandOver::withdraw).await {
        Err(Failure::HandOver(_)) => end_as(services, intent, id, HandOver::stop).await?,
        withdrawn => return withdrawn.map(drop),
    };
    tell_stopped(services, &intent.into(), &stopped).await;
    Ok(())
}

/// If notifying fails now, maintenance does it later, and always before files move.
async fn tell_approved(services: &Services, authority: &Authority, ground: &Ground, found: &FoundRecord<HandOver>) {
    if hand_overs::news::approved(services, authority, &ground.everyone, found.id, &found.record).await.is_err() {
        tracing::warn!(event = "mail_not_announced");
    }
}

async fn tell_stopped(services: &Services, authority: &Authority, found: &FoundRecord<HandOver>) {
    let told = async {
        let everyone = everyone(services).await?;
        hand_overs::news::stopped(services, authority, &everyone, (found.id, &found.record), services.now()).await
    };
    if told.await.is_err() {
        tracing::warn!(event = "mail_not_announced");
    }
}

/// Withdraws a handover that may not proceed: done by the program itself when it is due and no longer matches what was approved.
pub(in crate::flows) async fn give_up(services: &Services, found: &FoundRecord<HandOver>) -> Result<(), Failure> {
    let stopped = found.record.stop()?;
    if let Some(found) = take(services, &Warrant::maintenance(), found, stopped, HandOverEvent::Withdrawn).await? {
        tell_stopped(services, &Authority::Maintenance, &found).await;
    }
    Ok(())
}

/// Whether the last step is that this account withdrew or stopped it: then a repeated request gets the same answer as the first.
async fn was_withdrawn_by(services: &Services, found: &FoundRecord<HandOver>, account: BlindIndex) -> Result<bool, StoreError> {
    if found.record.phase != Phase::Withdrawn {
        return Ok(false);
    }
    let steps = services.hand_overs.steps(found.id).await?;
    Ok(steps
        .last()
        .is_some_and(|step| step.event.event.known() == Some(&HandOverEvent::Withdrawn) && step.event.by == StepAuthor::Account(account)))
}

/// Returns a page of all handovers, in no meaningful order.
pub async fn list(
    services: &Services,
    _by: Officer,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Slice<(RecordId, HandOverSummary)>, Failure> {
    Ok(services.hand_overs.list(limit, after).await?)
}

/// Returns one handover with its steps.
pub async fn find(services: &Services, _by: Officer, id: RecordId) -> Result<History<HandOver>, Failure> {
    let found = services.hand_overs.find(id).await?.ok_or(Failure::NotFound)?;
    view(services, found).await
}

/// Returns the handovers that will bring, are bringing or have brought files to this adviser; newest first.
pub async fn received(services: &Services, adviser: &Adviser) -> Result<Vec<(RecordId, HandOverSummary)>, Failure> {
    let mut mine = services.hand_overs.all().await?;
    let is_known = |phase: Phase| phase == Phase::Approved || phase.has_begun();
    mine.retain(|(_, summary)| summary.to.scope == adviser.scope().id() && is_known(summary.phase));
    mine.sort_by_key(|(_, summary)| std::cmp::Reverse(summary.proposed_at));
    Ok(mine)
}

/// Returns where files have moved through handovers.
pub(in crate::flows) async fn succession(services: &Services) -> Result<Succession, StoreError> {
    Ok(Succession::of(services.hand_overs.all().await?.into_iter().map(|(_, summary)| summary)))
}

/// Returns the phase of the handover that this account is held for, if it no longer prevents enabling the account; otherwise `None`. A
/// handover that is only proposed does not count as a reason: its approval was cut off.
pub(in crate::flows) async fn ending(services: &Services, account: &Account) -> Result<Option<Phase>, StoreError> {
    let Some(record) = account.handed_over else {
        return Ok(None);
    };
    // The record exists: it is created before the account is held.
    let found = services.hand_overs.find(record).await?.ok_or(StoreError::DoesNotOpen)?;
    Ok(Some(found.record.phase).filter(|phase| !phase.is_open() || *phase == Phase::Proposed))
}

/// Whether the handover that this account was held for was withdrawn, so that its files stayed in place.
async fn is_free(services: &Services, account: &Account) -> Result<bool, StoreError> {
    Ok(ending(services, account).await? == Some(Phase::Withdrawn))
}

type Adviserly = (Side, Account);

async fn two_advisers(services: &Services, proposal: &Proposal) -> Result<(Adviserly, Adviserly), Failure> {
    let from = adviser(services, proposal.from).await?;
    let to = adviser(services, proposal.to).await?.filter(|_| proposal.from != proposal.to);
    let lacking = [("/from", from.is_none()), ("/to", to.is_none())];
    let errors = lacking.iter().filter(|(_, lacks)| *lacks);
    let errors: Vec<_> = errors.map(|(pointer, _)| FieldError::of(*pointer, FieldCode::UnknownValue)).collect();
    from.zip(to).ok_or(Failure::Invalid(InvalidFields(errors)))
}

async fn adviser(services: &Services, id: BlindIndex) -> Result<Option<Adviserly>, StoreError> {
    let Some(account) = account(services, id).await? else {
        return Ok(None);
    };
    Ok(match account.kind {
        AccountKind::Adviser { scope } => {
            let (name, username) = (account.display_name.clone(), Some(account.username.clone()));
            Some((Side { account: id, scope, name, username }, account))
        }
        AccountKind::Officer | AccountKind::Later(_) => None,
    })
}

async fn account(services: &Services, id: BlindIndex) -> Result<Option<Account>, StoreError> {
    Ok(services.identities.find(id).await?.identity.account)
}

async fn open_hand_overs(services: &Services) -> Result<Vec<(RecordId, HandOverSummary)>, StoreError> {
    let mut all = services.hand_overs.all().await?;
    all.retain(|(_, summary)| summary.phase.is_open());
    Ok(all)
}

/// Takes a step; `None` when a concurrent step won, so that it must be decided again.
async fn take(
    services: &Services,
    warrant: &Warrant,
    found: &FoundRecord<HandOver>,
    record: HandOver,
    event: HandOverEvent,
) -> Result<Option<FoundRecord<HandOver>>, Failure> {
    let step = NewStep { record, event, at: services.now() };
    match services.hand_overs.append(found, warrant, step).await {
        Ok(taken) => Ok(Some(taken)),
        Err(StoreError::Stale) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// From then on the leaver's account cannot be enabled. Written before the approval, so that no approval exists without it.
async fn hold(services: &Services, intent: Intent, hand_over: &HandOver, id: RecordId) -> Result<(), Failure> {
    let account = account(services, hand_over.from.account).await?.ok_or(Failure::NotFound)?;
    let free = if is_free(services, &account).await? { account.handed_over } else { None };
    let edit = |draft: &mut Draft| {
        if draft.account.status != Status::Disabled {
            return Err(HandOverRefused::LeaverNotDisabled.into());
        }
        let held = draft.account.handed_over;
        if held.is_some() && held != Some(id) && held != free || !has_scope(&draft.account, hand_over.from.scope) {
            return Err(HandOverRefused::Exists.into());
        }
        draft.account.handed_over = Some(id);
        draft.account.raise_standing();
        Ok(())
    };
    change(services, hand_over.from.account, intent.into(), Change::HeldForHandOver, edit).await
}

/// A failure to read the history does not undo the step that was taken.
async fn view_of_done(services: &Services, found: FoundRecord<HandOver>) -> Result<History<HandOver>, Failure> {
    Ok(History::of(services, &services.hand_overs, found).await.map_err(StoreError::but_done)?)
}

async fn view(services: &Services, found: FoundRecord<HandOver>) -> Result<History<HandOver>, Failure> {
    Ok(History::of(services, &services.hand_overs, found).await?)
}
