//! Accounts and files, created through the flows before the program starts.

use super::account::{SignedIn, signed_in};
use finrust::{
    app::{Options, assemble, system},
    config::Config,
    demo_files,
    domain::clients::{file::ClientFile, person::Name},
    embedded::{DataDir, Embedded},
    flows::{clients, services::Services},
};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;
use tokio::task::JoinSet;

const SIGNERS: usize = 16;
/// Concurrent writes, which share a flush to disk.
const AT_ONCE: usize = 128;

/// The test data.
pub struct World {
    directory: TempDir,
    pub signers: Vec<Signer>,
    pub thousand: Adviser,
    pub ten_thousand: Adviser,
    /// The cookie of an adviser without files.
    pub importer: String,
}

/// An adviser with a file, who can sign in from a known browser.
pub struct Signer {
    pub username: String,
    pub password: String,
    pub device: String,
    pub cookie: String,
    pub file: String,
}

/// A user who is signed in and has files.
pub struct Adviser {
    pub cookie: String,
    pub file: String,
}

impl World {
    pub async fn make() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (clock, random) = system();
        let data = DataDir::new(directory.path().to_owned());
        let Embedded { ports, .. } = data.open_or_create(clock, random, Arc::new(|_| {})).expect("a database");
        let config = Config::read(&|_| None, None).expect("the defaults");
        let services = Arc::clone(&assemble(ports, Options::of(&config)).services);
        let mut signers = Vec::new();
        for number in 0..SIGNERS {
            signers.push(Box::pin(signer(&services, &format!("signer-{number}"))).await);
        }
        let thousand = Box::pin(adviser(&services, "thousand", 1_000)).await;
        let ten_thousand = Box::pin(adviser(&services, "ten-thousand", 10_000)).await;
        let importer = Box::pin(signed_in(&services, "importer")).await.cookie;
        Self { directory, signers, thousand, ten_thousand, importer }
    }

    pub fn data(&self) -> &Path {
        self.directory.path()
    }

    /// Takes over the marks of the signers' browsers, which every sign-in replaces.
    pub fn follow(&mut self, devices: &[String]) {
        for (signer, device) in self.signers.iter_mut().zip(devices) {
            device.clone_into(&mut signer.device);
        }
    }
}

async fn signer(services: &Arc<Services>, username: &str) -> Signer {
    let SignedIn { username, password, device, cookie, at_work } = Box::pin(signed_in(services, username)).await;
    let samples = demo_files::all(services.now()).expect("the samples are valid");
    let (file, _) = clients::files::create(services, &at_work, None, samples[0].clone()).await.expect("a file is stored");
    Signer { username, password, device, cookie, file: file.to_string() }
}

async fn adviser(services: &Arc<Services>, username: &str, files: usize) -> Adviser {
    let SignedIn { cookie, at_work, .. } = Box::pin(signed_in(services, username)).await;
    let samples = demo_files::all(services.now()).expect("the samples are valid");
    let mut writes = JoinSet::new();
    let mut ids = Vec::new();
    for number in 0..files {
        let (services, file) = (Arc::clone(services), numbered(&samples, number));
        writes.spawn(async move { clients::files::create(&services, &at_work, None, file).await.expect("a file is stored").0 });
        if writes.len() == AT_ONCE {
            ids.extend(writes.join_next().await.map(|id| id.expect("storing does not panic")));
        }
    }
    ids.extend(writes.join_all().await);
    Adviser { cookie, file: ids[0].to_string() }
}

/// A sample file with a unique name.
fn numbered(samples: &[ClientFile], number: usize) -> ClientFile {
    let mut file = samples[number % samples.len()].clone();
    file.person.last_name = Name::parse(&format!("{} {number}", file.person.last_name.as_str())).expect("a name");
    file
}
