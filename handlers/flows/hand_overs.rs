//! Hand-overs by officers: one proposes, another approves, both can watch. None of them sees anything of a file (P14).

use super::{
    account_change::{Draft, change},
    failure::Failure,
    hand_over_moves::announce,
    intents::{self, aim_at},
    services::Services,
};
use crate::{
    domain::{
        account::{Account, AccountKind, Status},
        attempt::Change,
        credentials::DisplayName,
        fields::{FieldCode, FieldError, InvalidFields},
        hand_over::{HandOver, HandOverEvent, HandOverRefused, HandOverSummary, Phase, Reason, Side},
        ids::{RecordId, ScopeId},
        record::By,
        session::{Adviser, Officer},
        stored::BlindIndex,
    },
    ports::Cursor,
    store::{
        authority::{Intent, Warrant},
        error::StoreError,
        identity_lists::Slice,
        records::{FoundRecord, NewStep, Shelf},
    },
};
use jiff::Timestamp;

/// Times a step is decided anew because somebody else was faster.
const MOST_TRIES: usize = 8;

/// What an officer proposes.
pub struct Proposal {
    /// Who leaves.
    pub from: BlindIndex,
    /// Who goes on.
    pub to: BlindIndex,
    /// Why.
    pub reason: Reason,
}

/// A hand-over with what happened to it.
pub struct HandOverView {
    /// Which one.
    pub id: RecordId,
    /// As it is now.
    pub hand_over: HandOver,
    /// What happened, oldest first.
    pub steps: Vec<HandOverStep>,
}

/// Something that happened to a hand-over.
pub struct HandOverStep {
    /// When.
    pub at: Timestamp,
    /// Which officer, by the name of the account; the program itself when `None`.
    pub by: Option<DisplayName>,
    /// What.
    pub event: HandOverEvent,
}

/// Where hand-overs are kept.
#[must_use]
pub fn shelf() -> Shelf {
    Shelf::register("hand-overs")
}

/// Proposes a hand-over. Nothing moves before another officer has approved it.
///
/// # Errors
/// [`Failure::Invalid`] when the accounts are not two advisers; [`Failure::HandOver`] when they are not ready for it; [`Failure::Store`].
pub async fn propose(services: &Services, officer: Officer, proposal: Proposal) -> Result<HandOverView, Failure> {
    let (from, to) = two_advisers(services, &proposal).await?;
    leaver_is_ready(&from.1)?;
    successor_is_ready(&to.1)?;
    let open = open_hand_overs(services).await?;
    let takes_part = |other: &HandOverSummary| other.from.account == from.0.account || other.to.account == from.0.account;
    if from.1.handed_over.is_some() && !is_free(services, &from.1).await? || open.iter().any(|(_, other)| takes_part(other)) {
        return Err(HandOverRefused::Exists.into());
    }
    let (id, at) = (services.hand_overs.fresh_id(), services.now());
    let record = HandOver {
        from: from.0,
        to: to.0,
        reason: proposal.reason,
        proposed_by: officer.identity(),
        proposed_at: at,
        phase: Phase::Proposed,
    };
    let intent = intents::intend(services, officer.proof(), aim_at(&shelf(), Some(id))).await?;
    let step = NewStep { record, event: HandOverEvent::Proposed, at: services.now() };
    let made = services.hand_overs.create(&shelf(), id, &intent.into(), step).await;
    intents::end(services, intent).await;
    view(services, made?).await
}

