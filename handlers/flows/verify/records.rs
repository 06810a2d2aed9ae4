//! Checks that records are what their steps made of them, that the steps of each form one chain, and that its alarm matches.

use super::{
    document::{Opener, Trouble, in_place},
    report::{Defect, DocumentKind, unless_changing},
    run::{BODIES_AT_ONCE, Flaw},
};
use crate::flows::verify;
use crate::{
    crypto::envelope::Part,
    domain::{
        chain::{ChainHead, Entry},
        chain_check::ChainCheck,
        ids::RecordId,
        record::{Alarm, KeptRecord, ShelfMarker, Step},
    },
    ports::{Etag, Listed, Order, Page},
    store::{
        alarms,
        error::StoreError,
        keys::sealing::KeyScope,
        records::{
            self,
            markers::Computed,
            repository::{self as documents, RecordLocation},
        },
        retries::MAX_READINGS,
    },
};
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What is collected about the records of one location.
pub(in crate::flows) struct RecordChains {
    shelf: RecordLocation,
    chains: BTreeMap<RecordId, RecordChain>,
}

#[derive(Default)]
struct RecordChain {
    head: Option<Head>,
    /// The record did not open: already reported, and there is nothing to compare the steps with.
    unreadable: bool,
    check: ChainCheck,
    newest: Option<(u64, [u8; 32])>,
    alarm: Option<Alarm>,
}

#[derive(PartialEq, Eq)]
struct Head {
    chain: ChainHead,
    /// Whether the location had a marker when the record was written.
    marked: bool,
    digest: [u8; 32],
    alarm: Option<Alarm>,
}

impl RecordChains {
    pub(in crate::flows) const fn on(shelf: RecordLocation) -> Self {
        Self { shelf, chains: BTreeMap::new() }
    }

    pub(in crate::flows) async fn add(&mut self, opener: &Opener<'_>, item: &Listed) -> Result<Option<Timestamp>, Trouble> {
        let container = self.shelf.container;
        match DocumentKind::of(container, &item.id) {
            DocumentKind::Record => {
                let id = documents::record_id(&item.id).ok_or(Trouble::Finding(Defect::UnknownDocument))?;
                let chain = self.chains.entry(id).or_default();
                chain.unreadable = true;
                chain.head = Some(Head::of(&opener.plaintext(container, self.shelf.scope, item, Part::Body).await?)?);
                chain.unreadable = false;
                Ok(None)
            }
            DocumentKind::Step => {
                let id = documents::step_owner(&item.id).ok_or(Trouble::Finding(Defect::UnknownDocument))?;
                let plaintext = opener.plaintext(container, self.shelf.scope, item, Part::Body).await?;
                let entry: Entry<Step<IgnoredAny>> =
                    serde_json::from_slice(&plaintext).map_err(|_| Trouble::Finding(Defect::DoesNotOpen))?;
                let link = documents::link(opener.sealing, &self.shelf, id, &plaintext).await?;
                self.chains.entry(id).or_default().add(&entry, link);
                in_place(documents::step_document(id, &entry) == item.id).map(|()| Some(entry.at))
            }
            DocumentKind::Alarm => {
                let id = alarms::alarm_owner(&item.id).ok_or(Trouble::Finding(Defect::UnknownDocument))?;
                let alarm = opener.open(container, KeyScope::Service, item, Part::Body).await?;
                self.chains.entry(id).or_default().alarm = Some(alarm);
                Ok(None)
            }
            DocumentKind::RecordLocation => {
                in_place(records::markers::document() == item.id)?;
                opener.plaintext(container, self.shelf.scope, item, Part::Body).await?;
                Ok(None)
            }
            _ => opener.body(container, item).await,
        }
    }

