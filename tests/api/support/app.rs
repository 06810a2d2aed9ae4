//! The service on a directory of its own, wired as in the binary, with a clock and a mailbox that the test controls.

use super::{
    actor::{Actor, Front},
    mailbox::{Mail, Mailbox},
};
use crate::meter::CountedKeys;
use axum::http::StatusCode;
use finrust::{
    adapters::{queue_table::QueueTable, system::SystemRandom},
    app::{Options, assemble},
    crypto::password::Argon2id,
    domain::sign_in::credentials::{DisplayName, EmailAddress, Language, Role, Username},
    embedded::{DataDir, Embedded, drain_queue},
    flows::{
        accounts::administration::{Invitee, Inviter, invite},
        jobs,
        limits::LimitSettings,
        maintenance,
        verify::{self, report::Report},
    },
    http::{routes::router, state::AppState},
    ports::{Clock, Documents, ErasureLog, Ports},
    store::keys::sealing::Sealing,
};
use jiff::Timestamp;
use serde_json::json;
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use test_support::{clock::TestClock, doubles::cosmos::Emulator};

/// Where browsers reach the service.
pub const PUBLIC_URL: &str = "https://finrust.test";
/// Strong enough for any account; every actor has it unless a test changes it.
pub const PASSWORD: &str = "vlieger-koper-dinsdag-9";
/// Another one that is strong enough.
pub const OTHER_PASSWORD: &str = "tractor-zilver-ochtend-4";

/// Wraps the service's database.
pub type WrapDocuments = Box<dyn Fn(Arc<dyn Documents>) -> Arc<dyn Documents> + Send + Sync>;

/// How the service differs from the default.
#[derive(Default)]
pub struct TestOptions {
    pub limits: Option<LimitSettings>,
    /// Whether the Functions host is in front.
    pub behind_host: bool,
    pub client_ip_header: Option<String>,
    /// Zero unless a test is about it: approved hand-overs start at once.
    pub hand_over_wait: Duration,
    pub front_door_id: Option<String>,
    /// Another origin than the tests' default.
    pub public_url: Option<String>,
    /// To inject faults.
    pub documents: Option<WrapDocuments>,
    /// Another erasure log than the file.
    pub erasures: Option<Arc<dyn ErasureLog>>,
    /// Use Cosmos DB whatever the suite runs on.
    pub cosmos: bool,
}

