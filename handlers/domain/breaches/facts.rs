//! The facts of a breach: what the notification form of the Dutch authority asks for, after art. 33(3) and (5) GDPR, in blocks with numbers
//! of our own.
//!
//! Every field may be empty, since a notification may be made in phases (art. 33(4)). What is established by steps is not a field: when
//! the organisation became aware, what it decided, whom it informed.

use super::{
    kinds::{
        Cause, Harm, KeysSafe, LegalBasis, Nature, OrdinaryData, PartyRole, PeopleGroup, Severity, SpecialData, SubjectsInformed,
        Unreadable, Whereabouts,
    },
    words::{About, BreachLine, BreachText, KvkNumber},
};
use crate::{
    domain::{
        sign_in::credentials::EmailAddress,
        wire::{
            fields::{FieldCode, Fields},
            object::{Object, member},
            values::{CountryCode, Day, Moment},
        },
    },
    wire_object,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

wire_object! {
    /// A contact person.
    pub sparse struct Contact {
        /// The person's full name; absent if unknown.
        name: Option<BreachLine>,
        /// The person's role or job title; absent if unknown.
        role: Option<BreachLine>,
        /// The person's telephone number; absent if unknown.
        phone: Option<BreachLine>,
        /// The person's e-mail address; absent if unknown.
        email: Option<EmailAddress>,
        /// `true` if the person is the data protection officer (art. 37 GDPR); absent if unknown.
        data_protection_officer: Option<bool>,
    }

    /// Another organisation involved in the breach.
    pub sparse struct Party {
        /// Name of the organisation; absent if unknown.
        name: Option<BreachLine>,
        /// Its role in the breach; absent if unknown.
        role: Option<PartyRole>,
    }

    /// Block 1: the organisation that notifies.
    pub sparse struct Organisation {
        /// The organisation's legal name; absent until filled in.
        name: Option<BreachLine>,
        /// Number in the Dutch trade register, 8 digits; absent until filled in.
        kvk_number: Option<KvkNumber>,
        /// The organisation's postal address, on one line; absent until filled in.
        address: Option<BreachLine>,
        /// The sector that the organisation works in; absent until filled in.
        sector: Option<BreachLine>,
        /// Other organisations involved.
        parties: Vec<Party>,
    }

    /// Block 2: the timeline. When the organisation became aware is a step.
    pub sparse struct Timeline {
        /// When the breach began; absent if unknown.
        started_at: Option<Moment>,
        /// When the breach ended; absent if unknown or ongoing.
        ended_at: Option<Moment>,
        /// `true` if it is unknown when the breach began or ended.
        unknown: Option<bool>,
        /// `true` if the breach is still ongoing.
        ongoing: Option<bool>,
        /// When the breach was discovered; absent if unknown.
        discovered_at: Option<Moment>,
        /// Who discovered the breach; absent if unknown.
        discovered_by: Option<BreachLine>,
    }

    /// Block 3: the incident.
    pub sparse struct Incident {
        /// A short description; also included in letters to affected advisers.
        summary: Option<BreachText>,
        /// The security properties that were breached.
        nature: Vec<Nature>,
        /// The cause of the breach; absent if unknown.
        cause: Option<Cause>,
        /// Details of the cause.
        cause_details: Option<BreachText>,
        /// Where the breach happened; absent if unknown.
        whereabouts: Option<Whereabouts>,
        /// Details of the location.
        place_details: Option<BreachLine>,
    }

    /// Block 4: the categories of data.
    pub sparse struct DataKinds {
        /// Categories of ordinary personal data affected.
        ordinary: Vec<OrdinaryData>,
        /// Special categories of personal data affected (art. 9 GDPR).
        special: Vec<SpecialData>,
        /// `true` if data on criminal offences or convictions are affected (art. 10 GDPR).
        criminal: Option<bool>,
        /// Approximate number of records affected; absent if unknown.
        records: Option<About>,
    }

    /// Block 5: the data subjects.
    pub sparse struct PeopleConcerned {
        /// Groups of data subjects affected.
        groups: Vec<PeopleGroup>,
        /// A description of the group in words; names no data subject.
        description: Option<BreachText>,
        /// Minimum number of data subjects; absent if unknown.
        minimum: Option<About>,
        /// Maximum number of data subjects; absent if unknown.
        maximum: Option<About>,
    }

    /// Block 6: the protection in place before the breach.
    pub sparse struct Protection {
        /// Technical and organisational measures in place before the breach.
        measures: Option<BreachText>,
        /// Whether the data were readable; absent if unknown.
        unreadable: Option<Unreadable>,
        /// How they had been made unreadable.
        how: Option<BreachText>,
        /// Whether the keys are out of reach; absent if unknown.
        keys_safe: Option<KeysSafe>,
    }

    /// Block 7: the likely consequences.
    pub sparse struct Effects {
        /// Possible consequences for the data subjects; also included in letters to affected advisers.
        harm: Vec<Harm>,
        /// Severity of the consequences; absent until assessed.
        severity: Option<Severity>,
        /// Why they are considered that severe.
        reasons: Option<BreachText>,
        /// Consequences of the loss of confidentiality; also included in letters to affected advisers.
        confidentiality: Option<BreachText>,
        /// Consequences of the loss of integrity; also included in letters to affected advisers.
        integrity: Option<BreachText>,
        /// Consequences of the loss of availability; also included in letters to affected advisers.
        availability: Option<BreachText>,
    }

    /// A planned measure.
    pub sparse struct PlannedAction {
        /// What will be done; absent until filled in.
        what: Option<BreachLine>,
        /// The last day by which it will be done; absent if no date is set.
        due: Option<Day>,
    }

    /// Block 8: the measures taken.
    pub sparse struct Actions {
        /// Measures taken to end, limit and prevent the breach; also included in letters to affected advisers.
        taken: Option<BreachText>,
        /// Measures still to be taken.
        planned: Vec<PlannedAction>,
    }

    /// Block 9: plans to inform the data subjects. The decision itself is a step.
    pub sparse struct Informing {
        /// Whether the data subjects are or will be informed; absent until answered.
        informed: Option<SubjectsInformed>,
        /// What is planned, and why.
        intention: Option<BreachText>,
        /// The day on which informing them is planned; absent if no date is set.
        intended_on: Option<Day>,
    }

    /// Block 10: cross-border aspects. Notifying other authorities is a step.
    pub sparse struct CrossBorder {
        /// `true` if the data are processed across borders (art. 4(23) GDPR); absent if unknown.
        processing: Option<bool>,
        /// Other member states with data subjects.
        states: Vec<CountryCode>,
        /// The lead supervisory authority (art. 56 GDPR); absent if not applicable.
        lead_authority: Option<BreachLine>,
    }

    /// A document about the breach that is stored elsewhere.
    pub sparse struct Attachment {
        /// The document's name.
        name: Option<BreachLine>,
        /// SHA-256 digest of the document, to identify it.
        sha256: Option<BreachLine>,
    }

    /// Block 11: other information.
    pub sparse struct Other {
        /// Documents about the breach that are stored elsewhere.
        attachments: Vec<Attachment>,
        /// Remarks, such as reporting times under DORA where that applies.
        remarks: Option<BreachText>,
        /// The reference assigned by the authority; absent until received.
        ap_reference: Option<BreachLine>,
        /// When the authority received the notification; absent until known.
        ap_received_at: Option<Moment>,
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $field:ident: $block:ident),+ $(,)?) => {
        /// The facts of a breach: what the notification form of the authority asks for, in blocks that FinRust has numbered itself. Blocks
        /// that are left out are empty.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct Facts {
            /// Block 0: the law that requires the notification; absent if not chosen.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            pub legal_basis: Option<LegalBasis>,
            $(
                $(#[$doc])*
                #[serde(default)]
                pub $field: $block,
            )+
        }

        impl Object for Facts {
            fn members(fields: &mut Fields) -> Option<Self> {
                let facts = Self { legal_basis: member(fields, "legal_basis")?, $($field: member(fields, stringify!($field))?,)+ };
                facts.cross_checks(fields);
                Some(facts)
            }
        }

        impl Facts {
            /// Returns the names of the blocks in which `other` differs.
            pub fn differences(&self, other: &Self) -> Vec<String> {
                let law = (self.legal_basis != other.legal_basis).then_some("legal_basis");
                let blocks = [$((self.$field != other.$field).then_some(stringify!($field))),+];
                law.into_iter().chain(blocks.into_iter().flatten()).map(str::to_owned).collect()
            }
        }
    };
}

