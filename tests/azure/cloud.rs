//! All services together, and the program using them.

use crate::{
    blob_storage::BlobStorage, browser::Browser, communication_services::CommunicationServices, cosmos_wire::CosmosWire, https::AUTHORITY,
    identity::Identity, key_vault::KeyVaultDouble, port::free_port, storage_queue::StorageQueue,
};
use azure_data_cosmos_driver::in_memory_emulator::ConsistencyLevel;
use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const BINARY: &str = env!("CARGO_BIN_EXE_finrust");
const CLIENT_ID: &str = "6f1f2f5e-7f3a-4f0e-9d3b-2a1c0b9e8d7c";
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the Functions host probes whether a process is ready.
const PROBE_EVERY: Duration = Duration::from_millis(25);

/// Names and values of environment variables.
pub type Environment = Vec<(&'static str, String)>;

/// The services.
pub struct Cloud {
    pub cosmos: CosmosWire,
    pub vault: KeyVaultDouble,
    pub queue: StorageQueue,
    pub blobs: BlobStorage,
    pub mail: CommunicationServices,
    pub identity: Identity,
    folder: TempDir,
    _runtime: Runtime,
}

impl Cloud {
    pub fn start() -> Self {
        Self::on_account(ConsistencyLevel::Strong)
    }

    /// The services, with a database account of this default consistency.
    pub fn on_account(level: ConsistencyLevel) -> Self {
        let runtime = Runtime::new().unwrap();
        let (cosmos, vault, queue, blobs, mail, identity) = runtime.block_on(async {
            tokio::join!(
                CosmosWire::start(level),
                KeyVaultDouble::start("kek"),
                StorageQueue::start(),
                BlobStorage::start(),
                CommunicationServices::start(),
                Identity::start(CLIENT_ID)
            )
        });
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("authority.pem"), &AUTHORITY.certificate).unwrap();
        Self { cosmos, vault, queue, blobs, mail, identity, folder, _runtime: runtime }
    }

    /// What the platform sets, and the settings of `local.settings.example.json`. No key, no connection string, no shared access signature.
    pub fn environment(&self) -> Environment {
        vec![
            ("SSL_CERT_FILE", self.folder.path().join("authority.pem").to_str().unwrap().to_owned()),
            ("IDENTITY_ENDPOINT", self.identity.endpoint.clone()),
            ("IDENTITY_HEADER", self.identity.header.clone()),
            ("FINRUST_PUBLIC_URL", "https://www.mijnfinrust.nl".to_owned()),
            ("FINRUST_COSMOS_ENDPOINT", self.cosmos.endpoint.clone()),
            ("FINRUST_COSMOS_DATABASE", "finrust".to_owned()),
            ("FINRUST_COSMOS_REGION", "West Europe".to_owned()),
            ("FINRUST_KEY_VAULT_KEY", self.vault.key_url.clone()),
            ("FINRUST_MAIL_QUEUE", self.queue.url.to_string()),
            ("FINRUST_MAIL_ENDPOINT", self.mail.endpoint.to_string()),
            ("FINRUST_MAIL_FROM", "noreply@mijnfinrust.nl".to_owned()),
            ("FINRUST_ERASURE_LOG", self.blobs.url.to_string()),
            ("FINRUST_IDENTITY_CLIENT_ID", CLIENT_ID.to_owned()),
        ]
    }

    /// Runs a command, which must succeed; returns its standard output.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = run(&self.environment(), arguments);
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(output.status.success(), "{arguments:?}: {err}{out}");
        out
    }

    /// The program as started by the Functions host.
    pub fn serve(&self) -> Server {
        self.serve_with(&[], |_| {})
    }

    /// The same with more environment variables, and `surround` applied to the command.
    pub fn serve_with(&self, more: &[(&'static str, String)], surround: impl FnOnce(&mut Command)) -> Server {
        let port = free_port();
        let mut environment = self.environment();
        environment.push(("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string()));
        environment.extend_from_slice(more);
        let log = self.folder.path().join(format!("{port}.log"));
        let file = || Stdio::from(File::options().create(true).append(true).open(&log).unwrap());
        let mut command = command(&environment, &["serve"]);
        command.stdout(file()).stderr(file());
        surround(&mut command);
        let child = command.spawn().unwrap();
        let server = Server { port, child, log: log.to_str().unwrap().to_owned() };
        server.wait_until("an answer to the ready probe", || Browser::new(port).get("/").is_ok());
        server
    }
}

/// Runs a command to completion.
pub fn run(environment: &Environment, arguments: &[&str]) -> Output {
    command(environment, arguments).output().unwrap()
}

fn command(environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().envs(environment.iter().cloned()).args(arguments).stdin(Stdio::null());
    command.current_dir(Path::new("/"));
    command
}

/// The program, serving. Killed when dropped, as the host does it.
pub struct Server {
    port: u16,
    child: Child,
    log: String,
}

impl Server {
    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// A browser whose requests come through the host's proxy.
    pub fn visitor(&self) -> Browser {
        Browser::new(self.port).proxied()
    }

    /// The host itself.
    pub fn host(&self) -> Browser {
        Browser::new(self.port)
    }

    /// Its output so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until `holds`: background work can only be polled for.
    pub fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < deadline, "{what} did not come: {}", self.log());
            thread::sleep(PROBE_EVERY);
        }
    }
}

impl Server {
    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
    }

    /// Its exit code, which must come within this time, and how long that took.
    pub fn end(mut self, within: Duration) -> (Option<i32>, Duration) {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), started.elapsed());
            }
            assert!(started.elapsed() < within, "it does not end: {}", self.log());
            thread::sleep(PROBE_EVERY);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
