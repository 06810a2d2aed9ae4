//! Function `account`.

use crate::http::{
    access::{Caller, Proof},
    answer::Answer,
    body::JsonBody,
    cookies,
    problem::Problem,
    sign_in::login::factor_if_shown,
    state::AppState,
};
use crate::{
    domain::{
        sign_in::{
            credentials::{DisplayName, EmailAddress, Language, Role, TypedPassword},
            session::{Full, Session},
        },
        unchanged,
        wire::fields::{Fields, InvalidFields},
    },
    flows::accounts,
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

/// The changeable details of an account.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// The name shown in pages and e-mails, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
    pub display_name: String,
    /// Language of pages and e-mails.
    pub language: Language,
}

/// A change of the password.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The user's current password.
    #[schema(max_length = 1024, format = Password)]
    pub current_password: String,
    /// The new password: at least 12 characters, at most 256 bytes.
    #[schema(format = Password)]
    pub new_password: String,
}

/// A change of the e-mail address.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    /// The user's current password.
    #[schema(max_length = 1024, format = Password)]
    pub current_password: String,
    /// The new e-mail address: one mailbox, at most 254 characters.
    #[schema(max_length = 254, format = Email)]
    pub email: String,
    /// A current code of the authenticator app; required if a second factor is active, unless `recovery_code` is sent.
    #[schema(pattern = r"^\s*[0-9]{6}\s*$", nullable = false)]
    pub code: Option<String>,
    /// A recovery code, instead of `code`.
    #[schema(max_length = 64, nullable = false)]
    pub recovery_code: Option<String>,
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
        password_changed_at: account.password_changed_at,
        created_at: account.created_at,
    }))
}

/// Changes your display name and language.
#[utoipa::path(put, path = "/api/account", tag = "account", request_body = ProfileBody,
    responses((status = 204)))]
pub(in crate::http) async fn change(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let (sent, now) = (fields.into_json(), state.services.now());
    let read = |json| Profile::read(Fields::of(json, now));
    let profile = match read(sent.clone()) {
        Ok(profile) => profile,
        Err(refused) => {
            let account = accounts::own::view(&state.services, &session).await?;
            let stored = Profile { display_name: account.display_name, language: account.language };
            unchanged::taken(&sent, &stored, refused, read).map_err(Problem::fields)?
        }
    };
    accounts::own::change_profile(&state.services, &session, &profile.display_name, profile.language).await?;
    Ok(Answer::done())
}

/// The parts of an account that its owner may change without a password.
#[derive(Serialize, serde::Deserialize)]
struct Profile {
    display_name: DisplayName,
    language: Language,
}

impl Profile {
    fn read(mut fields: Fields) -> Result<Self, InvalidFields> {
        let display_name = fields.required("display_name", DisplayName::parse);
        let language = fields.required("language", Language::parse);
        fields.finish(display_name.zip(language).map(|(display_name, language)| Self { display_name, language }))
    }
}

/// Changes your password. Other sessions end; this browser gets new cookies and all others are forgotten.
#[utoipa::path(put, path = "/api/account/password", tag = "account", request_body = PasswordBody,
    responses((status = 204)))]
pub(in crate::http) async fn change_password(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let current = fields.required("current_password", |text| Ok(TypedPassword::parse(text).ok()));
    let new = fields.required("new_password", |text| Ok(TypedPassword::parse(text)));
    let (current, new) = fields.finish(current.zip(new)).map_err(Problem::fields)?;
    let renewed = accounts::own::change_password(&state.services, &session, current.as_ref(), new, &visitor).await?;
    Ok(cookies::renew(Answer::done(), &renewed))
}

/// Changes your e-mail address. Other sessions end; this browser gets new cookies and all others are forgotten. Submitting the current
/// address changes nothing.
#[utoipa::path(put, path = "/api/account/email", tag = "account", request_body = EmailBody,
    responses((status = 204)))]
pub(in crate::http) async fn change_email(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Caller(visitor): Caller,
    JsonBody(mut fields): JsonBody,
) -> Result<Answer, Problem> {
    let current = fields.required("current_password", |text| Ok(TypedPassword::parse(text).ok()));
    let email = fields.required("email", EmailAddress::parse);
    let factor = factor_if_shown(&mut fields);
    let ((current, email), factor) = fields.finish(current.zip(email).zip(factor)).map_err(Problem::fields)?;
    let shown = (current.as_ref(), factor.as_ref());
    let renewed = accounts::own::change_email(&state.services, &session, shown, &email, &visitor).await?;
    Ok(renewed.map_or_else(Answer::done, |renewed| cookies::renew(Answer::done(), &renewed)))
}
