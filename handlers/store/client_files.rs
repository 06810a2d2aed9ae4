//! Client files: one partition and one data key per adviser, and no call without the adviser's scope (P14).
//!
//! Reading is here; `client_writes` changes files, and nothing changes without an entry in the trail.

use super::{
    client_commits::ClientCommits,
    client_documents as documents,
    client_readings::Readings,
    client_summaries::{Keys, SealedSummaries, SealedSummary, Summaries},
    error::StoreError,
    marker_cache::FilesThen,
    sealing::{KeyScope, Sealing},
    summary_cache::SummaryCache,
};
use crate::{
    crypto::envelope::Part,
    domain::{
        client::file::ClientFile,
        ids::{ClientId, WriteId},
        origin::Origin,
        request_tag::RequestTag,
        session::AdviserScope,
        standing::Standing,
    },
    ports::{Clock, Container, Documents, Etag, Order, Page},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::hash_map::Entry, sync::Arc};

/// Summaries in one answer of the database: as many as it gives.
const PAGE: u16 = 1000;

/// The repository of client files.
pub struct ClientFiles {
    pub(super) documents: Arc<dyn Documents>,
    pub(super) sealing: Arc<Sealing>,
    pub(super) cache: SummaryCache,
    pub(super) readings: Readings,
    pub(super) commits: Arc<ClientCommits>,
}

/// A file as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptFile {
    /// What the adviser entered.
    pub file: ClientFile,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// 1 for the first, one more with every change; the trail knows the newest. 0 in files from before there was a trail.
    #[serde(default)]
    pub revision: u32,
    /// Whether its use is blocked, whether it has to be kept, whether it is to be erased.
    #[serde(default)]
    pub standing: Standing,
    /// Since when it is being erased: nothing but that is done with it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasing_since: Option<Timestamp>,
    /// Tag of the request that made it, to recognise a repeat.
    pub request: Option<[u8; 32]>,
    /// The last steps of its standing that were taken for requests with a key, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_for: Vec<RequestTag>,
    /// What it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

/// A file with its version.
pub struct Versioned {
    pub kept: KeptFile,
    pub etag: Etag,
    /// What was known before it was read.
    pub then: FilesThen,
}

impl Versioned {
    /// A file that was just written, or read by whoever writes it next.
    pub fn new(kept: KeptFile, etag: Etag) -> Self {
        Self { kept, etag, then: FilesThen::default() }
    }
}

impl ClientFiles {
    /// Works on this database with these keys.
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, commits: Arc<ClientCommits>, clock: Arc<dyn Clock>) -> Self {
        let (cache, readings) = (SummaryCache::new(Arc::clone(&clock)), Readings::new(clock));
        Self { documents, sealing, cache, readings, commits }
    }

    /// The file, if this adviser has it. For changing it: who shows it to somebody calls [`ClientFiles::read`].
    pub async fn find(&self, scope: AdviserScope, id: ClientId) -> Result<Option<Versioned>, StoreError> {
        let (partition, document, then) = (documents::partition(scope), documents::client(id), self.commits.files_known(scope.id()));
        let Some(stored) = self.documents.read(Container::Clients, &partition, &document).await? else {
            return Ok(None);
        };
        let place = documents::place(&partition, &document, Part::Body);
        let plaintext = self.sealing.open(KeyScope::Adviser(scope.id()), place, &stored.body).await?;
        let (kept, origin) = Origin::read::<KeptFile>(plaintext).map_err(|_| StoreError::DoesNotOpen)?;
        Ok(Some(Versioned { kept: KeptFile { origin, ..kept }, etag: stored.etag, then }))
    }

    /// The sealed summaries of all files: from memory when nothing was committed since they were loaded.
    ///
    /// The marker is read first. What is committed after that moves it on, so what is kept under it is asked for again only as long
    /// as it is the present state.
    pub async fn summaries(&self, scope: AdviserScope) -> Result<SealedSummaries, StoreError> {
        let marker = self.marker(scope).await?;
        let items = match self.cache.get(scope.id(), marker) {
            Some(items) => items,
            None => Arc::new(self.load(scope).await?),
        };
        let keys = Arc::new(self.keys(scope, &items).await?);
        Ok(SealedSummaries { scope, marker, items, keys })
    }

    /// What stands in the marker of the files: another value whenever any of them has changed.
    pub async fn marker(&self, scope: AdviserScope) -> Result<Option<WriteId>, StoreError> {
        Ok(self.commits.marker(scope.id()).await?.0.files)
    }

    /// Keeps summaries for the next search. Only those that have opened: what is damaged is loaded, and refused, each time.
    pub fn keep(&self, opened: SealedSummaries) {
        if let Some(marker) = opened.marker {
            self.cache.keep(opened.scope.id(), marker, opened.items);
        }
    }

    /// Drops what nobody has asked for in a while.
    pub fn purge(&self) {
        self.cache.purge();
        self.readings.purge();
    }

    async fn load(&self, scope: AdviserScope) -> Result<Vec<SealedSummary>, StoreError> {
        let (partition, mut items) = (documents::partition(scope), Vec::new());
        let mut page = Page { order: Order::Ascending, limit: PAGE, after: None };
        loop {
            let listing = self.documents.list(Container::Clients, &partition, documents::CLIENT_PREFIX, Part::Summary, &page).await?;
            for item in listing.items {
                let id = documents::client_id(&item.id).ok_or(StoreError::DoesNotOpen)?;
                items.push(SealedSummary { id, sealed: item.part.ok_or(StoreError::DoesNotOpen)? });
            }
            page.after = listing.next;
            if page.after.is_none() {
                return Ok(items);
            }
        }
    }

    async fn keys(&self, scope: AdviserScope, items: &Summaries) -> Result<Keys, StoreError> {
        let mut keys = Keys::new();
        for item in items.iter() {
            if let Entry::Vacant(missing) = keys.entry(item.sealed.key_id()?) {
                let key = self.sealing.key(KeyScope::Adviser(scope.id()), *missing.key()).await?;
                missing.insert(key);
            }
        }
        Ok(keys)
    }
}
