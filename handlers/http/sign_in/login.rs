//! Functions `login`, `logout` and `session`.

use crate::http::{
    access::{self, Caller, Proof},
    answer::Answer,
    body::{Body, NoBody},
    cookies,
    problem::Problem,
    state::AppState,
};
use crate::{
    domain::{
        sign_in::{
            credentials::{Language, PasswordAsTyped, Role},
            session::{Full, MustChoose, PasswordOnly, Session, Step},
            username_as_typed::{UsernameAsTyped, around_dropped},
        },
        wire::{
            fields::{FieldCode, Fields},
            object::{Object, Value},
        },
    },
    flows::{
        accounts,
        sign_in::{
            self,
            sessions::PendingStep,
            steps::{SecondFactorTry, StepOutcome},
        },
    },
    text_value, wire_object,
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

wire_object! {
    /// The body of the first step of a sign-in.
    #[schema(example = json!({"username": "anna.dijk", "password": "vlieger-koper-dinsdag-9"}))]
    pub struct LoginBody {
        /// The username as typed; it is normalised.
        #[schema(value_type = String, max_length = 256)]
        username: UsernameAsTyped,
        /// The password, or a one-time password from an e-mail, as typed.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        password: PasswordAsTyped,
    }

    /// A code of the authenticator app.
    pub struct CodeBody {
        /// Six digits; surrounding whitespace is ignored.
        #[schema(value_type = String, pattern = r"^\s*[0-9]{6}\s*$", example = "123456")]
        code: SixDigits,
    }

    /// A recovery code.
    pub struct RecoveryCodeBody {
        /// Four groups of four characters.
        #[schema(value_type = String, max_length = 64, example = "ABCD-EFGH-JKMN-PQRS")]
        recovery_code: RecoveryCode,
    }

    /// The body of the last step after a one-time password.
    pub struct NewPasswordBody {
        /// The new password: at least 12 characters, at most 256 bytes, not easy to guess.
        #[schema(value_type = String, min_length = 12, max_length = 256, format = Password)]
        new_password: PasswordAsTyped,
    }
}

/// The body of the two-factor step: either a code or a recovery code.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum SecondFactorBody {
    /// A code of the authenticator app.
    Code(CodeBody),
    /// A recovery code.
    RecoveryCode(RecoveryCodeBody),
}

impl Object for SecondFactorBody {
    fn members(fields: &mut Fields) -> Option<Self> {
        if fields.has("recovery_code") {
            RecoveryCodeBody::members(fields).map(Self::RecoveryCode)
        } else {
            CodeBody::members(fields).map(Self::Code)
        }
    }
}

/// A code of an authenticator app, pasted or typed.
pub struct SixDigits(pub String);

impl SixDigits {
    fn parse(text: &str) -> Result<Self, FieldCode> {
        let code = around_dropped(text);
        let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(code.to_owned())) } else { Err(FieldCode::InvalidFormat) }
    }
}

text_value!(SixDigits => SixDigits::parse);

/// Likewise, where a recovery code may take its place: beside one it is not read, and refused as an unknown field.
pub struct CodeAlone(SixDigits);

impl Value for CodeAlone {
    fn optional(fields: &mut Fields, name: &str) -> Option<Self> {
        for name in [name, "recovery_code"] {
            fields.pass_null(name);
        }
        if fields.has("recovery_code") { None } else { SixDigits::optional(fields, name).map(Self) }
    }
}

/// A recovery code as typed.
pub struct RecoveryCode(pub String);

text_value!(RecoveryCode => |text| {
    if text.chars().count() <= 64 { Ok(RecoveryCode(text.to_owned())) } else { Err(FieldCode::TooLong) }
});

/// The second factor, where a request may show one: the account decides whether it is needed.
pub(in crate::http) fn shown(code: Option<CodeAlone>, recovery_code: Option<RecoveryCode>) -> Option<SecondFactorTry> {
    let code = code.map(|CodeAlone(SixDigits(code))| SecondFactorTry::Code(code));
    code.or(recovery_code.map(|RecoveryCode(code)| SecondFactorTry::RecoveryCode(code)))
}

/// The result of a step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NextBody {
    /// What is required next to sign in.
    pub next: Next,
}

/// The result of the two-factor step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SecondFactorAnswer {
    /// What is required next to sign in.
    pub next: Next,
    /// Number of unused recovery codes.
    #[schema(minimum = 0, maximum = 10)]
    pub recovery_codes_left: u8,
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

/// Starts a sign-in with username and password.
#[utoipa::path(post, path = "/api/login", tag = "login", request_body = LoginBody,
    responses((status = 200, body = NextBody, headers(("Set-Cookie" = String))), (status = 401), (status = 429)))]
pub(in crate::http) async fn password(
    State(state): State<AppState>,
    Caller(visitor): Caller,
    Body(LoginBody { username, password }): Body<LoginBody>,
) -> Result<Answer, Problem> {
    let stepped = sign_in::steps::password(&state.services, username, password.ok(), visitor).await?;
    Ok(step_answer(Answer::ok(&NextBody { next: stepped.next.into() }), &stepped))
}

/// Continues a sign-in with a code or a recovery code.
#[utoipa::path(post, path = "/api/login/two-factor", tag = "login", request_body = SecondFactorBody,
    responses((status = 200, body = SecondFactorAnswer, headers(("Set-Cookie" = String))), (status = 429)))]
pub(in crate::http) async fn two_factor(
    State(state): State<AppState>,
    Proof(due): Proof<PendingStep<PasswordOnly>>,
    Caller(visitor): Caller,
    Body(body): Body<SecondFactorBody>,
) -> Result<Answer, Problem> {
    let shown = match body {
        SecondFactorBody::Code(CodeBody { code: SixDigits(code) }) => SecondFactorTry::Code(code),
        SecondFactorBody::RecoveryCode(RecoveryCodeBody { recovery_code: RecoveryCode(code) }) => SecondFactorTry::RecoveryCode(code),
    };
    let stepped = Box::pin(sign_in::steps::second_factor(&state.services, due, shown, visitor)).await?;
    let body = SecondFactorAnswer { next: stepped.next.into(), recovery_codes_left: stepped.recovery_codes_left };
    Ok(step_answer(Answer::ok(&body), &stepped))
}

/// Sets a new password, which completes a sign-in with a one-time password.
#[utoipa::path(post, path = "/api/login/new-password", tag = "login", request_body = NewPasswordBody,
    responses((status = 200, body = NextBody, headers(("Set-Cookie" = String))), (status = 429)))]
pub(in crate::http) async fn new_password(
    State(state): State<AppState>,
    Proof(due): Proof<PendingStep<MustChoose>>,
    Caller(visitor): Caller,
    Body(NewPasswordBody { new_password: PasswordAsTyped(typed) }): Body<NewPasswordBody>,
) -> Result<Answer, Problem> {
    let stepped = sign_in::steps::new_password(&state.services, due, typed, visitor).await?;
    Ok(step_answer(Answer::ok(&NextBody { next: stepped.next.into() }), &stepped))
}

/// Ends the session at any step of the sign-in. Succeeds without a session too.
#[utoipa::path(post, path = "/api/logout", tag = "logout",
    responses((status = 204, headers(("Set-Cookie" = String), ("Clear-Site-Data" = String)))))]
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

fn step_answer(answer: Answer, stepped: &StepOutcome) -> Answer {
    let device = stepped.device.as_ref().map(cookies::set_device);
    answer.cookie(Some(cookies::set_session(&stepped.cookie))).cookie(device)
}
