//! What the database may contain after a kill: for each file, the states that a write may have left it in.
//!
//! A write first adds its outcome to the possible states, and its response then makes it the only one. So a write without a response may or
//! may not have happened, one with a response must have, and nothing else is ever correct.

use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Mutex};
use test_support::browser::Browser;

/// `None` when there is no such file, otherwise its revision.
type State = Option<u32>;

/// One file by its name.
#[derive(Clone, Default)]
struct Entry {
    states: Vec<State>,
    /// Key of a creation without a response.
    unanswered: Option<String>,
}

/// Everything that was written.
#[derive(Default)]
pub struct Ledger(Mutex<BTreeMap<String, Entry>>);

/// A file as it was read.
pub struct Read {
    pub location: String,
    pub etag: String,
    pub revision: u32,
}

impl Ledger {
    /// A write of this revision is sent; `key` makes it a repeatable creation.
    pub fn sends(&self, name: &str, revision: u32, key: Option<&str>) {
        let mut entries = self.0.lock().expect("no panic with the ledger");
        let entry = entries.entry(name.to_owned()).or_insert_with(|| Entry { states: vec![None], unanswered: None });
        entry.states.push(Some(revision));
        entry.unanswered = key.map(str::to_owned);
    }

    /// The write was answered.
    pub fn is_answered(&self, name: &str, revision: u32) {
        self.settle(name, Some(revision));
    }

    /// How many files there must be.
    pub fn certain(&self) -> usize {
        let entries = self.0.lock().expect("no panic with the ledger");
        entries.values().filter(|entry| !entry.states.contains(&None)).count()
    }

    /// Creations without a response, with their keys.
    pub fn unanswered(&self) -> Vec<(String, String)> {
        let entries = self.0.lock().expect("no panic with the ledger");
        entries.iter().filter_map(|(name, entry)| Some((name.clone(), entry.unanswered.clone()?))).collect()
    }

    /// Compares the whole database with the possible states; from now on it must stay as it was found.
    pub fn check(&self, browser: &mut Browser) {
        let mut found = BTreeMap::new();
        for (location, name) in list(browser) {
            let read = read(browser, &location, &name);
            assert!(found.insert(name.clone(), read.revision).is_none(), "{name} is there twice");
        }
        let entries = self.0.lock().expect("no panic with the ledger").clone();
        assert!(found.keys().all(|name| entries.contains_key(name)), "a file that nobody made: {found:?}");
        for (name, entry) in entries {
            let state = found.get(&name).copied();
            assert!(entry.states.contains(&state), "{name}: found {state:?}, may be {:?}", entry.states);
            self.settle(&name, state);
        }
    }

    fn settle(&self, name: &str, state: State) {
        let mut entries = self.0.lock().expect("no panic with the ledger");
        entries.insert(name.to_owned(), Entry { states: vec![state], unanswered: None });
    }
}

/// A file whose content is derived from its name and revision, with a length that differs between revisions.
pub fn content(name: &str, revision: u32) -> Value {
    let length = 40 + usize::try_from(revision).expect("small") * 997 % 9000;
    let notes: String = format!("{name} {revision} ").chars().cycle().take(length).collect();
    let euros = i64::from(revision) * 100;
    json!({"person": {"last_name": name}, "assets": [{"description": "Revisie", "kind": "savings", "value_cents": euros}], "notes": notes})
}

/// Reads a file and checks that it is exactly one of its revisions.
pub fn read(browser: &mut Browser, location: &str, name: &str) -> Read {
    let answer = browser.get(location).expect("an answer").expect(200);
    let file = answer.json();
    let revision = file["assets"][0]["value_cents"].as_i64().and_then(|cents| u32::try_from(cents / 100).ok()).expect("a revision");
    for (member, value) in content(name, revision).as_object().expect("a file") {
        assert_eq!(&file[member], value, "{name} {revision}: {member}");
    }
    Read { location: location.to_owned(), etag: answer.etag().to_owned(), revision }
}

/// The location and name of every file.
fn list(browser: &mut Browser) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut search = json!({"limit": 200});
    loop {
        let page = browser.post("/api/clients/search", &search).expect("an answer").expect(200).json();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let items = page["items"].as_array().expect("items");
        files.extend(items.iter().map(|item| (format!("/api/clients/{}", text(&item["id"])), text(&item["name"]))));
        if page["next"].is_null() {
            return files;
        }
        search["cursor"] = page["next"].clone();
    }
}