/// Takes a proposal back, whoever made it.
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::HandOver`] once it was approved; [`Failure::Store`].
pub async fn withdraw(services: &Services, officer: Officer, id: RecordId) -> Result<HandOverView, Failure> {
    services.hand_overs.find(&shelf(), id).await?.ok_or(Failure::NotFound)?.record.withdraw()?;
    let intent = intents::intend(services, officer.proof(), aim_at(&shelf(), Some(id))).await?;
    let withdrawn = withdraw_as(services, intent, id).await;
    intents::end(services, intent).await;
    view(services, withdrawn?).await
}

async fn withdraw_as(services: &Services, intent: Intent, id: RecordId) -> Result<FoundRecord<HandOver>, Failure> {
    for _ in 0..MOST_TRIES {
        let found = services.hand_overs.find(&shelf(), id).await?.ok_or(Failure::NotFound)?;
        let withdrawn = found.record.withdraw()?;
        if let Some(found) = take(services, intent, &found, withdrawn, HandOverEvent::Withdrawn).await? {
            return Ok(found);
        }
    }
    Err(StoreError::Stale.into())
}

/// Approves what another officer proposed; files start to move. The leaver's account cannot be enabled from then on.
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::HandOver`] when the same officer proposed it or an account is not ready; [`Failure::Store`].
pub async fn approve(services: &Services, officer: Officer, id: RecordId) -> Result<HandOverView, Failure> {
    let found = services.hand_overs.find(&shelf(), id).await?.ok_or(Failure::NotFound)?;
    found.record.approve(officer)?;
    sides_are_ready(services, id, &found.record).await?;
    let intent = intents::intend(services, officer.proof(), aim_at(&shelf(), Some(id))).await?;
    let approved = approve_as(services, (officer, intent), id).await;
    intents::end(services, intent).await;
    let approved = approved?;
    announce(services, id).await;
    view(services, approved).await
}

async fn approve_as(services: &Services, (officer, intent): (Officer, Intent), id: RecordId) -> Result<FoundRecord<HandOver>, Failure> {
    for _ in 0..MOST_TRIES {
        let found = services.hand_overs.find(&shelf(), id).await?.ok_or(Failure::NotFound)?;
        let approved = found.record.approve(officer)?;
        sides_are_ready(services, id, &found.record).await?;
        hold(services, intent, &found.record, id).await?;
        if let Some(found) = take(services, intent, &found, approved, HandOverEvent::Approved).await? {
            return Ok(found);
        }
    }
    Err(StoreError::Stale.into())
}

