//! Expired documents that the service has not deleted: deletion is late, or the database was restored without deletions.

use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Draft, Operation, Order},
};
use jiff::SignedDuration;
use test_support::{
    clock::TestClock,
    documents::{Actor, create, draft, ids, name, page},
    doubles::cosmos::Emulator,
};
use tokio::task::JoinSet;

async fn over(emulator: &std::sync::Arc<Emulator>, clock: &std::sync::Arc<TestClock>) -> Actor {
    Actor::on(emulator.documents_that_stay(clock.clone()).await, clock.clone())
}

fn brief(id: &str) -> Draft {
    Draft { ttl: Some(60), ..draft(id, "brief") }
}

#[tokio::test]
async fn they_are_unseen() {
    let actor = over(&Emulator::new(), &TestClock::new()).await;
    actor.create_draft(brief("session-1")).await.unwrap();
    actor.create("session-2", "lasting").await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(60));
    assert!(actor.stored("session-1").await.is_none());
    assert_eq!(actor.ids("").await, ["session-2"]);
    let scan = actor.documents.scan(actor.container, "", Part::Body, &page(Order::Ascending, 10, None)).await.unwrap();
    assert_eq!(ids(&scan), ["session-2"]);
}

#[tokio::test]
async fn their_ids_are_free() {
    let actor = over(&Emulator::new(), &TestClock::new()).await;
    actor.create_draft(brief("session-1")).await.unwrap();
    assert_eq!(actor.create("session-1", "new").await, Err(CommitError::Conflict));
    actor.clock.advance(SignedDuration::from_secs(60));
    let etag = actor.create("session-1", "new").await.unwrap();
    assert_eq!(actor.stored("session-1").await.unwrap().etag, etag);
    assert_eq!(actor.text("session-1").await.as_deref(), Some("new"));
    assert_eq!(actor.create("session-1", "newer").await, Err(CommitError::Conflict));
}

#[tokio::test]
async fn they_give_way_among_other_operations() {
    let actor = over(&Emulator::new(), &TestClock::new()).await;
    for id in ["session-1", "session-2"] {
        actor.create_draft(brief(id)).await.unwrap();
    }
    let first = actor.create("identity", "first").await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(60));
    let replace = Operation::Replace { draft: draft("identity", "second"), if_match: first.clone() };
    let operations = vec![create("session-1", "new"), replace, create("attempt-1", "new"), create("session-2", "new")];
    let etags = actor.commit(operations).await.unwrap();
    for (id, etag) in ["session-1", "identity", "attempt-1", "session-2"].into_iter().zip(etags) {
        assert_eq!(Some(actor.stored(id).await.unwrap().etag), etag);
    }
    actor.create_draft(brief("session-3")).await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(60));
    let replace = Operation::Replace { draft: draft("identity", "third"), if_match: first };
    assert_eq!(actor.commit(vec![create("session-3", "new"), replace]).await, Err(CommitError::Stale));
    assert!(actor.documents.read(actor.container, &actor.partition, &name("session-3")).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_instances_one_gets_the_id() {
    let (emulator, clock) = (Emulator::new(), TestClock::new());
    let instances = [over(&emulator, &clock).await, over(&emulator, &clock).await];
    for round in 0..20 {
        let id = format!("session-{round}");
        instances[0].create_draft(brief(&id)).await.unwrap();
        clock.advance(SignedDuration::from_secs(60));
        let mut tasks = JoinSet::new();
        for (number, instance) in instances.iter().cloned().enumerate() {
            let id = id.clone();
            tasks.spawn(async move { (number, instance.create(&id, &number.to_string()).await) });
        }
        let (won, lost): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(|(_, outcome)| outcome.is_ok());
        assert!(matches!(lost.as_slice(), [(_, Err(CommitError::Conflict))]), "{lost:?}");
        assert_eq!(instances[0].text(&id).await, Some(won[0].0.to_string()));
    }
}
