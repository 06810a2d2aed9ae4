//! Puts the parts together: with `embedded`, the only place that picks adapters.

use crate::{
    adapters::{
        azure::{Azure, AzureError},
        communication_services::{CommunicationServices, CommunicationServicesError},
        cosmos::CosmosDocuments,
        cosmos_account::CosmosAccount,
        erasure_blob::{ErasureBlob, ErasureBlobError},
        key_file::KeyFile,
        key_vault::{KeyVault, KeyVaultError},
        mail_folder::Announce,
        queue_table::QueueTable,
        sqlite::{MarkKey, MarkVerdict, SqliteDocuments},
        storage_queue::{StorageQueue, StorageQueueError},
        system::{SystemClock, SystemRandom},
    },
    azure_settings::AzureSettings,
    config::{Backend, Config, aliases},
    crypto::password::Argon2id,
    data_folder::FirstStart,
    embedded::{DataDir, Embedded, EmbeddedError, LookedAt, Seen, drain_queue},
    flows::{
        estimates::Estimates,
        hash_pool::HashPool,
        limits::{LimitSettings, Limits},
        post::Post,
        processors::PublishedMemory,
        register::Register,
        services::Services,
    },
    folder_lock::Hold,
    http::{
        client_address::ClientAddress,
        readiness::{Readiness, Stage},
        state::{AppState, Front},
    },
    ports::{Clock, Documents, Ports, QueueError, Random},
    store::{
        alarms::Alarms,
        client_commits::ClientCommits,
        client_files::ClientFiles,
        client_records::ClientRecords,
        commit_watch::{CommitWatch, WatchedDocuments},
        error::StoreError,
        exchanges::Exchanges,
        identities::Identities,
        record_moves::RecordMoves,
        records::Records,
        sealing::Sealing,
        trail_search::TrailSearch,
    },
};
use std::{sync::Arc, time::Duration};

/// FinRust on the backend that the settings name.
pub struct Application {
    /// Everything that a request needs.
    pub state: AppState,
    /// Who does the jobs of the queue.
    pub queue_worker: QueueWorker,
}

/// FinRust on the backend that the settings name, to be looked at only.
pub struct Sight {
    /// Everything that a look needs.
    pub state: AppState,
    /// The folder, where there is one.
    folder: Option<Seen>,
}

impl Sight {
    /// Whether what was seen was there at one moment.
    pub fn check(&self) -> Result<(), EmbeddedError> {
        self.folder.as_ref().map_or(Ok(()), Seen::check)
    }

    /// What contradicts itself in the database's file, page by page. Of Cosmos DB nobody sees pages.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        match &self.folder {
            Some(seen) => Ok(seen.database.damage().await?),
            None => Ok(Vec::new()),
        }
    }

    /// What the mark beside the database says of it; Cosmos DB has none.
    pub async fn judge(&self) -> Result<Option<MarkVerdict>, StoreError> {
        let (Some(seen), sealing) = (&self.folder, &self.state.services.sealing) else { return Ok(None) };
        // Without one there is nothing to be vouched for.
        if !sealing.has_root().await? {
            return Ok(None);
        }
        let root = sealing.root().await?;
        Ok(Some(seen.database.judge(Arc::clone(&root.mark) as MarkKey).await?))
    }
}

/// Who does the jobs of the queue and keeps house.
pub enum QueueWorker {
    InProcess {
        /// The database, for its mark.
        database: Arc<SqliteDocuments>,
        /// The queue's other end.
        queue: Arc<QueueTable>,
        /// The key, for rotating it.
        key_file: Arc<KeyFile>,
        /// To be told when everything is there that data needs.
        first_start: FirstStart,
    },
    /// The Functions host, which posts them.
    FunctionsHost {
        /// What the database account says of itself.
        account: Arc<CosmosAccount>,
    },
}

