//! Function `password-check`.

use crate::http::{access::Proof, answer::Answer, body::Body, problem::Problem, state::AppState};
use crate::{
    domain::sign_in::{credentials::PasswordAsTyped, password_policy::Verdict},
    flows::verdicts::{self, Chooser},
    wire_object,
};
use axum::extract::State;
use serde::Serialize;

wire_object! {
    /// A password to be checked.
    pub struct PasswordCheckBody {
        /// The candidate password as typed.
        #[schema(value_type = String, format = Password)]
        password: PasswordAsTyped,
    }
}

/// The result of the check.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VerdictAnswer {
    /// Whether the password meets the policy.
    pub verdict: Verdict,
}

/// Checks whether a password would be accepted. The password is not stored.
#[utoipa::path(post, path = "/api/password-check", tag = "password-check", request_body = PasswordCheckBody,
    responses((status = 200, body = VerdictAnswer), (status = 429)))]
pub(in crate::http) async fn judge(
    State(state): State<AppState>,
    Proof(chooser): Proof<Chooser>,
    Body(PasswordCheckBody { password: PasswordAsTyped(typed) }): Body<PasswordCheckBody>,
) -> Result<Answer, Problem> {
    let verdict = verdicts::judge(&state.services, chooser, typed).await?;
    Ok(Answer::ok(&VerdictAnswer { verdict }))
}
