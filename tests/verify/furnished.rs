//! A database with a document of every kind, at several moments: an attacker can roll back whatever changed between them.

use crate::{
    vault::{Rows, Vault},
    world::{World, hours, mail},
};
use finrust::{
    crypto::envelope::Part,
    domain::{
        accounts::account::AccountKind,
        authority::{Aim, KeptIntent},
        breaches::{parts::Suspicion, record::Breach, words::BreachText},
        clients::trail::{AuditAction, Marker},
        exports::{Export, Format},
        hand_overs::{
            approved::Approved,
            record::{HandOver, HandOverEvent, Phase, Reason, Side},
        },
        ids::{ExportId, ImportId, IntentId, MailId, RecordId, ScopeId},
        imports::{FileName, Import},
        organisation::{details::OrganisationDetails, record::Organisation},
        processors::{platform, record::Processor},
        record::Record,
        requests::{record::SubjectRequest, steps::RequestStep},
        sign_in::{
            attempt::{Change, Event},
            credentials::DisplayName,
            session::{AnySession, BothSides},
        },
        stored::{BlindIndex, HashedToken},
        wire::values::{AccountRef, Day, Moment},
    },
    flows::{breaches, hand_overs, organisation, processors},
    ports::{Body, Clock, Container, Draft, Partition},
    store::{
        authority::{Authority, INTENT_LIFETIME, Intent, Warrant},
        clients::{
            self,
            records::ClientRecords,
            writes::{Content, FileWrite, Writer},
        },
        exchanges::Exchanges,
        identities::repository::IdentityWrite,
        keys::{rotation::SealingScope, sealing::KeyScope},
        records::repository::{NewStep, RecordLocation, Records},
    },
};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;

pub struct Furnished {
    pub world: World,
    /// Long ago: includes what has been destroyed since.
    pub long_ago: Rows,
    /// A while ago.
    pub before: Rows,
    /// Shortly before the end: nothing has happened since that leaves an entry in a log or an audit trail.
    pub almost: Rows,
    /// The current state.
    pub now: Rows,
}

const LEAVER: ScopeId = ScopeId::from_bytes([3; 16]);

/// The rows that have not expired, whether or not expired ones were swept.
fn there(world: &World) -> Rows {
    let now = world.clock.now().as_millisecond();
    Vault::of(world).rows().into_iter().filter(|(_, row)| row.expires_at.is_none_or(|at| at > now)).collect()
}

impl Furnished {
    pub async fn set() -> Self {
        let mut world = World::lived_in().await;
        world.bert = world.identities.index("bert").await.unwrap();
        let long_ago = there(&world);
        world.destroy_a_key().await;
        Box::pin(world.furnish()).await;
        let before = there(&world);
        world.clock.advance(SignedDuration::from_mins(3));
        Box::pin(world.go_on()).await;
        let almost = there(&world);
        world.clock.advance(SignedDuration::from_mins(1));
        world.go_on_without_entries().await;
        let now = there(&world);
        Self { world, long_ago, before, almost, now }
    }
}

impl Furnished {
    /// The marker of the adviser who has left.
    pub async fn closed_marker(&self) -> Marker {
        let (partition, id) = (Partition::parse(&LEAVER.to_string()).unwrap(), clients::documents::marker());
        let stored = self.world.documents.read(Container::Clients, &partition, &id).await.unwrap().unwrap();
        let place = clients::documents::place(&partition, &id, Part::Body);
        let plaintext = self.world.sealing.open(KeyScope::Adviser(LEAVER), place, &stored.body).await.unwrap();
        serde_json::from_slice(&plaintext).unwrap()
    }

    /// Restores it to its state before it was closed.
    pub async fn reopen(&self, closed: &Marker) {
        let (partition, id) = (Partition::parse(&LEAVER.to_string()).unwrap(), clients::documents::marker());
        let content = serde_json::to_vec(&Marker { closed: None, ..closed.clone() }).unwrap();
        let place = clients::documents::place(&partition, &id, Part::Body);
        let body = Body::Sealed(self.world.sealing.seal(KeyScope::Adviser(LEAVER), place, &content).await.unwrap());
        let empty = self.world.draft(id.as_str(), KeyScope::Adviser(LEAVER), place).await;
        self.world.put(Container::Clients, &partition, Some(&id), Draft { body, ..empty }).await;
    }
}

