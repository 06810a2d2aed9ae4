//! The database in Azure Cosmos DB for NoSQL.
//!
//! A commit is one transactional batch in one logical partition. Reads are quorum reads (`LatestCommitted`), so an instance sees what
//! another one has just written without sharing a session token with it.

use super::{
    batch::{Batch, Refusal},
    connection::{Connection, Items, Ready, for_commits, for_reads},
    document::ReadRow,
    failure::{Failure, Operation as Asked, report},
    query::Selection,
    settle::Settlement,
};
use crate::{
    azure_settings::CosmosSettings,
    crypto::envelope::Part,
    ports::{
        Clock, CommitError, Container, DocumentId, Documents, Etag, Listing, MAX_OPERATIONS, Operation, Page, Partition, ReadError, Stored,
    },
};
use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_data_cosmos::options::{BatchOptions, ItemReadOptions};
use std::sync::Arc;

/// Maximum expired documents that a commit replaces before it gives up: more than any commit creates under recurring ids.
const MAX_CORPSES: usize = 4;

/// Documents in Cosmos DB.
pub struct CosmosDocuments {
    connection: Connection,
    clock: Arc<dyn Clock>,
}

impl CosmosDocuments {
    /// The database of these settings. Sends no request yet: the first operation loads what the SDK needs to know about the account and its
    /// containers, and the next one tries again if that failed.
    pub fn open(settings: CosmosSettings, credential: Arc<dyn TokenCredential>, clock: Arc<dyn Clock>) -> Self {
        Self { connection: Connection::new(settings, credential), clock }
    }

    /// The database behind an established connection, for an emulator in this process.
    pub fn over(ready: Ready, clock: Arc<dyn Clock>) -> Self {
        Self { connection: Connection::over(ready), clock }
    }

    async fn read_row(&self, items: &Items, partition: &Partition, id: &DocumentId) -> Result<Option<ReadRow>, Failure> {
        let options = ItemReadOptions::default().with_operation_options(for_reads());
        let answer = items.client.read_item(partition.to_string(), id.as_str(), Some(options)).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.status().is_not_found() => {
                report(Asked::Read, items.container, error.diagnostics().as_deref());
                return Ok(None);
            }
            Err(error) => return Err(Failure::of(Asked::Read, items.container, &error)),
        };
        report(Asked::Read, items.container, Some(&answer.diagnostics()));
        answer.into_model().map(Some).map_err(|error| Failure::of(Asked::Read, items.container, &error))
    }

    /// Retries while an expired document is in the way: the service deletes them in the background, a little late, and not at all in a
    /// database that was restored without their deletion.
    async fn commit_over_corpses(&self, items: &Items, batch: &mut Batch<'_>) -> Result<Vec<Option<Etag>>, Refusal> {
        for _ in 0..MAX_CORPSES {
            let refusal = match self.try_commit(items, batch).await {
                Ok(etags) => return Ok(etags),
                Err(refusal) => refusal,
            };
            if batch.lost_corpse(&refusal) {
                continue;
            }
            let Some(id) = batch.in_the_way(&refusal) else {
                return Err(refusal);
            };
            match self.read_row(items, batch.partition, &id).await {
                Ok(Some(row)) if row.is_expired(self.now()) => batch.replace_corpse(&refusal, row.etag),
                _ => return Err(refusal),
            }
        }
        Err(Refusal::certain(CommitError::Unavailable))
    }

    async fn try_commit(&self, items: &Items, batch: &Batch<'_>) -> Result<Vec<Option<Etag>>, Refusal> {
        let options = BatchOptions::default().with_operation_options(for_commits());
        let answer = items.client.execute_transactional_batch(batch.request(self.now())?, Some(options)).await;
        let answer = answer.map_err(|error| Refusal::of(items.container, &error))?;
        let diagnostics = answer.diagnostics();
        report(Asked::Commit, items.container, Some(&diagnostics));
        let results = answer.into_model().map_err(|error| Refusal::of(items.container, &error))?;
        batch.etags(results.results(), &diagnostics)
    }

    /// Settles whether a commit whose outcome is in doubt happened after all.
    async fn settle(&self, items: &Items, batch: &Batch<'_>, refusal: &Refusal) -> Result<Vec<Option<Etag>>, CommitError> {
        let mut settlement = Settlement::of(batch.operations);
        for (id, write_id) in settlement.questions() {
            // A document that cannot be read settles nothing.
            let Ok(row) = self.read_row(items, batch.partition, &id).await else {
                return Err(CommitError::Unknown);
            };
            let row = row.filter(|row| !row.is_expired(self.now()));
            settlement.answer(write_id, row.map(|row| (row.write_id, row.etag)));
        }
        settlement.conclusion(refusal)
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    async fn listed(&self, selection: Selection<'_>) -> Result<Listing, ReadError> {
        let items = self.connection.container(selection.container).await?;
        selection.listing(items, self.now()).await
    }
}

#[async_trait]
impl Documents for CosmosDocuments {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        let items = self.connection.container(container).await?;
        let row = self.read_row(items, partition, id).await.map_err(ReadError::from)?;
        let Some(row) = row.filter(|row| !row.is_expired(self.now())) else {
            return Ok(None);
        };
        row.stored(partition, id).map(Some).ok_or(ReadError::Unavailable)
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.listed(Selection { container, partition: Some(partition), prefix, part, page }).await
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        if operations.len() > MAX_OPERATIONS {
            return Err(CommitError::Unavailable);
        }
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.connection.container(container).await?;
        let mut batch = Batch::of(partition, &operations);
        match self.commit_over_corpses(items, &mut batch).await {
            Ok(etags) => Ok(etags),
            Err(refusal) if refusal.in_doubt => self.settle(items, &batch, &refusal).await,
            Err(refusal) => Err(refusal.error),
        }
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.listed(Selection { container, partition: None, prefix, part, page }).await
    }
}
