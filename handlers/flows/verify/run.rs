//! Opens every document and checks every chain (`finrust verify`): after a restore, after a key rotation, and from time to time.
//!
//! Read-only, and continues after a finding. While others write, the documents of one partition may be read at different times; anything
//! that looks wrong is therefore re-read, with its head before and after.

use super::{
    document::{Opener, Trouble},
    files::Files,
    identity::IdentityChain,
    keys::ScopeKeys,
    moves::Moves,
    records::RecordChains,
    report::{Defect, DocumentKind, Report},
    twice::Owners,
};
use crate::flows::clients::{self, erasure_replay::Logged};
use crate::{
    crypto::envelope::Part,
    domain::{ids::ScopeId, stored::BlindIndex},
    ports::{Clock, Container, Documents, ErasureLog, Listed, Order, Page, Partition, ReadError},
    store::{
        error::StoreError,
        identities::repository::Identities,
        keys::sealing::{KeyScope, Sealing},
        records::repository::RecordLocation,
    },
};
use std::collections::{BTreeSet, HashSet};

/// Bodies can be large: a page of them has to fit into memory.
pub(in crate::flows) const BODIES_AT_ONCE: u16 = 50;
/// Summaries are small.
pub(in crate::flows) const SUMMARIES_AT_ONCE: u16 = 1000;

/// Checks everything. `progress` receives the number of documents examined so far.
///
/// # Errors
/// [`StoreError`] when the database or the key-encryption key is unreachable; a defect of a document is a finding.
pub async fn run(
    documents: &dyn Documents,
    sealing: &Sealing,
    identities: &Identities,
    erasures: &dyn ErasureLog,
    clock: &dyn Clock,
    progress: impl FnMut(usize),
) -> Result<Report, StoreError> {
    run_through(documents, sealing, identities, erasures, clock, (false, progress)).await
}

/// The same for a database whose file may be damaged: unreadable data is then a finding, and the rest is still checked.
///
/// # Errors
/// [`StoreError`] when the database or the key-encryption key is unreachable; a defect of a document is a finding.
pub async fn run_through(
    documents: &dyn Documents,
    sealing: &Sealing,
    identities: &Identities,
    erasures: &dyn ErasureLog,
    clock: &dyn Clock,
    (is_damaged, mut progress): (bool, impl FnMut(usize)),
) -> Result<Report, StoreError> {
    let rooted = has_root(documents).await?;
    let logged = if rooted { clients::erasure_replay::read(sealing, erasures).await? } else { Logged::default() };
    let report = Report { erasures: logged.counts(), ..Report::default() };
    let opener = Opener { documents, sealing, identities, erased: logged.erased(), clock };
    let mut walk = Walk {
        opener,
        report,
        owners: Owners::default(),
        moves: Moves::default(),
        accounts: HashSet::new(),
        rings: BTreeSet::new(),
        listed_rings: None,
        rooted,
        is_damaged,
    };
    for (index, container) in Container::ALL.into_iter().enumerate() {
        walk.bodies(container, index, &mut progress).await?;
        walk.summaries(container).await?;
    }
    walk.between_advisers().await?;
    walk.miss_rings();
    walk.miss_root();
    Ok(walk.report)
}

/// Checked first, because requesting a missing root key would create one, and the next run would take the data for foreign.
async fn has_root(documents: &dyn Documents) -> Result<bool, StoreError> {
    let page = Page { order: Order::Ascending, limit: 1, after: None };
    let listing = documents.list(Container::Keys, &index_keys(), "key-", Part::Body, &page).await?;
    Ok(!listing.items.is_empty())
}

/// Stands for a partition that could not be read.
fn unread() -> Partition {
    Partition::parse("unread").expect("a lower-case word")
}

fn index_keys() -> Partition {
    Partition::parse("index").expect("a lower-case word")
}

struct Walk<'a> {
    opener: Opener<'a>,
    report: Report,
    owners: Owners,
    moves: Moves,
    /// Identities with an account: each must have a summary.
    accounts: HashSet<Partition>,
    /// Scopes whose keys have a ring.
    rings: BTreeSet<String>,
    /// Scopes that the root key's ring names.
    listed_rings: Option<Vec<String>>,
    rooted: bool,
    /// Whether the database file is damaged: unreadable data is then a finding.
    is_damaged: bool,
}