fn firm(role: &str) -> OrganisationDetails {
    serde_json::from_value(json!({ "role": role, "name": "Kantoor Dijk" })).unwrap()
}

impl World {
    fn records<R: Record>(&self, location: RecordLocation) -> Records<R> {
        Records::new(Arc::clone(&self.documents), Arc::clone(&self.sealing), location)
    }

    fn requests(&self) -> ClientRecords<SubjectRequest> {
        ClientRecords::new(Arc::clone(&self.documents), Arc::clone(&self.sealing), self.commits())
    }

    async fn make_request(&self, scope: ScopeId, number: u8) {
        let (adviser, id) = (self.adviser(scope), RecordId::from_random([number; 16]));
        assert!(self.requests().create(&adviser, id, self.step(SubjectRequest::received(received()))).await.is_ok());
    }

    async fn extend_request(&self, scope: ScopeId, number: u8, months: u8) {
        let (adviser, id, requests) = (self.adviser(scope), RecordId::from_random([number; 16]), self.requests());
        let found = requests.of(adviser.scope()).find(id).await.unwrap().unwrap();
        let step = found.record.take(extended(months), Day::parse("2026-04-10").unwrap()).unwrap();
        assert!(requests.append(&adviser, &found, self.step(step)).await.is_ok());
    }

    fn step<R: Record>(&self, (record, event): (R, R::Event)) -> NewStep<R> {
        NewStep { record, event, at: self.clock.now() }
    }

    async fn make<R: Record>(&self, location: RecordLocation, number: u8, made: (R, R::Event)) {
        let id = RecordId::from_random([number; 16]);
        assert!(self.records::<R>(location).create(id, &Warrant::maintenance(), self.step(made)).await.is_ok());
    }

    async fn change<R: Record>(&self, location: RecordLocation, number: u8, change: impl Fn(&R) -> (R, R::Event)) {
        let (records, id) = (self.records::<R>(location), RecordId::from_random([number; 16]));
        let found = records.find(id).await.unwrap().unwrap();
        assert!(records.append(&found, &Warrant::maintenance(), self.step(change(&found.record))).await.is_ok());
    }

    async fn rotate_all(&self, scope: SealingScope) {
        assert!(self.sealing.rotate(scope, self.clock.now() + SignedDuration::from_secs(1)).await.unwrap());
        self.clock.advance(SignedDuration::from_mins(16));
        assert_eq!(self.rotation(&self.sealing).reseal(scope, usize::MAX, |_| {}).await.unwrap().broken, 0);
    }

    async fn destroy_a_key(&self) {
        let scope = SealingScope::of(KeyScope::Adviser(self.files[1].0)).unwrap();
        self.rotate_all(scope).await;
        self.clock.advance(hours(36 * 24));
        assert_eq!(self.rotation(&self.sealing).destroy_retired(&[scope], |_| {}).await.unwrap().destroyed, 1);
    }

