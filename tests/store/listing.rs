//! Lists and scans: order, prefix, pages, parts.

use crate::Backend;
use finrust::{
    crypto::envelope::Part,
    ports::{Container, Cursor, Listing, Order, Page, ReadError},
};
use test_support::documents::{Actor, create, draft, ids, opened, page};

pub async fn both_orders(backend: &impl Backend) {
    let actor = backend.actor().await;
    // Bytewise: digits, then capitals, then `_`, then lower-case letters, and `-` before them all.
    actor.create_all(&["b", "B", "a-1", "a_1", "a1", "aa", "10", "9"]).await;
    let ascending = ["10", "9", "B", "a-1", "a1", "a_1", "aa", "b"];
    assert_eq!(actor.ids("").await, ascending);
    let listing = actor.list("", Part::Summary, page(Order::Descending, 100, None)).await.unwrap();
    assert!(listing.next.is_none() && ids(&listing).iter().rev().eq(ascending.iter()));
}

pub async fn a_prefix_is_literal(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.create_all(&["a_1", "ab1", "a-1", "a", "A_1", "a_", "a_z", "b_1", "az"]).await;
    assert_eq!(actor.ids("a_").await, ["a_", "a_1", "a_z"]);
    assert_eq!(actor.ids("a-").await, ["a-1"]);
    for wild in ["%", "a%", "*", "a?1", "_", "a_1 ", "\0", "~", "'"] {
        assert!(actor.ids(wild).await.is_empty(), "{wild:?}");
    }
}

pub async fn pages_have_no_gap_and_no_repeat(backend: &impl Backend) {
    let actor = backend.actor().await;
    let expected: Vec<String> = (10..35).map(|number| format!("trail-{number}")).collect();
    actor.create_all(&["TRAIL-10", "trail", "trailer", "zebra"]).await;
    actor.commit(expected.iter().map(|id| create(id, id)).collect()).await.unwrap();
    for limit in [1, 4, 5, 24, 25, 26] {
        for part in [Part::Summary, Part::Body] {
            assert_eq!(walk(&actor, Order::Ascending, limit, part).await, expected);
            let mut descending = walk(&actor, Order::Descending, limit, part).await;
            descending.reverse();
            assert_eq!(descending, expected);
        }
    }
}

pub async fn a_page_takes_a_thousand_at_most(backend: &impl Backend) {
    let actor = backend.actor().await;
    for hundred in 0..11 {
        actor.commit((0..100).map(|number| create(&format!("id-{hundred:02}{number:02}"), "")).collect()).await.unwrap();
    }
    for (limit, length) in [(0, 1), (1, 1), (1000, 1000), (u16::MAX, 1000)] {
        let listing = actor.list("id-", Part::Summary, page(Order::Ascending, limit, None)).await.unwrap();
        assert_eq!((listing.items.len(), listing.next.is_some()), (length, true));
    }
}

pub async fn parts_come_apart(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.create("a", "one").await.unwrap();
    let mut bare = draft("b", "two");
    bare.summary = None;
    actor.create_draft(bare).await.unwrap();
    let all = || page(Order::Ascending, 10, None);
    let texts = |listing: Listing| listing.items.iter().map(|item| item.part.as_ref().map(opened)).collect::<Vec<_>>();
    let summaries = texts(actor.list("", Part::Summary, all()).await.unwrap());
    assert_eq!(summaries, [Some("summary of one".to_owned()), None]);
    let bodies = texts(actor.list("", Part::Body, all()).await.unwrap());
    assert_eq!(bodies, [Some("one".to_owned()), Some("two".to_owned())]);
}

pub async fn scan_crosses_partitions(backend: &impl Backend) {
    let actor = backend.actor().await;
    let mut expected = Vec::new();
    for partition in ["B", "a", "a-", "aa", "b", "c"] {
        let here = actor.in_place(Container::Clients, partition);
        here.create_all(&["client-1", "client-2", "client-3", "other-1", "a"]).await;
        expected.extend((1..=3).map(|number| format!("{partition}/client-{number}")));
    }
    actor.in_place(Container::Clients, "bb").create_all(&["other-1"]).await;
    actor.in_place(Container::Register, "a").create_all(&["client-9"]).await;
    for limit in [1, 2, 3, 7, 18, 1000] {
        assert_eq!(scan(&actor, Order::Ascending, limit).await, expected);
        let mut descending = scan(&actor, Order::Descending, limit).await;
        descending.reverse();
        assert_eq!(descending, expected);
    }
    assert!(scan(&actor.in_place(Container::Identities, "a"), Order::Ascending, 5).await.is_empty());
}

pub async fn forged_cursors_are_refused(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.create_all(&["client-1", "client-2"]).await;
    let given = actor.list("client-", Part::Summary, page(Order::Ascending, 1, None)).await.unwrap().next.unwrap();
    let long = "x".repeat(300);
    for forged in ["", "/", "client-1", "mine/", "/client-1", "mine/client-1/", "mine/cl ient", "mine/client-1'--", "mine/\0", &long] {
        let page = page(Order::Ascending, 1, Some(Cursor(forged.to_owned())));
        assert_eq!(actor.list("client-", Part::Summary, page.clone()).await.err(), Some(ReadError::BadCursor), "{forged:?}");
        let scanned = actor.documents.scan(actor.container, "client-", Part::Summary, &page).await;
        assert_eq!(scanned.err(), Some(ReadError::BadCursor), "{forged:?}");
    }
    let again = || page(Order::Ascending, 1, Some(given.clone()));
    assert_eq!(actor.list("trail-", Part::Summary, again()).await.err(), Some(ReadError::BadCursor));
    let other = actor.in_place(Container::Clients, "other");
    assert_eq!(other.list("client-", Part::Summary, again()).await.err(), Some(ReadError::BadCursor));
    assert_eq!(ids(&actor.list("client-", Part::Summary, again()).await.unwrap()), ["client-2"]);
}

pub async fn a_cursor_outlives_its_document(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.create_all(&["a", "b", "c", "d"]).await;
    let first = actor.list("", Part::Summary, page(Order::Ascending, 2, None)).await.unwrap();
    actor.delete("b", None).await.unwrap();
    actor.create("bb", "").await.unwrap();
    let second = actor.list("", Part::Summary, page(Order::Ascending, 9, first.next)).await.unwrap();
    assert_eq!(ids(&second), ["bb", "c", "d"]);
}

async fn walk(actor: &Actor, order: Order, limit: u16, part: Part) -> Vec<String> {
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        let listing = actor.list("trail-", part, page(order, limit, after)).await.unwrap();
        assert!(listing.items.len() <= usize::from(limit));
        walked.extend(ids(&listing));
        after = listing.next;
        if after.is_none() {
            return walked;
        }
    }
}

async fn scan(actor: &Actor, order: Order, limit: u16) -> Vec<String> {
    let mut scanned = Vec::new();
    let mut page = Page { order, limit, after: None };
    loop {
        let listing = actor.documents.scan(actor.container, "client-", Part::Body, &page).await.unwrap();
        assert!(listing.items.len() <= usize::from(limit));
        scanned.extend(listing.items.iter().map(|item| format!("{}/{}", item.partition, item.id)));
        page.after = listing.next;
        if page.after.is_none() {
            return scanned;
        }
    }
}
