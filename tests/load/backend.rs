//! The two databases: SQLite in the program itself, started as a process, and Cosmos DB's emulator in this one.

use super::FINRUST;
use axum::serve;
use finrust::{
    adapters::queue_table::QueueTable,
    app::{Options, assemble, system},
    crypto::password::Argon2id,
    domain::sign_in::credentials::{DisplayName, EmailAddress, Language, Role, Username},
    embedded::{DataDir, drain_queue},
    flows::{
        accounts::administration::{Invitee, Inviter, invite},
        limits::LimitSettings,
        maintenance, verify,
    },
    http::{routes::router, state::AppState},
    ports::Ports,
};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use test_support::{
    doubles::cosmos::Emulator,
    program::{Invited, fresh},
    server::Server,
};
use tokio::{net::TcpListener, runtime::Runtime, time::sleep};

/// A service on one of the databases.
pub trait Backend: Sync {
    fn port(&self) -> u16;

    /// Invites a user as an operator does; returns the one-time password.
    fn invite(&self, role: &str, username: &str) -> String;

    /// The folder of its mails.
    fn mails(&self) -> PathBuf;

    /// Asserts that every chain is whole and every document opens.
    fn verify(self);
}

/// The program as a process.
pub struct Sqlite {
    _parent: TempDir,
    data: PathBuf,
    server: Server,
}

impl Sqlite {
    pub fn start() -> Self {
        let (parent, data) = fresh();
        let server = FINRUST.serve(&data);
        Self { _parent: parent, data, server }
    }

    pub fn pid(&self) -> u32 {
        self.server.pid()
    }
}

impl Backend for Sqlite {
    fn port(&self) -> u16 {
        self.server.port
    }

    fn invite(&self, role: &str, username: &str) -> String {
        let email = format!("{username}@example.nl");
        FINRUST.invite(&self.data, Invited { role, username, email: &email, name: username })
    }

    fn mails(&self) -> PathBuf {
        self.data.join("mail")
    }

    fn verify(self) {
        self.server.kill();
        FINRUST.succeed(&self.data, &["verify"]);
    }
}

/// The service in this process.
pub struct Cosmos {
    directory: TempDir,
    runtime: Runtime,
    state: AppState,
    port: u16,
}

impl Cosmos {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let (state, port) = runtime.block_on(serve_cosmos(directory.path()));
        Self { directory, runtime, state, port }
    }
}

impl Backend for Cosmos {
    fn port(&self) -> u16 {
        self.port
    }

    fn invite(&self, role: &str, username: &str) -> String {
        let invitee = Invitee {
            username: Username::parse(username).unwrap(),
            display_name: DisplayName::parse(username).unwrap(),
            email: EmailAddress::parse(&format!("{username}@example.nl")).unwrap(),
            role: if role == "officer" { Role::Officer } else { Role::Adviser },
            language: Language::Nl,
            controller: None,
        };
        let invited = self.runtime.block_on(invite(&self.state.services, Inviter::Operator, &invitee));
        invited.ok().unwrap().one_time_password.expose().to_owned()
    }

    fn mails(&self) -> PathBuf {
        DataDir::new(self.directory.path().to_owned()).mail()
    }

    fn verify(self) {
        let services = &self.state.services;
        let (documents, clock) = (&*self.state.documents, &*services.clock);
        let whole = verify::run::run(documents, &services.sealing, &services.identities, &*services.erasures, clock, |_| {});
        let report = self.runtime.block_on(whole).unwrap();
        assert!(report.is_clean(), "{:#?}", report.lines());
    }
}

async fn serve_cosmos(directory: &Path) -> (AppState, u16) {
    let (clock, random) = system();
    let embedded = DataDir::new(directory.to_owned()).open_or_create(Arc::clone(&clock), random, Arc::new(|_| {})).unwrap();
    let ports = Ports { documents: Emulator::new().documents(clock).await, ..embedded.ports };
    let many = NonZeroU32::new(1000).unwrap();
    let options = Options {
        public_url: "http://127.0.0.1".to_owned(),
        client_ip_header: None,
        front_door_id: None,
        behind_host: false,
        hand_over_wait: Duration::from_hours(48),
        limits: LimitSettings { address_burst: many, strangers_per_second: many, reset_burst: many },
        argon2id: Argon2id::default(),
    };
    let state = assemble(ports, options);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { serve(listener, service).await.unwrap() });
    tokio::spawn(background(state.clone(), embedded.queue));
    (state, port)
}

/// What the Functions host triggers.
async fn background(state: AppState, queue: Arc<QueueTable>) {
    loop {
        for _ in 0..20 {
            drain_queue(&queue, &state.services).await.unwrap();
            sleep(Duration::from_millis(50)).await;
        }
        if let Err(error) = maintenance::run(&state.services, &*state.documents).await {
            println!("maintenance: {error}");
        }
    }
}

/// The one-time password in the latest mail to a user that holds another than `before`.
pub fn one_time_password(mails: &Path, username: &str, before: &str) -> Option<String> {
    let to = format!("To: {username}@");
    let names = fs::read_dir(mails).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut mails: Vec<_> = names.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
    mails.sort();
    mails.iter().rev().filter_map(|path| fs::read_to_string(path).ok()).filter(|mail| mail.contains(&to)).find_map(|mail| {
        let is_code = |line: &&str| line.len() == 19 && line.split('-').all(|group| group.len() == 4) && line.split('-').count() == 4;
        mail.lines().map(str::trim).find(is_code).filter(|code| *code != before).map(str::to_owned)
    })
}
