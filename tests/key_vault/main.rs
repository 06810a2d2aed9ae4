//! The Key Vault adapter, against a double that really wraps keys and fails on demand.

#![cfg(test)]

mod caching;
mod failures;
mod identity;
mod logs;
mod rewrapping;
mod shop;
mod wrapping;
