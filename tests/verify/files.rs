//! Client files against their audit trail, records against their steps: what an attacker with the keys and write access can do, and what
//! shows.

use crate::world::{Note, World};
use finrust::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        chain_check::ChainFlaw,
        clients::trail::AuditAction,
        ids::{ClientId, ScopeId, WriteId},
    },
    flows::verify::report::{Defect, DocumentKind},
    ports::{Body, Clock, Container, DocumentId, Draft, Operation, Order, Page, Partition},
    store::{
        clients::{
            self,
            writes::{Content, FileWrite, Writer},
        },
        keys::sealing::KeyScope,
        records,
    },
};

/// Everything stored about a document, as in a copy of the database.
struct Copied {
    id: DocumentId,
    body: Vec<u8>,
    summary: Option<Vec<u8>>,
}

impl World {
    async fn copy(&self, container: Container, partition: &Partition, id: &DocumentId) -> Copied {
        let stored = self.documents.read(container, partition, id).await.unwrap().unwrap();
        let page = Page { order: Order::Ascending, limit: 1, after: None };
        let listing = self.documents.list(container, partition, id.as_str(), Part::Summary, &page).await.unwrap();
        let summary = listing.items.into_iter().next().and_then(|item| item.part).map(|part| part.as_bytes().to_vec());
        Copied { id: id.clone(), body: stored.body.as_bytes().to_vec(), summary }
    }

    /// Puts a copy back, byte by byte, replacing the current document.
    fn put_back(&self, container: Container, partition: &Partition, copy: &Copied) {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let changed = database
            .execute(
                "UPDATE bodies SET body = ?1 WHERE body_id = (SELECT body_id FROM documents WHERE container = ?2 AND partition = ?3 AND id = ?4)",
                (&copy.body, container.name(), partition.as_str(), copy.id.as_str()),
            )
            .unwrap();
        assert_eq!(changed, 1);
        let of = (&copy.summary, container.name(), partition.as_str(), copy.id.as_str());
        database.execute("UPDATE documents SET summary = ?1 WHERE container = ?2 AND partition = ?3 AND id = ?4", of).unwrap();
    }

    /// The adviser changes or deletes a file.
    async fn write(&self, (scope, id): (ScopeId, ClientId), deed: AuditAction) {
        let (clients, adviser) = (self.clients(), self.adviser(scope));
        let found = clients.find(adviser.scope(), id).await.unwrap().unwrap();
        let mut kept = found.kept;
        kept.revision += 1;
        let content =
            if deed.removes() { Content::Gone { if_match: found.etag, revision: kept.revision } } else { Content::Over(found.etag, kept) };
        let writer = Writer::of(&adviser, self.clock.now());
        assert!(clients.write(writer, &[FileWrite { id, deed, content }]).await.is_ok());
    }
}

fn place_of((scope, id): (ScopeId, ClientId)) -> (Partition, DocumentId) {
    (Partition::parse(&scope.to_string()).unwrap(), clients::documents::client(id))
}

#[tokio::test]
async fn a_file_that_is_written_read_and_deleted_is_clean() {
    let world = World::lived_in().await;
    world.write(world.files[0], AuditAction::Changed).await;
    let adviser = world.adviser(world.files[1].0);
    for _ in 0..2 {
        assert!(world.clients().read(&adviser, world.files[1].1).await.unwrap().is_some());
    }
    world.write(world.files[1], AuditAction::Deleted).await;
    assert_eq!(world.whats().await, []);
    // Each file was created; one was changed; the other was read, once, and deleted. Plus the note of that read, two markers, one file.
    assert_eq!(world.verify().await.documents[1], 2 + 1 + 2 + 1 + 2 + 1);
}

#[tokio::test]
async fn an_older_version_of_a_file_put_back_shows() {
    let world = World::lived_in().await;
    let (partition, id) = place_of(world.files[0]);
    let older = world.copy(Container::Clients, &partition, &id).await;
    world.write(world.files[0], AuditAction::Changed).await;
    let newer = world.copy(Container::Clients, &partition, &id).await;
    world.put_back(Container::Clients, &partition, &older);
    assert_eq!(world.whats().await, [(DocumentKind::Client, Defect::FileOlder)]);
    world.put_back(Container::Clients, &partition, &Copied { body: newer.body, ..older });
    assert_eq!(world.whats().await, [(DocumentKind::Client, Defect::SummaryOlder)]);
}

#[tokio::test]
async fn a_file_that_was_taken_away_shows() {
    let world = World::lived_in().await;
    let (partition, id) = place_of(world.files[0]);
    world.delete(Container::Clients, &partition, &id).await;
    assert_eq!(world.whats().await, [(DocumentKind::Client, Defect::FileMissing)]);
}

