//! A new data key: everything in its scope is re-sealed and nothing else, whatever happens meanwhile.

use super::world::{Note, World, hours};
use finrust::{
    crypto::{
        envelope::{EnvelopeContext, Part, Unopened},
        key_record::KeyState,
    },
    domain::{
        ids::{KeyId, WriteId},
        sign_in::attempt::{Attempt, Event, Outcome},
    },
    flows::{
        rotation::{Destroyed, Resealed, Rotation},
        verify::report::{Defect, DocumentKind},
    },
    ports::{Body, Clock, Container, DocumentId, Draft, Operation, Order, Page, Partition},
    store::{
        authority::{Authority, Warrant},
        identities::repository::IdentityWrite,
        keys::{
            rotation::{SealingScope, newest_active},
            sealing::{KeyScope, Sealing},
        },
        records::repository::Records,
    },
};
use jiff::SignedDuration;
use std::{collections::BTreeMap, sync::Arc};

/// The location of a part of a document.
type Spot = (&'static str, Partition, DocumentId, &'static str);

impl World {
    pub fn rotation<'a>(&'a self, sealing: &'a Sealing) -> Rotation<'a> {
        Rotation { sealing, documents: &*self.documents, clock: &*self.clock }
    }

    async fn rotate(&self, scope: SealingScope) -> bool {
        self.sealing.rotate(scope, self.clock.now() + SignedDuration::from_secs(1)).await.unwrap()
    }

    async fn reseal(&self, scope: SealingScope) -> Resealed {
        self.rotation(&self.sealing).reseal(scope, usize::MAX, |_| {}).await.unwrap()
    }

    async fn destroy(&self, scope: SealingScope) -> Destroyed {
        self.rotation(&self.sealing).destroy_retired(&[scope], |_| {}).await.unwrap()
    }

    fn advisers(&self) -> [SealingScope; 2] {
        [0, 1].map(|index| SealingScope::of(KeyScope::Adviser(self.files[index].0)).unwrap())
    }

    async fn active(&self, scope: SealingScope) -> KeyId {
        newest_active(&self.sealing.known_keys(scope.scope()).await.unwrap()).unwrap().id
    }

    async fn states(&self, scope: SealingScope) -> Vec<KeyState> {
        let mut keys = self.sealing.known_keys(scope.scope()).await.unwrap();
        keys.sort_by_key(|key| key.description.created);
        keys.iter().map(|key| key.description.state).collect()
    }

    /// The key named by each sealed part.
    async fn named(&self) -> BTreeMap<Spot, KeyId> {
        let mut named = BTreeMap::new();
        for container in [Container::Identities, Container::Clients, Container::Register] {
            for part in [Part::Body, Part::Summary] {
                let page = Page { order: Order::Ascending, limit: 1000, after: None };
                for item in self.documents.scan(container, "", part, &page).await.unwrap().items {
                    let Some(sealed) = item.part else { continue };
                    named.insert((container.name(), item.partition, item.id, part.name()), sealed.key_id().unwrap());
                }
            }
        }
        named
    }

    /// Which parts name this key.
    async fn spots(&self, key: KeyId) -> Vec<Spot> {
        self.named().await.into_iter().filter(|(_, named)| *named == key).map(|(spot, _)| spot).collect()
    }

    /// Whether the write succeeded, rather than losing to another one.
    async fn try_attempt(&self) -> bool {
        let found = self.identities.find(self.anna).await.unwrap();
        let attempt = Attempt { outcome: Outcome::WrongPassword, ip: None, user_agent: None, count: 1 };
        let write = IdentityWrite::of(found.identity.clone(), Event::Attempt(attempt), self.clock.now());
        self.identities.commit(&found, &Authority::Operator, write).await.is_ok()
    }

    /// A document as it could be in a backup: under the current key.
    async fn copy_of(&self, scope: SealingScope, id: &DocumentId) -> Draft {
        let partition = scope.scope().partition();
        let stored = self.documents.read(Container::Clients, &partition, id).await.unwrap().unwrap();
        let again = async |part, sealed: &Unopened| {
            let place = EnvelopeContext { container: "clients", partition: partition.as_str(), document: id.as_str(), part };
            let plaintext = self.sealing.open(scope.scope(), place, sealed).await.unwrap();
            self.sealing.seal(scope.scope(), place, &plaintext).await.unwrap()
        };
        let (body, summary) = (again(Part::Body, &stored.body).await, again(Part::Summary, &stored.summary.unwrap()).await);
        let write_id = WriteId::from_random(self.sealing.random_bytes());
        Draft { id: id.clone(), write_id, summary: Some(summary), body: Body::Sealed(body), ttl: None }
    }

    /// Deletes the record of a key, as if it had never existed.
    async fn lose(&self, scope: SealingScope, key: KeyId) {
        let id = DocumentId::parse(&format!("key-{key}")).unwrap();
        self.delete(Container::Keys, &scope.scope().partition(), &id).await;
    }
}