    #[expect(clippy::cognitive_complexity, reason = "one thing after the other: a document of every kind")]
    async fn furnish(&self) {
        let mine = self.adviser(self.files[0].0);
        self.attempt(self.stranger).await;
        self.open_account(self.bert, "bert", AccountKind::Adviser { scope: self.files[0].0 }, 14).await;
        self.renew_session(self.anna, 4, 24).await;
        for (index, number) in [(self.anna, 31), (self.bert, 32)] {
            assert!(
                self.identities
                    .leave_once(&Authority::Maintenance, index, MailId::from_random([number; 16]), &mail(self.clock.now()))
                    .await
                    .unwrap()
            );
        }
        for number in [41, 42] {
            let suspicion = Suspicion { what: BreachText::parse("a laptop").unwrap(), noticed_at: Moment::of(self.clock.now()) };
            self.make(breaches::register::location(), number, Breach::suspected(suspicion, vec![AccountRef(self.anna)], self.clock.now()))
                .await;
            self.make(processors::register::location(), number, Processor::drafted(platform::draft("azure").unwrap())).await;
            self.make_request(self.files[0].0, number).await;
        }
        let filled = Organisation::default().change(&firm("controller"), self.anna, (self.clock.now(), None)).unwrap();
        self.make(organisation::register::location(), 61, filled).await;
        self.hand_over(51, LEAVER, self.files[0].0).await;
        for number in [52, 53] {
            self.make(hand_overs::register::location(), number, proposed(self.files[1].0, self.files[0].0)).await;
        }
        for _ in 0..2 {
            self.intent_of(self.anna, 24).await;
        }
        self.make_request(self.files[1].0, 43).await;
        let clients = self.clients();
        for number in [61, 62] {
            let id = self.keep_file_of(mine.scope().id(), number).await;
            assert!(clients.read(&mine, id).await.unwrap().is_some());
        }
        for number in [63, 64, 65] {
            let id = self.keep_file_of(mine.scope().id(), number).await;
            let found = clients.find(mine.scope(), id).await.unwrap().unwrap();
            assert!(clients.begin_erasure(&mine, id, found, self.clock.now()).await.is_ok());
        }
        let exchanges = self.exchanges();
        for number in [71, 72, 73] {
            let (id, now) = (ImportId::from_random([number; 16]), self.clock.now());
            let import = Import::new(FileName::parse("clients.csv").unwrap(), 200_000, now);
            let writer = Writer::of(&mine, now);
            exchanges.create(writer, (id, &import), |_| false).await.unwrap();
            for part in [0, 1] {
                exchanges.put_part(writer, (id, &import), part, b"Bakker").await.unwrap();
            }
            let export = Export::new(Format::Csv, now);
            exchanges.create(writer, (ExportId::from_random([number; 16]), &export), |_| false).await.unwrap();
        }
    }

    /// Everything that can change is changed; of many kinds that can be deleted, one is.
    #[expect(clippy::cognitive_complexity, reason = "one thing after the other: a document of every kind")]
    async fn go_on(&self) {
        let (mine, now) = (self.adviser(self.files[0].0), self.clock.now());
        self.change_records().await;
        for index in [self.anna, self.bert] {
            let found = self.identities.find(index).await.unwrap();
            let mut identity = found.identity.clone();
            identity.account.as_mut().unwrap().display_name = DisplayName::parse("Another").unwrap();
            let write = IdentityWrite::of(identity, Event::Change(Change::ProfileChanged), now);
            self.identities.commit(&found, &Authority::Operator, write).await.unwrap();
        }
        self.attempt(self.stranger).await;
        self.renew_session(self.anna, 24, 25).await;
        let (session, etag) = self.identities.session(self.bert, &HashedToken::of_tag([14; 32])).await.unwrap().unwrap();
        let asks = AnySession::of(self.bert, HashedToken::of_tag([14; 32]), session.clone(), now).unwrap().proof();
        let touched = finrust::domain::sign_in::session::SessionRecord { last_seen_at: now, ..session };
        self.identities.touch(asks, &touched, etag).await.unwrap();
        self.identities.drop_mail(&Authority::Job, self.bert, MailId::from_random([15; 16])).await.unwrap();
        let (clients, exchanges) = (self.clients(), self.exchanges());
        let other = finrust::domain::ids::ClientId::from_random([62; 16]);
        for (id, deed) in [(self.files[0].1, AuditAction::Changed), (other, AuditAction::Deleted)] {
            let found = clients.find(mine.scope(), id).await.unwrap().unwrap();
            let mut kept = found.kept;
            kept.revision += 1;
            kept.updated_at = now;
            let (revision, if_match) = (kept.revision, found.etag.clone());
            let content = if deed.removes() { Content::Gone { if_match, revision } } else { Content::Over(if_match, kept) };
            let writer = Writer::of(&mine, now);
            assert!(clients.write(writer, &[FileWrite { id, deed, content }]).await.is_ok());
        }
        let id = finrust::domain::ids::ClientId::from_random([65; 16]);
        let found = clients.find(mine.scope(), id).await.unwrap().unwrap();
        assert!(clients.erase(Writer::of(&mine, now), id, &found).await.is_ok());
        let id = ImportId::from_random([71; 16]);
        let (mut import, etag) = exchanges.find::<Import>(mine.scope(), id).await.unwrap().unwrap();
        import.progress.done = 1;
        let writer = Writer::of(&mine, now);
        exchanges.replace(writer, id, &import, etag).await.unwrap();
        exchanges.remove_parts(writer, ImportId::from_random([72; 16])).await.unwrap();
        exchanges.put_part(writer, (id, &import), 0, b"Visser").await.unwrap();
        let id = ExportId::from_random([71; 16]);
        let (mut export, etag) = exchanges.find::<Export>(mine.scope(), id).await.unwrap().unwrap();
        export.last = Some(self.files[0].1);
        exchanges.replace(writer, id, &export, etag).await.unwrap();
        for scope in [KeyScope::Service, KeyScope::Adviser(self.files[0].0)] {
            assert!(self.sealing.rotate(SealingScope::of(scope).unwrap(), now + SignedDuration::from_secs(1)).await.unwrap());
        }
    }

