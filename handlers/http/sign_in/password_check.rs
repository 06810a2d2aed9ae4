//! Function `password-check`.

use crate::http::{access::Proof, answer::Answer, body::JsonBody, problem::Problem, state::AppState};
use crate::{
    domain::sign_in::{credentials::TypedPassword, password_policy::Verdict},
    flows::verdicts::{self, Chooser},
};
use axum::extract::State;
use serde::Serialize;

/// A password to be checked.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordCheckBody {
    /// The candidate password as typed.
    #[schema(format = Password)]
    pub password: String,
}

/// The result of the check.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VerdictAnswer {
    /// Whether the password meets the policy.
    pub verdict: Verdict,
}

/// Checks whether a password would be accepted. The password is not stored.
#[utoipa::path(post, path = "/api/password-check", tag = "password-check", request_body = PasswordCheckBody,
    responses((status = 200, body = VerdictAnswer)))]
pub(in crate::http) async fn judge(
    State(state): State<AppState>,
    Proof(chooser): Proof<Chooser>,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let typed = fields.required("password", |text| Ok(TypedPassword::parse(text)));
    let typed = fields.finish(typed).map_err(Problem::fields)?;
    let verdict = verdicts::judge(&state.services, chooser, typed).await?;
    Ok(Answer::ok(&VerdictAnswer { verdict }))
}