#[tokio::test]
async fn everything_of_the_scope_names_the_new_key_and_opens_without_the_old() {
    let world = World::lived_in().await;
    let ([first, second], mut lost) = (world.advisers(), 0);
    for scope in [SealingScope::SERVICE, first, second] {
        let (old, before) = (world.active(scope).await, world.named().await);
        let mine = world.spots(old).await;
        assert!(world.rotate(scope).await);
        let done = world.reseal(scope).await;
        let documents =
            mine.iter().map(|(container, partition, id, _)| (container, partition, id)).collect::<std::collections::BTreeSet<_>>();
        assert_eq!((done.resealed, done.overtaken, done.broken), (documents.len(), 0, 0));
        let (new, after) = (world.active(scope).await, world.named().await);
        assert_ne!(old, new);
        for (spot, key) in &after {
            let expected = if before[spot] == old { new } else { before[spot] };
            assert_eq!(*key, expected, "{spot:?}");
        }
        assert_eq!(after.len(), before.len());
        world.lose(scope, old).await;
        lost += 1;
        assert_eq!(world.whats().await, vec![(DocumentKind::Key, Defect::KeyMissing); lost], "nothing else needs it");
    }
    assert_eq!(world.verify().await.documents, [14, 6, 8, 4], "as many keys as before");
}

#[tokio::test]
async fn content_and_time_to_live_stay() {
    let world = World::lived_in().await;
    world.clock.advance(hours(5));
    let contents = async || {
        let mut contents = BTreeMap::new();
        for (container, partition, id, _) in world.named().await.into_keys() {
            let container = Container::ALL.into_iter().find(|it| it.name() == container).unwrap();
            let stored = world.documents.read(container, &partition, &id).await.unwrap().unwrap();
            contents.insert((container, partition, id), (stored.write_id, stored.expires_at));
        }
        contents
    };
    let (before, entries) = (contents().await, world.entries(world.anna).await);
    world.rotate(SealingScope::SERVICE).await;
    world.reseal(SealingScope::SERVICE).await;
    let after = contents().await;
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before.values().any(|(_, end)| end.is_some()) && before.values().any(|(_, end)| end.is_none()));
    for (place, (_, end)) in &before {
        let (_, new_end) = after[place];
        let later = end.zip(new_end).map(|(end, new_end)| new_end.duration_since(end));
        assert_eq!(end.is_some(), new_end.is_some());
        assert!(later.is_none_or(|later| !later.is_negative() && later < SignedDuration::from_secs(1)), "{later:?}");
    }
    let ids = |entries: Vec<(DocumentId, _)>| entries.into_iter().map(|(id, entry)| format!("{id} {entry:?}")).collect::<Vec<_>>();
    assert_eq!(ids(entries), ids(world.entries(world.anna).await));
}

#[tokio::test]
async fn a_round_that_was_cut_off_is_gone_on_with() {
    let world = World::lived_in().await;
    let old = world.active(SealingScope::SERVICE).await;
    world.rotate(SealingScope::SERVICE).await;
    let mut left = world.spots(old).await.len();
    // Each round is a process that was killed after three documents.
    for _ in 0..20 {
        let sealing = world.another_instance();
        let done = world.rotation(&sealing).reseal(SealingScope::SERVICE, 3, |_| {}).await.unwrap();
        let now = world.spots(old).await.len();
        assert!(done.resealed == 3 && now < left || now == 0, "{done:?} {left} {now}");
        assert!(world.verify().await.is_clean(), "half-way too");
        left = now;
    }
    assert_eq!(left, 0);
    assert_eq!(world.reseal(SealingScope::SERVICE).await.resealed, 0, "once more changes nothing");
}

