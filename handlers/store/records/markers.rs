//! The marker of a record location: one document that every commit to the location replaces, so that none of its records can be restored or
//! removed alone.
//!
//! ```text
//! marker: records = number of records at the location
//!         heads   = XOR over them of HMAC(chain key, "shelf", container, partition, record id, link of the record's last step)
//! ```
//!
//! The link of a record's last step authenticates all its steps, so `heads` authenticates all steps at the location, in whatever order they
//! were taken, and a step costs two MACs however many records there are. Nobody without the root key can compute these MACs, so nobody can
//! find another set of records with the same XOR.
//!
//! A location from before markers existed gets one at its next commit, computed from the existing records. From then on each record that is
//! written says that there was one (`KeptRecord::marked`): when such a record exists without a marker, the marker was removed, and nothing
//! is written to the location any more. Earlier versions know no marker and would write past it: they must not run beside this one.
//!
//! In an adviser's partition every such commit replaces the marker of the partition too, with the same fresh stamp in both: neither can be
//! restored without the other.
//!
//! To verify a location, compare `stored` with `computed`, then read the marker again and start over if it has changed.

use super::repository::{RECORD_PREFIX, RecordLocation};
use crate::store::{error::StoreError, keys::sealing::Sealing, records};
use crate::{
    crypto::envelope::Part,
    domain::{
        chain::ChainHead,
        ids::{RecordId, WriteId},
        origin::Origin,
        record::{KeptRecord, ShelfMarker},
    },
    ports::{Body, DocumentId, Documents, Draft, Etag, Operation, Order, Page},
};
use serde::de::IgnoredAny;

/// The id of the marker of a record location.
pub const SHELF: &str = "shelf";
/// Records per page: bodies can be large.
const AT_ONCE: u16 = 50;

/// A marker as it was read, or as computed from the records of a location that has none.
pub struct FoundMarker {
    marker: ShelfMarker,
    origin: Origin,
    etag: Option<Etag>,
}

/// One change at a record location.
pub struct ShelfChange<'a> {
    pub id: RecordId,
    /// The chain head before it; `None` when the record is new.
    pub before: Option<&'a ChainHead>,
    /// The chain head after it; `None` when the record is removed.
    pub after: Option<&'a ChainHead>,
}

/// The id of the marker.
pub fn document() -> DocumentId {
    DocumentId::parse(SHELF).expect("a lower-case word")
}

/// The MAC that a record contributes to the marker.
pub async fn share(sealing: &Sealing, location: &RecordLocation, id: RecordId, head: &ChainHead) -> Result<[u8; 32], StoreError> {
    let fields: [&[u8]; 5] =
        [b"shelf", location.container.name().as_bytes(), location.partition.as_str().as_bytes(), id.bytes(), &head.link];
    Ok(sealing.root().await?.chain.tag(&fields))
}

/// The marker as stored; `None` when the location has none.
pub async fn stored(
    documents: &dyn Documents,
    sealing: &Sealing,
    location: &RecordLocation,
) -> Result<Option<(ShelfMarker, Etag)>, StoreError> {
    Ok(read(documents, sealing, location).await?.map(|(marker, _, etag)| (marker, etag)))
}

async fn read(
    documents: &dyn Documents,
    sealing: &Sealing,
    location: &RecordLocation,
) -> Result<Option<(ShelfMarker, Origin, Etag)>, StoreError> {
    let id = document();
    let Some(stored) = documents.read(location.container, &location.partition, &id).await? else {
        return Ok(None);
    };
    let plaintext = sealing.open(location.scope, location.place(&id, Part::Body), &stored.body).await?;
    let (marker, origin) = Origin::read(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
    Ok(Some((marker, origin, stored.etag)))
}

/// The marker, or what it has to be at a location that has none yet.
pub async fn find(documents: &dyn Documents, sealing: &Sealing, location: &RecordLocation) -> Result<FoundMarker, StoreError> {
    let there = async || {
        let found = read(documents, sealing, location).await?;
        Ok::<_, StoreError>(found.map(|(marker, origin, etag)| FoundMarker { marker, origin, etag: Some(etag) }))
    };
    if let Some(found) = there().await? {
        return Ok(found);
    }
    match computed(documents, sealing, location).await? {
        Computed { had_one: false, marker } => Ok(FoundMarker { marker, origin: Origin::default(), etag: None }),
        // Another commit may have written both since the marker was looked for.
        Computed { had_one: true, .. } => there().await?.ok_or(StoreError::DoesNotOpen),
    }
}

/// The marker that the records of a location add up to.
pub struct Computed {
    pub marker: ShelfMarker,
    /// Whether a record says that there was one.
    pub had_one: bool,
}

/// Reads all records at a location.
pub async fn computed(documents: &dyn Documents, sealing: &Sealing, location: &RecordLocation) -> Result<Computed, StoreError> {
    let mut had_one = false;
    let (mut marker, mut page) = (ShelfMarker::default(), Page { order: Order::Ascending, limit: AT_ONCE, after: None });
    loop {
        let listing = documents.list(location.container, &location.partition, RECORD_PREFIX, Part::Body, &page).await?;
        for item in &listing.items {
            let (id, body) = records::repository::record_id(&item.id).zip(item.part.as_ref()).ok_or(StoreError::DoesNotOpen)?;
            let plaintext = sealing.open(location.scope, location.place(&item.id, Part::Body), body).await?;
            let kept: KeptRecord<IgnoredAny> = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            had_one |= kept.marked;
            marker.come(share(sealing, location, id, &kept.chain).await?);
        }
        page.after = listing.next;
        if page.after.is_none() {
            return Ok(Computed { marker, had_one });
        }
    }
}

/// The operation that replaces the marker in the commit of this change, or creates the first one. `stamp` is the one that the marker of the
/// adviser's partition gets in the same commit.
pub async fn replacement(
    sealing: &Sealing,
    location: &RecordLocation,
    found: &FoundMarker,
    change: &ShelfChange<'_>,
    stamp: Option<WriteId>,
) -> Result<Operation, StoreError> {
    let mut marker = ShelfMarker { stamp: stamp.or(found.marker.stamp), ..found.marker };
    if let Some(before) = change.before {
        marker.go(share(sealing, location, change.id, before).await?);
    }
    if let Some(after) = change.after {
        marker.come(share(sealing, location, change.id, after).await?);
    }
    let id = document();
    let body = sealing.seal(location.scope, location.place(&id, Part::Body), &found.origin.keep(&marker)).await?;
    let write_id = WriteId::from_random(sealing.random_bytes());
    let draft = Draft { id, write_id, summary: None, body: Body::Sealed(body), ttl: None };
    Ok(match &found.etag {
        Some(etag) => Operation::Replace { draft, if_match: etag.clone() },
        None => Operation::Create(draft),
    })
}

impl FoundMarker {
    /// Whether it is still the one that was read.
    pub fn is_same(&self, other: &Self) -> bool {
        self.etag == other.etag
    }
}
