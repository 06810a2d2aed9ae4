//! A physical partition splits under concurrent reads and writes.

use azure_data_cosmos_driver::in_memory_emulator::VirtualAccountConfig;
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Cursor, Listing, Order, Page, ReadError},
};
use std::{collections::BTreeSet, ops::Range, time::Duration};
use test_support::{
    clock::TestClock,
    documents::{Actor, ids, name, opened, page},
    doubles::cosmos::{DATABASE, Emulator, REGION, region},
};
use tokio::task::JoinSet;

const TASKS: usize = 8;
const ROUNDS: usize = 24;
/// How long the service refuses requests to a splitting partition.
const LOCKED: Duration = Duration::from_millis(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_repeated() {
    let emulator = Emulator::of(VirtualAccountConfig::new(vec![region(REGION)]).unwrap(), 2);
    let clock = TestClock::new();
    let before = Actor::on(emulator.documents(clock.clone()).await, clock.clone());
    let cursors = before_the_split(&before).await;
    let mut actors = Vec::new();
    for number in 0..TASKS {
        let actor = Actor::on(emulator.documents(clock.clone()).await, clock.clone());
        actors.push(actor.in_place(before.container, &format!("adviser-{number}")));
    }
    traffic(&actors, 0..ROUNDS / 2).join_all().await;
    let tasks = traffic(&actors, ROUNDS / 2..ROUNDS);
    for partition in [0, 1] {
        emulator.store().split_partition(DATABASE, before.container.name(), partition, LOCKED);
    }
    emulator.store().drain_pending_control_plane().await;
    let mut acknowledged = BTreeSet::new();
    for (place, mine) in tasks.join_all().await {
        acknowledged.extend(mine.iter().map(|id| format!("{place}/{id}")));
        let actor = before.in_place(before.container, &place);
        assert_eq!(actor.ids("client-").await, Vec::from_iter(mine), "{place}");
    }
    assert_eq!(acknowledged.len(), TASKS * ROUNDS);
    assert_eq!(scanned(&before, "client-", None).await, Vec::from_iter(acknowledged));
    after_the_split(&before, cursors).await;
}

fn traffic(actors: &[Actor], rounds: Range<usize>) -> JoinSet<(String, BTreeSet<String>)> {
    actors.iter().map(|actor| work(actor.clone(), rounds.clone())).collect()
}

/// Creates, reads back and lists. Clean failures are retried, as a caller would. Returns what exists afterwards.
async fn work(actor: Actor, rounds: Range<usize>) -> (String, BTreeSet<String>) {
    let mut mine: BTreeSet<_> = (0..rounds.start).map(client).collect();
    for id in rounds.map(client) {
        created(&actor, &id).await;
        mine.insert(id.clone());
        assert_eq!(read(&actor, &id).await, Some(id));
        assert_eq!(listed(&actor, "client-", None).await, Vec::from_iter(mine.clone()));
        let own = format!("{}/", actor.partition);
        let scanned = scanned(&actor, "client-", None).await;
        assert!(scanned.is_sorted_by(|left, right| left < right), "{scanned:?}");
        assert_eq!(scanned.iter().filter(|path| path.starts_with(&own)).count(), mine.len());
    }
    (actor.partition.to_string(), mine)
}

fn client(round: usize) -> String {
    format!("client-{round:03}")
}

/// Twelve documents in each of four partitions; returns the cursors of a list and a scan after five of them.
async fn before_the_split(actor: &Actor) -> (Cursor, Cursor) {
    for place in 0..4 {
        let actor = actor.in_place(actor.container, &format!("early-{place}"));
        for number in 0..12 {
            actor.create(&format!("early-{number:02}"), "text").await.unwrap();
        }
    }
    let page = page(Order::Ascending, 5, None);
    let early = actor.in_place(actor.container, "early-2");
    let list = early.list("early-", Part::Body, page.clone()).await.unwrap();
    let scan = actor.documents.scan(actor.container, "early-", Part::Body, &page).await.unwrap();
    assert_eq!((list.items.len(), scan.items.len()), (5, 5));
    (list.next.unwrap(), scan.next.unwrap())
}

async fn after_the_split(actor: &Actor, (list, scan): (Cursor, Cursor)) {
    let early = actor.in_place(actor.container, "early-2");
    let rest = (5..12).map(|number| format!("early-{number:02}"));
    assert_eq!(listed(&early, "early-", Some(list)).await, rest.collect::<Vec<_>>());
    let all = (0..4).flat_map(|place| (0..12).map(move |number| format!("early-{place}/early-{number:02}")));
    assert_eq!(scanned(actor, "early-", Some(scan)).await, all.skip(5).collect::<Vec<_>>());
}

/// The id is unique to this task: if it is taken, an attempt with unknown outcome had succeeded.
async fn created(actor: &Actor, id: &str) {
    let mut in_doubt = false;
    loop {
        match actor.create(id, id).await {
            Ok(_) => return,
            Err(CommitError::Conflict) if in_doubt => return,
            Err(CommitError::Unknown) => in_doubt = true,
            Err(error) => assert_eq!(error, CommitError::Unavailable),
        }
        tokio::task::yield_now().await;
    }
}

async fn read(actor: &Actor, id: &str) -> Option<String> {
    loop {
        match actor.documents.read(actor.container, &actor.partition, &name(id)).await {
            Ok(stored) => return stored.map(|stored| opened(&stored.body)),
            Err(error) => assert_eq!(error, ReadError::Unavailable),
        }
        tokio::task::yield_now().await;
    }
}

/// A page, requested again while the service is busy with the split.
async fn page_of(actor: &Actor, prefix: &str, page: Page, everywhere: bool) -> Listing {
    loop {
        let answer = if everywhere {
            actor.documents.scan(actor.container, prefix, Part::Summary, &page).await
        } else {
            actor.list(prefix, Part::Summary, page.clone()).await
        };
        match answer {
            Ok(listing) => return listing,
            Err(error) => assert_eq!(error, ReadError::Unavailable),
        }
        tokio::task::yield_now().await;
    }
}

async fn listed(actor: &Actor, prefix: &str, mut after: Option<Cursor>) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let listing = page_of(actor, prefix, page(Order::Ascending, 7, after), false).await;
        found.extend(ids(&listing));
        after = listing.next;
        if after.is_none() {
            return found;
        }
    }
}

async fn scanned(actor: &Actor, prefix: &str, mut after: Option<Cursor>) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let listing = page_of(actor, prefix, page(Order::Ascending, 50, after), true).await;
        found.extend(listing.items.iter().map(|item| format!("{}/{}", item.partition, item.id)));
        after = listing.next;
        if after.is_none() {
            return found;
        }
    }
}
