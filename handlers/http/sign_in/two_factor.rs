//! Function `two-factor`.

use super::login::{CodeBody, factor_if_shown, six_digits};
use crate::http::{
    access::{Caller, Proof},
    answer::Answer,
    body::{JsonBody, NoBody},
    cookies,
    problem::Problem,
    state::AppState,
};
use crate::{
    domain::{
        sign_in::{
            credentials::TypedPassword,
            session::{Full, Session},
        },
        wire::fields::{FieldCode, Fields},
    },
    flows::sign_in::{self, steps::SecondFactorTry, two_factor::Codes},
};
use axum::extract::State;
use serde::Serialize;

/// Starts an enrolment. If a second factor is active, a current code or recovery code is required as well.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolBody {
    /// The user's current password.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
    /// A current code of the active authenticator app; absent if none is active or `recovery_code` is sent.
    #[schema(pattern = r"^\s*[0-9]{6}\s*$", nullable = false)]
    pub code: Option<String>,
    /// A recovery code, instead of `code`.
    #[schema(max_length = 64, nullable = false)]
    pub recovery_code: Option<String>,
}

/// The set-up data for an authenticator app.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EnrolAnswer {
    /// The shared secret in base 32, for typing in.
    pub secret: String,
    /// The `otpauth:` URL that the QR code contains.
    pub otpauth_url: String,
    /// The QR code as an SVG image.
    pub qr_svg: String,
}

/// Both factors: the password, and either a code or a recovery code.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BothFactorsBody {
    /// The user's current password.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
    /// A current code of the authenticator app; absent if `recovery_code` is sent.
    #[schema(pattern = r"^\s*[0-9]{6}\s*$", nullable = false)]
    pub code: Option<String>,
    /// A recovery code, instead of `code`.
    #[schema(max_length = 64, nullable = false)]
    pub recovery_code: Option<String>,
}

/// Ten new recovery codes, shown only once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CodesAnswer {
    /// Each code replaces the authenticator app once.
    #[schema(min_items = 10, max_items = 10)]
    pub recovery_codes: Vec<String>,
}

/// Starts an enrolment. The second factor becomes active when it is confirmed.
#[utoipa::path(post, path = "/api/two-factor", tag = "two-factor", request_body = EnrolBody,
    responses((status = 201, body = EnrolAnswer)))]
pub(in crate::http) async fn start(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let (typed, shown) = both(fields)?;
    let enrolment = sign_in::two_factor::start(&state.services, &session, typed.as_ref().ok(), shown.as_ref(), &visitor).await?;
    Ok(Answer::created(&EnrolAnswer {
        secret: enrolment.secret.expose().clone(),
        otpauth_url: enrolment.otpauth_url.expose().clone(),
        qr_svg: enrolment.qr_svg,
    }))
}

/// Confirms the enrolment: the second factor becomes active and other sessions end.
#[utoipa::path(post, path = "/api/two-factor/confirm", tag = "two-factor", request_body = CodeBody,
    responses((status = 200, body = CodesAnswer)))]
pub(in crate::http) async fn confirm(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let code = fields.required("code", six_digits);
    let code = fields.finish(code).map_err(Problem::fields)?;
    let codes = sign_in::two_factor::confirm(&state.services, &session, code, &visitor).await?;
    Ok(codes_answer(&codes))
}

/// Creates new recovery codes: the old ones become invalid, other sessions end, and this one gets a new cookie.
#[utoipa::path(post, path = "/api/two-factor/recovery-codes", tag = "two-factor", request_body = BothFactorsBody,
    responses((status = 200, body = CodesAnswer)))]
pub(in crate::http) async fn renew_codes(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let (typed, shown) = both(fields)?;
    let codes = sign_in::two_factor::renew_codes(&state.services, &session, typed.as_ref().ok(), shown.as_ref(), &visitor).await?;
    Ok(codes_answer(&codes))
}

/// Confirms that the user has seen the latest recovery codes.
#[utoipa::path(post, path = "/api/two-factor/recovery-codes/seen", tag = "two-factor",
    responses((status = 204)))]
pub(in crate::http) async fn codes_seen(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    _: NoBody,
) -> Result<Answer, Problem> {
    sign_in::two_factor::codes_seen(&state.services, &session).await?;
    Ok(Answer::done())
}

/// Disables the second factor; other sessions end.
#[utoipa::path(post, path = "/api/two-factor/disable", tag = "two-factor", request_body = BothFactorsBody,
    responses((status = 204)))]
pub(in crate::http) async fn disable(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let (typed, shown) = both(fields)?;
    let renewed = sign_in::two_factor::disable(&state.services, &session, typed.as_ref().ok(), shown.as_ref(), &visitor).await?;
    Ok(cookies::renew(Answer::done(), &renewed))
}

/// The typed password, and the second factor if given. An inner `Err` is a text too long to be anyone's password: treated and recorded as a
/// wrong one.
fn both(mut fields: Fields) -> Result<(Result<TypedPassword, FieldCode>, Option<SecondFactorTry>), Problem> {
    let typed = fields.required("password", |text| Ok(TypedPassword::parse(text)));
    let shown = factor_if_shown(&mut fields);
    fields.finish(typed.zip(shown)).map_err(Problem::fields)
}

fn codes_answer(codes: &Codes) -> Answer {
    let recovery_codes = codes.recovery_codes.iter().map(|code| code.expose().clone()).collect();
    cookies::renew(Answer::ok(&CodesAnswer { recovery_codes }), &codes.renewed)
}
