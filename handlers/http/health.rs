//! Function `health`: can requests be served? Names no versions or internals.

use super::{
    answer::Answer,
    client_address,
    problem::{Code, Problem},
    readiness::Stage,
    state::AppState,
};
use crate::ports::{Container, DocumentId, Partition};
use axum::{
    extract::State,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;

/// Tells whoever asks what his own address looks like from here: the first thing to look at after a deployment.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("finrust-client-address");

/// Nothing more than that.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HealthAnswer {
    /// Always `ok`.
    #[schema(value_type = String, example = "ok")]
    pub status: &'static str,
}

/// Whether the database answers, and keys have been reached.
#[utoipa::path(get, path = "/api/health", tag = "health",
    responses((status = 200, body = HealthAnswer, headers(
        ("FinRust-Client-Address" = String, description = "The address of whoever asks, as the limits see it, or `unknown`")))))]
pub(super) async fn check(State(state): State<AppState>, headers: HeaderMap, extensions: Extensions) -> Result<Answer, Problem> {
    if state.readiness.stage() != Stage::Ready {
        return Err(Problem::of(Code::Unavailable));
    }
    let (partition, id) = (Partition::parse("health"), DocumentId::parse("health"));
    if let (Some(partition), Some(id)) = (partition, id) {
        let read = state.documents.read(Container::Register, &partition, &id).await;
        read.map_err(|error| Problem::from(crate::store::error::StoreError::from(error)))?;
    }
    let address =
        client_address::address(&headers, &extensions, &state).map_or_else(|| "unknown".to_owned(), |address| address.to_string());
    let address = HeaderValue::try_from(address).expect("an address is ASCII");
    Ok(Answer::ok(&HealthAnswer { status: "ok" }).header(CLIENT_ADDRESS, address))
}
