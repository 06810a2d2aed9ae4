//! The notification to the Dutch authority, in its blocks, built from the current state of a record (art. 33(3) to (5) GDPR).

use super::{
    facts::{
        Actions, Contact, CrossBorder, DataKinds, Effects, Incident, Informing, Organisation, Other, PeopleConcerned, Protection, Timeline,
    },
    kinds::{LegalBasis, ReportKind},
    parts::{AuthorityTold, PeopleDecision},
    record::Breach,
    words::{BreachLine, BreachText, Moment},
};
use crate::domain::later::OrLater;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of the notification as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentReport {
    /// When.
    pub sent_at: Moment,
    /// What it said.
    pub content: ApReport,
}

/// The notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApReport {
    /// Block 0.
    pub kind: ReportHead,
    /// Block 1.
    pub organisation: Organisation,
    /// Block 1: who fills the form in.
    pub reporter: Contact,
    /// Block 1: who answers questions.
    pub contact: Contact,
    /// Block 2.
    pub timeline: ReportTimeline,
    /// Block 3.
    pub incident: Incident,
    /// Block 4.
    pub data: DataKinds,
    /// Block 5.
    pub people: PeopleConcerned,
    /// Block 6.
    pub protection: Protection,
    /// Block 7.
    pub effects: Effects,
    /// Block 8.
    pub actions: Actions,
    /// Block 9.
    pub informing: ReportInforming,
    /// Block 10.
    pub cross_border: ReportCrossBorder,
    /// Block 11.
    pub other: Other,
}

/// Which part of the notification it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportHead {
    /// Which part.
    pub report: ReportKind,
    /// 1 for the first part.
    pub number: u32,
    /// The part before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub earlier: Option<u32>,
    /// The number that the authority gave earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub earlier_reference: Option<BreachLine>,
    /// Nothing will follow.
    pub last: bool,
    /// The law that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub legal_basis: Option<LegalBasis>,
}

/// When.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportTimeline {
    /// Since when the organisation knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub aware_at: Option<Moment>,
    /// Why the notification comes after 72 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub late_reason: Option<BreachText>,
    /// The rest.
    pub facts: Timeline,
}

/// What the people know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportInforming {
    /// The decision, once taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PeopleDecision>, nullable = false)]
    pub decision: Option<OrLater<PeopleDecision>>,
    /// What is intended.
    pub facts: Informing,
}

/// Abroad, and other authorities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportCrossBorder {
    /// Other authorities that were told.
    pub authorities: Vec<AuthorityTold>,
    /// The rest.
    pub facts: CrossBorder,
}

impl ApReport {
    /// Builds the notification from the current state of `breach`.
    pub fn of(breach: &Breach, report: ReportKind, last: bool, late_reason: Option<BreachText>) -> Self {
        let facts = breach.facts().clone();
        let earlier = breach.reports().last().map(|line| line.number);
        Self {
            kind: ReportHead {
                report,
                number: earlier.unwrap_or(0) + 1,
                earlier,
                earlier_reference: earlier.and(facts.other.ap_reference.clone()),
                last,
                legal_basis: facts.legal_basis,
            },
            organisation: facts.organisation,
            reporter: facts.reporter,
            contact: facts.contact,
            timeline: ReportTimeline {
                aware_at: breach.aware_at(),
                late_reason: late_reason.or_else(|| breach.late_reason().cloned()),
                facts: facts.timeline,
            },
            incident: facts.incident,
            data: facts.data,
            people: facts.people,
            protection: facts.protection,
            effects: facts.effects,
            actions: facts.actions,
            informing: ReportInforming { decision: breach.people().cloned(), facts: facts.informing },
            cross_border: ReportCrossBorder { authorities: breach.authorities().to_vec(), facts: facts.cross_border },
            other: facts.other,
        }
    }
}
