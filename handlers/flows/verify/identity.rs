//! Checks that an identity and its entries form one chain.

use super::{
    beside::Beside,
    document::{Opener, Trouble, in_place, known},
    report::{Defect, DocumentKind, unless_changing},
    run::{BODIES_AT_ONCE, Flaw},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        accounts::{account::Identity, sessions::SessionRef},
        chain::{ChainHead, Entry},
        chain_check::{ChainCheck, ChainFlaw},
        ledger::{Ledger, Notes},
        sign_in::{attempt::Event, session::SessionRecord},
        stored::BlindIndex,
    },
    ports::{Container, DocumentId, Etag, Listed, Order, Page},
    store::{error::StoreError, identities::documents, keys::sealing::KeyScope, retries::MAX_READINGS},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The identity, and the documents beside it that it accounts for.
const BESIDE: [&str; 5] =
    [documents::IDENTITY, documents::SESSION_PREFIX, documents::MAIL_PREFIX, documents::NOTICE_PREFIX, documents::INTENT_PREFIX];

/// A session this close to its end is not reported as missing.
const SESSION_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// What is collected about one identity.
pub(in crate::flows) struct IdentityChain {
    index: BlindIndex,
    check: ChainCheck,
    head: Head,
    has_account: bool,
    /// The sessions that the account lists.
    sessions: BTreeMap<DocumentId, Lives>,
    /// The existing sessions.
    living: BTreeMap<DocumentId, Lives>,
    beside: Beside,
    /// What the identity says about the other documents beside it.
    ledger: Ledger,
    notices: Vec<Notes>,
}

/// A session.
struct Lives {
    until: Timestamp,
    touches: u32,
}

/// The head in the document that all others depend on.
pub(in crate::flows) enum Head {
    /// It was not found.
    Absent,
    At(ChainHead),
    /// Already reported; there is nothing to compare the entries with.
    Unreadable,
}

impl IdentityChain {
    pub(in crate::flows) fn of(index: BlindIndex) -> Self {
        Self {
            index,
            check: ChainCheck::default(),
            head: Head::Absent,
            has_account: false,
            sessions: BTreeMap::new(),
            living: BTreeMap::new(),
            beside: Beside::of(Container::Identities),
            ledger: Ledger::default(),
            notices: Vec::new(),
        }
    }

    /// Whether this username has an account.
    pub(in crate::flows) const fn has_account(&self) -> bool {
        self.has_account
    }

    pub(in crate::flows) async fn add(&mut self, opener: &Opener<'_>, item: &Listed) -> Result<Option<Timestamp>, Trouble> {
        match DocumentKind::of(Container::Identities, &item.id) {
            DocumentKind::Identity => {
                self.head = Head::Unreadable;
                let identity: Identity = opener.open(Container::Identities, KeyScope::Service, item, Part::Body).await?;
                self.head = Head::At(identity.chain.clone());
                self.has_account = identity.account.is_some();
                let sessions = identity.account.iter().flat_map(|account| &account.sessions);
                let lives = |session: &SessionRef| Lives { until: session.expires_at, touches: session.touches };
                self.sessions = sessions.map(|session| (documents::session(&session.hash), lives(session))).collect();
                (self.ledger, self.notices) = (identity.beside.clone(), identity.notices.clone());
                self.in_place(opener, &item.id, &identity).await.map(|()| None)
            }
            DocumentKind::Attempt | DocumentKind::Change => entry(opener, item, self.index, &mut self.check).await.map(Some),
            DocumentKind::Session => {
                known(documents::session_hash(&item.id))?;
                let session: SessionRecord = opener.open(Container::Identities, KeyScope::Service, item, Part::Body).await?;
                self.living.insert(item.id.clone(), Lives { until: session.gone_at(), touches: session.touches });
                Ok(Some(session.last_seen_at))
            }
            kind if Beside::is_about(kind) => self.beside.add(opener, KeyScope::Service, item).await,
            _ => opener.body(Container::Identities, item).await,
        }
    }

    /// Reports sessions that the account does not list, sessions missing before their end, and older states of sessions.
    fn session_flaws(&self, now: Timestamp) -> Vec<Flaw> {
        // The store expires documents by its own clock, a session shortly after it has ended.
        let lives = |session: &Lives| session.until > now + SESSION_MARGIN;
        let is_over = |session: &Lives| session.until + SESSION_MARGIN + SESSION_MARGIN < now;
        let stray = self.living.iter().filter(|(id, session)| is_over(session) || lives(session) && !self.sessions.contains_key(*id));
        let missing = self.sessions.iter().filter(|(id, session)| lives(session) && !self.living.contains_key(*id));
        let differs = |(id, session): &(&DocumentId, &Lives)| self.sessions.get(*id).is_some_and(|known| known.touches != session.touches);
        let older = self.living.iter().filter(differs).map(|_| (DocumentKind::Session, Defect::Older));
        let stray = stray.map(|_| (DocumentKind::Session, Defect::SessionStray));
        stray.chain(missing.map(|_| (DocumentKind::Session, Defect::SessionMissing))).chain(older).collect()
    }

