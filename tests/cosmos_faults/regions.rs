//! An account in two regions: only the write region serves requests.

use azure_data_cosmos_driver::in_memory_emulator::{ConsistencyLevel, ReplicationConfig, VirtualAccountConfig, WriteMode};
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Order, ReadError},
};
use std::sync::Arc;
use test_support::{
    clock::TestClock,
    documents::{Actor, ids, name, opened, page},
    doubles::{
        cosmos::{Emulator, REGION, region},
        cosmos_faults::{ALWAYS, COMMITS, Fault, QUERIES, READS, fault_in},
    },
};

const OTHER: &str = "North Europe";
const FAILURES: [Fault; 6] = [Fault::Timeout, Fault::Unavailable, Fault::Broken, Fault::Gone, Fault::NoConnection, Fault::LostBefore];

fn two_regions() -> Arc<Emulator> {
    let account = VirtualAccountConfig::new(vec![region(REGION), region(OTHER)]).unwrap();
    let account = account.with_write_mode(WriteMode::Single).with_consistency(ConsistencyLevel::Session);
    Emulator::of(account.with_replication_config(ReplicationConfig::immediate()), 1)
}

/// `client-1` says "new" in the write region and "old" in the other; `client-2` does not exist in the other yet.
async fn behind(emulator: &Arc<Emulator>, calm: &Actor) {
    let old = calm.create("client-1", "old").await.unwrap();
    emulator.store().pause_replication(OTHER);
    calm.replace("client-1", "new", &old).await.unwrap();
    calm.create("client-2", "new").await.unwrap();
}

/// Fails cleanly or returns the current state.
async fn is_never_old(actor: &Actor, what: Fault) {
    for id in ["client-1", "client-2"] {
        match actor.documents.read(actor.container, &actor.partition, &name(id)).await {
            Ok(stored) => assert_eq!(opened(&stored.unwrap().body), "new", "{what:?}"),
            Err(error) => assert_eq!(error, ReadError::Unavailable, "{what:?}"),
        }
    }
    let page = page(Order::Ascending, 10, None);
    let list = actor.list("client-", Part::Body, page.clone()).await;
    let scan = actor.documents.scan(actor.container, "client-", Part::Body, &page).await;
    for listing in [list, scan] {
        match listing {
            Ok(listing) => assert_eq!(ids(&listing), ["client-1", "client-2"], "{what:?}"),
            Err(error) => assert_eq!(error, ReadError::Unavailable, "{what:?}"),
        }
    }
}

#[tokio::test]
async fn a_region_that_lags_behind_answers_no_read() {
    for failure in FAILURES {
        let (emulator, clock) = (two_regions(), TestClock::new());
        let calm = Actor::on(emulator.documents(clock.clone()).await, clock.clone());
        behind(&emulator, &calm).await;
        let faults = [READS, QUERIES].map(|kind| fault_in(REGION, kind, failure, ALWAYS));
        let actor = Actor::on(emulator.documents_with(clock.clone(), faults.to_vec()).await, clock);
        for _ in 0..3 {
            let read = actor.documents.read(actor.container, &actor.partition, &name("client-1")).await;
            assert!(matches!(read, Err(ReadError::Unavailable)), "{failure:?}");
            is_never_old(&actor, failure).await;
        }
        for fault in &faults {
            fault.disable();
        }
        assert_eq!(actor.text("client-1").await.as_deref(), Some("new"), "{failure:?}");
    }
}

/// The SDK assumes that a region that fails to write had better not be read from either.
#[tokio::test]
async fn failing_writes_send_no_read_elsewhere() {
    for failure in FAILURES {
        let (emulator, clock) = (two_regions(), TestClock::new());
        let calm = Actor::on(emulator.documents(clock.clone()).await, clock.clone());
        behind(&emulator, &calm).await;
        let fault = fault_in(REGION, COMMITS, failure, ALWAYS);
        let actor = Actor::on(emulator.documents_with(clock.clone(), vec![Arc::clone(&fault)]).await, clock);
        for _ in 0..5 {
            let refused = actor.create("client-3", "text").await.unwrap_err();
            assert!(matches!(refused, CommitError::Unknown | CommitError::Unavailable), "{failure:?}: {refused}");
            assert_eq!(actor.text("client-1").await.as_deref(), Some("new"), "{failure:?}");
            assert_eq!(actor.text("client-2").await.as_deref(), Some("new"), "{failure:?}");
            is_never_old(&actor, failure).await;
        }
        fault.disable();
        actor.create("client-3", "text").await.unwrap();
    }
}

