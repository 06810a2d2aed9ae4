//! The facts of a breach: the blocks of the notification form of the Dutch authority, after art. 33(3) and (5) GDPR.
//!
//! Every field may be empty, since a notification may be made in phases (art. 33(4)). What is established by steps is not a field: when
//! the organisation became aware, what it decided, whom it informed.

use super::{
    kinds::{
        Cause, Harm, KeysSafe, LegalBasis, Nature, OrdinaryData, PartyRole, PeopleGroup, Severity, SpecialData, Unreadable, Whereabouts,
    },
    words::{About, BreachLine, BreachText, CountryCode, Day, Entry, KvkNumber, MAX_ENTRIES, Member, Moment},
};
use crate::domain::{
    credentials::EmailAddress,
    fields::{FieldCode, Fields, InvalidFields},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! blocks {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $sort:ident<$value:ty>),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(default, skip_serializing_if = "Member::is_empty")]
                #[schema(nullable = false)]
                pub $field: $sort<$value>,
            )+
        }

        impl $name {
            fn read(fields: &mut Fields) -> Self {
                Self { $($field: Member::member(fields, stringify!($field)),)+ }
            }
        }

        impl Entry for $name {
            fn entries(fields: &mut Fields, name: &str) -> Vec<Self> {
                fields.list(name, MAX_ENTRIES, Self::read)
            }
        }
    )+};
}

blocks! {
    /// A person to turn to.
    Contact {
        /// Name.
        name: Option<BreachLine>,
        /// What this person is.
        role: Option<BreachLine>,
        /// Telephone number.
        phone: Option<BreachLine>,
        /// Mail address.
        email: Option<EmailAddress>,
    }

    /// Another organisation that is involved.
    Party {
        /// Name.
        name: Option<BreachLine>,
        /// What it is to the breach.
        role: Option<PartyRole>,
    }

    /// Block 1: who reports.
    Organisation {
        /// Legal name.
        name: Option<BreachLine>,
        /// Number in the trade register.
        kvk_number: Option<KvkNumber>,
        /// Address.
        address: Option<BreachLine>,
        /// Sector.
        sector: Option<BreachLine>,
        /// Other parties that are involved.
        parties: Vec<Party>,
    }

    /// Block 2: when. The moment of becoming aware is a step.
    Timeline {
        /// When it began.
        started_at: Option<Moment>,
        /// When it ended.
        ended_at: Option<Moment>,
        /// When it began or ended is not known.
        unknown: Option<bool>,
        /// It goes on.
        ongoing: Option<bool>,
        /// When it was discovered.
        discovered_at: Option<Moment>,
        /// By whom.
        discovered_by: Option<BreachLine>,
    }

    /// Block 3: what happened.
    Incident {
        /// In short; also told to the advisers concerned.
        summary: Option<BreachText>,
        /// What was broken.
        nature: Vec<Nature>,
        /// What caused it.
        cause: Option<Cause>,
        /// More about the cause.
        cause_details: Option<BreachText>,
        /// Where.
        whereabouts: Option<Whereabouts>,
        /// More about the place.
        place_details: Option<BreachLine>,
    }

    /// Block 4: which data.
    DataKinds {
        /// Ordinary data.
        ordinary: Vec<OrdinaryData>,
        /// Special data.
        special: Vec<SpecialData>,
        /// Data about crimes and convictions.
        criminal: Option<bool>,
        /// How many records, about.
        records: Option<About>,
    }

    /// Block 5: which people.
    PeopleConcerned {
        /// Groups.
        groups: Vec<PeopleGroup>,
        /// At least so many.
        minimum: Option<About>,
        /// At most so many.
        maximum: Option<About>,
    }

    /// Block 6: what protected the data beforehand.
    Protection {
        /// Measures.
        measures: Option<BreachText>,
        /// Whether the data could be read.
        unreadable: Option<Unreadable>,
        /// How they were made unreadable.
        how: Option<BreachText>,
        /// Whether the keys are safe.
        keys_safe: Option<KeysSafe>,
    }

    /// Block 7: what may come of it.
    Effects {
        /// Possible harm.
        harm: Vec<Harm>,
        /// How bad.
        severity: Option<Severity>,
        /// Why so bad.
        reasons: Option<BreachText>,
    }

    /// Something that will be done.
    PlannedAction {
        /// What.
        what: Option<BreachLine>,
        /// By when.
        due: Option<Day>,
    }

    /// Block 8: what is done about it.
    Actions {
        /// What was done to stop, limit and prevent it; also told to the advisers concerned.
        taken: Option<BreachText>,
        /// What will be done.
        planned: Vec<PlannedAction>,
    }

    /// Block 9, before it is decided: whether the people will be told. The decision is a step.
    Informing {
        /// What is intended.
        intention: Option<BreachText>,
        /// When.
        intended_on: Option<Day>,
    }

    /// Block 10: abroad. Other authorities that were told are steps.
    CrossBorder {
        /// Other member states with people concerned.
        states: Vec<CountryCode>,
        /// Lead authority.
        lead_authority: Option<BreachLine>,
    }

    /// A document that belongs to the breach and is kept elsewhere.
    Attachment {
        /// Its name.
        name: Option<BreachLine>,
        /// Its SHA-256 digest, to recognise it by.
        sha256: Option<BreachLine>,
    }

    /// Block 11: everything else.
    Other {
        /// Documents.
        attachments: Vec<Attachment>,
        /// Remarks, such as the times that DORA asks of whoever it applies to.
        remarks: Option<BreachText>,
        /// The number that the authority gave.
        ap_reference: Option<BreachLine>,
        /// When the authority received the notification.
        ap_received_at: Option<Moment>,
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $field:ident: $block:ident),+ $(,)?) => {
        /// All blocks.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct Facts {
            /// Block 0: the law that asks for the notification.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            pub legal_basis: Option<LegalBasis>,
            $(
                $(#[$doc])*
                #[serde(default)]
                pub $field: $block,
            )+
        }

        impl Facts {
            /// Reads the facts that an officer submits.
            ///
            /// # Errors
            /// Every refused field with its pointer.
            pub fn read(mut fields: Fields) -> Result<Self, InvalidFields> {
                let facts = Self {
                    legal_basis: Member::member(&mut fields, "legal_basis"),
                    $($field: fields.object(stringify!($field), $block::read).unwrap_or_default(),)+
                };
                facts.cross_checks(&mut fields);
                fields.finish(Some(facts))
            }

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
    /// Block 1.
    organisation: Organisation,
    /// Block 1: who fills the form in.
    reporter: Contact,
    /// Block 1: who answers questions, such as the data protection officer.
    contact: Contact,
    /// Block 2.
    timeline: Timeline,
    /// Block 3.
    incident: Incident,
    /// Block 4.
    data: DataKinds,
    /// Block 5.
    people: PeopleConcerned,
    /// Block 6.
    protection: Protection,
    /// Block 7.
    effects: Effects,
    /// Block 8.
    actions: Actions,
    /// Block 9.
    informing: Informing,
    /// Block 10.
    cross_border: CrossBorder,
    /// Block 11.
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
            fields.note("people/maximum", FieldCode::OutOfRange);
        }
        if self.timeline.ongoing == Some(true) && self.timeline.ended_at.is_some() {
            fields.note("timeline/ongoing", FieldCode::OutOfRange);
        }
    }
}
