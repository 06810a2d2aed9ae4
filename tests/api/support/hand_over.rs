//! An office without browsers: an adviser with files whose hand-over two officers have approved, and processes that work on it.

use super::{
    between::Between,
    dying::{Death, Dying},
    mailbox::Mailbox,
};
use finrust::{
    adapters::{queue_table::QueueTable, system::SystemRandom},
    app::{Options, assemble},
    crypto::password::Argon2id,
    domain::{
        accounts::{
            account::{AccountKind, Status},
            sessions::SessionRef,
        },
        clients::trail::AuditAction,
        hand_overs::record::{Phase, Reason},
        ids::{ClientId, RecordId, SessionId},
        record::{Alarm, Record},
        sign_in::{
            attempt::{Change, Event},
            credentials::{DisplayName, EmailAddress, Language, Role, Username},
            session::{Adviser, AnySession, Full, Officer, Session, SessionRecord, Step},
        },
        stored::{BlindIndex, HashedToken},
        wire::values::Day,
    },
    embedded::{DataDir, Embedded},
    flows::{
        accounts::{
            self,
            administration::{Invitee, Inviter},
        },
        hand_overs::{self, register::Proposal},
        jobs, verify,
    },
    http::state::AppState,
    ports::{Clock, Documents, Ports},
    store::{
        authority::Authority,
        clients::{
            self,
            files::KeptFile,
            records::ClientRecords,
            writes::{Content, FileWrite, MAX_FILES, Writer},
        },
        error::StoreError,
        identities::repository::IdentityWrite,
        records::{
            self,
            repository::{NewStep, RecordLocation},
        },
    },
};
use jiff::civil::date;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, atomic::AtomicU64};
use tempfile::TempDir;
use test_support::clock::TestClock;

/// More than a slice, and more than a commit takes.
pub const FILES: usize = 70;
const SESSION: HashedToken = HashedToken::of_tag([0; 32]);

/// Something that an adviser keeps besides files.
#[derive(Serialize, Deserialize)]
pub struct Request(pub String);

impl Record for Request {
    type Event = String;
    type Summary = String;

    fn summary(&self) -> String {
        self.0.clone()
    }

    fn alarm(&self) -> Option<Alarm> {
        Some(Alarm { due_on: Day::of(date(2030, 1, 1)) })
    }
}

/// An office in a directory of its own, with an approved hand-over that has not begun.
pub struct Office {
    directory: TempDir,
    pub clock: Arc<TestClock>,
    pub anna: Adviser,
    pub bert: Adviser,
    pub request: RecordId,
    pub hand_over: RecordId,
}

/// A process working on it.
pub struct Process {
    pub state: AppState,
    pub queue: Arc<QueueTable>,
    pub operations: Arc<AtomicU64>,
}

impl Process {
    fn start(directory: &TempDir, clock: &Arc<TestClock>, death: Death) -> Self {
        let operations = Arc::default();
        let process = Self::start_on(directory, clock, |documents| Dying::over(documents, death, &operations));
        Self { operations, ..process }
    }

    fn start_on(directory: &TempDir, clock: &Arc<TestClock>, wrap: impl FnOnce(Arc<dyn Documents>) -> Arc<dyn Documents>) -> Self {
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        let announce = Mailbox::default().announce();
        let data = DataDir::new(directory.path().join("data"));
        let Embedded { ports, queue, .. } = data.open_or_create(clock, Arc::new(SystemRandom), announce).unwrap();
        let ports = Ports { documents: wrap(ports.documents), ..ports };
        let options = Options {
            public_url: "https://finrust.test".to_owned(),
            client_ip_header: None,
            front_door_id: None,
            behind_host: false,
            hand_over_wait: std::time::Duration::ZERO,
            limits: finrust::flows::limits::LimitSettings::default(),
            argon2id: Argon2id::default(),
        };
        Self { state: assemble(ports, options), queue, operations: Arc::default() }
    }

    /// Works until there is nothing to do, or until it has died.
    pub async fn work(&self) {
        while let Some(message) = self.queue.take().await.unwrap() {
            if jobs::run(&self.state.services, &message.text).await.is_err() {
                return;
            }
            self.queue.done(message.id).await.unwrap();
        }
    }

    async fn adviser(&self, username: &str) -> Adviser {
        self.signed_in(username, Role::Adviser).await.adviser(None).unwrap()
    }

