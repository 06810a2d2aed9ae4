//! Hand-overs on both sides, and planted notes.

use crate::world::World;
use finrust::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        clients::{trail::AuditAction, write_right::WriteRight},
        ids::{RecordId, ScopeId},
        sign_in::session::BothSides,
    },
    flows::verify::report::{Defect, DocumentKind},
    ports::{Body, Clock, Container, Draft, Partition},
    store::{
        clients::{
            self,
            writes::{Content, FileWrite, Writer},
        },
        keys::sealing::KeyScope,
    },
};

const RECORD: RecordId = RecordId::from_bytes([8; 16]);

impl World {
    /// The leaver's file is deleted as handed over to this adviser by this record.
    async fn let_go(&self, to: ScopeId) {
        let ((scope, id), clients) = (self.files[0], self.clients());
        let found = clients.find(self.adviser(scope).scope(), id).await.unwrap().unwrap();
        let content = Content::Gone { if_match: found.etag, revision: found.kept.revision };
        let sides = BothSides { record: RECORD, from: self.adviser(scope).scope(), to: self.adviser(to).scope() };
        let writer = Writer { right: WriteRight::leaver(&sides), at: self.clock.now() };
        let write = FileWrite { id, deed: AuditAction::HandedOver, content };
        assert!(clients.write(writer, &[write]).await.is_ok());
    }

    async fn take(&self, scope: ScopeId, from: ScopeId) {
        let clients = self.clients();
        let mut kept = clients.find(self.adviser(from).scope(), self.files[0].1).await.unwrap().unwrap().kept;
        kept.revision += 1;
        let sides = BothSides { record: RECORD, from: self.adviser(from).scope(), to: self.adviser(scope).scope() };
        let writer = Writer { right: WriteRight::successor(&sides), at: self.clock.now() };
        let write = FileWrite { id: self.files[0].1, deed: AuditAction::TakenOver, content: Content::New(kept) };
        assert!(clients.write(writer, &[write]).await.is_ok());
    }

    /// Writes a note, as an attacker with the keys would.
    async fn plant_note(&self, scope: ScopeId) {
        let (partition, id) = (Partition::parse(&scope.to_string()).unwrap(), clients::documents::taken_note(RECORD, self.files[0].1));
        let place = EnvelopeContext { container: "clients", partition: partition.as_str(), document: id.as_str(), part: Part::Body };
        let body = Body::Sealed(self.sealing.seal(KeyScope::Service, place, b"null").await.unwrap());
        let empty = self.draft(id.as_str(), KeyScope::Service, place).await;
        self.put(Container::Clients, &partition, None, Draft { body, ..empty }).await;
    }
}

#[tokio::test]
async fn a_file_that_was_let_go_on_the_word_of_a_planted_note_shows_on_both_sides() {
    let world = World::lived_in().await;
    let [from, to] = [0, 1].map(|index| world.files[index].0);
    world.plant_note(to).await;
    assert_eq!(world.whats().await, [(DocumentKind::Taken, Defect::NoteStray)]);
    world.let_go(to).await;
    assert_eq!(world.whats().await, [(DocumentKind::Taken, Defect::NoteStray), (DocumentKind::Trail, Defect::NotTakenOver)]);
    let finding = world.verify().await.findings.pop().unwrap();
    assert_eq!(finding.partition, from.to_string()[..12], "whose file it was");
}

#[tokio::test]
async fn a_file_that_has_come_is_paired_and_its_note_is_missed() {
    let world = World::lived_in().await;
    let [from, to] = [0, 1].map(|index| world.files[index].0);
    world.take(to, from).await;
    world.let_go(to).await;
    assert_eq!(world.whats().await, [(DocumentKind::Taken, Defect::NoteMissing)]);
    world.plant_note(to).await;
    assert_eq!(world.whats().await, []);
    // It went to another adviser than the leaver's audit trail says.
    let world = World::lived_in().await;
    world.take(to, from).await;
    world.plant_note(to).await;
    world.let_go(ScopeId::from_bytes([7; 16])).await;
    assert_eq!(world.whats().await, [(DocumentKind::Trail, Defect::NotTakenOver)]);
}
