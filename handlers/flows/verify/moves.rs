//! Checks files that were handed over: each must have arrived at the successor, as recorded in the successor's own trail.

use super::{
    document::{Opener, Trouble},
    report::{Defect, DocumentKind},
    run::{BODIES_AT_ONCE, Flaw},
    twice::{hand_overs, partition},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        chain::Entry,
        clients::trail::{Actor, AuditAction, AuditEntry, Marker},
        hand_overs::record::Phase,
        ids::{ClientId, RecordId, ScopeId},
    },
    ports::{Container, Order, Page, Partition},
    store::{clients::documents, error::StoreError, keys::sealing::KeyScope},
};
use std::collections::{BTreeMap, BTreeSet};

/// A file that a handover moved from one adviser to another.
type Move = (RecordId, ClientId, ScopeId, ScopeId);

/// What the trails of all advisers say about handovers.
#[derive(Default)]
pub(in crate::flows) struct Moves {
    handed_over: BTreeSet<Move>,
    taken_over: BTreeSet<Move>,
}

impl Moves {
    /// Records what an entry in this adviser's trail says.
    pub(in crate::flows) fn add(&mut self, scope: ScopeId, trace: &AuditEntry) {
        match (trace.deed, trace.by) {
            (AuditAction::HandedOver, Actor::HandOver { record, other }) => {
                self.handed_over.insert((record, trace.file, scope, other));
            }
            (AuditAction::TakenOver, Actor::HandOver { record, other }) => {
                self.taken_over.insert((record, trace.file, other, scope));
            }
            _ => {}
        }
    }

    pub(in crate::flows) fn extend(&mut self, other: Self) {
        self.handed_over.extend(other.handed_over);
        self.taken_over.extend(other.taken_over);
    }

    /// Reports leavers' partitions whose files arrived nowhere, and those that are open again.
    pub(in crate::flows) async fn flaws(&self, opener: &Opener<'_>) -> Result<Vec<(Partition, Flaw)>, StoreError> {
        let mut lost: BTreeMap<ScopeId, BTreeSet<Move>> = BTreeMap::new();
        for went in self.handed_over.difference(&self.taken_over) {
            lost.entry(went.3).or_default().insert(*went);
        }
        let mut flaws = Vec::new();
        for (successor, lost) in lost {
            // The successor may have been checked before the file arrived.
            let came = came_to(opener, successor).await?;
            let flaw = |(_, _, leaver, _): &Move| (partition(*leaver), (DocumentKind::Trail, Defect::NotTakenOver));
            flaws.extend(lost.difference(&came.taken_over).map(flaw));
        }
        flaws.extend(open_flaws(opener).await?);
        Ok(flaws)
    }
}

/// Returns what this adviser's trail says now.
async fn came_to(opener: &Opener<'_>, scope: ScopeId) -> Result<Moves, StoreError> {
    let (mut moves, mut page) = (Moves::default(), Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None });
    loop {
        let listing = opener.documents.list(Container::Clients, &partition(scope), documents::TRAIL_PREFIX, Part::Body, &page).await?;
        for item in &listing.items {
            match opener.open::<Entry<AuditEntry>>(Container::Clients, KeyScope::Service, item, Part::Body).await {
                Ok(entry) => moves.add(scope, &entry.event),
                // Reported where it lies.
                Err(Trouble::Finding(_)) => {}
                Err(Trouble::Store(error)) => return Err(error),
            }
        }
        page.after = listing.next;
        if page.after.is_none() {
            return Ok(moves);
        }
    }
}

/// Reports leavers' partitions that are open although a completed or running move has closed them.
async fn open_flaws(opener: &Opener<'_>) -> Result<Vec<(Partition, Flaw)>, StoreError> {
    let mut flaws = Vec::new();
    for (id, hand_over) in hand_overs(opener).await? {
        // A partition is closed before the first file moves, and after the step that records the beginning.
        if !matches!(hand_over.phase, Phase::Moving { moved: 1.., .. } | Phase::Completed { .. }) {
            continue;
        }
        let (partition, scope) = (partition(hand_over.from.scope), KeyScope::Adviser(hand_over.from.scope));
        match opener.read::<Marker>(Container::Clients, scope, &partition, &documents::marker()).await {
            Ok(Some(marker)) if marker.closed == Some(id) => {}
            Ok(_) => flaws.push((partition, (DocumentKind::Marker, Defect::Reopened))),
            // Reported where it lies.
            Err(Trouble::Finding(_)) => {}
            Err(Trouble::Store(error)) => return Err(error),
        }
    }
    Ok(flaws)
}
