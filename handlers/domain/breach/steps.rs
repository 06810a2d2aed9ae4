//! The steps of a breach: those taken by an officer, and those that follow from another action.

use super::{
    evidence::{Affected, KeysEvidence},
    kinds::{Authority, ReportKind, Risk, WhyNotTold},
    letter::Letter,
    report::SentReport,
    words::{About, AccountRef, BreachLine, BreachText, Member, Moment},
};
use crate::domain::fields::{FieldCode, Fields, InvalidFields};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A step that an officer takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum OfficerStep {
    /// It is a breach: from `at` on, 72 hours are left (art. 33(1) GDPR). Never to be moved.
    BecameAware {
        /// Since when the organisation knows.
        at: Moment,
    },
    /// It was none.
    Dismissed {
        /// Why.
        reason: BreachText,
    },
    /// Something to remember beside the record.
    Annotated {
        /// What.
        note: BreachText,
    },
    /// How great the risk is.
    Assessed {
        /// The outcome.
        risk: Risk,
        /// What it rests on.
        reasons: BreachText,
    },
    /// The authority was told, or told more.
    Reported {
        /// Which part.
        report: ReportKind,
        /// When it was sent.
        sent_at: Moment,
        /// Nothing will follow.
        last: bool,
        /// Why the first part came after 72 hours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        late_reason: Option<BreachText>,
    },
    /// The authority is not told.
    NotReported {
        /// Why.
        reason: BreachText,
    },
    /// The people were told.
    PeopleTold {
        /// When.
        at: Moment,
        /// How.
        how: BreachLine,
        /// How many.
        count: About,
        /// The text that they got.
        text: BreachText,
    },
    /// The people are not told.
    PeopleNotTold {
        /// On which ground.
        ground: WhyNotTold,
        /// Why it applies.
        reason: BreachText,
    },
    /// Another authority was told.
    AuthorityTold {
        /// Which.
        authority: Authority,
        /// When.
        at: Moment,
        /// Its number, or who was spoken to.
        reference: BreachLine,
    },
    /// Done.
    Closed {
        /// What was learnt.
        conclusion: BreachText,
    },
    /// Not done after all.
    Reopened {
        /// Why.
        reason: BreachText,
    },
}

/// What happened to a breach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum BreachEvent {
    /// By an officer's step.
    Taken(OfficerStep),
    /// By something else.
    Followed(SystemStep),
}

/// A step that follows from something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SystemStep {
    /// Somebody reported a suspicion.
    Suspected,
    /// The facts were written anew.
    FactsChanged {
        /// The blocks that changed.
        blocks: Vec<String>,
    },
    /// A part of the notification was sent; kept as it was.
    ReportSent {
        /// What was sent.
        #[serde(flatten)]
        sent: Box<SentReport>,
    },
    /// Who was affected.
    AffectedAttached {
        /// The outcome.
        affected: Box<Affected>,
    },
    /// The state of the keys.
    KeysAttached {
        /// The outcome.
        keys: KeysEvidence,
    },
    /// An adviser was written to; kept as it was.
    LetterSent {
        /// The letter.
        letter: Box<Letter>,
    },
    /// Officers are to be reminded of the clock.
    ReminderClaimed {
        /// Hours after becoming aware.
        hours: u16,
    },
    /// The mails about something are on their way.
    NoticePosted {
        /// What they are about.
        about: NoticeAbout,
        /// To whom.
        to: Vec<AccountRef>,
    },
}

/// What a mail is about. None holds anything of the record but times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeAbout {
    /// A suspicion was reported.
    Suspicion,
    /// So many of the 72 hours are over.
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

fn required<T: super::words::Value>(fields: &mut Fields, name: &str) -> Option<T> {
    if fields.demand(name) { T::value(fields, name) } else { None }
}
