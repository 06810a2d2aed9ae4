//! A hand-over whose process dies at any moment: whoever goes on finds every file in one place, and every file opens.

use crate::{
    log::Log,
    support::{
        between::Between,
        dying::Death,
        hand_over::{Office, Process, Request, file_id},
    },
};
use finrust::{
    crypto::envelope::Part,
    domain::{
        chain::Entry,
        ids::ClientId,
        session::Adviser,
        trail::{Deed, Trace},
    },
    embedded::work_off,
    flows::maintenance,
    ports::{Operation, Order, Page},
    store::{
        client_documents,
        client_writes::{Content, FileWrite, Writer},
        records::{self, NewStep},
    },
};
use serde_json::Value;
use std::sync::{Arc, atomic::Ordering};

const DEATHS: u64 = 50;

#[tokio::test]
async fn whoever_goes_on_after_a_death_finds_every_file_in_one_place() {
    let ready = Office::open().await;
    let office = ready.copy();
    let process = office.process(Death::NEVER);
    process.work().await;
    office.check(&process, Death::NEVER).await;
    let operations = process.operations.load(Ordering::Relaxed);
    for number in 0..DEATHS {
        let office = ready.copy();
        let death = Death { at: 1 + mix(number) % operations, after: mix(mix(number)).is_multiple_of(2) };
        office.process(death).work().await;
        let process = office.process(Death::NEVER);
        office.verify(&process, death).await;
        go_on(&process).await;
        office.check(&process, death).await;
    }
}

/// Maintenance announces what one instance is at, and another does all of it at any moment in between.
#[tokio::test]
async fn two_instances_at_one_hand_over_do_it_once_and_find_nothing_broken() {
    let ready = Office::open().await;
    for operation in 0.. {
        let (office, between) = (ready.copy(), Between::default());
        let (process, other) = (office.interrupted(&between), Arc::new(office.process(Death::NEVER)));
        let elsewhere = Arc::clone(&other);
        between.before_operation(operation, async move { go_on(&elsewhere).await });
        let log = Log::start();
        process.work().await;
        assert_eq!(log.events("does_not_open"), [] as [Value; 0], "before operation {operation}");
        drop(log);
        let is_over = between.cancel();
        go_on(&process).await;
        office.check(&other, Death::NEVER).await;
        if is_over {
            break;
        }
    }
}

/// What is left of this when a process dies so.
async fn after_a_death(ready: &Office, at: u64) -> (Office, Process, bool) {
    let office = ready.copy();
    office.process(Death { at, after: true }).work().await;
    let process = office.process(Death::NEVER);
    let has_begun = office.phase(&process).await.has_begun();
    (office, process, has_begun)
}

/// From some operations before it has begun up to where both were told.
#[tokio::test]
async fn both_advisers_are_told_once_whenever_whoever_begins_dies() {
    let ready = Office::open().await;
    let (mut before, mut begun) = (0_u64, 512);
    while begun - before > 1 {
        let middle = before.midpoint(begun);
        if after_a_death(&ready, middle).await.2 { begun = middle } else { before = middle }
    }
    let mut not_told = 0;
    for at in begun.saturating_sub(6)..begun + 64 {
        let (office, process, has_begun) = after_a_death(&ready, at).await;
        let told = office.told(&process).await;
        if has_begun && told == [1, 1] {
            break;
        }
        not_told += usize::from(has_begun);
        go_on(&process).await;
        assert_eq!(office.told(&process).await, [1, 1], "death at {at}, after {told:?}");
    }
    assert!(not_told > 1, "it died before it had told them");
}

#[tokio::test]
async fn what_the_successor_deletes_between_a_death_and_the_next_start_does_not_come_back() {
    let ready = Office::open().await;
    for at in 1.. {
        let office = ready.copy();
        office.process(Death { at, after: true }).work().await;
        let process = office.process(Death::NEVER);
        let (clients, now) = (&process.state.services.clients, process.state.services.now());
        let Some(found) = clients.find(office.bert.scope(), file_id(0)).await.unwrap() else { continue };
        assert!(clients.find(office.anna.scope(), file_id(0)).await.unwrap().is_some(), "it died between the two");
        let content = Content::Gone { if_match: found.etag, revision: found.kept.revision };
        let write = FileWrite { id: file_id(0), deed: Deed::Deleted, content };
        clients.write(Writer::of(&office.bert, now), &[write]).await.unwrap();
        go_on(&process).await;
        for adviser in [&office.anna, &office.bert] {
            assert!(clients.find(adviser.scope(), file_id(0)).await.unwrap().is_none());
            assert!(clients.find(office.bert.scope(), file_id(1)).await.unwrap().is_some());
        }
        return;
    }
}

/// Whoever can write to the database takes away what a hand-over has brought, while the leaver's has not gone yet.
#[tokio::test]
async fn what_somebody_takes_from_the_successor_is_not_let_go_by_the_leaver() {
    let ready = Office::open().await;
    for at in 1.. {
        let office = ready.copy();
        office.process(Death { at, after: true }).work().await;
        let process = office.process(Death::NEVER);
        let clients = &process.state.services.clients;
        if clients.find(office.bert.scope(), file_id(0)).await.unwrap().is_none() {
            continue;
        }
        let taken = Operation::Delete { id: client_documents::client(file_id(0)), if_match: None };
        let shelf = client_documents::shelf(office.bert.scope());
        process.state.documents.commit(shelf.container, &shelf.partition, vec![taken]).await.unwrap();
        go_on(&process).await;
        assert!(clients.find(office.anna.scope(), file_id(0)).await.unwrap().is_some(), "it is nowhere else");
        return;
    }
}

