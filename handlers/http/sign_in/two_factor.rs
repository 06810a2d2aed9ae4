//! Function `two-factor`.

use super::login::{CodeAlone, CodeBody, RecoveryCode, SixDigits, shown};
use crate::http::{
    access::{Caller, Proof},
    answer::Answer,
    body::{Body, NoBody},
    cookies,
    problem::Problem,
    state::AppState,
};
use crate::{
    domain::sign_in::{
        credentials::PasswordAsTyped,
        session::{Full, Session},
    },
    flows::sign_in::{self, two_factor::Codes},
    wire_object,
};
use axum::extract::State;
use serde::Serialize;

wire_object! {
    /// Starts an enrolment. If a second factor is active, a current code or recovery code is required as well.
    pub struct EnrolBody {
        /// The user's current password.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        password: PasswordAsTyped,
        /// A current code of the active authenticator app; absent if none is active or `recovery_code` is sent.
        #[schema(value_type = Option<String>, pattern = r"^\s*[0-9]{6}\s*$")]
        code: Option<CodeAlone>,
        /// A recovery code, instead of `code` and never beside it.
        #[schema(value_type = Option<String>, max_length = 64)]
        recovery_code: Option<RecoveryCode>,
    }

    /// Both factors: the password, and either a code or a recovery code.
    pub struct BothFactorsBody {
        /// The user's current password.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        password: PasswordAsTyped,
        /// A current code of the authenticator app; absent if `recovery_code` is sent.
        #[schema(value_type = Option<String>, pattern = r"^\s*[0-9]{6}\s*$")]
        code: Option<CodeAlone>,
        /// A recovery code, instead of `code` and never beside it.
        #[schema(value_type = Option<String>, max_length = 64)]
        recovery_code: Option<RecoveryCode>,
    }
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

/// Ten new recovery codes, shown only once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CodesAnswer {
    /// Each code replaces the authenticator app once.
    #[schema(min_items = 10, max_items = 10)]
    pub recovery_codes: Vec<String>,
}

/// Starts an enrolment. The second factor becomes active when it is confirmed.
#[utoipa::path(post, path = "/api/two-factor", tag = "two-factor", request_body = EnrolBody,
    responses((status = 201, body = EnrolAnswer), (status = 429)))]
pub(in crate::http) async fn start(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    Body(EnrolBody { password, code, recovery_code }): Body<EnrolBody>,
) -> Result<Answer, Problem> {
    let (typed, shown) = (password.ok(), shown(code, recovery_code));
    let enrolment = sign_in::two_factor::start(&state.services, &session, typed.as_ref(), shown.as_ref(), &visitor).await?;
    Ok(Answer::created(&EnrolAnswer {
        secret: enrolment.secret.expose().clone(),
        otpauth_url: enrolment.otpauth_url.expose().clone(),
        qr_svg: enrolment.qr_svg,
    }))
}

/// Confirms the enrolment: the second factor becomes active and other sessions end.
#[utoipa::path(post, path = "/api/two-factor/confirm", tag = "two-factor", request_body = CodeBody,
    responses((status = 200, body = CodesAnswer, headers(("Set-Cookie" = String))), (status = 429)))]
pub(in crate::http) async fn confirm(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    Body(CodeBody { code: SixDigits(code) }): Body<CodeBody>,
) -> Result<Answer, Problem> {
    let codes = sign_in::two_factor::confirm(&state.services, &session, code, &visitor).await?;
    Ok(codes_answer(&codes))
}

/// Creates new recovery codes: the old ones become invalid, other sessions end, and this one gets a new cookie.
#[utoipa::path(post, path = "/api/two-factor/recovery-codes", tag = "two-factor", request_body = BothFactorsBody,
    responses((status = 200, body = CodesAnswer, headers(("Set-Cookie" = String))), (status = 429)))]
pub(in crate::http) async fn renew_codes(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    Body(BothFactorsBody { password, code, recovery_code }): Body<BothFactorsBody>,
) -> Result<Answer, Problem> {
    let (typed, shown) = (password.ok(), shown(code, recovery_code));
    let codes = sign_in::two_factor::renew_codes(&state.services, &session, typed.as_ref(), shown.as_ref(), &visitor).await?;
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
    responses((status = 204, headers(("Set-Cookie" = String))), (status = 429)))]
pub(in crate::http) async fn disable(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    Body(BothFactorsBody { password, code, recovery_code }): Body<BothFactorsBody>,
) -> Result<Answer, Problem> {
    let (typed, shown) = (password.ok(), shown(code, recovery_code));
    let renewed = sign_in::two_factor::disable(&state.services, &session, typed.as_ref(), shown.as_ref(), &visitor).await?;
    Ok(cookies::renew(Answer::done(), &renewed))
}

fn codes_answer(codes: &Codes) -> Answer {
    let recovery_codes = codes.recovery_codes.iter().map(|code| code.expose().clone()).collect();
    cookies::renew(Answer::ok(&CodesAnswer { recovery_codes }), &codes.renewed)
}
