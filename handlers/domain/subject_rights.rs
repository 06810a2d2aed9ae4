//! The information about processing that goes with the data itself (art. 15(1) GDPR): closed sets, worded by the front end.

use serde::Serialize;
use utoipa::ToSchema;

/// What a client file is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Advice on the person's finances, and keeping it up to date.
    FinancialAdvice,
    /// What the law asks of advisers: showing what advice rests on, knowing the client.
    LegalDuties,
    /// Answering the person, and proving who did what with the file.
    Accountability,
}

/// The purposes of a client file; the product has no others.
pub const PURPOSES: [Purpose; 3] = [Purpose::FinancialAdvice, Purpose::LegalDuties, Purpose::Accountability];

/// Where data came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// Typed in by the adviser, as the person told it or papers showed it.
    EnteredByAdviser,
    /// Out of a table of the adviser's.
    ImportedByAdviser,
    /// A predecessor of the adviser.
    Predecessor,
}

/// What a person may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectRight {
    /// Correcting what is wrong (art. 16).
    Rectification,
    /// Erasing (art. 17).
    Erasure,
    /// Blocking the use (art. 18).
    Restriction,
    /// Taking the data along (art. 20).
    Portability,
    /// Objecting (art. 21).
    Objection,
    /// Taking back a consent (art. 7(3)).
    WithdrawConsent,
    /// Complaining to the Autoriteit Persoonsgegevens (art. 77).
    Complaint,
}

/// The rights of a data subject.
pub const RIGHTS: [SubjectRight; 7] = [
    SubjectRight::Rectification,
    SubjectRight::Erasure,
    SubjectRight::Restriction,
    SubjectRight::Portability,
    SubjectRight::Objection,
    SubjectRight::WithdrawConsent,
    SubjectRight::Complaint,
];
