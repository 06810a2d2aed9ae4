//! 408, 410, 500, 503 and a broken network, before the service has executed anything.

use crate::disturbed;
use finrust::ports::{CommitError, ReadError};
use test_support::{
    documents::{create, name},
    doubles::cosmos_faults::{ALWAYS, COMMITS, Fault, QUERIES, READS, fault},
};

const FAULTS: [Fault; 6] = [Fault::Timeout, Fault::Unavailable, Fault::Broken, Fault::Gone, Fault::NoConnection, Fault::LostBefore];

#[tokio::test]
async fn one_failure_is_ridden_out() {
    for failure in FAULTS {
        let faults = [fault(COMMITS, failure, 1), fault(READS, failure, 1), fault(QUERIES, failure, 1)];
        let (actor, calm) = disturbed(&faults.each_ref()).await;
        let etag = actor.create("client-1", "text").await.unwrap_or_else(|error| panic!("{failure:?}: {error}"));
        assert_eq!(actor.stored("client-1").await.unwrap().etag, etag, "{failure:?}");
        assert_eq!(actor.ids("client-").await, ["client-1"], "{failure:?}");
        assert_eq!(calm.stored("client-1").await.unwrap().etag, etag, "{failure:?}");
    }
}

#[tokio::test]
async fn what_lasts_is_told_and_a_later_try_works() {
    for failure in FAULTS {
        let faults = [fault(COMMITS, failure, ALWAYS), fault(READS, failure, ALWAYS), fault(QUERIES, failure, ALWAYS)];
        let (actor, calm) = disturbed(&faults.each_ref()).await;
        let refused = actor.commit(vec![create("client-1", "text"), create("trail-1", "text")]).await;
        let expected = if matches!(failure, Fault::NoConnection) { CommitError::Unavailable } else { CommitError::Unknown };
        assert_eq!(refused, Err(expected), "{failure:?}");
        let read = actor.documents.read(actor.container, &actor.partition, &name("client-1")).await;
        assert!(matches!(read, Err(ReadError::Unavailable)), "{failure:?}");
        assert!(calm.ids("").await.is_empty(), "{failure:?}");
        for fault in &faults {
            fault.disable();
        }
        actor.commit(vec![create("client-1", "text"), create("trail-1", "text")]).await.unwrap();
        assert_eq!(calm.ids("").await, ["client-1", "trail-1"], "{failure:?}");
    }
}

/// A refusal because of what is stored remains one, also when the previous attempt failed.
#[tokio::test]
async fn a_real_refusal_is_told_after_a_failure() {
    for failure in FAULTS {
        let faults = fault(COMMITS, failure, 1);
        let (actor, calm) = disturbed(&[&faults]).await;
        calm.create("client-1", "theirs").await.unwrap();
        let refused = actor.commit(vec![create("trail-1", "mine"), create("client-1", "mine")]).await;
        assert_eq!((refused, faults.hit_count()), (Err(CommitError::Conflict), 1), "{failure:?}");
        assert_eq!(calm.ids("").await, ["client-1"], "{failure:?}");
    }
}