    /// Returns how many chains were checked, and what is wrong.
    pub(in crate::flows) async fn finish(self, opener: &Opener<'_>) -> Result<(usize, Vec<Flaw>), StoreError> {
        let Self { shelf, chains } = self;
        let (count, mut flaws) = (chains.len(), Vec::new());
        flaws.extend(summary_flaws(opener, &shelf, &chains).await?);
        // What does not open was reported, and the marker cannot be compared with it.
        if !chains.values().any(|chain| chain.unreadable) {
            flaws.extend(marker_flaw(opener, &shelf, &chains).await?);
        }
        for (id, chain) in chains.into_iter().filter(|(_, chain)| !chain.unreadable) {
            let (mut own, mut changes) = (chain.flaws(opener), false);
            for _ in 0..MAX_READINGS {
                if own.is_empty() {
                    break;
                }
                let (again, disturbed) = second_reading(opener, &shelf, id).await?;
                (own, changes) = (again, disturbed);
                if !disturbed {
                    break;
                }
            }
            flaws.extend(unless_changing(own, changes));
        }
        Ok((count, flaws))
    }
}

impl RecordChain {
    fn add(&mut self, entry: &Entry<Step<IgnoredAny>>, link: [u8; 32]) {
        self.check.add(entry, link);
        if self.newest.is_none_or(|(sequence, _)| sequence < entry.sequence) {
            self.newest = Some((entry.sequence, entry.event.record));
        }
    }

    fn flaws(&self, opener: &Opener<'_>) -> Vec<Flaw> {
        let head = self.head.as_ref().map(|head| &head.chain);
        let chain = self.check.clone().flaws(head, head, opener.clock.now());
        let mut flaws: Vec<Flaw> = chain.into_iter().map(|flaw| (DocumentKind::Chain, Defect::Chain(flaw))).collect();
        let differs = |head: &Head| self.newest.is_some_and(|(_, digest)| digest != head.digest);
        if flaws.is_empty() && self.head.as_ref().is_some_and(differs) {
            flaws.push((DocumentKind::Record, Defect::RecordChanged));
        }
        let expected = self.head.as_ref().and_then(|head| head.alarm);
        if expected != self.alarm {
            flaws.push((DocumentKind::Alarm, if expected.is_some() { Defect::AlarmMissing } else { Defect::AlarmStray }));
        }
        flaws
    }
}

/// Reports summaries that do not match their records. Each is read together with its record, so that no step can come in between.
async fn summary_flaws(
    opener: &Opener<'_>,
    shelf: &RecordLocation,
    chains: &BTreeMap<RecordId, RecordChain>,
) -> Result<Vec<Flaw>, StoreError> {
    let mut flaws = Vec::new();
    for id in chains.iter().filter(|(_, chain)| chain.head.is_some() && !chain.unreadable).map(|(id, _)| *id) {
        let document = documents::record_document(id);
        let Some((body, summary)) = opener.both(shelf.container, shelf.scope, &shelf.partition, &document).await? else { continue };
        let looked = match &summary {
            Some(summary) => verify::summary::of_record(shelf, &body, summary),
            None => Err(Trouble::Finding(Defect::PartMissing)),
        };
        match looked {
            Ok(()) => {}
            Err(Trouble::Finding(what)) => flaws.push((DocumentKind::Record, what)),
            Err(Trouble::Store(error)) => return Err(error),
        }
    }
    Ok(flaws)
}

/// Checks the marker of the location against its records: none removed, none put back, and the marker exists if there was one.
async fn marker_flaw(
    opener: &Opener<'_>,
    shelf: &RecordLocation,
    chains: &BTreeMap<RecordId, RecordChain>,
) -> Result<Option<Flaw>, StoreError> {
    let (mut seen, mut had_one) = (ShelfMarker::default(), false);
    for (id, head) in chains.iter().filter_map(|(id, chain)| chain.head.as_ref().map(|head| (id, head))) {
        had_one |= head.marked;
        seen.come(records::markers::share(opener.sealing, shelf, *id, &head.chain).await?);
    }
    let mut before = stored_marker(opener, shelf).await?;
    let (mut flaw, mut changes) = (differs(before.as_ref(), &seen, had_one), false);
    for _ in 0..MAX_READINGS {
        if flaw.is_none() {
            break;
        }
        // A step may have been taken concurrently.
        let Computed { marker, had_one } = records::markers::computed(opener.documents, opener.sealing, shelf).await?;
        let after = stored_marker(opener, shelf).await?;
        flaw = differs(after.as_ref(), &marker, had_one);
        let disturbed = before.map(|(_, etag)| etag) != after.as_ref().map(|(_, etag)| etag.clone());
        (before, changes) = (after, disturbed);
        if !disturbed {
            break;
        }
    }
    Ok(unless_changing(flaw.map(|what| (DocumentKind::RecordLocation, what)).into_iter().collect(), changes).pop())
}

