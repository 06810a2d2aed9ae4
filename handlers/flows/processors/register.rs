//! The register of sub-processors: maintained by officers; the published part can be read by anyone (P12).

use crate::flows::{
    accounts::names::{Names, names_in},
    intents::{self, Hand, aim_at},
    services::Services,
};
use crate::{
    domain::{
        chain::Entry,
        fields::InvalidFields,
        ids::RecordId,
        later::OrLater,
        processors::{
            entry::ProcessorEntry,
            kinds::ProcessorStage,
            platform,
            record::{Ending, NotTaken, Processor, ProcessorEvent, ProcessorSummary},
        },
        record::{Step, StepAuthor},
        request_tag::{KeyReused, RequestTag},
        sign_in::session::Officer,
    },
    ports::Etag,
    store::{
        authority::Warrant,
        error::StoreError,
        records::repository::{FoundRecord, NewStep, RecordLocation},
    },
};
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How often a step is decided again because a concurrent one won.
const MAX_ATTEMPTS: usize = 16;
/// How long the public list is cached.
const MEMORY: SignedDuration = SignedDuration::from_secs(60);

/// Why an operation on a sub-processor fails.
pub enum ProcessorFailure {
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

impl intents::Story for ProcessorFailure {
    fn telling(self, told: impl FnOnce(StoreError) -> StoreError) -> Self {
        match self {
            Self::Store(error) => Self::Store(told(error)),
            other @ (Self::NotFound | Self::NotDue | Self::VersionMismatch | Self::Invalid(_) | Self::KeyReused) => other,
        }
    }
}

impl From<KeyReused> for ProcessorFailure {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for ProcessorFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotTaken> for ProcessorFailure {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::NotDue => Self::NotDue,
            NotTaken::Invalid(invalid) => Self::Invalid(invalid),
        }
    }
}

/// What an officer does to an existing entry.
pub enum ProcessorAction {
    Change(Box<ProcessorEntry>),
    /// Puts it on the public list.
    Publish,
    End(Ending),
}

/// A record with its full history.
pub struct ProcessorWithHistory {
    pub found: FoundRecord<Processor>,
    /// Its steps, oldest first.
    pub steps: Vec<Entry<Step<OrLater<ProcessorEvent>>>>,
    /// Names of the accounts that took steps.
    pub names: Names,
}

/// Where sub-processors are stored.
pub fn location() -> RecordLocation {
    RecordLocation::register("processors")
}

/// Returns all entries, by name.
pub async fn list(services: &Services, _by: Officer) -> Result<Vec<(RecordId, ProcessorSummary)>, StoreError> {
    let mut all = services.processors.all().await?;
    all.sort_by(|(one, first), (other, second)| (&first.name, one).cmp(&(&second.name, other)));
    Ok(all)
}

/// Cache of the published entries: unauthenticated requests must not each cost a database read.
#[derive(Default)]
pub struct PublishedMemory(Mutex<Option<(Timestamp, Arc<Vec<ProcessorSummary>>)>>);

impl PublishedMemory {
    fn recall(&self, now: Timestamp) -> Option<Arc<Vec<ProcessorSummary>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, published) = kept.as_ref()?;
        let is_fresh = *since <= now && now.duration_since(*since) < MEMORY;
        is_fresh.then(|| Arc::clone(published))
    }

    fn keep(&self, now: Timestamp, published: &Arc<Vec<ProcessorSummary>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(published)));
    }

    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Returns what anyone may know: the published entries still in use, by name. At most a minute old.
pub async fn published(services: &Services) -> Result<Arc<Vec<ProcessorSummary>>, StoreError> {
    let now = services.now();
    if let Some(published) = services.published.recall(now) {
        return Ok(published);
    }
    let all = services.processors.all().await?;
    let mut published: Vec<_> = all.into_iter().map(|(_, summary)| summary).filter(|it| it.stage == ProcessorStage::Published).collect();
    published.sort_by(|one, other| (&one.name, &one.service).cmp(&(&other.name, &other.service)));
    let published = Arc::new(published);
    services.published.keep(now, &published);
    Ok(published)
}

/// Creates a draft.
pub async fn draft(
    services: &Services,
    by: Officer,
    request: Option<RequestTag>,
    entry: ProcessorEntry,
) -> Result<FoundRecord<Processor>, StoreError> {
    let id = request.map_or_else(|| services.processors.fresh_id(), |request| RecordId::from_random(request.id()));
    let intent = Hand::from(by).intend(services, aim_at(services.processors.location(), Some(id)), None).await?;
    let warrant = Warrant::from(intent).asked_by(request);
    intents::carry_out(services, intent, services.processors.create(id, &warrant, first(services, entry))).await
}

/// Returns the current state of the entry that an earlier try of the same request drafted.
pub async fn drafted_for(
    services: &Services,
    by: Officer,
    request: RequestTag,
) -> Result<Option<FoundRecord<Processor>>, ProcessorFailure> {
    taken_for(services, by, RecordId::from_random(request.id()), request).await
}

/// Returns the current entry if an earlier try of the same request already took its step.
pub async fn taken_for(
    services: &Services,
    _by: Officer,
    id: RecordId,
    request: RequestTag,
) -> Result<Option<FoundRecord<Processor>>, ProcessorFailure> {
    match services.processors.taken_for(id, request).await?? {
        Some(_) => Ok(services.processors.find(id).await?),
        None => Ok(None),
    }
}

