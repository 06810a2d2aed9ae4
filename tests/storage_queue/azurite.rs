//! Azurite with one account, https and tokens, in memory, for a single test.

#![expect(clippy::disallowed_methods, reason = "starts another program, if the environment wants it")]

use crate::azure;
use azure_core::http::Url;
use azure_storage_queue::{QueueClient, QueueClientOptions};
use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};
use tempfile::TempDir;
use test_support::{doubles::https::AUTHORITY, skipped::skipped};

/// Runs until it is dropped.
pub struct Azurite {
    account: Url,
    process: Child,
    /// Kept open, because a program fails when writing to a closed pipe.
    _told: BufReader<ChildStdout>,
    _folder: TempDir,
}

impl Azurite {
    /// `None`, with a notice, if it is neither installed nor required.
    pub fn start() -> Option<Self> {
        let program = installed();
        if !program.is_file() || Command::new("node").arg("--version").output().is_err() {
            skipped("Azurite or node is not installed, run tests/storage_queue/install.sh");
            return None;
        }
        Some(Self::run(&program))
    }

    fn run(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [certificate, key] = AUTHORITY.write_server(folder.path());
        let mut command = Command::new("node");
        command.arg(program).args(["--queueHost", "127.0.0.1", "--queuePort", "0", "--oauth", "basic"]).arg("--cert").arg(certificate);
        command.arg("--key").arg(key).args(["--inMemoryPersistence", "--disableTelemetry", "--silent"]);
        let mut process = command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap());
        let account = listening(&mut told).join("devstoreaccount1/").unwrap();
        Self { account, process, _told: told, _folder: folder }
    }

    /// The URL of a queue, whether or not it exists.
    pub fn url(&self, queue: &str) -> Url {
        self.account.join(queue).unwrap()
    }

    /// The receiving end of a queue.
    pub fn client(&self, queue: &str) -> QueueClient {
        let azure = azure();
        let options = QueueClientOptions { client_options: azure.client_options(), ..QueueClientOptions::default() };
        QueueClient::new(self.url(queue), Some(Arc::clone(&azure.credential)), Some(options)).unwrap()
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The path where `install.sh` puts it.
fn installed() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("tools/azurite/node_modules/azurite/dist/src/queue/main.js")
}

/// Waits until it prints where it listens, on a port chosen by the system.
fn listening(told: &mut impl BufRead) -> Url {
    let mut so_far = String::new();
    for line in told.lines() {
        let line = line.unwrap();
        if let Some((_, address)) = line.split_once("successfully listens on ") {
            return address.trim().parse().unwrap();
        }
        so_far.push_str(&line);
    }
    panic!("Azurite does not start: {so_far}");
}