    async fn change_records(&self) {
        for number in [41, 42] {
            self.change(breaches::register::location(), number, |breach: &Breach| {
                let notice = breach.waiting().first().unwrap();
                breach.posted(notice, vec![AccountRef(self.anna)]).unwrap()
            })
            .await;
        }
        self.change(organisation::register::location(), 61, |it: &Organisation| it.posted(it.waiting()[0].known().unwrap()).unwrap()).await;
        for number in [41, 42] {
            self.change(processors::register::location(), number, |it: &Processor| {
                it.changed(platform::draft("mail").unwrap()).ok().unwrap()
            })
            .await;
            self.extend_request(self.files[0].0, number, 1).await;
        }
        for number in [52, 53] {
            self.change(hand_overs::register::location(), number, |it: &HandOver| (it.withdraw().unwrap(), HandOverEvent::Withdrawn)).await;
        }
    }

    /// Uses a session, queues and sends mails, completes an intent; imports and exports continue. Also takes a step of a record in a
    /// partition where nothing else happens.
    async fn go_on_without_entries(&self) {
        let (mine, now) = (self.adviser(self.files[0].0), self.clock.now());
        for (index, session) in [(self.anna, 25), (self.bert, 14)] {
            let hash = HashedToken::of_tag([session; 32]);
            let (record, etag) = self.identities.session(index, &hash).await.unwrap().unwrap();
            let asks = AnySession::of(index, hash, record.clone(), now).unwrap().proof();
            let touched = finrust::domain::sign_in::session::SessionRecord { last_seen_at: now, ..record };
            self.identities.touch(asks, &touched, etag).await.unwrap();
        }
        assert!(self.identities.leave_once(&Authority::Maintenance, self.bert, MailId::from_random([33; 16]), &mail(now)).await.unwrap());
        self.identities.drop_mail(&Authority::Job, self.bert, MailId::from_random([32; 16])).await.unwrap();
        let (_, intent, _) = self.identities.intents(None).await.unwrap().items.into_iter().find(|it| it.0 == self.bert).unwrap();
        self.identities.drop_intent(&Authority::Maintenance, self.bert, intent).await.unwrap();
        self.extend_request(self.files[1].0, 43, 1).await;
        let (exchanges, writer) = (self.exchanges(), Writer::of(&mine, now));
        let id = ImportId::from_random([72; 16]);
        let (mut import, etag) = exchanges.find::<Import>(mine.scope(), id).await.unwrap().unwrap();
        exchanges.put_part(writer, (id, &import), 0, b"Jansen").await.unwrap();
        import.progress.done = 1;
        exchanges.replace(writer, id, &import, etag).await.unwrap();
        exchanges.remove(writer, ImportId::from_random([73; 16])).await.unwrap();
        exchanges.remove_parts(writer, ImportId::from_random([73; 16])).await.unwrap();
        let id = ExportId::from_random([74; 16]);
        exchanges.create(writer, (id, &Export::new(Format::Json, now)), |_| false).await.unwrap();
    }

    fn exchanges(&self) -> Exchanges {
        Exchanges::new(Arc::clone(&self.documents), Arc::clone(&self.sealing), self.commits())
    }

