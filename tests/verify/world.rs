//! A small office: Anna's account, a stranger who guesses, two advisers with a file each, one register record.

use finrust::{
    adapters::{erasure_file::ErasureFile, key_file::KeyFile, sqlite::documents::SqliteDocuments, system::SystemRandom},
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        accounts::{
            account::{Account, AccountKind, Identity, Status},
            sessions::SessionRef,
        },
        chain::Entry,
        clients::trail::AuditAction,
        ids::{ClientId, MailId, RecordId, ScopeId, SessionId, WriteId},
        mail::{MailContent, PendingMail},
        record::Record,
        sign_in::{
            attempt::{Attempt, Change, Event, Outcome},
            credentials::{DisplayName, EmailAddress, Language, Username},
            session::{Adviser, AnySession, SessionRecord, Step},
        },
        stored::{BlindIndex, HashedToken},
    },
    flows::verify::{
        self,
        report::{Defect, DocumentKind, Report},
    },
    ports::{Body, Clock, Container, DocumentId, Documents, Draft, Operation, Order, Page, Partition},
    store::{
        authority::{Authority, Warrant},
        clients::{
            commits::ClientCommits,
            files::{ClientFiles, KeptFile},
            writes::{Content, FileWrite, Writer},
        },
        identities::{
            documents,
            repository::{Identities, IdentityWrite},
        },
        keys::sealing::{KeyScope, Sealing},
        records::repository::{NewStep, RecordLocation, Records},
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tempfile::TempDir;
use test_support::clock::TestClock;

pub struct World {
    pub clock: Arc<TestClock>,
    pub documents: Arc<dyn Documents>,
    pub sealing: Arc<Sealing>,
    pub identities: Identities,
    pub anna: BlindIndex,
    /// Has an account in a furnished world only.
    pub bert: BlindIndex,
    pub stranger: BlindIndex,
    pub files: Vec<(ScopeId, ClientId)>,
    folder: TempDir,
}

/// The smallest record: its steps say how often it was written.
#[derive(Clone, Serialize, Deserialize)]
pub struct Note {
    pub text: String,
}

impl Record for Note {
    type Event = String;
    type Summary = String;

    fn summary(&self) -> String {
        self.text.clone()
    }
}

impl Note {
    pub const ID: RecordId = RecordId::from_bytes([6; 16]);

    pub fn location() -> RecordLocation {
        RecordLocation::register("notes")
    }

    pub fn step(text: &str) -> NewStep<Self> {
        NewStep { record: Self { text: text.to_owned() }, event: text.to_owned(), at: Timestamp::UNIX_EPOCH }
    }
}

pub fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

impl World {
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        KeyFile::create(&folder.path().join("key"), Arc::new(SystemRandom)).unwrap();
        let clock = TestClock::at("2026-03-01T09:00:00Z".parse().unwrap());
        let documents: Arc<dyn Documents> = Arc::new(SqliteDocuments::open(&folder.path().join("db"), clock.clone()).unwrap());
        let sealing = fresh_sealing(&folder, &documents, &clock);
        let identities = Identities::new(Arc::clone(&documents), Arc::clone(&sealing));
        let nobody = BlindIndex::from_bytes([0; 32]);
        Self { clock, documents, sealing, identities, anna: nobody, bert: nobody, stranger: nobody, files: Vec::new(), folder }
    }

    pub async fn lived_in() -> Self {
        let mut world = Self::empty();
        world.anna = world.identities.index("anna").await.unwrap();
        world.stranger = world.identities.index("stranger").await.unwrap();
        world.open_account(world.anna, "anna", AccountKind::Officer, 4).await;
        for _ in 0..2 {
            world.attempt(world.anna).await;
            world.attempt(world.anna).await;
            world.event(world.anna, Event::Change(Change::ProfileChanged)).await;
        }
        for _ in 0..3 {
            world.attempt(world.stranger).await;
        }
        for number in [1, 2] {
            world.keep_file(number).await;
        }
        world.notes().create(Note::ID, &Warrant::maintenance(), Note::step("first")).await.unwrap();
        world.note("second").await;
        world
    }

    /// Verifies everything in a new process.
    pub async fn verify(&self) -> Report {
        let sealing = self.another_instance();
        let identities = Identities::new(Arc::clone(&self.documents), Arc::clone(&sealing));
        verify::run::run(&*self.documents, &sealing, &identities, &self.erasures(), &*self.clock, |_| {}).await.unwrap()
    }

    /// A key store with a cache of its own.
    pub fn another_instance(&self) -> Arc<Sealing> {
        fresh_sealing(&self.folder, &self.documents, &self.clock)
    }

    pub async fn whats(&self) -> Vec<(DocumentKind, Defect)> {
        self.verify().await.findings.iter().map(|finding| (finding.kind, finding.what)).collect()
    }

    pub async fn attempt(&self, index: BlindIndex) {
        let attempt = Attempt { outcome: Outcome::WrongPassword, ip: None, user_agent: None, count: 1 };
        self.event(index, Event::Attempt(attempt)).await;
    }

    /// The erasure log.
    pub fn erasures(&self) -> ErasureFile {
        ErasureFile::new(self.folder.path().join("erasures.log"))
    }

    /// The database file.
    pub fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("db")
    }

    /// Commits to the partitions of its advisers.
    pub fn commits(&self) -> Arc<ClientCommits> {
        Arc::new(ClientCommits::new(Arc::clone(&self.documents), Arc::clone(&self.sealing)))
    }

    /// Files of this database.
    pub fn clients(&self) -> ClientFiles {
        ClientFiles::new(Arc::clone(&self.documents), Arc::clone(&self.sealing), self.commits(), self.clock.clone())
    }

    /// Records of this database.
    pub fn notes(&self) -> Records<Note> {
        Records::new(Arc::clone(&self.documents), Arc::clone(&self.sealing), Note::location())
    }

    /// Takes a step.
    pub async fn note(&self, text: &'static str) {
        let notes = self.notes();
        let found = notes.find(Note::ID).await.unwrap().unwrap();
        notes.append(&found, &Warrant::maintenance(), Note::step(text)).await.unwrap();
    }

    pub async fn event(&self, index: BlindIndex, event: Event) {
        self.clock.advance(SignedDuration::from_mins(1));
        let found = self.identities.find(index).await.unwrap();
        let write = IdentityWrite::of(found.identity.clone(), event, self.clock.now());
        self.identities.commit(&found, &Authority::Operator, write).await.unwrap();
    }

    /// All entries of an identity.
    pub async fn entries(&self, index: BlindIndex) -> Vec<(DocumentId, Entry<Event>)> {
        let partition = documents::partition(index);
        let mut entries = Vec::new();
        for prefix in [documents::ATTEMPT_PREFIX, documents::CHANGE_PREFIX] {
            for (id, body) in self.list(Container::Identities, &partition, prefix).await {
                let name = partition.to_string();
                let place = documents::place(&name, &id, Part::Body);
                let plaintext = self.sealing.open(KeyScope::Service, place, &body).await.unwrap();
                entries.push((id, serde_json::from_slice(&plaintext).unwrap()));
            }
        }
        entries
    }

    /// Writes a document as an attacker with the keys would: replacing another, or as a new one.
    pub async fn put(&self, container: Container, partition: &Partition, over: Option<&DocumentId>, draft: Draft) {
        if let Some(id) = over {
            self.delete(container, partition, id).await;
        }
        self.documents.commit(container, partition, vec![Operation::Create(draft)]).await.unwrap();
    }

    pub async fn delete(&self, container: Container, partition: &Partition, id: &DocumentId) {
        let delete = Operation::Delete { id: id.clone(), if_match: None };
        self.documents.commit(container, partition, vec![delete]).await.unwrap();
    }

    pub async fn delete_all(&self, container: Container, partition: &Partition) {
        for (id, _) in self.list(container, partition, "").await {
            self.delete(container, partition, &id).await;
        }
    }

    /// A document whose body was sealed for `place`.
    pub async fn draft(&self, id: &str, scope: KeyScope, place: EnvelopeContext<'_>) -> Draft {
        let body = self.sealing.seal(scope, place, b"{}").await.unwrap();
        let write_id = WriteId::from_random(self.sealing.random_bytes());
        Draft { id: DocumentId::parse(id).unwrap(), write_id, summary: None, body: Body::Sealed(body), ttl: None }
    }

    async fn list(
        &self,
        container: Container,
        partition: &Partition,
        prefix: &str,
    ) -> Vec<(DocumentId, finrust::crypto::envelope::Unopened)> {
        let page = Page { order: Order::Ascending, limit: 1000, after: None };
        let listing = self.documents.list(container, partition, prefix, Part::Body, &page).await.unwrap();
        listing.items.into_iter().map(|item| (item.id, item.part.unwrap())).collect()
    }

    /// An account with a session and a queued mail.
    pub async fn open_account(&self, index: BlindIndex, username: &str, kind: AccountKind, number: u8) {
        let (found, now) = (self.identities.find(index).await.unwrap(), self.clock.now());
        let mut account = Account { username: Username::parse(username).unwrap(), kind, ..account(now) };
        let (hash, session) = (HashedToken::of_tag([number; 32]), SessionRecord { kind, ..session(now) });
        account.sessions = vec![SessionRef { hash, expires_at: session.gone_at(), notice: None, touches: 0, half: false }];
        let identity = Identity { account: Some(account), ..Identity::default() };
        let mut write = IdentityWrite::of(identity, Event::Change(Change::Created), now);
        write.start.push((hash, session));
        write.mails.push((MailId::from_random([number + 1; 16]), mail(now)));
        self.identities.commit(&found, &Authority::Operator, write).await.unwrap();
    }

    async fn keep_file(&mut self, number: u8) {
        let scope = ScopeId::from_random([number; 16]);
        let id = self.keep_file_of(scope, number).await;
        self.files.push((scope, id));
    }

    /// A file created by its adviser.
    pub async fn keep_file_of(&self, scope: ScopeId, number: u8) -> ClientId {
        let id = ClientId::from_random([number; 16]);
        let clients = self.clients();
        let file = finrust::demo_files::all("2026-03-01T12:00:00Z".parse().unwrap()).unwrap().swap_remove(usize::from(number) % 25);
        let now = self.clock.now();
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
        let adviser = self.adviser(scope);
        let write = FileWrite { id, deed: AuditAction::Created, content: Content::New(kept) };
        assert!(clients.write(Writer::of(&adviser, now), &[write]).await.is_ok());
        id
    }

    pub fn session(&self) -> SessionRecord {
        session(self.clock.now())
    }

    pub fn adviser(&self, scope: ScopeId) -> Adviser {
        let record = SessionRecord { kind: AccountKind::Adviser { scope }, ..session(self.clock.now()) };
        match AnySession::of(self.anna, HashedToken::of_tag([0; 32]), record, self.clock.now()) {
            Some(AnySession::Full(session)) => session.adviser(None).unwrap(),
            _ => panic!("a full session"),
        }
    }
}

