//! The steps of a breach: those taken by an officer, and those that follow from another action.

use super::{
    evidence::{Affected, KeysEvidence},
    kinds::{Authority, ReportKind, Risk, WhyNotTold},
    letter::Letter,
    report::SentReport,
    words::{About, BreachLine, BreachText},
};
use crate::domain::wire::{
    fields::{FieldCode, Fields, InvalidFields},
    object::Member,
    values::{AccountRef, Moment},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A step that an officer takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum OfficerStep {
    /// It is a breach: the organisation became aware at `at`, which starts the 72 hours (art. 33(1) GDPR). Cannot be changed later.
    BecameAware {
        /// When the organisation became aware of the breach.
        at: Moment,
    },
    /// It turned out not to be a breach.
    Dismissed {
        /// Why it is not a breach.
        reason: BreachText,
    },
    /// A note was added.
    Annotated {
        /// The text of the note.
        note: BreachText,
    },
    /// The risk was assessed.
    Assessed {
        /// The assessed level of risk.
        risk: Risk,
        /// The grounds for the assessment.
        reasons: BreachText,
    },
    /// A part of the notification was sent to the authority.
    Reported {
        /// Whether it is the first part, a follow-up or a withdrawal.
        report: ReportKind,
        /// When it was sent to the authority.
        sent_at: Moment,
        /// `true` if no further part will follow.
        last: bool,
        /// Why the first part was sent after 72 hours; absent otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        late_reason: Option<BreachText>,
    },
    /// It was decided not to notify the authority.
    NotReported {
        /// Why a notification is not required.
        reason: BreachText,
    },
    /// The data subjects were informed.
    PeopleTold {
        /// When they were informed.
        at: Moment,
        /// By which means, such as e-mail or letter.
        how: BreachLine,
        /// Approximate number of people who were informed.
        count: About,
        /// The text that they received.
        text: BreachText,
    },
    /// It was decided not to inform the data subjects.
    PeopleNotTold {
        /// The legal ground for not informing them.
        ground: WhyNotTold,
        /// Why that ground applies.
        reason: BreachText,
    },
    /// Another authority was notified.
    AuthorityTold {
        /// The authority that was notified.
        authority: Authority,
        /// When it was notified.
        at: Moment,
        /// The authority's reference, or the name of the person spoken to.
        reference: BreachLine,
    },
    /// The breach has been dealt with.
    Closed {
        /// The lessons learned.
        conclusion: BreachText,
    },
    /// The record was reopened.
    Reopened {
        /// Why it was reopened.
        reason: BreachText,
    },
}

/// An event in the history of a breach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum BreachEvent {
    /// An officer took a step.
    Taken(OfficerStep),
    /// An event that is not an officer's own step.
    Followed(SystemStep),
}

/// An event that follows from another action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SystemStep {
    /// A suspicion was reported.
    Suspected,
    /// The facts were replaced.
    FactsChanged {
        /// Names of the blocks that changed.
        blocks: Vec<String>,
    },
    /// A part of the notification was sent; its content is kept as sent.
    ReportSent {
        /// The part as sent.
        #[serde(flatten)]
        sent: Box<SentReport>,
    },
    /// The result of a search for affected advisers was attached.
    AffectedAttached {
        /// The affected advisers that the search found.
        affected: Box<Affected>,
    },
    /// The state of the data keys was attached.
    KeysAttached {
        /// The state of all data keys at one time.
        keys: KeysEvidence,
    },
    /// A letter was sent to an adviser; its text is kept as sent.
    LetterSent {
        /// The letter as sent.
        letter: Box<Letter>,
    },
    /// A reminder of the 72 hours was claimed: officers will get it.
    ReminderClaimed {
        /// Hours after becoming aware.
        hours: u16,
    },
    /// The notifications on a subject were queued.
    NoticePosted {
        /// The subject of the notifications.
        about: NoticeAbout,
        /// The accounts that receive them.
        to: Vec<AccountRef>,
    },
}

/// The subject of a notification. It contains nothing from the record except times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeAbout {
    /// A suspicion was reported.
    Suspicion,
    /// This many of the 72 hours have passed.
    Deadline(u16),
    /// A letter to an adviser, by its number.
    Letter(u32),
}

impl OfficerStep {
    /// Parses a step that is taken at `now`.
    ///
    /// # Errors
    /// Every refused field with its pointer.
    pub fn read(mut fields: Fields, now: Timestamp) -> Result<Self, InvalidFields> {
        let name = fields.required("step", |text| Ok(text.to_owned()));
        let step = name.and_then(|name| Self::named(&name, &mut fields, now));
        fields.finish(step)
    }

    fn named(name: &str, fields: &mut Fields, now: Timestamp) -> Option<Self> {
        match name {
            "became_aware" => past(fields, "at", now).map(|at| Self::BecameAware { at }),
            "dismissed" => text(fields, "reason").map(|reason| Self::Dismissed { reason }),
            "annotated" => text(fields, "note").map(|note| Self::Annotated { note }),
            "assessed" => {
                let (risk, reasons) = (required(fields, "risk"), text(fields, "reasons"));
                Some(Self::Assessed { risk: risk?, reasons: reasons? })
            }
            "reported" => {
                let (report, sent_at, last) = (required(fields, "report"), past(fields, "sent_at", now), required(fields, "last"));
                let late_reason = Member::member(fields, "late_reason");
                Some(Self::Reported { report: report?, sent_at: sent_at?, last: last?, late_reason })
            }
            "not_reported" => text(fields, "reason").map(|reason| Self::NotReported { reason }),
            "people_told" => {
                let (at, how) = (past(fields, "at", now), required(fields, "how"));
                let (count, text) = (required(fields, "count"), text(fields, "text"));
                Some(Self::PeopleTold { at: at?, how: how?, count: count?, text: text? })
            }
            "people_not_told" => {
                let (ground, reason) = (required(fields, "ground"), text(fields, "reason"));
                Some(Self::PeopleNotTold { ground: ground?, reason: reason? })
            }
            "authority_told" => {
                let (authority, at, reference) = (required(fields, "authority"), past(fields, "at", now), required(fields, "reference"));
                Some(Self::AuthorityTold { authority: authority?, at: at?, reference: reference? })
            }
            "closed" => text(fields, "conclusion").map(|conclusion| Self::Closed { conclusion }),
            "reopened" => text(fields, "reason").map(|reason| Self::Reopened { reason }),
            _ => {
                fields.note("step", FieldCode::UnknownValue);
                None
            }
        }
    }
}

fn text(fields: &mut Fields, name: &str) -> Option<BreachText> {
    required(fields, name)
}

fn past(fields: &mut Fields, name: &str, now: Timestamp) -> Option<Moment> {
    fields.required(name, |text| Moment::parse_by(text, now))
}

fn required<T: crate::domain::wire::object::Value>(fields: &mut Fields, name: &str) -> Option<T> {
    if fields.demand(name) { T::value(fields, name) } else { None }
}
