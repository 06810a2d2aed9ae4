//! Twenty-five fictitious households for the demonstration: citizen service numbers from the test range 9999xxxxx, addresses at
//! `example.nl`. They pass the same intake as every client file.

use crate::domain::{
    clients::file::ClientFile,
    wire::{
        fields::{Fields, InvalidFields},
        json::Json,
        object::Object,
    },
};
use jiff::Timestamp;

/// Returns the sample files in the order of `demo_files.json`, as taken in at `now`.
///
/// # Errors
/// The refused fields of the first file that the intake refuses, when `now` lies before 2025: the youngest child would not be born
/// yet.
pub fn all(now: Timestamp) -> Result<Vec<ClientFile>, InvalidFields> {
    let samples = match Json::parse(include_bytes!("demo_files.json")).expect("the embedded file is JSON, says the test below") {
        Json::List(samples) => samples,
        other => vec![other],
    };
    samples.into_iter().map(|sample| ClientFile::read(Fields::of(sample, now))).collect()
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::domain::clients::{file::ClientFile, overview::Overview, person::Bsn};
    use std::collections::BTreeSet;

    fn files() -> Vec<ClientFile> {
        all("2025-06-01T12:00:00Z".parse().expect("a moment")).expect("every sample passes the intake")
    }

    #[test]
    fn there_are_twenty_five_different_ones() {
        let names: BTreeSet<_> = files().into_iter().map(|file| (file.person.last_name, file.person.first_name)).collect();
        assert_eq!(names.len(), 25);
    }

    #[test]
    fn every_citizen_service_number_is_of_the_test_range_and_of_one_person() {
        let files = files();
        let clients = files.iter().filter_map(|file| file.person.bsn.as_ref());
        let partners = files.iter().filter_map(|file| file.partner.as_ref()?.bsn.as_ref());
        let all: Vec<_> = clients.chain(partners).map(Bsn::as_str).collect();
        assert!(all.iter().all(|bsn| bsn.starts_with("9999")), "{all:?}");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn every_address_is_an_example() {
        for file in files() {
            let partner = file.partner.and_then(|partner| partner.email);
            for email in [file.person.email, partner].into_iter().flatten() {
                assert!(email.as_str().ends_with("@example.nl"), "{email:?}");
            }
        }
    }

    #[test]
    fn every_household_has_figures() {
        assert!(files().iter().map(Overview::of).all(|overview| overview.monthly_income_cents > 0 && overview.monthly_expenses_cents > 0));
    }
}
