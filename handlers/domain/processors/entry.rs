//! The data of a sub-processor: who it is, what it does with which data, where, and what was agreed (art. 28 GDPR).
//!
//! Every field but the name may be empty, so that a draft can grow. Only a `CompleteEntry` is published, and only validation of the
//! whole entry creates one.

use super::{
    kinds::{AgreementTopic, DataSubjects, EvidenceKind, Permission, ProcessedData, TransferBasis},
    words::{FileDigest, ObjectionDays, RegisterLine, RegisterText},
};
use crate::{
    domain::{
        sign_in::credentials::EmailAddress,
        wire::{
            fields::{FieldCode, FieldError, Fields, InvalidFields},
            object::Object,
            values::{CountryCode, Day},
        },
    },
    wire_object,
};
use jiff::civil::Date;

wire_object! {
    /// The sub-processor as an organisation.
    pub sparse struct ProcessorParty {
        /// Legal name of the organisation; required, also for a draft.
        name: Option<RegisterLine>,
        /// Postal address of the organisation, on one line.
        address: Option<RegisterLine>,
        /// Name of the contact person.
        contact_name: Option<RegisterLine>,
        /// E-mail address of the contact person.
        contact_email: Option<EmailAddress>,
        /// Telephone number of the contact person.
        contact_phone: Option<RegisterLine>,
    }

    /// The processing agreement (art. 28(3) GDPR).
    pub sparse struct Agreement {
        /// SHA-256 of the signed document, to identify it.
        file_sha256: Option<FileDigest>,
        /// Version of the agreement.
        version: Option<RegisterLine>,
        /// The day on which it was signed; not in the future.
        signed_on: Option<Day>,
        /// The required topics that the agreement covers.
        holds: Vec<AgreementTopic>,
    }

    /// A customer's objection to the sub-processor.
    pub sparse struct Objection {
        /// The day on which it was received; not in the future.
        received_on: Option<Day>,
        /// Name of the customer that objected.
        from: Option<RegisterLine>,
        /// How the objection was resolved; absent until entered.
        outcome: Option<RegisterText>,
    }

    /// How customers were informed and can object (art. 28(2)).
    pub sparse struct Consent {
        /// How customers authorise the sub-processor.
        permission: Option<Permission>,
        /// The day on which customers were informed; not in the future.
        customers_told_on: Option<Day>,
        /// Number of days in which customers may object.
        objection_days: Option<ObjectionDays>,
        /// Objections received from customers.
        objections: Vec<Objection>,
    }

    /// A certificate or audit report on the sub-processor's security.
    pub sparse struct Evidence {
        /// The standard or kind of report; required for publication.
        kind: Option<EvidenceKind>,
        /// Its number or title.
        reference: Option<RegisterLine>,
        /// Expiry date; required for publication.
        expires_on: Option<Day>,
    }

    /// An entry of the register of sub-processors.
    pub sparse struct ProcessorEntry {
        /// The organisation; its name is required.
        party: ProcessorParty,
        /// The service that it provides to FinRust, as shown on the public list.
        service: Option<RegisterLine>,
        /// Categories of data that it processes.
        data: Vec<ProcessedData>,
        /// Groups of data subjects whose data it processes.
        subjects: Vec<DataSubjects>,
        /// Countries in which it processes the data.
        countries: Vec<CountryCode>,
        /// The legal basis of a transfer out of the European Economic Area; required for publication if a country is outside it.
        transfer: Option<TransferBasis>,
        /// The day from which it is used; absent until filled in.
        starts_on: Option<Day>,
        /// The day on which the agreement ends; absent if it has no end date.
        ends_on: Option<Day>,
        /// The processing agreement.
        agreement: Agreement,
        /// How customers were informed and can object.
        consent: Consent,
        /// Certificates and audit reports.
        evidence: Vec<Evidence>,
        /// The day of the latest review; not in the future.
        last_review_on: Option<Day>,
        /// The day on which the next review is due.
        next_review_on: Option<Day>,
        /// Remarks for officers; not on the public list.
        notes: Option<RegisterText>,
    }
}

impl ProcessorEntry {
    /// Parses an entry as submitted.
    ///
    /// # Errors
    /// Every refused field with its pointer.
    pub fn parse(mut fields: Fields) -> Result<Self, InvalidFields> {
        let today = fields.today();
        let mut entry = Self::members(&mut fields).unwrap_or_default();
        let invalid = fields.finish(Some(())).err().map_or_else(Vec::new, |invalid| invalid.0);
        let read = |error: &FieldError| invalid.iter().any(|known| known.pointer == error.pointer);
        let contradictions = entry.contradictions(today).into_iter().filter(|error| !read(error)).collect::<Vec<_>>();
        let errors = [invalid.as_slice(), &contradictions].concat();
        if !errors.is_empty() {
            return Err(InvalidFields(errors));
        }
        entry.settle();
        Ok(entry)
    }

