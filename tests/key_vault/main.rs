//! The Key Vault adapter: against a double that fails on demand, and against a vault of the JDK that really wraps.

#![cfg(test)]

mod caching;
#[path = "../doubles/key_vault.rs"]
mod double;
mod failures;
#[expect(dead_code, reason = "the suite of the queue uses more of it")]
#[path = "../doubles/https.rs"]
mod https;
mod identity;
mod jdk_vault;
#[path = "../doubles/listening.rs"]
mod listening;
mod logs;
mod real_keys;
mod rewrapping;
mod shop;
#[path = "../doubles/skipped.rs"]
mod skipped;
mod wrapping;
