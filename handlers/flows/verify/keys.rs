//! Checks the records of a scope's data keys against its ring: every key that should exist does, none that is gone is back, none is older.

use super::{
    document::{Opener, Trouble, in_place, known},
    report::{Defect, DocumentKind},
    run::Flaw,
};
use crate::{
    crypto::{
        envelope::Part,
        key_record::{KeyDescription, KeyState},
        key_ring::{KeyRing, RingState},
    },
    domain::ids::KeyId,
    ports::{Container, Listed, Order, Page},
    store::{
        error::StoreError,
        keys::{
            rings::ring_document,
            sealing::{KeyScope, key_id},
        },
    },
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What is collected about one scope.
pub(in crate::flows) struct ScopeKeys {
    scope: KeyScope,
    keys: BTreeMap<KeyId, KeyDescription>,
    ring: Ring,
}

enum Ring {
    Absent,
    There(KeyRing),
    Unreadable,
}

impl ScopeKeys {
    pub(in crate::flows) const fn of(scope: KeyScope) -> Self {
        Self { scope, keys: BTreeMap::new(), ring: Ring::Absent }
    }

    pub(in crate::flows) async fn add(&mut self, opener: &Opener<'_>, item: &Listed) -> Result<Option<Timestamp>, Trouble> {
        match DocumentKind::of(Container::Keys, &item.id) {
            DocumentKind::Key => {
                let id = key_id(&item.id).ok_or(Trouble::Finding(Defect::UnknownDocument))?;
                let description = opener.sealing.verify_key(item).await?;
                let created = Timestamp::from_second(description.created).ok();
                self.keys.insert(id, description);
                Ok(created)
            }
            DocumentKind::Ring => {
                known((item.id == ring_document()).then_some(()))?;
                self.ring = Ring::Unreadable;
                self.ring = Ring::There(opener.sealing.verify_ring(self.scope, item).await?);
                Ok(None)
            }
            _ => opener.body(Container::Keys, item).await,
        }
    }

    /// Returns the scopes that the ring names, each of which must have a ring.
    pub(in crate::flows) fn listed(&self) -> Option<Vec<String>> {
        match &self.ring {
            Ring::There(ring) if self.scope == KeyScope::Index => Some(ring.scopes().to_vec()),
            Ring::There(_) | Ring::Absent | Ring::Unreadable => None,
        }
    }

    /// Whether there is a ring, whatever its content.
    pub(in crate::flows) const fn has_ring(&self) -> bool {
        !matches!(self.ring, Ring::Absent)
    }

    /// Returns what is wrong, after a second reading, because a key may have changed during the first.
    pub(in crate::flows) async fn finish(self, opener: &Opener<'_>) -> Result<Vec<Flaw>, StoreError> {
        let newest = opener.sealing.newest_version().await.ok();
        if self.flaws(newest.as_deref()).is_empty() {
            return Ok(Vec::new());
        }
        let mut again = Self::of(self.scope);
        let page = Page { order: Order::Ascending, limit: 1000, after: None };
        let listing = opener.documents.list(Container::Keys, &self.scope.partition(), "", Part::Body, &page).await?;
        for item in &listing.items {
            match again.add(opener, item).await {
                // Reported at the first reading.
                Ok(_) | Err(Trouble::Finding(_)) => {}
                Err(Trouble::Store(error)) => return Err(error),
            }
        }
        Ok(again.flaws(newest.as_deref()))
    }

    fn flaws(&self, newest_version: Option<&str>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = Vec::new();
        let active = self.keys.values().filter(|key| key.state == KeyState::Active);
        let newest = self.keys.values().map(|key| key.created).max();
        flaws.extend(active.clone().skip(1).map(|_| (DocumentKind::Key, Defect::KeyTwice)));
        if !self.keys.is_empty() && active.map(|key| key.created).max() != newest {
            flaws.push((DocumentKind::Key, Defect::KeyOlder));
        }
        let Ring::There(ring) = &self.ring else { return flaws };
        for known in ring.keys() {
            let what = match self.keys.get(&known.id) {
                None if known.state == RingState::Destroyed => None,
                None => Some(Defect::KeyMissing),
                Some(_) if known.state == RingState::Destroyed => Some(Defect::KeyBack),
                Some(key) if RingState::from(key.state) < known.state || key.created != known.created => Some(Defect::KeyOlder),
                Some(key) if RingState::from(key.state) > known.state => Some(Defect::RingOlder),
                // Once the ring says that the key was under the newest version, any other wrapping is an older record put back. If the ring
                // names an older version, the key may have been re-wrapped since.
                Some(key) if key.wrapped.version.0 != known.version && newest_version == Some(known.version.as_str()) => {
                    Some(Defect::KeyOlder)
                }
                Some(_) => None,
            };
            flaws.extend(what.map(|what| (DocumentKind::Key, what)));
        }
        let strays = self.keys.keys().filter(|id| ring.key(**id).is_none());
        flaws.extend(strays.map(|_| (DocumentKind::Ring, Defect::RingOlder)));
        flaws
    }
}

/// Returns the scope of a partition of keys.
pub(in crate::flows) fn scope_of(item: &Listed) -> Result<KeyScope, Trouble> {
    let scope = KeyScope::parse(item.partition.as_str());
    in_place(scope.is_some())?;
    scope.ok_or(Trouble::Finding(Defect::Misplaced))
}
