//! What a record contains besides its facts: the reported suspicion, and the results of the steps taken.

use super::{
    kinds::{Authority, ReportKind, Risk, WhyNotTold},
    steps::NoticeAbout,
    words::{About, BreachLine, BreachText},
};
use crate::{
    domain::{
        later::OrLater,
        wire::values::{AccountRef, Moment},
    },
    wire_object,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

wire_object! {
    /// A suspected breach as it was reported.
    pub stored struct Suspicion {
        /// What was noticed, in the reporter's own words.
        what: BreachText,
        /// When it was noticed; not in the future.
        past noticed_at: Moment,
    }
}

/// When the organisation became aware, which starts the 72 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Awareness {
    /// When the organisation became aware of the breach.
    pub at: Moment,
    /// When that was entered in the record.
    pub noted_at: Moment,
}

/// The assessment of the risk to the data subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Assessment {
    /// The assessed level of risk.
    pub risk: Risk,
    /// The grounds for the assessment.
    pub reasons: BreachText,
}

/// Whether the authority is notified (art. 33 GDPR).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "decision", rename_all = "snake_case")]
// A member is called `decision`, and generators name its type after it.
#[schema(as = BreachDecision)]
pub enum Decision {
    /// It was notified.
    Reported {
        /// When the first part of the notification was sent.
        at: Moment,
        /// Why that was after 72 hours; absent otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        late_reason: Option<BreachText>,
    },
    /// It is not notified.
    NotReported {
        /// Why a notification is not required.
        reason: BreachText,
    },
}

/// A part of the notification in short; the full text is in its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportLine {
    /// Sequence number of the part, starting at 1.
    pub number: u32,
    /// Whether it is the first part, a follow-up or a withdrawal.
    pub report: ReportKind,
    /// When it was sent to the authority.
    pub sent_at: Moment,
}

/// Whether the data subjects are informed (art. 34 GDPR).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum PeopleDecision {
    /// They were informed.
    Told {
        /// When they were informed.
        at: Moment,
        /// By which means, such as e-mail or letter.
        how: BreachLine,
        /// Approximate number of people who were informed.
        count: About,
        /// The text that they received.
        text: BreachText,
    },
    /// They are not informed.
    NotTold {
        /// The legal ground for not informing them.
        ground: WhyNotTold,
        /// Why that ground applies.
        reason: BreachText,
    },
}

/// Another authority that was notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuthorityTold {
    /// The authority that was notified.
    pub authority: Authority,
    /// When it was notified.
    pub at: Moment,
    /// The authority's reference, or the name of the person spoken to.
    pub reference: BreachLine,
}

/// How the record was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "end", rename_all = "snake_case")]
// Likewise.
#[schema(as = BreachEnd)]
pub enum End {
    /// It turned out not to be a breach.
    Dismissed {
        /// Why it is not a breach.
        reason: BreachText,
    },
    /// The breach has been dealt with.
    Closed {
        /// The lessons learned.
        conclusion: BreachText,
    },
}

/// Notifications that have not all been queued yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// The subject of the notifications.
    #[schema(value_type = NoticeAbout)]
    pub about: OrLater<NoticeAbout>,
    /// The accounts that receive them.
    pub to: Vec<AccountRef>,
}
