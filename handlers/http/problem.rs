//! Problem details (RFC 9457): the response to a failure.
//!
//! `title` is a fixed English sentence per code; what users read is the front end's own text. Internal messages never leave the process.

use crate::domain::wire::fields::{FieldError, InvalidFields};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;

/// The error codes of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not well-formed JSON.
    MalformedJson,
    /// A header is malformed.
    MalformedHeader,
    /// One or more fields are invalid.
    InvalidFields,
    /// Only `application/json` is accepted.
    UnsupportedMediaType,
    /// The request exceeds the size limit.
    TooLarge,
    /// The body did not arrive in time.
    RequestTimeout,
    /// It does not exist, or is not visible to the caller.
    NotFound,
    /// The resource does not support the method.
    MethodNotAllowed,
    /// Wrong username or password, or the account is disabled.
    InvalidCredentials,
    /// There is no valid session.
    NotSignedIn,
    /// Another step is required first.
    WrongStep,
    /// The request came from a screen of another account than the one that is signed in.
    OtherAccount,
    /// The caller has no permission.
    Forbidden,
    /// The request was sent by another site.
    CrossOrigin,
    /// The request was not sent over HTTPS.
    HttpsRequired,
    /// Too soon after failures, or too many requests.
    TooManyAttempts,
    /// The server is overloaded.
    Overloaded,
    /// Another account has this username.
    UsernameTaken,
    /// The password does not meet the policy.
    WeakPassword,
    /// The second factor was wrong.
    WrongCode,
    /// An officer must set up a second factor first.
    TwoFactorRequired,
    /// The officer who proposed something cannot approve it.
    SameOfficer,
    /// One of the two officers created the other's account, or the same person created both.
    RelatedOfficer,
    /// The successor's account was created by the officer who proposed the hand-over.
    RelatedSuccessor,
    /// No other officer can confirm it; the operator has to create the account.
    NoSecondOfficer,
    /// The leaver's account is not disabled.
    LeaverNotDisabled,
    /// The successor's account is not active.
    SuccessorNotActive,
    /// A hand-over of the account's files prevents this.
    HandOverExists,
    /// `If-Match` is missing.
    VersionMissing,
    /// The resource has changed: `If-Match` does not match.
    VersionMismatch,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// Finish or discard other imports first.
    TooManyImports,
    /// The uploaded file cannot be imported.
    NotATable,
    /// The record is not in a stage that allows this step.
    StepNotDue,
    /// Processing of the file is restricted.
    Restricted,
    /// The file is being erased.
    BeingErased,
    /// The file is under a legal hold.
    LegalHold,
    /// The file is not marked for erasure.
    NotMarked,
    /// A service that FinRust depends on is unavailable.
    Unavailable,
    /// An internal error.
    Internal,
}

impl Code {
    const fn answer(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::MalformedJson => (StatusCode::BAD_REQUEST, "malformed_json", "The body is not one well-formed JSON value."),
            Self::MalformedHeader => (StatusCode::BAD_REQUEST, "malformed_header", "A header is not well-formed."),
            Self::InvalidFields => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields", "One or more fields are not valid."),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be application/json.")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The request is too large."),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "request_timeout", "The request did not arrive in time."),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "There is nothing here."),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This method is not served here."),
            Self::InvalidCredentials => (StatusCode::UNAUTHORIZED, "invalid_credentials", "Username or password is not right."),
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in", "Sign in first."),
            Self::WrongStep => (StatusCode::CONFLICT, "wrong_step", "Another step is due."),
            Self::OtherAccount => (StatusCode::CONFLICT, "other_account", "Another account is signed in."),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "This is not allowed."),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "cross_origin", "The request came from another site."),
            Self::HttpsRequired => (StatusCode::FORBIDDEN, "https_required", "Only https is served."),
            Self::TooManyAttempts => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts; wait before the next."),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too much at once; try again shortly."),
            Self::UsernameTaken => (StatusCode::CONFLICT, "username_taken", "Another account has this username."),
            Self::WeakPassword => (StatusCode::UNPROCESSABLE_ENTITY, "weak_password", "The password is not strong enough."),
            Self::WrongCode => (StatusCode::UNAUTHORIZED, "wrong_code", "The code is not right."),
            Self::TwoFactorRequired => (StatusCode::FORBIDDEN, "two_factor_required", "Two-factor authentication is required."),
            Self::SameOfficer => (StatusCode::FORBIDDEN, "same_officer", "Another officer has to approve this."),
            Self::RelatedOfficer => {
                (StatusCode::FORBIDDEN, "related_officer", "An officer whose account has another maker has to do this.")
            }
            Self::RelatedSuccessor => {
                (StatusCode::FORBIDDEN, "related_successor", "An officer who did not make the successor's account has to propose this.")
            }
            Self::NoSecondOfficer => {
                (StatusCode::CONFLICT, "no_second_officer", "No other officer could confirm this: the operator makes the account.")
            }
            Self::LeaverNotDisabled => (StatusCode::CONFLICT, "leaver_not_disabled", "The leaver's account has to be disabled first."),
            Self::SuccessorNotActive => (StatusCode::CONFLICT, "successor_not_active", "The successor's account is not active."),
            Self::HandOverExists => (StatusCode::CONFLICT, "hand_over_exists", "A hand-over of this account is in the way."),
            Self::VersionMissing => (StatusCode::PRECONDITION_REQUIRED, "version_missing", "If-Match must name the version."),
            Self::VersionMismatch => (StatusCode::PRECONDITION_FAILED, "version_mismatch", "The file has changed meanwhile."),
            Self::IdempotencyKeyReused => {
                (StatusCode::CONFLICT, "idempotency_key_reused", "The idempotency key belongs to another request.")
            }
            Self::TooManyImports => (StatusCode::CONFLICT, "too_many_imports", "Finish or delete an import first."),
            Self::NotATable => (StatusCode::UNPROCESSABLE_ENTITY, "not_a_table", "The file is not a table that can be imported."),
            Self::StepNotDue => (StatusCode::CONFLICT, "step_not_due", "Another step of the record is due."),
            Self::Restricted => (StatusCode::CONFLICT, "restricted", "The use of this file is blocked."),
            Self::BeingErased => (StatusCode::CONFLICT, "being_erased", "This file is being erased."),
            Self::LegalHold => (StatusCode::CONFLICT, "legal_hold", "This file has to be kept."),
            Self::NotMarked => (StatusCode::CONFLICT, "not_marked", "This file has to be marked for erasure first."),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available just now."),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong."),
        }
    }

    /// The code as it appears in `code` and at the end of `type`.
    pub const fn name(self) -> &'static str {
        self.answer().1
    }
}

