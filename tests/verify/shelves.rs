//! The marker of a register partition: it matches the partition's records, after whatever was done to them.

use crate::world::{Note, World};
use finrust::{
    crypto::envelope::Part,
    domain::ids::{RecordId, WriteId},
    ports::{Body, Container, DocumentId, Draft, Operation},
    store::{authority::Warrant, error::StoreError, records},
};
use zeroize::Zeroizing;

const OTHER: RecordId = RecordId::from_bytes([7; 16]);

/// Whether the marker matches the records.
async fn agrees(world: &World) -> bool {
    let (documents, sealing, shelf) = (&*world.documents, &*world.sealing, Note::location());
    let (marker, _) = records::markers::stored(documents, sealing, &shelf).await.unwrap().expect("a marker");
    marker == records::markers::computed(documents, sealing, &shelf).await.unwrap().marker
}

async fn another(world: &World) {
    world.notes().create(OTHER, &Warrant::maintenance(), Note::step("other")).await.unwrap();
}

async fn remove(world: &World, ids: impl IntoIterator<Item = DocumentId>) {
    let delete = |id| Operation::Delete { id, if_match: None };
    let all = ids.into_iter().map(delete).collect();
    world.documents.commit(Container::Register, &Note::location().partition, all).await.unwrap();
}

async fn documents_of(world: &World, id: RecordId) -> Vec<DocumentId> {
    let steps = world.notes().steps(id).await.unwrap();
    let steps = steps.iter().map(|step| records::repository::step_document(id, step));
    steps.chain([records::repository::record_document(id)]).collect()
}

type Plain = [Zeroizing<Vec<u8>>; 2];

/// Body and summary of a record.
async fn plain(world: &World, id: RecordId) -> Plain {
    let (shelf, document) = (Note::location(), records::repository::record_document(id));
    let stored = world.documents.read(Container::Register, &shelf.partition, &document).await.unwrap().unwrap();
    let open = async |part, sealed| world.sealing.open(shelf.scope, shelf.place(&document, part), sealed).await.unwrap();
    [open(Part::Body, &stored.body).await, open(Part::Summary, stored.summary.as_ref().unwrap()).await]
}

/// Replaces the current ones.
async fn put(world: &World, id: RecordId, [body, summary]: Plain) {
    let (shelf, document) = (Note::location(), records::repository::record_document(id));
    let seal = async |part, bytes: &[u8]| world.sealing.seal(shelf.scope, shelf.place(&document, part), bytes).await.unwrap();
    let (body, summary) = (Body::Sealed(seal(Part::Body, &body).await), Some(seal(Part::Summary, &summary).await));
    let draft = Draft { id: document.clone(), write_id: WriteId::from_random([9; 16]), summary, body, ttl: None };
    world.documents.commit(Container::Register, &shelf.partition, vec![Operation::Put(draft)]).await.unwrap();
}

/// Makes it look as written by a version without markers.
async fn make_old(world: &World, id: RecordId) {
    let [body, summary] = plain(world, id).await;
    let text = String::from_utf8(body.to_vec()).unwrap();
    let old = text.replace(",\"marked\":true", "");
    assert_ne!(text, old);
    put(world, id, [Zeroizing::new(old.into_bytes()), summary]).await;
}

fn marker() -> Vec<DocumentId> {
    vec![records::markers::document()]
}

#[tokio::test]
async fn every_step_of_every_record_is_in_it() {
    let world = World::lived_in().await;
    another(&world).await;
    world.note("third").await;
    assert!(agrees(&world).await);
}

#[tokio::test]
async fn a_record_removed_with_its_steps_is_missed() {
    let world = World::lived_in().await;
    another(&world).await;
    let all = documents_of(&world, OTHER).await;
    remove(&world, all).await;
    assert!(!agrees(&world).await);
    world.note("third").await;
    assert!(!agrees(&world).await, "nor does the next step heal it");
}

#[tokio::test]
async fn a_record_rolled_back_with_its_steps_is_missed() {
    let world = World::lived_in().await;
    let (old, known) = (plain(&world, Note::ID).await, documents_of(&world, Note::ID).await);
    world.note("third").await;
    let newer: Vec<_> = documents_of(&world, Note::ID).await.into_iter().filter(|id| !known.contains(id)).collect();
    remove(&world, newer).await;
    put(&world, Note::ID, old).await;
    assert!(!agrees(&world).await);
}

#[tokio::test]
async fn a_marker_that_was_taken_away_is_not_made_anew() {
    let world = World::lived_in().await;
    remove(&world, marker()).await;
    let notes = world.notes();
    let found = notes.find(Note::ID).await.unwrap().unwrap();
    let refused = notes.append(&found, &Warrant::maintenance(), Note::step("third")).await;
    assert_eq!(refused.err(), Some(StoreError::DoesNotOpen));
}

#[tokio::test]
async fn a_shelf_from_before_there_were_markers_gets_one_at_its_next_step() {
    let world = World::lived_in().await;
    another(&world).await;
    for id in [Note::ID, OTHER] {
        make_old(&world, id).await;
    }
    remove(&world, marker()).await;
    world.note("third").await;
    assert!(agrees(&world).await);
    assert_eq!(world.whats().await, []);
}
