//! The closed sets of the register of sub-processors, after art. 28 GDPR.

use crate::{
    closed_set,
    domain::{
        breach::words::{Entry, MAX_ENTRIES, Value},
        fields::{Fields, one_of},
    },
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

values!(ProcessedData, DataSubjects, TransferBasis, Permission, AgreementTopic, EvidenceKind);

closed_set! {
    /// What a sub-processor gets to work with.
    #[derive(PartialOrd, Ord)]
    pub enum ProcessedData in "snake_case" {
        /// Names, addresses, telephone numbers, mail addresses.
        NameAndContact,
        /// Birth dates and marital status.
        PersonalDetails,
        /// Citizen service numbers (BSN).
        CitizenNumber,
        /// Income, expenses, assets and debts.
        Financial,
        /// What an adviser writes down freely.
        Notes,
        /// Usernames, names and mail addresses of accounts.
        Accounts,
        /// Who signed in, when and from where.
        SignIns,
        /// Times, sizes and errors, without anybody's name.
        Technical,
    }

    /// Whose data a sub-processor works with.
    #[derive(PartialOrd, Ord)]
    pub enum DataSubjects in "snake_case" {
        /// Clients of advisers.
        Clients,
        /// Their partners.
        Partners,
        /// Their children.
        Children,
        /// Advisers.
        Advisers,
        /// Privacy officers.
        Officers,
    }

    /// What a transfer out of the European Economic Area rests on (chapter V GDPR).
    #[derive(PartialOrd, Ord)]
    pub enum TransferBasis in "snake_case" {
        /// A decision that the country protects enough (art. 45).
        Adequacy,
        /// Standard contractual clauses (art. 46(2)(c)).
        StandardClauses,
        /// Binding corporate rules (art. 47).
        BindingRules,
    }

    /// How customers allow a sub-processor (art. 28(2)).
    #[derive(PartialOrd, Ord)]
    pub enum Permission in "snake_case" {
        /// Each one by name.
        Specific,
        /// All, with a right to object.
        General,
    }

    /// What an agreement has to hold (art. 28(3) and (4)).
    #[derive(PartialOrd, Ord)]
    pub enum AgreementTopic in "snake_case" {
        /// What is processed.
        Subject,
        /// For how long.
        Duration,
        /// How.
        Nature,
        /// Why.
        Purpose,
        /// Only on documented instructions.
        Instructions,
        /// Secrecy of the people who work with it.
        Secrecy,
        /// Security (art. 32).
        Security,
        /// Other sub-processors on the same terms only.
        SubProcessors,
        /// Help with the rights of the people concerned.
        Rights,
        /// Help with security, breaches and impact assessments (art. 32 to 36).
        Assistance,
        /// Deleting or returning everything at the end.
        ReturnOrDeletion,
        /// Audits.
        Audits,
    }

    /// What vouches for a sub-processor.
    #[derive(PartialOrd, Ord)]
    pub enum EvidenceKind in "snake_case" {
        /// ISO/IEC 27001.
        Iso27001,
        /// SOC 2, type II.
        Soc2,
        /// ISO/IEC 27018.
        Iso27018,
        /// Anything else.
        Other,
    }

    /// How far an entry is.
    #[derive(PartialOrd, Ord)]
    pub enum ProcessorStage in "snake_case" {
        /// Not complete, and not to be seen by anyone else.
        Draft,
        /// In use, and on the public list.
        Published,
        /// Not in use any more.
        Ended,
    }

    /// A day that officers are reminded of.
    #[derive(PartialOrd, Ord)]
    pub enum DeadlineKind in "snake_case" {
        /// The agreement ends.
        AgreementEnd,
        /// A certificate or report expires.
        Evidence,
        /// A review is planned.
        Review,
    }
}