    async fn officer(&self, username: &str) -> Officer {
        self.signed_in(username, Role::Officer).await.officer().unwrap()
    }

    async fn signed_in(&self, username: &str, role: Role) -> Session<Full> {
        let services = &self.state.services;
        let invitee = Invitee {
            username: Username::parse(username).unwrap(),
            display_name: DisplayName::parse(username).unwrap(),
            email: EmailAddress::parse(&format!("{username}@example.nl")).unwrap(),
            role,
            language: Language::Nl,
            controller: None,
        };
        let invited = accounts::administration::invite(services, Inviter::Operator, &invitee).await.ok().unwrap().id;
        let decide = |found: &finrust::store::identities::repository::StoredIdentity| {
            let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::PasswordChanged), services.now());
            let account = write.identity.account.as_mut().unwrap();
            account.status = Status::Active;
            let kind = account.kind;
            let record = record(kind, services.now());
            account.sessions.push(SessionRef { hash: SESSION, expires_at: record.gone_at(), notice: None, touches: 0, half: false });
            write.start.push((SESSION, record));
            Ok::<_, StoreError>((write, kind))
        };
        let (_, kind) = services.attempt_log.change(invited, None, Authority::Operator, decide).await.unwrap();
        session(invited, kind, services.now())
    }

    async fn fill(&self, adviser: &Adviser) -> RecordId {
        let services = &self.state.services;
        let samples = finrust::demo_files::all("2026-03-01T12:00:00Z".parse().unwrap()).unwrap();
        let (now, numbers) = (services.now(), (0..FILES).collect::<Vec<_>>());
        let write = |number: &usize| {
            let file = samples[number % samples.len()].clone();
            let kept = KeptFile {
                file,
                created_at: now,
                updated_at: now,
                revision: 1,
                restrictions: finrust::domain::clients::restrictions::Restrictions::default(),
                erasing_since: None,
                request: None,
                taken_for: Vec::new(),
                origin: finrust::domain::origin::Origin::default(),
            };
            FileWrite { id: file_id(*number), deed: AuditAction::Created, content: Content::New(kept) }
        };
        for some in numbers.chunks(MAX_FILES) {
            let writes: Vec<_> = some.iter().map(write).collect();
            services.clients.write(Writer::of(adviser, now), &writes).await.unwrap();
        }
        let requests = self.requests();
        let step = |text: &str| NewStep { record: Request(text.into()), event: text.into(), at: services.now() };
        let made = requests.create(adviser, requests.fresh_id(), step("one")).await.ok().unwrap();
        requests.append(adviser, &made, step("two")).await.ok().unwrap().id
    }

    pub fn requests(&self) -> ClientRecords<Request> {
        let services = &self.state.services;
        ClientRecords::new(Arc::clone(&self.state.documents), Arc::clone(&services.sealing), Arc::clone(&services.commits))
    }
}

impl Office {
    pub async fn open() -> Self {
        let (directory, clock) = (tempfile::tempdir().unwrap(), TestClock::new());
        let process = Process::start(&directory, &clock, Death::NEVER);
        let (anna, bert) = (process.adviser("anna").await, process.adviser("bert").await);
        let request = process.fill(&anna).await;
        process.work().await;
        let services = &process.state.services;
        let (olga, otto) = (process.officer("olga").await, process.officer("otto").await);
        assert!(accounts::administration::disable(services, olga, anna.account).await.is_ok());
        let proposal = Proposal { from: anna.account, to: bert.account, reason: Reason::parse("Vertrekt").unwrap() };
        let hand_over = hand_overs::register::propose(services, olga, None, proposal).await.ok().unwrap().found.id;
        assert!(hand_overs::register::approve(services, otto, hand_over).await.is_ok());
        Self { directory, clock, anna, bert, request, hand_over }
    }

