//! Records that only grow: each step is signed by who took it and when, and no earlier state can be put in the place of a later one.
//!
//! ```text
//! step n of a record = entry n of its chain: who, what, and the digest of the record as it is after the step
//! ```
//!
//! The record is what the steps have made of it. Whoever changes it without a step leaves a digest that does not fit; whoever takes a
//! step out leaves a gap in the chain.

use super::{breach::words::Day, chain::ChainHead, stored::BlindIndex};
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
pub enum By {
    /// Whoever was signed in to this account.
    Account(BlindIndex),
    /// The program itself, on its timer.
    Maintenance,
    /// Whoever operates the program.
    Operator,
}

/// A step, as its entry holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<E> {
    /// Who took it.
    pub by: By,
    /// What happened.
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
}
