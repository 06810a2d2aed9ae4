//! All services together, and the program using them.

use crate::{FINRUST, cosmos_wire::CosmosWire};
use azure_data_cosmos_driver::in_memory_emulator::ConsistencyLevel;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;
use test_support::{
    doubles::{
        blob_storage::BlobStorage, communication_services::CommunicationServices, https::AUTHORITY, identity::Identity,
        key_vault::KeyVaultDouble, storage_queue::StorageQueue,
    },
    program::{Invited, one_time_password, text},
    server::Server,
};
use tokio::runtime::Runtime;

const CLIENT_ID: &str = "6f1f2f5e-7f3a-4f0e-9d3b-2a1c0b9e8d7c";
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
        let [out, err] = [output.stdout, output.stderr].map(|bytes| text(&bytes));
        assert!(output.status.success(), "{arguments:?}: {err}{out}");
        out
    }

    /// Invites an adviser on the command line; returns the one-time password.
    pub fn invite(&self, username: &str) -> String {
        let user = Invited { role: "adviser", username, email: "anna@example.nl", name: "Anna Dijk" };
        one_time_password(&self.succeed(&user.arguments()))
    }

    /// The program as started by the Functions host.
    pub fn serve(&self) -> Server {
        self.serve_with(&[], |_| {})
    }

    /// The same with more environment variables, and `surround` applied to the command.
    pub fn serve_with(&self, more: &[(&'static str, String)], surround: impl FnOnce(&mut Command)) -> Server {
        let mut environment = self.environment();
        environment.extend_from_slice(more);
        Server::start_behind_host_with(command(&environment, &["serve"]), surround)
    }
}

/// Runs a command to completion.
pub fn run(environment: &Environment, arguments: &[&str]) -> Output {
    command(environment, arguments).output().unwrap()
}

fn command(environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = FINRUST.command();
    command.envs(environment.iter().cloned()).args(arguments).current_dir(Path::new("/"));
    command
}
