//! The breach register: anyone can report a suspicion; officers do everything after that, step by step.

use crate::flows::{
    accounts::change::{Draft, change as change_account},
    failure::Failure,
    organisation,
    registers::{
        self,
        steps::{History, RegisterFailure, expect_version, id_for, take_on},
    },
    services::Services,
};
use crate::{
    domain::{
        breaches::{
            facts::Facts,
            parts::Suspicion,
            record::{Breach, BreachSummary},
            steps::OfficerStep,
        },
        ids::RecordId,
        request_tag::RequestTag,
        sign_in::{
            attempt::Change,
            session::{Full, Officer, Session},
        },
    },
    ports::Etag,
    store::{
        error::StoreError,
        records::repository::{FoundRecord, RecordLocation},
    },
};
use jiff::Timestamp;

/// Where breaches are stored.
pub fn location() -> RecordLocation {
    RecordLocation::register("breaches")
}

/// Reports a suspicion. Anyone signed in may do so, a limited number of times a day; the officers are notified by mail.
///
/// # Errors
/// [`Failure::Denied`] for an officer without a second factor; [`Failure::TooManyRequests`]; [`Failure::Store`].
pub async fn report(
    services: &Services,
    by: &Session<Full>,
    request: Option<RequestTag>,
    suspicion: Suspicion,
) -> Result<(RecordId, Timestamp), Failure> {
    by.enrolled()?;
    let (id, now) = (id_for(&services.breaches, request), services.now());
    // Counted before the record is created, in a commit of the account, so that concurrent reports are counted one by one.
    let count = |draft: &mut Draft| {
        if request.is_some_and(|request| draft.account.has_counted(request)) {
            return Err(Failure::WrongStep);
        }
        draft.account.note_report(request, now).map_err(|free_at| Failure::not_before(free_at, now))
    };
    match change_account(services, by.identity(), by.proof().into(), Change::SuspicionReported, count).await {
        // The same request was already counted, but its report may not have been created yet.
        Ok(()) | Err(Failure::WrongStep) => {}
        Err(other) => return Err(other),
    }
    enter(services, by, (id, now, request), suspicion).await.map_err(Failure::undone)?;
    Box::pin(registers::notices::post_or_leave(services, &services.breaches, id)).await;
    Ok((id, now))
}

async fn enter(
    services: &Services,
    by: &Session<Full>,
    (id, now, request): (RecordId, Timestamp, Option<RequestTag>),
    suspicion: Suspicion,
) -> Result<(), Failure> {
    let officers = registers::notices::active_officers(services).await?;
    let suspected = Breach::suspected(suspicion, officers, now);
    registers::steps::create(services, &services.breaches, by.proof(), (id, request), suspected).await?;
    Ok(())
}

/// Returns what an earlier try of the same request reported; creates nothing and notifies nobody.
pub async fn reported_for(services: &Services, request: RequestTag) -> Result<Option<(RecordId, Timestamp)>, Failure> {
    let found = registers::steps::taken_for::<_, Failure>(&services.breaches, RecordId::from_random(request.id()), request).await?;
    Ok(found.map(|found| (found.id, found.record.reported_at().at())))
}

/// Returns all breaches, in no particular order.
pub async fn list(services: &Services, _by: Officer) -> Result<Vec<(RecordId, BreachSummary)>, StoreError> {
    services.breaches.all().await
}

/// Returns a breach.
pub async fn find(services: &Services, _by: Officer, id: RecordId) -> Result<FoundRecord<Breach>, RegisterFailure> {
    services.breaches.find(id).await?.ok_or(RegisterFailure::NotFound)
}

/// Adds its history to a breach that was read.
pub async fn whole(services: &Services, _by: Officer, found: FoundRecord<Breach>) -> Result<History<Breach>, StoreError> {
    History::of(services, &services.breaches, found).await
}

/// Replaces the facts of the version that the officer saw. Unchanged facts add no step.
pub async fn change_facts(
    services: &Services,
    by: Officer,
    found: FoundRecord<Breach>,
    if_match: &Etag,
    facts: Facts,
) -> Result<FoundRecord<Breach>, RegisterFailure> {
    expect_version(&found, if_match)?;
    if *found.record.facts() == facts {
        return Ok(found);
    }
    let changed = found.record.with_facts(facts)?;
    take_on(services, &services.breaches, by.proof(), (&found, None), changed).await
}

/// Returns the current breach if an earlier try of the same request already took its step.
pub async fn taken_for(
    services: &Services,
    _by: Officer,
    id: RecordId,
    request: RequestTag,
) -> Result<Option<FoundRecord<Breach>>, RegisterFailure> {
    registers::steps::taken_for(&services.breaches, id, request).await
}

/// Takes an officer's step.
pub async fn take(
    services: &Services,
    by: Officer,
    id: RecordId,
    request: Option<RequestTag>,
    step: &OfficerStep,
) -> Result<FoundRecord<Breach>, RegisterFailure> {
    // Only becoming aware depends on the role; nothing else waits for it.
    let role = match step {
        OfficerStep::BecameAware { .. } => organisation::register::role(services).await?,
        _ => None,
    };
    let now = services.now();
    let judge = |breach: &Breach| Ok(breach.take(step.clone(), (now, role))?);
    registers::steps::take(services, &services.breaches, by.proof(), (id, request), judge).await
}