/// The service under test.
pub struct TestApp {
    pub clock: Arc<TestClock>,
    front: Arc<Front>,
    state: AppState,
    queue: Arc<QueueTable>,
    mailbox: Mailbox,
    directory: TempDir,
    store: Store,
    key_calls: Arc<AtomicU64>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(TestOptions::default()).await
    }

    pub async fn start_with(options: TestOptions) -> Self {
        let store = if options.cosmos { Store::Cosmos(Emulator::new()) } else { Store::chosen() };
        Self::put_together(tempfile::tempdir().unwrap(), store, TestClock::new(), options).await
    }

    /// The service on the data in a directory, and on this database unless that is in the directory too.
    pub async fn over(directory: TempDir, store: Store, now: Timestamp) -> Self {
        Self::put_together(directory, store, TestClock::at(now), TestOptions::default()).await
    }

    async fn put_together(directory: TempDir, store: Store, clock: Arc<TestClock>, options: TestOptions) -> Self {
        let mailbox = Mailbox::default();
        let Embedded { ports, queue, .. } = store.open(directory.path(), &clock, &mailbox).await;
        let wrap = options.documents.unwrap_or_else(|| Box::new(|documents| documents));
        let key_calls = Arc::default();
        let key_wrap = CountedKeys::over(ports.key_wrap, &key_calls);
        let erasures = options.erasures.unwrap_or(ports.erasures);
        let ports = Ports { documents: wrap(ports.documents), mailer: mailbox.before(ports.mailer), key_wrap, erasures, ..ports };
        let settings = Options {
            public_url: options.public_url.unwrap_or_else(|| PUBLIC_URL.to_owned()),
            client_ip_header: options.client_ip_header,
            front_door_id: options.front_door_id,
            behind_host: options.behind_host,
            hand_over_wait: options.hand_over_wait,
            limits: options.limits.unwrap_or_default(),
            argon2id: Argon2id::default(),
        };
        let state = assemble(ports, settings);
        let front = Arc::new(Front::new(router(state.clone()), Arc::clone(&clock), options.behind_host));
        Self { clock, front, state, queue, mailbox, directory, store, key_calls }
    }

    /// Whether [`TestApp::copied`] is supported: Cosmos DB databases cannot be copied.
    pub const fn can_be_copied(&self) -> bool {
        matches!(self.store, Store::Sqlite)
    }

    /// A copy of data, mails and time, independent of the original: as after a restart. Much faster than setting up users. Nothing may be
    /// running.
    pub async fn copied(&self, options: TestOptions) -> Self {
        assert!(self.can_be_copied(), "its data is in its directory");
        let directory = tempfile::tempdir().unwrap();
        copy(self.directory.path(), directory.path());
        let copied = Self::put_together(directory, Store::Sqlite, TestClock::at(self.clock.now()), options).await;
        copied.mailbox.keep_all(self.mails());
        copied.front.goes_on_after(&self.front);
        copied
    }

    /// An actor of the original service, in the same browser, on this copy.
    pub fn same(&self, actor: &Actor) -> Actor {
        actor.apart(&self.front)
    }

    /// Another process on the same data, with its own memory, limits and hash pool.
    pub async fn another_instance(&self, argon2id: Argon2id) -> Arc<Front> {
        Arc::new(Front::new(router(self.another_state(argon2id).await), Arc::clone(&self.clock), false))
    }

    /// The state of such a process.
    pub async fn another_state(&self, argon2id: Argon2id) -> AppState {
        let Embedded { ports, .. } = self.store.open(self.directory.path(), &self.clock, &self.mailbox).await;
        let limits = LimitSettings::default();
        assemble(
            ports,
            Options {
                public_url: PUBLIC_URL.to_owned(),
                client_ip_header: None,
                front_door_id: None,
                behind_host: false,
                hand_over_wait: Duration::ZERO,
                limits,
                argon2id,
            },
        )
    }

    /// Drains the queue. There is no background worker.
    pub async fn run_jobs(&self) -> usize {
        drain_queue(&self.queue, &self.state.services).await.unwrap()
    }

    /// Processes the next job on the queue. `false` when there is none.
    pub async fn run_one_job(&self) -> bool {
        let Some(message) = self.queue.take().await.unwrap() else { return false };
        jobs::run(&self.state.services, &message.text).await.unwrap();
        self.queue.done(message.id).await.unwrap();
        true
    }

    /// One tick of the maintenance timer.
    pub async fn maintain(&self) -> maintenance::Report {
        maintenance::run(&self.state.services, &*self.state.documents).await.unwrap()
    }

    /// Opens every document and checks every chain, as `finrust verify` does, and asserts that nothing is wrong.
    pub async fn verify(&self) {
        let report = self.report().await;
        assert!(report.is_clean(), "{report:?}");
    }

    /// The report of `finrust verify`.
    pub async fn report(&self) -> Report {
        let services = &self.state.services;
        verify::run::run(&*self.state.documents, &services.sealing, &services.identities, &*services.erasures, &*self.clock, |_| {})
            .await
            .unwrap()
    }

    /// Mails sent so far, oldest first. Queued mails are sent by [`TestApp::run_jobs`].
    pub fn mails(&self) -> Vec<Mail> {
        self.mailbox.all()
    }

    pub fn last_mail_to(&self, address: &str) -> Mail {
        let found = self.mails().into_iter().rfind(|mail| mail.to == address);
        found.unwrap_or_else(|| panic!("no mail to {address}"))
    }

    pub fn clear_mails(&self) {
        self.mailbox.clear();
    }

    pub fn documents(&self) -> Arc<dyn Documents> {
        Arc::clone(&self.state.documents)
    }

    pub fn sealing(&self) -> Arc<Sealing> {
        Arc::clone(&self.state.services.sealing)
    }

    pub fn data_dir(&self) -> &Path {
        self.directory.path()
    }

    /// How often the key-encryption key was used.
    pub fn key_calls(&self) -> u64 {
        self.key_calls.load(Ordering::Relaxed)
    }

    pub const fn store(&self) -> &Store {
        &self.store
    }

    pub const fn state(&self) -> &AppState {
        &self.state
    }

    /// A new browser without a user.
    pub fn anonymous(&self) -> Actor {
        Actor::new(&self.front)
    }

    /// The Functions host itself, when the service is behind it.
    pub fn functions_host(&self) -> Actor {
        Actor::new(&self.front).into_functions_host()
    }

    /// An invited adviser with a password of their own, fully signed in; no second factor.
    pub async fn adviser(&self, username: &str) -> Actor {
        Box::pin(self.settled(username, Role::Adviser)).await
    }

    /// Likewise an officer, with a second factor.
    pub async fn officer(&self, username: &str) -> Actor {
        let mut officer = Box::pin(self.settled(username, Role::Officer)).await;
        Box::pin(officer.enrol()).await;
        self.run_jobs().await;
        officer
    }

    /// An adviser with a second factor who has entered the password in a new browser.
    pub async fn half_signed_in(&self, username: &str) -> Actor {
        let mut adviser = self.adviser(username).await;
        adviser.enrol().await;
        self.run_jobs().await;
        let actor = adviser.clone_as_new_browser();
        let reply = actor.log_in().await.expect(StatusCode::OK);
        assert_eq!(reply.json()["next"], "two_factor");
        actor
    }

    /// An officer who has not enrolled yet.
    pub async fn officer_without_second_factor(&self, username: &str) -> Actor {
        self.settled(username, Role::Officer).await
    }

    /// Invited by the operator, with the mail sent. The actor's password is the unused one-time password.
    pub async fn invited(&self, username: &str, role: Role) -> Actor {
        let invitee = Invitee {
            username: Username::parse(username).unwrap(),
            display_name: DisplayName::parse(&format!("{username} van Kantoor")).unwrap(),
            email: EmailAddress::parse(&address(username)).unwrap(),
            role,
            language: Language::Nl,
            controller: None,
        };
        assert!(invite(&self.state.services, Inviter::Operator, &invitee).await.is_ok(), "{username} is invited");
        self.run_jobs().await;
        let mut actor = self.anonymous();
        username.clone_into(&mut actor.username);
        actor.password = self.last_mail_to(&address(username)).one_time_password();
        actor
    }

    async fn settled(&self, username: &str, role: Role) -> Actor {
        let mut actor = self.invited(username, role).await;
        let reply = actor.log_in().await.expect(StatusCode::OK);
        assert_eq!(reply.json()["next"], "new_password");
        let reply = actor.post("/api/login/new-password", json!({ "new_password": PASSWORD })).await.expect(StatusCode::OK);
        assert_eq!(reply.json()["next"], "done");
        PASSWORD.clone_into(&mut actor.password);
        self.run_jobs().await;
        actor
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (here, there) = (entry.path(), to.join(entry.file_name()));
        if here.is_dir() {
            fs::create_dir(&there).unwrap();
            fs::set_permissions(&there, fs::metadata(&here).unwrap().permissions()).unwrap();
            copy(&here, &there);
        } else {
            fs::copy(&here, &there).unwrap();
        }
    }
}

