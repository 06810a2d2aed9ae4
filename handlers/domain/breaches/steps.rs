//! The steps of a breach: those taken by an officer, and those that follow from another action.

use super::{
    evidence::{Affected, KeysEvidence},
    kinds::{Authority, ReportKind, Risk, WhyNotTold},
    letter::Letter,
    report::SentReport,
    words::{About, BreachLine, BreachText},
};
use crate::{
    domain::{
        organisation::{details::OrganisationRole, duties::BreachConcern},
        wire::values::{AccountRef, Moment},
    },
    wire_object,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

wire_object! {
    /// A step that an officer takes.
    pub stored enum OfficerStep by "step" {
        /// It is a breach: the organisation became aware at `at`, which starts the 72 hours (art. 33(1) GDPR). Cannot be changed later.
        BecameAware {
            /// When the organisation became aware of the breach.
            past at: Moment,
            /// What is affected; everything when it is absent or empty. Cannot be changed later.
            concerns: Vec<BreachConcern>,
            /// The role of the organisation for client files at that time; absent when none was chosen then.
            #[schema(read_only)]
            kept role: Option<OrganisationRole>,
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
            past sent_at: Moment,
            /// `true` if no further part will follow.
            last: bool,
            /// Why the first part was sent after 72 hours; absent otherwise.
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
            past at: Moment,
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
            past at: Moment,
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
