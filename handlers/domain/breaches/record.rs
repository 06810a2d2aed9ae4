//! The record of a breach (art. 33(5) GDPR). Its stage is derived from its contents; only `progress` changes it.

use super::{
    evidence::{Affected, AffectedAdviser},
    facts::Facts,
    kinds::BreachStage,
    letter::LetterLine,
    parts::{Assessment, AuthorityTold, Awareness, Decision, End, Notice, PeopleDecision, ReportLine, Suspicion},
    steps::{BreachEvent, NoticeAbout, SystemStep},
    words::BreachText,
};
use crate::domain::{
    later::OrLater,
    organisation::{
        details::OrganisationRole,
        duties::{BreachConcern, CLOCK_REMINDERS, Duties, LETTER_REMINDERS},
    },
    record::Record,
    wire::values::{AccountRef, Moment},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A breach, or a suspected one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Breach {
    /// The suspicion as it was reported.
    pub(super) suspicion: Suspicion,
    /// When the suspicion was reported.
    pub(super) reported_at: Moment,
    /// The facts established so far.
    pub(super) facts: Facts,
    /// When the organisation became aware; absent while it is a suspicion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) aware: Option<Awareness>,
    /// The role of the organisation for client files when it became aware; absent when none was chosen then. A later change of role does
    /// not touch this breach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) role: Option<OrganisationRole>,
    /// What is affected: everything when it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) concerns: Vec<BreachConcern>,
    /// The risk assessment; absent until made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) assessment: Option<Assessment>,
    /// Whether the authority is notified; absent until decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Decision>, nullable = false)]
    pub(super) decision: Option<OrLater<Decision>>,
    /// The parts of the notification, oldest first.
    pub(super) reports: Vec<ReportLine>,
    /// Whether the data subjects are informed; absent until decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PeopleDecision>, nullable = false)]
    pub(super) people: Option<OrLater<PeopleDecision>>,
    /// Other authorities that were notified.
    pub(super) authorities: Vec<AuthorityTold>,
    /// The affected advisers, as last attached; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) affected: Option<Affected>,
    /// The letters to advisers, oldest first.
    pub(super) letters: Vec<LetterLine>,
    /// Reminders already claimed, as hours after becoming aware.
    pub(super) reminded: Vec<u16>,
    /// Notifications that have not all been queued yet.
    pub(super) waiting: Vec<Notice>,
    /// How the record was closed; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<End>, nullable = false)]
    pub(super) end: Option<OrLater<End>>,
}

/// The summary of a breach for lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BreachSummary {
    pub suspicion: Suspicion,
    /// Its stage.
    pub stage: BreachStage,
    /// When the organisation became aware.
    pub aware_at: Option<Moment>,
    /// Whether the authority still has to be notified, or a reason recorded not to.
    pub clock_runs: bool,
    /// Whether other controllers still have to be told, while no clock runs.
    #[serde(default)]
    pub letters_due: bool,
    /// The reminders that have been claimed.
    pub reminded: Vec<u16>,
    /// Whether mails are still to be queued.
    pub waits: bool,
    pub letters_to: Vec<AccountRef>,
}

impl Record for Breach {
    type Event = BreachEvent;
    type Summary = BreachSummary;

    fn summary(&self) -> BreachSummary {
        BreachSummary {
            suspicion: self.suspicion.clone(),
            stage: self.stage(),
            aware_at: self.aware_at(),
            clock_runs: self.clock_runs(),
            letters_due: self.letters_due(),
            reminded: self.reminded.clone(),
            waits: !self.waiting.is_empty(),
            letters_to: self.letters.iter().map(|letter| letter.account).collect(),
        }
    }
}

impl BreachSummary {
    /// Returns the reminders that are due at `now` and not yet claimed.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = u16> {
        let hours = match (self.clock_runs, self.letters_due) {
            (true, _) => CLOCK_REMINDERS,
            (false, true) => LETTER_REMINDERS,
            (false, false) => &[],
        };
        let since = self.aware_at.map(|aware| now.duration_since(aware.at()));
        let over = move |hours: &u16| since.is_some_and(|since| since >= SignedDuration::from_hours((*hours).into()));
        hours.iter().copied().filter(over).filter(|hours| !self.reminded.contains(hours))
    }
}

