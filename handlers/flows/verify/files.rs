//! Checks an adviser's files against their trail: every file that should exist does, every file that should be gone is, none is older than
//! its newest entry, and the trail itself is one chain.

use super::{
    beside::Beside,
    document::{Opener, Trouble, in_place, known},
    identity::Head,
    moves::Moves,
    notes::Notes,
    records::RecordChains,
    report::{Defect, DocumentKind, unless_changing},
    run::{BODIES_AT_ONCE, Flaw, SUMMARIES_AT_ONCE},
};
use crate::flows::clients::erasure_replay::Erased;
use crate::{
    crypto::{digest::digest, envelope::Part},
    domain::{
        chain::Entry,
        chain_check::ChainCheck,
        clients::{
            summary::ClientSummary,
            trail::{AuditAction, AuditEntry, Marker},
        },
        exports::Export,
        ids::{ClientId, ScopeId, WriteId},
        imports::Import,
        ledger::Ledger,
    },
    ports::{Container, Listed, Order, Page, Partition},
    store::{
        clients::{documents, files::KeptFile},
        error::StoreError,
        exchanges::{Exchange, PART_PREFIX},
        identities::documents::encode,
        keys::sealing::KeyScope,
        records::{self, repository::RecordLocation},
        retries::MAX_READINGS,
    },
};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Everything that trail and marker account for.
const TOLD: [&str; 8] = [
    documents::TRAIL_PREFIX,
    documents::CLIENT_PREFIX,
    documents::SEEN_PREFIX,
    documents::TAKEN_PREFIX,
    documents::ERASING_PREFIX,
    Import::PREFIX,
    PART_PREFIX,
    Export::PREFIX,
];

/// What is collected about one adviser's partition.
pub(in crate::flows) struct Files {
    scope: ScopeId,
    partition: Partition,
    /// The existing files.
    there: BTreeMap<ClientId, There>,
    trail: TrailCheck,
    head: Head,
    beside: Beside,
    /// What the marker says about the documents beside it.
    ledger: Ledger,
    /// The stamp that the marker of the record location should have.
    stamp: Option<WriteId>,
    /// The creation times of the files that notes say are being erased.
    erasing: BTreeMap<ClientId, Timestamp>,
    records: RecordChains,
}

/// An existing file.
struct There {
    revision: u32,
    /// Digest of the matching summary; `None` when the file does not open.
    summary: Option<[u8; 32]>,
    /// [`Timestamp::MIN`] when the file does not open.
    created_at: Timestamp,
    is_being_erased: bool,
}

/// The trail, and the newest entry of each file.
#[derive(Default)]
struct TrailCheck {
    check: ChainCheck,
    newest: HashMap<ClientId, Newest>,
    notes: Notes,
    moves: Moves,
}

#[derive(Clone, Copy)]
struct Newest {
    sequence: u64,
    deed: AuditAction,
    revision: u32,
}

impl Files {
    pub(in crate::flows) fn of(scope: ScopeId, partition: &Partition) -> Self {
        let shelf = RecordLocation { container: Container::Clients, partition: partition.clone(), scope: KeyScope::Adviser(scope) };
        Self {
            scope,
            partition: partition.clone(),
            there: BTreeMap::new(),
            trail: TrailCheck::default(),
            head: Head::Absent,
            beside: Beside::of(Container::Clients),
            ledger: Ledger::default(),
            stamp: None,
            erasing: BTreeMap::new(),
            records: RecordChains::on(shelf),
        }
    }

    pub(in crate::flows) async fn add(&mut self, opener: &Opener<'_>, item: &Listed) -> Result<Option<Timestamp>, Trouble> {
        match DocumentKind::of(Container::Clients, &item.id) {
            DocumentKind::Client => self.file(opener, item).await.map(Some),
            DocumentKind::Marker => {
                known((item.id == documents::marker()).then_some(()))?;
                self.head = Head::Unreadable;
                let marker: Option<Marker> = self.open(opener, item, Part::Body).await?;
                let marker = marker.unwrap_or_default();
                self.take(marker);
                Ok(None)
            }
            DocumentKind::Trail => self.trail.add(opener, self.scope, item).await.map(Some),
            DocumentKind::Seen | DocumentKind::Taken => {
                self.trail.notes.add(&item.id);
                opener.body(Container::Clients, item).await
            }
            DocumentKind::Erasing => {
                let begun = opener.begun_erasure(item).await?;
                self.erasing.insert(begun.client(), begun.created_at());
                Ok(None)
            }
            kind if Beside::is_about(kind) => self.beside.add(opener, KeyScope::Adviser(self.scope), item).await,
            DocumentKind::Record | DocumentKind::Step | DocumentKind::Alarm | DocumentKind::RecordLocation => {
                self.records.add(opener, item).await
            }
            _ => opener.body(Container::Clients, item).await,
        }
    }

    /// Returns what the trail says about handovers.
    pub(in crate::flows) fn take_moves(&mut self) -> Moves {
        std::mem::take(&mut self.trail.moves)
    }

