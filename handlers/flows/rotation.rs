//! A new data key after a suspicion: every document that the old one sealed is sealed anew, while others serve.
//!
//! Instances keep the key that sealed in memory for a few minutes more, so a round that begins late enough finds what they wrote; only
//! then is a key marked as spent. Rounds are made by `finrust rotate-key` and by maintenance, whichever comes first.

use super::verify::BODIES_AT_ONCE;
use crate::{
    crypto::{envelope::Part, key_record::KeyState},
    domain::ids::KeyId,
    ports::{Clock, Container, Documents, Listing, Order, Page, Partition},
    store::{
        error::StoreError,
        key_rotation::{KEPT_AFTER, KnownKey, SETTLED_AFTER, SealingScope, retired_at},
        resealing::{Outcome, Resealing},
        sealing::{KeyScope, Sealing},
    },
};
use jiff::Timestamp;
use std::collections::HashSet;

/// The containers with sealed documents.
const SEALED: [Container; 3] = [Container::Identities, Container::Clients, Container::Register];

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Parts of documents looked at: bodies and summaries.
    pub looked_at: usize,
    /// Documents that are under the newest key now.
    pub anew: usize,
    /// Written by others faster than they could be read: due in the next round.
    pub overtaken: usize,
    /// Do not open: `finrust verify` names them.
    pub broken: usize,
}

/// What became of the keys that were no longer active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Destroyed {
    pub destroyed: usize,
    /// Documents may name them: no round has found otherwise yet.
    pub in_use: usize,
    /// Retired less than [`KEPT_AFTER`] ago.
    pub too_young: usize,
    /// Marked as spent, and named by a document all the same.
    pub named: usize,
}

/// What rotating works with.
pub struct Rotation<'a> {
    pub sealing: &'a Sealing,
    pub documents: &'a dyn Documents,
    pub clock: &'a dyn Clock,
}

impl Rotation<'_> {
    /// One round over everything that the keys of this scope may have sealed; at most `most` documents are sealed anew. `progress` is
    /// told after each page.
    ///
    /// # Errors
    /// [`StoreError`]; what was done stays done, and another round goes on.
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
                        if done.anew == most {
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

    /// Destroys the keys of these scopes that were retired long enough ago and that nothing names: everything is looked through once
    /// more, and `progress` is told how much.
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

/// Whether a round that began then has found whatever this key sealed.
fn is_settled(key: &KnownKey, keys: &[KnownKey], began: Timestamp) -> bool {
    let since = retired_at(key, keys).map(|retired| began.duration_since(retired));
    key.state == KeyState::Retired && since.is_some_and(|since| since >= SETTLED_AFTER)
}

/// Which of these keys a document names.
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
    /// This round and another one together.
    pub const fn and(self, other: &Self) -> Self {
        Self {
            looked_at: self.looked_at + other.looked_at,
            anew: self.anew + other.anew,
            overtaken: self.overtaken + other.overtaken,
            broken: self.broken + other.broken,
        }
    }

    fn add(&mut self, outcome: Result<Outcome, StoreError>) -> Result<(), StoreError> {
        match outcome {
            Ok(Outcome::Done) => self.anew += 1,
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

/// A container, or one partition of it.
type Whereabouts = (Container, Option<Partition>);

/// Where the keys of a scope seal: an adviser's in the own partition only, the service's everywhere.
fn shelves(scope: SealingScope) -> Vec<Whereabouts> {
    match scope.scope() {
        KeyScope::Adviser(_) => vec![(Container::Clients, Some(scope.scope().partition()))],
        KeyScope::Service | KeyScope::Index => SEALED.map(|container| (container, None)).to_vec(),
    }
}

/// One part of everything there, page by page.
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
