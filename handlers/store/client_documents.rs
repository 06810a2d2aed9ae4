//! The documents in the partition of an adviser: their ids and places, and the marker.
//!
//! The marker holds nothing. Every commit that changes a file writes it anew, so that its write id stands for the state of all files
//! of that adviser: whoever reads it twice and finds the same has missed nothing in between.

use super::{
    error::StoreError,
    identity_documents::encode,
    sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::{Part, Place},
    domain::{
        ids::{ClientId, WriteId},
        session::AdviserScope,
    },
    ports::{Body, Container, DocumentId, Draft, Partition},
};

/// Ids of client files start with it.
pub const CLIENT_PREFIX: &str = "client-";
/// Id of the document that every change of a file writes anew.
pub const MARKER: &str = "marker";

/// The partition of an adviser.
#[must_use]
pub fn partition(scope: AdviserScope) -> Partition {
    Partition::parse(&scope.id().to_string()).expect("a UUID is letters, digits and hyphens")
}

/// The id of a client file.
#[must_use]
pub fn client(id: ClientId) -> DocumentId {
    DocumentId::parse(&format!("{CLIENT_PREFIX}{id}")).expect("a UUID is letters, digits and hyphens")
}

/// The client file that has this id.
#[must_use]
pub fn client_id(id: &DocumentId) -> Option<ClientId> {
    ClientId::parse(id.as_str().strip_prefix(CLIENT_PREFIX)?)
}

/// The id of the marker.
#[must_use]
pub fn marker() -> DocumentId {
    DocumentId::parse(MARKER).expect("a lower-case word")
}

/// Where a part of a document of this partition is sealed.
#[must_use]
pub fn place<'a>(partition: &'a Partition, id: &'a DocumentId, part: Part) -> Place<'a> {
    Place { container: Container::Clients.name(), partition: partition.as_str(), document: id.as_str(), part }
}

/// A marker that was never there before.
///
/// # Errors
/// [`StoreError`] when the key cannot be had.
pub async fn marker_draft(sealing: &Sealing, scope: AdviserScope) -> Result<Draft, StoreError> {
    let (partition, id) = (partition(scope), marker());
    let body = sealing.seal(KeyScope::Adviser(scope.id()), place(&partition, &id, Part::Body), &encode(&())).await?;
    let write_id = WriteId::from_random(sealing.random_bytes());
    Ok(Draft { id, write_id, summary: None, body: Body::Sealed(body), ttl: None })
}
