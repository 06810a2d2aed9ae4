//! A hand-over whose process dies at any moment: the process that resumes it finds every file in one place, and every file opens.

use crate::support::{
    between::Between,
    dying::Death,
    hand_over::{Office, Process, Request, file_id},
};
use finrust::{
    crypto::envelope::Part,
    domain::{
        chain::Entry,
        clients::trail::{AuditAction, AuditEntry},
        ids::ClientId,
    },
    embedded::drain_queue,
    flows::maintenance,
    ports::{DocumentId, Operation, Order, Page},
    store::{
        clients::{
            self,
            writes::{Content, FileWrite, Writer},
        },
        records::{self, repository::NewStep},
    },
};
use serde_json::Value;
use std::sync::{Arc, atomic::Ordering};
use test_support::{log::Log, mix::mix};

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

/// Maintenance announces work that one instance has in progress, and another does all of it at any point in between.
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

/// The state after a process died at this operation.
async fn after_a_death(ready: &Office, at: u64) -> (Office, Process) {
    let office = ready.copy();
    office.process(Death { at, after: true }).work().await;
    let process = office.process(Death::NEVER);
    (office, process)
}

/// The last operation at which a process can die with `is_so` still true; once false, it stays false.
async fn last_at(ready: &Office, is_so: impl AsyncFn(&Office, &Process) -> bool) -> u64 {
    let (mut so, mut not) = (0, 4096_u64);
    while not - so > 1 {
        let at = so.midpoint(not);
        let (office, process) = after_a_death(ready, at).await;
        *(if is_so(&office, &process).await { &mut so } else { &mut not }) = at;
    }
    so
}

/// From a few operations before it begins until both were notified.
#[tokio::test]
async fn both_advisers_are_told_once_whenever_whoever_begins_dies() {
    let ready = Office::open().await;
    let has_begun = async |office: &Office, process: &Process| office.phase(process).await.has_begun();
    let before = last_at(&ready, async |office, process| !has_begun(office, process).await).await;
    let mut not_told = 0;
    for at in before.saturating_sub(5)..before + 64 {
        let (office, process) = after_a_death(&ready, at).await;
        let (has_begun, told) = (has_begun(&office, &process).await, office.told(&process).await);
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
        let write = FileWrite { id: file_id(0), deed: AuditAction::Deleted, content };
        clients.write(Writer::of(&office.bert, now), &[write]).await.unwrap();
        go_on(&process).await;
        for adviser in [&office.anna, &office.bert] {
            assert!(clients.find(adviser.scope(), file_id(0)).await.unwrap().is_none());
            assert!(clients.find(office.bert.scope(), file_id(1)).await.unwrap().is_some());
        }
        return;
    }
}

/// An attacker with write access to the database deletes what a hand-over has moved, before the leaver's copies are deleted.
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
        let taken = Operation::Delete { id: clients::documents::client(file_id(0)), if_match: None };
        let shelf = clients::documents::location(office.bert.scope());
        process.state.documents.commit(shelf.container, &shelf.partition, vec![taken]).await.unwrap();
        go_on(&process).await;
        assert!(clients.find(office.anna.scope(), file_id(0)).await.unwrap().is_some(), "it is nowhere else");
        return;
    }
}

/// Both advisers have the record, and the successor's is about to be relied on. Returns the office and the documents of the successor's
/// steps, newest first. With `goes_on`, the successor has taken another step meanwhile.
async fn a_record_with_both(goes_on: bool) -> (Office, Process, Vec<DocumentId>) {
    let ready = Office::open().await;
    let is_left =
        async |office: &Office, process: &Process| process.requests().of(office.anna.scope()).find(office.request).await.unwrap().is_some();
    let (office, process) = after_a_death(&ready, last_at(&ready, is_left).await).await;
    let requests = process.requests();
    let arrived = requests.of(office.bert.scope()).find(office.request).await.unwrap().expect("it died between the two");
    if goes_on {
        let step = NewStep { record: Request("three".into()), event: "three".into(), at: process.state.services.now() };
        assert!(requests.append(&office.bert, &arrived, step).await.is_ok());
    }
    let (shelf, prefix) = (clients::documents::location(office.bert.scope()), records::repository::step_prefix(office.request));
    let page = Page { order: Order::Descending, limit: 10, after: None };
    let steps = process.state.documents.list(shelf.container, &shelf.partition, &prefix, Part::Body, &page).await.unwrap();
    (office, process, steps.items.into_iter().map(|item| item.id).collect())
}

/// Deletes one of the successor's steps. The leaver's record stays, whichever process resumes: it is the only complete copy.
async fn stays_without(office: &Office, process: &Process, step: &DocumentId) {
    let shelf = clients::documents::location(office.bert.scope());
    let taken = Operation::Delete { id: step.clone(), if_match: None };
    process.state.documents.commit(shelf.container, &shelf.partition, vec![taken]).await.unwrap();
    go_on(process).await;
    assert!(process.requests().of(office.anna.scope()).find(office.request).await.unwrap().is_some(), "it is whole nowhere else");
}

#[tokio::test]
async fn a_record_whose_last_step_somebody_takes_from_the_successor_is_not_let_go_by_the_leaver() {
    let (office, process, steps) = Box::pin(a_record_with_both(false)).await;
    assert_eq!(steps.len(), 2);
    stays_without(&office, &process, &steps[0]).await;
}

/// The moved record is still there, but the step that the successor added is not.
#[tokio::test]
async fn a_record_of_which_a_later_step_is_taken_from_the_successor_is_not_let_go_by_the_leaver() {
    let (office, process, steps) = Box::pin(a_record_with_both(true)).await;
    assert_eq!(steps.len(), 3);
    stays_without(&office, &process, &steps[0]).await;
}

async fn go_on(process: &Process) {
    assert!(maintenance::run(&process.state.services, &*process.state.documents).await.is_ok());
    drain_queue(&process.queue, &process.state.services).await.unwrap();
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
    let deeds = |slice: &[Entry<AuditEntry>]| -> Vec<_> { slice.iter().map(|entry| (entry.event.deed, entry.event.revision)).collect() };
    assert_eq!(deeds(&own.items), [(AuditAction::TakenOver, 2)]);
    assert_eq!(deeds(&before.items), [(AuditAction::HandedOver, 1), (AuditAction::Created, 1)]);
    assert_eq!(clients.formers(office.anna.scope(), file_id(3)).await.unwrap(), [], "the leaver learns nothing of what follows");
}

#[tokio::test]
async fn a_request_that_was_on_its_way_writes_nothing_any_more() {
    let office = Office::open().await;
    let process = office.process(Death::NEVER);
    let services = &process.state.services;
    let kept = services.clients.find(office.anna.scope(), file_id(0)).await.unwrap().unwrap().kept;
    process.work().await;
    let write = FileWrite { id: ClientId::from_random([9; 16]), deed: AuditAction::Created, content: Content::New(kept) };
    let late = services.clients.write(Writer::of(&office.anna, services.now()), &[write]).await;
    assert!(late.is_err());
    office.check(&process, Death::NEVER).await;
}
