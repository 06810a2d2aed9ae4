//! Records that an adviser keeps beside the files, such as subject requests: like those of a register, but written only in a commit that
//! checks the adviser's right.

use super::{commits::ClientCommits, documents::location, writes::Writer};
use crate::store::{
    authority::Warrant,
    error::StoreError,
    keys::sealing::Sealing,
    partition_locks::PartitionLocks,
    records::repository::{FoundRecord, NewStep, Records},
    retries::{MAX_ATTEMPTS, OVERTAKEN},
};
use crate::{
    domain::{
        ids::RecordId,
        record::Record,
        request_tag::RequestTag,
        sign_in::session::{Adviser, AdviserScope},
    },
    ports::{Documents, Partition},
};
use std::{marker::PhantomData, sync::Arc};

/// The repository of one kind of record in the partitions of advisers.
pub struct ClientRecords<R> {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
    lanes: Arc<PartitionLocks<Partition>>,
    commits: Arc<ClientCommits>,
    sort: PhantomData<fn() -> R>,
}

impl<R: Record> ClientRecords<R> {
    /// Uses this database and these keys.
    pub fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>, commits: Arc<ClientCommits>) -> Self {
        Self { documents, sealing, lanes: Arc::default(), commits, sort: PhantomData }
    }

    pub fn fresh_id(&self) -> RecordId {
        RecordId::from_random(self.sealing.random_bytes())
    }

    /// The records of one adviser, for reading: no warrant that a caller can have is valid there.
    pub fn of(&self, scope: AdviserScope) -> Records<R> {
        Records::locked_by(Arc::clone(&self.lanes), Arc::clone(&self.documents), Arc::clone(&self.sealing), location(scope))
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
        let (records, writer) = (self.of(adviser.scope()), Writer::of(adviser, step.at));
        for _ in 0..MAX_ATTEMPTS {
            let (proof, version, stamp) = self.commits.proof(writer).await?;
            let warrant = Warrant::adviser(adviser, vec![proof], stamp).asked_by(request);
            match records.attempt((id, found), &warrant, &step).await {
                Ok(written) => return Ok(written.of(id, step.record)),
                Err(StoreError::Stale) => {}
                Err(other) => return Err(other),
            }
            // Another commit in the partition may have been faster; otherwise the record has changed.
            if self.commits.marker(adviser.scope().id()).await?.1 == version {
                return Err(StoreError::Stale);
            }
        }
        Err(OVERTAKEN)
    }
}
