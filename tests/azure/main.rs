//! The binary on Azure: every service is replaced by a double on loopback that uses https, and every token comes from a managed-identity
//! endpoint.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "these tests start the program")]

#[expect(dead_code, reason = "the suite of the log of erasures uses more of it")]
#[path = "../doubles/blob_storage.rs"]
mod blob_storage;
#[expect(dead_code, reason = "the suite of processes uses more of it")]
#[path = "../process/browser.rs"]
mod browser;
#[expect(dead_code, reason = "the suite of mails uses more of it")]
#[path = "../doubles/communication_services.rs"]
mod communication_services;
#[path = "../doubles/cosmos_wire.rs"]
mod cosmos_wire;
#[expect(dead_code, reason = "the suites of the store use more of it")]
#[path = "../doubles/cosmos.rs"]
mod emulator;
#[expect(dead_code, reason = "the suite of the queue uses more of it")]
#[path = "../doubles/https.rs"]
mod https;
#[path = "../doubles/identity.rs"]
mod identity;
#[expect(dead_code, reason = "the suite of the vault uses more of it")]
#[path = "../doubles/key_vault.rs"]
mod key_vault;
#[expect(dead_code, reason = "the suite of the queue uses more of it")]
#[path = "../doubles/storage_queue.rs"]
mod storage_queue;
#[path = "../doubles/port.rs"]
mod port;
#[path = "../doubles/skipped.rs"]
mod skipped;
#[path = "../doubles/tokens.rs"]
mod tokens;

mod cloud;
mod faults;
mod managed_identity;
mod settings;
mod starting;
