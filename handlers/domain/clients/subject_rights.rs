//! The information about processing that goes with the data itself (art. 15(1) GDPR): closed sets, worded by the front end.

use serde::Serialize;
use utoipa::ToSchema;

/// A purpose for which a client file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Financial advice, and keeping it up to date.
    FinancialAdvice,
    /// Legal duties of advisers: documenting the basis of advice, and identifying the client.
    LegalDuties,
    /// Answering the data subject, and recording who did what with the file.
    Accountability,
}

/// The purposes of a client file; the product has no others.
pub const PURPOSES: [Purpose; 3] = [Purpose::FinancialAdvice, Purpose::LegalDuties, Purpose::Accountability];

/// Where the data came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// Entered by the adviser, from what the client said or from documents.
    EnteredByAdviser,
    /// Imported by the adviser from a table.
    ImportedByAdviser,
    /// Transferred from a previous adviser.
    Predecessor,
}

/// A right of the data subject (GDPR).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectRight {
    /// Access (art. 15).
    Access,
    /// Rectification (art. 16).
    Rectification,
    /// Erasure (art. 17).
    Erasure,
    /// Restriction of processing (art. 18).
    Restriction,
    /// Data portability (art. 20).
    Portability,
    /// Objection (art. 21).
    Objection,
    /// No decision based solely on automated processing (art. 22).
    HumanDecision,
    /// Withdrawal of consent (art. 7(3)).
    WithdrawConsent,
    /// A complaint to the Dutch Data Protection Authority (art. 77).
    Complaint,
}

/// The rights of a data subject.
pub const RIGHTS: [SubjectRight; 9] = [
    SubjectRight::Access,
    SubjectRight::Rectification,
    SubjectRight::Erasure,
    SubjectRight::Restriction,
    SubjectRight::Portability,
    SubjectRight::Objection,
    SubjectRight::HumanDecision,
    SubjectRight::WithdrawConsent,
    SubjectRight::Complaint,
];
