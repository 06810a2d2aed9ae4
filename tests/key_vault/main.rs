//! The Key Vault adapter: against a double that fails on demand, and against another implementation of Key Vault that really wraps.

#![cfg(test)]

#[path = "../doubles/key_vault.rs"]
mod double;
#[path = "../doubles/https.rs"]
mod https;
mod failures;
mod identity;
mod logs;
mod wrapping;
