//! Leftover intents: their requests were cut off before the action, or before the intent was deleted.
//!
//! An intent that says everything needed is carried out if its author's authority is unchanged, no action of the same kind has come in
//! between, and every rule still allows it. Such actions revoke something, or merely advance what others have decided. Actions that grant
//! something (an approval, enabling an account) require the person to be present. All other intents are voided: if their action was done,
//! it names the intent; if not, it stays undone.

use super::{accounts, failure::Failure, hand_overs, services::Services};
use crate::{
    domain::{
        authority::{Aim, Errand, KeptIntent, RegisterStep},
        ids::IntentId,
        sign_in::attempt::{Change, Event},
        stored::BlindIndex,
    },
    store::{
        authority::{Authority, Intent},
        error::StoreError,
    },
};
use jiff::SignedDuration;

/// How long a commit may still be under way that began at the end of the intent's minute.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

/// Carries out or deletes leftover intents. Returns how many were settled.
///
/// # Errors
/// [`StoreError`]. An intent that cannot be carried out now does not block the others, and is tried again.
pub(super) async fn settle(services: &Services) -> Result<usize, StoreError> {
    let (mut settled, mut after, mut failed) = (0, None, None);
    loop {
        let slice = services.identities.intents(after).await?;
        for (account, id, kept) in slice.items {
            match settle_one(services, account, id, &kept).await {
                Ok(was_settled) => settled += usize::from(was_settled),
                Err(error) => failed = Some(error),
            }
        }
        after = slice.next;
        if after.is_none() {
            return failed.map_or(Ok(settled), Err);
        }
    }
}

async fn settle_one(services: &Services, account: BlindIndex, id: IntentId, kept: &KeptIntent) -> Result<bool, StoreError> {
    let now = services.now();
    match kept.errand {
        None if now < kept.until => return Ok(false),
        Some(_) if now < kept.until + GRACE => return Ok(false),
        None => {}
        Some(errand) => {
            let stands = !is_overtaken(services, &kept.aim, errand).await?;
            if stands && let Some(intent) = services.identities.take_up(account, id, now).await? {
                return carry_out_and_drop(services, intent, kept, errand).await;
            }
        }
    }
    services.identities.drop_intent(&Authority::Maintenance, account, id).await?;
    tracing::warn!(event = "intent_voided");
    Ok(true)
}

/// What the database refuses is retried; what a rule refuses is dropped.
async fn carry_out_and_drop(services: &Services, intent: Intent, kept: &KeptIntent, errand: Errand) -> Result<bool, StoreError> {
    match carry_out(services, intent, &kept.aim, errand).await {
        Err(Failure::Store(error)) => return Err(error),
        Ok(()) => tracing::warn!(event = "intent_carried_out"),
        Err(_) => tracing::warn!(event = "intent_voided"),
    }
    services.identities.drop_intent(&intent.into(), intent.account(), intent.id()).await?;
    Ok(true)
}

/// Whether a later change has superseded it. What the account's owner or a stranger does cannot prevent the change of an account.
async fn is_overtaken(services: &Services, aim: &Aim, errand: Errand) -> Result<bool, StoreError> {
    let Aim::Account { account, change } = aim else {
        return Ok(false);
    };
    let mut after = None;
    loop {
        let slice = services.identities.changes(*account, 50, after).await?;
        let mut since = slice.items.iter().take_while(|entry| entry.sequence > errand.seen);
        if since.by_ref().any(|entry| overtakes(&entry.event, *change)) {
            return Ok(true);
        }
        let is_all = slice.items.last().is_none_or(|entry| entry.sequence <= errand.seen);
        after = slice.next.filter(|_| !is_all);
        if after.is_none() {
            return Ok(false);
        }
    }
}

/// Whether an entry decides again what an officer intended.
fn overtakes(entry: &Event, wanted: Change) -> bool {
    let what = match entry {
        Event::Attempt(_) => return false,
        Event::Later(_) => return true,
        Event::Change(what) | Event::Changed { what, .. } => *what,
    };
    match what {
        Change::Created | Change::InvitationWithdrawn | Change::Later(_) => true,
        Change::Disabled | Change::Enabled => wanted != Change::Unlocked,
        Change::Invited | Change::Confirmed | Change::EmailChanged => matches!(wanted, Change::Invited | Change::Confirmed),
        _ => false,
    }
}

async fn carry_out(services: &Services, intent: Intent, aim: &Aim, errand: Errand) -> Result<(), Failure> {
    match (aim, errand.step) {
        (Aim::Account { account, change: Change::Disabled }, None) => accounts::administration::disable(services, intent, *account).await,
        (Aim::Account { account, change: Change::Unlocked }, None) => accounts::administration::unlock(services, intent, *account).await,
        (Aim::Account { account, change: Change::Invited }, None) => {
            accounts::administration::invite_again(services, intent, (*account, errand.request)).await
        }
        (Aim::Account { account, change: Change::Confirmed }, None) => accounts::invitations::confirm(services, intent, *account).await,
        (Aim::Register { record: Some(record), .. }, Some(RegisterStep::StopHandOver)) => {
            hand_overs::register::stop_later(services, intent, *record).await
        }
        // These need what only the request contained, or come from a later version.
        (Aim::Account { .. } | Aim::Register { .. }, _) => Err(Failure::WrongStep),
    }
}
