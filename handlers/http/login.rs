//! Functions `login`, `logout` and `session`.

use super::{
    access::{self, Caller, Proof},
    answer::Answer,
    body::{JsonBody, NoBody},
    cookies,
    problem::Problem,
    state::AppState,
};
use crate::{
    domain::{
        credentials::{Language, Role, TypedPassword},
        fields::{FieldCode, Fields},
        session::{Full, MustChoose, PasswordOnly, Session, Step},
        username_as_typed::{UsernameAsTyped, around_dropped},
    },
    flows::{
        account,
        sessions::{self, PendingStep},
        sign_in::{self, SecondFactorTry, StepOutcome},
    },
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
};
use jiff::Timestamp;
use serde::Serialize;

/// What follows a step.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The second factor is due.
    TwoFactor,
    /// A new password is due.
    NewPassword,
    /// Signed in.
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

/// Body of the first step.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "anna.dijk", "password": "vlieger-koper-dinsdag-9"}))]
pub struct LoginBody {
    /// As typed.
    #[schema(max_length = 256)]
    pub username: String,
    /// As typed: the password, or a one-time password from a mail.
    #[schema(max_length = 1024, format = Password)]
    pub password: String,
}

/// Answer of a step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NextBody {
    /// What follows.
    pub next: Next,
}

/// Answer of the second step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SecondFactorAnswer {
    /// What follows.
    pub next: Next,
    /// Recovery codes that are left.
    #[schema(minimum = 0, maximum = 10)]
    pub recovery_codes_left: u8,
}

/// Body of the second step: exactly one of the two.
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
    /// Six digits; blanks and line ends around them are dropped.
    #[schema(pattern = r"^\s*[0-9]{6}\s*$", example = "123456")]
    pub code: String,
}

/// A recovery code.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryCodeBody {
    /// Four groups of four.
    #[schema(max_length = 64, example = "ABCD-EFGH-JKMN-PQRS")]
    pub recovery_code: String,
}

/// Body of the last step.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasswordBody {
    /// 12 characters or more, 256 bytes at most.
    #[schema(format = Password)]
    pub new_password: String,
}

/// Who is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionAnswer {
    /// Id of the account, for `FinRust-Account`.
    pub account: String,
    /// In normal form.
    pub username: String,
    /// Shown in pages and mails.
    pub display_name: String,
    /// What the account is for.
    pub role: Role,
    /// Of pages and mails.
    pub language: Language,
    /// Whether a second factor is on.
    pub two_factor: bool,
    /// When the session ends unless it is used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When it ends however much it is used.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
}

/// First step: username and password.
#[utoipa::path(post, path = "/api/login", tag = "login", request_body = LoginBody,
    responses((status = 200, body = NextBody)))]
pub(super) async fn password(
    State(state): State<AppState>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let username = fields.required("username", UsernameAsTyped::parse);
    // Too long to be anyone's password, yet an attempt like any other and recorded as one.
    let typed = fields.required("password", |text| Ok(TypedPassword::parse(text).ok()));
    let (username, typed) = fields.finish(username.zip(typed)).map_err(Problem::fields)?;
    let stepped = sign_in::password(&state.services, username, typed, visitor).await?;
    Ok(step_answer(Answer::ok(&NextBody { next: stepped.next.into() }), &stepped))
}

/// Second step: a code or a recovery code.
#[utoipa::path(post, path = "/api/login/two-factor", tag = "login", request_body = SecondFactorBody,
    responses((status = 200, body = SecondFactorAnswer)))]
pub(super) async fn two_factor(
    State(state): State<AppState>,
    Proof(due): Proof<PendingStep<PasswordOnly>>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let shown = second_factor(&mut fields);
    let shown = fields.finish(shown).map_err(Problem::fields)?;
    let stepped = Box::pin(sign_in::second_factor(&state.services, due, shown, visitor)).await?;
    let body = SecondFactorAnswer { next: stepped.next.into(), recovery_codes_left: stepped.recovery_codes_left };
    Ok(step_answer(Answer::ok(&body), &stepped))
}

/// Last step after a one-time password: a new password.
#[utoipa::path(post, path = "/api/login/new-password", tag = "login", request_body = NewPasswordBody,
    responses((status = 200, body = NextBody)))]
pub(super) async fn new_password(
    State(state): State<AppState>,
    Proof(due): Proof<PendingStep<MustChoose>>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let typed = fields.required("new_password", |text| Ok(TypedPassword::parse(text)));
    let typed = fields.finish(typed).map_err(Problem::fields)?;
    let stepped = sign_in::new_password(&state.services, due, typed, visitor).await?;
    Ok(step_answer(Answer::ok(&NextBody { next: stepped.next.into() }), &stepped))
}

/// Ends the session, whatever step it is at. Without one there is nothing to end, and that is fine.
#[utoipa::path(post, path = "/api/logout", tag = "logout",
    responses((status = 204)))]
pub(super) async fn log_out(State(state): State<AppState>, headers: HeaderMap, request: Request) -> Result<Answer, Problem> {
    access::same_account(&state, &headers).await?;
    let NoBody = <NoBody as axum::extract::FromRequest<()>>::from_request(request, &()).await?;
    if let Some(cookie) = cookies::session(&headers) {
        sessions::log_out(&state.services, &cookie).await?;
    }
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    let answer = Answer::done().header(header::HeaderName::from_static("clear-site-data"), clear);
    Ok(answer.cookie(Some(cookies::clear_session())))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = SessionAnswer)))]
pub(super) async fn session(State(state): State<AppState>, Proof(session): Proof<Session<Full>>) -> Result<Answer, Problem> {
    let account = account::view(&state.services, &session).await?;
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

/// Says that the session is in use although nothing is asked for: somebody is typing.
#[utoipa::path(post, path = "/api/session/keep-alive", tag = "session",
    responses((status = 204)))]
pub(super) async fn keep_alive(_: Proof<Session<Full>>, _: NoBody) -> Answer {
    Answer::done()
}

/// Reads `code` or `recovery_code`, exactly one of them.
pub(super) fn second_factor(fields: &mut Fields) -> Option<SecondFactorTry> {
    let short = |text: &str| if text.chars().count() <= 64 { Ok(text.to_owned()) } else { Err(FieldCode::TooLong) };
    if fields.has("recovery_code") {
        // A `code` beside it is then an unknown field, and refused.
        return fields.required("recovery_code", short).map(SecondFactorTry::RecoveryCode);
    }
    fields.required("code", six_digits).map(SecondFactorTry::Code)
}

/// Likewise, but both may be absent: the account decides whether a factor is needed. `None` when an error was recorded.
#[expect(clippy::option_option, reason = "the outer one says that it was read, as everywhere with fields")]
pub(super) fn factor_if_shown(fields: &mut Fields) -> Option<Option<SecondFactorTry>> {
    for name in ["code", "recovery_code"] {
        fields.pass_null(name);
    }
    if fields.has("code") || fields.has("recovery_code") { second_factor(fields).map(Some) } else { Some(None) }
}

/// A code of an authenticator app, pasted or typed.
pub(super) fn six_digits(text: &str) -> Result<String, FieldCode> {
    let code = around_dropped(text);
    let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(code.to_owned()) } else { Err(FieldCode::InvalidFormat) }
}

fn step_answer(answer: Answer, stepped: &StepOutcome) -> Answer {
    let device = stepped.device.as_ref().map(cookies::set_device);
    answer.cookie(Some(cookies::set_session(&stepped.cookie))).cookie(device)
}
