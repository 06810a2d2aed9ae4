//! Accounts and files, created through the flows before the program starts.

use finrust::{
    app::{Options, assemble, system},
    config::Config,
    crypto::token::PlainToken,
    demo_files,
    domain::{
        clients::{file::ClientFile, person::Name},
        sign_in::{
            credentials::{DisplayName, EmailAddress, Language, Role, TypedPassword, Username},
            session::{Adviser as AtWork, AnySession},
            username_as_typed::UsernameAsTyped,
        },
    },
    embedded::{DataDir, Embedded},
    flows::{
        accounts::administration::{Invitee, Inviter, invite},
        clients,
        services::Services,
        sign_in::{self, sessions::PendingStep, visitor::Visitor},
    },
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

struct SignedIn {
    username: String,
    password: String,
    device: String,
    cookie: String,
    at_work: AtWork,
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
        let importer = Box::pin(account(&services, "importer")).await.cookie;
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
    let SignedIn { username, password, device, cookie, at_work } = Box::pin(account(services, username)).await;
    let samples = demo_files::all(services.now()).expect("the samples are valid");
    let (file, _) = clients::files::create(services, &at_work, None, samples[0].clone()).await.expect("a file is stored");
    Signer { username, password, device, cookie, file: file.to_string() }
}

async fn adviser(services: &Arc<Services>, username: &str, files: usize) -> Adviser {
    let SignedIn { cookie, at_work, .. } = Box::pin(account(services, username)).await;
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

/// Invites a user, who signs in and chooses a password.
async fn account(services: &Arc<Services>, username: &str) -> SignedIn {
    let invitee = Invitee {
        username: Username::parse(username).expect("a username"),
        display_name: DisplayName::parse(username).expect("a name"),
        email: EmailAddress::parse(&format!("{username}@example.nl")).expect("an address"),
        role: Role::Adviser,
        language: Language::Nl,
        controller: None,
    };
    let visitor = Visitor { device: Some(PlainToken::new(services.sealing.random_bytes())), ..Visitor::default() };
    let invited = invite(services, Inviter::Operator, &invitee).await.ok().expect("an account");
    let one_time = TypedPassword::parse(invited.one_time_password.expose()).expect("a password");
    let typed = UsernameAsTyped::parse(username).expect("a username");
    let half = sign_in::steps::password(services, typed, Some(one_time), visitor.clone()).await.ok().expect("signed in");
    let recognised = sign_in::sessions::recognise_with_identity(services, &half.cookie).await;
    let (AnySession::MustChoose(session), found) = recognised.ok().expect("a session") else {
        unreachable!("a one-time password leads to a new one");
    };
    let due = PendingStep { session, found };
    let password = format!("zeven paarse olifanten van {username}");
    let full = sign_in::steps::new_password(services, due, TypedPassword::parse(&password), visitor).await.ok().expect("signed in");
    let AnySession::Full(session) = sign_in::sessions::recognise(services, &full.cookie).await.ok().expect("a session") else {
        unreachable!("a new password is the last step");
    };
    let device = full.device.expect("a browser that signed in is known").text().expose().clone();
    let cookie = format!("__Host-finrust={}", full.cookie.text().expose());
    SignedIn { username: username.to_owned(), password, device, cookie, at_work: session.adviser(None).expect("an adviser") }
}
