//! FinRust in this process, on either database. Everything that it asks of its dependencies is counted.

use super::{trace::Trace, unbatched::Unbatched};
use axum::Router;
use azure_data_cosmos_driver::{fault_injection::FaultInjectionRule, in_memory_emulator::VirtualAccountConfig};
use finrust::{
    adapters::{
        azure::Azure,
        cosmos::{connection::Ready, documents::CosmosDocuments},
        key_vault::KeyVault,
    },
    app::{Options, assemble, system},
    azure_settings::VaultKey,
    config::Config,
    embedded::{DataDir, Embedded},
    flows::limits::LimitSettings,
    http::{routes::router, state::AppState},
    ports::Ports,
};
use std::{num::NonZeroU32, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use test_support::{
    doubles::{
        cosmos::{Emulator, REGION, region},
        cosmos_faults::slow,
        credential::TestCredential,
        https::AUTHORITY,
        key_vault::KeyVaultDouble,
    },
    price::{Priced, Prices},
};

/// What a request to Cosmos DB in the same region takes, by its service level agreement less than 10 ms.
pub const ROUND_TRIP: Duration = Duration::from_millis(5);
/// What a response of Key Vault is delayed by.
pub const VAULT: Duration = Duration::from_millis(1);

/// A database with its keys, which outlives the instances on it.
pub enum Backend {
    Sqlite(TempDir),
    Cosmos(Arc<Emulator>, KeyVaultDouble),
}

/// One process's FinRust.
pub struct Instance {
    pub state: AppState,
    pub router: Router,
    /// Sequential round trips and request units.
    pub prices: Prices,
    /// Delays the requests to the emulator and counts them.
    pub network: Arc<FaultInjectionRule>,
    pub trace: Trace,
    /// Queue and mails; on the emulator, nothing outlives the instance there.
    _folder: Option<TempDir>,
}

impl Backend {
    pub fn sqlite() -> Self {
        Self::Sqlite(directory())
    }

    /// An account whose containers have so many physical partitions. The emulator copies one of them for each commit, so where commits are
    /// timed there are many.
    pub async fn cosmos(partitions: u32) -> Self {
        let vault = KeyVaultDouble::start("kek").await;
        vault.slow(VAULT);
        let account = VirtualAccountConfig::new(vec![region(REGION)]).expect("an account");
        Self::Cosmos(Emulator::of(account, partitions), vault)
    }

    /// Its name in tables.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Cosmos(..) => "Cosmos DB",
        }
    }

    /// An instance on this database, with nothing in its memory yet.
    pub async fn start(&self) -> Instance {
        let (network, trace) = (slow(ROUND_TRIP), Trace::default());
        let (ports, folder) = match self {
            Self::Sqlite(directory) => (open(directory.path()), None),
            Self::Cosmos(emulator, vault) => {
                let folder = directory();
                let connecting = connect(emulator, &network);
                let ready = trace.step("connect", "account and containers", connecting).await;
                let ports = open(folder.path());
                let documents = Arc::new(CosmosDocuments::over(ready, Arc::clone(&ports.clock)));
                (Ports { documents, key_wrap: Arc::new(opened(vault)), ..ports }, Some(folder))
            }
        };
        Instance::of(ports, network, trace, folder)
    }

    /// An instance that fills this database, without the network's delay.
    pub async fn fill(&self) -> Instance {
        let Self::Cosmos(emulator, vault) = self else { return self.start().await };
        let (network, folder) = (slow(ROUND_TRIP), directory());
        network.disable();
        let ports = open(folder.path());
        let inner = Arc::new(CosmosDocuments::over(connect(emulator, &network).await, Arc::clone(&ports.clock)));
        let documents = Arc::new(Unbatched { inner, database: emulator.database(vec![Arc::clone(&network)]).await });
        let ports = Ports { documents, key_wrap: Arc::new(opened(vault)), ..ports };
        Instance::of(ports, network, Trace::default(), Some(folder))
    }
}

impl Instance {
    fn of(mut ports: Ports, network: Arc<FaultInjectionRule>, trace: Trace, folder: Option<TempDir>) -> Self {
        let prices = Prices::default();
        ports.documents = Priced::over(trace.documents(ports.documents), &prices);
        ports.key_wrap = trace.keys(ports.key_wrap);
        let config = Config::read(&|_| None, None).expect("the defaults");
        // All requests come from one address here.
        let limits = LimitSettings { address_burst: NonZeroU32::MAX, strangers_per_second: NonZeroU32::MAX, ..LimitSettings::default() };
        let state = assemble(ports, Options { limits, ..Options::of(&config) });
        Self { router: router(state.clone()), state, prices, network, trace, _folder: folder }
    }
}

async fn connect(emulator: &Emulator, network: &Arc<FaultInjectionRule>) -> Ready {
    let database = emulator.database(vec![Arc::clone(network)]).await;
    Ready::of(&database).await.expect("the emulator answers")
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn open(folder: &Path) -> Ports {
    let (clock, random) = system();
    let Embedded { ports, .. } = DataDir::new(folder.to_owned()).open_or_create(clock, random, Arc::new(|_| {})).expect("a database");
    ports
}

/// The key of a vault, with a connection of its own.
fn opened(vault: &KeyVaultDouble) -> KeyVault {
    let (origin, name) = vault.key_url.rsplit_once("/keys/").expect("the address of a key");
    let key = VaultKey { vault: origin.parse().expect("an address"), name: name.to_owned(), is_double: true };
    let azure = Azure { credential: Arc::new(TestCredential::Gives), http: AUTHORITY.client() };
    KeyVault::open(&key, &azure).expect("a key")
}
