//! What a record contains besides its facts: the reported suspicion, and the results of the steps taken.

use super::{
    kinds::{Authority, ReportKind, Risk, WhyNotTold},
    steps::NoticeAbout,
    words::{About, AccountRef, BreachLine, BreachText, Moment},
};
use crate::domain::later::OrLater;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suspicion {
    /// What.
    pub what: BreachText,
    /// When.
    pub noticed_at: Moment,
}

/// The start of the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Awareness {
    /// Since when the organisation knows.
    pub at: Moment,
    /// When that was written down.
    pub noted_at: Moment,
}

/// How great the risk is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Assessment {
    /// The outcome.
    pub risk: Risk,
    /// What it rests on.
    pub reasons: BreachText,
}

/// Whether the authority is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// It was told.
    Reported {
        /// When first.
        at: Moment,
        /// Why that was after 72 hours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        late_reason: Option<BreachText>,
    },
    /// It is not told.
    NotReported {
        /// Why.
        reason: BreachText,
    },
}

/// What the record keeps of a part of the notification; what was sent is in its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportLine {
    /// 1 for the first.
    pub number: u32,
    /// Which part.
    pub report: ReportKind,
    /// When it was sent.
    pub sent_at: Moment,
}

/// Whether the people are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum PeopleDecision {
    /// They were told.
    Told {
        /// When.
        at: Moment,
        /// How.
        how: BreachLine,
        /// How many.
        count: About,
        /// The text that they got.
        text: BreachText,
    },
    /// They are not told.
    NotTold {
        /// On which ground.
        ground: WhyNotTold,
        /// Why it applies.
        reason: BreachText,
    },
}

/// Another authority that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuthorityTold {
    /// Which.
    pub authority: Authority,
    /// When.
    pub at: Moment,
    /// Its number, or who was spoken to.
    pub reference: BreachLine,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// It was no breach.
    Dismissed {
        /// Why.
        reason: BreachText,
    },
    /// Done.
    Closed {
        /// What was learnt.
        conclusion: BreachText,
    },
}

/// Mails that have to be left for people, and are not all there yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// What they are about.
    #[schema(value_type = NoticeAbout)]
    pub about: OrLater<NoticeAbout>,
    /// To whom.
    pub to: Vec<AccountRef>,
}
