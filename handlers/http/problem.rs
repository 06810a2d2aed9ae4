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

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $status:ident, $name:literal, $title:literal;)+) => {
        /// The error codes of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Code {
            /// Every code, in the order of the document.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The code as it appears in `code` and at the end of `type`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// The status of every response with this code.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$code => StatusCode::$status,)+ }
            }

            /// A fixed sentence in English.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }
        }
    };
}

codes! {
    /// The body is not well-formed JSON.
    MalformedJson = BAD_REQUEST, "malformed_json", "The body is not one well-formed JSON value.";
    /// A header is malformed.
    MalformedHeader = BAD_REQUEST, "malformed_header", "A header is not well-formed.";
    /// One or more fields are invalid.
    InvalidFields = UNPROCESSABLE_ENTITY, "invalid_fields", "One or more fields are not valid.";
    /// Only `application/json` is accepted.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be application/json.";
    /// The request exceeds the size limit.
    TooLarge = PAYLOAD_TOO_LARGE, "too_large", "The request is too large.";
    /// The body did not arrive in time.
    RequestTimeout = REQUEST_TIMEOUT, "request_timeout", "The request did not arrive in time.";
    /// It does not exist, or is not visible to the caller.
    NotFound = NOT_FOUND, "not_found", "Not found.";
    /// The resource does not support the method.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "This method is not served here.";
    /// Wrong username or password, or the account is disabled.
    InvalidCredentials = UNAUTHORIZED, "invalid_credentials", "The username or password is incorrect.";
    /// There is no valid session.
    NotSignedIn = UNAUTHORIZED, "not_signed_in", "Sign in first.";
    /// Another step is required first.
    WrongStep = CONFLICT, "wrong_step", "Another step is required first.";
    /// The request came from a screen of another account than the one that is signed in.
    OtherAccount = CONFLICT, "other_account", "Another account is signed in.";
    /// The caller has no permission.
    Forbidden = FORBIDDEN, "forbidden", "This is not allowed.";
    /// The request was sent by another site.
    CrossOrigin = FORBIDDEN, "cross_origin", "The request came from another site.";
    /// The request was not sent over HTTPS.
    HttpsRequired = FORBIDDEN, "https_required", "HTTPS is required.";
    /// Too soon after failures, or too many requests.
    TooManyAttempts = TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts; wait before the next.";
    /// The server is overloaded.
    Overloaded = SERVICE_UNAVAILABLE, "overloaded", "The server is overloaded; try again shortly.";
    /// Another account has this username.
    UsernameTaken = CONFLICT, "username_taken", "Another account has this username.";
    /// The password does not meet the policy.
    WeakPassword = UNPROCESSABLE_ENTITY, "weak_password", "The password is not strong enough.";
    /// The second factor was wrong.
    WrongCode = UNAUTHORIZED, "wrong_code", "The code is incorrect.";
    /// An officer must set up a second factor first.
    TwoFactorRequired = FORBIDDEN, "two_factor_required", "Two-factor authentication is required.";
    /// The officer who proposed something cannot approve it.
    SameOfficer = FORBIDDEN, "same_officer", "Another officer has to approve this.";
    /// One of the two officers created the other's account, or the same person created both.
    RelatedOfficer = FORBIDDEN, "related_officer", "An officer whose account was created by somebody else has to do this.";
    /// The successor's account was created by the officer who proposed the handover.
    RelatedSuccessor = FORBIDDEN, "related_successor", "An officer who did not create the successor's account has to propose this.";
    /// No other officer can confirm it; the operator has to create the account.
    NoSecondOfficer = CONFLICT, "no_second_officer", "No other officer can confirm this: the operator has to create the account.";
    /// The leaver's account is not disabled.
    LeaverNotDisabled = CONFLICT, "leaver_not_disabled", "The leaver's account has to be disabled first.";
    /// The successor's account is not active.
    SuccessorNotActive = CONFLICT, "successor_not_active", "The successor's account is not active.";
    /// The files of both advisers have different controllers: passing them on is a disclosure.
    OtherController = CONFLICT, "other_controller", "The advisers work for different controllers.";
    /// A handover of the account's files prevents this.
    HandOverExists = CONFLICT, "hand_over_exists", "A handover of this account is in progress.";
    /// `If-Match` is missing.
    VersionMissing = PRECONDITION_REQUIRED, "version_missing", "If-Match must name the version.";
    /// The resource has changed: `If-Match` does not match.
    VersionMismatch = PRECONDITION_FAILED, "version_mismatch", "The resource has changed.";
    /// The idempotency key was used for another request.
    IdempotencyKeyReused = CONFLICT, "idempotency_key_reused", "The idempotency key belongs to another request.";
    /// Finish or discard other imports first.
    TooManyImports = CONFLICT, "too_many_imports", "Finish or delete an import first.";
    /// The uploaded file cannot be imported.
    NotATable = UNPROCESSABLE_ENTITY, "not_a_table", "The file is not a table that can be imported.";
    /// The record is not in a stage that allows this step.
    StepNotDue = CONFLICT, "step_not_due", "This step is not allowed now.";
    /// Processing of the file is restricted.
    Restricted = CONFLICT, "restricted", "Processing of this file is restricted.";
    /// The file is being erased.
    BeingErased = CONFLICT, "being_erased", "This file is being erased.";
    /// The file is under a legal hold.
    LegalHold = CONFLICT, "legal_hold", "There is a legal hold on this file.";
    /// The file is not marked for erasure.
    NotMarked = CONFLICT, "not_marked", "This file has to be marked for erasure first.";
    /// A service that FinRust depends on is unavailable.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable.";
    /// An internal error.
    Internal = INTERNAL_SERVER_ERROR, "internal", "An internal error occurred.";
}

impl Code {
    /// The problem type, which is the path of its page.
    pub fn path(self) -> String {
        format!("{PREFIX}{}", self.name())
    }
}

/// Path of the pages about problem types, before the name of a code.
pub const PREFIX: &str = "/problems/";

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
        let Self { code, errors, done, .. } = self;
        let (status, title) = (code.status(), code.title());
        let body = ProblemBody { r#type: code.path(), title, status: status.as_u16(), code, errors, done };
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

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn a_code_is_written_as_it_is_called() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).expect("a name"), code.name());
        }
    }
}
