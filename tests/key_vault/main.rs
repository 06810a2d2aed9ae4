//! The Key Vault adapter, against a double that really wraps keys and fails on demand.

#![cfg(test)]

mod caching;
#[path = "../doubles/key_vault.rs"]
mod double;
mod failures;
#[expect(dead_code, reason = "the suite of the queue uses more of it")]
#[path = "../doubles/https.rs"]
mod https;
mod identity;
mod logs;
mod rewrapping;
mod shop;
mod wrapping;