    fn beside_flaws(&self, now: Timestamp) -> Vec<Flaw> {
        let mut flaws = self.session_flaws(now);
        flaws.extend(self.beside.flaws(&self.ledger, &self.notices, now));
        flaws
    }

    /// Re-reads the identity and the documents beside it until there are no concurrent writes.
    async fn beside_flaws_again(&self, opener: &Opener<'_>) -> Result<Vec<Flaw>, Trouble> {
        let (mut flaws, mut changes) = (self.beside_flaws(opener.clock.now()), false);
        let partition = documents::partition(self.index);
        for _ in 0..MAX_READINGS {
            if flaws.is_empty() {
                break;
            }
            let before = version(opener, self.index).await?;
            let (mut again, mut page) = (Self::of(self.index), Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None });
            for prefix in BESIDE {
                loop {
                    let listing = opener.documents.list(Container::Identities, &partition, prefix, Part::Body, &page).await;
                    let listing = listing.map_err(StoreError::from)?;
                    for item in &listing.items {
                        match again.add(opener, item).await {
                            // Reported at the first reading.
                            Ok(_) | Err(Trouble::Finding(_)) => {}
                            Err(stop) => return Err(stop),
                        }
                    }
                    page.after = listing.next;
                    if page.after.is_none() {
                        break;
                    }
                }
            }
            flaws = again.beside_flaws(opener.clock.now());
            changes = version(opener, self.index).await? != before;
            if !changes {
                break;
            }
        }
        Ok(unless_changing(flaws, changes))
    }

    /// Returns how many chains were checked, and what is wrong.
    pub(in crate::flows) async fn finish(self, opener: &Opener<'_>) -> Result<(usize, Vec<Flaw>), StoreError> {
        let head = match &self.head {
            Head::Unreadable => return Ok((0, Vec::new())),
            Head::Absent => None,
            Head::At(head) => Some(head),
        };
        let mut flaws = match self.beside_flaws_again(opener).await {
            Ok(flaws) => flaws,
            Err(Trouble::Finding(what)) => vec![(DocumentKind::Identity, what)],
            Err(Trouble::Store(error)) => return Err(error),
        };
        if self.check.clone().flaws(head, head, opener.clock.now()).is_empty() {
            return Ok((1, flaws));
        }
        match second_reading(opener, self.index).await {
            // Then nothing says which sessions should exist.
            Ok(of_chain) if of_chain.contains(&ChainFlaw::HeadMissing) => {
                flaws = vec![(DocumentKind::Chain, Defect::Chain(ChainFlaw::HeadMissing))];
            }
            Ok(of_chain) => flaws.extend(of_chain.into_iter().map(|flaw| (DocumentKind::Chain, Defect::Chain(flaw)))),
            Err(Trouble::Finding(what)) => flaws.push((DocumentKind::Identity, what)),
            Err(Trouble::Store(error)) => return Err(error),
        }
        Ok((1, flaws))
    }

    /// Checks that an identity is in its own partition.
    async fn in_place(&self, opener: &Opener<'_>, id: &DocumentId, identity: &Identity) -> Result<(), Trouble> {
        in_place(*id == documents::identity())?;
        match &identity.account {
            Some(account) => in_place(opener.identities.index(account.username.as_str()).await? == self.index),
            None => Ok(()),
        }
    }
}

/// Adds an entry of the attempt log to its chain. Returns when it was written.
async fn entry(opener: &Opener<'_>, item: &Listed, index: BlindIndex, check: &mut ChainCheck) -> Result<Timestamp, Trouble> {
    let plaintext = opener.plaintext(Container::Identities, KeyScope::Service, item, Part::Body).await?;
    let entry: Entry<Event> = serde_json::from_slice(&plaintext).map_err(|_| Trouble::Finding(Defect::DoesNotOpen))?;
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

/// Returns the identity's etag, which changes with every commit to the documents beside it.
async fn version(opener: &Opener<'_>, index: BlindIndex) -> Result<Option<Etag>, Trouble> {
    let (partition, id) = (documents::partition(index), documents::identity());
    let stored = opener.documents.read(Container::Identities, &partition, &id).await.map_err(StoreError::from)?;
    Ok(stored.map(|stored| stored.etag))
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
