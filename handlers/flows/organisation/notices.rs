//! Mails about the organisation, to all officers and advisers.
//!
//! The record holds what everybody has still to be told. Each mail has an id that follows from the change and its recipient, so that a
//! round that was cut off stores no mail twice, and the news leaves the record once all mails are stored.

use super::register::record_id;
use crate::flows::{
    accounts::officers::{About, tell},
    registers::steps::{RegisterFailure, decide},
    services::Services,
};
use crate::{
    domain::{
        accounts::account::{Account, Status},
        mail::MailContent,
        organisation::record::{Organisation, OrganisationNews},
    },
    store::{
        authority::{Authority, Warrant},
        error::StoreError,
        records::repository::NewStep,
    },
};

/// More accounts than this are told by maintenance, not while a request waits.
const AT_ONCE: usize = 20;

/// One round: puts a proposal into force whose wait is over, and stores all waiting mails. Returns whether one came into force.
///
/// # Errors
/// [`StoreError`]; completed work stays done, and the next round resumes.
pub async fn round(services: &Services) -> Result<usize, StoreError> {
    let applied = usize::from(apply(services).await?);
    post(services, usize::MAX).await?;
    Ok(applied)
}

/// Stores what is waiting, if that is possible now; otherwise maintenance does it later.
pub(super) async fn post_or_leave(services: &Services) {
    if Box::pin(post(services, AT_ONCE)).await.is_err() {
        tracing::warn!(event = "mail_not_announced");
    }
}

async fn post(services: &Services, most: usize) -> Result<(), StoreError> {
    let id = record_id(services).await?;
    let Some(found) = services.organisation.find(id).await? else { return Ok(()) };
    for news in found.record.waiting().iter().filter_map(|news| news.known()) {
        if !tell_everybody(services, news, most).await? {
            return Ok(());
        }
        let judge = |organisation: &Organisation| Ok::<_, RegisterFailure>(organisation.posted(news)?);
        let noted = decide(services, &services.organisation, &Warrant::maintenance(), (id, None), judge).await;
        // Any other refusal: another instance noted it.
        if let Err(RegisterFailure::Store(error)) = noted {
            return Err(error);
        }
    }
    Ok(())
}

/// Returns whether everybody was told; otherwise the first `most` were.
async fn tell_everybody(services: &Services, news: &OrganisationNews, most: usize) -> Result<bool, StoreError> {
    let by = match news.by {
        Some(officer) => services.identities.find(officer).await?.account().map(Account::called),
        None => None,
    };
    let content =
        MailContent::OrganisationChanged { at: news.at, what: news.what, details: news.details.clone(), by, applies_at: news.applies_at };
    let which = serde_json::to_vec(news).map_err(|_| StoreError::DoesNotOpen)?;
    let about = About { sort: b"organisation", one: &[&which] };
    let (mut told, mut after) = (0, None);
    loop {
        let slice = services.identities.accounts(1000, after).await?;
        for (account, _) in slice.items.into_iter().filter(|(_, summary)| summary.status == Status::Active) {
            if told == most {
                return Ok(false);
            }
            if let Some(found) = services.identities.find(account).await?.account() {
                tell(services, &Authority::Maintenance, (account, found), &about, &content).await?;
            }
            told += 1;
        }
        after = slice.next;
        if after.is_none() {
            return Ok(true);
        }
    }
}

/// Puts a proposal into force whose wait is over. Returns whether this call did.
async fn apply(services: &Services) -> Result<bool, StoreError> {
    let at = services.now();
    // Against its steps: a withdrawn proposal that somebody put back never comes into force.
    let Some(found) = services.organisation.find_proven(record_id(services).await?).await? else { return Ok(false) };
    let Ok((record, event)) = found.record.apply(at) else { return Ok(false) };
    match services.organisation.append(&found, &Warrant::maintenance(), NewStep { record, event, at }).await {
        Ok(_) => Ok(true),
        // Another step was taken: the next round looks again.
        Err(StoreError::Stale) => Ok(false),
        Err(other) => Err(other),
    }
}