#[tokio::test]
async fn a_deleted_file_that_is_back_shows_and_so_does_one_that_nobody_made() {
    let world = World::lived_in().await;
    let adviser = world.adviser(world.files[0].0);
    let kept = world.clients().find(adviser.scope(), world.files[0].1).await.unwrap().unwrap().kept;
    world.write(world.files[0], AuditAction::Deleted).await;
    let stranger = ClientId::from_random([9; 16]);
    for id in [world.files[0].1, stranger] {
        let draft = clients::documents::client_draft(&world.sealing, adviser.scope(), id, &kept).await.unwrap();
        world.put(Container::Clients, &place_of(world.files[0]).0, None, draft).await;
    }
    let mut whats = world.whats().await;
    whats.sort_by_key(|(_, what)| format!("{what:?}"));
    assert_eq!(whats, [(DocumentKind::Client, Defect::FileBack), (DocumentKind::Client, Defect::NotInTrail)]);
}

#[tokio::test]
async fn a_file_that_two_advisers_have_shows() {
    let world = World::lived_in().await;
    let adviser = world.adviser(world.files[0].0);
    let kept = world.clients().find(adviser.scope(), world.files[0].1).await.unwrap().unwrap().kept;
    let (other, now) = (world.adviser(world.files[1].0), world.clock.now());
    let write = FileWrite { id: world.files[0].1, deed: AuditAction::Created, content: Content::New(kept) };
    assert!(world.clients().write(Writer::of(&other, now), &[write]).await.is_ok());
    assert_eq!(world.whats().await, [(DocumentKind::Client, Defect::FileTwice)]);
}

#[tokio::test]
async fn a_missing_entry_of_the_trail_shows() {
    let world = World::lived_in().await;
    world.write(world.files[0], AuditAction::Changed).await;
    let partition = place_of(world.files[0]).0;
    let page = Page { order: Order::Descending, limit: 1, after: None };
    let newest = world.documents.list(Container::Clients, &partition, "trail-", Part::Body, &page).await.unwrap();
    world.delete(Container::Clients, &partition, &newest.items[0].id).await;
    let missing = (DocumentKind::Chain, Defect::Chain(ChainFlaw::EntryMissing));
    assert_eq!(world.whats().await, [missing, (DocumentKind::Client, Defect::FileOlder)]);
}

#[tokio::test]
async fn a_record_that_was_changed_without_a_step_shows() {
    let world = World::lived_in().await;
    let (shelf, id) = (Note::location(), records::repository::record_document(Note::ID));
    let stored = world.documents.read(shelf.container, &shelf.partition, &id).await.unwrap().unwrap();
    let place = EnvelopeContext { container: "register", partition: "notes", document: id.as_str(), part: Part::Body };
    let sealed = world.sealing.open(KeyScope::Service, place, &stored.body).await.unwrap();
    let edited = String::from_utf8(sealed.to_vec()).unwrap().replace("second", "edited");
    let body = Body::Sealed(world.sealing.seal(KeyScope::Service, place, edited.as_bytes()).await.unwrap());
    let place = EnvelopeContext { part: Part::Summary, ..place };
    let summary = Some(world.sealing.seal(KeyScope::Service, place, b"\"edited\"").await.unwrap());
    let draft = Draft { id, write_id: WriteId::from_random([1; 16]), summary, body, ttl: None };
    let replace = Operation::Replace { draft, if_match: stored.etag };
    world.documents.commit(shelf.container, &shelf.partition, vec![replace]).await.unwrap();
    assert_eq!(world.whats().await, [(DocumentKind::Record, Defect::RecordChanged)]);
}

#[tokio::test]
async fn an_older_record_and_a_missing_step_show() {
    let world = World::lived_in().await;
    let (shelf, id) = (Note::location(), records::repository::record_document(Note::ID));
    let older = world.copy(shelf.container, &shelf.partition, &id).await;
    world.note("third").await;
    world.put_back(shelf.container, &shelf.partition, &older);
    assert_eq!(
        world.whats().await,
        [(DocumentKind::RecordLocation, Defect::ShelfChanged), (DocumentKind::Chain, Defect::Chain(ChainFlaw::HeadOlder))]
    );

    let world = World::lived_in().await;
    let page = Page { order: Order::Ascending, limit: 1, after: None };
    let first = world.documents.list(shelf.container, &shelf.partition, "step-", Part::Body, &page).await.unwrap();
    world.delete(shelf.container, &shelf.partition, &first.items[0].id).await;
    assert_eq!(world.whats().await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::EntryMissing))]);
}
