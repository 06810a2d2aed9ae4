//! Documents that expire.

use crate::Backend;
use finrust::{
    crypto::envelope::Part,
    ports::{Clock, CommitError, Draft, Order},
};
use jiff::SignedDuration;
use test_support::documents::{draft, ids, page};

pub async fn expired_is_unseen(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.create_draft(brief("session-1", 60)).await.unwrap();
    actor.create_draft(brief("session-2", 61)).await.unwrap();
    actor.create("session-3", "lasting").await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(59));
    assert_eq!(actor.ids("session-").await, ["session-1", "session-2", "session-3"]);
    assert!(actor.stored("session-1").await.is_some());
    actor.clock.advance(SignedDuration::from_secs(1));
    assert!(actor.stored("session-1").await.is_none() && actor.stored("session-2").await.is_some());
    for part in [Part::Summary, Part::Body] {
        let page = page(Order::Descending, 10, None);
        assert_eq!(ids(&actor.list("session-", part, page.clone()).await.unwrap()), ["session-3", "session-2"]);
        assert_eq!(ids(&actor.documents.scan(actor.container, "session-", part, &page).await.unwrap()), ["session-3", "session-2"]);
    }
}

pub async fn an_expired_id_is_free(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.create_draft(brief("session-1", 60)).await.unwrap();
    assert_eq!(actor.create("session-1", "new").await, Err(CommitError::Conflict));
    actor.clock.advance(SignedDuration::from_secs(60));
    actor.create("session-1", "new").await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(1_000_000));
    assert_eq!(actor.text("session-1").await.as_deref(), Some("new"));
}

pub async fn an_expired_document_is_missing(backend: &impl Backend) {
    let actor = backend.actor().await;
    let etag = actor.create_draft(brief("session-1", 60)).await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(actor.replace("session-1", "new", &etag).await, Err(CommitError::Missing));
    assert_eq!(actor.delete("session-1", Some(&etag)).await, Err(CommitError::Missing));
    assert_eq!(actor.delete("session-1", None).await, Err(CommitError::Missing));
}

pub async fn a_replacement_sets_its_own_time(backend: &impl Backend) {
    let actor = backend.actor().await;
    let first = actor.create_draft(brief("session-1", 60)).await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(30));
    let second = actor.replace_draft(brief("session-1", 60), &first).await.unwrap();
    assert_eq!(actor.stored("session-1").await.unwrap().expires_at, Some(actor.clock.now() + SignedDuration::from_secs(60)));
    actor.clock.advance(SignedDuration::from_secs(59));
    assert!(actor.stored("session-1").await.is_some());
    actor.replace("session-1", "lasting", &second).await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(1_000_000));
    assert_eq!(actor.text("session-1").await.as_deref(), Some("lasting"));
}

pub async fn what_is_put_sets_its_own_time(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.put(brief("marker", 60)).await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(60));
    assert!(actor.stored("marker").await.is_none());
    actor.put(brief("marker", 60)).await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(30));
    actor.put(draft("marker", "lasting")).await.unwrap();
    actor.clock.advance(SignedDuration::from_secs(1_000_000));
    assert_eq!(actor.text("marker").await.as_deref(), Some("lasting"));
}

fn brief(id: &str, seconds: u32) -> Draft {
    Draft { ttl: Some(seconds), ..draft(id, "brief") }
}
