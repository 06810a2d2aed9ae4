//! The steps of a subject request: what an adviser does about it.

use super::deadline::FurtherMonths;
use crate::domain::{
    fields::{FieldCode, Fields, InvalidFields},
    processor::words::{FileDigest, RegisterLine, RegisterText},
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
    /// Who asks is who they say they are (art. 12(6) GDPR).
    Identify {
        /// How that was found out.
        how: RegisterText,
    },
    /// It takes longer (art. 12(3)): who asks has been told, and why.
    Extend {
        /// How much longer.
        months: FurtherMonths,
        /// Why.
        reason: RegisterText,
    },
    /// Who asked has the answer.
    Answer {
        /// What it is.
        #[serde(flatten)]
        decision: RequestDecision,
        /// SHA-256 of the copy or the letter that was sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        copy_sha256: Option<FileDigest>,
    },
    /// Others who have the data were told what became of it (art. 19).
    Tell {
        /// Who.
        #[schema(min_items = 1, max_items = 100)]
        recipients: Vec<RegisterLine>,
    },
    /// Something to remember.
    Note {
        /// What.
        text: RegisterText,
    },
}

/// What becomes of a request. Who does less than was asked says why (art. 12(4) GDPR).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum RequestDecision {
    /// Everything that was asked.
    Granted {
        /// Whatever there is to say about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        reason: Option<RegisterText>,
    },
    /// A part of it.
    Partly {
        /// Why not all.
        reason: RegisterText,
    },
    /// Nothing of it.
    Refused {
        /// Why.
        reason: RegisterText,
    },
}

/// What happened to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum RequestEvent {
    /// By an adviser's step.
    Taken(RequestStep),
    /// It came in.
    Received(Receipt),
}

/// The first step, which no adviser takes twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Receipt {
    /// It was entered as it is.
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