fn fresh_sealing(folder: &TempDir, documents: &Arc<dyn Documents>, clock: &Arc<TestClock>) -> Arc<Sealing> {
    let key_wrap = KeyFile::open(&folder.path().join("key"), Arc::new(SystemRandom)).unwrap();
    Arc::new(Sealing::new(Arc::clone(documents), Arc::new(key_wrap), clock.clone(), Arc::new(SystemRandom)))
}

fn account(now: Timestamp) -> Account {
    Account {
        username: Username::parse("anna").unwrap(),
        display_name: DisplayName::parse("Anna").unwrap(),
        email: EmailAddress::parse("anna@example.nl").unwrap(),
        language: Language::Nl,
        kind: AccountKind::Officer,
        status: Status::Active,
        controller: None,
        made_by: finrust::domain::accounts::lineage::MadeBy::default(),
        proposed_by: Vec::new(),
        standing: 0,
        handed_over: None,
        retention: None,
        password: None,
        password_changed_at: None,
        one_time: None,
        resets: Vec::new(),
        second_factor: None,
        enrolment: None,
        factor_throttle: finrust::domain::sign_in::throttle::Throttle::default(),
        lifted: Vec::new(),
        reports: Vec::new(),
        reported_for: Vec::new(),
        devices: Vec::new(),
        sessions: Vec::new(),
        ended: Vec::new(),
        over: finrust::domain::accounts::sessions_over::SessionsOver::default(),
        invited_for: Vec::new(),
        wanted: Vec::new(),
        told_of: Vec::new(),
        missing_factor_notice_at: None,
        untold: Vec::new(),
        created_at: now,
        last_signed_in_at: None,
    }
}

fn session(now: Timestamp) -> SessionRecord {
    SessionRecord {
        id: SessionId::from_random([4; 16]),
        step: Step::Full,
        kind: AccountKind::Officer,
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

pub fn mail(now: Timestamp) -> PendingMail {
    PendingMail {
        to: EmailAddress::parse("anna@example.nl").unwrap(),
        display_name: DisplayName::parse("Anna").unwrap(),
        username: Username::parse("anna").unwrap(),
        language: Language::Nl,
        content: MailContent::PasswordChanged { at: now },
        created_at: now,
        not_before: None,
        listed: false,
    }
}
