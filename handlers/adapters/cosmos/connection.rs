//! The connection to the account: established on first use, shared by all.

use super::{
    failure::{Failure, Operation},
    regions::all_but_the_writing,
};
use crate::{
    azure_settings::CosmosSettings,
    ports::{CommitError, Container, ReadError},
};
use azure_core::credentials::TokenCredential;
use azure_data_cosmos::{
    AccountReference, CosmosClient, CosmosError, DatabaseClient, RoutingStrategy,
    clients::ContainerClient,
    options::{
        AvailabilityStrategy, ContentResponseOnWrite, EndToEndOperationLatencyPolicy, OperationOptions, OperationOptionsBuilder,
        ReadConsistencyStrategy, Region, ThrottlingRetryOptionsBuilder,
    },
};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::OnceCell;

/// The SDK queries the machine's metadata (2 s when nothing answers), then the account and each container.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const READ_WITHIN: Duration = Duration::from_secs(3);
const COMMIT_WITHIN: Duration = Duration::from_secs(5);
/// How often, and for how long in total, a throttled request is retried before its caller is told to retry later.
const THROTTLED_TRIES: u32 = 3;
const THROTTLED_FOR: Duration = Duration::from_millis(1500);

/// A connection that may not be established yet.
pub struct Connection {
    account: Option<(CosmosSettings, Arc<dyn TokenCredential>)>,
    ready: OnceCell<Ready>,
}

/// A client for each container.
pub struct Ready([Items; Container::ALL.len()]);

/// The documents of a container.
pub struct Items {
    pub container: Container,
    pub client: ContainerClient,
}

/// No connection could be established.
#[derive(Clone, Copy, Debug)]
pub struct NotConnected;

impl Connection {
    /// A connection to the account of these settings.
    pub fn new(settings: CosmosSettings, credential: Arc<dyn TokenCredential>) -> Self {
        Self { account: Some((settings, credential)), ready: OnceCell::new() }
    }

    /// A connection that is already established.
    pub fn over(ready: Ready) -> Self {
        Self { account: None, ready: OnceCell::new_with(Some(ready)) }
    }

    /// A client for this container.
    ///
    /// # Errors
    /// [`NotConnected`]; the next call tries again.
    pub async fn container(&self, container: Container) -> Result<&Items, NotConnected> {
        let Ready(clients) = self.ready.get_or_try_init(|| self.connect_in_time()).await?;
        Ok(&clients[container as usize])
    }

    /// Without this limit the SDK waits for a minute and more, and so would every request.
    async fn connect_in_time(&self) -> Result<Ready, NotConnected> {
        let in_time = tokio::time::timeout(CONNECT_WITHIN, Box::pin(self.connect())).await;
        in_time.unwrap_or_else(|_| {
            tracing::warn!(event = "database_failed", operation = "connect", cause = "time-out");
            Err(NotConnected)
        })
    }

    async fn connect(&self) -> Result<Ready, NotConnected> {
        let (settings, credential) = self.account.as_ref().ok_or(NotConnected)?;
        let account = AccountReference::with_credential(settings.endpoint.clone().into(), Arc::clone(credential));
        let near = RoutingStrategy::ProximityTo(Region::new(settings.region.clone()));
        let failed = |error: CosmosError| {
            Failure::at(Operation::Connect, None, &error);
            NotConnected
        };
        let client = CosmosClient::builder().build(account, near).await.map_err(failed)?;
        Ready::of(&client.database_client(settings.database.clone())).await.map_err(failed)
    }
}

impl Ready {
    /// Loads what the SDK needs to know about each container.
    ///
    /// # Errors
    /// The error of the SDK.
    pub async fn of(database: &DatabaseClient) -> Result<Self, CosmosError> {
        let items = |container: Container| async move {
            let client = Box::pin(database.container_client(container.name(), None)).await?;
            Ok::<_, CosmosError>(Items { container, client })
        };
        let (identities, clients, keys, register) = futures::try_join!(
            items(Container::Identities),
            items(Container::Clients),
            items(Container::Keys),
            items(Container::Register),
        )?;
        Ok(Self([identities, clients, keys, register]))
    }
}

impl From<NotConnected> for ReadError {
    fn from(_: NotConnected) -> Self {
        Self::Unavailable
    }
}

impl From<NotConnected> for CommitError {
    fn from(_: NotConnected) -> Self {
        Self::Unavailable
    }
}

/// Options of reads: they see the latest committed version, since they go to the write region of the account, and to no other when it
/// fails.
pub fn for_reads() -> OperationOptions {
    READS.clone()
}

static READS: LazyLock<OperationOptions> = LazyLock::new(|| {
    common(READ_WITHIN)
        .with_read_consistency_strategy(ReadConsistencyStrategy::LatestCommitted)
        .with_availability_strategy(AvailabilityStrategy::Disabled)
        .with_excluded_regions(all_but_the_writing())
        .build()
});

/// Options of writes: their responses contain etags only.
pub fn for_commits() -> OperationOptions {
    common(COMMIT_WITHIN).with_content_response_on_write(ContentResponseOnWrite::Disabled).build()
}

fn common(within: Duration) -> OperationOptionsBuilder {
    let throttling =
        ThrottlingRetryOptionsBuilder::new().with_max_retry_count(THROTTLED_TRIES).with_max_retry_wait_time(THROTTLED_FOR).build();
    OperationOptionsBuilder::new()
        .with_end_to_end_latency_policy(EndToEndOperationLatencyPolicy::new(within))
        .with_throttling_retry_options(throttling)
}
