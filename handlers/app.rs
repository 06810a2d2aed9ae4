//! Wires the parts together; with `embedded`, the only place that selects adapters.

use crate::{
    adapters::{
        azure::{Azure, AzureError},
        communication_services::{CommunicationServices, CommunicationServicesError},
        cosmos::{account::CosmosAccount, documents::CosmosDocuments},
        erasure_blob::{ErasureBlob, ErasureBlobError},
        key_file::KeyFile,
        key_vault::{KeyVault, KeyVaultError},
        mail_folder::Announce,
        queue_table::QueueTable,
        sqlite::documents::{MarkKey, MarkVerdict, SqliteDocuments},
        storage_queue::{StorageQueue, StorageQueueError},
        system::{SystemClock, SystemRandom},
    },
    azure_settings::AzureSettings,
    config::{Backend, Config, aliases},
    crypto::password::Argon2id,
    data_folder::FirstStart,
    embedded::{DataDir, Embedded, EmbeddedError, LookedAt, Seen, drain_queue},
    flows::{
        breaches, hand_overs,
        limits::{LimitSettings, Limits},
        mail::post::Post,
        organisation,
        processors::{self, register::PublishedMemory},
        services::Services,
        sign_in::{attempt_log::AttemptLog, estimates::Estimates, hash_pool::HashPool, ticks::Ticks},
    },
    folder_lock::Hold,
    http::{
        client_address::ClientAddress,
        readiness::{Readiness, Stage},
        state::{AppState, Front, Shared},
    },
    ports::{Clock, Documents, Ports, QueueError, Random},
    store::{
        alarms::Alarms,
        clients::{commits::ClientCommits, files::ClientFiles, records::ClientRecords, trail_search::TrailSearch},
        commit_watch::{CommitWatch, WatchedDocuments},
        error::StoreError,
        exchanges::Exchanges,
        identities::repository::Identities,
        keys::sealing::Sealing,
        records::{moves::RecordMoves, repository::Records},
    },
};
use std::{sync::Arc, time::Duration};

/// FinRust on the configured backend.
pub struct Application {
    /// The state for requests.
    pub state: AppState,
    /// Who processes the jobs of the queue.
    pub queue_worker: QueueWorker,
}

/// FinRust on the configured backend, read-only.
pub struct Sight {
    /// The state for reading.
    pub state: AppState,
    /// The data folder, on the embedded default.
    folder: Option<Seen>,
}

impl Sight {
    /// Fails if the files changed while they were read, so that what was read is no consistent snapshot.
    pub fn check(&self) -> Result<(), EmbeddedError> {
        self.folder.as_ref().map_or(Ok(()), Seen::check)
    }

    /// Inconsistencies found in the pages of the database file; none for Cosmos DB, whose pages are not accessible.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        match &self.folder {
            Some(seen) => Ok(seen.database.damage().await?),
            None => Ok(Vec::new()),
        }
    }

    /// The verdict of the mark beside the database; `None` for Cosmos DB, which has no mark.
    pub async fn judge(&self) -> Result<Option<MarkVerdict>, StoreError> {
        let (Some(seen), sealing) = (&self.folder, &self.state.services.sealing) else { return Ok(None) };
        // Without a root key the mark cannot be authenticated.
        if !sealing.has_root().await? {
            return Ok(None);
        }
        let root = sealing.root().await?;
        Ok(Some(seen.database.judge(Arc::clone(&root.mark) as MarkKey).await?))
    }
}

/// Who processes the jobs of the queue and runs maintenance.
pub enum QueueWorker {
    InProcess {
        /// The database, for its mark.
        database: Arc<SqliteDocuments>,
        /// The receiving end of the queue.
        queue: Arc<QueueTable>,
        /// The key file, for adding a version.
        key_file: Arc<KeyFile>,
        /// Notified when a first start is complete.
        first_start: FirstStart,
    },
    /// The Functions host, which posts the jobs.
    FunctionsHost {
        /// The database account, to check its regions and consistency.
        account: Arc<CosmosAccount>,
    },
}

