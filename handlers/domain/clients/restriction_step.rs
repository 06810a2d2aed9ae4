//! The steps that an adviser takes on a client file at a person's request or by law, each with its reason.

use crate::domain::{later::OrLater, text, wire::values::Day};
use crate::{closed_set, text_type};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_type!(
    /// The reason for a step: 1 to 1,000 characters over any number of lines, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 1000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    RestrictionReason,
    |typed| text::visible_block(typed, 1000)
);

closed_set! {
    /// The legal ground for erasure (art. 17(1) GDPR).
    pub enum ErasureGround in "snake_case" {
        /// The data are no longer needed for their purpose.
        NoLongerNeeded,
        /// The consent on which processing was based was withdrawn.
        ConsentWithdrawn,
        /// The data subject objects, and there are no overriding legitimate grounds (art. 21).
        Objection,
        /// The data were processed unlawfully.
        Unlawful,
        /// The law requires erasure.
        LegalObligation,
        /// The adviser's retention period has expired, so the data are no longer needed (art. 17(1)(a) GDPR).
        RetentionOver,
    }
}

/// A step that changes the processing status of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum RestrictionStep {
    /// Processing is restricted.
    Restrict,
    /// The restriction is lifted.
    Release,
    /// A legal hold is set: the file cannot be erased.
    Hold {
        /// The last day of the hold; absent if it has no end date.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        until: Option<Day>,
    },
    /// The legal hold is lifted.
    LiftHold,
    /// The file is marked for erasure.
    Mark {
        /// The legal ground for erasure.
        ground: ErasureGround,
    },
    /// The mark for erasure is withdrawn.
    Withdraw,
}

/// A step that was taken, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestrictionNote {
    /// When the step was taken.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The step that was taken.
    #[serde(flatten)]
    #[schema(value_type = RestrictionStep)]
    pub step: OrLater<RestrictionStep>,
    /// Why the step was taken.
    pub reason: RestrictionReason,
}
