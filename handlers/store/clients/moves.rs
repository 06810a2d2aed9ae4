//! Moves client files from one adviser's partition to another's: created there, then deleted here, each with an audit entry.
//!
//! ```text
//! successor: files under the successor's key ‖ "taken over" ‖ a note for each    then    leaver: files deleted ‖ "handed over"
//! ```
//!
//! A move that is interrupted between the two leaves files in both places. The commit that takes a file over also writes a note, so that
//! resuming takes no file over twice, not even one that the successor has changed or deleted since. The note alone proves nothing: a file
//! is deleted from the leaver only when the successor's own audit trail shows that this hand-over moved it, and the moved file exists or
//! was removed by an entry of that trail.

use super::{
    documents::{self as documents, TakenNote},
    files::{ClientFiles, KeptFile, Versioned},
    writes::{Content, FileWrite, WriteRefused, Writer},
};
use crate::store::{error::StoreError, keys::sealing::KeyScope};
use crate::{
    crypto::{
        digest::digest,
        envelope::{Part, Unopened},
    },
    domain::{
        clients::{
            trail::{Actor, AuditAction},
            write_right::WriteRight,
        },
        ids::ClientId,
        origin::Origin,
        sign_in::session::{AdviserScope, BothSides},
    },
    ports::{Container, DocumentId, Etag, Operation, Order, Page, Partition},
};
use jiff::Timestamp;

/// Audit entries per page of a listing.
const TRAIL_AT_ONCE: u16 = 500;
/// Files per slice.
const AT_ONCE: u16 = 60;
/// Maximum files per commit: each is a document, an audit entry and one or two notes, and the marker has to fit beside them.
const MAX_FILES: usize = 24;
/// Maximum sealed bytes per commit: Cosmos DB accepts 2 MB, and sealed bytes are written as base64.
const MAX_BYTES: usize = 1024 * 1024;

/// A file to be moved.
struct Moving {
    id: ClientId,
    found: Versioned,
    bytes: usize,
    /// The digest of the file as it was sealed.
    digest: [u8; 32],
}

/// Whether a handover has already moved a file.
enum Arrival {
    /// It has, and the leaver's copy may be deleted.
    Arrived,
    /// It has not. A note that the commit taking the file over did not write may be in the way.
    Due(Option<Etag>),
}

