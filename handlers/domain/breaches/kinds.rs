//! The closed sets of a breach record, following the form of the Dutch authority and art. 33 GDPR.

use crate::closed_set;

closed_set! {
    /// The kind of part of a notification.
    pub enum ReportKind in "snake_case" {
        /// The first notification.
        First,
        /// Supplements or corrects the previous part.
        FollowUp,
        /// Withdraws the notification.
        Withdrawal,
    }

    /// The law that requires the notification.
    pub enum LegalBasis in "snake_case" {
        /// Art. 33 GDPR.
        Avg,
        /// Telecommunications act.
        TelecomAct,
    }

    /// The role of another party in the breach.
    pub enum PartyRole in "snake_case" {
        /// Processes data for the organisation.
        Processor,
        /// Processes data for the processor.
        SubProcessor,
        /// Determines purposes and means jointly with the organisation (art. 26 GDPR).
        JointController,
        /// The organisation processes data for it.
        Controller,
        /// Any other role.
        Other,
    }

    /// Which security property was breached (art. 4(12) GDPR).
    pub enum Nature in "snake_case" {
        /// Data were disclosed to or accessed by someone unauthorised.
        Confidentiality,
        /// Data were altered without authorisation.
        Integrity,
        /// Data were lost or unavailable.
        Availability,
    }

    /// The cause of the breach.
    pub enum Cause in "snake_case" {
        /// An intrusion.
        Hacking,
        /// Someone was deceived.
        Phishing,
        /// Malicious software.
        Malware,
        /// Sent to the wrong person.
        WrongRecipient,
        /// A device or a document was lost or stolen.
        LostDevice,
        /// A human or technical error.
        Error,
        /// Any other cause.
        Other,
    }

    /// Where the breach happened.
    pub enum Whereabouts in "snake_case" {
        /// In the organisation's own systems.
        OwnSystems,
        /// At a processor.
        Processor,
        /// Outside the European Union.
        Abroad,
        /// Anywhere else.
        Elsewhere,
    }

    /// Ordinary personal data.
    pub enum OrdinaryData in "snake_case" {
        /// Names of people.
        Name,
        /// Home or postal addresses.
        Address,
        /// Telephone numbers and e-mail addresses.
        Contact,
        /// Usernames and passwords.
        Login,
        /// Income, debts and bank accounts.
        Financial,
        /// A copy of an identity document.
        IdentityDocument,
        /// Citizen service numbers (BSN).
        Bsn,
        /// Dates of birth.
        BirthDate,
        /// Any other ordinary data.
        Other,
    }

    /// Special categories of personal data (art. 9 GDPR).
    pub enum SpecialData in "snake_case" {
        /// Data about health.
        Health,
        /// Racial or ethnic origin.
        Ethnicity,
        /// Religion or belief.
        Religion,
        /// Political opinions.
        Politics,
        /// Membership of a trade union.
        TradeUnion,
        /// Sex life or sexual orientation.
        Sexuality,
        /// Biometric data that identify a person.
        Biometric,
        /// Genetic data.
        Genetic,
    }

    /// A group of data subjects.
    pub enum PeopleGroup in "snake_case" {
        /// Clients of advisers.
        Clients,
        /// Partners of clients.
        Partners,
        /// Children, a vulnerable group.
        Children,
        /// The organisation's staff.
        Staff,
        /// Other people who need special protection.
        Vulnerable,
        /// Any other group.
        Other,
    }

    /// Whether the data were readable to unauthorised people.
    pub enum Unreadable as "Unreadability" in "snake_case" {
        /// They were readable.
        No,
        /// They were encrypted.
        Encrypted,
        /// They were hashed.
        Hashed,
        /// They were unreadable for another reason.
        OtherMeans,
    }

    /// Whether the encryption keys are still out of reach of unauthorised people.
    pub enum KeysSafe in "snake_case" {
        /// They are out of reach.
        Yes,
        /// They may have been obtained.
        No,
        /// Not known yet.
        Unknown,
    }

    /// A possible consequence for data subjects.
    pub enum Harm in "snake_case" {
        /// Identity theft or fraud.
        IdentityFraud,
        /// Financial loss.
        FinancialLoss,
        /// Discrimination or exclusion.
        Discrimination,
        /// Damage to reputation.
        Reputation,
        /// Breach of professional secrecy.
        Secrecy,
        /// Loss of control over one's own data.
        LossOfControl,
        /// Physical harm.
        Physical,
        /// Limitation of rights.
        LimitedRights,
        /// Unauthorised reversal of pseudonymisation.
        Reidentification,
        /// Spam or phishing.
        SpamOrPhishing,
        /// Any other harm.
        Other,
    }

    /// Whether the data subjects are or will be informed.
    pub enum SubjectsInformed in "snake_case" {
        /// They are, or will be.
        Yes,
        /// They will not be.
        No,
        /// Not known yet.
        Unknown,
    }

    /// How severe the consequences for data subjects may be.
    pub enum Severity in "snake_case" {
        /// Barely noticeable.
        Negligible,
        /// A nuisance.
        Limited,
        /// Can be overcome, with difficulty.
        Serious,
        /// Possibly irreversible.
        VerySerious,
    }

    /// The outcome of the risk assessment (art. 33(1) and 34(1) GDPR).
    pub enum Risk in "snake_case" {
        /// A risk is unlikely: no notification is required.
        Unlikely,
        /// A risk: the authority must be notified.
        Risk,
        /// A high risk: the data subjects must be informed too.
        HighRisk,
    }

    /// Another authority that may have to be notified.
    pub enum Authority in "snake_case" {
        /// The Netherlands Authority for the Financial Markets (AFM).
        Afm,
        /// De Nederlandsche Bank (DNB).
        Dnb,
        /// The police.
        Police,
        /// The National Cyber Security Centre or another CSIRT.
        Ncsc,
        /// A supervisory authority in another member state.
        ForeignSupervisor,
        /// Any other authority.
        Other,
    }

    /// The legal ground for not informing the data subjects.
    pub enum WhyNotTold in "snake_case" {
        /// There is no high risk (art. 34(1) GDPR).
        NoHighRisk,
        /// The data were unintelligible to anyone who obtained them (art. 34(3)(a)).
        Unreadable,
        /// Later measures removed the high risk (art. 34(3)(b)).
        RiskRemoved,
        /// Informing them takes a disproportionate effort; a public notice replaces it (art. 34(3)(c)).
        Disproportionate,
        /// The exemption of financial undertakings (art. 42 of the Dutch implementation act, UAVG).
        #[serde(rename = "uavg_42")]
        Uavg42,
    }
}

closed_set! {
    /// The stage of a breach.
    pub enum BreachStage in "snake_case" {
        /// Reported as a suspicion.
        Suspected,
        /// Found not to be a breach.
        Dismissed,
        /// The organisation is aware of a breach: the 72 hours are running.
        Aware,
        /// The risk has been assessed.
        Assessed,
        /// It has been decided whether to notify the authority.
        Decided,
        /// It has been decided whether to inform the data subjects.
        Informed,
        /// The breach has been dealt with.
        Closed,
    }
}