/// What is collected about the partition being checked.
enum Gathered {
    Identity(Box<IdentityChain>),
    Adviser(Box<Files>),
    Register(RecordChains),
    Keys(ScopeKeys),
    /// Nothing there is connected, or the partition is not one of ours.
    Nothing,
}

/// A defect, and the kind of document it concerns.
pub(in crate::flows) type Flaw = (DocumentKind, Defect);

impl Walk<'_> {
    async fn bodies(&mut self, container: Container, at: usize, progress: &mut impl FnMut(usize)) -> Result<(), StoreError> {
        let mut page = Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None };
        let mut current = None;
        loop {
            let listing = match self.opener.documents.scan(container, "", Part::Body, &page).await {
                Err(ReadError::Unavailable) if self.is_damaged && self.skip((container, at), &mut page).await? => continue,
                Err(ReadError::Unavailable) if self.is_damaged => return self.finish(container, current).await,
                listing => listing?,
            };
            page.limit = BODIES_AT_ONCE;
            self.report.documents[at] += listing.items.len();
            if self.rooted {
                for item in &listing.items {
                    current = Some(self.body((container, at), item, current).await?);
                }
            }
            progress(self.report.documents.iter().sum());
            page.after = listing.next;
            if page.after.is_none() {
                return self.finish(container, current).await;
            }
        }
    }

    /// Narrows down what cannot be read, and skips it once it is a single document. Returns whether anything may follow.
    async fn skip(&mut self, (container, at): (Container, usize), page: &mut Page) -> Result<bool, StoreError> {
        if page.limit > 1 {
            page.limit = 1;
            return Ok(true);
        }
        match self.opener.documents.scan(container, "", Part::Summary, page).await {
            Ok(listing) => {
                for item in &listing.items {
                    self.report.documents[at] += 1;
                    self.report.find(container, &item.partition, DocumentKind::of(container, &item.id), Defect::Unreadable);
                }
                page.after = listing.next;
                Ok(page.after.is_some())
            }
            Err(ReadError::Unavailable) => {
                self.report.find(container, &unread(), DocumentKind::Other, Defect::Unreadable);
                Ok(false)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Turns an unreadable part of a damaged file into a finding; passes on every other error.
    fn bear<T>(
        &mut self,
        container: Container,
        partition: &Partition,
        kind: DocumentKind,
        read: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match read {
            Err(StoreError::Unavailable) if self.is_damaged => {
                self.report.find(container, partition, kind, Defect::Unreadable);
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    async fn summaries(&mut self, container: Container) -> Result<(), StoreError> {
        let mut page = Page { order: Order::Ascending, limit: SUMMARIES_AT_ONCE, after: None };
        while self.rooted {
            let listing = self.opener.documents.scan(container, "", Part::Summary, &page).await.map_err(StoreError::from);
            let Some(listing) = self.bear(container, &unread(), DocumentKind::Other, listing)? else { break };
            for item in &listing.items {
                let looked = match &item.part {
                    None if self.accounts.contains(&item.partition) && DocumentKind::of(container, &item.id) == DocumentKind::Identity => {
                        self.opener.identity_summary(item).await.map(|()| false)
                    }
                    _ => self.opener.summary(container, item).await,
                };
                self.note(container, item, looked)?;
            }
            page.after = listing.next;
            if page.after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn body(
        &mut self,
        (container, index): (Container, usize),
        item: &Listed,
        current: Option<(Partition, Gathered)>,
    ) -> Result<(Partition, Gathered), StoreError> {
        let (partition, mut gathered) = match current {
            Some((partition, gathered)) if partition == item.partition => (partition, gathered),
            before => {
                self.finish(container, before).await?;
                (item.partition.clone(), Gathered::of(container, &item.partition))
            }
        };
        let written = match &mut gathered {
            Gathered::Identity(chain) => chain.add(&self.opener, item).await,
            Gathered::Adviser(files) => {
                self.owners.add(item);
                files.add(&self.opener, item).await
            }
            Gathered::Register(records) => records.add(&self.opener, item).await,
            Gathered::Keys(keys) => keys.add(&self.opener, item).await,
            Gathered::Nothing => self.opener.body(container, item).await,
        };
        let looked = written.map(|at| {
            self.report.written[index].add(at);
            true
        });
        self.note(container, item, looked)?;
        Ok((partition, gathered))
    }

    /// Counts what opened, records what is wrong, and passes on errors.
    fn note(&mut self, container: Container, item: &Listed, looked: Result<bool, Trouble>) -> Result<(), StoreError> {
        match looked {
            Ok(opened) => self.report.opened += usize::from(opened),
            Err(Trouble::Finding(what)) => self.report.find(container, &item.partition, DocumentKind::of(container, &item.id), what),
            Err(Trouble::Store(error)) => {
                self.bear::<()>(container, &item.partition, DocumentKind::of(container, &item.id), Err(error))?;
            }
        }
        Ok(())
    }

    async fn finish(&mut self, container: Container, current: Option<(Partition, Gathered)>) -> Result<(), StoreError> {
        let Some((partition, gathered)) = current else {
            return Ok(());
        };
        let finished = match gathered {
            Gathered::Identity(chain) => {
                if chain.has_account() {
                    self.accounts.insert(partition.clone());
                }
                chain.finish(&self.opener).await
            }
            Gathered::Adviser(mut files) => {
                self.moves.extend(files.take_moves());
                files.finish(&self.opener).await
            }
            Gathered::Register(records) => records.finish(&self.opener).await,
            Gathered::Keys(keys) => {
                if keys.has_ring() {
                    self.rings.insert(partition.to_string());
                }
                self.listed_rings = self.listed_rings.take().or_else(|| keys.listed());
                keys.finish(&self.opener).await.map(|flaws| (0, flaws))
            }
            Gathered::Nothing => return Ok(()),
        };
        let Some((chains, flaws)) = self.bear(container, &partition, DocumentKind::Chain, finished)? else { return Ok(()) };
        self.report.chains += chains;
        for (kind, what) in flaws {
            self.report.find(container, &partition, kind, what);
        }
        Ok(())
    }

    async fn between_advisers(&mut self) -> Result<(), StoreError> {
        let twice = self.owners.flaws(&self.opener).await;
        let twice = self.bear(Container::Clients, &unread(), DocumentKind::Client, twice)?.unwrap_or_default();
        let moved = self.moves.flaws(&self.opener).await;
        let moved = self.bear(Container::Clients, &unread(), DocumentKind::Client, moved)?.unwrap_or_default();
        for (partition, (kind, what)) in twice.into_iter().chain(moved) {
            self.report.find(Container::Clients, &partition, kind, what);
        }
        Ok(())
    }

    /// Reports missing rings. The root key's ring is the oldest and names all others.
    fn miss_rings(&mut self) {
        let root = KeyScope::Index.to_string();
        let missing: Vec<String> = if self.rings.is_empty() || self.rings.contains(&root) {
            self.listed_rings.iter().flatten().filter(|scope| !self.rings.contains(*scope)).cloned().collect()
        } else {
            vec![root]
        };
        for partition in missing.iter().filter_map(|scope| Partition::parse(scope)) {
            self.report.find(Container::Keys, &partition, DocumentKind::Ring, Defect::RingMissing);
        }
    }

    fn miss_root(&mut self) {
        if !self.rooted && self.report.documents.iter().any(|count| *count > 0) {
            self.report.find(Container::Keys, &index_keys(), DocumentKind::Key, Defect::RootKeyMissing);
        }
    }
}

impl Gathered {
    fn of(container: Container, partition: &Partition) -> Self {
        let gathered = match container {
            Container::Identities => BlindIndex::parse(partition.as_str()).map(|index| Self::Identity(Box::new(IdentityChain::of(index)))),
            Container::Clients => ScopeId::parse(partition.as_str()).map(|scope| Self::Adviser(Box::new(Files::of(scope, partition)))),
            Container::Register => Some(Self::Register(RecordChains::on(RecordLocation::in_register(partition.clone())))),
            Container::Keys => KeyScope::parse(partition.as_str()).map(|scope| Self::Keys(ScopeKeys::of(scope))),
        };
        gathered.unwrap_or(Self::Nothing)
    }
}
