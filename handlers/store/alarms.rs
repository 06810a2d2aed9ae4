//! Alarms: a small document beside each record that has one, which lets maintenance see what is due without an adviser's key and without
//! opening a record.
//!
//! `alarm-<record id>` is in the partition of its record and sealed under the service's key; it holds a date and no personal data. It is
//! created, replaced and deleted in the commit of the step that changes it. Only records of advisers have alarms: maintenance can read the
//! officers' registers anyway.

use super::{
    error::StoreError,
    identities::lists::Slice,
    keys::sealing::{KeyScope, Sealing},
    records::repository::RecordLocation,
};
use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        ids::{RecordId, ScopeId, WriteId},
        record::{Alarm, Record},
    },
    ports::{Body, Container, Cursor, DocumentId, Documents, Draft, Listed, Operation, Order, Page},
};
use std::sync::Arc;

/// Id prefix of alarms.
pub const ALARM_PREFIX: &str = "alarm-";

/// The alarms of all advisers.
pub struct Alarms {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
}

/// An alarm and the record it belongs to.
pub struct FoundAlarm {
    /// The adviser whose record it is.
    pub scope: ScopeId,
    pub record: RecordId,
    pub alarm: Alarm,
}

impl Alarms {
    /// Uses this database and these keys.
    pub const fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>) -> Self {
        Self { documents, sealing }
    }

    /// Returns a page of all alarms, in no meaningful order. An alarm that does not open is logged and skipped.
    pub async fn page(&self, after: Option<Cursor>) -> Result<Slice<FoundAlarm>, StoreError> {
        let page = Page { order: Order::Ascending, limit: 1000, after };
        let listing = self.documents.scan(Container::Clients, ALARM_PREFIX, Part::Body, &page).await?;
        let mut items = Vec::with_capacity(listing.items.len());
        for item in &listing.items {
            match self.found(item).await {
                Ok(found) => items.push(found),
                Err(StoreError::DoesNotOpen) => tracing::error!(event = "document_does_not_open"),
                Err(other) => return Err(other),
            }
        }
        Ok(Slice { items, next: listing.next })
    }

    async fn found(&self, item: &Listed) -> Result<FoundAlarm, StoreError> {
        let scope = ScopeId::parse(item.partition.as_str()).ok_or(StoreError::DoesNotOpen)?;
        let record = alarm_owner(&item.id).ok_or(StoreError::DoesNotOpen)?;
        let sealed = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
        let container = Container::Clients.name();
        let place = EnvelopeContext { container, partition: item.partition.as_str(), document: item.id.as_str(), part: Part::Body };
        let plaintext = self.sealing.open(KeyScope::Service, place, sealed).await?;
        let alarm = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok(FoundAlarm { scope, record, alarm })
    }
}

/// The alarm of a record at this location; `None` outside advisers' partitions.
pub(super) fn alarm_of(location: &RecordLocation, record: &impl Record) -> Option<Alarm> {
    record.alarm().filter(|_| location.container == Container::Clients)
}

/// The operation that changes a record's alarm from `before` to `after`; `None` when nothing changes. `plaintext` is the new alarm as the
/// record holds it.
pub(super) async fn change(
    sealing: &Sealing,
    location: &RecordLocation,
    id: RecordId,
    (before, after): (Option<Alarm>, Option<Alarm>),
    plaintext: Option<&[u8]>,
) -> Result<Option<Operation>, StoreError> {
    Ok(match plaintext {
        _ if before == after => None,
        Some(alarm) if after.is_some() => Some(Operation::Put(alarm_draft(sealing, location, id, alarm).await?)),
        _ if before.is_some() => Some(Operation::Delete { id: alarm_document(id), if_match: None }),
        _ => None,
    })
}

/// The sealed document of an alarm.
pub(super) async fn alarm_draft(sealing: &Sealing, location: &RecordLocation, id: RecordId, alarm: &[u8]) -> Result<Draft, StoreError> {
    let document = alarm_document(id);
    let body = sealing.seal(KeyScope::Service, location.place(&document, Part::Body), alarm).await?;
    let write_id = WriteId::from_random(sealing.random_bytes());
    Ok(Draft { id: document, write_id, summary: None, body: Body::Sealed(body), ttl: None })
}

/// The id of a record's alarm document.
pub fn alarm_document(id: RecordId) -> DocumentId {
    DocumentId::parse(&format!("{ALARM_PREFIX}{id}")).expect("a UUID is letters, digits and hyphens")
}

/// The record that the alarm with this document id belongs to.
pub fn alarm_owner(id: &DocumentId) -> Option<RecordId> {
    RecordId::parse(id.as_str().strip_prefix(ALARM_PREFIX)?)
}