#[tokio::test]
async fn the_other_region_going_offline_disturbs_nobody() {
    let (emulator, clock) = (two_regions(), TestClock::new());
    let actor = Actor::on(emulator.documents(clock.clone()).await, clock);
    actor.create("client-1", "text").await.unwrap();
    emulator.store().set_region_offline(OTHER).unwrap();
    actor.create("client-2", "text").await.unwrap();
    assert_eq!(actor.text("client-1").await.as_deref(), Some("text"));
    assert_eq!(actor.ids("").await, ["client-1", "client-2"]);
    emulator.store().set_region_online(OTHER).unwrap();
    assert_eq!(actor.ids("").await, ["client-1", "client-2"]);
}

#[tokio::test]
async fn a_planned_failover_is_followed_by_who_writes() {
    let (emulator, clock) = (two_regions(), TestClock::new());
    let actor = Actor::on(emulator.documents(clock.clone()).await, clock);
    let first = actor.create("client-1", "first").await.unwrap();
    emulator.store().set_write_region(OTHER).unwrap();
    let second = actor.replace("client-1", "second", &first).await.unwrap();
    emulator.store().pause_replication(REGION);
    actor.replace("client-1", "third", &second).await.unwrap();
    actor.create("client-2", "text").await.unwrap();
    assert_eq!(actor.text("client-1").await.as_deref(), Some("third"));
    assert_eq!(actor.ids("").await, ["client-1", "client-2"]);
}

/// Two instances, each with its own connection, for every deployed account configuration.
#[tokio::test]
async fn what_one_instance_acknowledged_the_other_reads() {
    let accounts = [(ConsistencyLevel::Strong, 1), (ConsistencyLevel::BoundedStaleness, 1), (ConsistencyLevel::Strong, 3)];
    for (level, regions) in accounts {
        let regions = [REGION, OTHER, "Sweden Central"][..regions].iter().map(|name| region(name)).collect();
        let account = VirtualAccountConfig::new(regions).unwrap().with_write_mode(WriteMode::Single).with_consistency(level);
        let emulator = Emulator::of(account.with_replication_config(ReplicationConfig::immediate()), 1);
        let clock = TestClock::new();
        let one = Actor::on(emulator.documents(clock.clone()).await, clock.clone());
        let other = Actor::on(emulator.documents(clock.clone()).await, clock);
        let mut etag = one.create("client-0", "0").await.unwrap();
        for number in 1..30_usize {
            let (writer, reader) = if number % 2 == 0 { (&one, &other) } else { (&other, &one) };
            etag = writer.replace("client-0", &number.to_string(), &etag).await.unwrap();
            assert_eq!(reader.text("client-0").await, Some(number.to_string()));
            writer.create(&format!("client-{number}"), "new").await.unwrap();
            assert_eq!(reader.ids("client-").await.len(), number + 1);
        }
    }
}

/// A connection notices when it reads the account again: every five minutes by the SDK's clock, or when a region refuses to write. Until
/// then it fails cleanly; a new connection works at once.
#[tokio::test]
async fn the_writing_region_going_offline_loses_nothing() {
    let (emulator, clock) = (two_regions(), TestClock::new());
    let actor = Actor::on(emulator.documents(clock.clone()).await, clock.clone());
    let first = actor.create("client-1", "first").await.unwrap();
    emulator.store().set_region_offline(REGION).unwrap();
    assert_eq!(actor.replace("client-1", "lost", &first).await, Err(CommitError::Unavailable));
    let read = actor.documents.read(actor.container, &actor.partition, &name("client-1")).await;
    assert!(matches!(read, Err(ReadError::Unavailable)));

    let restarted = Actor::on(emulator.documents(clock.clone()).await, clock);
    assert_eq!(restarted.text("client-1").await.as_deref(), Some("first"));
    let second = restarted.replace("client-1", "second", &first).await.unwrap();
    emulator.store().pause_replication(REGION);
    emulator.store().set_region_online(REGION).unwrap();
    assert_eq!(actor.replace("client-1", "stale", &first).await, Err(CommitError::Stale));
    assert_eq!(actor.text("client-1").await.as_deref(), Some("second"));
    actor.replace("client-1", "third", &second).await.unwrap();
    assert_eq!(restarted.text("client-1").await.as_deref(), Some("third"));
}