    /// Returns how many chains were checked, and what is wrong.
    pub(in crate::flows) async fn finish(mut self, opener: &Opener<'_>) -> Result<(usize, Vec<Flaw>), StoreError> {
        let shelf = self.location();
        let records = std::mem::replace(&mut self.records, RecordChains::on(shelf));
        let (chains, mut flaws) = records.finish(opener).await?;
        if matches!(self.head, Head::Unreadable) {
            return Ok((chains, flaws));
        }
        let (mut own, mut changes) = (self.flaws(opener).await?, false);
        for _ in 0..MAX_READINGS {
            if own.is_empty() {
                break;
            }
            let (again, disturbed) = self.second_reading(opener).await?;
            (own, changes) = (again, disturbed);
            if !disturbed {
                break;
            }
        }
        flaws.extend(unless_changing(own, changes));
        Ok((chains + 1, flaws))
    }

    /// Reads everything again. Returns also whether there were concurrent writes, which may explain the flaws.
    async fn second_reading(&self, opener: &Opener<'_>) -> Result<(Vec<Flaw>, bool), StoreError> {
        let mut again = Self::of(self.scope, &self.partition);
        let before = again.marker(opener).await?;
        if let Some(marker) = before.clone() {
            again.take(marker);
        }
        for prefix in TOLD {
            again.add_all(opener, prefix).await?;
        }
        let flaws = again.flaws(opener).await?;
        Ok((flaws, again.marker(opener).await? != before))
    }

    fn take(&mut self, marker: Marker) {
        (self.head, self.ledger, self.stamp) = (Head::At(marker.trail), marker.beside, marker.shelf);
    }

