//! `finrust verify` against a real database: a sound one is clean, and each single damage is one finding.

#![cfg(test)]

mod alarms;
mod files;
mod furnished;
mod keys;
mod moves;
mod rotation;
mod shelves;
mod summaries;
mod tamper;
mod vault;
mod world;

use finrust::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{chain::ChainHead, chain_check::ChainFlaw},
    flows::verify::report::{Defect, DocumentKind, Finding, Report},
    ports::{Container, Partition},
    store::{clients, identities::documents, keys::sealing::KeyScope},
};
use std::sync::Arc;
use world::{World, hours};

#[tokio::test]
async fn an_empty_database_is_clean_and_stays_empty() {
    let world = World::empty();
    assert_eq!(world.verify().await, Report::default());
    assert_eq!(world.verify().await.documents, [0; 4]);
}

#[tokio::test]
async fn a_sound_database_is_clean() {
    let world = World::lived_in().await;
    let report = world.verify().await;
    assert!(report.is_clean(), "{:#?}", report.lines());
    // Two identities, 7 + 3 entries, a session, a mail; two files, each with its audit entry and its adviser's marker; the keys of `index`,
    // `service` and two advisers, each with its ring; a record with two steps, and the marker of its register partition.
    assert_eq!(report.documents, [14, 6, 8, 4]);
    // Summaries of an account, two files and a record; chains of two identities, two advisers and a record.
    assert_eq!((report.opened, report.chains), (32 + 4, 5));
    assert_eq!(report.lines()[4], "36 opened, 5 chains followed, 0 findings");
}

#[tokio::test]
async fn what_has_expired_is_not_missed() {
    let world = World::lived_in().await;
    // Attempt entries for a username that does not exist expire one by one after 30 days, the identity after 31.
    for step in 0..20 {
        world.clock.advance(if step == 0 { hours(29 * 24) } else { hours(3) });
        let report = world.verify().await;
        assert!(report.is_clean(), "{:#?}", report.lines());
    }
    world.clock.advance(hours(400 * 24));
    assert!(world.verify().await.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writing_meanwhile_is_no_damage() {
    let world = Arc::new(World::lived_in().await);
    let writer = Arc::clone(&world);
    let writing = tokio::spawn(async move {
        for _ in 0..60 {
            writer.attempt(writer.anna).await;
            writer.attempt(writer.stranger).await;
        }
    });
    while !writing.is_finished() {
        let report = world.verify().await;
        assert!(report.is_clean(), "{:#?}", report.lines());
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn each_lost_entry_shows() {
    for lost in 0..7 {
        let world = World::lived_in().await;
        let (id, _) = world.entries(world.anna).await.swap_remove(lost);
        world.delete(Container::Identities, &documents::partition(world.anna), &id).await;
        assert_eq!(world.whats().await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::EntryMissing))]);
    }
}

#[tokio::test]
async fn a_forged_entry_shows() {
    let world = World::lived_in().await;
    let (id, mut entry) = world.entries(world.anna).await.swap_remove(2);
    entry.at += jiff::SignedDuration::from_secs(1);
    let draft = documents::entry_draft(&world.sealing, world.anna, &entry).await.unwrap();
    world.put(Container::Identities, &documents::partition(world.anna), Some(&id), draft).await;
    assert_eq!(world.whats().await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::Broken))]);
}

#[tokio::test]
async fn an_older_identity_shows() {
    let world = World::lived_in().await;
    let old = world.identities.find(world.anna).await.unwrap().identity;
    world.attempt(world.anna).await;
    let draft = documents::identity_draft(&world.sealing, world.anna, &old).await.unwrap();
    world.put(Container::Identities, &documents::partition(world.anna), Some(&documents::identity()), draft).await;
    assert_eq!(world.whats().await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::HeadOlder))]);
}

#[tokio::test]
async fn a_lost_identity_and_a_reset_one_show() {
    let world = World::lived_in().await;
    let mut reset = world.identities.find(world.anna).await.unwrap().identity;
    world.delete(Container::Identities, &documents::partition(world.anna), &documents::identity()).await;
    assert_eq!(world.whats().await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::HeadMissing))]);
    reset.chain = ChainHead::default();
    let draft = documents::identity_draft(&world.sealing, world.anna, &reset).await.unwrap();
    world.put(Container::Identities, &documents::partition(world.anna), None, draft).await;
    assert_eq!(world.whats().await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::HeadOlder))]);
}

