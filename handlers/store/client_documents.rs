//! The documents in the partition of an adviser: their ids, places and sealed forms.
//!
//! Files and the marker are sealed under the adviser's key. The trail is sealed under the service's: it says who did what with which
//! file and nothing that is in one, and whoever looks into it to find out who was affected by a breach needs no adviser's key.

use super::{
    client_files::KeptFile,
    error::StoreError,
    identity_documents::encode,
    records::RecordLocation,
    sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        chain::Entry,
        client::summary::ClientSummary,
        erasure_begun::BegunErasure,
        ids::{ClientId, RecordId, ScopeId, SessionId, WriteId},
        session::{AdviserScope, BothSides},
        trail::{AuditEntry, Marker},
    },
    ports::{Body, Container, DocumentId, Draft, Partition},
};
use data_encoding::BASE64URL_NOPAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Ids of client files start with it.
pub const CLIENT_PREFIX: &str = "client-";
/// Id of the document that every commit replaces.
pub const MARKER: &str = "marker";
/// Ids of entries of the trail start with it.
pub const TRAIL_PREFIX: &str = "trail-";
/// Ids of the notes that a session has read a file start with it.
pub const SEEN_PREFIX: &str = "seen-";

/// Ids of the notes that a file is being erased start with it.
pub const ERASING_PREFIX: &str = "erasing-";
/// Ids of the notes that a file was taken over start with it.
pub const TAKEN_PREFIX: &str = "taken-";

/// A note is of no use once its hand-over is completed, which takes minutes, or days when something has to be repaired.
pub const TAKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A note is of no use once its session is over.
pub const SEEN_LIFETIME: SignedDuration = SignedDuration::from_mins(12 * 60 + 5);

/// The partition of an adviser.
pub fn partition(scope: AdviserScope) -> Partition {
    partition_of(scope.id())
}

/// The partition of a scope, whoever has the right to it.
pub(super) fn partition_of(scope: ScopeId) -> Partition {
    Partition::parse(&scope.to_string()).expect("a UUID is letters, digits and hyphens")
}

/// Where an adviser keeps records besides files.
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

/// Where a part of a document of this partition is sealed.
pub fn place<'a>(partition: &'a Partition, id: &'a DocumentId, part: Part) -> EnvelopeContext<'a> {
    EnvelopeContext { container: Container::Clients.name(), partition: partition.as_str(), document: id.as_str(), part }
}

/// The id of an entry of the trail: its place in the chain, which is its time, or a moment later. Where the chain has run further ahead,
/// since the clock was wrong for one commit, it is the time itself: whoever looks for that time finds it there.
pub fn trail_entry(entry: &Entry<AuditEntry>) -> DocumentId {
    let place = if entry.runs_ahead() { entry.place_by_time() } else { entry.place() };
    DocumentId::parse(&format!("{TRAIL_PREFIX}{place}")).expect("hexadecimal digits")
}

/// Whether an entry of the trail may have this id: as [`trail_entry`] gives it, or as versions did that knew no other place than the one
/// in the chain.
pub fn is_trail_entry(id: &DocumentId, entry: &Entry<AuditEntry>) -> bool {
    *id == trail_entry(entry) || id.as_str().strip_prefix(TRAIL_PREFIX) == Some(&entry.place())
}

/// The id of the note that a session has read a file: nobody can tell which from it.
pub async fn seen(sealing: &Sealing, session: SessionId, file: ClientId) -> Result<DocumentId, StoreError> {
    let tag = sealing.root().await?.repeats.tag(&[b"seen", session.bytes(), file.bytes()]);
    Ok(DocumentId::parse(&format!("{SEEN_PREFIX}{}", BASE64URL_NOPAD.encode(&tag))).expect("base64url"))
}

/// A file with its summary.
pub async fn client_draft(sealing: &Sealing, scope: AdviserScope, id: ClientId, kept: &KeptFile) -> Result<Draft, StoreError> {
    let (partition, document) = (partition(scope), client(id));
    let summary = encode(&ClientSummary::of(&kept.file, &kept.standing, kept.updated_at, kept.revision));
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

/// An entry of the trail.
pub async fn trail_draft(sealing: &Sealing, scope: AdviserScope, entry: &Entry<AuditEntry>) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition(scope), trail_entry(entry), entry, None).await
}

/// The note that a session has read a file.
pub async fn seen_draft(sealing: &Sealing, scope: AdviserScope, id: DocumentId) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition(scope), id, &(), Some(SEEN_LIFETIME)).await
}

/// The id of the note that a hand-over has brought a file.
pub fn taken(sides: &BothSides, file: ClientId) -> DocumentId {
    taken_note(sides.record, file)
}

/// The id of the note that this hand-over has brought a file.
pub fn taken_note(record: RecordId, file: ClientId) -> DocumentId {
    DocumentId::parse(&format!("{TAKEN_PREFIX}{record}-{file}")).expect("UUIDs are letters, digits and hyphens")
}

/// What the note that a hand-over has brought a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenNote {
    pub record: RecordId,
    pub file: ClientId,
    /// The revision that it has with the successor.
    pub revision: u32,
    /// Digest of the file as it was sealed with the leaver.
    pub digest: [u8; 32],
}

/// The note that a hand-over has brought a file.
pub async fn taken_draft(sealing: &Sealing, sides: &BothSides, note: &TakenNote) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition(sides.to), taken(sides, note.file), note, Some(TAKEN_LIFETIME)).await
}

/// The id of the note that a file is being erased.
pub fn erasing(file: ClientId) -> DocumentId {
    DocumentId::parse(&format!("{ERASING_PREFIX}{file}")).expect("a UUID is letters, digits and hyphens")
}

/// The note that a file is being erased.
pub async fn erasing_draft(sealing: &Sealing, begun: &BegunErasure) -> Result<Draft, StoreError> {
    draft(sealing, KeyScope::Service, &partition_of(begun.scope()), erasing(begun.client()), begun, None).await
}

/// The link of an entry of the trail: `HMAC(chain key, "trail", adviser scope, entry as it is sealed)`.
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
pub(super) async fn draft_of_bytes(
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
