//! Functions `login`, `logout` and `session`.

use crate::http::{
    access::{self, Caller, Proof},
    answer::Answer,
    body::{JsonBody, NoBody},
    cookies,
    problem::Problem,
    state::AppState,
};
use crate::{
    domain::{
        sign_in::{
            credentials::{Language, Role, TypedPassword},
            session::{Full, MustChoose, PasswordOnly, Session, Step},
            username_as_typed::{UsernameAsTyped, around_dropped},
        },
        wire::fields::{FieldCode, Fields},
    },
    flows::{
        accounts,
        sign_in::{
            self,
            sessions::PendingStep,
            steps::{SecondFactorTry, StepOutcome},
        },
    },
};
use axum::{
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, header},
};
use jiff::Timestamp;
use serde::Serialize;

/// What is required next to sign in.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The second factor.
    TwoFactor,
    /// A new password.
    NewPassword,
    /// Nothing: the user is signed in.
    Done,
}

impl From<Step> for Next {
    fn from(step: Step) -> Self {
        match step {
            Step::TwoFactor { .. } | Step::Later(_) => Self::TwoFactor,
            Step::NewPassword => Self::NewPassword,
            Step::Full => Self::Done,
        }
    }
}

/// The body of the first step of a sign-in.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "anna.dijk", "password": "vlieger-koper-dinsdag-9"}))]
pub struct LoginBody {
    /// The username as typed; it is normalised.
    #[schema(max_length = 256)]
    pub username: String,
    /// The password, or a one-time password from an e-mail, as typed.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
}

/// The result of a step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NextBody {
    /// What is required next to sign in.
    pub next: Next,
}

/// The result of the second step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SecondFactorAnswer {
    /// What is required next to sign in.
    pub next: Next,
    /// Number of unused recovery codes.
    #[schema(minimum = 0, maximum = 10)]
    pub recovery_codes_left: u8,
}

/// The body of the second step: either a code or a recovery code.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum SecondFactorBody {
    /// A code of the authenticator app.
    Code(CodeBody),
    /// A recovery code.
    RecoveryCode(RecoveryCodeBody),
}

/// A code of the authenticator app.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// Six digits; surrounding whitespace is ignored.
    #[schema(pattern = r"^\s*[0-9]{6}\s*$", example = "123456")]
    pub code: String,
}

/// A recovery code.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryCodeBody {
    /// Four groups of four characters.
    #[schema(max_length = 64, example = "ABCD-EFGH-JKMN-PQRS")]
    pub recovery_code: String,
}

/// The body of the last step after a one-time password.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasswordBody {
    /// The new password: at least 12 characters, at most 256 bytes.
    #[schema(format = Password)]
    pub new_password: String,
}

/// The signed-in user and the session.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionAnswer {
    /// ID of the account, for the `FinRust-Account` header.
    pub account: String,
    /// The username in its normal form.
    pub username: String,
    /// The name shown in pages and e-mails.
    pub display_name: String,
    /// The role of the account.
    pub role: Role,
    /// Language of pages and e-mails.
    pub language: Language,
    /// Whether a second factor is active.
    pub two_factor: bool,
    /// Idle expiry: when the session ends unless it is used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Absolute expiry: when the session ends at the latest.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
}

/// First step of a sign-in: username and password.
#[utoipa::path(post, path = "/api/login", tag = "login", request_body = LoginBody,
    responses((status = 200, body = NextBody)))]
pub(in crate::http) async fn password(
    State(state): State<AppState>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let username = fields.required("username", UsernameAsTyped::parse);
    // Too long to be anyone's password, yet an attempt like any other and recorded as one.
    let typed = fields.required("password", |text| Ok(TypedPassword::parse(text).ok()));
    let (username, typed) = fields.finish(username.zip(typed)).map_err(Problem::fields)?;
    let stepped = sign_in::steps::password(&state.services, username, typed, visitor).await?;
    Ok(step_answer(Answer::ok(&NextBody { next: stepped.next.into() }), &stepped))
}

/// Second step of a sign-in: a code or a recovery code.
#[utoipa::path(post, path = "/api/login/two-factor", tag = "login", request_body = SecondFactorBody,
    responses((status = 200, body = SecondFactorAnswer)))]
