//! The sub-processors of the hosting platform: drafts for an officer to complete with data that only the contract and the chosen region
//! provide.

use super::{
    entry::{ProcessorEntry, ProcessorParty},
    kinds::{DataSubjects, ProcessedData},
    words::{RegisterLine, RegisterText},
};

/// Names of the drafts, from which fixed ids are derived.
pub const NAMES: [&str; 2] = ["azure", "mail"];

/// Returns the draft of this name; `None` for any other.
pub fn draft(name: &str) -> Option<ProcessorEntry> {
    match name {
        "azure" => Some(ProcessorEntry {
            service: line("Microsoft Azure bewaart de gegevens, de sleutels en de reservekopieën van FinRust"),
            data: ProcessedData::ALL.to_vec(),
            subjects: DataSubjects::ALL.to_vec(),
            notes: text(
                "Alles wat iemand invult, wordt versleuteld bewaard (Cosmos DB). De sleutels liggen in Key Vault. Vul in: de landen van de \
                 gekozen regio’s, de overeenkomst (Microsoft Products and Services Data Protection Addendum), de rapporten en de datums.",
            ),
            ..microsoft()
        }),
        "mail" => Some(ProcessorEntry {
            service: line("Azure Communication Services verstuurt e-mails van FinRust aan adviseurs en privacy officers"),
            data: vec![ProcessedData::NameAndContact, ProcessedData::Accounts, ProcessedData::Technical],
            subjects: vec![DataSubjects::Advisers, DataSubjects::Officers],
            notes: text(
                "Wie een e-mail bezorgt, kan die lezen. Er staan geen gegevens van cliënten in. Vul in: de landen van de gekozen \
                 gegevenslocatie, de overeenkomst, de rapporten en de datums.",
            ),
            ..microsoft()
        }),
        _ => None,
    }
}

fn microsoft() -> ProcessorEntry {
    let party = ProcessorParty {
        name: line("Microsoft Ireland Operations Limited"),
        address: line("One Microsoft Place, South County Business Park, Leopardstown, Dublin 18, D18 P521, Ierland"),
        ..ProcessorParty::default()
    };
    ProcessorEntry { party, ..ProcessorEntry::default() }
}

fn line(text: &str) -> Option<RegisterLine> {
    RegisterLine::parse(text).ok()
}

fn text(text: &str) -> Option<RegisterText> {
    RegisterText::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{NAMES, draft};

    #[test]
    fn drafts_say_who_does_what_and_leave_the_rest_open() {
        for name in NAMES {
            let entry = draft(name).expect("it is in the list");
            assert!(!entry.name().is_empty() && entry.service.is_some() && entry.notes.is_some(), "{name}");
            let missing: Vec<_> = entry.missing().into_iter().map(|error| error.pointer).collect();
            assert!(missing.contains(&"/countries".to_owned()) && missing.contains(&"/agreement/signed_on".to_owned()), "{missing:?}");
        }
        assert!(draft("other").is_none());
    }
}
