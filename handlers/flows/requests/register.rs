//! The register of subject requests: each adviser keeps one, beside the files that the requests concern (P14).

use crate::flows::{
    accounts::names::{Names, names_in},
    repeats::IdempotencyKey,
    services::Services,
};
use crate::{
    domain::{
        chain::Entry,
        fields::{FieldCode, InvalidFields},
        ids::RecordId,
        later::OrLater,
        record::Step,
        request_tag::{KeyReused, RequestTag},
        requests::{
            record::{NotDue, Received, RequestSummary, SubjectRequest},
            steps::{RequestEvent, RequestStep},
        },
        sign_in::session::{Adviser, AdviserScope},
    },
    ports::Etag,
    store::{
        error::StoreError,
        records::repository::{FoundRecord, NewStep},
    },
};

/// Why an operation on a subject request fails.
pub enum RequestFailure {
    /// No such request, or another adviser's: indistinguishable.
    NotFound,
    /// A different step is due.
    NotDue,
    /// The adviser saw a different version.
    VersionMismatch,
    /// The idempotency key was used for another request.
    KeyReused,
    /// Invalid fields.
    Invalid(InvalidFields),
    /// The store failed.
    Store(StoreError),
}

impl From<KeyReused> for RequestFailure {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<StoreError> for RequestFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotDue> for RequestFailure {
    fn from(_: NotDue) -> Self {
        Self::NotDue
    }
}

/// A subject request with its full history.
pub struct RequestWithHistory {
    pub found: FoundRecord<SubjectRequest>,
    /// Its steps, oldest first.
    pub steps: Vec<Entry<Step<OrLater<RequestEvent>>>>,
    /// Names of the accounts that took steps.
    pub names: Names,
}

/// Returns all subject requests of the adviser: open ones first, by deadline.
pub async fn list(services: &Services, scope: AdviserScope) -> Result<Vec<(RecordId, RequestSummary)>, StoreError> {
    let mut all = services.requests.of(scope).all().await?;
    all.sort_by_key(|(id, summary)| (summary.state, summary.due_on, *id));
    Ok(all)
}

/// Enters a subject request, or finds the one that an earlier try of the same call entered.
///
/// # Errors
/// [`RequestFailure::Invalid`] when it concerns a file that is not the adviser's; [`RequestFailure::KeyReused`]; [`RequestFailure::Store`].
pub async fn receive(
    services: &Services,
    adviser: &Adviser,
    key: Option<IdempotencyKey>,
    received: Received,
) -> Result<FoundRecord<SubjectRequest>, RequestFailure> {
    let id = match key {
        Some(key) => repeatable(services, adviser.scope(), key).await?,
        None => services.requests.fresh_id(),
    };
    // Checked before the file: it may have been deleted since the first call.
    if key.is_some()
        && let Some(found) = services.requests.of(adviser.scope()).find(id).await?
    {
        return same(found, &received);
    }
    if let Some(file) = received.client
        && services.clients.find(adviser.scope(), file).await?.is_none()
    {
        return Err(RequestFailure::Invalid(InvalidFields::one("/client", FieldCode::UnknownValue)));
    }
    let (record, event) = SubjectRequest::received(received.clone());
    let step = NewStep { record, event, at: services.now() };
    match services.requests.create(adviser, id, step).await {
        Err(StoreError::Stale) => same(find(services, adviser.scope(), id).await?, &received),
        other => Ok(other?),
    }
}

/// Returns a subject request.
pub async fn find(services: &Services, scope: AdviserScope, id: RecordId) -> Result<FoundRecord<SubjectRequest>, RequestFailure> {
    services.requests.of(scope).find(id).await?.ok_or(RequestFailure::NotFound)
}

/// Returns the current subject request if an earlier try of the same call already took its step.
pub async fn taken_for(
    services: &Services,
    scope: AdviserScope,
    id: RecordId,
    call: RequestTag,
) -> Result<Option<FoundRecord<SubjectRequest>>, RequestFailure> {
    match services.requests.of(scope).taken_for(id, call).await?? {
        Some(_) => Ok(services.requests.of(scope).find(id).await?),
        None => Ok(None),
    }
}

/// Takes a step on the version that the adviser saw.
pub async fn take(
    services: &Services,
    adviser: &Adviser,
    found: &FoundRecord<SubjectRequest>,
    (call, if_match): (Option<RequestTag>, &Etag),
    step: RequestStep,
) -> Result<FoundRecord<SubjectRequest>, RequestFailure> {
    if found.etag != *if_match {
        return Err(RequestFailure::VersionMismatch);
    }
    let (record, event) = found.record.take(step, services.today())?;
    let step = NewStep { record, event, at: services.now() };
    match services.requests.append_for(adviser, found, call, step).await {
        Err(StoreError::Stale) => Err(RequestFailure::VersionMismatch),
        other => Ok(other?),
    }
}

/// Adds its steps to a subject request that was read. A predecessor's steps stay with the predecessor.
pub async fn whole(services: &Services, scope: AdviserScope, found: FoundRecord<SubjectRequest>) -> Result<RequestWithHistory, StoreError> {
    let steps = services.requests.of(scope).steps(found.id).await?;
    let names = names_in(services, &steps).await?;
    Ok(RequestWithHistory { found, steps, names })
}

/// Derives the record id from an idempotency key.
async fn repeatable(services: &Services, scope: AdviserScope, key: IdempotencyKey) -> Result<RecordId, StoreError> {
    let tag = services.sealing.root().await?.repeats.tag(&[b"rights request", scope.id().bytes(), key.bytes()]);
    Ok(RecordId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
}

fn same(found: FoundRecord<SubjectRequest>, received: &Received) -> Result<FoundRecord<SubjectRequest>, RequestFailure> {
    if found.record.as_received() == received { Ok(found) } else { Err(RequestFailure::KeyReused) }
}