impl Breach {
    /// Creates the record of a suspicion reported at `now`, of which these officers are to be notified.
    pub fn suspected(suspicion: Suspicion, officers: Vec<AccountRef>, now: Timestamp) -> (Self, BreachEvent) {
        let breach = Self {
            suspicion,
            reported_at: Moment::of(now),
            facts: Facts::default(),
            aware: None,
            role: None,
            concerns: Vec::new(),
            assessment: None,
            decision: None,
            reports: Vec::new(),
            people: None,
            authorities: Vec::new(),
            affected: None,
            letters: Vec::new(),
            reminded: Vec::new(),
            waiting: vec![Notice { about: OrLater::Known(NoticeAbout::Suspicion), to: officers }],
            end: None,
        };
        (breach, BreachEvent::Followed(SystemStep::Suspected))
    }

    /// When the suspicion was reported.
    pub const fn reported_at(&self) -> Moment {
        self.reported_at
    }

    /// Derives the stage from the contents.
    pub const fn stage(&self) -> BreachStage {
        match (&self.end, &self.aware, &self.assessment, &self.decision, &self.people) {
            (Some(OrLater::Known(End::Dismissed { .. })), ..) => BreachStage::Dismissed,
            // Including an end of a kind that only a later version knows.
            (Some(OrLater::Known(End::Closed { .. }) | OrLater::Later(_)), ..) => BreachStage::Closed,
            (None, None, ..) => BreachStage::Suspected,
            (None, Some(_), None, ..) => BreachStage::Aware,
            (None, Some(_), Some(_), None, _) => BreachStage::Assessed,
            (None, Some(_), Some(_), Some(_), None) => BreachStage::Decided,
            (None, Some(_), Some(_), Some(_), Some(_)) => BreachStage::Informed,
        }
    }

    /// The duties that this breach brings, as fixed when the organisation became aware of it.
    pub fn duties(&self) -> Duties<'_> {
        Duties { role: self.role, concerns: &self.concerns }
    }

    /// Whether the 72 hours are running.
    pub fn clock_runs(&self) -> bool {
        self.duties().notifies_authority() && matches!(self.stage(), BreachStage::Aware | BreachStage::Assessed)
    }

    /// Whether letters to other controllers are all that is due, and some are still to be sent.
    pub fn letters_due(&self) -> bool {
        self.aware.is_some() && self.end.is_none() && !self.duties().notifies_authority() && !self.has_all_letters()
    }

    /// Whether every adviser that was found to be affected has a letter. Without a finding nobody knows who has to have one.
    pub(super) fn has_all_letters(&self) -> bool {
        let has_one = |adviser: &AffectedAdviser| self.letters.iter().any(|letter| letter.covers(adviser.account));
        self.affected.as_ref().is_some_and(|affected| affected.advisers.iter().all(has_one))
    }

    /// When the organisation became aware.
    pub fn aware_at(&self) -> Option<Moment> {
        self.aware.as_ref().map(|aware| aware.at)
    }

    /// The facts established so far.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The reason for a late notification.
    pub const fn late_reason(&self) -> Option<&BreachText> {
        match &self.decision {
            Some(OrLater::Known(Decision::Reported { late_reason, .. })) => late_reason.as_ref(),
            Some(OrLater::Known(Decision::NotReported { .. }) | OrLater::Later(_)) | None => None,
        }
    }

    /// The parts of the notification sent so far.
    pub fn reports(&self) -> &[ReportLine] {
        &self.reports
    }

    /// Whether the people concerned were informed.
    pub const fn people(&self) -> Option<&OrLater<PeopleDecision>> {
        self.people.as_ref()
    }

    /// Other authorities that were informed.
    pub fn authorities(&self) -> &[AuthorityTold] {
        &self.authorities
    }

    /// The affected advisers and files, as last attached.
    pub const fn affected(&self) -> Option<&Affected> {
        self.affected.as_ref()
    }

    /// When a letter was written.
    pub fn written_at(&self, letter: u32) -> Option<Moment> {
        self.letters.iter().find(|line| line.number == letter).map(|line| line.written_at)
    }

    /// The number of the next letter.
    pub fn next_letter(&self) -> u32 {
        self.letters.last().map_or(1, |letter| letter.number + 1)
    }

    /// Notices whose mails are still to be queued.
    pub fn waiting(&self) -> &[Notice] {
        &self.waiting
    }
}