    /// Returns the name; parsing guarantees that there is one.
    pub fn name(&self) -> &str {
        self.party.name.as_ref().map_or("", RegisterLine::as_str)
    }

    /// Normalises the entry as [`ProcessorEntry::parse`] does.
    pub fn settled(mut self) -> Self {
        self.settle();
        self
    }

    /// Sorts and deduplicates the sets.
    fn settle(&mut self) {
        sort(&mut self.data);
        sort(&mut self.subjects);
        sort(&mut self.countries);
        sort(&mut self.agreement.holds);
    }

    /// Errors in the given fields, regardless of what is still missing.
    fn contradictions(&self, today: Date) -> Vec<FieldError> {
        let mut found = Vec::new();
        let mut note = |pointer: &str, code| found.push(FieldError::of(pointer, code));
        if self.party.name.is_none() {
            note("/party/name", FieldCode::Required);
        }
        let past = [
            ("/agreement/signed_on", self.agreement.signed_on),
            ("/consent/customers_told_on", self.consent.customers_told_on),
            ("/last_review_on", self.last_review_on),
        ];
        for (pointer, day) in past {
            if day.is_some_and(|day| day.date() > today) {
                note(pointer, FieldCode::InFuture);
            }
        }
        for (index, objection) in self.consent.objections.iter().enumerate() {
            if objection.received_on.is_some_and(|day| day.date() > today) {
                note(&format!("/consent/objections/{index}/received_on"), FieldCode::InFuture);
            }
        }
        let follows = [("/ends_on", self.starts_on, self.ends_on), ("/next_review_on", self.last_review_on, self.next_review_on)];
        for (pointer, first, second) in follows {
            if first.zip(second).is_some_and(|(first, second)| second < first) {
                note(pointer, FieldCode::OutOfRange);
            }
        }
        found
    }

    /// Returns the fields that must be filled in before publication.
    pub fn missing(&self) -> Vec<FieldError> {
        let Self { party, agreement, consent, .. } = self;
        let is_missing = [
            ("/party/name", party.name.is_none()),
            ("/party/address", party.address.is_none()),
            ("/party/contact_email", party.contact_email.is_none()),
            ("/service", self.service.is_none()),
            ("/data", self.data.is_empty()),
            ("/subjects", self.subjects.is_empty()),
            ("/countries", self.countries.is_empty()),
            ("/transfer", self.transfer.is_none() && self.countries.iter().any(|country| !is_in_eea(country))),
            ("/starts_on", self.starts_on.is_none()),
            ("/agreement/file_sha256", agreement.file_sha256.is_none()),
            ("/agreement/version", agreement.version.is_none()),
            ("/agreement/signed_on", agreement.signed_on.is_none()),
            ("/agreement/holds", AgreementTopic::ALL.iter().any(|topic| !agreement.holds.contains(topic))),
            ("/consent/permission", consent.permission.is_none()),
            ("/consent/customers_told_on", consent.customers_told_on.is_none()),
            ("/consent/objection_days", consent.objection_days.is_none()),
            ("/next_review_on", self.next_review_on.is_none()),
        ];
        let required = |pointer: &str| FieldError::of(pointer, FieldCode::Required);
        let mut found: Vec<_> = is_missing.into_iter().filter(|(_, is)| *is).map(|(pointer, _)| required(pointer)).collect();
        for (index, evidence) in self.evidence.iter().enumerate() {
            for (name, is) in [("kind", evidence.kind.is_none()), ("expires_on", evidence.expires_on.is_none())] {
                if is {
                    found.push(required(&format!("/evidence/{index}/{name}")));
                }
            }
        }
        found
    }
}

/// A complete entry: only such an entry is published.
#[derive(Clone, Debug)]
pub struct CompleteEntry(ProcessorEntry);

impl CompleteEntry {
    /// Validates the entry.
    ///
    /// # Errors
    /// Every field that is missing.
    pub fn of(entry: ProcessorEntry) -> Result<Self, InvalidFields> {
        let missing = entry.missing();
        if missing.is_empty() { Ok(Self(entry)) } else { Err(InvalidFields(missing)) }
    }

    pub fn into_entry(self) -> ProcessorEntry {
        self.0
    }
}

fn sort<T: Ord>(values: &mut Vec<T>) {
    values.sort_unstable();
    values.dedup();
}

/// The European Economic Area: the European Union with Iceland, Liechtenstein and Norway.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT",
    "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

fn is_in_eea(country: &CountryCode) -> bool {
    EEA.contains(&country.as_str())
}
