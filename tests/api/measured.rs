//! `infra/measured.json`: the measured costs behind the table in `infra/README.md`. It is compared with what is measured here, so that the
//! two cannot drift apart; `FINRUST_UPDATE=1 cargo test --test api no_operation_costs_more` rewrites it.

use serde_json::{Map, Value, json};
use std::{env, fs, path::Path};

/// Relative difference in request units that is tolerated.
const TOLERANCE: f64 = 0.05;

/// The measured cost of one operation.
pub struct Figures {
    /// Requests to the database.
    pub requests: u64,
    /// Requests that are sequential.
    pub round_trips: u64,
    /// Request units by the published figures.
    pub units: f64,
    /// Calls of Key Vault.
    pub vault_calls: u64,
    pub mails: usize,
}

impl Figures {
    fn json(&self) -> Value {
        let Self { requests, round_trips, units, vault_calls, mails } = self;
        json!({ "requests": requests, "round_trips": round_trips, "request_units": (units * 10.0).round() / 10.0,
            "vault_calls": vault_calls, "mails": mails })
    }
}

/// Compares the figures with the file, or writes them to it.
#[expect(clippy::disallowed_methods, reason = "whoever runs the test says whether it may write")]
pub fn compare(measured: &[(String, Figures)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/measured.json");
    let measured: Map<String, Value> = measured.iter().map(|(name, figures)| (name.clone(), figures.json())).collect();
    if env::var("FINRUST_UPDATE").is_ok_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(&measured).unwrap();
        return fs::write(&path, format!("{text}\n")).unwrap();
    }
    let kept: Map<String, Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let stale = stale(&kept, &measured);
    assert!(stale.is_empty(), "infra/measured.json is out of date; run this test with FINRUST_UPDATE=1\n{}", stale.join("\n"));
}

/// Operations whose figures differ, or that only one side has.
fn stale(kept: &Map<String, Value>, measured: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<&String> = kept.keys().chain(measured.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let differs = |name: &&&String| match (kept.get(**name), measured.get(**name)) {
        (Some(kept), Some(measured)) => !are_close(kept, measured),
        _ => true,
    };
    names.iter().filter(differs).map(|name| format!("{name}: {:?} there, {:?} here", kept.get(*name), measured.get(*name))).collect()
}

fn are_close(kept: &Value, measured: &Value) -> bool {
    let units = |figures: &Value| figures["request_units"].as_f64().unwrap_or(f64::NAN);
    let counts = |figures: &Value| ["requests", "round_trips", "vault_calls", "mails"].map(|name| figures[name].as_u64());
    let (before, now) = (units(kept), units(measured));
    counts(kept) == counts(measured) && (before - now).abs() <= TOLERANCE * before
}

#[test]
fn figures_that_have_changed_are_found() {
    let figures = |requests, units| Figures { requests, round_trips: 2, units, vault_calls: 0, mails: 0 }.json();
    let kept = Map::from_iter([("read".to_owned(), figures(2, 10.0)), ("save".to_owned(), figures(3, 20.0))]);
    let with = |name: &str, value| {
        let mut measured = kept.clone();
        measured.insert(name.to_owned(), value);
        stale(&kept, &measured).len()
    };
    assert_eq!((with("read", figures(2, 10.4)), with("read", figures(2, 10.6)), with("read", figures(3, 10.0))), (0, 1, 1));
    assert_eq!(with("search", figures(1, 1.0)), 1);
    assert_eq!(stale(&kept, &Map::new()).len(), 2);
}
