//! The notification to the Dutch authority, in the blocks of the facts, built from the current state of a record (art. 33(3) to (5) GDPR).

use super::{
    facts::{
        Actions, Contact, CrossBorder, DataKinds, Effects, Incident, Informing, Organisation, Other, PeopleConcerned, Protection, Timeline,
    },
    kinds::{LegalBasis, ReportKind},
    parts::{AuthorityTold, PeopleDecision},
    record::Breach,
    words::{BreachLine, BreachText},
};
use crate::domain::{later::OrLater, organisation::details::OrganisationRole, wire::values::Moment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of the notification as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentReport {
    /// When it was sent to the authority.
    pub sent_at: Moment,
    /// Its content, block by block.
    pub content: ApReport,
}

/// The notification to the authority, in blocks that FinRust has numbered itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApReport {
    /// Block 0: the kind of notification.
    pub kind: ReportHead,
    /// Block 1: the organisation that notifies.
    pub organisation: Organisation,
    /// Block 1: its role for client files when it became aware; absent if none was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role: Option<OrganisationRole>,
    /// Block 1: the person who submits the notification.
    pub reporter: Contact,
    /// Block 1: the contact for questions.
    pub contact: Contact,
    /// Block 2: the timeline.
    pub timeline: ReportTimeline,
    /// Block 3: the incident.
    pub incident: Incident,
    /// Block 4: the categories of data.
    pub data: DataKinds,
    /// Block 5: the data subjects.
    pub people: PeopleConcerned,
    /// Block 6: the protection in place before the breach.
    pub protection: Protection,
    /// Block 7: the likely consequences.
    pub effects: Effects,
    /// Block 8: the measures taken.
    pub actions: Actions,
    /// Block 9: informing the data subjects.
    pub informing: ReportInforming,
    /// Block 10: cross-border aspects.
    pub cross_border: ReportCrossBorder,
    /// Block 11: other information.
    pub other: Other,
}

/// Identifies a part of the notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportHead {
    /// Whether it is the first part, a follow-up or a withdrawal.
    pub report: ReportKind,
    /// Sequence number of the part, starting at 1.
    pub number: u32,
    /// Number of the previous part; absent for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub earlier: Option<u32>,
    /// The reference that the authority assigned to the earlier part; absent if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub earlier_reference: Option<BreachLine>,
    /// `true` if no further part will follow.
    pub last: bool,
    /// The law that requires the notification; absent if not chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub legal_basis: Option<LegalBasis>,
}

/// The timeline of the breach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportTimeline {
    /// When the organisation became aware; absent until recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub aware_at: Option<Moment>,
    /// Why the notification is sent after 72 hours; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub late_reason: Option<BreachText>,
    /// The other times of block 2, as entered in the facts.
    pub facts: Timeline,
}

/// Informing the data subjects: the decision and the plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportInforming {
    /// The decision; absent until taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PeopleDecision>, nullable = false)]
    pub decision: Option<OrLater<PeopleDecision>>,
    /// What is planned.
    pub facts: Informing,
}

/// Cross-border aspects and other authorities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportCrossBorder {
    /// Other authorities that were notified.
    pub authorities: Vec<AuthorityTold>,
    /// The rest of block 10, as entered in the facts.
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
            role: breach.duties().role,
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