/// The email address of an actor.
pub fn address(username: &str) -> String {
    let (local, _) = username.split_once('@').unwrap_or((username, ""));
    format!("{local}@example.nl")
}

/// The database that the suite runs on.
pub enum Store {
    Sqlite,
    Cosmos(Arc<Emulator>),
}

impl Store {
    /// The one place that chooses it.
    #[expect(clippy::disallowed_methods, reason = "the suite has no settings but this one")]
    fn chosen() -> Self {
        match std::env::var("FINRUST_TEST_BACKEND").as_deref() {
            Err(_) | Ok("sqlite") => Self::Sqlite,
            Ok("cosmos") => Self::Cosmos(Emulator::new()),
            Ok(other) => panic!("FINRUST_TEST_BACKEND names no backend of this suite: {other}"),
        }
    }

    /// The embedded default, with the chosen database.
    async fn open(&self, directory: &Path, clock: &Arc<TestClock>, mailbox: &Mailbox) -> Embedded {
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        let announce = mailbox.announce();
        let folder = DataDir::new(directory.to_owned());
        let open = || folder.open_or_create(Arc::clone(&clock), Arc::new(SystemRandom), announce).unwrap();
        let Self::Cosmos(emulator) = self else { return open() };
        let mut embedded = without_logs(directory, open);
        embedded.ports.documents = emulator.documents(Arc::clone(&clock)).await;
        embedded
    }
}

/// Opens a folder whose documents are elsewhere, hiding files that would look like those of a missing database.
fn without_logs(directory: &Path, open: impl FnOnce() -> Embedded) -> Embedded {
    let logs = ["erasures.log", "erasures-2.log"].map(|name| directory.join(name)).into_iter().filter(|log| log.exists());
    let moved: Vec<_> = logs.map(|log| (log.with_extension("away"), log)).collect();
    for (away, log) in &moved {
        fs::rename(log, away).unwrap();
    }
    fs::write(directory.join("first-start"), "").unwrap();
    let embedded = open();
    for (away, log) in &moved {
        fs::rename(away, log).unwrap();
    }
    embedded
}
