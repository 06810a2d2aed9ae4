//! Alarms beside records: what a step leaves, what damage shows, and which key seals them.

use crate::world::World;
use finrust::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        ids::{RecordId, ScopeId},
        record::{Alarm, Record},
        sign_in::session::Adviser,
        wire::values::Day,
    },
    flows::{
        rotation::Rotation,
        verify::report::{Defect, DocumentKind},
    },
    ports::{Body, Clock, Container, DocumentId, Draft, Partition},
    store::{
        alarms::{Alarms, alarm_document},
        clients::{self, commits::ClientCommits, records::ClientRecords},
        keys::{
            rotation::{SealingScope, newest_active},
            sealing::KeyScope,
        },
        records::repository::NewStep,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The smallest record with an alarm: when it is due, as long as it is open.
#[derive(Clone, Serialize, Deserialize)]
struct Errand(Option<Day>);

impl Record for Errand {
    type Event = ();
    type Summary = ();

    fn summary(&self) {}

    fn alarm(&self) -> Option<Alarm> {
        self.0.map(|due_on| Alarm { due_on })
    }
}

const ID: RecordId = RecordId::from_bytes([6; 16]);

const DONE: Errand = Errand(None);

fn by(day: &str) -> Errand {
    Errand(Some(Day::parse(day).unwrap()))
}

impl World {
    fn errands(&self) -> (ClientRecords<Errand>, Adviser) {
        let (documents, sealing) = (Arc::clone(&self.documents), Arc::clone(&self.sealing));
        let commits = Arc::new(ClientCommits::new(Arc::clone(&documents), Arc::clone(&sealing)));
        (ClientRecords::new(documents, sealing, commits), self.adviser(self.files[0].0))
    }

    fn partition(&self) -> Partition {
        clients::documents::partition(self.adviser(self.files[0].0).scope())
    }

    /// Creates the record, or takes a step.
    async fn errand(&self, errand: Errand) {
        let (errands, adviser) = self.errands();
        let step = NewStep { record: errand, event: (), at: Timestamp::UNIX_EPOCH };
        match errands.of(adviser.scope()).find(ID).await.unwrap() {
            Some(found) => assert!(errands.append(&adviser, &found, step).await.is_ok()),
            None => assert!(errands.create(&adviser, ID, step).await.is_ok()),
        }
    }

    /// The alarms as maintenance sees them.
    async fn alarms(&self) -> Vec<(ScopeId, RecordId, Day)> {
        let alarms = Alarms::new(Arc::clone(&self.documents), Arc::clone(&self.sealing));
        let found = alarms.page(None).await.unwrap().items;
        found.into_iter().map(|found| (found.scope, found.record, found.alarm.due_on)).collect()
    }

    /// Writes an alarm, as an attacker with the keys would.
    async fn put_alarm(&self, partition: &Partition, id: &DocumentId, over: bool, due_on: &str) {
        let place = EnvelopeContext { container: "clients", partition: partition.as_str(), document: id.as_str(), part: Part::Body };
        let content = serde_json::json!({ "due_on": due_on }).to_string();
        let body = Body::Sealed(self.sealing.seal(KeyScope::Service, place, content.as_bytes()).await.unwrap());
        let empty = self.draft(id.as_str(), KeyScope::Service, place).await;
        self.put(Container::Clients, partition, over.then_some(id), Draft { body, ..empty }).await;
    }
}

#[tokio::test]
async fn an_alarm_comes_changes_and_goes_with_the_step() {
    let world = World::lived_in().await;
    let scope = world.files[0].0;
    for errand in [by("2026-04-01"), by("2026-04-01"), by("2026-05-01"), DONE, DONE, by("2026-06-01")] {
        world.errand(errand.clone()).await;
        assert_eq!(world.alarms().await, errand.0.map(|day| (scope, ID, day)).into_iter().collect::<Vec<_>>());
        assert_eq!(world.whats().await, []);
    }
}

#[tokio::test]
async fn an_alarm_that_is_gone_another_or_of_no_record_shows() {
    let world = World::lived_in().await;
    let (partition, alarm) = (world.partition(), alarm_document(ID));
    world.errand(by("2026-04-01")).await;
    world.put_alarm(&partition, &alarm, true, "2026-04-02").await;
    assert_eq!(world.whats().await, [(DocumentKind::Alarm, Defect::AlarmMissing)]);
    world.delete(Container::Clients, &partition, &alarm).await;
    assert_eq!(world.whats().await, [(DocumentKind::Alarm, Defect::AlarmMissing)]);
    world.put_alarm(&partition, &alarm, false, "2026-04-01").await;
    world.errand(DONE).await;
    assert_eq!(world.whats().await, []);
    world.put_alarm(&partition, &alarm, false, "2026-04-01").await;
    assert_eq!(world.whats().await, [(DocumentKind::Alarm, Defect::AlarmStray)]);
    world.delete(Container::Clients, &partition, &alarm).await;
    let stranger = alarm_document(RecordId::from_bytes([7; 16]));
    world.put_alarm(&partition, &stranger, false, "2026-04-01").await;
    assert_eq!(world.whats().await, [(DocumentKind::Alarm, Defect::AlarmStray)]);
}

#[tokio::test]
async fn an_alarm_that_is_misnamed_or_nobodys_shows_and_keeps_no_other_waiting() {
    let world = World::lived_in().await;
    let (partition, nobody) = (world.partition(), Partition::parse("0-nobody").unwrap());
    world.errand(by("2026-04-01")).await;
    world.put_alarm(&partition, &DocumentId::parse("alarm-1").unwrap(), false, "2026-04-01").await;
    world.put_alarm(&nobody, &alarm_document(ID), false, "2026-04-01").await;
    let mut whats = world.whats().await;
    whats.sort_by_key(|(_, what)| format!("{what:?}"));
    assert_eq!(whats, [(DocumentKind::Alarm, Defect::Misplaced), (DocumentKind::Alarm, Defect::UnknownDocument)]);
    assert_eq!(world.alarms().await.len(), 1);
}

#[tokio::test]
async fn a_rotation_of_the_services_key_seals_alarms_anew() {
    let world = World::lived_in().await;
    let (partition, alarm) = (world.partition(), alarm_document(ID));
    world.errand(by("2026-04-01")).await;
    let named = async || world.documents.read(Container::Clients, &partition, &alarm).await.unwrap().unwrap().body.key_id().unwrap();
    let rotation = Rotation { sealing: &world.sealing, documents: &*world.documents, clock: &*world.clock };
    let adviser = SealingScope::of(KeyScope::Adviser(world.files[0].0)).unwrap();
    let before = named().await;
    for scope in [adviser, SealingScope::SERVICE] {
        assert!(world.sealing.rotate(scope, world.clock.now() + SignedDuration::from_secs(1)).await.unwrap());
        let resealed = rotation.reseal(scope, usize::MAX, |_| {}).await.unwrap();
        assert_eq!(resealed.broken, 0);
        let active = newest_active(&world.sealing.known_keys(scope.scope()).await.unwrap()).unwrap().id;
        assert_eq!((named().await == before, named().await == active), (scope == adviser, scope != adviser));
    }
    assert_eq!((world.whats().await, world.alarms().await.len()), (vec![], 1));
}