#[tokio::test]
async fn an_account_under_another_username_shows() {
    let world = World::lived_in().await;
    let anna = world.identities.find(world.anna).await.unwrap().identity;
    let mut stranger = world.identities.find(world.stranger).await.unwrap().identity;
    stranger.account = anna.account;
    let draft = documents::identity_draft(&world.sealing, world.stranger, &stranger).await.unwrap();
    world.put(Container::Identities, &documents::partition(world.stranger), Some(&documents::identity()), draft).await;
    let misplaced = (DocumentKind::Identity, Defect::Misplaced);
    assert_eq!(world.whats().await, [misplaced, (DocumentKind::Session, Defect::SessionMissing), misplaced]);
}

#[tokio::test]
async fn a_moved_file_shows() {
    let world = World::lived_in().await;
    let (scope, id) = world.files[0];
    let (partition, id) = (Partition::parse(&scope.to_string()).unwrap(), format!("client-{id}"));
    let moved = world.draft(&id, KeyScope::Adviser(scope), PLACE).await;
    world.put(Container::Clients, &partition, Some(&moved.id.clone()), moved).await;
    assert_eq!(world.whats().await, [(DocumentKind::Client, Defect::DoesNotOpen), (DocumentKind::Client, Defect::PartMissing)]);
}

#[tokio::test]
async fn a_file_that_is_nobodys_and_an_unknown_document_show() {
    let world = World::lived_in().await;
    let nobody = Partition::parse("0-nobody").unwrap();
    let id = format!("client-{}", world.files[0].1);
    world.put(Container::Clients, &nobody, None, world.draft(&id, KeyScope::Service, PLACE).await).await;
    world.put(Container::Clients, &nobody, None, world.draft("something", KeyScope::Service, PLACE).await).await;
    assert_eq!(world.whats().await, [(DocumentKind::Client, Defect::Misplaced), (DocumentKind::Other, Defect::UnknownDocument)]);
}

#[tokio::test]
async fn a_marker_that_is_damaged_misplaced_or_misnamed_shows() {
    let marker = clients::documents::marker();
    for (place, name, what) in
        [("", "marker", Defect::DoesNotOpen), ("0-nobody", "marker", Defect::Misplaced), ("", "marker-2", Defect::UnknownDocument)]
    {
        let world = World::lived_in().await;
        let mine = world.files[0].0.to_string();
        let partition = Partition::parse(if place.is_empty() { &mine } else { place }).unwrap();
        let over = (place.is_empty() && name == "marker").then_some(&marker);
        world.put(Container::Clients, &partition, over, world.draft(name, KeyScope::Adviser(world.files[0].0), PLACE).await).await;
        assert_eq!(world.whats().await, [(DocumentKind::Marker, what)]);
    }
}

#[tokio::test]
async fn a_lost_data_key_shows_in_what_it_sealed() {
    let world = World::lived_in().await;
    let scope = world.files[0].0;
    let partition = Partition::parse(&scope.to_string()).unwrap();
    world.delete_all(Container::Keys, &partition).await;
    let report = world.verify().await;
    let finding =
        |kind| Finding { container: Container::Clients, partition: scope.to_string()[..12].to_owned(), kind, what: Defect::DoesNotOpen };
    let ring = Finding { container: Container::Keys, kind: DocumentKind::Ring, what: Defect::RingMissing, ..finding(DocumentKind::Client) };
    assert_eq!(
        report.findings,
        [DocumentKind::Client, DocumentKind::Marker, DocumentKind::Client].map(finding).into_iter().chain([ring]).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_lost_root_key_is_not_made_anew() {
    let world = World::lived_in().await;
    let index = Partition::parse("index").unwrap();
    world.delete_all(Container::Keys, &index).await;
    assert_eq!(world.whats().await, [(DocumentKind::Key, Defect::RootKeyMissing)]);
    assert_eq!(world.verify().await.documents, [14, 6, 6, 4]);
}

#[tokio::test]
async fn a_report_says_whereabouts_and_nothing_of_a_person() {
    let world = World::lived_in().await;
    let stray = world.draft("breach-2", KeyScope::Service, PLACE).await;
    world.put(Container::Register, &Partition::parse("breaches").unwrap(), None, stray).await;
    world.delete(Container::Identities, &documents::partition(world.anna), &documents::identity()).await;
    let text = world.verify().await.lines().join("\n");
    assert!(text.contains("register breaches… document: nothing that this version writes"), "{text}");
    assert!(text.contains("chain: entries whose record is missing") && !text.contains(&world.anna.to_string()), "{text}");
}

#[tokio::test]
async fn a_mail_under_another_id_shows() {
    let world = World::lived_in().await;
    let draft = world.draft("mail-1", KeyScope::Service, PLACE).await;
    world.put(Container::Identities, &documents::partition(world.anna), None, draft).await;
    assert_eq!(world.whats().await, [(DocumentKind::Mail, Defect::UnknownDocument)]);
}

/// A different place than the one where it is stored.
const PLACE: EnvelopeContext<'_> = EnvelopeContext { container: "clients", partition: "other", document: "other", part: Part::Body };
