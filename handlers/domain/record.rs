//! Append-only records: each authenticated step names its author and time, and no earlier state can replace a later one.
//!
//! ```text
//! step n of a record = entry n of its chain: who, what, and the digest of the record as it is after the step
//! ```
//!
//! The record is the result of its steps. A change without a step leaves a digest that does not match; a removed step leaves a gap in
//! the chain.

use super::{
    chain::ChainHead,
    ids::{IntentId, WriteId},
    later::Named,
    request_tag::RequestTag,
    stored::BlindIndex,
    wire::{fields::InvalidFields, values::Day},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A kind of record with steps.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// The events of its steps.
    type Event: Serialize + DeserializeOwned + Send + Sync;
    /// The summary for lists.
    type Summary: Serialize + DeserializeOwned + Send + Sync;

    /// Derives the current summary.
    fn summary(&self) -> Self::Summary;

    /// The deadline that its owner has to be warned of in its current state.
    fn alarm(&self) -> Option<Alarm> {
        None
    }
}

/// Why a record refuses a step.
#[derive(Debug)]
pub enum NotTaken {
    /// The record is in a stage that does not allow this step.
    NotDue,
    /// A field contradicts the record.
    Invalid(InvalidFields),
}

impl From<InvalidFields> for NotTaken {
    fn from(invalid: InvalidFields) -> Self {
        Self::Invalid(invalid)
    }
}

/// The deadline of a record. It is stored next to the record and sealed under another key, so it contains no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The last day on which something can be done in time.
    pub due_on: Day,
}

/// The author of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAuthor {
    /// The user signed in to this account.
    Account(BlindIndex),
    /// The program itself, on its timer.
    Maintenance,
    /// The person who operates the program.
    Operator,
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

/// A step in the form that its chain entry holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<E> {
    pub by: StepAuthor,
    /// The intent that was carried out, when an account took the step in a register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentId>,
    /// The request behind it, when that had an idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestTag>,
    pub event: E,
    /// Digest of the record after it.
    pub record: [u8; 32],
}

/// A record in the form that is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptRecord<R> {
    /// The result of its steps.
    pub record: R,
    /// Head of the chain of its steps.
    pub chain: ChainHead,
    /// The alarm that is stored next to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// Whether its record location had a marker when it was written: if the marker is then missing, it was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
}

/// Integrity marker over all records of a record location, so that no single record can be rolled back or removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShelfMarker {
    /// Number of records in the location.
    pub records: u64,
    /// XOR of a keyed tag of each record, over its id and the last link of its chain.
    pub heads: [u8; 32],
    /// For an adviser's record location: the marker of the adviser's partition has the same stamp, so that neither can be rolled back
    /// alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<WriteId>,
}

impl ShelfMarker {
    /// Adds the share of a new record, or of a record after its latest step.
    pub fn come(&mut self, share: [u8; 32]) {
        self.records += 1;
        self.toggle(share);
    }

    /// Removes the share of a deleted record, or of a record before its latest step.
    pub fn go(&mut self, share: [u8; 32]) {
        self.records = self.records.saturating_sub(1);
        self.toggle(share);
    }

    fn toggle(&mut self, share: [u8; 32]) {
        for (byte, other) in self.heads.iter_mut().zip(share) {
            *byte ^= other;
        }
    }
}
