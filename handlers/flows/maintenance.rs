//! Periodic work: reminding officers and advisers, announcing mails and hand-overs that were not announced, re-wrapping data keys,
//! continuing what a key rotation left.

use super::{
    breaches,
    clients::{self, erasure_replay::Extent},
    hand_overs,
    mail::post::Job,
    organisation, processors, requests,
    rotation::Rotation,
    services::Services,
    unfinished,
};
use crate::{
    crypto::envelope::Part,
    domain::accounts::account::AccountKind,
    ports::{Container, Documents, Order, Page},
    store::error::StoreError,
};
use std::time::Duration;

/// Documents re-sealed in one round, which has minutes; the next round continues.
const MAX_RESEALED: usize = 2000;

/// What a round of maintenance did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    pub mails: usize,
    pub hand_overs: usize,
    /// Reminders of breach deadlines, sub-processor deadlines and waiting subject requests.
    pub reminders: usize,
    /// Erasures that were in the log but not applied to the database.
    pub erased: usize,
    /// Leftover intents that were carried out or deleted.
    pub intents: usize,
    pub keys: Rewrapped,
    /// Documents re-sealed because they named a retired data key.
    pub resealed: usize,
}

/// The result of re-wrapping the data keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    pub seen: usize,
    /// Re-wrapped under the newest key-encryption key; the others already were.
    pub rewrapped: usize,
    /// Not authentic, or impossible to unwrap: `finrust verify` names them.
    pub broken: usize,
}

/// Runs one round. Can be interrupted anywhere and run again.
pub async fn run(services: &Services, documents: &dyn Documents) -> Result<Report, StoreError> {
    services.purge();
    services.limits.shrink();
    // A failure here does not delay the rest.
    let of_breaches = breaches::notices::round(services).await;
    let of_processors = processors::notices::round(services).await;
    let of_requests = requests::reminders::round(services).await;
    let of_organisation = organisation::notices::round(services).await;
    let voided = unfinished::settle(services).await;
    let mails = announce_mails(services).await?;
    let hand_overs = hand_overs::moves::announce_all(services).await?;
    let erased = finish_erasures(services).await;
    let raised = raise_standings(services).await;
    let keys = rewrap(services, documents, |_| {}).await?;
    services.sealing.keep_rings().await?;
    let resealed = go_on_resealing(services, documents).await?;
    raised?;
    of_organisation?;
    Ok(Report {
        mails,
        hand_overs,
        reminders: of_breaches? + of_processors? + of_requests?,
        erased: erased?,
        intents: voided?,
        keys,
        resealed,
    })
}

/// Re-seals documents that name a retired data key: those left when `finrust rotate-key` was stopped, and those sealed by other instances
/// that still had the old key in memory. Reads only the key records when there are none.
async fn go_on_resealing(services: &Services, documents: &dyn Documents) -> Result<usize, StoreError> {
    let rotation = Rotation { sealing: &services.sealing, documents, clock: &*services.clock };
    let mut resealed = 0;
    for scope in services.sealing.unsettled_scopes().await? {
        resealed += rotation.reseal(scope, MAX_RESEALED - resealed, |_| {}).await?.resealed;
    }
    Ok(resealed)
}

/// Re-wraps every data key that is under an older key-encryption key. `progress` receives the number of keys examined so far.
///
/// # Errors
/// [`StoreError`]; completed work stays done, and another run continues. A broken key does not block the others.
pub async fn rewrap(services: &Services, documents: &dyn Documents, mut progress: impl FnMut(usize)) -> Result<Rewrapped, StoreError> {
    let mut keys = Rewrapped::default();
    let mut page = Page { order: Order::Ascending, limit: 200, after: None };
    loop {
        let listing = documents.scan(Container::Keys, "key-", Part::Body, &page).await?;
        for item in &listing.items {
            match services.sealing.rewrap(item).await {
                Ok(is_rewrapped) => keys.rewrapped += usize::from(is_rewrapped),
                // Another instance won.
                Err(StoreError::Stale) => {}
                Err(StoreError::DoesNotOpen) => {
                    tracing::error!(event = "key_does_not_open");
                    keys.broken += 1;
                }
                Err(other) => return Err(other),
            }
            keys.seen += 1;
        }
        progress(keys.seen);
        match listing.next {
            Some(next) => page.after = Some(next),
            None => return Ok(keys),
        }
    }
}

/// Raises the `standing` in partitions where a request that revoked or ended an adviser's sessions was cut off before doing so.
async fn raise_standings(services: &Services) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let slice = services.identities.whole_accounts(1000, after).await?;
        for (_, account) in slice.items.iter().filter(|(_, account)| account.standing > 0 || !account.over.is_empty()) {
            if let AccountKind::Adviser { scope } = account.kind {
                services.commits.overtake(scope, account.standing, &account.over, services.now()).await?;
            }
        }
        after = slice.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Finishes erasures that were decided and cut off, then replays a share of the erasure log.
async fn finish_erasures(services: &Services) -> Result<usize, StoreError> {
    let finished = clients::erasing::finish_all(services).await;
    let replayed = clients::erasure_replay::replay(services, Extent::Turn(services.now()), |_| {}).await?;
    if replayed.unvouched > 0 {
        tracing::error!(event = "erasure_not_vouched_for", count = replayed.unvouched);
    }
    Ok(finished? + replayed.erased)
}

async fn announce_mails(services: &Services) -> Result<usize, StoreError> {
    let (mut announced, mut after) = (0, None);
    loop {
        let slice = services.identities.waiting_mails(after).await?;
        for (identity, mail) in slice.items {
            services.post.send(Job::Mail { identity, mail }, Duration::ZERO).await?;
            announced += 1;
        }
        match slice.next {
            Some(next) => after = Some(next),
            None => return Ok(announced),
        }
    }
}
