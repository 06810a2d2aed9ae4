//! Replaces a data key that may be compromised: every document that the old key sealed is re-sealed while the service keeps running.
//!
//! Instances keep the sealing key in memory for a few more minutes, so only a round that begins late enough sees everything they wrote;
//! only then is a key marked as spent. Rounds are run by `finrust rotate-key` and by maintenance, whichever comes first.

use super::verify::run::BODIES_AT_ONCE;
use crate::{
    crypto::{envelope::Part, key_record::KeyState},
    domain::ids::KeyId,
    ports::{Clock, Container, Documents, Listing, Order, Page, Partition},
    store::{
        error::StoreError,
        keys::{
            resealing::{Outcome, Resealing},
            rotation::{KEPT_AFTER, KnownKey, SETTLED_AFTER, SealingScope, retired_at},
            sealing::{KeyScope, Sealing},
        },
    },
};
use jiff::Timestamp;
use std::collections::HashSet;

/// The containers that hold sealed documents.
const SEALED: [Container; 3] = [Container::Identities, Container::Clients, Container::Register];

/// The result of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Parts of documents examined: bodies and summaries.
    pub looked_at: usize,
    /// Documents that were re-sealed under the newest key.
    pub resealed: usize,
    /// Changed concurrently by others: due in the next round.
    pub overtaken: usize,
    /// Documents that do not open: `finrust verify` names them.
    pub broken: usize,
}

/// What became of the keys that are no longer active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Destroyed {
    pub destroyed: usize,
    /// Documents may still name them: no round has ruled that out yet.
    pub in_use: usize,
    /// Retired less than [`KEPT_AFTER`] ago.
    pub too_young: usize,
    /// Marked as spent, but still named by a document.
    pub named: usize,
}

/// The dependencies of a rotation.
pub struct Rotation<'a> {
    pub sealing: &'a Sealing,
    pub documents: &'a dyn Documents,
    pub clock: &'a dyn Clock,
}

impl Rotation<'_> {
    /// Runs one round over everything that the keys of this scope may have sealed, re-sealing at most `most` documents. `progress` is
    /// called after each page.
    ///
    /// # Errors
    /// [`StoreError`]; completed work stays done, and another round resumes.
    pub async fn reseal(&self, scope: SealingScope, most: usize, mut progress: impl FnMut(&Resealed)) -> Result<Resealed, StoreError> {
        let began = self.clock.now();
        let keys = self.sealing.known_keys(scope.scope()).await?;
        let mut done = Resealed::default();
        let Some(resealing) = Resealing::of(self.sealing, scope, &keys) else {
            return Ok(done);
        };
        for shelf in shelves(scope) {
            for part in [Part::Body, Part::Summary] {
                let mut pages = Pages::of(self.documents, &shelf, part);
                while let Some(listing) = pages.next().await? {
                    for item in listing.items.iter().filter(|item| resealing.is_due(item)) {
                        if done.resealed == most {
                            return Ok(done);
                        }
                        done.add(resealing.reseal(shelf.0, &item.partition, &item.id).await)?;
                    }
                    done.looked_at += listing.items.len();
                    progress(&done);
                }
            }
        }
        if done.overtaken == 0 && done.broken == 0 {
            let settled: Vec<_> = keys.iter().filter(|key| is_settled(key, &keys, began)).collect();
            self.sealing.mark_spent(scope, &settled).await?;
        }
        Ok(done)
    }

    /// Destroys the keys of these scopes that were retired long enough ago and that no document names: all documents are scanned once more,
    /// and `progress` receives the number scanned.
    pub async fn destroy_retired(&self, scopes: &[SealingScope], mut progress: impl FnMut(usize)) -> Result<Destroyed, StoreError> {
        let (mut counts, mut spent) = (Destroyed::default(), Vec::new());
        for scope in scopes {
            let keys = self.sealing.known_keys(scope.scope()).await?;
            let is_over = |key| retired_at(key, &keys).is_some_and(|retired| self.clock.now().duration_since(retired) >= KEPT_AFTER);
            let over: Vec<bool> = keys.iter().map(is_over).collect();
            for (key, over) in keys.into_iter().zip(over) {
                match (key.state, over) {
                    (KeyState::Active, _) => {}
                    (KeyState::Retired, _) => counts.in_use += 1,
                    (KeyState::Spent, false) => counts.too_young += 1,
                    (KeyState::Spent, true) => spent.push((*scope, key)),
                }
            }
        }
        let named = named(self.documents, spent.iter().map(|(_, key)| key.id).collect(), &mut progress).await?;
        for (scope, key) in &spent {
            if named.contains(&key.id) {
                counts.named += 1;
            } else {
                self.sealing.destroy_key(*scope, key).await?;
                counts.destroyed += 1;
            }
        }
        Ok(counts)
    }
}