#[tokio::test]
async fn a_record_whose_last_step_somebody_takes_from_the_successor_is_not_let_go_by_the_leaver() {
    let ready = Office::open().await;
    let whole = ready.copy();
    let process = whole.process(Death::NEVER);
    process.work().await;
    let last = process.operations.load(Ordering::Relaxed);
    for at in (1..last).rev() {
        let office = ready.copy();
        office.process(Death { at, after: true }).work().await;
        let process = office.process(Death::NEVER);
        let (requests, documents) = (process.requests(), &process.state.documents);
        let is_with = async |adviser: &Adviser| requests.find(adviser.scope(), office.request).await.unwrap().is_some();
        if !(is_with(&office.anna).await && is_with(&office.bert).await) {
            continue;
        }
        let shelf = client_documents::shelf(office.bert.scope());
        let page = Page { order: Order::Descending, limit: 1, after: None };
        let steps =
            documents.list(shelf.container, &shelf.partition, &records::step_prefix(office.request), Part::Body, &page).await.unwrap();
        let taken = Operation::Delete { id: steps.items[0].id.clone(), if_match: None };
        documents.commit(shelf.container, &shelf.partition, vec![taken]).await.unwrap();
        go_on(&process).await;
        assert!(is_with(&office.anna).await, "it is whole nowhere else");
        return;
    }
    panic!("it never died between the two");
}

/// The successor has gone on with it meanwhile, so what has arrived is not all that there is to it.
#[tokio::test]
async fn a_record_of_which_a_later_step_is_taken_from_the_successor_is_not_let_go_by_the_leaver() {
    let ready = Office::open().await;
    let whole = ready.copy();
    let process = whole.process(Death::NEVER);
    process.work().await;
    let last = process.operations.load(Ordering::Relaxed);
    for at in (1..last).rev() {
        let office = ready.copy();
        office.process(Death { at, after: true }).work().await;
        let process = office.process(Death::NEVER);
        let (requests, documents) = (process.requests(), &process.state.documents);
        let (here, there) = (office.anna.scope(), office.bert.scope());
        let (Some(_), Some(arrived)) =
            (requests.find(here, office.request).await.unwrap(), requests.find(there, office.request).await.unwrap())
        else {
            continue;
        };
        let shelf = client_documents::shelf(there);
        let steps = async || {
            let page = Page { order: Order::Descending, limit: 10, after: None };
            let prefix = records::step_prefix(office.request);
            documents.list(shelf.container, &shelf.partition, &prefix, Part::Body, &page).await.unwrap().items
        };
        let step = NewStep { record: Request("three".into()), event: "three".into(), at: process.state.services.now() };
        assert!(requests.append(&office.bert, &arrived, step).await.is_ok());
        let all = steps().await;
        assert_eq!(all.len(), 3);
        let taken = Operation::Delete { id: all[0].id.clone(), if_match: None };
        documents.commit(shelf.container, &shelf.partition, vec![taken]).await.unwrap();
        go_on(&process).await;
        assert!(requests.find(here, office.request).await.unwrap().is_some(), "it is whole nowhere else");
        return;
    }
    panic!("it never died between the two");
}

async fn go_on(process: &Process) {
    assert!(maintenance::run(&process.state.services, &*process.state.documents).await.is_ok());
    work_off(&process.queue, &process.state.services).await.unwrap();
}

#[tokio::test]
async fn the_successor_reads_what_became_of_a_file_with_its_predecessor() {
    let office = Office::open().await;
    let process = office.process(Death::NEVER);
    let clients = &process.state.services.clients;
    assert_eq!(clients.formers(office.bert.scope(), file_id(3)).await.unwrap(), [], "nothing has moved yet");
    process.work().await;
    let formers = clients.formers(office.bert.scope(), file_id(3)).await.unwrap();
    let [former] = formers.as_slice() else { panic!("{formers:?}") };
    let own = clients.trail(office.bert.scope(), file_id(3), 500, None).await.unwrap();
    let before = clients.former_trail(*former, 500, None).await.unwrap();
    let deeds = |slice: &[Entry<Trace>]| -> Vec<_> { slice.iter().map(|entry| (entry.event.deed, entry.event.revision)).collect() };
    assert_eq!(deeds(&own.items), [(Deed::TakenOver, 2)]);
    assert_eq!(deeds(&before.items), [(Deed::HandedOver, 1), (Deed::Created, 1)]);
    assert_eq!(clients.formers(office.anna.scope(), file_id(3)).await.unwrap(), [], "the leaver learns nothing of what follows");
}

#[tokio::test]
async fn a_request_that_was_on_its_way_writes_nothing_any_more() {
    let office = Office::open().await;
    let process = office.process(Death::NEVER);
    let services = &process.state.services;
    let kept = services.clients.find(office.anna.scope(), file_id(0)).await.unwrap().unwrap().kept;
    process.work().await;
    let write = FileWrite { id: ClientId::from_random([9; 16]), deed: Deed::Created, content: Content::New(kept) };
    let late = services.clients.write(Writer::of(&office.anna, services.now()), &[write]).await;
    assert!(late.is_err());
    office.check(&process, Death::NEVER).await;
}

/// Bits in disorder (the finaliser of `SplitMix64`).
const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
