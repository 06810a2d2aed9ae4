//! Problem details (RFC 9457): the one place where an ending becomes an answer. Every match lists every case.
//!
//! `title` is a fixed English sentence per code; people read the sentences of the front end. No internal text ever leaves.

use crate::{
    domain::{
        fields::{FieldError, InvalidFields},
        session::Denied,
    },
    flows::{
        breaches::BreachFailure, clients::ClientsFailure, cursors::bad_cursor, exports::ExportFailure, failure::Failure,
        imports::ImportFailure, processors::ProcessorFailure,
    },
    store::error::StoreError,
};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;

/// The codes of the API: a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Not one well-formed JSON value.
    MalformedJson,
    /// One or more fields are refused.
    InvalidFields,
    /// Only `application/json` is taken.
    UnsupportedMediaType,
    /// Larger than the limit.
    TooLarge,
    /// The body did not arrive in time.
    RequestTimeout,
    /// No such thing, or not the caller's.
    NotFound,
    /// The resource has no such method.
    MethodNotAllowed,
    /// Unknown, wrong or disabled.
    InvalidCredentials,
    /// No living session.
    NotSignedIn,
    /// Another step is due.
    WrongStep,
    /// The right is missing.
    Forbidden,
    /// Sent by another site.
    CrossOrigin,
    /// Sent without encryption.
    HttpsRequired,
    /// Too early or too fast.
    TooManyAttempts,
    /// Too much at once.
    Overloaded,
    /// Another account has the username.
    UsernameTaken,
    /// Not strong enough.
    WeakPassword,
    /// Wrong second factor.
    WrongCode,
    /// An officer has to enrol a second factor first.
    TwoFactorRequired,
    /// `If-Match` is missing.
    VersionMissing,
    /// The file has another version.
    VersionMismatch,
    /// The idempotency key was used for another file.
    IdempotencyKeyReused,
    /// Others have to be finished or thrown away first.
    TooManyImports,
    /// A file that cannot be imported at all.
    NotATable,
    /// Another step of the record is due.
    StepNotDue,
    /// Something FinRust depends on is out of reach.
    Unavailable,
    /// A defect.
    Internal,
}

impl Code {
    const fn answer(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::MalformedJson => (StatusCode::BAD_REQUEST, "malformed_json", "The body is not one well-formed JSON value."),
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
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "This is not allowed."),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "cross_origin", "The request came from another site."),
            Self::HttpsRequired => (StatusCode::FORBIDDEN, "https_required", "Only https is served."),
            Self::TooManyAttempts => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts; wait before the next."),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too much at once; try again shortly."),
            Self::UsernameTaken => (StatusCode::CONFLICT, "username_taken", "Another account has this username."),
            Self::WeakPassword => (StatusCode::UNPROCESSABLE_ENTITY, "weak_password", "The password is not strong enough."),
            Self::WrongCode => (StatusCode::UNAUTHORIZED, "wrong_code", "The code is not right."),
            Self::TwoFactorRequired => (StatusCode::FORBIDDEN, "two_factor_required", "Two-factor authentication is required."),
            Self::VersionMissing => (StatusCode::PRECONDITION_REQUIRED, "version_missing", "If-Match must name the version."),
            Self::VersionMismatch => (StatusCode::PRECONDITION_FAILED, "version_mismatch", "The file has changed meanwhile."),
            Self::IdempotencyKeyReused => {
                (StatusCode::CONFLICT, "idempotency_key_reused", "The idempotency key belongs to another request.")
            }
            Self::TooManyImports => (StatusCode::CONFLICT, "too_many_imports", "Finish or delete an import first."),
            Self::NotATable => (StatusCode::UNPROCESSABLE_ENTITY, "not_a_table", "The file is not a table that can be imported."),
            Self::StepNotDue => (StatusCode::CONFLICT, "step_not_due", "Another step of the record is due."),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available just now."),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong."),
        }
    }

    /// The code as it stands in `code` and at the end of `type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.answer().1
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
}

/// The body of a problem.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`
    #[schema(value_type = String, format = "uri-reference", example = "/problems/not_found")]
    r#type: String,
    /// A fixed sentence per code.
    #[schema(value_type = String)]
    title: &'static str,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened.
    code: Code,
    /// Every refused field; present for `invalid_fields` and `weak_password`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

