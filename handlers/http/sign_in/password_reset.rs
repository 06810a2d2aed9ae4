//! Function `password-reset`.

use crate::http::{access::Caller, answer::Answer, body::Body, problem::Problem, state::AppState};
use crate::{domain::sign_in::username_as_typed::UsernameAsTyped, flows::sign_in, wire_object};
use axum::extract::State;
use serde::Serialize;

wire_object! {
    /// The account for which a password is requested.
    pub struct ResetBody {
        /// The username as typed; it is normalised.
        #[schema(value_type = String, max_length = 256)]
        username: UsernameAsTyped,
    }
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
    responses((status = 202, body = ResetAnswer), (status = 429)))]
pub(in crate::http) async fn request(
    State(state): State<AppState>,
    Caller(visitor): Caller,
    Body(ResetBody { username }): Body<ResetBody>,
) -> Result<Answer, Problem> {
    sign_in::reset::request(&state.services, username.as_str(), &visitor).await?;
    Ok(Answer::accepted(&ResetAnswer { status: "accepted" }))
}
