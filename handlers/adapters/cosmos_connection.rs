//! The way to the account: made by the first who needs it, kept for all.

use super::{
    cosmos_failure::{Failure, Operation},
    cosmos_regions::all_but_the_writing,
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

/// The SDK asks the machine what it is (2 s when nobody answers), then the account and each container.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const READ_WITHIN: Duration = Duration::from_secs(3);
const COMMIT_WITHIN: Duration = Duration::from_secs(5);
/// A throttled request is tried again this often and this long in all: then its caller is told to come back.
const THROTTLED_TRIES: u32 = 3;
const THROTTLED_FOR: Duration = Duration::from_millis(1500);

/// A connection that may still have to be made.
pub struct Connection {
    account: Option<(CosmosSettings, Arc<dyn TokenCredential>)>,
    ready: OnceCell<Ready>,
}

/// A client of each container.
pub struct Ready([Items; Container::ALL.len()]);

/// The documents of a container.
pub struct Items {
    pub container: Container,
    pub client: ContainerClient,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug)]
pub struct NotConnected;

impl Connection {
    /// The way to the account of these settings.
    pub fn new(settings: CosmosSettings, credential: Arc<dyn TokenCredential>) -> Self {
        Self { account: Some((settings, credential)), ready: OnceCell::new() }
    }

    /// One that is there.
    pub fn over(ready: Ready) -> Self {
        Self { account: None, ready: OnceCell::new_with(Some(ready)) }
    }

    /// A client of this container.
    ///
    /// # Errors
    /// [`NotConnected`]; the next one tries again.
    pub async fn container(&self, container: Container) -> Result<&Items, NotConnected> {
        let Ready(clients) = self.ready.get_or_try_init(|| self.connect_in_time()).await?;
        Ok(&clients[container as usize])
    }

    /// By itself the SDK waits for a minute and more, and so would every request meanwhile.
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
    /// Asks what the SDK has to know of each container.
    ///
    /// # Errors
    /// What the SDK says.
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

/// Reads see the latest committed version: they go to the region that the account writes to, and to no other when it fails.
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

/// Writes answer versions only.
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