/// What to do where there is no data yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Make a place for it. Only for the embedded default: on Azure, Bicep makes the database.
    Create,
    /// Stop: what is asked for makes sense on data only.
    Refuse,
}

/// The backend cannot be opened. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(transparent)]
    Identity(#[from] AzureError),
    #[error(transparent)]
    KeyVault(#[from] KeyVaultError),
    #[error(transparent)]
    Queue(#[from] StorageQueueError),
    #[error(transparent)]
    Mail(#[from] CommunicationServicesError),
    /// The log of erasures.
    #[error(transparent)]
    Erasures(#[from] ErasureBlobError),
}

impl Application {
    /// Opens the backend. On Azure that asks nobody anything yet, so that a process is ready at once.
    pub fn open(config: &Config, absent: Absent, announce: Announce) -> Result<Self, OpenError> {
        let (ports, queue_worker) = match &config.backend {
            Backend::Embedded(path) => embedded(&DataDir::new(path.clone()), absent, announce)?,
            Backend::Azure(settings) => on_azure(settings)?,
        };
        Ok(Self { state: assemble(ports, Options::of(config)), queue_worker })
    }

    /// Opens the backend where there is data, for work that nobody may be beside. On Azure that cannot be known.
    pub fn open_alone(config: &Config) -> Result<Self, OpenError> {
        let (ports, queue_worker) = match &config.backend {
            Backend::Embedded(path) => existing(&DataDir::new(path.clone()), Hold::Alone, Arc::new(|_| {}))?,
            Backend::Azure(settings) => on_azure(settings)?,
        };
        Ok(Self { state: assemble(ports, Options::of(config)), queue_worker })
    }

    /// Opens the backend to look at it only: what a command that looks would change is refused.
    pub fn look(config: &Config) -> Result<Sight, OpenError> {
        let (ports, folder) = match &config.backend {
            Backend::Embedded(path) => {
                let (clock, random) = system();
                let LookedAt { ports, seen } = DataDir::new(path.clone()).look(clock, random)?;
                (ports, Some(seen))
            }
            Backend::Azure(settings) => (on_azure(settings)?.0, None),
        };
        Ok(Sight { state: assemble(ports, Options::of(config)), folder })
    }

    /// Does the jobs that are visible now, where that is this process's task.
    ///
    /// # Errors
    /// [`QueueError`] when the queue cannot be read.
    pub async fn drain_queue(&self) -> Result<(), QueueError> {
        match &self.queue_worker {
            QueueWorker::InProcess { queue, .. } => drain_queue(queue, &self.state.services).await.map(drop),
            QueueWorker::FunctionsHost { .. } => Ok(()),
        }
    }
}

fn embedded(directory: &DataDir, absent: Absent, announce: Announce) -> Result<(Ports, QueueWorker), EmbeddedError> {
    if absent == Absent::Refuse {
        return existing(directory, Hold::Shared, announce);
    }
    let (clock, random) = system();
    directory.open_or_create(clock, random, announce).map(parts)
}

fn existing(directory: &DataDir, hold: Hold, announce: Announce) -> Result<(Ports, QueueWorker), EmbeddedError> {
    let (clock, random) = system();
    directory.open(hold, clock, random, announce).map(parts)
}

fn parts(Embedded { ports, database, queue, key_file, first_start }: Embedded) -> (Ports, QueueWorker) {
    (ports, QueueWorker::InProcess { database, queue, key_file, first_start })
}

/// What does not come from a port.
pub struct Options {
    /// Origin that browsers and mails use.
    pub public_url: String,
    /// Header that carries the client's address.
    pub client_ip_header: Option<String>,
    /// Id of the Front Door whose word on that counts before.
    pub front_door_id: Option<String>,
    /// Whether the Functions host stands in front.
    pub behind_host: bool,
    /// How long an approved hand-over waits before files move.
    pub hand_over_wait: Duration,
    /// Buckets of this instance.
    pub limits: LimitSettings,
    pub argon2id: Argon2id,
}

impl Options {
    /// What the settings say, and defaults for the rest.
    pub fn of(config: &Config) -> Self {
        Self {
            public_url: config.public_url.clone(),
            client_ip_header: config.client_ip_header.clone(),
            front_door_id: config.front_door_id.clone(),
            behind_host: config.behind_host,
            hand_over_wait: config.hand_over_wait,
            limits: config.limits,
            argon2id: Argon2id::default(),
        }
    }
}

/// Everything that a request needs, on top of these ports.
pub fn assemble(ports: Ports, options: Options) -> AppState {
    let Ports { documents, key_wrap, queue, mailer, erasures, clock, random } = ports;
    let watch = CommitWatch::default();
    let documents: Arc<dyn Documents> = Arc::new(WatchedDocuments::new(documents, watch.clone()));
    let sealing = Arc::new(Sealing::new(Arc::clone(&documents), key_wrap, Arc::clone(&clock), random));
    let identities = Arc::new(Identities::new(Arc::clone(&documents), Arc::clone(&sealing)));
    let commits = Arc::new(ClientCommits::new(Arc::clone(&documents), Arc::clone(&sealing)));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let services = Services {
        register: Arc::new(Register::new(Arc::clone(&identities), Arc::clone(&commits), Arc::clone(&clock))),
        exchanges: Exchanges::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits)),
        clients: ClientFiles::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits), Arc::clone(&clock)),
        hand_overs: Records::new(Arc::clone(&documents), Arc::clone(&sealing)),
        requests: ClientRecords::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits)),
        alarms: Alarms::new(Arc::clone(&documents), Arc::clone(&sealing)),
        record_moves: RecordMoves::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits)),
        breaches: Records::new(Arc::clone(&documents), Arc::clone(&sealing)),
        processors: Records::new(Arc::clone(&documents), Arc::clone(&sealing)),
        published: PublishedMemory::default(),
        trails: TrailSearch::new(Arc::clone(&documents), Arc::clone(&sealing)),
        pool: HashPool::new(options.argon2id, cores),
        estimates: Estimates::default(),
        limits: Limits::new(options.limits, Arc::clone(&clock)),
        post: Post::new(queue, Arc::clone(&sealing)),
        public_url: options.public_url.clone(),
        hand_over_wait: options.hand_over_wait,
        identities,
        sealing,
        commits,
        mailer,
        erasures,
        clock,
    };
    let front = Front {
        aliases: aliases(&options.public_url).into(),
        origin: options.public_url.into(),
        client_address: ClientAddress::by(options.client_ip_header.and_then(|name| name.parse().ok()), options.front_door_id),
        behind_host: options.behind_host,
    };
    AppState { services: Arc::new(services), documents, commits: watch, front, readiness: Readiness::at(Stage::Ready) }
}

fn on_azure(settings: &AzureSettings) -> Result<(Ports, QueueWorker), OpenError> {
    let azure = Azure::connect(&settings.identity)?;
    let (clock, random) = system();
    let account = Arc::new(CosmosAccount::of(&settings.cosmos, &azure, Arc::clone(&clock)));
    let ports = Ports {
        documents: Arc::new(CosmosDocuments::open(settings.cosmos.clone(), Arc::clone(&azure.credential), Arc::clone(&clock))),
        key_wrap: Arc::new(KeyVault::open(&settings.key, &azure)?),
        queue: Arc::new(StorageQueue::open(&settings.mail_queue, &azure)?),
        mailer: Arc::new(CommunicationServices::open(&settings.mail, &azure)?),
        erasures: Arc::new(ErasureBlob::open(&settings.erasure_log, &azure)?),
        clock,
        random,
    };
    Ok((ports, QueueWorker::FunctionsHost { account }))
}

/// The system's clock and randomness.
pub fn system() -> (Arc<dyn Clock>, Arc<dyn Random>) {
    (Arc::new(SystemClock), Arc::new(SystemRandom))
}
