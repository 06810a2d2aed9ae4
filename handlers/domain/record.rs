//! Records that only grow: each step is signed by who took it and when, and no earlier state can be put in the place of a later one.
//!
//! ```text
//! step n of a record = entry n of its chain: who, what, and the digest of the record as it is after the step
//! ```
//!
//! The record is what the steps have made of it. Whoever changes it without a step leaves a digest that does not fit; whoever takes a
//! step out leaves a gap in the chain.

use super::{
    breach::words::Day,
    chain::ChainHead,
    ids::{IntentId, WriteId},
    later::Named,
    request_tag::RequestTag,
    stored::BlindIndex,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A sort of record with steps.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// What can happen to it.
    type Event: Serialize + DeserializeOwned + Send + Sync;
    /// What a list shows of it.
    type Summary: Serialize + DeserializeOwned + Send + Sync;

    /// What a list shows of it now.
    fn summary(&self) -> Self::Summary;

    /// The day that its owner has to be warned of as it is now.
    fn alarm(&self) -> Option<Alarm> {
        None
    }
}

/// What a record has its owner warned of. It lies beside the record, sealed under another key, and so holds nothing personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The last day on which something can be done in time.
    pub due_on: Day,
}

/// Who took a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAuthor {
    /// Whoever was signed in to this account.
    Account(BlindIndex),
    /// The program itself, on its timer.
    Maintenance,
    /// Whoever operates the program.
    Operator,
    /// Of a later version.
    #[serde(untagged)]
    Later(Named),
}

/// A step, as its entry holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<E> {
    pub by: StepAuthor,
    /// The intent that was carried out, when somebody took it in a register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentId>,
    /// The request that asked for it, when that had a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestTag>,
    pub event: E,
    /// Digest of the record after it.
    pub record: [u8; 32],
}

/// A record as it is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptRecord<R> {
    /// What the steps have made of it.
    pub record: R,
    /// Where the chain of its steps stands.
    pub chain: ChainHead,
    /// The alarm that lies beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// Whether the shelf had a marker when it was written: with such a record and no marker, the marker was taken away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
}

/// What vouches for all records of a shelf together, so that none is put back or taken away alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShelfMarker {
    /// How many records the shelf has.
    pub records: u64,
    /// XOR of a keyed tag of each, over its id and the last link of its chain.
    pub heads: [u8; 32],
    /// Of an adviser's shelf: the same is in the marker of the partition, so that neither is put back without the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<WriteId>,
}

impl ShelfMarker {
    /// A record comes, or is there as its last step has made it.
    pub fn come(&mut self, share: [u8; 32]) {
        self.records += 1;
        self.toggle(share);
    }

    /// A record goes, or is no more as it was before its last step.
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
