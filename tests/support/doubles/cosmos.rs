//! In-process Cosmos DB: Microsoft's emulator behind the real SDK, plus the deletion of expired documents, which the emulator lacks.

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_data_cosmos::{
    AccountReference, ContainerClient, CosmosClient, CosmosRuntimeBuilder, DatabaseClient, RoutingStrategy, options::Region,
};
use azure_data_cosmos_driver::{
    fault_injection::FaultInjectionRule,
    in_memory_emulator::{ContainerConfig, EmulatorStore, InMemoryEmulatorHttpClient, VirtualAccountConfig, VirtualRegion},
};
use finrust::{
    adapters::cosmos::{connection::Ready, documents::CosmosDocuments},
    ports::{Clock, CommitError, Container, DocumentId, Documents, DocumentsOver, Etag, Operation, Partition, ReadError},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use url::Url;

/// Database in the account.
pub const DATABASE: &str = "finrust";
/// The write region of the account.
pub const REGION: &str = "West Europe";

/// An account with one database and FinRust's containers.
pub struct Emulator {
    http: Arc<InMemoryEmulatorHttpClient>,
    due: Arc<Mutex<BTreeSet<Due>>>,
}

/// A document that the service deletes at a time (Unix milliseconds), unless it is written again.
type Due = (i64, Container, Partition, DocumentId);

impl Emulator {
    /// One region, one physical partition per container.
    pub fn new() -> Arc<Self> {
        Self::of(VirtualAccountConfig::new(vec![region(REGION)]).unwrap(), 1)
    }

    /// An account with this configuration.
    pub fn of(account: VirtualAccountConfig, partitions: u32) -> Arc<Self> {
        let http = Arc::new(InMemoryEmulatorHttpClient::new(account));
        let store = http.store();
        store.create_database(DATABASE);
        for container in Container::ALL {
            let config = ContainerConfig::new().with_partition_count(partitions).build().unwrap();
            store.create_container_with_config(DATABASE, container.name(), "/partition".into(), config);
        }
        Arc::new(Self { http, due: Arc::default() })
    }

    /// The emulator's store.
    pub fn store(&self) -> Arc<EmulatorStore> {
        self.http.store()
    }

    /// Executes an HTTP request.
    pub async fn execute(&self, request: &azure_core::http::Request) -> azure_data_cosmos::Result<azure_core::http::AsyncRawResponse> {
        self.http.execute_request(request).await
    }

    /// The adapter as a process has it: with its own connection.
    pub async fn documents(&self, clock: Arc<dyn Clock>) -> Arc<dyn Documents> {
        self.documents_with(clock, Vec::new()).await
    }

    /// The same, over a network with these faults.
    pub async fn documents_with(&self, clock: Arc<dyn Clock>, faults: Vec<Arc<FaultInjectionRule>>) -> Arc<dyn Documents> {
        let inner = CosmosDocuments::over(Ready::of(&self.database(faults).await).await.unwrap(), Arc::clone(&clock));
        Arc::new(TimeToLive { inner, database: self.database(Vec::new()).await, clock, due: Arc::clone(&self.due) })
    }

    /// The adapter without deletion of expired documents, as for a database restored with `--disable-ttl`.
    pub async fn documents_that_stay(&self, clock: Arc<dyn Clock>) -> Arc<dyn Documents> {
        Arc::new(CosmosDocuments::over(Ready::of(&self.database(Vec::new()).await).await.unwrap(), clock))
    }

    /// The account's global endpoint leads to its write region.
    fn endpoint(&self) -> Url {
        let (store, regions) = (self.store(), self.store().config().active_regions());
        let writing = regions.iter().find(|region| region.name() == store.config().write_region_name());
        writing.unwrap().gateway_url().clone()
    }

    /// The SDK's client of the database.
    pub async fn database(&self, faults: Vec<Arc<FaultInjectionRule>>) -> DatabaseClient {
        let driver = if faults.is_empty() { self.http.runtime_builder() } else { self.http.runtime_builder_with_fault_rules(faults) };
        let runtime = CosmosRuntimeBuilder::from(driver).build().await.unwrap();
        let account = AccountReference::with_credential(self.endpoint().into(), Arc::new(AnyToken));
        let near = RoutingStrategy::ProximityTo(Region::new(REGION));
        CosmosClient::builder().with_runtime(runtime).build(account, near).await.unwrap().database_client(DATABASE)
    }
}

/// A region of an account.
pub fn region(name: &str) -> VirtualRegion {
    let host = name.to_lowercase().replace(' ', "");
    VirtualRegion::new(name, format!("https://{host}.emulator.local").parse().unwrap())
}

/// Credentials with an arbitrary token, which the emulator accepts.
#[derive(Debug)]
struct AnyToken;

#[async_trait]
impl TokenCredential for AnyToken {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("token".to_owned(), azure_core::time::OffsetDateTime::now_utc() + azure_core::time::Duration::hours(1)))
    }
}

/// The adapter; before each operation, the deletions due on the test's clock are executed.
struct TimeToLive {
    inner: CosmosDocuments,
    database: DatabaseClient,
    clock: Arc<dyn Clock>,
    due: Arc<Mutex<BTreeSet<Due>>>,
}

impl TimeToLive {
    async fn delete_expired(&self) {
        let now = self.clock.now().as_millisecond();
        while let Some(due) = self.first_due(now) {
            let (_, container, partition, id) = &due;
            let items = self.database.container_client(container.name(), None).await.unwrap();
            if is_expired(&items, partition, id, now).await {
                // Another instance may have been faster.
                let _ = items.delete_item(partition.to_string(), id.as_str(), None).await;
            }
            self.due.lock().unwrap().remove(&due);
        }
    }

    fn first_due(&self, now: i64) -> Option<Due> {
        self.due.lock().unwrap().first().filter(|(at, ..)| *at <= now).cloned()
    }

    fn note(&self, container: Container, partition: &Partition, operations: &[Operation]) {
        let now = self.clock.now().as_millisecond();
        for operation in operations {
            if let Operation::Create(draft) | Operation::Replace { draft, .. } | Operation::Put(draft) = operation
                && let Some(ttl) = draft.ttl
            {
                let due = (now + i64::from(ttl) * 1000, container, partition.clone(), draft.id.clone());
                self.due.lock().unwrap().insert(due);
            }
        }
    }
}

/// Whether the service would consider it expired: its `ttl`, counted from the write, corresponds to `expires_at` on the test's clock.
async fn is_expired(items: &ContainerClient, partition: &Partition, id: &DocumentId, now: i64) -> bool {
    let Ok(answer) = items.read_item(partition.to_string(), id.as_str(), None).await else { return false };
    let row: serde_json::Value = answer.into_model().unwrap();
    row["ttl"].is_u64() && row["expires_at"].as_i64().is_some_and(|at| at <= now)
}

#[async_trait]
impl DocumentsOver for TimeToLive {
    fn inner(&self) -> &dyn Documents {
        &self.inner
    }

    async fn before_reading(&self, _: Container, _: Option<&DocumentId>) -> Result<(), ReadError> {
        self.delete_expired().await;
        Ok(())
    }

    async fn commit_over(
        &self,
        container: Container,
        partition: &Partition,
        operations: Vec<Operation>,
    ) -> Result<Vec<Option<Etag>>, CommitError> {
        self.delete_expired().await;
        self.note(container, partition, &operations);
        self.inner.commit(container, partition, operations).await
    }
}
