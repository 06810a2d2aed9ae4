//! Records that an adviser keeps beside the files, such as subject requests: like those of a register, but written only in a commit that
//! checks the adviser's right.

use super::{commits::ClientCommits, documents::location, writes::Writer};
use crate::store::{
    authority::Warrant,
    error::StoreError,
    keys::sealing::Sealing,
    records::repository::{FoundRecord, NewStep, Records},
};
use crate::{
    domain::{
        chain::Entry,
        ids::RecordId,
        later::OrLater,
        record::{Record, Step},
        request_tag::{KeyReused, RequestTag},
        sign_in::session::{Adviser, AdviserScope},
    },
    ports::Documents,
};
use std::{sync::Arc, time::Duration};

/// Maximum attempts at writing a step when something else is written in the partition.
const MAX_ATTEMPTS: usize = 32;

/// The repository of one kind of record in the partitions of advisers.
pub struct ClientRecords<R> {
    records: Records<R>,
    commits: Arc<ClientCommits>,
}

impl<R: Record> ClientRecords<R> {
    /// Uses this database and these keys.
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, commits: Arc<ClientCommits>) -> Self {
        Self { records: Records::new(documents, sealing), commits }
    }

    pub fn fresh_id(&self) -> RecordId {
        self.records.fresh_id()
    }

    /// The record with this id.
    pub async fn find(&self, scope: AdviserScope, id: RecordId) -> Result<Option<FoundRecord<R>>, StoreError> {
        self.records.find(&location(scope), id).await
    }

    pub async fn all(&self, scope: AdviserScope) -> Result<Vec<(RecordId, R::Summary)>, StoreError> {
        self.records.all(&location(scope)).await
    }

    /// The steps of a record, oldest first.
    pub async fn steps(&self, scope: AdviserScope, id: RecordId) -> Result<Vec<Entry<Step<OrLater<R::Event>>>>, StoreError> {
        self.records.steps(&location(scope), id).await
    }

    /// The number of the step that was already taken for this request, when the request is a repeat.
    ///
    /// # Errors
    /// [`KeyReused`] when its idempotency key belongs to another request; [`StoreError`].
    pub async fn taken_for(
        &self,
        scope: AdviserScope,
        id: RecordId,
        request: RequestTag,
    ) -> Result<Result<Option<u64>, KeyReused>, StoreError> {
        self.records.taken_for(&location(scope), id, request).await
    }

    /// Creates a record with its first step.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the id exists already; [`StoreError::Refused`].
    pub async fn create(&self, adviser: &Adviser, id: RecordId, step: NewStep<R>) -> Result<FoundRecord<R>, StoreError> {
        self.commit(adviser, (id, None), None, step).await
    }

    /// Takes a step. Returns the record as it is now stored.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the record has changed since `found` was read: read and decide again; [`StoreError::Refused`].
    pub async fn append(&self, adviser: &Adviser, found: &FoundRecord<R>, step: NewStep<R>) -> Result<FoundRecord<R>, StoreError> {
        self.append_for(adviser, found, None, step).await
    }

    /// Like [`ClientRecords::append`], for a request that may be repeated.
    pub async fn append_for(
        &self,
        adviser: &Adviser,
        found: &FoundRecord<R>,
        request: Option<RequestTag>,
        step: NewStep<R>,
    ) -> Result<FoundRecord<R>, StoreError> {
        self.commit(adviser, (found.id, Some(found)), request, step).await
    }

    async fn commit(
        &self,
        adviser: &Adviser,
        (id, found): (RecordId, Option<&FoundRecord<R>>),
        request: Option<RequestTag>,
        step: NewStep<R>,
    ) -> Result<FoundRecord<R>, StoreError> {
        let (location, writer) = (location(adviser.scope()), Writer::of(adviser, step.at));
        for _ in 0..MAX_ATTEMPTS {
            let (proof, version, stamp) = self.commits.proof(writer).await?;
            let warrant = Warrant::adviser(adviser, vec![proof], stamp).asked_by(request);
            match self.records.attempt(&location, (id, found), &warrant, &step).await {
                Ok(written) => return Ok(written.of(id, step.record)),
                Err(StoreError::Stale) => {}
                Err(other) => return Err(other),
            }
            // Another commit in the partition may have been faster; otherwise the record has changed.
            if self.commits.marker(adviser.scope().id()).await?.1 == version {
                return Err(StoreError::Stale);
            }
        }
        Err(StoreError::Busy { retry_after: Duration::from_secs(1) })
    }
}
