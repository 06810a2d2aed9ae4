//! Opens every document and follows every chain (`finrust verify`): after a restore, after a rotation, now and then.
//!
//! It only reads, and it goes on after a finding. While others write, entries and identity of one partition may be read at
//! different moments; a partition that looks wrong is therefore read once more, with its head before and after.

use super::{
    verify_document::{Opener, Trouble},
    verify_report::{Kind, Report, What},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        chain::ChainHead,
        chain_check::{ChainCheck, ChainFlaw},
        stored::BlindIndex,
    },
    ports::{Clock, Container, Documents, Listed, Order, Page, Partition},
    store::{error::StoreError, identities::Identities, identity_documents as documents, sealing::Sealing},
};
use std::collections::BTreeSet;

/// Bodies can be large: a page of them has to fit into memory.
const BODIES_AT_ONCE: u16 = 50;
/// Summaries are small.
const SUMMARIES_AT_ONCE: u16 = 1000;

/// Looks at everything. `progress` is told how many documents were looked at.
///
/// # Errors
/// [`StoreError`] when the database or the key-encryption key is out of reach; what is wrong with a document is a finding.
pub async fn run(
    documents: &dyn Documents,
    sealing: &Sealing,
    identities: &Identities,
    clock: &dyn Clock,
    mut progress: impl FnMut(usize),
) -> Result<Report, StoreError> {
    let opener = Opener { sealing, identities };
    let mut walk = Walk { documents, opener, clock, report: Report::default(), rooted: has_root(documents).await? };
    for (index, container) in Container::ALL.into_iter().enumerate() {
        walk.bodies(container, index, &mut progress).await?;
        walk.summaries(container).await?;
    }
    walk.miss_root();
    Ok(walk.report)
}

/// Asking for a root key that is not there would make one, and the next to look would take the data for that of a stranger.
async fn has_root(documents: &dyn Documents) -> Result<bool, StoreError> {
    let page = Page { order: Order::Ascending, limit: 1, after: None };
    let listing = documents.list(Container::Keys, &index_keys(), "key-", Part::Body, &page).await?;
    Ok(!listing.items.is_empty())
}

fn index_keys() -> Partition {
    Partition::parse("index").expect("a lower-case word")
}

struct Walk<'a> {
    documents: &'a dyn Documents,
    opener: Opener<'a>,
    clock: &'a dyn Clock,
    report: Report,
    rooted: bool,
}

/// What is gathered of the partition that the walk is in.
struct Chain {
    index: BlindIndex,
    check: ChainCheck,
    head: Head,
}

enum Head {
    Absent,
    At(ChainHead),
    /// Reported already; there is nothing to hold the entries against.
    Unreadable,
}

