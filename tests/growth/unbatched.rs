//! Fills the emulator: each document of a commit is written on its own. The emulator copies a whole physical partition for each transactional
//! batch, so filling it by batches would take time that grows with the square of its documents.

use async_trait::async_trait;
use azure_data_cosmos::DatabaseClient;
use data_encoding::BASE64URL_NOPAD;
use finrust::{
    crypto::envelope::Part,
    ports::{CommitError, Container, DocumentId, Documents, Draft, Etag, Listing, Operation, Page, Partition, ReadError, Stored},
};
use serde_json::{Value, json};
use std::sync::Arc;

pub struct Unbatched {
    /// Reads.
    pub inner: Arc<dyn Documents>,
    /// Takes the documents.
    pub database: DatabaseClient,
}

impl Unbatched {
    async fn write(&self, container: Container, partition: &Partition, draft: &Draft) -> Etag {
        let items = self.database.container_client(container.name(), None).await.expect("a container");
        let written = items.upsert_item(partition.to_string(), draft.id.as_str(), row(partition, draft), None).await;
        let written = written.expect("the emulator stores it");
        let etag = written.headers().etag().expect("a version").to_string();
        Etag(etag.trim_matches('"').to_owned())
    }
}

/// A document as `docs/format.md` describes it. None that expires is filled in.
fn row(partition: &Partition, draft: &Draft) -> Value {
    let mut row = json!({
        "id": draft.id.as_str(),
        "partition": partition.as_str(),
        "write_id": draft.write_id.to_string(),
        "body": BASE64URL_NOPAD.encode(draft.body.as_bytes()),
    });
    if let Some(summary) = &draft.summary {
        row["summary"] = json!(BASE64URL_NOPAD.encode(summary.as_bytes()));
    }
    row
}

#[async_trait]
impl Documents for Unbatched {
    async fn read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Result<Option<Stored>, ReadError> {
        self.inner.read(container, partition, id).await
    }

    async fn list(&self, container: Container, partition: &Partition, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.inner.list(container, partition, prefix, part, page).await
    }

    async fn commit(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        let mut etags = Vec::new();
        for operation in &operations {
            etags.push(match operation {
                Operation::Create(draft) | Operation::Put(draft) | Operation::Replace { draft, .. } => {
                    Some(self.write(container, partition, draft).await)
                }
                Operation::Delete { .. } => unreachable!("nothing is deleted while a database is filled"),
            });
        }
        Ok(etags)
    }

    async fn scan(&self, container: Container, prefix: &str, part: Part, page: &Page) -> Result<Listing, ReadError> {
        self.inner.scan(container, prefix, part, page).await
    }
}