impl ClientFiles {
    /// Counts the files without opening any.
    pub async fn count(&self, scope: AdviserScope) -> Result<u64, StoreError> {
        let (partition, mut count) = (documents::partition(scope), 0);
        let mut page = Page { order: Order::Ascending, limit: 1000, after: None };
        loop {
            let listing = self.documents.list(Container::Clients, &partition, documents::CLIENT_PREFIX, Part::Summary, &page).await?;
            count += u64::try_from(listing.items.len()).unwrap_or(u64::MAX);
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(count);
            }
        }
    }

    /// Moves a slice of the files that the leaver still has. `None` when there were none.
    ///
    /// # Errors
    /// [`StoreError`]; what has moved stays moved, and another call continues.
    pub async fn move_some(&self, sides: &BothSides, at: Timestamp) -> Result<Option<u64>, StoreError> {
        let files = self.some(sides.from).await?;
        if files.is_empty() {
            return Ok(None);
        }
        let mut moved = 0;
        for group in groups(&files) {
            self.take_over(sides, at, group).await?;
            moved += self.let_go(sides, at, group).await?;
        }
        Ok(Some(moved))
    }

    async fn some(&self, scope: AdviserScope) -> Result<Vec<Moving>, StoreError> {
        let (partition, mut files) = (documents::partition(scope), Vec::new());
        let mut page = Page { order: Order::Ascending, limit: AT_ONCE, after: None };
        // A page may be empty without being the last.
        while files.is_empty() {
            let listing = self.documents.list(Container::Clients, &partition, documents::CLIENT_PREFIX, Part::Body, &page).await?;
            for item in listing.items {
                let id = documents::client_id(&item.id).ok_or(StoreError::DoesNotOpen)?;
                let sealed = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
                let place = documents::place(&partition, &item.id, Part::Body);
                let plaintext = self.sealing.open(KeyScope::Adviser(scope.id()), place, sealed).await?;
                let (bytes, digest) = (sealed.as_bytes().len(), digest([&plaintext[..]]));
                let (kept, origin) = Origin::read::<KeptFile>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
                let found = Versioned::new(KeptFile { origin, ..kept }, item.etag);
                files.push(Moving { id, found, bytes, digest });
            }
            page.after = listing.next;
            if page.after.is_none() {
                break;
            }
        }
        Ok(files)
    }

    /// Creates the files in the successor's partition. Those that were taken over before are left as they are.
    async fn take_over(&self, sides: &BothSides, at: Timestamp, files: &[Moving]) -> Result<(), StoreError> {
        match self.create(sides, at, files, None).await {
            Ok(()) => return Ok(()),
            Err(WriteRefused::Exists) => {}
            Err(WriteRefused::TooLarge) if files.len() > 1 => {}
            Err(other) => return Err(other.into()),
        }
        for file in files {
            let one = std::slice::from_ref(file);
            match self.create(sides, at, one, None).await {
                Ok(()) => {}
                Err(WriteRefused::Exists) => match self.arrival(sides, file).await? {
                    Arrival::Arrived => {}
                    Arrival::Due(None) => return Err(StoreError::Stale),
                    Arrival::Due(planted) => self.create(sides, at, one, planted).await?,
                },
                Err(other) => return Err(other.into()),
            }
        }
        Ok(())
    }

    /// `planted` is the version of a note to overwrite, when `files` is the one file it belongs to.
    async fn create(&self, sides: &BothSides, at: Timestamp, files: &[Moving], planted: Option<Etag>) -> Result<(), WriteRefused> {
        let (mut writes, mut notes) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
        for Moving { id, found, digest, .. } in files {
            let kept = KeptFile { revision: found.kept.revision + 1, request: None, ..found.kept.clone() };
            let note = TakenNote { record: sides.record, file: *id, revision: kept.revision, digest: *digest };
            writes.push(FileWrite { id: *id, deed: AuditAction::TakenOver, content: Content::New(kept) });
            let draft = documents::taken_draft(&self.sealing, sides, &note).await?;
            let note = match &planted {
                Some(if_match) => Operation::Replace { draft, if_match: if_match.clone() },
                None => Operation::Create(draft),
            };
            notes.push(note.into());
            // The erasure note moves along, so that an erasure that was begun is still finished.
            if found.kept.erasing_since.is_some()
                && let Some(begun) = self.begun_erasure(sides.from, *id).await?
            {
                notes.push(Operation::Create(documents::erasing_draft(&self.sealing, &begun.taken_along(sides)).await?).into());
            }
        }
        self.write_with(Writer { right: WriteRight::successor(sides), at }, &writes, &notes).await.map(drop)
    }

    /// Whether the file was already taken over, judged by what only the commit that took it over can have written.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] when the existing data contradicts itself; nothing is then deleted from the leaver.
    async fn arrival(&self, sides: &BothSides, file: &Moving) -> Result<Arrival, StoreError> {
        let note = self.documents.read(Container::Clients, &documents::partition(sides.to), &documents::taken(sides, file.id)).await?;
        let there = self.find(sides.to, file.id).await?;
        let Some((revision, is_gone)) = self.brought(sides, file.id).await? else {
            // A file of this id that no hand-over moved here must not be overwritten.
            return if there.is_none() { Ok(Arrival::Due(note.map(|note| note.etag))) } else { Err(StoreError::DoesNotOpen) };
        };
        let is_there = there.is_some_and(|there| there.kept.revision >= revision) || is_gone;
        // `None`: the note predates notes with content or was written by a later version; the audit trail decides.
        let says: Option<TakenNote> = match &note {
            Some(note) => self.open_taken(&documents::partition(sides.to), &note.id, &note.body).await?,
            None => None,
        };
        let expected = TakenNote { record: sides.record, file: file.id, revision, digest: file.digest };
        let is_same = revision == file.found.kept.revision + 1 && says.is_none_or(|says| says == expected);
        if is_there && is_same { Ok(Arrival::Arrived) } else { Err(StoreError::DoesNotOpen) }
    }

    /// The revision at which this handover moved a file, by the successor's audit trail, and whether a later entry removed it.
    async fn brought(&self, sides: &BothSides, file: ClientId) -> Result<Option<(u32, bool)>, StoreError> {
        let partition = documents::partition(sides.to);
        let (mut page, mut is_gone) = (Page { order: Order::Descending, limit: TRAIL_AT_ONCE, after: None }, false);
        let by = Actor::HandOver { record: sides.record, other: sides.from.id() };
        loop {
            let slice = self.trail_page(&partition, file, &page).await?;
            for entry in &slice.items {
                if entry.event.deed == AuditAction::TakenOver && entry.event.by == by {
                    return Ok(Some((entry.event.revision, is_gone)));
                }
                is_gone |= entry.event.deed.removes();
            }
            page.after = slice.next;
            if page.after.is_none() {
                return Ok(None);
            }
        }
    }

    async fn open_taken(&self, partition: &Partition, id: &DocumentId, body: &Unopened) -> Result<Option<TakenNote>, StoreError> {
        let plaintext = self.sealing.open(KeyScope::Service, documents::place(partition, id, Part::Body), body).await?;
        Ok(serde_json::from_slice(&plaintext).ok())
    }

    /// Deletes the files from the leaver's partition. Returns how many this call deleted.
    async fn let_go(&self, sides: &BothSides, at: Timestamp, files: &[Moving]) -> Result<u64, StoreError> {
        match self.delete(sides, at, files).await {
            Ok(()) => return Ok(files.len() as u64),
            // Another instance is moving them too.
            Err(WriteRefused::Missing) => {}
            Err(other) => return Err(other.into()),
        }
        let mut gone = 0;
        for file in files {
            match self.delete(sides, at, std::slice::from_ref(file)).await {
                Ok(()) => gone += 1,
                Err(WriteRefused::Missing) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(gone)
    }

    async fn delete(&self, sides: &BothSides, at: Timestamp, files: &[Moving]) -> Result<(), WriteRefused> {
        let write = |Moving { id, found, .. }: &Moving| {
            let content = Content::Gone { if_match: found.etag.clone(), revision: found.kept.revision };
            FileWrite { id: *id, deed: AuditAction::HandedOver, content }
        };
        let writes: Vec<_> = files.iter().map(write).collect();
        let mut notes = Vec::new();
        for file in files {
            notes.extend(self.erasing_note(sides.from, file.id, &file.found.kept).await?.map(Into::into));
        }
        self.write_with(Writer { right: WriteRight::leaver(sides), at }, &writes, &notes).await.map(drop)
    }
}

/// Splits the files into groups that fit into one commit.
fn groups(files: &[Moving]) -> Vec<&[Moving]> {
    let (mut groups, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, file) in files.iter().enumerate() {
        if at > start && (at - start == MAX_FILES || bytes + file.bytes > MAX_BYTES) {
            groups.push(&files[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += file.bytes;
    }
    groups.push(&files[start..]);
    groups
}
