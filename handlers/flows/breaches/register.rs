//! The breach register: anyone can report a suspicion; officers do everything after that, step by step.

use crate::flows::{
    accounts::{
        change::{Draft, change as change_account},
        names::{Names, names_in},
    },
    breaches,
    failure::Failure,
    intents::{self, Hand, Taker, aim_at},
    services::Services,
};
use crate::{
    domain::{
        breaches::{
            facts::Facts,
            parts::Suspicion,
            progress::NotTaken,
            record::{Breach, BreachSummary},
            steps::{BreachEvent, OfficerStep},
        },
        chain::Entry,
        fields::InvalidFields,
        ids::RecordId,
        later::OrLater,
        record::Step,
        request_tag::{KeyReused, RequestTag},
        sign_in::{
            attempt::Change,
            session::{Full, Officer, Session},
        },
    },
    ports::Etag,
    store::{
        authority::Warrant,
        error::StoreError,
        records::repository::{FoundRecord, NewStep, RecordLocation},
    },
};
use jiff::Timestamp;
use std::{cmp::Reverse, time::Duration};

/// How often a step is decided again because a concurrent one won.
const MAX_ATTEMPTS: usize = 16;

/// Why an operation on a breach fails.
pub enum BreachFailure {
    NotFound,
    /// A different step is due.
    NotDue,
    /// The officer saw a different version.
    VersionMismatch,
    /// Invalid fields.
    Invalid(InvalidFields),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The store failed.
    Store(StoreError),
}

impl intents::Story for BreachFailure {
    fn telling(self, told: impl FnOnce(StoreError) -> StoreError) -> Self {
        match self {
            Self::Store(error) => Self::Store(told(error)),
            other @ (Self::NotFound | Self::NotDue | Self::VersionMismatch | Self::Invalid(_) | Self::KeyReused) => other,
        }
    }
}

impl From<KeyReused> for BreachFailure {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for BreachFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<InvalidFields> for BreachFailure {
    fn from(invalid: InvalidFields) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<NotTaken> for BreachFailure {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::NotDue => Self::NotDue,
            NotTaken::Invalid(invalid) => Self::Invalid(invalid),
        }
    }
}

/// A record with its full history.
pub struct BreachWithHistory {
    pub found: FoundRecord<Breach>,
    /// Its steps, oldest first.
    pub steps: Vec<Entry<Step<OrLater<BreachEvent>>>>,
    /// Names of the accounts that took steps.
    pub names: Names,
}

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
    let (id, now) = (request.map_or_else(|| services.breaches.fresh_id(), |request| RecordId::from_random(request.id())), services.now());
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
    Box::pin(breaches::notices::post_or_leave(services, id)).await;
    Ok((id, now))
}

async fn enter(
    services: &Services,
    by: &Session<Full>,
    (id, now, request): (RecordId, Timestamp, Option<RequestTag>),
    suspicion: Suspicion,
) -> Result<(), Failure> {
    let officers = breaches::notices::active_officers(services).await?;
    let (record, event) = Breach::suspected(suspicion, officers, now);
    let intent = Hand::Session(by.proof()).intend(services, aim_at(services.breaches.location(), Some(id)), None).await?;
    let warrant = Warrant::from(intent).asked_by(request);
    let made = services.breaches.create(id, &warrant, NewStep { record, event, at: services.now() });
    Box::pin(intents::carry_out(services, intent, made)).await?;
    Ok(())
}

/// Returns what an earlier try of the same request reported; creates nothing and notifies nobody.
pub async fn reported_for(services: &Services, request: RequestTag) -> Result<Option<(RecordId, Timestamp)>, Failure> {
    let id = RecordId::from_random(request.id());
    if services.breaches.taken_for(id, request).await??.is_none() {
        return Ok(None);
    }
    let found = services.breaches.find(id).await?;
    Ok(found.map(|found| (id, found.record.reported_at().at())))
}

/// Returns all breaches, the newest suspicion first.
pub async fn list(services: &Services, _by: Officer) -> Result<Vec<(RecordId, BreachSummary)>, StoreError> {
    let mut all = services.breaches.all().await?;
    all.sort_by_key(|(id, summary)| Reverse((summary.suspicion.noticed_at, *id)));
    Ok(all)
}

/// Returns a breach.
pub async fn find(services: &Services, _by: Officer, id: RecordId) -> Result<FoundRecord<Breach>, BreachFailure> {
    services.breaches.find(id).await?.ok_or(BreachFailure::NotFound)
}

