//! The documents in the partition of an adviser: their ids, places and sealed forms.
//!
//! Files and the marker are sealed under the adviser's key. The audit trail is sealed under the service's key: it records who did what with
//! which file but no content of any file, so finding out who was affected by a breach requires no adviser's key.

use super::files::KeptFile;
use crate::store::{
    error::StoreError,
    identities::documents::encode,
    keys::sealing::{KeyScope, Sealing},
    records::repository::RecordLocation,
};
use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        chain::Entry,
        clients::{
            erasure_begun::BegunErasure,
            summary::ClientSummary,
            trail::{AuditEntry, Marker},
        },
        ids::{ClientId, RecordId, ScopeId, SessionId, WriteId},
        sign_in::session::{AdviserScope, BothSides},
    },
    ports::{Body, Container, DocumentId, Draft, Partition},
};
use data_encoding::BASE64URL_NOPAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Id prefix of client files.
pub const CLIENT_PREFIX: &str = "client-";
/// Id of the document that every commit replaces.
pub const MARKER: &str = "marker";
/// Id prefix of audit entries.
pub const TRAIL_PREFIX: &str = "trail-";
/// Id prefix of the notes recording that a session has read a file.
pub const SEEN_PREFIX: &str = "seen-";

/// Id prefix of the notes recording that a file is being erased.
pub const ERASING_PREFIX: &str = "erasing-";
/// Id prefix of the notes recording that a file was taken over.
pub const TAKEN_PREFIX: &str = "taken-";

/// A note is not needed once its handover has completed, which takes minutes, or days when something has to be repaired.
pub const TAKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A note is not needed once its session has ended.
pub const SEEN_LIFETIME: SignedDuration = SignedDuration::from_mins(12 * 60 + 5);

/// The partition of an adviser.
pub fn partition(scope: AdviserScope) -> Partition {
    partition_of(scope.id())
}

/// The partition of a scope, regardless of who has the right to it.
pub(in crate::store) fn partition_of(scope: ScopeId) -> Partition {
    Partition::parse(&scope.to_string()).expect("a UUID is letters, digits and hyphens")
}

/// Where an adviser keeps records other than files.
pub fn location(scope: AdviserScope) -> RecordLocation {
    RecordLocation { container: Container::Clients, partition: partition(scope), scope: KeyScope::Adviser(scope.id()) }
}

/// The id of a client file.
pub fn client(id: ClientId) -> DocumentId {
    DocumentId::parse(&format!("{CLIENT_PREFIX}{id}")).expect("a UUID is letters, digits and hyphens")
}

/// The client file that has this id.
pub fn client_id(id: &DocumentId) -> Option<ClientId> {
    ClientId::parse(id.as_str().strip_prefix(CLIENT_PREFIX)?)
}

/// The id of the marker.
pub fn marker() -> DocumentId {
    DocumentId::parse(MARKER).expect("a lower-case word")
}

/// The place of a part of a document of this partition, for its envelope's associated data.
pub fn place<'a>(partition: &'a Partition, id: &'a DocumentId, part: Part) -> EnvelopeContext<'a> {
    EnvelopeContext { container: Container::Clients.name(), partition: partition.as_str(), document: id.as_str(), part }
}

/// The id of an audit entry: its place in the chain, which is its time or a moment later. When the chain has run further ahead, because the
/// clock was wrong for one commit, the id uses the entry's own time, so that a search by time finds it.
pub fn trail_entry(entry: &Entry<AuditEntry>) -> DocumentId {
    let place = if entry.runs_ahead() { entry.place_by_time() } else { entry.place() };
    DocumentId::parse(&format!("{TRAIL_PREFIX}{place}")).expect("hexadecimal digits")
}

/// Whether an audit entry may have this id: the one that [`trail_entry`] returns, or its place in the chain, which earlier versions always
/// used.
pub fn is_trail_entry(id: &DocumentId, entry: &Entry<AuditEntry>) -> bool {
    *id == trail_entry(entry) || id.as_str().strip_prefix(TRAIL_PREFIX) == Some(&entry.place())
}

/// The id of the note recording that a session has read a file; being a MAC, it does not reveal which file.
pub async fn seen(sealing: &Sealing, session: SessionId, file: ClientId) -> Result<DocumentId, StoreError> {
    let tag = sealing.root().await?.repeats.tag(&[b"seen", session.bytes(), file.bytes()]);
    Ok(DocumentId::parse(&format!("{SEEN_PREFIX}{}", BASE64URL_NOPAD.encode(&tag))).expect("base64url"))
}

