//! Function `account`.

use crate::http::{
    access::{Caller, Proof},
    answer::Answer,
    body::{Body, JsonBody},
    cookies,
    problem::Problem,
    sign_in::login::{CodeAlone, RecoveryCode, shown},
    state::AppState,
};
use crate::{
    domain::{
        edited::{self, ServerWritten},
        organisation::details::Controller,
        sign_in::{
            credentials::{DisplayName, EmailAddress, Language, PasswordAsTyped, Role},
            session::{Full, Session},
        },
        wire::object::Object,
    },
    flows::accounts,
    wire_object,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// The signed-in user's own account.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccountAnswer {
    /// The username in its normal form.
    pub username: String,
    /// The name shown in pages and e-mails.
    pub display_name: String,
    /// The address that e-mails are sent to.
    pub email: String,
    /// Language of pages and e-mails.
    pub language: Language,
    /// The role of the account.
    pub role: Role,
    /// The status of the second factor.
    pub two_factor: TwoFactorAnswer,
    /// The firm that decides about your client files; absent unless an officer named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub controller: Option<Controller>,
    /// When the password was chosen; `null` if none has been.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub password_changed_at: Option<Timestamp>,
    /// When the account was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// The second factor of an account.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TwoFactorAnswer {
    /// Whether a second factor is active.
    pub enabled: bool,
    /// Number of unused recovery codes.
    #[schema(minimum = 0, maximum = 10)]
    pub recovery_codes_left: u8,
    /// Whether the user confirmed having the recovery codes; `true` if there are none.
    pub recovery_codes_seen: bool,
}

wire_object! {
    /// The changeable details of an account.
    pub stored struct ProfileBody {
        /// The name shown in pages and e-mails: 1 to 100 characters; some of them visible, and none unseen where it does not belong.
        #[schema(value_type = String, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
        display_name: DisplayName,
        /// Language of pages and e-mails.
        language: Language,
    }

    /// A change of the password.
    pub struct PasswordBody {
        /// The user's current password.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        current_password: PasswordAsTyped,
        /// The new password: at least 12 characters, at most 256 bytes, not easy to guess.
        #[schema(value_type = String, min_length = 12, max_length = 256, format = Password)]
        new_password: PasswordAsTyped,
    }

    /// A change of the e-mail address.
    pub struct EmailBody {
        /// The user's current password.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        current_password: PasswordAsTyped,
        /// The new e-mail address: one mailbox, at most 254 characters.
        #[schema(value_type = String, max_length = 254, format = Email)]
        email: EmailAddress,
        /// A current code of the authenticator app; required if a second factor is active, unless `recovery_code` is sent.
        #[schema(value_type = Option<String>, pattern = r"^\s*[0-9]{6}\s*$")]
        code: Option<CodeAlone>,
        /// A recovery code, instead of `code` and never beside it.
        #[schema(value_type = Option<String>, max_length = 64)]
        recovery_code: Option<RecoveryCode>,
    }
}

/// Gets your own account.
#[utoipa::path(get, path = "/api/account", tag = "account",
    responses((status = 200, body = AccountAnswer)))]
pub(in crate::http) async fn view(State(state): State<AppState>, Proof(session): Proof<Session<Full>>) -> Result<Answer, Problem> {
    let account = accounts::own::view(&state.services, &session).await?;
    Ok(Answer::ok(&AccountAnswer {
        username: account.username.as_str().to_owned(),
        display_name: account.display_name.as_str().to_owned(),
        email: account.email.as_str().to_owned(),
        language: account.language,
        role: account.kind.role(),
        two_factor: TwoFactorAnswer {
            enabled: account.has_second_factor(),
            recovery_codes_left: account.recovery_codes_left(),
            recovery_codes_seen: account.second_factor.as_ref().is_none_or(|factor| !factor.codes_unseen),
        },
        controller: account.controller,
        password_changed_at: account.password_changed_at,
        created_at: account.created_at,
    }))
}

/// What [`AccountAnswer`] has besides the profile.
const SERVER_WRITTEN: ServerWritten =
    ServerWritten { computed: &["two_factor", "controller", "password_changed_at", "created_at"], fixed: &["username", "email", "role"] };

/// Changes your display name and language. Takes what `GET` answers: members that the server computes are discarded; username, e-mail
/// address and role have to be the account's own.
#[utoipa::path(put, path = "/api/account", tag = "account", request_body = ProfileBody,
    responses((status = 204)))]
pub(in crate::http) async fn change(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let (ProfileBody { display_name, language }, claims) = match edited::read(fields, &SERVER_WRITTEN, ProfileBody::read) {
        Ok(right) => right,
        Err(refused) => {
            let account = accounts::own::view(&state.services, &session).await?;
            let stored = ProfileBody { display_name: account.display_name.clone(), language: account.language };
            refused.over(&stored, &accounts::own::fixed(&account)).map_err(Problem::fields)?
        }
    };
    accounts::own::change_profile(&state.services, &session, (&display_name, language), &claims).await?;
    Ok(Answer::done())
}

/// Changes your password. Other sessions end; this browser gets new cookies and all others are forgotten.
#[utoipa::path(put, path = "/api/account/password", tag = "account", request_body = PasswordBody,
    responses((status = 204, headers(("Set-Cookie" = String))), (status = 429)))]
pub(in crate::http) async fn change_password(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    Body(PasswordBody { current_password, new_password: PasswordAsTyped(new) }): Body<PasswordBody>,
) -> Result<Answer, Problem> {
    let renewed = accounts::own::change_password(&state.services, &session, current_password.ok().as_ref(), new, &visitor).await?;
    Ok(cookies::renew(Answer::done(), &renewed))
}

/// Changes your e-mail address. Other sessions end; this browser gets new cookies and all others are forgotten. Submitting the current
/// address changes nothing.
#[utoipa::path(put, path = "/api/account/email", tag = "account", request_body = EmailBody,
    responses((status = 204, headers(("Set-Cookie" = String))), (status = 429)))]
pub(in crate::http) async fn change_email(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    Body(EmailBody { current_password, email, code, recovery_code }): Body<EmailBody>,
) -> Result<Answer, Problem> {
    let (current, factor) = (current_password.ok(), shown(code, recovery_code));
    let shown = (current.as_ref(), factor.as_ref());
    let renewed = accounts::own::change_email(&state.services, &session, shown, &email, &visitor).await?;
    Ok(renewed.map_or_else(Answer::done, |renewed| cookies::renew(Answer::done(), &renewed)))
}
