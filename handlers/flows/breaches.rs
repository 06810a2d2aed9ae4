//! The register of breaches: a suspicion by anyone, everything after it by officers, step by step.

use super::{
    account_change::{Draft, change as change_account},
    account_names::{Names, names_in},
    breach_notices,
    failure::Failure,
    intents::{self, Hand, Taker, aim_at},
    services::Services,
};
use crate::{
    domain::{
        attempt::Change,
        breach::{
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
        session::{Full, Officer, Session},
    },
    ports::Etag,
    store::{
        authority::Warrant,
        error::StoreError,
        records::{FoundRecord, NewStep, RecordLocation},
    },
};
use jiff::Timestamp;
use std::{cmp::Reverse, time::Duration};

/// Times a step is decided anew because somebody else was faster.
const MAX_ATTEMPTS: usize = 16;

/// How a story about a breach can end other than well.
pub enum BreachFailure {
    NotFound,
    /// Another step is due.
    NotDue,
    /// Another version than the officer has seen.
    VersionMismatch,
    /// Fields that do not pass.
    Invalid(InvalidFields),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The store could not.
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

/// A record with everything that happened to it.
pub struct BreachWithHistory {
    pub found: FoundRecord<Breach>,
    /// Its steps, oldest first.
    pub steps: Vec<Entry<Step<OrLater<BreachEvent>>>>,
    /// Names of the accounts that took steps.
    pub names: Names,
}

/// Where breaches are kept.
pub fn location() -> RecordLocation {
    RecordLocation::register("breaches")
}

/// Reports a suspicion. Anyone who is signed in may, so often a day; the officers get a mail that says so.
///
/// # Errors
/// [`Failure::Denied`] for an officer without second factor; [`Failure::TooManyRequests`]; [`Failure::Store`].
pub async fn report(
    services: &Services,
    by: &Session<Full>,
    request: Option<RequestTag>,
    suspicion: Suspicion,
) -> Result<(RecordId, Timestamp), Failure> {
    by.enrolled()?;
    let (id, now) = (request.map_or_else(|| services.breaches.fresh_id(), |request| RecordId::from_random(request.id())), services.now());
    // Counted before it is there, in a commit of the account: reports that come at once are counted one by one.
    let count = |draft: &mut Draft| {
        if request.is_some_and(|request| draft.account.has_counted(request)) {
            return Err(Failure::WrongStep);
        }
        draft.account.note_report(request, now).map_err(|free_at| Failure::not_before(free_at, now))
    };
    match change_account(services, by.identity(), by.proof().into(), Change::SuspicionReported, count).await {
        // The same request is counted, and may still be on its way.
        Ok(()) | Err(Failure::WrongStep) => {}
        Err(other) => return Err(other),
    }
    enter(services, by, (id, now, request), suspicion).await.map_err(Failure::undone)?;
    Box::pin(breach_notices::post_or_leave(services, id)).await;
    Ok((id, now))
}

async fn enter(
    services: &Services,
    by: &Session<Full>,
    (id, now, request): (RecordId, Timestamp, Option<RequestTag>),
    suspicion: Suspicion,
) -> Result<(), Failure> {
    let officers = breach_notices::active_officers(services).await?;
    let (record, event) = Breach::suspected(suspicion, officers, now);
    let intent = Hand::Session(by.proof()).intend(services, aim_at(&location(), Some(id)), None).await?;
    let (shelf, warrant) = (location(), Warrant::from(intent).asked_by(request));
    let made = services.breaches.create(&shelf, id, &warrant, NewStep { record, event, at: services.now() });
    Box::pin(intents::carry_out(services, intent, made)).await?;
    Ok(())
}

/// What a request has reported that comes again: nothing is made and nobody is told.
pub async fn reported_for(services: &Services, request: RequestTag) -> Result<Option<(RecordId, Timestamp)>, Failure> {
    let id = RecordId::from_random(request.id());
    if services.breaches.taken_for(&location(), id, request).await??.is_none() {
        return Ok(None);
    }
    let found = services.breaches.find(&location(), id).await?;
    Ok(found.map(|found| (id, found.record.reported_at().at())))
}

/// All breaches, the newest suspicion first.
pub async fn list(services: &Services, _by: Officer) -> Result<Vec<(RecordId, BreachSummary)>, StoreError> {
    let mut all = services.breaches.all(&location()).await?;
    all.sort_by_key(|(id, summary)| Reverse((summary.suspicion.noticed_at, *id)));
    Ok(all)
}

/// A breach.
pub async fn find(services: &Services, _by: Officer, id: RecordId) -> Result<FoundRecord<Breach>, BreachFailure> {
    services.breaches.find(&location(), id).await?.ok_or(BreachFailure::NotFound)
}

/// A breach as it was read, with its steps.
pub async fn whole(services: &Services, _by: Officer, found: FoundRecord<Breach>) -> Result<BreachWithHistory, BreachFailure> {
    let steps = services.breaches.steps(&location(), found.id).await?;
    let names = names_in(services, &steps).await?;
    Ok(BreachWithHistory { found, steps, names })
}

/// Writes the facts anew, over the version that the officer has seen. Facts that are as they were are no step.
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
    let intent = Hand::from(by).intend(services, aim_at(&location(), Some(found.id)), None).await?;
    let (shelf, warrant) = (location(), intent.into());
    let changed = services.breaches.append(&shelf, &found, &warrant, NewStep { record, event, at: services.now() });
    match intents::carry_out(services, intent, changed).await {
        Err(StoreError::Stale) => Err(BreachFailure::VersionMismatch),
        other => Ok(other?),
    }
}

/// The breach that a request has already taken its step in, as it is now.
pub async fn taken_for(
    services: &Services,
    _by: Officer,
    id: RecordId,
    request: RequestTag,
) -> Result<Option<FoundRecord<Breach>>, BreachFailure> {
    repeated(services, id, request).await
}

async fn repeated(services: &Services, id: RecordId, request: RequestTag) -> Result<Option<FoundRecord<Breach>>, BreachFailure> {
    match services.breaches.taken_for(&location(), id, request).await?? {
        Some(_) => Ok(services.breaches.find(&location(), id).await?),
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

/// Decides on the record as it is and takes the step, again and again until nobody else was faster. `decide` must be pure. What is
/// refused is refused before anything is written; a person's step is intended first.
pub(super) async fn change(
    services: &Services,
    by: Taker,
    id: RecordId,
    decide: impl Fn(&Breach) -> Result<(Breach, BreachEvent), BreachFailure>,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    // Boxed: a breach is large, and several of them would be in every caller's state.
    Box::pin(decide_and_step(services, by, id, decide)).await
}

async fn decide_and_step(
    services: &Services,
    by: Taker,
    id: RecordId,
    decide: impl Fn(&Breach) -> Result<(Breach, BreachEvent), BreachFailure>,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    let shelf = location();
    let (proof, request) = match by {
        Taker::Maintenance => return step(services, (id, None), &Warrant::maintenance(), decide).await,
        Taker::Session(proof, request) => (proof, request),
    };
    let found = services.breaches.find(&shelf, id).await?.ok_or(BreachFailure::NotFound)?;
    decide(&found.record)?;
    let intent = Hand::Session(proof).intend(services, aim_at(&shelf, Some(id)), None).await?;
    let warrant = Warrant::from(intent).asked_by(request);
    intents::carry_out(services, intent, step(services, (id, Some(found)), &warrant, decide)).await
}

async fn step(
    services: &Services,
    (id, mut known): (RecordId, Option<FoundRecord<Breach>>),
    warrant: &Warrant,
    decide: impl Fn(&Breach) -> Result<(Breach, BreachEvent), BreachFailure>,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    let shelf = location();
    for _ in 0..MAX_ATTEMPTS {
        let found = match known.take() {
            Some(found) => found,
            None => services.breaches.find(&shelf, id).await?.ok_or(BreachFailure::NotFound)?,
        };
        // Looked for once there is a version that the step will be taken on: whoever was faster may have been the same request.
        if let Some(request) = warrant.request()
            && let Some(taken) = repeated(services, id, request).await?
        {
            return Ok(taken);
        }
        let (record, event) = decide(&found.record)?;
        match services.breaches.append(&shelf, &found, warrant, NewStep { record, event, at: services.now() }).await {
            Err(StoreError::Stale) => {}
            other => return Ok(other?),
        }
    }
    Err(StoreError::Busy { retry_after: Duration::from_secs(1) }.into())
}