/// A file with its summary.
pub async fn client_draft(sealing: &Sealing, scope: AdviserScope, id: ClientId, kept: &KeptFile) -> Result<Draft, StoreError> {
    let (partition, document) = (partition(scope), client(id));
    let summary = encode(&ClientSummary::of(&kept.file, &kept.restrictions, kept.updated_at, kept.revision));
    let place = place(&partition, &document, Part::Summary);
    let summary = sealing.seal(KeyScope::Adviser(scope.id()), place, &summary).await?;
    let draft = draft_of_bytes(sealing, KeyScope::Adviser(scope.id()), &partition, document, &kept.origin.keep(kept), None).await?;
    Ok(Draft { summary: Some(summary), ..draft })
}

/// The marker.
pub async fn marker_draft(sealing: &Sealing, scope: ScopeId, content: &Marker) -> Result<Draft, StoreError> {
    let plaintext = content.origin.keep(content);
    draft_of_bytes(sealing, KeyScope::Adviser(scope), &partition_of(scope), marker(), &plaintext, None).await
}

/// An audit entry.
pub async fn trail_draft(sealing: &Sealing, scope: AdviserScope, entry: &Entry<AuditEntry>) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition(scope), trail_entry(entry), entry, None).await
}

/// The note recording that a session has read a file.
pub async fn seen_draft(sealing: &Sealing, scope: AdviserScope, id: DocumentId) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition(scope), id, &(), Some(SEEN_LIFETIME)).await
}

/// The id of the note recording that a handover has moved a file.
pub fn taken(sides: &BothSides, file: ClientId) -> DocumentId {
    taken_note(sides.record, file)
}

/// The id of the note recording that this handover has moved a file.
pub fn taken_note(record: RecordId, file: ClientId) -> DocumentId {
    DocumentId::parse(&format!("{TAKEN_PREFIX}{record}-{file}")).expect("UUIDs are letters, digits and hyphens")
}

/// The content of the note recording that a handover has moved a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenNote {
    pub record: RecordId,
    pub file: ClientId,
    /// The revision of the file in the successor's partition.
    pub revision: u32,
    /// The digest of the file as it was sealed in the leaver's partition.
    pub digest: [u8; 32],
}

/// The note recording that a handover has moved a file.
pub async fn taken_draft(sealing: &Sealing, sides: &BothSides, note: &TakenNote) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition(sides.to), taken(sides, note.file), note, Some(TAKEN_LIFETIME)).await
}

/// The id of the note recording that a file is being erased.
pub fn erasing(file: ClientId) -> DocumentId {
    DocumentId::parse(&format!("{ERASING_PREFIX}{file}")).expect("a UUID is letters, digits and hyphens")
}

/// The note recording that a file is being erased.
pub async fn erasing_draft(sealing: &Sealing, begun: &BegunErasure) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition_of(begun.scope()), erasing(begun.client()), begun, None).await
}

/// The link of an audit entry: `HMAC(chain key, "trail", adviser scope, entry as it is sealed)`.
pub async fn trail_link(sealing: &Sealing, scope: ScopeId, entry: &[u8]) -> Result<[u8; 32], StoreError> {
    Ok(sealing.root().await?.chain.tag(&[b"trail", scope.bytes(), entry]))
}

async fn draft(
    sealing: &Sealing,
    scope: KeyScope,
    partition: &Partition,
    id: DocumentId,
    content: &impl Serialize,
    lifetime: Option<SignedDuration>,
) -> Result<Draft, StoreError> {
    draft_of_bytes(sealing, scope, partition, id, &encode(content), lifetime).await
}

/// A document with these bytes as its body.
pub(in crate::store) async fn draft_of_bytes(
    sealing: &Sealing,
    scope: KeyScope,
    partition: &Partition,
    id: DocumentId,
    plaintext: &[u8],
    lifetime: Option<SignedDuration>,
) -> Result<Draft, StoreError> {
    let body = sealing.seal(scope, place(partition, &id, Part::Body), plaintext).await?;
    let write_id = WriteId::from_random(sealing.random_bytes());
    let ttl = lifetime.and_then(|lifetime| u32::try_from(lifetime.as_secs()).ok());
    Ok(Draft { id, write_id, summary: None, body: Body::Sealed(body), ttl })
}
