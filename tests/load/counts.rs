//! What was asked, and how it was answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// How often each operation was answered with each status.
#[derive(Default)]
pub struct Counts(Mutex<BTreeMap<String, BTreeMap<u16, u32>>>);

impl Counts {
    /// An answer. Anything that is the server's fault but a clean 503 fails at once.
    pub fn add(&self, operation: &str, status: u16, body: &str) {
        *self.0.lock().unwrap().entry(operation.to_owned()).or_default().entry(status).or_default() += 1;
        let is_clean = status == 503 && body.contains("\"code\"");
        assert!(status < 500 || is_clean, "{operation}: {status} {body}");
    }

    /// Every operation of the interface has succeeded at least once.
    pub fn judge(&self) {
        let counts = self.0.lock().unwrap();
        for (operation, answers) in &*counts {
            println!("{operation:<55} {answers:?}");
        }
        let total: u32 = counts.values().flat_map(BTreeMap::values).sum();
        println!("{total} answers, {} operations", counts.len());
        let succeeded =
            counts.iter().filter(|(_, answers)| answers.keys().any(|status| *status < 400)).map(|(operation, _)| operation.clone());
        let (succeeded, all) = (succeeded.collect::<BTreeSet<_>>(), operations());
        let missing: Vec<_> = all.difference(&succeeded).collect();
        assert!(missing.is_empty(), "the load leaves out {missing:?}");
    }
}

/// The operations of `docs/openapi.json`.
fn operations() -> BTreeSet<String> {
    let document: serde_json::Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &str, item: &serde_json::Value| {
        let named = item.as_object().unwrap().keys().filter(|name| ["get", "post", "put", "delete"].contains(&name.as_str()));
        named.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(|(path, item)| methods(path, item)).collect()
}
