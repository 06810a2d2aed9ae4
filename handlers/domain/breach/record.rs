//! The record of a breach (art. 33(5) GDPR). How far it is follows from what is in it; `progress` changes it.

use super::{
    evidence::Affected,
    facts::Facts,
    kinds::BreachStage,
    letter::LetterLine,
    parts::{Assessment, AuthorityTold, Awareness, Decision, End, Notice, PeopleDecision, ReportLine, Suspicion},
    steps::{BreachEvent, NoticeAbout, SystemStep},
    words::{AccountRef, BreachText, Moment},
};
use crate::domain::{later::OrLater, record::Record};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Time to tell the authority (art. 33(1) GDPR).
pub const DEADLINE: SignedDuration = SignedDuration::from_hours(72);
/// Hours after becoming aware at which officers are reminded.
pub const REMINDERS: [u16; 4] = [24, 48, 66, 72];

/// A breach, or the suspicion of one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Breach {
    /// What somebody noticed.
    pub(super) suspicion: Suspicion,
    /// When that was reported.
    pub(super) reported_at: Moment,
    /// What is known.
    pub(super) facts: Facts,
    /// The start of the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) aware: Option<Awareness>,
    /// How great the risk is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) assessment: Option<Assessment>,
    /// Whether the authority is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Decision>, nullable = false)]
    pub(super) decision: Option<OrLater<Decision>>,
    /// The parts of the notification.
    pub(super) reports: Vec<ReportLine>,
    /// Whether the people are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PeopleDecision>, nullable = false)]
    pub(super) people: Option<OrLater<PeopleDecision>>,
    /// Other authorities that were told.
    pub(super) authorities: Vec<AuthorityTold>,
    /// Who was affected, as it was attached last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) affected: Option<Affected>,
    /// Letters to advisers.
    pub(super) letters: Vec<LetterLine>,
    /// Hours of the reminders that were claimed.
    pub(super) reminded: Vec<u16>,
    /// Mails that have to be left.
    pub(super) waiting: Vec<Notice>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<End>, nullable = false)]
    pub(super) end: Option<OrLater<End>>,
}

/// What a list shows of a breach.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BreachSummary {
    pub suspicion: Suspicion,
    /// How far it is.
    pub stage: BreachStage,
    /// Since when the organisation knows.
    pub aware_at: Option<Moment>,
    /// Whether the authority still has to be told, or a reason found not to.
    pub clock_runs: bool,
    /// The reminders that were claimed.
    pub reminded: Vec<u16>,
    /// Whether mails still have to be left.
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
            reminded: self.reminded.clone(),
            waits: !self.waiting.is_empty(),
            letters_to: self.letters.iter().map(|letter| letter.account).collect(),
        }
    }
}

impl BreachSummary {
    /// The reminders that are due at `now`.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = u16> {
        let since = self.aware_at.filter(|_| self.clock_runs).map(|aware| now.duration_since(aware.at()));
        let over = move |hours: &u16| since.is_some_and(|since| since >= SignedDuration::from_hours((*hours).into()));
        REMINDERS.into_iter().filter(over).filter(|hours| !self.reminded.contains(hours))
    }
}

impl Breach {
    /// A suspicion that is reported at `now`, of which these officers are to be told.
    pub fn suspected(suspicion: Suspicion, officers: Vec<AccountRef>, now: Timestamp) -> (Self, BreachEvent) {
        let breach = Self {
            suspicion,
            reported_at: Moment::of(now),
            facts: Facts::default(),
            aware: None,
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

    /// How far it is.
    pub const fn stage(&self) -> BreachStage {
        match (&self.end, &self.aware, &self.assessment, &self.decision, &self.people) {
            (Some(OrLater::Known(End::Dismissed { .. })), ..) => BreachStage::Dismissed,
            // However it ended.
            (Some(OrLater::Known(End::Closed { .. }) | OrLater::Later(_)), ..) => BreachStage::Closed,
            (None, None, ..) => BreachStage::Suspected,
            (None, Some(_), None, ..) => BreachStage::Aware,
            (None, Some(_), Some(_), None, _) => BreachStage::Assessed,
            (None, Some(_), Some(_), Some(_), None) => BreachStage::Decided,
            (None, Some(_), Some(_), Some(_), Some(_)) => BreachStage::Informed,
        }
    }

    /// Whether the 72 hours still count.
    pub const fn clock_runs(&self) -> bool {
        matches!(self.stage(), BreachStage::Aware | BreachStage::Assessed)
    }

    /// Since when the organisation knows.
    pub fn aware_at(&self) -> Option<Moment> {
        self.aware.as_ref().map(|aware| aware.at)
    }

    /// What is known of it.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Why the authority was told late.
    pub const fn late_reason(&self) -> Option<&BreachText> {
        match &self.decision {
            Some(OrLater::Known(Decision::Reported { late_reason, .. })) => late_reason.as_ref(),
            Some(OrLater::Known(Decision::NotReported { .. }) | OrLater::Later(_)) | None => None,
        }
    }

    /// The parts of the notification.
    pub fn reports(&self) -> &[ReportLine] {
        &self.reports
    }

    /// Whether the people are told.
    pub const fn people(&self) -> Option<&OrLater<PeopleDecision>> {
        self.people.as_ref()
    }

    /// Other authorities that were told.
    pub fn authorities(&self) -> &[AuthorityTold] {
        &self.authorities
    }

    /// Who was affected, as it was attached last.
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

    /// Mails that have to be left.
    pub fn waiting(&self) -> &[Notice] {
        &self.waiting
    }
}
