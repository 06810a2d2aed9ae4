//! The register of sub-processors: maintained by officers; the published part can be read by anyone (P12).

use crate::flows::{
    intents::{self, Hand, aim_at},
    registers::{
        self,
        steps::{History, RegisterFailure, expect_version, id_for, take_on},
    },
    services::Services,
};
use crate::{
    domain::{
        ids::RecordId,
        processors::{
            entry::ProcessorEntry,
            kinds::ProcessorStage,
            platform,
            record::{Ending, Processor, ProcessorEvent, ProcessorSummary},
        },
        record::StepAuthor,
        request_tag::RequestTag,
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
use std::sync::{Arc, Mutex, PoisonError};

/// How long the public list is cached.
const MEMORY: SignedDuration = SignedDuration::from_secs(60);

/// What an officer does to an existing entry.
pub enum ProcessorAction {
    Change(Box<ProcessorEntry>),
    /// Puts it on the public list.
    Publish,
    End(Ending),
}

/// Where sub-processors are stored.
pub fn location() -> RecordLocation {
    RecordLocation::register("processors")
}

/// Returns all entries, in no particular order.
pub async fn list(services: &Services, _by: Officer) -> Result<Vec<(RecordId, ProcessorSummary)>, StoreError> {
    services.processors.all().await
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
    let id = id_for(&services.processors, request);
    registers::steps::create(services, &services.processors, by.proof(), (id, request), Processor::drafted(entry)).await
}

/// Returns the current state of the entry that an earlier try of the same request drafted.
pub async fn drafted_for(services: &Services, by: Officer, request: RequestTag) -> Result<Option<FoundRecord<Processor>>, RegisterFailure> {
    taken_for(services, by, RecordId::from_random(request.id()), request).await
}

/// Returns the current entry if an earlier try of the same request already took its step.
pub async fn taken_for(
    services: &Services,
    _by: Officer,
    id: RecordId,
    request: RequestTag,
) -> Result<Option<FoundRecord<Processor>>, RegisterFailure> {
    registers::steps::taken_for(&services.processors, id, request).await
}

/// Creates a draft of each sub-processor that comes with the platform, unless it was created before. Returns how many this request created.
///
/// # Errors
/// [`RegisterFailure::KeyReused`]; [`RegisterFailure::Store`]; created drafts stay.
pub async fn lay_platform_drafts(services: &Services, by: Officer, request: RequestTag) -> Result<u32, RegisterFailure> {
    let intent = Hand::from(by).intend(services, aim_at(services.processors.location(), None), None).await?;
    let warrant = Warrant::from(intent).asked_by(Some(request));
    intents::carry_out(services, intent, lay_drafts(services, &warrant, request)).await
}

async fn lay_drafts(services: &Services, warrant: &Warrant, request: RequestTag) -> Result<u32, RegisterFailure> {
    let mut laid = 0;
    for (name, entry) in platform::NAMES.into_iter().filter_map(|name| platform::draft(name).map(|entry| (name, entry))) {
        let id = RecordId::from_random(services.derive_id(&[b"platform processor", name.as_bytes()]).await?);
        let (record, event) = Processor::drafted(entry);
        match services.processors.create(id, warrant, NewStep { record, event, at: services.now() }).await {
            Ok(_) => laid += 1,
            Err(StoreError::Stale) => laid += u32::from(services.processors.taken_for(id, request).await??.is_some()),
            Err(other) => return Err(other.into()),
        }
    }
    Ok(laid)
}

/// Returns an entry.
pub async fn find(services: &Services, _by: Officer, id: RecordId) -> Result<FoundRecord<Processor>, RegisterFailure> {
    services.processors.find(id).await?.ok_or(RegisterFailure::NotFound)
}

/// Adds its history to an entry that was read.
pub async fn whole(services: &Services, _by: Officer, found: FoundRecord<Processor>) -> Result<History<Processor>, StoreError> {
    History::of(services, &services.processors, found).await
}

/// Acts on the version that the officer saw. An unchanged entry adds no step.
pub async fn act(
    services: &Services,
    by: Officer,
    found: FoundRecord<Processor>,
    (request, if_match): (Option<RequestTag>, &Etag),
    act: ProcessorAction,
) -> Result<FoundRecord<Processor>, RegisterFailure> {
    expect_version(&found, if_match)?;
    let at = services.now();
    let acted = match act {
        ProcessorAction::Change(entry) if *entry == *found.record.entry() => return Ok(found),
        ProcessorAction::Change(entry) => found.record.changed(*entry),
        ProcessorAction::Publish => found.record.published(at),
        ProcessorAction::End(ending) => found.record.ended(ending),
    }?;
    services.published.forget();
    take_on(services, &services.processors, by.proof(), (&found, request), acted).await
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