#[tokio::test]
async fn what_an_instance_still_seals_under_the_old_key_is_found_by_the_next_round() {
    let world = World::lived_in().await;
    let scope = SealingScope::SERVICE;
    let (old, other) = (world.active(scope).await, world.another_instance());
    other.warm_up(KeyScope::Service).await.unwrap();
    world.rotate(scope).await;
    world.reseal(scope).await;
    assert_eq!(world.spots(old).await, []);
    let straggler = Records::new(Arc::clone(&world.documents), other, Note::location());
    assert!(step(&straggler, "under the old key").await);
    assert_ne!(world.spots(old).await, []);
    assert!(world.reseal(scope).await.resealed > 0);
    assert_eq!((world.spots(old).await, world.states(scope).await), (vec![], vec![KeyState::Retired, KeyState::Active]));
    world.clock.advance(SignedDuration::from_mins(5));
    assert!(step(&straggler, "under the new key").await);
    assert_eq!(world.spots(old).await, [], "nobody has the old key in memory any more");
    world.clock.advance(SignedDuration::from_mins(11));
    world.reseal(scope).await;
    assert_eq!(world.states(scope).await, [KeyState::Spent, KeyState::Active]);
    assert!(world.verify().await.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_beside_it_lose_nothing() {
    let world = Arc::new(World::lived_in().await);
    let (before, writer) = (world.entries(world.anna).await.len(), Arc::clone(&world));
    let writing = tokio::spawn(async move {
        for _ in 0..80 {
            // A writer overtaken by the rotation reads again and then writes, as the flows do.
            while !writer.try_attempt().await {}
            while !step(&writer.notes(), "meanwhile").await {}
        }
    });
    let mut rounds = 0;
    while !writing.is_finished() || rounds < 3 {
        world.rotate(SealingScope::SERVICE).await;
        let done = world.reseal(SealingScope::SERVICE).await;
        assert_eq!(done.broken, 0);
        rounds += 1;
    }
    writing.await.unwrap();
    assert_eq!(world.entries(world.anna).await.len(), before + 80);
    assert_eq!(world.notes().steps(Note::ID).await.unwrap().len(), 2 + 80);
    world.reseal(SealingScope::SERVICE).await;
    let report = world.verify().await;
    assert!(report.is_clean(), "{:#?}", report.lines());
}

#[tokio::test]
async fn a_key_is_destroyed_when_nothing_can_need_it_any_more() {
    let world = World::lived_in().await;
    let [scope, _] = world.advisers();
    let old = world.active(scope).await;
    world.rotate(scope).await;
    world.clock.advance(hours(40 * 24));
    assert_eq!(world.destroy(scope).await, Destroyed { in_use: 1, ..Destroyed::default() }, "no round has been made");
    world.reseal(scope).await;
    let put_back = world.documents.read(Container::Keys, &scope.scope().partition(), &key_document(old)).await.unwrap().unwrap();
    assert_eq!(world.destroy(scope).await, Destroyed { destroyed: 1, ..Destroyed::default() });
    assert_eq!((world.states(scope).await, put_back.id), (vec![KeyState::Active], key_document(old)));
    assert!(world.verify().await.is_clean());
    world.rotate(scope).await;
    world.clock.advance(hours(34 * 24));
    world.reseal(scope).await;
    assert_eq!(world.destroy(scope).await, Destroyed { too_young: 1, ..Destroyed::default() }, "a backup may need it");
}

#[tokio::test]
async fn a_spent_key_that_a_document_names_is_kept() {
    let world = World::lived_in().await;
    let [scope, _] = world.advisers();
    let (partition, client) = (scope.scope().partition(), DocumentId::parse(&format!("client-{}", world.files[0].1)).unwrap());
    let before = world.copy_of(scope, &client).await;
    world.rotate(scope).await;
    world.clock.advance(hours(40 * 24));
    world.reseal(scope).await;
    assert_eq!(world.states(scope).await, [KeyState::Spent, KeyState::Active]);
    // As in a container that was restored from a backup.
    world.delete(Container::Clients, &partition, &client).await;
    world.documents.commit(Container::Clients, &partition, vec![Operation::Create(before)]).await.unwrap();
    assert_eq!(world.destroy(scope).await, Destroyed { named: 1, ..Destroyed::default() });
    assert!(world.verify().await.is_clean());
    assert_eq!(world.reseal(scope).await.resealed, 1, "a round seals it resealed, though its key was spent");
    assert_eq!(world.destroy(scope).await.destroyed, 1);
}

#[tokio::test]
async fn a_damaged_document_is_left_and_keeps_its_key() {
    let world = World::lived_in().await;
    let [scope, _] = world.advisers();
    let id = format!("client-{}", world.files[0].1);
    let elsewhere = EnvelopeContext { container: "clients", partition: "x", document: "x", part: Part::Body };
    let draft = world.draft(&id, scope.scope(), elsewhere).await;
    world.put(Container::Clients, &scope.scope().partition(), Some(&draft.id.clone()), draft).await;
    world.rotate(scope).await;
    world.clock.advance(hours(1));
    let done = world.reseal(scope).await;
    assert_eq!((done.broken, world.states(scope).await), (1, vec![KeyState::Retired, KeyState::Active]));
    assert_eq!(world.whats().await, [(DocumentKind::Client, Defect::DoesNotOpen), (DocumentKind::Client, Defect::PartMissing)]);
}

#[tokio::test]
async fn a_scope_is_rotated_once_for_a_moment_and_never_the_root() {
    let world = World::lived_in().await;
    let (scope, moment) = (SealingScope::SERVICE, world.clock.now() + SignedDuration::from_secs(1));
    assert!(world.sealing.rotate(scope, moment).await.unwrap());
    assert!(!world.sealing.rotate(scope, moment).await.unwrap(), "gone on with, not begun again");
    world.clock.advance(SignedDuration::from_secs(1));
    assert!(world.rotate(scope).await, "another one, for another moment");
    assert_eq!(world.states(scope).await, [KeyState::Retired, KeyState::Retired, KeyState::Active]);
    assert_eq!(SealingScope::of(KeyScope::Index), None);
    let all = world.sealing.sealing_scopes().await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(world.sealing.unsettled_scopes().await.unwrap(), [scope]);
}

/// Whether the step succeeded, rather than losing to another write.
async fn step(notes: &Records<Note>, text: &str) -> bool {
    let found = notes.find(Note::ID).await.unwrap().unwrap();
    notes.append(&found, &Warrant::maintenance(), Note::step(text)).await.is_ok()
}

fn key_document(key: KeyId) -> DocumentId {
    DocumentId::parse(&format!("key-{key}")).unwrap()
}
