//! Function `health`: whether requests can be served. Reveals no versions or internals.

use super::{
    answer::Answer,
    client_address,
    problem::{Code, Problem},
    readiness::{self, Stage},
    state::AppState,
};
use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::ids::WriteId,
    flows::running,
    ports::{Body, Container, DocumentId, Draft, Operation, Partition},
    store::{commit_watch::Verdict, error::StoreError, keys::sealing::KeyScope},
};
use axum::{
    extract::State,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;

/// Header with the caller's own address as seen by the server: the first thing to check after a deployment.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("finrust-client-address");

/// The service can take requests. Contains only `status`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HealthAnswer {
    /// Always `ok`: a service that is not ready answers with a problem.
    #[schema(value_type = String, example = "ok")]
    pub status: &'static str,
}

/// Checks that the database answers and accepts commits, and that the keys could be reached.
#[utoipa::path(get, path = "/api/health", tag = "health",
    responses((status = 200, body = HealthAnswer, headers(
        ("FinRust-Client-Address" = String, description = "The caller's address as the rate limits see it, or `unknown`")))))]
pub(super) async fn check(State(state): State<AppState>, headers: HeaderMap, extensions: Extensions) -> Result<Answer, Problem> {
    if state.readiness.stage() != Stage::Ready {
        return Err(Problem::later(Code::Unavailable, readiness::RETRY_AFTER));
    }
    let (partition, id) = (Partition::parse("health"), DocumentId::parse("health"));
    if let (Some(partition), Some(id)) = (partition, id) {
        let read = state.documents.read(Container::Identities, &partition, &id).await;
        read.map_err(|error| Problem::from(StoreError::from(error)))?;
    }
    let takes = match state.commits.verdict() {
        Verdict::Well => true,
        Verdict::Refuses => false,
        Verdict::Try => {
            // Run to completion, or a caller who disconnects would leave the verdict undecided.
            let trying = state.clone();
            let tried = running::go_on(async move {
                let went_well = try_commit(&trying).await.is_ok();
                trying.commits.tried(went_well);
                went_well
            });
            tried.await.unwrap_or(false)
        }
    };
    if !takes {
        return Err(Problem::later(Code::Unavailable, readiness::RETRY_AFTER));
    }
    let address =
        client_address::address(&headers, &extensions, &state).map_or_else(|| "unknown".to_owned(), |address| address.to_string());
    let address = HeaderValue::try_from(address).expect("an address is ASCII");
    Ok(Answer::ok(&HealthAnswer { status: "ok" }).header(CLIENT_ADDRESS, address))
}

/// Commits a create and a delete of the same document, which leaves no change, in a container where the program's role may delete.
async fn try_commit(state: &AppState) -> Result<(), StoreError> {
    let (Some(partition), Some(id)) = (Partition::parse("health"), DocumentId::parse("health")) else { return Ok(()) };
    let sealing = &state.services.sealing;
    let place =
        EnvelopeContext { container: Container::Identities.name(), partition: partition.as_str(), document: id.as_str(), part: Part::Body };
    let body = Body::Sealed(sealing.seal(KeyScope::Service, place, b"").await?);
    let draft = Draft { id: id.clone(), write_id: WriteId::from_random(sealing.random_bytes()), summary: None, body, ttl: None };
    let operations = vec![Operation::Create(draft), Operation::Delete { id, if_match: None }];
    state.documents.commit(Container::Identities, &partition, operations).await.map(drop).map_err(StoreError::from)
}
