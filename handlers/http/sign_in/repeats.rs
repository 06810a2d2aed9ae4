//! Repeated requests that end or renew their own session: when a connection closes without a response, the Functions host and browsers
//! resend requests without a body. The cookie is invalid on the second attempt, so the response of the first one is returned.

use crate::http::{
    access::{names_other, visitor},
    answer::Answer,
    cookies,
    problem::Problem,
    state::AppState,
};
use crate::{domain::ids::SessionId, flows::sign_in};
use axum::http::{Method, request::Parts};

const SESSIONS: &str = "/api/sessions";

/// The response that the same request got before; `None` for every other request without a session.
///
/// # Errors
/// A [`Problem`] when the database is unavailable.
pub(in crate::http) async fn answer(state: &AppState, parts: &Parts) -> Result<Option<Answer>, Problem> {
    let Some(rest) = parts.uri.path().strip_prefix(SESSIONS).filter(|_| parts.method == Method::DELETE) else {
        return Ok(None);
    };
    let Some(cookie) = cookies::session(&parts.headers).filter(|cookie| !names_other(&parts.headers, cookie.identity)) else {
        return Ok(None);
    };
    if rest.is_empty() {
        let renewed = sign_in::sessions::renewed_before(&state.services, &cookie, &visitor(parts, state)).await?;
        return Ok(renewed.map(|renewed| cookies::renew(Answer::done(), &renewed)));
    }
    let Some(id) = rest.strip_prefix('/').and_then(SessionId::parse) else {
        return Ok(None);
    };
    Ok(sign_in::sessions::has_ended_itself(&state.services, &cookie, id).await?.then(Answer::done))
}
