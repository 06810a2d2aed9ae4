//! The summaries of all files of one adviser: sealed as stored, with the keys that open them for the duration of one search.

use super::documents;
use crate::store::error::StoreError;
use crate::{
    crypto::{
        data_keys::DataKey,
        envelope::{self, Part, Unopened},
    },
    domain::{
        clients::summary::{ClientSummary, SortOrder},
        ids::{ClientId, KeyId, WriteId},
        sign_in::session::AdviserScope,
    },
    ports::Partition,
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    ops::{Deref, Range},
    sync::{Arc, OnceLock},
};
use zeroize::Zeroizing;

/// The summary of one file, as it was stored.
pub(in crate::store) struct SealedSummary {
    pub(in crate::store) id: ClientId,
    pub(in crate::store) sealed: Unopened,
}

/// All summaries of one adviser as they were loaded, and the orders in which lists show them, once these are known.
#[derive(Default)]
pub(in crate::store) struct SummaryList {
    items: Vec<SealedSummary>,
    by_name: OnceLock<Vec<usize>>,
    by_time: OnceLock<Vec<usize>>,
}

impl SummaryList {
    pub(in crate::store) fn new(items: Vec<SealedSummary>) -> Self {
        Self { items, ..Self::default() }
    }

    /// Their indices in this order.
    pub(super) const fn order(&self, sort: SortOrder) -> &OnceLock<Vec<usize>> {
        match sort {
            SortOrder::Name => &self.by_name,
            SortOrder::UpdatedAt => &self.by_time,
        }
    }
}

impl Deref for SummaryList {
    type Target = [SealedSummary];

    fn deref(&self) -> &[SealedSummary] {
        &self.items
    }
}

/// Shared by the cache and the searches that open them.
pub(in crate::store) type Summaries = Arc<SummaryList>;
/// The data keys that the summaries name.
pub(in crate::store) type Keys = HashMap<KeyId, Arc<DataKey>>;

/// Sealed summaries of all files of one adviser.
pub struct SealedSummaries {
    pub(in crate::store) scope: AdviserScope,
    /// The marker before they were loaded; without one they cannot be recognised as current.
    pub(in crate::store) marker: Option<WriteId>,
    pub(in crate::store) items: Summaries,
    pub(in crate::store) keys: Arc<Keys>,
}

/// A slice of them. Opening it is work for a blocking thread.
pub struct SealedSlice {
    partition: Partition,
    pub(super) items: Summaries,
    keys: Arc<Keys>,
    range: Range<usize>,
}

impl SealedSummaries {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.items.len()
    }

    /// All of them as one slice.
    pub fn all(&self) -> SealedSlice {
        let (items, keys) = (Arc::clone(&self.items), Arc::clone(&self.keys));
        SealedSlice { partition: documents::partition(self.scope), items, keys, range: 0..self.items.len() }
    }

    /// All of them, in slices of at most `most`.
    pub fn slices(&self, most: usize) -> impl Iterator<Item = SealedSlice> + use<'_> {
        let count = self.items.len();
        let slice = move |start| SealedSlice {
            partition: documents::partition(self.scope),
            items: Arc::clone(&self.items),
            keys: Arc::clone(&self.keys),
            range: start..count.min(start + most),
        };
        (0..count).step_by(most).map(slice)
    }
}

impl SealedSlice {
    /// Opens each of them, and collects what `take` makes of its index among all, its file and its JSON.
    pub fn filter_map<T>(self, take: impl Fn(usize, ClientId, &[u8]) -> Result<Option<T>, StoreError>) -> Result<Vec<T>, StoreError> {
        let open = |index| {
            let (id, plaintext) = self.open(index)?;
            take(index, id, &plaintext)
        };
        self.range.clone().filter_map(|index| open(index).transpose()).collect()
    }

    /// Opens those with these indices among all.
    pub fn pick(&self, indices: impl IntoIterator<Item = usize>) -> Result<Vec<(ClientId, ClientSummary)>, StoreError> {
        let open = |index| {
            let (id, plaintext) = self.open(index)?;
            Ok((id, read(&plaintext)?))
        };
        indices.into_iter().map(open).collect()
    }

    pub(super) fn open(&self, index: usize) -> Result<(ClientId, Zeroizing<Vec<u8>>), StoreError> {
        let item = self.items.get(index).ok_or(StoreError::DoesNotOpen)?;
        let key = self.keys.get(&item.sealed.key_id()?).ok_or(StoreError::DoesNotOpen)?;
        let id = documents::client(item.id);
        Ok((item.id, envelope::open(key, documents::place(&self.partition, &id, Part::Summary), &item.sealed)?))
    }
}

/// A summary, or a part of it, from its JSON.
///
/// # Errors
/// [`StoreError::DoesNotOpen`] when it is none.
pub fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(|_| StoreError::DoesNotOpen)
}
