//! The closed sets of a breach record, following the form of the Dutch authority and art. 33 GDPR.

use super::words::{Entry, MAX_ENTRIES, Value};
use crate::{
    closed_set,
    domain::fields::{Fields, one_of},
};

macro_rules! values {
    ($($name:ident),+ $(,)?) => {$(
        impl Value for $name {
            fn value(fields: &mut Fields, name: &str) -> Option<Self> {
                fields.optional(name, one_of)
            }
        }

        impl Entry for $name {
            fn entries(fields: &mut Fields, name: &str) -> Vec<Self> {
                fields.texts(name, MAX_ENTRIES, one_of)
            }
        }
    )+};
}

values!(
    ReportKind,
    LegalBasis,
    PartyRole,
    Nature,
    Cause,
    Whereabouts,
    OrdinaryData,
    SpecialData,
    PeopleGroup,
    Unreadable,
    KeysSafe,
    Harm,
    Severity,
    Risk,
    Authority,
    WhyNotTold,
);

closed_set! {
    /// Which part of a notification a report is.
    pub enum ReportKind in "snake_case" {
        /// The first one.
        First,
        /// Adds to the one before, or corrects it.
        FollowUp,
        /// Takes the notification back.
        Withdrawal,
    }

    /// The law that asks for the notification.
    pub enum LegalBasis in "snake_case" {
        /// Art. 33 GDPR.
        Avg,
        /// Telecommunications act.
        TelecomAct,
    }

    /// What another party is to the breach.
    pub enum PartyRole in "snake_case" {
        /// Processes for the organisation.
        Processor,
        /// Processes for the processor.
        SubProcessor,
        /// Decides too.
        JointController,
        /// The organisation processes for it.
        Controller,
        /// Anything else.
        Other,
    }

    /// What was broken (art. 4(12) GDPR).
    pub enum Nature in "snake_case" {
        /// Somebody saw what they should not.
        Confidentiality,
        /// Something was changed.
        Integrity,
        /// Something was gone or out of reach.
        Availability,
    }

    /// What caused it.
    pub enum Cause in "snake_case" {
        /// Somebody broke in.
        Hacking,
        /// Somebody was deceived.
        Phishing,
        /// Harmful software.
        Malware,
        /// Sent to the wrong person.
        WrongRecipient,
        /// A device or a document was lost or stolen.
        LostDevice,
        /// A mistake.
        Error,
        /// Anything else.
        Other,
    }

    /// Where it happened.
    pub enum Whereabouts in "snake_case" {
        /// The own systems.
        OwnSystems,
        /// A processor.
        Processor,
        /// Outside the European Union.
        Abroad,
        /// Anywhere else.
        Elsewhere,
    }

    /// Ordinary personal data.
    pub enum OrdinaryData in "snake_case" {
        /// Names.
        Name,
        /// Where people live.
        Address,
        /// Telephone numbers, mail addresses.
        Contact,
        /// Usernames, passwords.
        Login,
        /// Income, debts, accounts.
        Financial,
        /// A copy of an identity document.
        IdentityDocument,
        /// Citizen service numbers.
        Bsn,
        /// Days of birth.
        BirthDate,
        /// Anything else.
        Other,
    }

    /// Special personal data (art. 9 GDPR).
    pub enum SpecialData in "snake_case" {
        /// Health.
        Health,
        /// Origin.
        Ethnicity,
        /// Religion or belief.
        Religion,
        /// Political opinions.
        Politics,
        /// Membership of a trade union.
        TradeUnion,
        /// Sexual life or orientation.
        Sexuality,
        /// Biometric data.
        Biometric,
        /// Genetic data.
        Genetic,
    }

    /// Whose data it is.
    pub enum PeopleGroup in "snake_case" {
        /// Clients.
        Clients,
        /// Their partners.
        Partners,
        /// Children.
        Children,
        /// Staff.
        Staff,
        /// People who need more protection than others.
        Vulnerable,
        /// Anyone else.
        Other,
    }

    /// Whether strangers could read the data.
    pub enum Unreadable in "snake_case" {
        /// They could.
        No,
        /// Encrypted.
        Encrypted,
        /// Hashed.
        Hashed,
        /// Made unreadable in another way.
        OtherMeans,
    }

    /// Whether the keys are out of the strangers' reach.
    pub enum KeysSafe in "snake_case" {
        /// They are.
        Yes,
        /// They are not.
        No,
        /// Not known yet.
        Unknown,
    }

    /// What may happen to people.
    pub enum Harm in "snake_case" {
        /// Somebody pretends to be them.
        IdentityFraud,
        /// Loss of money.
        FinancialLoss,
        /// Being treated otherwise.
        Discrimination,
        /// Damage to a good name.
        Reputation,
        /// A professional secret is out.
        Secrecy,
        /// No longer deciding over one's own data.
        LossOfControl,
        /// Anything else.
        Other,
    }

    /// How bad it may become for people.
    pub enum Severity in "snake_case" {
        /// Hardly noticed.
        Negligible,
        /// A nuisance.
        Limited,
        /// To be overcome with difficulty.
        Serious,
        /// Perhaps not to be undone.
        VerySerious,
    }

    /// What an assessment came to (art. 33(1) and 34(1) GDPR).
    pub enum Risk in "snake_case" {
        /// Unlikely to be a risk for people: need not be reported.
        Unlikely,
        /// A risk: the authority must be told.
        Risk,
        /// A high risk: the people must be told too.
        HighRisk,
    }

    /// Who else may have to know.
    pub enum Authority in "snake_case" {
        /// Netherlands Authority for the Financial Markets.
        Afm,
        /// De Nederlandsche Bank.
        Dnb,
        /// The police.
        Police,
        /// National Cyber Security Centre, CSIRT.
        Ncsc,
        /// A supervisor in another member state.
        ForeignSupervisor,
        /// Anyone else.
        Other,
    }

    /// Why the people were not told.
    pub enum WhyNotTold in "snake_case" {
        /// No high risk (art. 34(1) GDPR).
        NoHighRisk,
        /// The data were unreadable for whoever got them (art. 34(3)(a)).
        Unreadable,
        /// The high risk was taken away (art. 34(3)(b)).
        RiskRemoved,
        /// Too much effort, so that a public notice takes its place (art. 34(3)(c)).
        Disproportionate,
        /// The exemption of financial undertakings (art. 42 of the Dutch implementation act, UAVG).
        #[serde(rename = "uavg_42")]
        Uavg42,
    }
}

closed_set! {
    /// How far a breach is.
    pub enum BreachStage in "snake_case" {
        /// Somebody suspects it.
        Suspected,
        /// It was none.
        Dismissed,
        /// It is one: the clock runs.
        Aware,
        /// The risk is known.
        Assessed,
        /// Whether the authority is told is decided.
        Decided,
        /// Whether the people are told is decided.
        Informed,
        /// Done.
        Closed,
    }
}
