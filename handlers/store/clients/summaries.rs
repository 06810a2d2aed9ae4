//! The summaries of all files of one adviser: sealed as stored, with the keys that open them for the duration of one search.

use super::documents;
use crate::store::error::StoreError;
use crate::{
    crypto::{
        data_keys::DataKey,
        envelope::{self, Part, Unopened},
    },
    domain::{
        clients::summary::ClientSummary,
        ids::{ClientId, KeyId, WriteId},
        sign_in::session::AdviserScope,
    },
};
use std::{collections::HashMap, ops::Range, sync::Arc};

/// The summary of one file, as it was stored.
pub(in crate::store) struct SealedSummary {
    pub(in crate::store) id: ClientId,
    pub(in crate::store) sealed: Unopened,
}

/// Shared by the cache and the searches that open them.
pub(in crate::store) type Summaries = Arc<Vec<SealedSummary>>;
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
    scope: AdviserScope,
    items: Summaries,
    keys: Arc<Keys>,
    range: Range<usize>,
}

impl SealedSummaries {
    /// All of them, in slices of at most `most`.
    pub fn slices(&self, most: usize) -> impl Iterator<Item = SealedSlice> + use<'_> {
        let count = self.items.len();
        let slice = move |start| SealedSlice {
            scope: self.scope,
            items: Arc::clone(&self.items),
            keys: Arc::clone(&self.keys),
            range: start..count.min(start + most),
        };
        (0..count).step_by(most).map(slice)
    }
}

impl SealedSlice {
    pub fn open(self) -> Result<Vec<(ClientId, ClientSummary)>, StoreError> {
        let partition = documents::partition(self.scope);
        let open = |item: &SealedSummary| {
            let key = self.keys.get(&item.sealed.key_id()?).ok_or(StoreError::DoesNotOpen)?;
            let id = documents::client(item.id);
            let plaintext = envelope::open(key, documents::place(&partition, &id, Part::Summary), &item.sealed)?;
            let summary = serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)?;
            Ok((item.id, summary))
        };
        self.items[self.range.clone()].iter().map(open).collect()
    }
}
