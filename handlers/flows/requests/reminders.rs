//! Reminders of open subject requests, each stored exactly once: a mail has an id derived from the request, its deadline, the reminder and
//! the recipient, and the note that it was stored outlives it.
//!
//! Due dates are read from alarms alone, so maintenance opens neither a request nor anything else of an adviser (P14).

use crate::flows::{accounts::officers, services::Services};
use crate::{
    domain::{
        accounts::account::{AccountKind, Status},
        ids::{MailId, ScopeId},
        mail::MailContent,
        requests::reminders::{RequestReminder, reminder},
        stored::BlindIndex,
    },
    store::{alarms::FoundAlarm, authority::Authority, error::StoreError},
};
use std::collections::{BTreeMap, BTreeSet};

/// One round: stores the due reminders for advisers who can sign in. Returns how many were stored.
///
/// # Errors
/// [`StoreError`]; stored mails stay, and the next round resumes.
pub async fn round(services: &Services) -> Result<usize, StoreError> {
    let due = due(services).await?;
    let owners = owners(services, due.iter().map(|(found, _)| found.scope).collect()).await?;
    let mut left = 0;
    for (found, reminder) in &due {
        if let Some(owner) = owners.get(&found.scope) {
            left += usize::from(leave(services, found, *reminder, *owner).await?);
        }
    }
    Ok(left)
}

async fn due(services: &Services) -> Result<Vec<(FoundAlarm, RequestReminder)>, StoreError> {
    let (mut due, mut after, today) = (Vec::new(), None, services.today());
    loop {
        let slice = services.alarms.page(after).await?;
        due.extend(slice.items.into_iter().filter_map(|found| reminder(found.alarm.due_on, today).map(|reminder| (found, reminder))));
        after = slice.next;
        if after.is_none() {
            return Ok(due);
        }
    }
}

/// Returns the accounts of these scopes that can sign in. Only the account itself states its scope.
async fn owners(services: &Services, mut scopes: BTreeSet<ScopeId>) -> Result<BTreeMap<ScopeId, BlindIndex>, StoreError> {
    let (mut owners, mut after) = (BTreeMap::new(), None);
    while !scopes.is_empty() {
        let slice = services.identities.whole_accounts(1000, after).await?;
        for (index, account) in slice.items.iter().filter(|(_, account)| account.status == Status::Active) {
            if let AccountKind::Adviser { scope } = account.kind
                && scopes.remove(&scope)
            {
                owners.insert(scope, *index);
            }
        }
        after = slice.next;
        if after.is_none() {
            break;
        }
    }
    Ok(owners)
}

/// Stores one mail, unless it was stored before or nobody can read it.
async fn leave(services: &Services, found: &FoundAlarm, reminder: RequestReminder, to: BlindIndex) -> Result<bool, StoreError> {
    let owner = services.identities.find(to).await?;
    let Some(account) = owner.account().filter(|account| account.status == Status::Active) else {
        return Ok(false);
    };
    let on = found.alarm.due_on.date();
    let content = match reminder {
        RequestReminder::Week | RequestReminder::Eve => MailContent::RequestWaits { on },
        RequestReminder::Over => MailContent::RequestOverdue { on },
    };
    let mail = mail_id(services, found, reminder, to).await?;
    officers::leave(services, &Authority::Maintenance, (to, account), (mail, content)).await
}

/// Derives the id from the subject of the mail and its recipient: a successor is reminded too.
async fn mail_id(services: &Services, found: &FoundAlarm, reminder: RequestReminder, to: BlindIndex) -> Result<MailId, StoreError> {
    let which: &[u8] = match reminder {
        RequestReminder::Week => b"week",
        RequestReminder::Eve => b"eve",
        RequestReminder::Over => b"over",
    };
    let on = found.alarm.due_on.date().to_string();
    let fields: [&[u8]; 5] = [b"rights request", found.record.bytes(), on.as_bytes(), which, to.bytes()];
    Ok(MailId::from_random(services.derive_id(&fields).await?))
}