/// A refusal, not yet a response.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    done: Option<bool>,
}

/// An error (RFC 9457 problem details).
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// The problem type as a URI reference: `/problems/<code>`.
    #[schema(value_type = String, format = "uri-reference", example = "/problems/not_found")]
    r#type: String,
    /// A fixed sentence for each code, in English.
    #[schema(value_type = String)]
    title: &'static str,
    /// The HTTP status code of the response.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The error code, for programs.
    code: Code,
    /// The invalid fields; present with `invalid_fields` and `weak_password`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// Whether the requested change was made; present with `unavailable` if a part was committed before the rest failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    done: Option<bool>,
}

impl Problem {
    /// A problem described by its code alone.
    pub const fn of(code: Code) -> Self {
        Self { code, errors: Vec::new(), retry_after: None, done: None }
    }

    /// Whether this is the problem.
    pub(super) fn is(&self, code: Code) -> bool {
        self.code == code
    }

    /// The code of the problem.
    #[cfg(test)]
    pub(super) const fn code(&self) -> Code {
        self.code
    }

    pub fn fields(invalid: InvalidFields) -> Self {
        Self { errors: invalid.named(), ..Self::of(Code::InvalidFields) }
    }

    /// A password that is too weak, with the reasons.
    pub(super) fn weak_password(invalid: InvalidFields) -> Self {
        Self { errors: invalid.named(), ..Self::of(Code::WeakPassword) }
    }

    /// A problem that may be gone after `wait`.
    pub(super) const fn later(code: Code, wait: Duration) -> Self {
        Self { code, errors: Vec::new(), retry_after: Some(wait), done: None }
    }

    /// Marks a refusal that came after the requested change was committed: the change stands, only its response could not be produced.
    pub(super) fn but_done(self) -> Self {
        match (self.code, self.done) {
            (Code::Unavailable, None) => Self { done: Some(true), ..self },
            _ => self,
        }
    }

    /// Marks a refusal by which nothing was handed out, even if the audit trail already holds an entry for the request.
    pub(super) fn and_not_done(self) -> Self {
        match (self.code, self.done) {
            (Code::Unavailable, None) => Self { done: Some(false), ..self },
            _ => self,
        }
    }

    /// The database failed midway; `done` says whether the requested change was committed.
    pub(super) const fn half_done(done: bool) -> Self {
        Self { code: Code::Unavailable, errors: Vec::new(), retry_after: Some(Duration::from_secs(5)), done: Some(done) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, name, title) = self.code.answer();
        let Self { code, errors, done, .. } = self;
        let body = ProblemBody { r#type: format!("/problems/{name}"), title, status: status.as_u16(), code, errors, done };
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(json));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.retry_after {
            // Rounded up, and at least 1: an immediate retry would be too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response.extensions_mut().insert(self.code);
        response
    }
}
