//! Commits that succeeded but whose response was lost: nothing happens twice, and no caller is told that it did not happen.

use crate::disturbed;
use finrust::ports::{CommitError, Operation};
use std::{sync::Arc, time::Duration};
use test_support::{
    documents::{Actor, create, delete, draft},
    doubles::cosmos_faults::{ALWAYS, COMMITS, Fault, READS, fault},
};

#[tokio::test]
async fn the_repetition_of_a_creation_is_settled() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1)]).await;
    let etag = actor.create("client-1", "text").await.unwrap();
    assert_eq!(calm.stored("client-1").await.unwrap().etag, etag);
    calm.replace("client-1", "more", &etag).await.unwrap();
}

#[tokio::test]
async fn the_repetition_of_a_replacement_is_settled() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1)]).await;
    let first = calm.create("client-1", "first").await.unwrap();
    let second = actor.replace("client-1", "second", &first).await.unwrap();
    assert_eq!(calm.stored("client-1").await.unwrap().etag, second);
    assert_eq!(calm.text("client-1").await.as_deref(), Some("second"));
}

#[tokio::test]
async fn a_commit_of_several_is_settled_as_one() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1)]).await;
    let first = calm.create("identity", "first").await.unwrap();
    calm.create("mail-1", "old").await.unwrap();
    let replace = Operation::Replace { draft: draft("identity", "second"), if_match: first };
    let etags = actor.commit(vec![replace, create("attempt-1", "text"), delete("mail-1", None)]).await.unwrap();
    let stored = [calm.stored("identity").await.unwrap().etag, calm.stored("attempt-1").await.unwrap().etag];
    assert_eq!(etags, [Some(stored[0].clone()), Some(stored[1].clone()), None]);
    assert_eq!(calm.ids("").await, ["attempt-1", "identity"]);
}

/// Happens between the first attempt and its repetition.
#[tokio::test]
async fn somebody_elses_change_since_does_not_make_it_undone() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1), &slow(4)]).await;
    let first = calm.create("identity", "first").await.unwrap();
    let replace = Operation::Replace { draft: draft("identity", "second"), if_match: first.clone() };
    let commit = actor.commit(vec![replace, create("attempt-1", "text")]);
    let (etags, theirs) = tokio::join!(commit, replaced_since(&calm, "identity", &first));
    let etags = etags.unwrap();
    assert_eq!(etags[1], Some(calm.stored("attempt-1").await.unwrap().etag));
    assert_ne!(etags[0].as_ref(), Some(&theirs));
    let mine = etags[0].clone().unwrap();
    assert_eq!(actor.replace("identity", "fourth", &mine).await, Err(CommitError::Stale));
    assert_eq!(calm.text("identity").await.as_deref(), Some("third"));
}

/// When no document carries the write id any more, only the caller can tell.
#[tokio::test]
async fn a_creation_replaced_since_is_no_refusal() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1), &slow(4)]).await;
    let (created, ()) = tokio::join!(actor.create("client-1", "mine"), replaced_when_there(&calm, "client-1"));
    assert_eq!(created, Err(CommitError::Unknown));
    assert_eq!(calm.text("client-1").await.as_deref(), Some("third"));
}

#[tokio::test]
async fn a_deletion_alone_cannot_be_settled() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1)]).await;
    calm.create("mail-1", "text").await.unwrap();
    assert_eq!(actor.delete("mail-1", None).await, Err(CommitError::Unknown));
    assert!(calm.ids("").await.is_empty());
}

#[tokio::test]
async fn what_was_put_with_it_settles_a_deletion() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1)]).await;
    calm.create("client-1", "text").await.unwrap();
    calm.put(draft("marker", "one")).await.unwrap();
    let etags = actor.commit(vec![delete("client-1", None), Operation::Put(draft("marker", "two"))]).await.unwrap();
    assert_eq!(etags, [None, Some(calm.stored("marker").await.unwrap().etag)]);
    assert_eq!((calm.ids("").await, calm.text("marker").await.as_deref()), (vec!["marker".to_owned()], Some("two")));
}

#[tokio::test]
async fn every_answer_lost_is_settled_by_reading() {
    let (actor, calm) = disturbed(&[&fault(COMMITS, Fault::LostAfter, 1), &fault(COMMITS, Fault::LostBefore, ALWAYS)]).await;
    let etag = actor.create("client-1", "text").await.unwrap();
    assert_eq!(calm.stored("client-1").await.unwrap().etag, etag);
}

#[tokio::test]
async fn what_cannot_be_read_back_is_unknown() {
    let faults = [fault(COMMITS, Fault::LostAfter, 1), fault(READS, Fault::Unavailable, ALWAYS)];
    let (actor, calm) = disturbed(&faults.each_ref()).await;
    assert_eq!(actor.create("client-1", "text").await, Err(CommitError::Unknown));
    assert_eq!(calm.ids("").await, ["client-1"]);
}

/// Delays the repetition until `replaced_since` is done.
fn slow(times: u32) -> Arc<azure_data_cosmos_driver::fault_injection::FaultInjectionRule> {
    fault(COMMITS, Fault::RetryWith, times)
}

async fn replaced_since(calm: &Actor, id: &str, before: &finrust::ports::Etag) -> finrust::ports::Etag {
    loop {
        let stored = calm.stored(id).await.unwrap();
        if stored.etag != *before {
            return calm.replace(id, "third", &stored.etag).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn replaced_when_there(calm: &Actor, id: &str) {
    loop {
        if let Some(stored) = calm.stored(id).await {
            calm.replace(id, "third", &stored.etag).await.unwrap();
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
