//! All operations or none.

use crate::Backend;
use finrust::ports::{CommitError, Etag, MAX_OPERATIONS, Operation};
use test_support::documents::{create, delete, draft};

pub async fn one_failure_undoes_all(backend: &impl Backend) {
    let actor = backend.actor().await;
    let kept = actor.create("kept", "kept").await.unwrap();
    let gone = Etag("gone".to_owned());
    let failures = [
        (create("kept", "again"), CommitError::Conflict),
        (Operation::Replace { draft: draft("kept", "changed"), if_match: gone.clone() }, CommitError::Stale),
        (Operation::Replace { draft: draft("none", "changed"), if_match: gone.clone() }, CommitError::Missing),
        (delete("kept", Some(&gone)), CommitError::Stale),
        (delete("none", None), CommitError::Missing),
    ];
    for (failure, expected) in failures {
        let other = actor.create("other", "other").await.unwrap();
        let operations = vec![create("new", "new"), delete("other", Some(&other)), failure, create("newer", "newer")];
        assert_eq!(actor.commit(operations).await, Err(expected));
        assert_eq!(actor.ids("").await, ["kept", "other"]);
        assert_eq!(actor.text("other").await.as_deref(), Some("other"));
        assert_eq!(actor.stored("kept").await.unwrap().etag, kept);
        actor.delete("other", Some(&other)).await.unwrap();
    }
    assert_eq!(actor.text("kept").await.as_deref(), Some("kept"));
}

pub async fn one_failure_undoes_what_was_put(backend: &impl Backend) {
    let actor = backend.actor().await;
    let put = |text: &str| Operation::Put(draft("marker", text));
    assert_eq!(actor.commit(vec![put("one"), delete("none", None)]).await, Err(CommitError::Missing));
    assert!(actor.ids("").await.is_empty());
    let first = actor.put(draft("marker", "one")).await.unwrap();
    assert_eq!(actor.commit(vec![put("two"), delete("none", None)]).await, Err(CommitError::Missing));
    assert_eq!((actor.text("marker").await.as_deref(), actor.stored("marker").await.unwrap().etag), (Some("one"), first));
    let etags = actor.commit(vec![create("client-1", "text"), put("two"), put("three")]).await.unwrap();
    assert_eq!(actor.stored("marker").await.map(|stored| stored.etag), etags[2]);
    assert_eq!((actor.text("marker").await.as_deref(), actor.ids("").await.len()), (Some("three"), 2));
}

pub async fn operations_see_each_other(backend: &impl Backend) {
    let actor = backend.actor().await;
    let etag = actor.create("one", "one").await.unwrap();
    let replace = Operation::Replace { draft: draft("one", "changed"), if_match: etag.clone() };
    let etags = actor.commit(vec![create("two", "two"), replace, delete("two", None), create("two", "again")]).await.unwrap();
    assert_eq!(etags.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true]);
    assert_eq!(actor.stored("one").await.map(|stored| stored.etag), etags[1]);
    assert_eq!(actor.stored("two").await.map(|stored| stored.etag), etags[3]);
    assert_eq!(actor.commit(vec![create("three", "a"), create("three", "b")]).await, Err(CommitError::Conflict));
    assert_eq!(actor.ids("").await, ["one", "two"]);
}

pub async fn a_hundred_operations_at_once(backend: &impl Backend) {
    let actor = backend.actor().await;
    let operations = (0..MAX_OPERATIONS).map(|number| create(&format!("id-{number:03}"), "text")).collect();
    let etags = actor.commit(operations).await.unwrap();
    assert!(etags.len() == MAX_OPERATIONS && etags.iter().all(Option::is_some));
    assert_eq!(actor.ids("id-").await.len(), MAX_OPERATIONS);
    assert_eq!(actor.stored("id-099").await.map(|stored| stored.etag), etags[99]);
}

pub async fn too_many_operations_are_refused(backend: &impl Backend) {
    let actor = backend.actor().await;
    let operations = (0..=MAX_OPERATIONS).map(|number| create(&format!("id-{number:03}"), "text")).collect();
    assert_eq!(actor.commit(operations).await, Err(CommitError::Unavailable));
    assert!(actor.ids("").await.is_empty());
}

pub async fn nothing_to_do_is_done(backend: &impl Backend) {
    let actor = backend.actor().await;
    assert_eq!(actor.commit(Vec::new()).await, Ok(Vec::new()));
}
