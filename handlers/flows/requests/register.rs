//! The register of subject requests: each adviser keeps one, beside the files that the requests concern (P14).

use crate::flows::{
    registers::{
        self,
        steps::{History, RegisterFailure, expect_version},
    },
    repeats::IdempotencyKey,
    services::Services,
};
use crate::{
    domain::{
        ids::RecordId,
        request_tag::RequestTag,
        requests::{
            record::{Received, RequestSummary, SubjectRequest},
            steps::RequestStep,
        },
        sign_in::session::{Adviser, AdviserScope},
        wire::fields::{FieldCode, InvalidFields},
    },
    ports::Etag,
    store::{
        error::StoreError,
        records::repository::{FoundRecord, NewStep},
    },
};

/// Returns all subject requests of the adviser: open ones first, by deadline.
pub async fn list(services: &Services, scope: AdviserScope) -> Result<Vec<(RecordId, RequestSummary)>, StoreError> {
    let mut all = services.requests.of(scope).all().await?;
    all.sort_by_key(|(id, summary)| (summary.state, summary.due_on, *id));
    Ok(all)
}

/// Enters a subject request, or finds the one that an earlier try of the same call entered.
///
/// # Errors
/// [`RegisterFailure::Invalid`] when it concerns a file that is not the adviser's; [`RegisterFailure::KeyReused`]; [`RegisterFailure::Store`].
pub async fn receive(
    services: &Services,
    adviser: &Adviser,
    key: Option<IdempotencyKey>,
    received: Received,
) -> Result<FoundRecord<SubjectRequest>, RegisterFailure> {
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
        return Err(RegisterFailure::Invalid(InvalidFields::one("/client", FieldCode::UnknownValue)));
    }
    let (record, event) = SubjectRequest::received(received.clone());
    let step = NewStep { record, event, at: services.now() };
    match services.requests.create(adviser, id, step).await {
        Err(StoreError::Stale) => same(find(services, adviser.scope(), id).await?, &received),
        other => Ok(other?),
    }
}

/// Returns a subject request.
pub async fn find(services: &Services, scope: AdviserScope, id: RecordId) -> Result<FoundRecord<SubjectRequest>, RegisterFailure> {
    services.requests.of(scope).find(id).await?.ok_or(RegisterFailure::NotFound)
}

/// Returns the current subject request if an earlier try of the same call already took its step.
pub async fn taken_for(
    services: &Services,
    scope: AdviserScope,
    id: RecordId,
    call: RequestTag,
) -> Result<Option<FoundRecord<SubjectRequest>>, RegisterFailure> {
    registers::steps::taken_for(&services.requests.of(scope), id, call).await
}

/// Takes a step on the version that the adviser saw.
pub async fn take(
    services: &Services,
    adviser: &Adviser,
    found: &FoundRecord<SubjectRequest>,
    (call, if_match): (Option<RequestTag>, &Etag),
    step: RequestStep,
) -> Result<FoundRecord<SubjectRequest>, RegisterFailure> {
    expect_version(found, if_match)?;
    let (record, event) = found.record.take(step, services.today())?;
    let step = NewStep { record, event, at: services.now() };
    match services.requests.append_for(adviser, found, call, step).await {
        Err(StoreError::Stale) => Err(RegisterFailure::VersionMismatch),
        other => Ok(other?),
    }
}

/// Adds its history to a subject request that was read. A predecessor's steps stay with the predecessor.
pub async fn whole(
    services: &Services,
    scope: AdviserScope,
    found: FoundRecord<SubjectRequest>,
) -> Result<History<SubjectRequest>, StoreError> {
    History::of(services, &services.requests.of(scope), found).await
}

/// Derives the record id from an idempotency key.
async fn repeatable(services: &Services, scope: AdviserScope, key: IdempotencyKey) -> Result<RecordId, StoreError> {
    Ok(RecordId::from_random(services.derive_id(&[b"rights request", scope.id().bytes(), key.bytes()]).await?))
}

fn same(found: FoundRecord<SubjectRequest>, received: &Received) -> Result<FoundRecord<SubjectRequest>, RegisterFailure> {
    if found.record.as_received() == received { Ok(found) } else { Err(RegisterFailure::KeyReused) }
}
