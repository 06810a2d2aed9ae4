//! Checks the notes of readings and of hand-overs against the trail: each was written in the commit of its entry and exists until it
//! expires. A planted note would keep a reading out of the trail, or make a hand-over believe that a file has moved.

use super::{
    report::{Defect, DocumentKind},
    run::Flaw,
};
use crate::{
    domain::{
        chain::Entry,
        clients::trail::{Actor, AuditAction, AuditEntry},
    },
    ports::DocumentId,
    store::{
        clients::documents::{self as documents, SEEN_LIFETIME, TAKEN_LIFETIME},
        error::StoreError,
        keys::sealing::Sealing,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The store expires a note by its own clock: this close to its expiry it may exist or not.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// The notes in one adviser's partition, and those that the trail implies.
#[derive(Default)]
pub(in crate::flows) struct Notes {
    there: BTreeSet<DocumentId>,
    /// Until when each must exist.
    expected: BTreeMap<DocumentId, Timestamp>,
    /// Set when there is an entry that only a later version understands, which may have come with a note too.
    later: bool,
}

impl Notes {
    pub(in crate::flows) fn add(&mut self, id: &DocumentId) {
        self.there.insert(id.clone());
    }

    /// Records which note an entry of the trail came with, if it may still exist.
    pub(in crate::flows) async fn expect(
        &mut self,
        sealing: &Sealing,
        entry: &Entry<AuditEntry>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let note = match (entry.event.deed, entry.event.by) {
            (AuditAction::Read, Actor::Adviser { session, .. }) => {
                let until = entry.at + SEEN_LIFETIME;
                if until + MARGIN < now {
                    return Ok(());
                }
                (documents::seen(sealing, session, entry.event.file).await?, until)
            }
            (AuditAction::TakenOver, Actor::HandOver { record, .. }) => {
                (documents::taken_note(record, entry.event.file), entry.at + TAKEN_LIFETIME)
            }
            (AuditAction::Later(_), _) | (_, Actor::Later(_)) => {
                self.later = true;
                return Ok(());
            }
            _ => return Ok(()),
        };
        if note.1 + MARGIN >= now {
            self.expected.insert(note.0, note.1);
        }
        Ok(())
    }

    pub(in crate::flows) fn flaws(&self, now: Timestamp) -> Vec<Flaw> {
        let kind = |id: &DocumentId| if id.as_str().starts_with(documents::SEEN_PREFIX) { DocumentKind::Seen } else { DocumentKind::Taken };
        let missing = self.expected.iter().filter(|(id, until)| **until > now + MARGIN && !self.there.contains(*id));
        let stray = self.there.iter().filter(|id| !self.later && !self.expected.contains_key(*id));
        let missing = missing.map(|(id, _)| (kind(id), Defect::NoteMissing));
        missing.chain(stray.map(|id| (kind(id), Defect::NoteStray))).collect()
    }
}
