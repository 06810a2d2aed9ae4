//! Documents planted in a successor's partition do not make the leaver's files disappear.

use crate::{
    clients::make,
    hand_overs::{Office, names},
    requests::{access_by, enter},
    samples::{example, named},
    vault::{Spot, Vault},
};

/// An approved hand-over that has not begun, of an adviser with two files and a request. Returns also where the successor's documents are.
async fn approved() -> (Office, Vault, String, String) {
    let office = Office::open().await;
    make(&office.anna, &example()).await;
    let (file, _) = make(&office.anna, &named("Vermeer")).await;
    enter(&office.anna, access_by("Cas Bos", "2026-11-23")).await;
    let (own, _) = make(&office.bert, &named("Van Bert")).await;
    let vault = Vault::of(&office.app);
    let partition = vault.file(&own).partition;
    let path = office.approved().await;
    let note = format!("taken-{}-{}", path.rsplit('/').next().unwrap(), file.rsplit('/').next().unwrap());
    (office, vault, partition, note)
}

fn plant(vault: &Vault, partition: &str, id: &str) {
    let copy = vault.copy(&vault.spots("clients", "client-").into_iter().find(|spot| spot.partition == partition).unwrap());
    let spot = Spot { container: "clients".to_owned(), partition: partition.to_owned(), id: id.to_owned() };
    vault.put(&spot, &copy);
}

#[tokio::test]
async fn a_note_that_somebody_planted_brings_no_file_away() {
    let (office, vault, partition, note) = approved().await;
    plant(&vault, &partition, &note);
    office.app.run_jobs().await;
    assert_eq!(names(&office.bert).await, ["Anna van Dijk", "Van Bert", "Vermeer"]);
    office.app.verify().await;
}

#[tokio::test]
async fn a_record_that_somebody_planted_takes_the_place_of_none() {
    let (office, vault, partition, _) = approved().await;
    let records = vault.spots("clients", "record-");
    let [record] = records.as_slice() else { panic!("{records:?}") };
    let steps = vault.spots("clients", "step-").len();
    plant(&vault, &partition, &record.id);
    office.app.run_jobs().await;
    assert!(vault.spots("clients", "record-").contains(record), "what was planted is not it: the leaver's stays");
    assert_eq!(vault.spots("clients", "step-").len(), steps);
    // Once it is deleted, everything continues.
    vault.delete(&Spot { partition, ..record.clone() });
    office.app.maintain().await;
    office.app.run_jobs().await;
    let requests = office.bert.get("/api/requests").await.json();
    assert_eq!(requests["items"].as_array().unwrap().len(), 1);
    office.app.verify().await;
}

#[tokio::test]
async fn a_step_that_somebody_planted_takes_the_place_of_none() {
    let (office, vault, partition, _) = approved().await;
    let steps = vault.spots("clients", "step-");
    let [step] = steps.as_slice() else { panic!("{steps:?}") };
    plant(&vault, &partition, &step.id);
    office.app.run_jobs().await;
    assert_eq!(office.bert.get("/api/requests").await.json()["items"].as_array().unwrap().len(), 1);
    office.app.verify().await;
}
