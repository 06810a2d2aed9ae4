//! The closed sets of the register of requests.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The right that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// To see what is kept (art. 15 GDPR).
    Access,
    /// To have it corrected (art. 16).
    Rectification,
    /// To have it erased (art. 17).
    Erasure,
    /// To have its use restricted (art. 18).
    Restriction,
    /// To take it elsewhere (art. 20).
    Portability,
    /// To object to its use (art. 21).
    Objection,
}

/// Whether somebody waits for an answer. Those that are open come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Waits.
    Open,
    /// Was answered.
    Answered,
}
