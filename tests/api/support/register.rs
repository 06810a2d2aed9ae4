//! The attempt log as stored, also for usernames that do not exist.

use super::app::TestApp;
use axum::http::StatusCode;
use finrust::{
    crypto::envelope::Part,
    domain::{
        accounts::lineage::MadeBy,
        ids::IntentId,
        sign_in::attempt::{Attempt, Change, ChangedBy, Event, Outcome},
    },
    ports::{Container, Order, Page},
    store::{
        authority::Authority,
        error::StoreError,
        identities::{
            self,
            repository::{IdentityWrite, StoredIdentity},
        },
        keys::sealing::KeyScope,
    },
};
use serde_json::Value;

/// Login attempts on a normalised username, newest first.
pub async fn attempts(app: &TestApp, username: &str) -> Vec<Attempt> {
    let identities = &app.state().services.identities;
    let index = identities.index(username).await.unwrap();
    let slice = identities.attempts(index, 200, None).await.unwrap();
    assert!(slice.next.is_none(), "more than one page");
    let attempt = |event| if let Event::Attempt(attempt) = event { Some(attempt) } else { None };
    slice.items.into_iter().filter_map(|entry| attempt(entry.event)).collect()
}

/// How many attempts at usernames that do not exist had this outcome.
pub async fn count_unknown(app: &TestApp, outcome: Outcome) -> u32 {
    let identities = &app.state().services.identities;
    let slice = identities.attempts(identities.unknown_index().await.unwrap(), 200, None).await.unwrap();
    let attempt = |event| if let Event::Attempt(attempt) = event { Some(attempt) } else { None };
    let attempts = slice.items.into_iter().filter_map(|entry| attempt(entry.event));
    attempts.filter(|attempt| attempt.outcome == outcome).map(|attempt| attempt.count).sum()
}

/// Their outcomes, newest first.
pub async fn outcomes(app: &TestApp, username: &str) -> Vec<Outcome> {
    attempts(app, username).await.iter().map(|attempt| attempt.outcome).collect()
}

/// How many attempts had this outcome, counting those of a flood individually.
pub async fn count(app: &TestApp, username: &str, outcome: Outcome) -> u32 {
    attempts(app, username).await.iter().filter(|attempt| attempt.outcome == outcome).map(|attempt| attempt.count).sum()
}

/// The id of an account, as an officer finds it.
pub async fn account_id(officer: &super::actor::Actor, username: &str) -> String {
    let list = officer.get("/api/accounts?limit=200").await.expect(StatusCode::OK).json();
    let found = list["items"].as_array().unwrap().iter().find(|item| item["username"] == username);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

/// The changes of an account by name, oldest first; without the intents of its owner elsewhere.
pub async fn changes(app: &TestApp, username: &str) -> Vec<String> {
    changed_by(app, username).await.into_iter().map(|(what, _)| what).collect()
}

/// The changes of an account by name, and who made them.
pub async fn changed_by(app: &TestApp, username: &str) -> Vec<(String, ChangedBy)> {
    let named = |event: &Value| {
        let what = event["changed"]["what"].clone();
        let name = what.as_str().or_else(|| what.as_object()?.keys().next().map(String::as_str)).unwrap_or_default().to_owned();
        (name, serde_json::from_value(event["changed"]["by"].clone()).unwrap())
    };
    let all = entries(app, username).await;
    all.iter().map(named).filter(|(what, _): &(String, ChangedBy)| what != "intended").collect()
}

/// The intents of an account's owner elsewhere, oldest first.
pub async fn intended(app: &TestApp, username: &str) -> Vec<IntentId> {
    let id = |event: &Value| serde_json::from_value(event["changed"]["what"]["intended"].clone()).ok();
    entries(app, username).await.iter().filter_map(id).collect()
}

async fn entries(app: &TestApp, username: &str) -> Vec<Value> {
    let index = app.state().services.identities.index(username).await.unwrap();
    let (partition, name) = (identities::documents::partition(index), index.to_string());
    let page = Page { order: Order::Ascending, limit: 1000, after: None };
    let prefix = identities::documents::CHANGE_PREFIX;
    let listing = app.state().documents.list(Container::Identities, &partition, prefix, Part::Body, &page).await.unwrap();
    let mut events = Vec::new();
    for item in listing.items {
        let place = identities::documents::place(&name, &item.id, Part::Body);
        let plaintext = app.state().services.sealing.open(KeyScope::Service, place, &item.part.unwrap()).await.unwrap();
        let entry: Value = serde_json::from_slice(&plaintext).unwrap();
        events.push(entry["event"].clone());
    }
    events
}

/// Makes the account look like one from before it was recorded who creates accounts.
pub async fn forget_makers(app: &TestApp, username: &str) {
    let services = &app.state().services;
    let index = services.identities.index(username).await.unwrap();
    let decide = |found: &StoredIdentity| {
        let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::ProfileChanged), services.now());
        write.identity.account.as_mut().unwrap().made_by = MadeBy::default();
        Ok::<_, StoreError>((write, ()))
    };
    services.attempt_log.change(index, None, Authority::Operator, decide).await.unwrap();
}
