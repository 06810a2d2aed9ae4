//! Client files: one partition and one data key per adviser, and no call without the adviser's scope (P14).
//!
//! Reading is here; `client_writes` changes files, and nothing changes without an audit entry.

use super::{
    commits::ClientCommits,
    documents,
    marker_cache::FilesThen,
    readings::Readings,
    summaries::{Keys, SealedSummaries, SealedSummary, Summaries, SummaryList},
    summary_cache::SummaryCache,
};
use crate::store::{
    error::StoreError,
    keys::sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        clients::{file::ClientFile, restrictions::Restrictions},
        ids::{ClientId, WriteId},
        origin::Origin,
        request_tag::RequestTag,
        sign_in::session::AdviserScope,
    },
    ports::{Clock, Container, Documents, Etag, Order, Page},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::hash_map::Entry, sync::Arc};

/// Summaries per page of a listing: as many as the database returns.
const PAGE: u16 = 1000;

/// The repository of client files.
pub struct ClientFiles {
    pub(in crate::store) documents: Arc<dyn Documents>,
    pub(in crate::store) sealing: Arc<Sealing>,
    pub(in crate::store) cache: SummaryCache,
    pub(in crate::store) readings: Readings,
    pub(in crate::store) commits: Arc<ClientCommits>,
}

/// A file as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptFile {
    /// What the adviser entered.
    pub file: ClientFile,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// 1 at first, incremented by every change; the audit trail knows the newest. 0 in files from before there was an audit trail.
    #[serde(default)]
    pub revision: u32,
    /// Its processing restrictions: whether use is restricted, whether a hold applies, whether it is marked for erasure.
    #[serde(default)]
    #[serde(rename = "standing")]
    pub restrictions: Restrictions,
    /// Since when it is being erased; nothing else is done with it from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasing_since: Option<Timestamp>,
    /// Tag of the request that created it, to recognise a repeat.
    pub request: Option<[u8; 32]>,
    /// The last changes of its processing restrictions made for requests with an idempotency key, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_for: Vec<RequestTag>,
    /// What it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

/// A file with its etag.
pub struct Versioned {
    pub kept: KeptFile,
    pub etag: Etag,
    /// What was known of the marker before it was read.
    pub then: FilesThen,
}

impl Versioned {
    /// A file that was just written, or that is read in order to write it.
    pub fn new(kept: KeptFile, etag: Etag) -> Self {
        Self { kept, etag, then: FilesThen::default() }
    }
}

impl ClientFiles {
    /// Uses this database and these keys.
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, commits: Arc<ClientCommits>, clock: Arc<dyn Clock>) -> Self {
        let (cache, readings) = (SummaryCache::new(Arc::clone(&clock)), Readings::new(clock));
        Self { documents, sealing, cache, readings, commits }
    }

    /// The file, if this adviser has it. For changing it; to show it to anyone, call [`ClientFiles::read`].
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
    /// The marker is read first. A later commit moves it on, so summaries cached under it are returned only as long as they are current.
    pub async fn summaries(&self, scope: AdviserScope) -> Result<SealedSummaries, StoreError> {
        let marker = self.marker(scope).await?;
        let items = match self.cache.get(scope.id(), marker) {
            Some(items) => items,
            None => Arc::new(SummaryList::new(self.load(scope).await?)),
        };
        let keys = Arc::new(self.keys(scope, &items).await?);
        Ok(SealedSummaries { scope, marker, items, keys })
    }

    /// The write id of the files in the marker, which differs after every change of any of them.
    pub async fn marker(&self, scope: AdviserScope) -> Result<Option<WriteId>, StoreError> {
        Ok(self.commits.marker(scope.id()).await?.0.files)
    }

    /// Caches summaries for the next search. Only call it once they have opened: damaged ones are loaded, and refused, each time.
    pub fn keep(&self, opened: &SealedSummaries) {
        if let Some(marker) = opened.marker {
            self.cache.keep(opened.scope.id(), marker, Arc::clone(&opened.items));
        }
    }

    /// Drops cached data that has not been used for a while.
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
