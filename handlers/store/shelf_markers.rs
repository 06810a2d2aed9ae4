//! The marker of a shelf: one document that every commit to the shelf replaces, so that no record of it can be put back or taken away alone.
//!
//! ```text
//! marker: records = how many records the shelf has
//!         heads   = XOR over them of HMAC(chain key, "shelf", container, partition, record id, link of the record's last step)
//! ```
//!
//! The link of a record's last step vouches for all its steps, so `heads` vouches for all steps of the shelf, in whatever order they were
//! taken, and a step costs two tags however many records there are. Nobody without the root key knows a tag, so nobody finds another set
//! of records with the same XOR.
//!
//! A shelf from before there were markers gets one at its next commit, out of what is there. From then on each record that is written
//! says that there was one (`KeptRecord::marked`): with such a record and no marker, the marker was taken away, and nothing is written
//! to the shelf any more. Versions before know no marker and would write past it: they must not run beside this one.
//!
//! On an adviser's shelf every such commit replaces the marker of the partition too, with a fresh stamp that both have: neither is put
//! back without the other.
//!
//! Whoever verifies a shelf compares `stored` with `computed`, reads the marker again afterwards and starts over when it changed.

use super::{
    error::StoreError,
    records::{self, RECORD_PREFIX, RecordLocation},
    sealing::Sealing,
};
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

/// The id of the marker of a shelf.
pub const SHELF: &str = "shelf";
/// Records of a page: bodies can be large.
const AT_ONCE: u16 = 50;

/// A marker as it was read, or as it follows from the records of a shelf that has none.
pub struct FoundMarker {
    marker: ShelfMarker,
    origin: Origin,
    etag: Option<Etag>,
}

/// One change of a shelf.
pub struct ShelfChange<'a> {
    pub id: RecordId,
    /// Where its steps stood; `None` when it is new.
    pub before: Option<&'a ChainHead>,
    /// Where they stand then; `None` when it goes.
    pub after: Option<&'a ChainHead>,
}

/// The id of the marker.
pub fn document() -> DocumentId {
    DocumentId::parse(SHELF).expect("a lower-case word")
}

/// What a record adds to the marker.
pub async fn share(sealing: &Sealing, shelf: &RecordLocation, id: RecordId, head: &ChainHead) -> Result<[u8; 32], StoreError> {
    let fields: [&[u8]; 5] = [b"shelf", shelf.container.name().as_bytes(), shelf.partition.as_str().as_bytes(), id.bytes(), &head.link];
    Ok(sealing.root().await?.chain.tag(&fields))
}

/// The marker as it is stored; `None` when the shelf has none.
pub async fn stored(
    documents: &dyn Documents,
    sealing: &Sealing,
    shelf: &RecordLocation,
) -> Result<Option<(ShelfMarker, Etag)>, StoreError> {
    Ok(read(documents, sealing, shelf).await?.map(|(marker, _, etag)| (marker, etag)))
}

async fn read(
    documents: &dyn Documents,
    sealing: &Sealing,
    shelf: &RecordLocation,
) -> Result<Option<(ShelfMarker, Origin, Etag)>, StoreError> {
    let id = document();
    let Some(stored) = documents.read(shelf.container, &shelf.partition, &id).await? else {
        return Ok(None);
    };
    let plaintext = sealing.open(shelf.scope, shelf.place(&id, Part::Body), &stored.body).await?;
    let (marker, origin) = Origin::read(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
    Ok(Some((marker, origin, stored.etag)))
}

/// The marker, or what it has to be on a shelf that has none yet.
pub async fn find(documents: &dyn Documents, sealing: &Sealing, shelf: &RecordLocation) -> Result<FoundMarker, StoreError> {
    let there = async || {
        let found = read(documents, sealing, shelf).await?;
        Ok::<_, StoreError>(found.map(|(marker, origin, etag)| FoundMarker { marker, origin, etag: Some(etag) }))
    };
    if let Some(found) = there().await? {
        return Ok(found);
    }
    match computed(documents, sealing, shelf).await? {
        Computed { had_one: false, marker } => Ok(FoundMarker { marker, origin: Origin::default(), etag: None }),
        // Somebody may have made both since the marker was looked for.
        Computed { had_one: true, .. } => there().await?.ok_or(StoreError::DoesNotOpen),
    }
}

/// What the records of a shelf say that its marker is.
pub struct Computed {
    pub marker: ShelfMarker,
    /// Whether a record says that there was one.
    pub had_one: bool,
}

/// Reads all records of a shelf.
pub async fn computed(documents: &dyn Documents, sealing: &Sealing, shelf: &RecordLocation) -> Result<Computed, StoreError> {
    let mut had_one = false;
    let (mut marker, mut page) = (ShelfMarker::default(), Page { order: Order::Ascending, limit: AT_ONCE, after: None });
    loop {
        let listing = documents.list(shelf.container, &shelf.partition, RECORD_PREFIX, Part::Body, &page).await?;
        for item in &listing.items {
            let (id, body) = records::record_id(&item.id).zip(item.part.as_ref()).ok_or(StoreError::DoesNotOpen)?;
            let plaintext = sealing.open(shelf.scope, shelf.place(&item.id, Part::Body), body).await?;
            let kept: KeptRecord<IgnoredAny> = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            had_one |= kept.marked;
            marker.come(share(sealing, shelf, id, &kept.chain).await?);
        }
        page.after = listing.next;
        if page.after.is_none() {
            return Ok(Computed { marker, had_one });
        }
    }
}

/// The operation that replaces the marker in the commit of this change, or makes the first one. `stamp` is what the marker of the adviser's
/// partition says of it then.
pub async fn replacement(
    sealing: &Sealing,
    shelf: &RecordLocation,
    found: &FoundMarker,
    change: &ShelfChange<'_>,
    stamp: Option<WriteId>,
) -> Result<Operation, StoreError> {
    let mut marker = ShelfMarker { stamp: stamp.or(found.marker.stamp), ..found.marker };
    if let Some(before) = change.before {
        marker.go(share(sealing, shelf, change.id, before).await?);
    }
    if let Some(after) = change.after {
        marker.come(share(sealing, shelf, change.id, after).await?);
    }
    let id = document();
    let body = sealing.seal(shelf.scope, shelf.place(&id, Part::Body), &found.origin.keep(&marker)).await?;
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
