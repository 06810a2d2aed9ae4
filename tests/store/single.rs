//! One document at a time.

use crate::Backend;
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Container, Draft, Etag, Order},
};
use test_support::documents::{draft, name, opened, page, sealed};

pub async fn round_trip(backend: &impl Backend) {
    let actor = backend.actor().await;
    assert_eq!(actor.text("client-1").await, None);
    let first = actor.create("client-1", "one").await.unwrap();
    assert_eq!(actor.text("client-1").await.as_deref(), Some("one"));
    let second = actor.replace("client-1", "two", &first).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(actor.text("client-1").await.as_deref(), Some("two"));
    actor.delete("client-1", Some(&second)).await.unwrap();
    assert_eq!(actor.text("client-1").await, None);
    let third = actor.create("client-1", "three").await.unwrap();
    assert!(third != first && third != second);
    assert_eq!(actor.text("client-1").await.as_deref(), Some("three"));
}

pub async fn create_needs_a_free_id(backend: &impl Backend) {
    let actor = backend.actor().await;
    let etag = actor.create("client-1", "one").await.unwrap();
    assert_eq!(actor.create("client-1", "two").await, Err(CommitError::Conflict));
    assert_eq!(actor.text("client-1").await.as_deref(), Some("one"));
    assert_eq!(actor.stored("client-1").await.unwrap().etag, etag);
}

pub async fn replace_needs_the_version(backend: &impl Backend) {
    let actor = backend.actor().await;
    let first = actor.create("client-1", "one").await.unwrap();
    let second = actor.replace("client-1", "two", &first).await.unwrap();
    for wrong in [first, Etag(String::new()), Etag("*".to_owned()), Etag(second.0.to_uppercase() + " ")] {
        assert_eq!(actor.replace("client-1", "three", &wrong).await, Err(CommitError::Stale));
    }
    assert_eq!(actor.text("client-1").await.as_deref(), Some("two"));
}

pub async fn delete_needs_the_version(backend: &impl Backend) {
    let actor = backend.actor().await;
    let first = actor.create("client-1", "one").await.unwrap();
    actor.replace("client-1", "two", &first).await.unwrap();
    assert_eq!(actor.delete("client-1", Some(&first)).await, Err(CommitError::Stale));
    assert_eq!(actor.text("client-1").await.as_deref(), Some("two"));
    assert_eq!(actor.delete("client-1", None).await, Ok(()));
    assert_eq!(actor.text("client-1").await, None);
}

pub async fn what_is_missing_stays_missing(backend: &impl Backend) {
    let actor = backend.actor().await;
    let gone = actor.create("client-1", "one").await.unwrap();
    actor.delete("client-1", None).await.unwrap();
    assert_eq!(actor.replace("client-1", "two", &gone).await, Err(CommitError::Missing));
    assert_eq!(actor.delete("client-1", Some(&gone)).await, Err(CommitError::Missing));
    assert_eq!(actor.delete("client-1", None).await, Err(CommitError::Missing));
    assert_eq!(actor.text("client-1").await, None);
}

pub async fn put_writes_whatever_is_there(backend: &impl Backend) {
    let actor = backend.actor().await;
    let first = actor.put(draft("marker", "one")).await.unwrap();
    assert_eq!((actor.text("marker").await.as_deref(), &actor.stored("marker").await.unwrap().etag), (Some("one"), &first));
    let second = actor.put(draft("marker", "two")).await.unwrap();
    assert_ne!(first, second);
    assert_eq!((actor.text("marker").await.as_deref(), &actor.stored("marker").await.unwrap().etag), (Some("two"), &second));
    assert_eq!(actor.replace("marker", "three", &first).await, Err(CommitError::Stale));
    actor.delete("marker", None).await.unwrap();
    actor.put(draft("marker", "four")).await.unwrap();
    assert_eq!(actor.text("marker").await.as_deref(), Some("four"));
}

pub async fn put_replaces_every_part(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.put(draft("marker", "two")).await.unwrap();
    let third = Draft { summary: None, ..draft("marker", "three") };
    let write_id = third.write_id;
    actor.put(third).await.unwrap();
    assert_eq!(actor.stored("marker").await.unwrap().write_id, write_id);
    let listing = actor.list("", Part::Summary, page(Order::Ascending, 10, None)).await.unwrap();
    assert!(listing.items.len() == 1 && listing.items[0].part.is_none());
}

pub async fn write_id_and_etag_come_back(backend: &impl Backend) {
    let actor = backend.actor().await;
    let draft = draft("client-1", "one");
    let write_id = draft.write_id;
    let etag = actor.create_draft(draft).await.unwrap();
    let stored = actor.stored("client-1").await.unwrap();
    assert_eq!((&stored.partition, &stored.id, stored.write_id, &stored.etag), (&actor.partition, &name("client-1"), write_id, &etag));
    assert_eq!((stored.summary.as_ref().map(opened).as_deref(), stored.expires_at), (Some("summary of one"), None));
    let listing = actor.list("client-", Part::Summary, page(Order::Ascending, 10, None)).await.unwrap();
    assert_eq!((&listing.items[0].partition, &listing.items[0].etag), (&actor.partition, &etag));
}

pub async fn a_replaced_summary_goes(backend: &impl Backend) {
    let actor = backend.actor().await;
    let etag = actor.create("client-1", "one").await.unwrap();
    let mut bare = draft("client-1", "two");
    bare.summary = None;
    actor.replace_draft(bare, &etag).await.unwrap();
    let listing = actor.list("client-", Part::Summary, page(Order::Ascending, 10, None)).await.unwrap();
    assert!(listing.items[0].part.is_none() && actor.stored("client-1").await.unwrap().summary.is_none());
}

/// The API accepts requests of up to 1 MiB; sealed, they are a little larger.
pub async fn a_big_body_comes_back(backend: &impl Backend) {
    let actor = backend.actor().await;
    let (big, bigger) = ("a".repeat(1_200_000), "b".repeat(1_300_000));
    let of = |text| Draft { summary: Some(sealed("summary")), ..draft("client-1", text) };
    let etag = actor.create_draft(of(&big)).await.unwrap();
    assert!(actor.text("client-1").await.is_some_and(|text| text == big));
    actor.replace_draft(of(&bigger), &etag).await.unwrap();
    assert!(actor.text("client-1").await.is_some_and(|text| text == bigger));
    let listing = actor.list("", Part::Body, page(Order::Descending, 10, None)).await.unwrap();
    assert!(listing.items[0].part.as_ref().is_some_and(|part| opened(part) == bigger));
}

pub async fn partitions_and_containers_are_apart(backend: &impl Backend) {
    let mine = backend.actor().await;
    mine.create("client-1", "mine").await.unwrap();
    let others = Container::ALL
        .into_iter()
        .flat_map(|container| ["Mine", "mine-", "min", "other"].map(|partition| mine.in_place(container, partition)))
        .chain([mine.in_place(Container::Keys, "mine")]);
    for (number, other) in others.enumerate() {
        assert_eq!((other.text("client-1").await, other.ids("").await.len()), (None, 0));
        assert_eq!(other.delete("client-1", None).await, Err(CommitError::Missing));
        let text = format!("theirs {number}");
        other.create("client-1", &text).await.unwrap();
        assert_eq!(other.text("client-1").await, Some(text));
    }
    assert_eq!(mine.text("client-1").await.as_deref(), Some("mine"));
}
