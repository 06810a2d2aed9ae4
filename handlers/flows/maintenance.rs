//! What has to be done now and then: reminding officers and advisers, announcing mails and hand-overs that stayed behind, wrapping data keys anew,
//! going on with what a rotation left.

use super::{
    breach_notices, erasing,
    erasure_replay::{self, Extent},
    hand_over_moves,
    post::Job,
    processor_notices, request_reminders,
    rotation::Rotation,
    services::Services,
    unfinished,
};
use crate::{
    crypto::envelope::Part,
    domain::{account::AccountKind, credentials::Role},
    ports::{Container, Documents, Order, Page},
    store::error::StoreError,
};
use std::time::Duration;

/// Documents sealed anew in one round, which has minutes: the next one goes on.
const MAX_RESEALED: usize = 2000;

/// What a round of maintenance did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    pub mails: usize,
    pub hand_overs: usize,
    /// Reminders of the clock of a breach, of deadlines of sub-processors and of requests that wait.
    pub reminders: usize,
    /// Erasures that were in the log and not in the database.
    pub erased: usize,
    /// Intents that stayed behind and were carried out or taken away.
    pub intents: usize,
    pub keys: Rewrapped,
    /// Documents sealed anew because they named a retired data key.
    pub resealed: usize,
}

/// What became of the data keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    pub seen: usize,
    /// Wrapped under the newest key-encryption key; the others were already.
    pub anew: usize,
    /// Not vouched for, or not to be unwrapped: `finrust verify` names them.
    pub broken: usize,
}

/// One round. It may be cut off anywhere and run again.
pub async fn run(services: &Services, documents: &dyn Documents) -> Result<Report, StoreError> {
    services.purge();
    services.limits.shrink();
    // What fails here keeps nothing else waiting.
    let of_breaches = breach_notices::round(services).await;
    let of_processors = processor_notices::round(services).await;
    let of_requests = request_reminders::round(services).await;
    let voided = unfinished::settle(services).await;
    let mails = announce_mails(services).await?;
    let hand_overs = hand_over_moves::announce_all(services).await?;
    let erased = finish_erasures(services).await;
    let raised = raise_standings(services).await;
    let keys = rewrap(services, documents, |_| {}).await?;
    services.sealing.keep_rings().await?;
    let resealed = go_on_resealing(services, documents).await?;
    raised?;
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

/// Seals anew what names a retired data key: what `finrust rotate-key` left when it was stopped, and what other instances sealed while
/// they had the old key in memory. Asks for the records of keys and nothing else when there is none.
async fn go_on_resealing(services: &Services, documents: &dyn Documents) -> Result<usize, StoreError> {
    let rotation = Rotation { sealing: &services.sealing, documents, clock: &*services.clock };
    let mut resealed = 0;
    for scope in services.sealing.unsettled_scopes().await? {
        resealed += rotation.reseal(scope, MAX_RESEALED - resealed, |_| {}).await?.anew;
    }
    Ok(resealed)
}

/// Wraps every data key that is under an older key-encryption key anew. `progress` is told how many were looked at.
///
/// # Errors
/// [`StoreError`]; what was done stays done, and another run goes on. A key that is broken keeps no other waiting.
pub async fn rewrap(services: &Services, documents: &dyn Documents, mut progress: impl FnMut(usize)) -> Result<Rewrapped, StoreError> {
    let mut keys = Rewrapped::default();
    let mut page = Page { order: Order::Ascending, limit: 200, after: None };
    loop {
        let listing = documents.scan(Container::Keys, "key-", Part::Body, &page).await?;
        for item in &listing.items {
            match services.sealing.rewrap(item).await {
                Ok(anew) => keys.anew += usize::from(anew),
                // Another instance was faster.
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

/// Whoever took authority from an adviser's sessions, or ended one, and was cut off has not told their partition.
async fn raise_standings(services: &Services) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let slice = services.identities.accounts(1000, after).await?;
        for (index, _) in slice.items.iter().filter(|(_, account)| account.role == Role::Adviser) {
            let found = services.identities.find(*index).await?;
            // Only an account itself says which scope it has, and where it stands.
            if let Some(account) = found.account().filter(|account| account.standing > 0 || !account.over.is_empty())
                && let AccountKind::Adviser { scope } = account.kind
            {
                services.commits.overtake(scope, account.standing, &account.over, services.now()).await?;
            }
        }
        after = slice.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// An erasure that was decided and cut off is finished here, and what the log names is looked for.
async fn finish_erasures(services: &Services) -> Result<usize, StoreError> {
    let finished = erasing::finish_all(services).await;
    let replayed = erasure_replay::replay(services, Extent::Turn(services.now()), |_| {}).await?;
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
