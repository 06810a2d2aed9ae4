//! The closed sets of the register of sub-processors, after art. 28 GDPR.

use crate::closed_set;

closed_set! {
    /// A category of data that a sub-processor processes.
    #[derive(PartialOrd, Ord)]
    pub enum ProcessedData in "snake_case" {
        /// Names, addresses, telephone numbers and e-mail addresses.
        NameAndContact,
        /// Dates of birth and marital status.
        PersonalDetails,
        /// Citizen service numbers (BSN).
        CitizenNumber,
        /// Income, expenses, assets and debts.
        Financial,
        /// Free-text notes of advisers.
        Notes,
        /// Usernames, names and e-mail addresses of accounts.
        Accounts,
        /// Who signed in, when and from where.
        SignIns,
        /// Times, sizes and errors that identify nobody.
        Technical,
    }

    /// A group of data subjects whose data a sub-processor processes.
    #[derive(PartialOrd, Ord)]
    pub enum DataSubjects in "snake_case" {
        /// Clients of advisers.
        Clients,
        /// Partners of clients.
        Partners,
        /// Children of clients.
        Children,
        /// Advisers.
        Advisers,
        /// Privacy officers.
        Officers,
    }

    /// The legal basis of a transfer out of the European Economic Area (chapter V GDPR).
    #[derive(PartialOrd, Ord)]
    pub enum TransferBasis in "snake_case" {
        /// An adequacy decision (art. 45).
        Adequacy,
        /// Standard contractual clauses (art. 46(2)(c)).
        StandardClauses,
        /// Binding corporate rules (art. 47).
        BindingRules,
    }

    /// How customers authorise a sub-processor (art. 28(2)).
    #[derive(PartialOrd, Ord)]
    pub enum Permission in "snake_case" {
        /// Each sub-processor individually.
        Specific,
        /// In general, with a right to object.
        General,
    }

    /// A topic that a processing agreement must cover (art. 28(3) and (4)).
    #[derive(PartialOrd, Ord)]
    pub enum AgreementTopic in "snake_case" {
        /// The subject matter of the processing.
        Subject,
        /// The duration of the processing.
        Duration,
        /// The nature of the processing.
        Nature,
        /// The purpose of the processing.
        Purpose,
        /// Processing only on documented instructions.
        Instructions,
        /// Confidentiality of the staff involved.
        Secrecy,
        /// Security of processing (art. 32).
        Security,
        /// Further sub-processors only on the same terms.
        SubProcessors,
        /// Assistance with requests of data subjects.
        Rights,
        /// Assistance with security, breaches and impact assessments (art. 32 to 36).
        Assistance,
        /// Deletion or return of all data at the end.
        ReturnOrDeletion,
        /// Audits and inspections.
        Audits,
    }

    /// The kind of a certificate or audit report.
    #[derive(PartialOrd, Ord)]
    pub enum EvidenceKind in "snake_case" {
        /// ISO/IEC 27001.
        Iso27001,
        /// SOC 2 Type II.
        Soc2,
        /// ISO/IEC 27018.
        Iso27018,
        /// Any other certificate or report.
        Other,
    }

    /// The stage of an entry.
    #[derive(PartialOrd, Ord)]
    pub enum ProcessorStage in "snake_case" {
        /// Incomplete, and visible to officers only.
        Draft,
        /// In use, and on the public list.
        Published,
        /// No longer in use.
        Ended,
    }

    /// The kind of a deadline that officers are reminded of.
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
