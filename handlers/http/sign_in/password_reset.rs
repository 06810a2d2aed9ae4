//! Function `password-reset`.

use crate::http::{access::Caller, answer::Answer, body::JsonBody, problem::Problem, state::AppState};
use crate::{domain::sign_in::username_as_typed::UsernameAsTyped, flows::sign_in};
use axum::extract::State;
use serde::Serialize;

/// The account for which a password is requested.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The username as typed; it is normalised.
    #[schema(max_length = 256)]
    pub username: String,
}

/// The same for every username, whether it exists or not.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ResetAnswer {
    /// Always `accepted`, whether or not the username exists.
    #[schema(value_type = String, example = "accepted")]
    pub status: &'static str,
}

/// Requests a one-time password by e-mail. The response never reveals whether the username exists.
#[utoipa::path(post, path = "/api/password-reset", tag = "password-reset", request_body = ResetBody,
    responses((status = 202, body = ResetAnswer)))]
pub(in crate::http) async fn request(
    State(state): State<AppState>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let username = fields.required("username", UsernameAsTyped::parse);
    let username = fields.finish(username).map_err(Problem::fields)?;
    sign_in::reset::request(&state.services, username.as_str(), &visitor).await?;
    Ok(Answer::accepted(&ResetAnswer { status: "accepted" }))
}
