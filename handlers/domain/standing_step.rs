//! The steps that an adviser takes on a client file at a person's request or by law, each with its reason.

use super::{breach::words::Day, later::OrLater, text};
use crate::{closed_set, text_type};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_type!(
    /// Why a file stands as it does: 1 to 1,000 characters over any number of lines, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 1000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    StandingReason,
    |typed| text::visible_block(typed, 1000)
);

closed_set! {
    /// Why data has to be erased (art. 17(1) GDPR).
    pub enum ErasureGround in "snake_case" {
        /// It is not needed any more for what it was collected for.
        NoLongerNeeded,
        /// The consent that it was kept by was withdrawn.
        ConsentWithdrawn,
        /// The person objects, and nothing weighs more.
        Objection,
        /// It should not have been kept.
        Unlawful,
        /// A law asks for it.
        LegalObligation,
        /// The time that the adviser keeps files for is over.
        RetentionOver,
    }
}

/// A step that an adviser takes with a file at somebody's request or by law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum StandingStep {
    /// Its use is blocked.
    Restrict,
    /// It may be used again.
    Release,
    /// It has to be kept, whoever asks for its erasure.
    Hold {
        /// The last day; for good without one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        until: Option<Day>,
    },
    /// It need not be kept any more.
    LiftHold,
    /// It is to be erased.
    Mark {
        /// Why.
        ground: ErasureGround,
    },
    /// It is not to be erased.
    Withdraw,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StandingNote {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Which.
    #[serde(flatten)]
    #[schema(value_type = StandingStep)]
    pub step: OrLater<StandingStep>,
    /// Why.
    pub reason: StandingReason,
}
