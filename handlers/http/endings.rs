//! The one place where a failure becomes a response. Every match is exhaustive.

use super::problem::{Code, Problem};
use crate::{
    domain::{
        accounts::lineage::NotTwo,
        clients::restrictions::ErasureObstacle,
        hand_overs::record::HandOverRefused,
        sign_in::session::Denied,
        wire::fields::{FieldCode, InvalidFields},
    },
    flows::{
        clients::{erasing::ErasingFailure, files::ClientsFailure, restrictions::RestrictionFailure},
        exports::run::ExportFailure,
        failure::Failure,
        imports::uploads::ImportFailure,
        registers::steps::RegisterFailure,
    },
    store::error::StoreError,
};
use std::time::Duration;

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
            Failure::WeakPassword(invalid) => Self::weak_password(invalid),
            Failure::UsernameTaken => Self::of(Code::UsernameTaken),
            Failure::HandOver(refused) => refused.into(),
            Failure::NotTwo(not_two) => not_two.into(),
            Failure::NotFound => Self::of(Code::NotFound),
            Failure::KeyReused => Self::of(Code::IdempotencyKeyReused),
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<ClientsFailure> for Problem {
    fn from(failure: ClientsFailure) -> Self {
        match failure {
            ClientsFailure::NotFound => Self::of(Code::NotFound),
            ClientsFailure::Restricted => Self::of(Code::Restricted),
            ClientsFailure::BeingErased => Self::of(Code::BeingErased),
            ClientsFailure::LegalHold => Self::of(Code::LegalHold),
            ClientsFailure::VersionMismatch => Self::of(Code::VersionMismatch),
            ClientsFailure::KeyReused => Self::of(Code::IdempotencyKeyReused),
            ClientsFailure::Invalid(invalid) => Self::fields(invalid),
            ClientsFailure::Store(error) => error.into(),
        }
    }
}

impl From<RestrictionFailure> for Problem {
    fn from(failure: RestrictionFailure) -> Self {
        match failure {
            RestrictionFailure::NotFound => Self::of(Code::NotFound),
            RestrictionFailure::WrongStep => Self::of(Code::WrongStep),
            RestrictionFailure::Invalid(invalid) => Self::fields(invalid),
            RestrictionFailure::KeyReused => Self::of(Code::IdempotencyKeyReused),
            RestrictionFailure::Store(error) => error.into(),
        }
    }
}

impl From<ErasingFailure> for Problem {
    fn from(failure: ErasingFailure) -> Self {
        match failure {
            ErasingFailure::NotFound => Self::of(Code::NotFound),
            ErasingFailure::Obstacle(ErasureObstacle::NotMarked) => Self::of(Code::NotMarked),
            ErasingFailure::Obstacle(ErasureObstacle::LegalHold) => Self::of(Code::LegalHold),
            ErasingFailure::Obstacle(ErasureObstacle::Restricted) => Self::of(Code::Restricted),
            ErasingFailure::Account(failure) => failure.into(),
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
            ImportFailure::KeyReused => Self::of(Code::IdempotencyKeyReused),
            ImportFailure::Store(error) => error.into(),
        }
    }
}

impl From<ExportFailure> for Problem {
    fn from(failure: ExportFailure) -> Self {
        match failure {
            ExportFailure::Account(failure) => failure.into(),
            ExportFailure::KeyReused => Self::of(Code::IdempotencyKeyReused),
            ExportFailure::BeingErased => Self::of(Code::BeingErased),
        }
    }
}

impl From<HandOverRefused> for Problem {
    fn from(refused: HandOverRefused) -> Self {
        Self::of(match refused {
            HandOverRefused::SameOfficer => Code::SameOfficer,
            HandOverRefused::WrongStep => Code::WrongStep,
            HandOverRefused::OtherController => Code::OtherController,
            HandOverRefused::LeaverNotDisabled => Code::LeaverNotDisabled,
            HandOverRefused::SuccessorNotActive => Code::SuccessorNotActive,
            HandOverRefused::Exists => Code::HandOverExists,
        })
    }
}

impl From<NotTwo> for Problem {
    fn from(not_two: NotTwo) -> Self {
        Self::of(match not_two {
            NotTwo::SameOfficer => Code::SameOfficer,
            NotTwo::NotInOffice => Code::WrongStep,
            NotTwo::RelatedOfficer => Code::RelatedOfficer,
            NotTwo::RelatedSuccessor => Code::RelatedSuccessor,
            NotTwo::NoSecondOfficer => Code::NoSecondOfficer,
        })
    }
}

impl From<RegisterFailure> for Problem {
    fn from(failure: RegisterFailure) -> Self {
        match failure {
            RegisterFailure::NotFound => Self::of(Code::NotFound),
            RegisterFailure::NotDue => Self::of(Code::StepNotDue),
            RegisterFailure::VersionMismatch => Self::of(Code::VersionMismatch),
            RegisterFailure::Invalid(invalid) => Self::fields(invalid),
            RegisterFailure::KeyReused => Self::of(Code::IdempotencyKeyReused),
            RegisterFailure::Store(error) => error.into(),
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
            StoreError::HalfDone { done } => Self::half_done(done),
            StoreError::Keys(cause) => {
                tracing::error!(event = "keys_unavailable", cause = cause.to_string());
                Self::later(Code::Unavailable, Duration::from_secs(5))
            }
            StoreError::Refused => Self::of(Code::NotSignedIn),
            StoreError::BadCursor => Self::fields(InvalidFields::one("/cursor", FieldCode::InvalidFormat)),
            StoreError::DoesNotOpen => {
                tracing::error!(event = "does_not_open");
                Self::of(Code::Internal)
            }
        }
    }
}