pub(in crate::http) async fn two_factor(
    State(state): State<AppState>,
    Proof(due): Proof<PendingStep<PasswordOnly>>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let shown = second_factor(&mut fields);
    let shown = fields.finish(shown).map_err(Problem::fields)?;
    let stepped = Box::pin(sign_in::steps::second_factor(&state.services, due, shown, visitor)).await?;
    let body = SecondFactorAnswer { next: stepped.next.into(), recovery_codes_left: stepped.recovery_codes_left };
    Ok(step_answer(Answer::ok(&body), &stepped))
}

/// Last step after a one-time password: sets a new password.
#[utoipa::path(post, path = "/api/login/new-password", tag = "login", request_body = NewPasswordBody,
    responses((status = 200, body = NextBody)))]
pub(in crate::http) async fn new_password(
    State(state): State<AppState>,
    Proof(due): Proof<PendingStep<MustChoose>>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let typed = fields.required("new_password", |text| Ok(TypedPassword::parse(text)));
    let typed = fields.finish(typed).map_err(Problem::fields)?;
    let stepped = sign_in::steps::new_password(&state.services, due, typed, visitor).await?;
    Ok(step_answer(Answer::ok(&NextBody { next: stepped.next.into() }), &stepped))
}

/// Ends the session at any step of the sign-in. Succeeds without a session too.
#[utoipa::path(post, path = "/api/logout", tag = "logout",
    responses((status = 204)))]
pub(in crate::http) async fn log_out(State(state): State<AppState>, headers: HeaderMap, request: Request) -> Result<Answer, Problem> {
    access::same_account(&state, &headers).await?;
    let NoBody = NoBody::from_request(request, &state).await?;
    if let Some(cookie) = cookies::session(&headers) {
        sign_in::sessions::log_out(&state.services, &cookie).await?;
    }
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    let answer = Answer::done().header(header::HeaderName::from_static("clear-site-data"), clear);
    Ok(answer.cookie(Some(cookies::clear_session())))
}

/// Gets the signed-in user and the expiry times of the session.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = SessionAnswer)))]
pub(in crate::http) async fn session(State(state): State<AppState>, Proof(session): Proof<Session<Full>>) -> Result<Answer, Problem> {
    let account = accounts::own::view(&state.services, &session).await?;
    Ok(Answer::ok(&SessionAnswer {
        account: session.identity().to_string(),
        username: account.username.as_str().to_owned(),
        display_name: account.display_name.as_str().to_owned(),
        role: session.role(),
        language: account.language,
        two_factor: account.has_second_factor(),
        expires_at: session.record().expires_at(),
        ends_at: session.record().gone_at(),
    }))
}

/// Keeps the session from expiring while the user types without sending requests.
#[utoipa::path(post, path = "/api/session/keep-alive", tag = "session",
    responses((status = 204)))]
pub(in crate::http) async fn keep_alive(_: Proof<Session<Full>>, _: NoBody) -> Answer {
    Answer::done()
}

/// Reads `code` or `recovery_code`, exactly one of them.
pub(in crate::http) fn second_factor(fields: &mut Fields) -> Option<SecondFactorTry> {
    let short = |text: &str| if text.chars().count() <= 64 { Ok(text.to_owned()) } else { Err(FieldCode::TooLong) };
    if fields.has("recovery_code") {
        // A `code` beside it is then an unknown field, and refused.
        return fields.required("recovery_code", short).map(SecondFactorTry::RecoveryCode);
    }
    fields.required("code", six_digits).map(SecondFactorTry::Code)
}

/// Likewise, but both may be absent: the account decides whether a factor is needed. `None` when an error was recorded.
#[expect(clippy::option_option, reason = "the outer one says that it was read, as everywhere with fields")]
pub(in crate::http) fn factor_if_shown(fields: &mut Fields) -> Option<Option<SecondFactorTry>> {
    for name in ["code", "recovery_code"] {
        fields.pass_null(name);
    }
    if fields.has("code") || fields.has("recovery_code") { second_factor(fields).map(Some) } else { Some(None) }
}

/// A code of an authenticator app, pasted or typed.
pub(in crate::http) fn six_digits(text: &str) -> Result<String, FieldCode> {
    let code = around_dropped(text);
    let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(code.to_owned()) } else { Err(FieldCode::InvalidFormat) }
}

fn step_answer(answer: Answer, stepped: &StepOutcome) -> Answer {
    let device = stepped.device.as_ref().map(cookies::set_device);
    answer.cookie(Some(cookies::set_session(&stepped.cookie))).cookie(device)
}
