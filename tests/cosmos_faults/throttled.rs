//! 429 and 449: a burst is absorbed, a storm is passed on, and nothing is written meanwhile.

use crate::disturbed;
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Order, ReadError},
};
use std::time::Duration;
use test_support::{
    documents::{name, page},
    doubles::cosmos_faults::{ALWAYS, COMMITS, Fault, QUERIES, READS, fault},
};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_burst_is_ridden_out() {
    for burst in [Fault::Throttled(5), Fault::RetryWith] {
        let faults = [fault(COMMITS, burst, 2), fault(READS, burst, 2), fault(QUERIES, burst, 2)];
        let (actor, calm) = disturbed(&faults.each_ref()).await;
        let etag = actor.create("client-1", "text").await.unwrap();
        assert_eq!(actor.stored("client-1").await.unwrap().etag, etag, "{burst:?}");
        assert_eq!(actor.ids("client-").await, ["client-1"], "{burst:?}");
        assert_eq!(calm.stored("client-1").await.unwrap().etag, etag, "{burst:?}");
        assert!(faults.iter().all(|fault| fault.hit_count() == 2), "{burst:?}");
    }
}

#[tokio::test]
async fn a_storm_is_passed_on_and_nothing_is_written() {
    let storm = Fault::Throttled(5);
    let faults = [fault(COMMITS, storm, ALWAYS), fault(READS, storm, ALWAYS), fault(QUERIES, storm, ALWAYS)];
    let (actor, calm) = disturbed(&faults.each_ref()).await;
    assert_eq!(actor.create("client-1", "text").await, Err(CommitError::Busy { retry_after: SECOND }));
    let read = actor.documents.read(actor.container, &actor.partition, &name("client-1")).await;
    assert!(matches!(read, Err(ReadError::Busy { retry_after: SECOND })));
    let list = actor.list("client-", Part::Body, page(Order::Ascending, 10, None)).await;
    assert!(matches!(list, Err(ReadError::Busy { retry_after: SECOND })));
    assert!(calm.ids("").await.is_empty());
    for fault in &faults {
        fault.disable();
    }
    actor.create("client-1", "text").await.unwrap();
    assert_eq!(calm.ids("").await, ["client-1"]);
}

#[tokio::test]
async fn a_long_wait_is_the_callers() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::Throttled(7_000), ALWAYS)]).await;
    assert_eq!(actor.create("client-1", "text").await, Err(CommitError::Busy { retry_after: 7 * SECOND }));
    assert!(calm.ids("").await.is_empty());
}

#[tokio::test]
async fn a_storm_of_conflicting_writers_is_passed_on_and_nothing_is_written() {
    let faults = fault(COMMITS, Fault::RetryWith, ALWAYS);
    let (actor, calm) = disturbed(&[&faults]).await;
    let refused = actor.create("client-1", "text").await;
    assert!(matches!(refused, Err(CommitError::Busy { .. } | CommitError::Unavailable)), "{refused:?}");
    assert!(calm.ids("").await.is_empty());
}

/// The storm may hide a write that succeeded or is in flight: reporting a refusal would be wrong.
#[tokio::test]
async fn a_storm_after_a_lost_answer_settles_nothing() {
    let faults = [fault(COMMITS, Fault::LostBefore, 1), fault(COMMITS, Fault::Throttled(5), ALWAYS)];
    let (actor, _) = disturbed(&faults.each_ref()).await;
    assert_eq!(actor.create("client-1", "text").await, Err(CommitError::Unknown));
    let faults = [fault(COMMITS, Fault::LostAfter, 1), fault(COMMITS, Fault::Throttled(5), ALWAYS)];
    let (actor, calm) = disturbed(&faults.each_ref()).await;
    let etag = actor.create("client-1", "text").await.unwrap();
    assert_eq!(calm.stored("client-1").await.unwrap().etag, etag);
}
