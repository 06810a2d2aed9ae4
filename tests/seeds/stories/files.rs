//! What may be stored about client files: a write first adds its outcome to what may be there, and its answer makes it the only one.

use crate::client::{Call, Client};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What may be stored under a name: `None` for no file, or the revision of its content.
#[derive(Default)]
pub struct Ledger(BTreeMap<String, Vec<Option<u32>>>);

impl Ledger {
    /// A write is sent.
    pub fn sends(&mut self, name: &str, state: Option<u32>) {
        self.0.entry(name.to_owned()).or_insert_with(|| vec![None]).push(state);
    }

    /// It is answered, or its outcome was read.
    pub fn settles(&mut self, name: &str, state: Option<u32>) {
        self.0.insert(name.to_owned(), vec![state]);
    }

    /// Whether this may be what is stored.
    pub fn allows(&self, name: &str, state: Option<u32>) -> bool {
        self.0.get(name).is_some_and(|states| states.contains(&state))
    }

    /// Compares it with all files of an adviser.
    pub async fn judge(&self, owner: &Client) {
        let found = all(owner).await;
        for (name, revision) in &found {
            assert!(self.0.contains_key(name), "{name} was made by nobody");
            assert!(self.allows(name, Some(*revision)), "{name} is at {revision}, and may be {:?}", self.0[name]);
        }
        for (name, states) in &self.0 {
            assert!(states.contains(&None) || found.contains_key(name), "{name} is lost; it may be {states:?}");
        }
    }
}

/// Content that names its revision.
pub fn content(name: &str, revision: u32) -> Value {
    json!({"person": {"last_name": name}, "notes": format!("{name}, {revision}")})
}

/// The revision of a file as it was read.
pub fn revision(file: &Value) -> u32 {
    let notes = file["notes"].as_str().unwrap_or_default();
    notes.rsplit_once(", ").map_or(0, |(_, revision)| revision.parse().unwrap())
}

/// The names and revisions of all files of an adviser; no name may be there twice. Only when nothing fails.
pub async fn all(owner: &Client) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for id in ids(owner).await {
        let file = owner.send(&Call::get(format!("/api/clients/{id}"))).await.unwrap().expect(StatusCode::OK).json();
        let name = file["person"]["last_name"].as_str().unwrap().to_owned();
        assert!(found.insert(name.clone(), revision(&file)).is_none(), "{name} is there twice");
    }
    found
}

/// The ids of all files of an adviser. Only when nothing fails.
pub async fn ids(owner: &Client) -> Vec<String> {
    let search = Call::post("/api/clients/search", json!({"limit": 200})).alone();
    let found = owner.send(&search).await.unwrap().expect(StatusCode::OK).json();
    found["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}
