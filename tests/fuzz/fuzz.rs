//! One target for each parser that strangers or files reach: any input is read or refused, and what is read keeps the parser's promises.
//!
//! A target panics when a promise is broken; libFuzzer stores the input. [`TARGETS`] lists them; `run.sh` builds and runs them.

#![no_main]

mod targets {
    pub mod cells;
    pub mod headers;
    pub mod json;
    pub mod keys;
    pub mod queries;
    pub mod tables;
    pub mod texts;
}
mod work;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use targets::{cells, headers, json, keys, queries, tables, texts};

type Target = fn(&[u8]);

/// Every target by its name, which is also the name of its corpus.
const TARGETS: &[(&str, Target)] = &[
    ("cells", cells::cells),
    ("formulas", cells::formulas),
    ("accept", headers::accept),
    ("client_address", headers::client_address),
    ("cookies", headers::cookies),
    ("idempotency_key", headers::idempotency_key),
    ("if_match", headers::if_match),
    ("client_file", json::client_file),
    ("host_payload", json::host_payload),
    ("json", json::json),
    ("stored_json", json::stored_json),
    ("envelope", keys::envelope),
    ("erasure_log", keys::erasure_log),
    ("key_file", keys::key_file),
    ("key_records", keys::key_records),
    ("cursor", queries::cursor),
    ("query", queries::query),
    ("headings", tables::headings),
    ("rows", tables::rows),
    ("upload", tables::upload),
    ("credentials", texts::credentials),
    ("one_line", texts::one_line),
];

/// The target that `FINRUST_FUZZ` names.
#[expect(clippy::disallowed_methods, reason = "libFuzzer takes the arguments")]
static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FINRUST_FUZZ").unwrap_or_default();
    let named = TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target);
    named.unwrap_or_else(|| panic!("FINRUST_FUZZ names no target: {:?}", TARGETS.iter().map(|(name, _)| name).collect::<Vec<_>>()))
});

fuzz_target!(|data: &[u8]| TARGET(data));
