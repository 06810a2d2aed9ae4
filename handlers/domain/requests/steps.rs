//! The steps of a subject request: what an adviser does about it.

use super::deadline::FurtherMonths;
use crate::{
    closed_set,
    domain::{
        processors::words::{FileDigest, RegisterLine, RegisterText},
        wire::{
            fields::{FieldCode, Fields},
            object::{MAX_ENTRIES, Object, Value, member},
        },
    },
    wire_object,
};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use utoipa::ToSchema;

wire_object! {
    /// A step that an adviser takes.
    pub stored enum RequestStep by "step" {
        /// The requester's identity was verified (art. 12(6) GDPR).
        Identify {
            /// How the identity was verified.
            how: RegisterText,
        },
        /// The deadline was extended (art. 12(3)); the requester was told why.
        Extend {
            /// Number of months added to the deadline.
            months: FurtherMonths,
            /// The reason that the requester was given.
            reason: RegisterText,
        },
        /// The request was answered.
        Answer {
            /// The decision on the request.
            #[schema(value_type = DecisionMembers)]
            flat decision: RequestDecision,
            /// SHA-256 of the copy or letter that was sent; absent if none was recorded.
            copy_sha256: Option<FileDigest>,
        },
        /// Recipients of the data were informed of the outcome (art. 19).
        Tell {
            /// Names of the recipients that were informed.
            #[schema(value_type = Vec<RegisterLine>, min_items = 1, max_items = 100)]
            recipients: Recipients,
        },
        /// A note was added.
        Note {
            /// The text of the note.
            text: RegisterText,
        },
    }
}

/// Decision on a request. `partly` and `refused` need a reason (art. 12(4) GDPR).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum RequestDecision {
    /// The request was granted in full.
    Granted {
        /// An optional remark on the decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<RegisterText>,
    },
    /// The request was granted in part.
    Partly {
        /// Why it was not granted in full.
        reason: RegisterText,
    },
    /// The request was refused.
    Refused {
        /// Why the request was refused.
        reason: RegisterText,
    },
}

/// What [`RequestDecision`] holds, for the document: its members are those of a step, which `step` tells apart from other steps already.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct DecisionMembers {
    /// What was decided.
    decision: RequestVerdict,
    /// Why the request was not granted in full: required unless it was `granted`.
    #[schema(nullable = false)]
    reason: Option<RegisterText>,
}

closed_set! {
    /// The decision on a request.
    pub enum RequestVerdict in "snake_case" {
        /// Granted in full.
        Granted,
        /// Granted in part.
        Partly,
        /// Refused.
        Refused,
    }
}

/// An event in the history of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum RequestEvent {
    /// An adviser took a step.
    Taken(RequestStep),
    /// The request was received.
    Received(Receipt),
}

/// The first event of every request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Receipt {
    /// The request was entered.
    Receive,
}

/// Read by hand: with an unknown decision it is unknown whether a reason is mandatory, yet a given one must be valid.
impl Object for RequestDecision {
    fn members(fields: &mut Fields) -> Option<Self> {
        match fields.required("decision", |text| Ok(text.to_owned())).as_deref() {
            Some("granted") => Some(Self::Granted { reason: member(fields, "reason")? }),
            Some("partly") => member(fields, "reason").map(|reason| Self::Partly { reason }),
            Some("refused") => member(fields, "reason").map(|reason| Self::Refused { reason }),
            other => {
                let _: Option<RegisterText> = Value::optional(fields, "reason");
                if other.is_some() {
                    fields.note("decision", FieldCode::UnknownValue);
                }
                None
            }
        }
    }
}

/// Names of recipients: at least one, and at most as many as a list holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recipients(Vec<RegisterLine>);

impl Value for Recipients {
    fn optional(fields: &mut Fields, name: &str) -> Option<Self> {
        // Entries that are refused individually count.
        let is_any = Cell::new(false);
        let read = |text: &str| {
            is_any.set(true);
            RegisterLine::parse(text)
        };
        let recipients = fields.texts(name, MAX_ENTRIES, read);
        if is_any.get() {
            return Some(Self(recipients));
        }
        fields.note(name, FieldCode::TooShort);
        None
    }
}