facts! {
    /// Block 1: the organisation that notifies.
    organisation: Organisation,
    /// Block 1: the person who submits the notification.
    reporter: Contact,
    /// Block 1: the contact for questions, such as the data protection officer.
    contact: Contact,
    /// Block 2: the timeline.
    timeline: Timeline,
    /// Block 3: the incident.
    incident: Incident,
    /// Block 4: the categories of data.
    data: DataKinds,
    /// Block 5: the data subjects.
    people: PeopleConcerned,
    /// Block 6: the protection in place before the breach.
    protection: Protection,
    /// Block 7: the likely consequences.
    effects: Effects,
    /// Block 8: the measures taken.
    actions: Actions,
    /// Block 9: plans to inform the data subjects.
    informing: Informing,
    /// Block 10: cross-border aspects.
    cross_border: CrossBorder,
    /// Block 11: other information.
    other: Other,
}

impl Facts {
    /// Validates rules that span two fields.
    fn cross_checks(&self, fields: &mut Fields) {
        if let (Some(start), Some(end)) = (self.timeline.started_at, self.timeline.ended_at)
            && end < start
        {
            fields.note("timeline/ended_at", FieldCode::OutOfRange);
        }
        if let (Some(minimum), Some(maximum)) = (self.people.minimum, self.people.maximum)
            && maximum < minimum
        {
            fields.note_outside("people/maximum", &minimum.and_up());
        }
        if self.timeline.ongoing == Some(true) && self.timeline.ended_at.is_some() {
            fields.note("timeline/ongoing", FieldCode::OutOfRange);
        }
    }
}
