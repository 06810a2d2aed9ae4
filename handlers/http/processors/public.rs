//! Function `processors`: the part of the register that anyone may read without signing in.

use crate::http::{answer::PageOf, problem::Problem, state::AppState};
use crate::{
    crypto::digest::digest,
    domain::{
        processors::{
            kinds::{ProcessedData, TransferBasis},
            record::ProcessorSummary,
            words::RegisterLine,
        },
        wire::values::{CountryCode, Day},
    },
    flows::processors,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;

/// Clients may show a cached list for five minutes and must then revalidate it.
const CACHE: &str = "public, max-age=300, must-revalidate";

/// A sub-processor as shown on the public list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PublicProcessor {
    /// Legal name of the organisation.
    #[schema(required)]
    pub name: Option<RegisterLine>,
    /// The service that it provides.
    #[schema(required)]
    pub service: Option<RegisterLine>,
    /// Categories of data that it processes.
    pub data: Vec<ProcessedData>,
    /// Countries in which it processes the data.
    pub countries: Vec<CountryCode>,
    /// The legal basis of a transfer out of the European Economic Area; `null` if there is none.
    #[schema(required)]
    pub transfer: Option<TransferBasis>,
    /// The day from which it is used.
    #[schema(required)]
    pub since: Option<Day>,
}

/// Lists the sub-processors in use, by name. Needs no sign-in.
#[utoipa::path(get, path = "/api/processors/public", tag = "processors",
    params(("If-None-Match" = Option<String>, Header)),
    responses((status = 200, body = PageOf<PublicProcessor>, headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 304, description = "Still the list with this ETag.")))]
pub(in crate::http) async fn list(State(state): State<AppState>, asked: HeaderMap) -> Result<Response, Problem> {
    let published = processors::register::published(&state.services).await?;
    let page = PageOf { items: published.iter().map(public).collect(), next: None };
    let body = serde_json::to_vec(&page).expect("answers have string keys and serialise to memory");
    let etag = format!("\"{}\"", data_encoding::HEXLOWER.encode(&digest([body.as_slice()])[..16]));
    let is_known = asked.get_all(header::IF_NONE_MATCH).iter().any(|value| names(value, &etag));
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(body) });
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::try_from(etag).expect("hexadecimal digits are visible ASCII"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    Ok(response)
}

pub(in crate::http) fn public(summary: &ProcessorSummary) -> PublicProcessor {
    PublicProcessor {
        name: summary.name.clone(),
        service: summary.service.clone(),
        data: summary.data.clone(),
        countries: summary.countries.clone(),
        transfer: summary.transfer,
        since: summary.starts_on,
    }
}

/// Whether an `If-None-Match` header lists this version; weak comparison applies (RFC 9110 section 13.1.2).
fn names(value: &HeaderValue, etag: &str) -> bool {
    let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == "*" || tag == etag)
}
