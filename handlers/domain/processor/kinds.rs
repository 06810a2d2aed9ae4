//! The closed sets of the register of sub-processors, after art. 28 GDPR.

use crate::domain::{
    breach::words::{Entry, MOST_ENTRIES, Value},
    fields::{Fields, one_of},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! closed_set {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$value),+];
        }

        impl Value for $name {
            fn value(fields: &mut Fields, name: &str) -> Option<Self> {
                fields.optional(name, one_of)
            }
        }

        impl Entry for $name {
            fn entries(fields: &mut Fields, name: &str) -> Vec<Self> {
                fields.texts(name, MOST_ENTRIES, one_of)
            }
        }
    )+};
}

closed_set! {
    /// What a sub-processor gets to work with.
    ProcessedData {
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
    DataSubjects {
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
    TransferBasis {
        /// A decision that the country protects enough (art. 45).
        Adequacy,
        /// Standard contractual clauses (art. 46(2)(c)).
        StandardClauses,
        /// Binding corporate rules (art. 47).
        BindingRules,
    }

    /// How customers allow a sub-processor (art. 28(2)).
    Permission {
        /// Each one by name.
        Specific,
        /// All, with a right to object.
        General,
    }

    /// What an agreement has to hold (art. 28(3) and (4)).
    AgreementTopic {
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
    EvidenceKind {
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
    ProcessorStage {
        /// Not complete, and not to be seen by anyone else.
        Draft,
        /// In use, and on the public list.
        Published,
        /// Not in use any more.
        Ended,
    }

    /// A day that officers are reminded of.
    DeadlineKind {
        /// The agreement ends.
        AgreementEnd,
        /// A certificate or report expires.
        Evidence,
        /// A review is planned.
        Review,
    }
}
