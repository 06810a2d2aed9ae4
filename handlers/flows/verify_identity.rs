//! Whether an identity and the entries about it are one chain.

use super::{
    verify::{BODIES_AT_ONCE, Flaw},
    verify_document::{Opener, Trouble, in_place},
    verify_report::{Kind, What},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        account::Identity,
        attempt::Event,
        chain::{ChainHead, Entry},
        chain_check::{ChainCheck, ChainFlaw},
        stored::BlindIndex,
    },
    ports::{Container, DocumentId, Listed, Order, Page},
    store::{error::StoreError, identity_documents as documents, sealing::KeyScope},
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What is gathered of one identity.
pub(super) struct IdentityChain {
    index: BlindIndex,
    check: ChainCheck,
    head: Head,
}

/// What the document says that all others hang on.
pub(super) enum Head {
    /// It was not seen.
    Absent,
    /// It opened.
    At(ChainHead),
    /// Reported already; there is nothing to hold the entries against.
    Unreadable,
}

impl IdentityChain {
    pub(super) fn of(index: BlindIndex) -> Self {
        Self { index, check: ChainCheck::default(), head: Head::Absent }
    }

    pub(super) async fn add(&mut self, opener: &Opener<'_>, item: &Listed) -> Result<Option<Timestamp>, Trouble> {
        match Kind::of(Container::Identities, &item.id) {
            Kind::Identity => {
                self.head = Head::Unreadable;
                let identity: Identity = opener.open(Container::Identities, KeyScope::Service, item, Part::Body).await?;
                self.head = Head::At(identity.chain.clone());
                self.in_place(opener, &item.id, &identity).await.map(|()| None)
            }
            Kind::Attempt | Kind::Change => entry(opener, item, self.index, &mut self.check).await.map(Some),
            _ => opener.body(Container::Identities, item).await,
        }
    }

    /// How many chains were followed, and what is wrong.
    pub(super) async fn finish(self, opener: &Opener<'_>) -> Result<(usize, Vec<Flaw>), StoreError> {
        let head = match self.head {
            Head::Unreadable => return Ok((0, Vec::new())),
            Head::Absent => None,
            Head::At(head) => Some(head),
        };
        if self.check.flaws(head.as_ref(), head.as_ref(), opener.clock.now()).is_empty() {
            return Ok((1, Vec::new()));
        }
        match second_reading(opener, self.index).await {
            Ok(flaws) => Ok((1, flaws.into_iter().map(|flaw| (Kind::Chain, What::Chain(flaw))).collect())),
            Err(Trouble::Finding(what)) => Ok((1, vec![(Kind::Identity, what)])),
            Err(Trouble::Store(error)) => Err(error),
        }
    }

    /// Whether an identity is the one of its partition.
    async fn in_place(&self, opener: &Opener<'_>, id: &DocumentId, identity: &Identity) -> Result<(), Trouble> {
        in_place(*id == documents::identity())?;
        match &identity.account {
            Some(account) => in_place(opener.identities.index(account.username.as_str()).await? == self.index),
            None => Ok(()),
        }
    }
}

/// An entry of the register, added to its chain. Answers when it was written.
async fn entry(opener: &Opener<'_>, item: &Listed, index: BlindIndex, check: &mut ChainCheck) -> Result<Timestamp, Trouble> {
    let plaintext = opener.plaintext(Container::Identities, KeyScope::Service, item, Part::Body).await?;
    let entry: Entry<Event> = serde_json::from_slice(&plaintext).map_err(|_| Trouble::Finding(What::DoesNotOpen))?;
    check.add(&entry, opener.identities.link(index, &plaintext).await?);
    in_place(documents::is_entry_id(&item.id, &entry)).map(|()| entry.at)
}

async fn second_reading(opener: &Opener<'_>, index: BlindIndex) -> Result<BTreeSet<ChainFlaw>, Trouble> {
    let before = head(opener, index).await?;
    let mut check = ChainCheck::default();
    for prefix in [documents::ATTEMPT_PREFIX, documents::CHANGE_PREFIX] {
        entries(opener, index, prefix, &mut check).await?;
    }
    let after = head(opener, index).await?;
    Ok(check.flaws(before.as_ref(), after.as_ref(), opener.clock.now()))
}

async fn head(opener: &Opener<'_>, index: BlindIndex) -> Result<Option<ChainHead>, Trouble> {
    let (partition, id) = (documents::partition(index), documents::identity());
    let identity: Option<Identity> = opener.read(Container::Identities, KeyScope::Service, &partition, &id).await?;
    Ok(identity.map(|identity| identity.chain))
}

async fn entries(opener: &Opener<'_>, index: BlindIndex, prefix: &str, check: &mut ChainCheck) -> Result<(), Trouble> {
    let (partition, mut page) = (documents::partition(index), Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None });
    loop {
        let listing = opener.documents.list(Container::Identities, &partition, prefix, Part::Body, &page).await;
        let listing = listing.map_err(StoreError::from)?;
        for item in &listing.items {
            match entry(opener, item, index, check).await {
                // What does not open was reported at the first reading, and is missing from the chain.
                Ok(_) | Err(Trouble::Finding(_)) => {}
                Err(stop) => return Err(stop),
            }
        }
        page.after = listing.next;
        if page.after.is_none() {
            return Ok(());
        }
    }
}