/// Adds its steps and names to a breach that was read.
pub async fn whole(services: &Services, _by: Officer, found: FoundRecord<Breach>) -> Result<BreachWithHistory, BreachFailure> {
    let steps = services.breaches.steps(found.id).await?;
    let names = names_in(services, &steps).await?;
    Ok(BreachWithHistory { found, steps, names })
}

/// Replaces the facts of the version that the officer saw. Unchanged facts add no step.
pub async fn change_facts(
    services: &Services,
    by: Officer,
    found: FoundRecord<Breach>,
    if_match: &Etag,
    facts: Facts,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    if found.etag != *if_match {
        return Err(BreachFailure::VersionMismatch);
    }
    if *found.record.facts() == facts {
        return Ok(found);
    }
    let (record, event) = found.record.with_facts(facts)?;
    let intent = Hand::from(by).intend(services, aim_at(services.breaches.location(), Some(found.id)), None).await?;
    let warrant = intent.into();
    let changed = services.breaches.append(&found, &warrant, NewStep { record, event, at: services.now() });
    match intents::carry_out(services, intent, changed).await {
        Err(StoreError::Stale) => Err(BreachFailure::VersionMismatch),
        other => Ok(other?),
    }
}

/// Returns the current breach if an earlier try of the same request already took its step.
pub async fn taken_for(
    services: &Services,
    _by: Officer,
    id: RecordId,
    request: RequestTag,
) -> Result<Option<FoundRecord<Breach>>, BreachFailure> {
    repeated(services, id, request).await
}

async fn repeated(services: &Services, id: RecordId, request: RequestTag) -> Result<Option<FoundRecord<Breach>>, BreachFailure> {
    match services.breaches.taken_for(id, request).await?? {
        Some(_) => Ok(services.breaches.find(id).await?),
        None => Ok(None),
    }
}

/// Takes an officer's step.
pub async fn take(
    services: &Services,
    by: Officer,
    id: RecordId,
    request: Option<RequestTag>,
    step: &OfficerStep,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    let now = services.now();
    change(services, Taker::Session(by.proof(), request), id, |breach| Ok(breach.take(step.clone(), now)?)).await
}

/// Decides on the current record and takes the step, retrying when a concurrent step wins. `decide` must be pure. Refusals come before
/// anything is written; a person's step is preceded by an intent.
pub(in crate::flows) async fn change(
    services: &Services,
    by: Taker,
    id: RecordId,
    decide: impl Fn(&Breach) -> Result<(Breach, BreachEvent), BreachFailure>,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    // Boxed: a breach is large, and every caller's future would otherwise contain several of them.
    Box::pin(decide_and_step(services, by, id, decide)).await
}

async fn decide_and_step(
    services: &Services,
    by: Taker,
    id: RecordId,
    decide: impl Fn(&Breach) -> Result<(Breach, BreachEvent), BreachFailure>,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    let (proof, request) = match by {
        Taker::Maintenance => return step(services, (id, None), &Warrant::maintenance(), decide).await,
        Taker::Session(proof, request) => (proof, request),
    };
    let found = services.breaches.find(id).await?.ok_or(BreachFailure::NotFound)?;
    decide(&found.record)?;
    let intent = Hand::Session(proof).intend(services, aim_at(services.breaches.location(), Some(id)), None).await?;
    let warrant = Warrant::from(intent).asked_by(request);
    intents::carry_out(services, intent, step(services, (id, Some(found)), &warrant, decide)).await
}

async fn step(
    services: &Services,
    (id, mut known): (RecordId, Option<FoundRecord<Breach>>),
    warrant: &Warrant,
    decide: impl Fn(&Breach) -> Result<(Breach, BreachEvent), BreachFailure>,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    for _ in 0..MAX_ATTEMPTS {
        let found = match known.take() {
            Some(found) => found,
            None => services.breaches.find(id).await?.ok_or(BreachFailure::NotFound)?,
        };
        // Checked on the very version that the step will replace: the concurrent step that won may be the same request.
        if let Some(request) = warrant.request()
            && let Some(taken) = repeated(services, id, request).await?
        {
            return Ok(taken);
        }
        let (record, event) = decide(&found.record)?;
        match services.breaches.append(&found, warrant, NewStep { record, event, at: services.now() }).await {
            Err(StoreError::Stale) => {}
            other => return Ok(other?),
        }
    }
    Err(StoreError::Busy { retry_after: Duration::from_secs(1) }.into())
}