/// A page of all hand-overs, in no order that means anything.
///
/// # Errors
/// [`Failure::Store`].
pub async fn list(
    services: &Services,
    _by: Officer,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Slice<(RecordId, HandOverSummary)>, Failure> {
    Ok(services.hand_overs.list(&shelf(), limit, after).await?)
}

/// One hand-over with its steps.
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::Store`].
pub async fn find(services: &Services, _by: Officer, id: RecordId) -> Result<HandOverView, Failure> {
    let found = services.hand_overs.find(&shelf(), id).await?.ok_or(Failure::NotFound)?;
    view(services, found).await
}

/// The hand-overs that bring this adviser files, or have brought some; the newest first.
///
/// # Errors
/// [`Failure::Store`].
pub async fn received(services: &Services, adviser: &Adviser) -> Result<Vec<HandOverSummary>, Failure> {
    let all = services.hand_overs.all(&shelf()).await?.into_iter().map(|(_, summary)| summary);
    let mine = |summary: &HandOverSummary| summary.to.scope == adviser.scope().id() && summary.phase.progress().0.is_some();
    let mut mine: Vec<_> = all.filter(mine).collect();
    mine.sort_by_key(|summary| std::cmp::Reverse(summary.proposed_at));
    Ok(mine)
}

/// Whether the hand-over that this account was held for is over, so that it may be enabled. `None` as long as it is not.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn ending(services: &Services, account: &Account) -> Result<Option<Phase>, StoreError> {
    let Some(record) = account.handed_over else {
        return Ok(None);
    };
    // An account is held for a record that is there: it was made first.
    let found = services.hand_overs.find(&shelf(), record).await?.ok_or(StoreError::DoesNotOpen)?;
    Ok(Some(found.record.phase).filter(|phase| !phase.is_open()))
}

/// Whether nothing came of the hand-over that this account was held for, so that its files are where they were.
async fn is_free(services: &Services, account: &Account) -> Result<bool, StoreError> {
    Ok(ending(services, account).await? == Some(Phase::Withdrawn))
}

type Adviserly = (Side, Account);

async fn two_advisers(services: &Services, proposal: &Proposal) -> Result<(Adviserly, Adviserly), Failure> {
    let from = adviser(services, proposal.from).await?;
    let to = adviser(services, proposal.to).await?.filter(|_| proposal.from != proposal.to);
    let lacking = [("/from", from.is_none()), ("/to", to.is_none())];
    let errors = lacking.iter().filter(|(_, lacks)| *lacks);
    let errors: Vec<_> = errors.map(|(pointer, _)| FieldError { pointer: (*pointer).to_owned(), code: FieldCode::UnknownValue }).collect();
    from.zip(to).ok_or(Failure::Invalid(InvalidFields(errors)))
}

async fn adviser(services: &Services, id: BlindIndex) -> Result<Option<Adviserly>, StoreError> {
    let Some(account) = account(services, id).await? else {
        return Ok(None);
    };
    Ok(match account.kind {
        AccountKind::Adviser { scope } => Some((Side { account: id, scope, name: account.display_name.clone() }, account)),
        AccountKind::Officer | AccountKind::Later(_) => None,
    })
}

async fn account(services: &Services, id: BlindIndex) -> Result<Option<Account>, StoreError> {
    Ok(services.identities.find(id).await?.identity.account)
}

fn leaver_is_ready(account: &Account) -> Result<(), HandOverRefused> {
    if account.status == Status::Disabled { Ok(()) } else { Err(HandOverRefused::LeaverNotDisabled) }
}

fn successor_is_ready(account: &Account) -> Result<(), HandOverRefused> {
    if account.status == Status::Active { Ok(()) } else { Err(HandOverRefused::SuccessorNotActive) }
}

async fn open_hand_overs(services: &Services) -> Result<Vec<(RecordId, HandOverSummary)>, StoreError> {
    let mut all = services.hand_overs.all(&shelf()).await?;
    all.retain(|(_, summary)| summary.phase.is_open());
    Ok(all)
}

/// Takes an officer's step; `None` when somebody else was faster, so that it has to be decided anew.
async fn take(
    services: &Services,
    intent: Intent,
    found: &FoundRecord<HandOver>,
    record: HandOver,
    event: HandOverEvent,
) -> Result<Option<FoundRecord<HandOver>>, Failure> {
    let step = NewStep { record, event, at: services.now() };
    match services.hand_overs.append(&shelf(), found, &Warrant::from(intent), step).await {
        Ok(taken) => Ok(Some(taken)),
        Err(StoreError::Stale) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// What was so when it was proposed may have changed. Whose files are still coming cannot let them go.
async fn sides_are_ready(services: &Services, id: RecordId, hand_over: &HandOver) -> Result<(), Failure> {
    successor_is_ready(&account(services, hand_over.to.account).await?.ok_or(Failure::NotFound)?)?;
    let mut running = open_hand_overs(services).await?;
    running.retain(|(other, summary)| *other != id && summary.phase.is_running());
    let brings = running.iter().any(|(_, summary)| summary.to.account == hand_over.from.account);
    if brings { Err(HandOverRefused::Exists.into()) } else { Ok(()) }
}

/// From then on nobody enables the leaver's account. It is written before the approval, so that there is none without it.
async fn hold(services: &Services, intent: Intent, hand_over: &HandOver, id: RecordId) -> Result<(), Failure> {
    let account = account(services, hand_over.from.account).await?.ok_or(Failure::NotFound)?;
    let free = if is_free(services, &account).await? { account.handed_over } else { None };
    let edit = |draft: &mut Draft| {
        leaver_is_ready(&draft.account)?;
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

fn has_scope(account: &Account, scope: ScopeId) -> bool {
    account.kind == AccountKind::Adviser { scope }
}

async fn view(services: &Services, found: FoundRecord<HandOver>) -> Result<HandOverView, Failure> {
    let mut steps = Vec::new();
    for entry in services.hand_overs.steps(&shelf(), found.id).await? {
        let Some(event) = entry.event.event.into_known() else { continue };
        let by = match entry.event.by {
            By::Account(officer) => account(services, officer).await?.map(|account| account.display_name),
            By::Maintenance | By::Operator | By::Later(_) => None,
        };
        steps.push(HandOverStep { at: entry.at, by, event });
    }
    Ok(HandOverView { id: found.id, hand_over: found.record, steps })
}