impl Problem {
    /// A problem that needs no more than its code.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self { code, errors: Vec::new(), retry_after: None }
    }

    /// Refused fields.
    #[must_use]
    pub fn fields(invalid: InvalidFields) -> Self {
        Self { errors: invalid.0, ..Self::of(Code::InvalidFields) }
    }

    const fn later(code: Code, wait: Duration) -> Self {
        Self { code, errors: Vec::new(), retry_after: Some(wait) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, name, title) = self.code.answer();
        let body =
            ProblemBody { r#type: format!("/problems/{name}"), title, status: status.as_u16(), code: self.code, errors: self.errors };
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(json));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.retry_after {
            // Rounded up, and never 0: coming back at once would be too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response.extensions_mut().insert(self.code);
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::InvalidCredentials(_) => Self::of(Code::InvalidCredentials),
            Failure::WrongCode(_) | Failure::WrongEnrolmentCode => Self::of(Code::WrongCode),
            Failure::Overloaded(_, wait) => Self::later(Code::Overloaded, wait),
            Failure::TooManyAttempts(_, wait) | Failure::TooManyRequests(wait) => Self::later(Code::TooManyAttempts, wait),
            Failure::NotSignedIn => Self::of(Code::NotSignedIn),
            Failure::WrongStep => Self::of(Code::WrongStep),
            Failure::Denied(denied) => denied.into(),
            Failure::Invalid(invalid) => Self::fields(invalid),
            Failure::WeakPassword(invalid) => Self { errors: invalid.0, ..Self::of(Code::WeakPassword) },
            Failure::UsernameTaken => Self::of(Code::UsernameTaken),
            Failure::NotFound => Self::of(Code::NotFound),
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<ClientsFailure> for Problem {
    fn from(failure: ClientsFailure) -> Self {
        match failure {
            ClientsFailure::NotFound => Self::of(Code::NotFound),
            ClientsFailure::VersionMismatch => Self::of(Code::VersionMismatch),
            ClientsFailure::KeyReused => Self::of(Code::IdempotencyKeyReused),
            ClientsFailure::Invalid(invalid) => Self::fields(invalid),
            ClientsFailure::Store(error) => error.into(),
        }
    }
}

impl From<ImportFailure> for Problem {
    fn from(failure: ImportFailure) -> Self {
        match failure {
            ImportFailure::NotFound => Self::of(Code::NotFound),
            ImportFailure::WrongStep => Self::of(Code::WrongStep),
            ImportFailure::TooMany => Self::of(Code::TooManyImports),
            ImportFailure::NotATable => Self::of(Code::NotATable),
            ImportFailure::Invalid(invalid) => Self::fields(invalid),
            ImportFailure::Store(error) => error.into(),
        }
    }
}

impl From<ExportFailure> for Problem {
    fn from(failure: ExportFailure) -> Self {
        match failure {
            ExportFailure::Account(failure) => failure.into(),
            ExportFailure::KeyReused => Self::of(Code::IdempotencyKeyReused),
        }
    }
}

impl From<ProcessorFailure> for Problem {
    fn from(failure: ProcessorFailure) -> Self {
        match failure {
            ProcessorFailure::NotFound => Self::of(Code::NotFound),
            ProcessorFailure::NotDue => Self::of(Code::StepNotDue),
            ProcessorFailure::VersionMismatch => Self::of(Code::VersionMismatch),
            ProcessorFailure::Invalid(invalid) => Self::fields(invalid),
            ProcessorFailure::Store(error) => error.into(),
        }
    }
}

impl From<BreachFailure> for Problem {
    fn from(failure: BreachFailure) -> Self {
        match failure {
            BreachFailure::NotFound => Self::of(Code::NotFound),
            BreachFailure::NotDue => Self::of(Code::StepNotDue),
            BreachFailure::VersionMismatch => Self::of(Code::VersionMismatch),
            BreachFailure::Invalid(invalid) => Self::fields(invalid),
            BreachFailure::Store(error) => error.into(),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Forbidden => Self::of(Code::Forbidden),
            Denied::TwoFactorRequired => Self::of(Code::TwoFactorRequired),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { retry_after } => Self::later(Code::Unavailable, retry_after),
            StoreError::Unavailable | StoreError::Unknown | StoreError::Stale => Self::later(Code::Unavailable, Duration::from_secs(5)),
            StoreError::Keys(cause) => {
                tracing::error!(event = "keys_unavailable", cause = cause.to_string());
                Self::later(Code::Unavailable, Duration::from_secs(5))
            }
            StoreError::BadCursor => Self::fields(bad_cursor()),
            StoreError::DoesNotOpen => {
                tracing::error!(event = "does_not_open");
                Self::of(Code::Internal)
            }
        }
    }
}