    /// A copy of the office in a directory of its own. No process works on it.
    pub fn copy(&self) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("data/mail")).unwrap();
        for entry in std::fs::read_dir(self.directory.path().join("data")).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), directory.path().join("data").join(entry.file_name())).unwrap();
            }
        }
        Self { directory, clock: Arc::clone(&self.clock), ..*self }
    }

    pub fn process(&self, death: Death) -> Process {
        Process::start(&self.directory, &self.clock, death)
    }

    /// A process interrupted by the actions of `between`.
    pub fn interrupted(&self, between: &Between) -> Process {
        Process::start_on(&self.directory, &self.clock, |documents| between.over(documents))
    }

    /// Asserts that every file and everything belonging to it is with the successor and nowhere else.
    #[expect(clippy::cognitive_complexity, reason = "one assertion after the other")]
    pub async fn check(&self, process: &Process, death: Death) {
        let services = &process.state.services;
        for number in 0..FILES {
            let (here, there) = (self.anna.scope(), self.bert.scope());
            assert!(services.clients.find(here, file_id(number)).await.unwrap().is_none(), "{death:?}: file {number} is left");
            let found = services.clients.find(there, file_id(number)).await.unwrap();
            assert_eq!(found.map(|found| found.kept.revision), Some(2), "{death:?}: file {number} has not arrived once");
        }
        let requests = process.requests();
        assert_eq!(requests.of(self.bert.scope()).find(self.request).await.unwrap().unwrap().record.0, "two", "{death:?}");
        assert_eq!(requests.of(self.bert.scope()).steps(self.request).await.unwrap().len(), 2, "{death:?}");
        assert!(requests.of(self.anna.scope()).find(self.request).await.unwrap().is_none(), "{death:?}");
        for adviser in [&self.anna, &self.bert] {
            let (documents, sealing, shelf) = (&*process.state.documents, &*services.sealing, shelf_of(adviser));
            let stored =
                records::markers::stored(documents, sealing, &shelf).await.unwrap().map(|(marker, _)| (marker.records, marker.heads));
            let computed = records::markers::computed(documents, sealing, &shelf).await.unwrap().marker;
            assert_eq!(stored, Some((computed.records, computed.heads)), "{death:?}: the marker of a shelf");
        }
        let alarms = services.alarms.page(None).await.unwrap().items;
        let owners: Vec<_> = alarms.iter().map(|found| (found.scope, found.record)).collect();
        assert_eq!(owners, [(self.bert.scope().id(), self.request)], "{death:?}");
        assert_eq!(self.phase(process).await, Phase::Completed { files: FILES as u64 }, "{death:?}");
        assert_eq!(self.told(process).await, [1, 1], "{death:?}");
        self.verify(process, death).await;
    }

    /// The phase of the hand-over.
    pub async fn phase(&self, process: &Process) -> Phase {
        process.state.services.hand_overs.find(self.hand_over).await.unwrap().unwrap().record.phase
    }

    /// How often the leaver's and the successor's accounts record that files are moving.
    pub async fn told(&self, process: &Process) -> [usize; 2] {
        let identities = &process.state.services.identities;
        let mut told = [0; 2];
        for (told, (adviser, kind)) in told.iter_mut().zip([(&self.anna, Change::FilesHandedOver), (&self.bert, Change::FilesTakenOver)]) {
            let entries = identities.changes(adviser.account, 200, None).await.unwrap().items;
            *told = entries.iter().filter(|entry| matches!(&entry.event, Event::Changed { what, .. } if *what == kind)).count();
        }
        told
    }

    /// Asserts that `finrust verify` is clean, also during a hand-over that was interrupted.
    pub async fn verify(&self, process: &Process, death: Death) {
        let services = &process.state.services;
        let report =
            verify::run::run(&*process.state.documents, &services.sealing, &services.identities, &*services.erasures, &*self.clock, |_| {})
                .await
                .unwrap();
        assert!(report.is_clean(), "{death:?}: {:#?}", report.lines());
    }
}

pub fn file_id(number: usize) -> ClientId {
    let mut bytes = [0; 16];
    bytes[0] = u8::try_from(number).unwrap();
    ClientId::from_random(bytes)
}

fn shelf_of(adviser: &Adviser) -> RecordLocation {
    clients::documents::location(adviser.scope())
}

fn session(account: BlindIndex, kind: AccountKind, now: jiff::Timestamp) -> Session<Full> {
    match AnySession::of(account, SESSION, record(kind, now), now) {
        Some(AnySession::Full(session)) => session,
        _ => panic!("a full session"),
    }
}

fn record(kind: AccountKind, now: jiff::Timestamp) -> SessionRecord {
    SessionRecord {
        id: SessionId::from_random([4; 16]),
        step: Step::Full,
        kind,
        two_factor: true,
        created_at: now,
        last_seen_at: now,
        ip: None,
        user_agent: None,
        standing: 0,
        touches: 0,
        renewed_from: None,
        origin: finrust::domain::origin::Origin::default(),
    }
}