impl Walk<'_> {
    async fn bodies(&mut self, container: Container, at: usize, progress: &mut impl FnMut(usize)) -> Result<(), StoreError> {
        let mut page = Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None };
        let mut chain = None;
        loop {
            let listing = self.documents.scan(container, "", Part::Body, &page).await?;
            self.report.documents[at] += listing.items.len();
            if self.rooted {
                for item in &listing.items {
                    chain = self.body(container, item, chain).await?;
                }
            }
            progress(self.report.documents.iter().sum());
            page.after = listing.next;
            if page.after.is_none() {
                return self.finish(chain).await;
            }
        }
    }

    async fn summaries(&mut self, container: Container) -> Result<(), StoreError> {
        let mut page = Page { order: Order::Ascending, limit: SUMMARIES_AT_ONCE, after: None };
        while self.rooted {
            let listing = self.documents.scan(container, "", Part::Summary, &page).await?;
            for item in &listing.items {
                let looked = self.opener.summary(container, item).await;
                self.note(container, item, looked)?;
            }
            page.after = listing.next;
            if page.after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn body(&mut self, container: Container, item: &Listed, chain: Option<Chain>) -> Result<Option<Chain>, StoreError> {
        if container != Container::Identities {
            let looked = self.opener.body(container, item).await;
            self.note(container, item, looked)?;
            return Ok(None);
        }
        let mut chain = self.turn_to(chain, &item.partition).await?;
        let looked = match &mut chain {
            Some(chain) => self.of_identity(item, chain).await,
            None => Err(Trouble::Finding(What::Misplaced)),
        };
        self.note(container, item, looked)?;
        Ok(chain)
    }

    async fn of_identity(&self, item: &Listed, chain: &mut Chain) -> Result<bool, Trouble> {
        match Kind::of(Container::Identities, &item.id) {
            Kind::Identity => {
                chain.head = Head::Unreadable;
                let identity = self.opener.identity(&item.partition, &item.id, item.part.as_ref()).await?;
                chain.head = Head::At(identity.chain.clone());
                self.opener.identity_in_place(chain.index, &item.id, &identity).await.map(|()| true)
            }
            Kind::Attempt | Kind::Change => self.opener.entry(item, chain.index, &mut chain.check).await.map(|()| true),
            _ => self.opener.body(Container::Identities, item).await,
        }
    }

    /// Counts what opened, takes down what is wrong, and passes on what stops everything.
    fn note(&mut self, container: Container, item: &Listed, looked: Result<bool, Trouble>) -> Result<(), StoreError> {
        match looked {
            Ok(opened) => self.report.opened += usize::from(opened),
            Err(Trouble::Finding(what)) => self.report.find(container, &item.partition, Kind::of(container, &item.id), what),
            Err(Trouble::Store(error)) => return Err(error),
        }
        Ok(())
    }

    /// The chain of this partition: the one in hand, or a new one once that is finished.
    async fn turn_to(&mut self, chain: Option<Chain>, partition: &Partition) -> Result<Option<Chain>, StoreError> {
        let index = BlindIndex::parse(partition.as_str());
        if chain.as_ref().map(|chain| chain.index) == index {
            return Ok(chain);
        }
        self.finish(chain).await?;
        Ok(index.map(|index| Chain { index, check: ChainCheck::default(), head: Head::Absent }))
    }

    async fn finish(&mut self, chain: Option<Chain>) -> Result<(), StoreError> {
        let Some(Chain { index, check, head }) = chain else {
            return Ok(());
        };
        let head = match head {
            Head::Unreadable => return Ok(()),
            Head::Absent => None,
            Head::At(head) => Some(head),
        };
        self.report.chains += 1;
        if check.flaws(head.as_ref(), head.as_ref(), self.clock.now()).is_empty() {
            return Ok(());
        }
        let (partition, second) = (documents::partition(index), self.second_reading(index).await);
        match second {
            Ok(flaws) => flaws.into_iter().for_each(|flaw| {
                self.report.find(Container::Identities, &partition, Kind::Chain, What::Chain(flaw));
            }),
            Err(Trouble::Finding(what)) => self.report.find(Container::Identities, &partition, Kind::Identity, what),
            Err(Trouble::Store(error)) => return Err(error),
        }
        Ok(())
    }

    async fn second_reading(&self, index: BlindIndex) -> Result<BTreeSet<ChainFlaw>, Trouble> {
        let before = self.head(index).await?;
        let mut check = ChainCheck::default();
        for prefix in [documents::ATTEMPT_PREFIX, documents::CHANGE_PREFIX] {
            self.entries(index, prefix, &mut check).await?;
        }
        let after = self.head(index).await?;
        Ok(check.flaws(before.as_ref(), after.as_ref(), self.clock.now()))
    }

    async fn head(&self, index: BlindIndex) -> Result<Option<ChainHead>, Trouble> {
        let (partition, id) = (documents::partition(index), documents::identity());
        let stored = self.documents.read(Container::Identities, &partition, &id).await.map_err(StoreError::from)?;
        match stored {
            Some(stored) => Ok(Some(self.opener.identity(&partition, &id, Some(&stored.body)).await?.chain)),
            None => Ok(None),
        }
    }

    async fn entries(&self, index: BlindIndex, prefix: &str, check: &mut ChainCheck) -> Result<(), Trouble> {
        let (partition, mut page) = (documents::partition(index), Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None });
        loop {
            let listing = self.documents.list(Container::Identities, &partition, prefix, Part::Body, &page).await;
            let listing = listing.map_err(StoreError::from)?;
            for item in &listing.items {
                match self.opener.entry(item, index, check).await {
                    // What does not open was reported at the first reading, and is missing from the chain.
                    Ok(()) | Err(Trouble::Finding(_)) => {}
                    Err(stop) => return Err(stop),
                }
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(());
            }
        }
    }

    fn miss_root(&mut self) {
        if !self.rooted && self.report.documents.iter().any(|count| *count > 0) {
            self.report.find(Container::Keys, &index_keys(), Kind::Key, What::RootKeyMissing);
        }
    }
}