/// What to do when there is no data yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Create the files. Only for the embedded default: on Azure, Bicep creates the database.
    Create,
    /// Fail: the command only makes sense on existing data.
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
    /// The erasure log.
    #[error(transparent)]
    Erasures(#[from] ErasureBlobError),
}

impl Application {
    /// Opens the backend. On Azure this sends no request yet, so that the process is ready at once.
    pub fn open(config: &Config, absent: Absent, announce: Announce) -> Result<Self, OpenError> {
        let (ports, queue_worker) = match &config.backend {
            Backend::Embedded(path) => embedded(&DataDir::new(path.clone()), absent, announce)?,
            Backend::Azure(settings) => on_azure(settings)?,
        };
        Ok(Self { state: assemble(ports, Options::of(config)), queue_worker })
    }

    /// Opens existing data for work that requires exclusive access. On Azure, exclusive access cannot be enforced.
    pub fn open_alone(config: &Config) -> Result<Self, OpenError> {
        let (ports, queue_worker) = match &config.backend {
            Backend::Embedded(path) => existing(&DataDir::new(path.clone()), Hold::Alone, Arc::new(|_| {}))?,
            Backend::Azure(settings) => on_azure(settings)?,
        };
        Ok(Self { state: assemble(ports, Options::of(config)), queue_worker })
    }

    /// Opens the backend read-only: anything that would change it is refused.
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

    /// Processes the jobs that are currently visible, if this process is responsible for them.
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

/// Everything that does not come from a port.
pub struct Options {
    /// Origin used by browsers and in mails.
    pub public_url: String,
    /// Header that carries the client's address.
    pub client_ip_header: Option<String>,
    /// Id of the Front Door whose header takes precedence over it.
    pub front_door_id: Option<String>,
    /// Whether the Functions host is in front.
    pub behind_host: bool,
    /// How long an approved handover waits before files move.
    pub hand_over_wait: Duration,
    /// Rate limits of this instance.
    pub limits: LimitSettings,
    pub argon2id: Argon2id,
}

impl Options {
    /// The settings, with defaults for everything else.
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

/// Builds the state for requests on top of these ports.
pub fn assemble(ports: Ports, options: Options) -> AppState {
    let Ports { documents, key_wrap, queue, mailer, erasures, clock, random } = ports;
    let watch = CommitWatch::default();
    let documents: Arc<dyn Documents> = Arc::new(WatchedDocuments::new(documents, watch.clone()));
    let sealing = Arc::new(Sealing::new(Arc::clone(&documents), key_wrap, Arc::clone(&clock), random));
    let identities = Arc::new(Identities::new(Arc::clone(&documents), Arc::clone(&sealing)));
    let commits = Arc::new(ClientCommits::new(Arc::clone(&documents), Arc::clone(&sealing)));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ticks = if options.argon2id.is_cheap() { Ticks::at_once() } else { Ticks::default() };
    let services = Services {
        attempt_log: Arc::new(AttemptLog::new(Arc::clone(&identities), Arc::clone(&commits), Arc::clone(&clock), ticks)),
        exchanges: Exchanges::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits)),
        clients: ClientFiles::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits), Arc::clone(&clock)),
        hand_overs: Records::new(Arc::clone(&documents), Arc::clone(&sealing), hand_overs::register::location()),
        requests: ClientRecords::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits)),
        alarms: Alarms::new(Arc::clone(&documents), Arc::clone(&sealing)),
        record_moves: RecordMoves::new(Arc::clone(&documents), Arc::clone(&sealing), Arc::clone(&commits)),
        breaches: Records::new(Arc::clone(&documents), Arc::clone(&sealing), breaches::register::location()),
        processors: Records::new(Arc::clone(&documents), Arc::clone(&sealing), processors::register::location()),
        organisation: Records::new(Arc::clone(&documents), Arc::clone(&sealing), organisation::register::location()),
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
        aliases: aliases(&options.public_url),
        origin: options.public_url,
        client_address: ClientAddress::by(options.client_ip_header.and_then(|name| name.parse().ok()), options.front_door_id),
        behind_host: options.behind_host,
    };
    AppState::new(Shared { services: Arc::new(services), documents, commits: watch, front, readiness: Readiness::at(Stage::Ready) })
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