/// Creates a draft of each sub-processor that comes with the platform, unless it was created before. Returns how many this request created.
///
/// # Errors
/// [`ProcessorFailure::KeyReused`]; [`ProcessorFailure::Store`]; created drafts stay.
pub async fn lay_platform_drafts(services: &Services, by: Officer, request: RequestTag) -> Result<u32, ProcessorFailure> {
    let intent = Hand::from(by).intend(services, aim_at(services.processors.location(), None), None).await?;
    let warrant = Warrant::from(intent).asked_by(Some(request));
    intents::carry_out(services, intent, lay_drafts(services, &warrant, request)).await
}

async fn lay_drafts(services: &Services, warrant: &Warrant, request: RequestTag) -> Result<u32, ProcessorFailure> {
    let mut laid = 0;
    for (name, entry) in platform::NAMES.into_iter().filter_map(|name| platform::draft(name).map(|entry| (name, entry))) {
        let tag = services.sealing.root().await?.repeats.tag(&[b"platform processor", name.as_bytes()]);
        let id = RecordId::from_random(*tag.first_chunk().expect("a tag has 32 bytes"));
        match services.processors.create(id, warrant, first(services, entry)).await {
            Ok(_) => laid += 1,
            Err(StoreError::Stale) => laid += u32::from(services.processors.taken_for(id, request).await??.is_some()),
            Err(other) => return Err(other.into()),
        }
    }
    Ok(laid)
}

/// Returns an entry.
pub async fn find(services: &Services, _by: Officer, id: RecordId) -> Result<FoundRecord<Processor>, ProcessorFailure> {
    services.processors.find(id).await?.ok_or(ProcessorFailure::NotFound)
}

/// Adds its steps and names to an entry that was read.
pub async fn whole(services: &Services, _by: Officer, found: FoundRecord<Processor>) -> Result<ProcessorWithHistory, StoreError> {
    let steps = services.processors.steps(found.id).await?;
    let names = names_in(services, &steps).await?;
    Ok(ProcessorWithHistory { found, steps, names })
}

/// Acts on the version that the officer saw. An unchanged entry adds no step.
pub async fn act(
    services: &Services,
    by: Officer,
    found: FoundRecord<Processor>,
    (request, if_match): (Option<RequestTag>, &Etag),
    act: ProcessorAction,
) -> Result<FoundRecord<Processor>, ProcessorFailure> {
    if found.etag != *if_match {
        return Err(ProcessorFailure::VersionMismatch);
    }
    let at = services.now();
    let (record, event) = match act {
        ProcessorAction::Change(entry) if *entry == *found.record.entry() => return Ok(found),
        ProcessorAction::Change(entry) => found.record.changed(*entry),
        ProcessorAction::Publish => found.record.published(at),
        ProcessorAction::End(ending) => found.record.ended(ending),
    }?;
    let intent = Hand::from(by).intend(services, aim_at(services.processors.location(), Some(found.id)), None).await?;
    services.published.forget();
    let warrant = Warrant::from(intent).asked_by(request);
    let acted = services.processors.append(&found, &warrant, NewStep { record, event, at: services.now() });
    match intents::carry_out(services, intent, acted).await {
        Err(StoreError::Stale) => Err(ProcessorFailure::VersionMismatch),
        other => Ok(other?),
    }
}

/// Whether the last step a person took on an entry is its publication by this officer: then a repeated request gets the same answer as the
/// first (RFC 9110 section 13.1.1).
pub async fn was_published_by(services: &Services, officer: Officer, found: &FoundRecord<Processor>) -> Result<bool, StoreError> {
    let steps = services.processors.steps(found.id).await?;
    let last = steps.into_iter().rev().find(|step| matches!(step.event.by, StepAuthor::Account(_)));
    Ok(found.record.stage() == ProcessorStage::Published
        && last.is_some_and(|step| {
            step.event.by == StepAuthor::Account(officer.identity()) && step.event.event.known() == Some(&ProcessorEvent::Published)
        }))
}

/// Decides on the current record and takes the step, retrying when a concurrent step wins. Returns whether a step was taken; `decide` must
/// be pure.
pub(in crate::flows) async fn follow(
    services: &Services,
    id: RecordId,
    decide: impl Fn(&Processor) -> Result<(Processor, ProcessorEvent), NotTaken>,
) -> Result<bool, StoreError> {
    let at = services.now();
    for _ in 0..MAX_ATTEMPTS {
        let Some(found) = services.processors.find(id).await? else {
            return Ok(false);
        };
        let Ok((record, event)) = decide(&found.record) else {
            return Ok(false);
        };
        match services.processors.append(&found, &Warrant::maintenance(), NewStep { record, event, at }).await {
            Err(StoreError::Stale) => {}
            other => return other.map(|_| true),
        }
    }
    Err(StoreError::Busy { retry_after: Duration::from_secs(1) })
}

fn first(services: &Services, entry: ProcessorEntry) -> NewStep<Processor> {
    let (record, event) = Processor::drafted(entry);
    NewStep { record, event, at: services.now() }
}
