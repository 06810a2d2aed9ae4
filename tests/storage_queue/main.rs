//! The queue on Azure Storage: real messages through Azurite, and its refusals through a double.
//!
//! `tests/storage_queue/install.sh` installs Azurite; without it the tests that need it print a notice and pass, unless
//! `FINRUST_REQUIRE_EMULATORS` is 1.

#![cfg(test)]

mod app;
mod azurite;
mod delivery;
mod host;
mod messages;
mod refusals;

use azure_core::http::Url;
use finrust::{
    adapters::{azure::Azure, storage_queue::StorageQueue},
    crypto::{
        data_keys::DataKey,
        envelope::{EnvelopeContext, Part, seal},
    },
    domain::ids::KeyId,
    ports::QueueText,
    secret::Secret,
};
use std::sync::Arc;
use test_support::doubles::{credential::TestCredential, https::AUTHORITY};

fn azure() -> Azure {
    Azure { credential: Arc::new(TestCredential::Gives), http: AUTHORITY.client() }
}

fn queue_at(url: &Url) -> StorageQueue {
    StorageQueue::open(url, &azure()).unwrap()
}

/// The text of a sealed job, different for each salt.
fn text(salt: u8) -> QueueText {
    let key = DataKey::new(KeyId::from_bytes([1; 16]), Secret::new([2; 32]));
    let place = EnvelopeContext { container: "queue", partition: "mail", document: "job", part: Part::Body };
    QueueText::of(&seal(&key, [salt; 32], place, b"job"))
}