    async fn add_all(&mut self, opener: &Opener<'_>, prefix: &str) -> Result<(), StoreError> {
        let mut page = Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None };
        loop {
            let listing = opener.documents.list(Container::Clients, &self.partition, prefix, Part::Body, &page).await?;
            for item in &listing.items {
                match self.add(opener, item).await {
                    // Reported at the first reading.
                    Ok(_) | Err(Trouble::Finding(_)) => {}
                    Err(Trouble::Store(error)) => return Err(error),
                }
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(());
            }
        }
    }

    async fn marker(&self, opener: &Opener<'_>) -> Result<Option<Marker>, StoreError> {
        let scope = KeyScope::Adviser(self.scope);
        match opener.read::<Option<Marker>>(Container::Clients, scope, &self.partition, &documents::marker()).await {
            Ok(marker) => Ok(marker.map(Option::unwrap_or_default)),
            Err(Trouble::Finding(_)) => Ok(None),
            Err(Trouble::Store(error)) => Err(error),
        }
    }

    async fn file(&mut self, opener: &Opener<'_>, item: &Listed) -> Result<Timestamp, Trouble> {
        let id = documents::client_id(&item.id).ok_or(Trouble::Finding(Defect::UnknownDocument))?;
        // It exists, even if it does not open: that is a separate finding.
        let revision = self.trail.newest.get(&id).map_or(0, |newest| newest.revision);
        self.there.insert(id, There { revision, summary: None, created_at: Timestamp::MIN, is_being_erased: false });
        let kept: KeptFile = self.open(opener, item, Part::Body).await?;
        let summary = ClientSummary::of(&kept.file, &kept.restrictions, kept.updated_at, kept.revision).of_any_version();
        let summary = Some(digest([encode(&summary).as_slice()]));
        self.there.insert(
            id,
            There { revision: kept.revision, summary, created_at: kept.created_at, is_being_erased: kept.erasing_since.is_some() },
        );
        Ok(kept.updated_at)
    }

    async fn flaws(&self, opener: &Opener<'_>) -> Result<Vec<Flaw>, StoreError> {
        let head = match &self.head {
            Head::At(head) => Some(head),
            Head::Absent | Head::Unreadable => None,
        };
        let chain = self.trail.check.clone().flaws(head, head, opener.clock.now());
        let mut flaws: Vec<Flaw> = chain.into_iter().map(|flaw| (DocumentKind::Chain, Defect::Chain(flaw))).collect();
        flaws.extend(self.trail.notes.flaws(opener.clock.now()));
        flaws.extend(self.beside.flaws(&self.ledger, &[], opener.clock.now()));
        flaws.extend(self.erasing_flaws());
        flaws.extend(self.shelf_flaw(opener).await?);
        flaws.extend(self.file_flaws(&opener.erased).map(|what| (DocumentKind::Client, what)));
        flaws.extend(self.summary_flaws(opener).await?);
        Ok(flaws)
    }

    fn file_flaws(&self, erased: &Erased) -> impl Iterator<Item = Defect> {
        let is_erased = |id: &ClientId, there: &There| erased.of(self.scope, *id, there.created_at).is_some();
        let there = self.there.iter().filter_map(move |(id, there)| match self.trail.newest.get(id) {
            // A file that is being erased will disappear without further action.
            _ if !there.is_being_erased && is_erased(id, there) => Some(Defect::Erased),
            Some(newest) if newest.deed.removes() => Some(Defect::FileBack),
            Some(newest) if newest.revision != there.revision => Some(Defect::FileOlder),
            // From before the trail existed.
            None if there.revision == 0 => None,
            None => Some(Defect::NotInTrail),
            Some(_) => None,
        });
        let missing = |(id, newest): &(&ClientId, &Newest)| !newest.deed.removes() && !self.there.contains_key(id);
        there.chain(self.trail.newest.iter().filter(missing).map(|_| Defect::FileMissing))
    }

    /// Checks that the marker of the record location is the one that the partition's marker names.
    async fn shelf_flaw(&self, opener: &Opener<'_>) -> Result<Option<Flaw>, StoreError> {
        let stored = match records::markers::stored(opener.documents, opener.sealing, &self.location()).await {
            Ok(stored) => stored,
            // Reported where it lies.
            Err(StoreError::DoesNotOpen) => return Ok(None),
            Err(other) => return Err(other),
        };
        let stamp = stored.and_then(|(marker, _)| marker.stamp);
        Ok((stamp != self.stamp).then_some((DocumentKind::RecordLocation, Defect::ShelfChanged)))
    }

    /// Compares the notes of begun erasures with the files that say they are being erased.
    fn erasing_flaws(&self) -> impl Iterator<Item = Flaw> {
        let is_noted = |(id, there): &(&ClientId, &There)| self.erasing.get(*id) == Some(&there.created_at);
        let missing = self.there.iter().filter(|(_, there)| there.is_being_erased).filter(move |file| !is_noted(file));
        let is_erased = |id: &ClientId, at: &Timestamp| match self.there.get(id) {
            // What does not open is reported where it lies.
            Some(there) => there.summary.is_none() || there.is_being_erased && there.created_at == *at,
            None => false,
        };
        let stray = self.erasing.iter().filter(move |(id, at)| !is_erased(id, at)).map(|_| (DocumentKind::Erasing, Defect::NoteStray));
        missing.map(|_| (DocumentKind::Erasing, Defect::NoteMissing)).chain(stray)
    }

    /// Reports summaries that do not match their files. Whether they open is checked elsewhere.
    async fn summary_flaws(&self, opener: &Opener<'_>) -> Result<Vec<Flaw>, StoreError> {
        let (mut flaws, mut page) = (Vec::new(), Page { order: Order::Ascending, limit: SUMMARIES_AT_ONCE, after: None });
        loop {
            let prefix = documents::CLIENT_PREFIX;
            let listing = opener.documents.list(Container::Clients, &self.partition, prefix, Part::Summary, &page).await?;
            for item in &listing.items {
                let known = documents::client_id(&item.id).and_then(|id| self.there.get(&id));
                let summary = match self.open::<ClientSummary>(opener, item, Part::Summary).await {
                    Ok(summary) => summary.of_any_version(),
                    Err(Trouble::Finding(_)) => continue,
                    Err(Trouble::Store(error)) => return Err(error),
                };
                let is = digest([encode(&summary).as_slice()]);
                if known.and_then(|there| there.summary).is_some_and(|expected| expected != is) {
                    flaws.push((DocumentKind::Client, Defect::SummaryOlder));
                }
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(flaws);
            }
        }
    }

    async fn open<T: serde::de::DeserializeOwned>(&self, opener: &Opener<'_>, item: &Listed, part: Part) -> Result<T, Trouble> {
        opener.open(Container::Clients, KeyScope::Adviser(self.scope), item, part).await
    }

    fn location(&self) -> RecordLocation {
        RecordLocation { container: Container::Clients, partition: self.partition.clone(), scope: KeyScope::Adviser(self.scope) }
    }
}

impl TrailCheck {
    async fn add(&mut self, opener: &Opener<'_>, scope: ScopeId, item: &Listed) -> Result<Timestamp, Trouble> {
        let plaintext = opener.plaintext(Container::Clients, KeyScope::Service, item, Part::Body).await?;
        let entry: Entry<AuditEntry> = serde_json::from_slice(&plaintext).map_err(|_| Trouble::Finding(Defect::DoesNotOpen))?;
        self.check.add(&entry, documents::trail_link(opener.sealing, scope, &plaintext).await?);
        self.moves.add(scope, &entry.event);
        self.notes.expect(opener.sealing, &entry, opener.clock.now()).await?;
        let AuditEntry { deed, file, revision, .. } = entry.event;
        let newest = Newest { sequence: entry.sequence, deed, revision };
        let known = self.newest.entry(file).or_insert(newest);
        // A mere reading may be recorded after a later change.
        if known.sequence < newest.sequence && !deed.only_looks() {
            *known = newest;
        }
        in_place(documents::is_trail_entry(&item.id, &entry)).map(|()| entry.at)
    }
}