    /// Replaces one session by another.
    async fn renew_session(&self, index: BlindIndex, old: u8, new: u8) {
        let (found, now) = (self.identities.find(index).await.unwrap(), self.clock.now());
        let mut identity = found.identity.clone();
        let account = identity.account.as_mut().unwrap();
        let (end, start) = ([old, new].map(|number| HashedToken::of_tag([number; 32]))).into();
        let session = self.session();
        account.sessions.retain(|known| known.hash != end);
        account.sessions.push(finrust::domain::accounts::sessions::SessionRef {
            hash: start,
            expires_at: session.gone_at(),
            notice: None,
            touches: 0,
            half: false,
        });
        let mut write = IdentityWrite::of(identity, Event::Change(Change::ProfileChanged), now);
        write.start.push((start, session));
        write.end.push(end);
        self.identities.commit(&found, &Authority::Operator, write).await.unwrap();
    }

    /// Leaves an intent, as before a step in a register.
    async fn intent_of(&self, index: BlindIndex, session: u8) -> Intent {
        let (hash, now) = (HashedToken::of_tag([session; 32]), self.clock.now());
        let (record, _) = self.identities.session(index, &hash).await.unwrap().unwrap();
        let Some(AnySession::Full(session)) = AnySession::of(index, hash, record, now) else { panic!("a full session") };
        let found = self.identities.find(index).await.unwrap();
        let aim = Aim::Register { name: "hand-overs".to_owned(), record: None };
        let kept = KeptIntent { aim, at: now, until: now + INTENT_LIFETIME, listed: false, errand: None };
        let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::ProfileChanged), now);
        write.intent = Some((IntentId::from_random(self.sealing.random_bytes()), kept));
        self.identities.commit(&found, &Authority::Session(session.proof()), write).await.unwrap().intent.unwrap()
    }

    /// A hand-over of two files, from proposal to completion.
    async fn hand_over(&self, number: u8, from: ScopeId, to: ScopeId) {
        for file in [number + 100, number + 101] {
            self.keep_file_of(from, file).await;
        }
        let location = hand_overs::register::location;
        let (records, id) = (self.records::<HandOver>(location()), RecordId::from_random([number; 16]));
        let [one, other] = [self.intent_of(self.anna, 24).await, self.intent_of(self.bert, 14).await];
        let (proposed, event) = proposed(from, to);
        let proposed = HandOver { proposed_by: self.anna, ..proposed };
        let found = records.create(id, &Warrant::from(one), self.step((proposed, event))).await.unwrap();
        let approved = HandOver { phase: Phase::Approved, ..found.record.clone() };
        let step = self.step((approved, HandOverEvent::Approved));
        let found = records.append(&found, &Warrant::from(other), step).await.unwrap();
        let steps = records.steps(id).await.unwrap();
        let sides = BothSides::of(&Approved::of(id, &found.record, &steps, self.clock.now()).unwrap());
        let clients = self.clients();
        self.commits().close(&sides).await.unwrap();
        self.change(location(), number, |it: &HandOver| (it.begun(2, self.clock.now()), HandOverEvent::Begun { files: 2 })).await;
        assert_eq!(clients.move_some(&sides, self.clock.now()).await.unwrap(), Some(2));
        self.change(location(), number, |it: &HandOver| (it.completed(), HandOverEvent::Completed { files: 2, records: 0 })).await;
    }
}

fn proposed(from: ScopeId, to: ScopeId) -> (HandOver, HandOverEvent) {
    let side = |scope| Side { account: BlindIndex::from_bytes([1; 32]), scope, name: DisplayName::parse("Anna").unwrap(), username: None };
    let hand_over = HandOver {
        from: side(from),
        to: side(to),
        reason: Reason::parse("retires").unwrap(),
        proposed_by: BlindIndex::from_bytes([2; 32]),
        proposed_at: "2026-03-01T00:00:00Z".parse().unwrap(),
        phase: Phase::Proposed,
        approved_by: None,
        moves_at: None,
    };
    (hand_over, HandOverEvent::Proposed)
}

fn received() -> finrust::domain::requests::record::Received {
    let content = json!({"received_on": "2026-04-01", "kind": "access", "name": "P. Bakker", "client": null, "remarks": null});
    serde_json::from_value(content).unwrap()
}

fn extended(months: u8) -> RequestStep {
    serde_json::from_value(json!({"step": "extend", "months": months, "reason": "many files"})).unwrap()
}