/// Whether a round that began at `began` has seen everything this key sealed.
fn is_settled(key: &KnownKey, keys: &[KnownKey], began: Timestamp) -> bool {
    let since = retired_at(key, keys).map(|retired| began.duration_since(retired));
    key.state == KeyState::Retired && since.is_some_and(|since| since >= SETTLED_AFTER)
}

/// Returns which of these keys a document names.
async fn named(documents: &dyn Documents, keys: HashSet<KeyId>, progress: &mut impl FnMut(usize)) -> Result<HashSet<KeyId>, StoreError> {
    let (mut named, mut looked_at) = (HashSet::new(), 0);
    if keys.is_empty() {
        return Ok(named);
    }
    for container in SEALED {
        for part in [Part::Body, Part::Summary] {
            let shelf = (container, None);
            let mut pages = Pages::of(documents, &shelf, part);
            while let Some(listing) = pages.next().await? {
                let ids = listing.items.iter().filter_map(|item| item.part.as_ref()?.key_id().ok());
                named.extend(ids.filter(|id| keys.contains(id)));
                looked_at += listing.items.len();
                progress(looked_at);
            }
        }
    }
    Ok(named)
}

impl Resealed {
    /// Adds the counts of another round.
    pub const fn and(self, other: &Self) -> Self {
        Self {
            looked_at: self.looked_at + other.looked_at,
            resealed: self.resealed + other.resealed,
            overtaken: self.overtaken + other.overtaken,
            broken: self.broken + other.broken,
        }
    }

    fn add(&mut self, outcome: Result<Outcome, StoreError>) -> Result<(), StoreError> {
        match outcome {
            Ok(Outcome::Done) => self.resealed += 1,
            Ok(Outcome::Gone) => {}
            Ok(Outcome::Overtaken) => self.overtaken += 1,
            Err(StoreError::DoesNotOpen) => {
                tracing::error!(event = "document_does_not_open");
                self.broken += 1;
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }
}

/// A container, or one logical partition of it.
type Whereabouts = (Container, Option<Partition>);

/// Where the keys of a scope seal: an adviser's only in that adviser's partition, the service's everywhere.
fn shelves(scope: SealingScope) -> Vec<Whereabouts> {
    match scope.scope() {
        KeyScope::Adviser(_) => vec![(Container::Clients, Some(scope.scope().partition()))],
        KeyScope::Service | KeyScope::Index => SEALED.map(|container| (container, None)).to_vec(),
    }
}

/// Iterates over one part of all documents there, page by page.
struct Pages<'a> {
    documents: &'a dyn Documents,
    shelf: &'a Whereabouts,
    part: Part,
    page: Option<Page>,
}

impl<'a> Pages<'a> {
    const fn of(documents: &'a dyn Documents, shelf: &'a Whereabouts, part: Part) -> Self {
        Self { documents, shelf, part, page: Some(Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None }) }
    }

    async fn next(&mut self) -> Result<Option<Listing>, StoreError> {
        let Some(mut page) = self.page.take() else { return Ok(None) };
        let listing = match self.shelf {
            (container, Some(partition)) => self.documents.list(*container, partition, "", self.part, &page).await,
            (container, None) => self.documents.scan(*container, "", self.part, &page).await,
        }?;
        page.after.clone_from(&listing.next);
        self.page = page.after.is_some().then_some(page);
        Ok(Some(listing))
    }
}