fn differs(stored: Option<&(ShelfMarker, Etag)>, says: &ShelfMarker, had_one: bool) -> Option<Defect> {
    match stored {
        Some((marker, _)) => ((marker.records, marker.heads) != (says.records, says.heads)).then_some(Defect::ShelfChanged),
        None => had_one.then_some(Defect::ShelfMissing),
    }
}

/// A marker that does not open is reported where it lies; then there is nothing to compare the records with.
async fn stored_marker(opener: &Opener<'_>, shelf: &RecordLocation) -> Result<Option<(ShelfMarker, Etag)>, StoreError> {
    match records::markers::stored(opener.documents, opener.sealing, shelf).await {
        Err(StoreError::DoesNotOpen) => Ok(None),
        other => other,
    }
}

/// Reads one record again. Returns also whether a step was taken concurrently, which may explain the flaws.
async fn second_reading(opener: &Opener<'_>, shelf: &RecordLocation, id: RecordId) -> Result<(Vec<Flaw>, bool), StoreError> {
    let mut again = RecordChains::on(shelf.clone());
    let before = head(opener, shelf, id).await?;
    let mut page = Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None };
    loop {
        let prefix = documents::step_prefix(id);
        let listing = opener.documents.list(shelf.container, &shelf.partition, &prefix, Part::Body, &page).await?;
        for item in &listing.items {
            match again.add(opener, item).await {
                // Reported at the first reading.
                Ok(_) | Err(Trouble::Finding(_)) => {}
                Err(Trouble::Store(error)) => return Err(error),
            }
        }
        page.after = listing.next;
        if page.after.is_none() {
            break;
        }
    }
    let alarm = alarm(opener, shelf, id).await?;
    let disturbed = head(opener, shelf, id).await? != before;
    let mut chain = again.chains.remove(&id).unwrap_or_default();
    (chain.head, chain.alarm) = (before, alarm);
    Ok((chain.flaws(opener), disturbed))
}

async fn alarm(opener: &Opener<'_>, shelf: &RecordLocation, id: RecordId) -> Result<Option<Alarm>, StoreError> {
    match opener.read(shelf.container, KeyScope::Service, &shelf.partition, &alarms::alarm_document(id)).await {
        Ok(alarm) => Ok(alarm),
        // Reported at the first reading.
        Err(Trouble::Finding(_)) => Ok(None),
        Err(Trouble::Store(error)) => Err(error),
    }
}

async fn head(opener: &Opener<'_>, shelf: &RecordLocation, id: RecordId) -> Result<Option<Head>, StoreError> {
    let document = documents::record_document(id);
    let Some(stored) = opener.documents.read(shelf.container, &shelf.partition, &document).await? else {
        return Ok(None);
    };
    let plaintext = opener.sealing.open(shelf.scope, shelf.place(&document, Part::Body), &stored.body).await?;
    Head::of(&plaintext).map(Some).map_err(|_| StoreError::DoesNotOpen)
}

impl Head {
    /// The digest covers the bytes as they were sealed, however another version would serialise them.
    fn of(plaintext: &[u8]) -> Result<Self, Trouble> {
        let does_not_open = |_| Trouble::Finding(Defect::DoesNotOpen);
        let kept: KeptRecord<Box<RawValue>> = serde_json::from_slice(plaintext).map_err(does_not_open)?;
        Ok(Self {
            chain: kept.chain,
            marked: kept.marked,
            digest: documents::record_digest(kept.record.get().as_bytes()),
            alarm: kept.alarm,
        })
    }
}
