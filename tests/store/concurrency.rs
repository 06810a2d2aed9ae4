//! Concurrent commits.

use crate::Backend;
use finrust::ports::{CommitError, Etag, Operation};
use test_support::documents::{Actor, create, draft};
use tokio::task::JoinSet;

pub async fn one_create_wins(backend: &impl Backend) {
    let actor = backend.actor().await;
    let mut tasks = JoinSet::new();
    for number in 0..32 {
        let actor = actor.clone();
        tasks.spawn(async move {
            let text = number.to_string();
            actor.create("client-1", &text).await.map(|_| text)
        });
    }
    let winner = only_winner(tasks.join_all().await, CommitError::Conflict);
    assert_eq!(actor.text("client-1").await, Some(winner));
}

pub async fn one_replace_wins(backend: &impl Backend) {
    let actor = backend.actor().await;
    let etag = actor.create("client-1", "before").await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..16 {
        let (actor, etag): (Actor, Etag) = (actor.clone(), etag.clone());
        tasks.spawn(async move {
            let text = number.to_string();
            actor.replace("client-1", &text, &etag).await.map(|_| text)
        });
    }
    let winner = only_winner(tasks.join_all().await, CommitError::Stale);
    assert_eq!(actor.text("client-1").await, Some(winner));
}

/// Concurrent puts to one document do not conflict.
pub async fn every_put_wins(backend: &impl Backend) {
    let actor = backend.actor().await;
    let mut tasks = JoinSet::new();
    for number in 0..32 {
        let actor = actor.clone();
        tasks.spawn(async move {
            let (id, text) = (format!("client-{number:02}"), number.to_string());
            actor.commit(vec![create(&id, &text), Operation::Put(draft("marker", &text))]).await.map(|mut etags| etags.pop().flatten())
        });
    }
    let etags = tasks.join_all().await.into_iter().map(|etags| etags.unwrap().unwrap()).collect::<Vec<_>>();
    assert_eq!(actor.ids("client-").await.len(), 32);
    let stored = actor.stored("marker").await.unwrap();
    assert_eq!(etags.iter().filter(|etag| **etag == stored.etag).count(), 1);
    assert!((0..etags.len()).all(|number| !etags[..number].contains(&etags[number])), "no version comes back");
}

/// Failing commits between successful ones, which an adapter may write together.
pub async fn failures_leave_their_neighbours_alone(backend: &impl Backend) {
    let actor = backend.actor().await;
    actor.create("taken", "taken").await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..200 {
        let actor = actor.clone();
        let last = if number % 2 == 0 { "taken".to_owned() } else { format!("last-{number:03}") };
        tasks.spawn(async move { actor.commit(vec![create(&format!("first-{number:03}"), "text"), create(&last, "text")]).await.is_ok() });
    }
    let succeeded = tasks.join_all().await.into_iter().filter(|success| *success).count();
    assert_eq!((succeeded, actor.ids("first-").await.len(), actor.ids("last-").await.len()), (100, 100, 100));
    assert!(actor.ids("first-").await.iter().all(|id| id.ends_with(['1', '3', '5', '7', '9'])));
}

fn only_winner(outcomes: Vec<Result<String, CommitError>>, others: CommitError) -> String {
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert!(lost.into_iter().all(|outcome| outcome == Err(others)));
    let [Ok(winner)] = won.as_slice() else { panic!("{} won", won.len()) };
    winner.clone()
}
