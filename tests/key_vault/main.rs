//! The Key Vault adapter, against a double that really wraps and fails on demand.

#![cfg(test)]

mod caching;
#[path = "../doubles/key_vault.rs"]
mod double;
mod failures;
#[expect(dead_code, reason = "the suite of the queue uses more of it")]
#[path = "../doubles/https.rs"]
mod https;
mod identity;
#[path = "../doubles/listening.rs"]
mod listening;
mod logs;
mod rewrapping;
mod shop;
mod wrapping;
