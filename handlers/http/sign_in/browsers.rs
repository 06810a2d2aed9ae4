//! Function `browsers`.

use crate::http::{
    access::{Caller, Proof},
    answer::{Answer, PageOf},
    body::NoBody,
    path::PathId,
    problem::{Code, Problem},
    state::AppState,
};
use crate::{
    domain::{
        ids::BrowserId,
        sign_in::{
            device::Device,
            session::{Full, Session},
        },
    },
    flows::sign_in,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// A browser from which a user of the account signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BrowserItem {
    /// The browser's ID, for forgetting it.
    pub id: String,
    /// First sign-in from this browser, or the last one if the first was not recorded.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Last sign-in from this browser.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// IP address of the last sign-in; `null` if unknown.
    #[schema(required)]
    pub ip: Option<String>,
    /// The browser's `User-Agent` header; `null` if it sent none.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// Whether this request comes from this browser.
    pub current: bool,
}

/// Lists the browsers that the account knows, most recent sign-in first; at most 10.
#[utoipa::path(get, path = "/api/browsers", tag = "browsers",
    responses((status = 200, body = PageOf<BrowserItem>)))]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
) -> Result<Answer, Problem> {
    let (known, own) = sign_in::browsers::list(&state.services, &session, &visitor).await?;
    let item = |device: &Device| BrowserItem {
        id: device.id().to_string(),
        created_at: device.first_signed_in_at.unwrap_or(device.last_signed_in_at),
        last_seen_at: device.last_signed_in_at,
        ip: device.ip.map(|ip| ip.to_string()),
        user_agent: device.user_agent.clone().map(Into::into),
        current: own == Some(device.id()),
    };
    Ok(Answer::ok(&PageOf { items: known.iter().map(item).collect(), next: None }))
}

/// Forgets one browser: the next sign-in from it counts as new. Forgetting it again succeeds too.
#[utoipa::path(delete, path = "/api/browsers/{id}", tag = "browsers", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn forget_one(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let id = BrowserId::parse(&id).ok_or(Problem::of(Code::NotFound))?;
    sign_in::browsers::forget_one(&state.services, &session, id).await?;
    Ok(Answer::done())
}

/// Forgets every browser except the current one.
#[utoipa::path(delete, path = "/api/browsers", tag = "browsers",
    responses((status = 204)))]
pub(in crate::http) async fn forget_others(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    _: NoBody,
) -> Result<Answer, Problem> {
    sign_in::browsers::forget_others(&state.services, &session, &visitor).await?;
    Ok(Answer::done())
}
