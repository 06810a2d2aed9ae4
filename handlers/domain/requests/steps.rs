//! The steps of a subject request: what an adviser does about it.

use super::deadline::FurtherMonths;
use crate::domain::{
    processors::words::{FileDigest, RegisterLine, RegisterText},
    wire::fields::{FieldCode, Fields, InvalidFields},
};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use utoipa::ToSchema;

/// Maximum number of recipients in one step.
const MAX_RECIPIENTS: usize = 100;

/// A step that an adviser takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum RequestStep {
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
        #[serde(flatten)]
        decision: RequestDecision,
        /// SHA-256 of the copy or letter that was sent; absent if none was recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        copy_sha256: Option<FileDigest>,
    },
    /// Recipients of the data were informed of the outcome (art. 19).
    Tell {
        /// Names of the recipients that were informed.
        #[schema(min_items = 1, max_items = 100)]
        recipients: Vec<RegisterLine>,
    },
    /// A note was added.
    Note {
        /// The text of the note.
        text: RegisterText,
    },
}

/// Decision on a request. `partly` and `refused` need a reason (art. 12(4) GDPR).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum RequestDecision {
    /// The request was granted in full.
    Granted {
        /// An optional remark on the decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
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

impl RequestStep {
    /// Parses a step.
    ///
    /// # Errors
    /// Every refused field with its pointer.
    pub fn read(mut fields: Fields) -> Result<Self, InvalidFields> {
        let name = fields.required("step", |text| Ok(text.to_owned()));
        let step = name.and_then(|name| Self::named(&name, &mut fields));
        fields.finish(step)
    }

    fn named(name: &str, fields: &mut Fields) -> Option<Self> {
        match name {
            "identify" => text(fields, "how").map(|how| Self::Identify { how }),
            "extend" => {
                let (months, reason) = (months(fields), text(fields, "reason"));
                Some(Self::Extend { months: months?, reason: reason? })
            }
            "answer" => {
                let (decision, copy_sha256) = (RequestDecision::read(fields), fields.optional("copy_sha256", FileDigest::parse));
                Some(Self::Answer { decision: decision?, copy_sha256 })
            }
            "tell" => Some(Self::Tell { recipients: recipients(fields) }),
            "note" => text(fields, "text").map(|text| Self::Note { text }),
            _ => {
                fields.note("step", FieldCode::UnknownValue);
                None
            }
        }
    }
}

impl RequestDecision {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.required("decision", |text| Ok(text.to_owned()));
        match name.as_deref() {
            Some("granted") => Some(Self::Granted { reason: fields.optional("reason", RegisterText::parse) }),
            Some("partly") => text(fields, "reason").map(|reason| Self::Partly { reason }),
            Some("refused") => text(fields, "reason").map(|reason| Self::Refused { reason }),
            other => {
                // Whether a reason is mandatory is unknown; a given one must be valid.
                let _: Option<RegisterText> = fields.optional("reason", RegisterText::parse);
                if other.is_some() {
                    fields.note("decision", FieldCode::UnknownValue);
                }
                None
            }
        }
    }
}

fn text(fields: &mut Fields, name: &str) -> Option<RegisterText> {
    fields.required(name, RegisterText::parse)
}

fn months(fields: &mut Fields) -> Option<FurtherMonths> {
    fields.required_integer("months", FurtherMonths::parse)
}

/// At least one entry is required. Entries that are refused individually count.
fn recipients(fields: &mut Fields) -> Vec<RegisterLine> {
    if !fields.demand("recipients") {
        return Vec::new();
    }
    let some = Cell::new(false);
    let read = |text: &str| {
        some.set(true);
        RegisterLine::parse(text)
    };
    let recipients = fields.texts("recipients", MAX_RECIPIENTS, read);
    if !some.get() {
        fields.note("recipients", FieldCode::TooShort);
    }
    recipients
}
