//! What each operation costs on Cosmos DB and Key Vault: round trips, request units and vault calls, checked against budgets.

use crate::{
    breach_steps::{named_step, step, suspect},
    clients::{make, put},
    measured::{self, Figures},
    meter::Meter,
    samples::example,
    support::{
        actor::Actor,
        app::{PASSWORD, TestApp, TestOptions},
        register::account_id,
    },
    vault::Vault,
};
use axum::http::StatusCode;
use finrust::{
    crypto::envelope::Part,
    domain::sign_in::credentials::Role,
    flows::rotation::Rotation,
    ports::{Clock, Container, Listing, Order, Page, Partition},
};
use jiff::SignedDuration;
use serde_json::json;
use std::{fs, path::Path, sync::Arc};
use test_support::price::{Priced, Prices};

/// The limits of one operation: requests to the database, how many of them are sequential, request units as the emulator charges them, and
/// by the published figures.
#[derive(Clone, Copy)]
struct Budget(u64, u64, f64, f64);

/// A save, plus loading all summaries to report a file that may be about the same person: creations are rare, reads are not.
const CREATE: Budget = Budget(4, 4, 40.0, 170.0);
const SIGN_IN: Budget = Budget(2, 2, 40.0, 40.0);
/// The adviser's marker is read and replaced after the session has ended, so that none of its requests can write any more.
const SIGN_IN_OVER: Budget = Budget(4, 4, 60.0, 70.0);
const SIGN_OUT: Budget = Budget(5, 5, 60.0, 70.0);
/// The session opened by the previous step is read too, concurrently with the identity.
const NEXT_STEP: Budget = Budget(3, 2, 40.0, 41.0);
/// The request, the one-time password with its mail, sending (the firm that it names is read at the same time), and deleting the mail together
/// with its entry in the identity, which is read and replaced.
const RESET: Budget = Budget(6, 5, 40.0, 60.0);
/// The account is read; the officer's own identity is read and takes the intent; the account is changed; the intent is deleted, and the
/// identity that lists it is read and replaced once more.
const OTHER_ACCOUNT: Budget = Budget(7, 7, 60.0, 80.0);
/// Likewise with a record and the marker of its register partition. The response reads the steps and the names of their authors.
const REGISTER_STEP: Budget = Budget(10, 10, 60.0, 100.0);
const READ: Budget = Budget(2, 2, 6.0, 6.0);
/// File and note are read concurrently, and the read is recorded in the audit trail.
const FIRST_READ: Budget = Budget(4, 3, 40.0, 40.0);
const SAVE: Budget = Budget(3, 3, 40.0, 40.0);
const PAGE: Budget = Budget(1, 1, 40.0, 40.0);
/// Names are sealed, so only FinRust can sort them: it needs all 1,000 summaries to show 50.
const FIRST_SEARCH: Budget = Budget(4, 4, 40.0, 170.0);
/// Session and marker are read; the summaries are cached.
const SEARCH: Budget = Budget(2, 2, 40.0, 40.0);
/// Each file is read and replaced, plus its share of listing pages and looking up keys.
const RESEAL_50: Budget = Budget(107, 107, 300.0, 850.0);

/// A service on Cosmos DB with everything to be measured.
struct Bench {
    app: Arc<TestApp>,
    meter: Meter,
    prices: Prices,
    table: Vec<String>,
    measured: Vec<(String, Figures)>,
    exceeded: Vec<String>,
}

impl Bench {
    async fn start(meter: Meter) -> Self {
        let prices = Prices::default();
        let asked = prices.clone();
        let documents = Box::new(move |inner| Priced::over(inner, &asked));
        let app = TestApp::start_with(TestOptions { cosmos: true, documents: Some(documents), ..TestOptions::default() }).await;
        Self { app: Arc::new(app), meter, prices, table: Vec::new(), measured: Vec::new(), exceeded: Vec::new() }
    }

    /// Runs the operation twice and measures the second run, when keys and container metadata are cached.
    async fn measure<T>(&mut self, name: &str, budget: Budget, mut operation: impl AsyncFnMut() -> T) -> T {
        operation().await;
        self.measure_once(name, budget, operation).await
    }

    async fn measure_once<T>(&mut self, name: &str, budget: Budget, mut operation: impl AsyncFnMut() -> T) -> T {
        self.meter.reset();
        self.prices.reset();
        let (before, mails) = (self.app.key_calls(), self.app.mails().len());
        let answer = operation().await;
        let (requests, charged) = self.meter.total();
        let ((estimated, round_trips), vault) = (self.prices.total(), self.app.key_calls() - before);
        let mails = self.app.mails().len() - mails;
        let Budget(most, trips, charge, estimate) = budget;
        let line = format!(
            "{name:<30} {requests:>4} of {most} {round_trips:>7} of {trips} {charged:>8.1} of {charge:<3} {estimated:>8.1} of {estimate:<3} {vault:>6} of 0"
        );
        assert!(requests >= round_trips && round_trips > 0 && charged > 0.0 && estimated > 0.0, "nothing was measured: {line}");
        if requests > most || round_trips > trips || charged > charge || estimated > estimate || vault > 0 {
            self.exceeded.push(line.clone());
        }
        self.table.push(line);
        self.measured.push((name.to_owned(), Figures { requests, round_trips, units: estimated, vault_calls: vault, mails }));
        answer
    }

    /// Prints the table, and writes it to `target/tmp/costs.txt`.
    fn finish(self) {
        let head = format!(
            "{:<30} {:>9} {:>12} {:>15} {:>15} {:>11}",
            "operation", "requests", "round trips", "RU, emulator", "RU, published", "vault calls"
        );
        let table = format!("{head}\n{}\n", self.table.join("\n"));
        print!("{table}");
        fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("costs.txt"), table).unwrap();
        assert!(self.exceeded.is_empty(), "over budget:\n{}", self.exceeded.join("\n"));
        measured::compare(&self.measured);
    }
}

#[tokio::test]
async fn no_operation_costs_more_than_its_budget() {
    let meter = Meter::default();
    let _measuring = meter.install();
    let mut bench = Bench::start(meter).await;
    let anna = bench.app.adviser("anna").await;
    let olga = bench.app.officer("olga").await;
    signing_in(&mut bench, &anna, &olga).await;
    officers(&mut bench, &olga).await;
    client_files(&mut bench, &anna).await;
    sealing_anew(&mut bench).await;
    bench.finish();
}

async fn signing_in(bench: &mut Bench, anna: &Actor, olga: &Actor) {
    anna.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    let reply = bench.measure_once("sign-in with a password", SIGN_IN, async || anna.log_in().await).await;
    reply.expect(StatusCode::OK);
    // The browser's previous session is ended, and the adviser's partition is informed.
    let reply = bench.measure("sign-in over a living session", SIGN_IN_OVER, async || anna.log_in().await).await;
    reply.expect(StatusCode::OK);
    bench.measure_once("sign out", SIGN_OUT, async || anna.post("/api/logout", None).await).await.expect(StatusCode::NO_CONTENT);
    anna.log_in().await.expect(StatusCode::OK);
    let reply = bench.measure("wrong password", SIGN_IN, async || anna.log_in_as("anna", "fout wachtwoord").await).await;
    reply.expect(StatusCode::UNAUTHORIZED);
    let invited = bench.app.invited("ingrid", Role::Adviser).await;
    invited.log_in().await.expect(StatusCode::OK);
    let choose = async || invited.post("/api/login/new-password", json!({ "new_password": PASSWORD })).await;
    bench.measure_once("new password", NEXT_STEP, choose).await.expect(StatusCode::OK);
    let second_factor = async || olga.post("/api/login/two-factor", json!({"code": "000000"})).await;
    olga.log_in().await.expect(StatusCode::OK);
    let reply = bench.measure("wrong second factor", NEXT_STEP, second_factor).await;
    reply.expect(StatusCode::UNAUTHORIZED);
    let second_factor = async || olga.post("/api/login/two-factor", json!({"code": olga.code()})).await;
    bench.measure_once("second factor", NEXT_STEP, second_factor).await.expect(StatusCode::OK);
    let reply = bench.measure("who am I", READ, async || anna.get("/api/session").await).await;
    reply.expect(StatusCode::OK);
    let reply = bench.measure("own account", READ, async || anna.get("/api/account").await).await;
    reply.expect(StatusCode::OK);
    // Until the mail is sent: the request, the job behind it, the mail.
    let app = Arc::clone(&bench.app);
    let forgotten = async || {
        anna.post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
        app.run_jobs().await
    };
    assert_eq!(bench.measure("one-time password by mail", RESET, forgotten).await, 2, "a request and a mail");
}

/// Officers' actions outside their own identity are recorded there as intents first.
async fn officers(bench: &mut Bench, olga: &Actor) {
    let unlock = format!("/api/accounts/{}/unlock", account_id(olga, "anna").await);
    let reply = bench.measure("unlock an account", OTHER_ACCOUNT, async || olga.post(&unlock, None).await).await;
    reply.expect(StatusCode::NO_CONTENT);
    let breach = suspect(olga, "Een vreemde mail").await;
    let note = async || step(olga, &breach, named_step("annotated")).await;
    bench.measure("step of a breach", REGISTER_STEP, note).await.expect(StatusCode::OK);
}

async fn client_files(bench: &mut Bench, anna: &Actor) {
    for _ in 0..998 {
        make(anna, &example()).await;
    }
    let body = example();
    let create = async || anna.post("/api/clients", body.clone()).await;
    bench.measure("new client file", CREATE, create).await.expect(StatusCode::CREATED);
    let (other, _) = make(anna, &body).await;
    let (path, mut etag) = make(anna, &body).await;
    let (mut notes, mut versions) = (body.clone(), 0);
    anna.get(&other).await.expect(StatusCode::OK);
    bench.measure_once("open a file, first in session", FIRST_READ, async || anna.get(&path).await).await.expect(StatusCode::OK);
    bench.measure("open a client file", READ, async || anna.get(&path).await).await.expect(StatusCode::OK);
    let save = async || {
        versions += 1;
        notes["notes"] = json!(format!("versie {versions}"));
        let reply = put(anna, &path, &etag, &notes).await;
        etag = reply.header("etag").expect("a new version").to_owned();
        reply
    };
    bench.measure("save a client file", SAVE, save).await.expect(StatusCode::OK);
    let listing = page_of_fifty(bench).await;
    assert_eq!((listing.items.len(), listing.next.is_some()), (50, true));
    let search = async || anna.post("/api/clients/search", json!({"limit": 50})).await;
    search().await;
    save_one(anna, &path).await;
    for (name, budget) in [("first search, 50 of 1,000", FIRST_SEARCH), ("search again, 50 of 1,000", SEARCH)] {
        let reply = bench.measure_once(name, budget, search).await.expect(StatusCode::OK);
        assert_eq!(reply.json()["items"].as_array().map(Vec::len), Some(50));
    }
}

/// The files of an adviser after a rotation of the data key: 50 files and the marker. One is re-sealed beforehand, so that the new key is
/// cached.
async fn sealing_anew(bench: &mut Bench) {
    let (documents, sealing, clock) = (bench.app.documents(), bench.app.sealing(), Arc::clone(&bench.app.clock));
    let others = sealing.sealing_scopes().await.unwrap();
    let bram = bench.app.adviser("bram").await;
    for _ in 0..50 {
        make(&bram, &example()).await;
    }
    let scopes = sealing.sealing_scopes().await.unwrap();
    let scope = scopes.into_iter().find(|scope| !others.contains(scope)).expect("a key of Bram's files");
    assert!(sealing.rotate(scope, clock.now() + SignedDuration::from_secs(1)).await.unwrap());
    let rotation = Rotation { sealing: &sealing, documents: &*documents, clock: &*clock };
    assert_eq!(rotation.reseal(scope, 1, |_| {}).await.unwrap().resealed, 1);
    let round = async || rotation.reseal(scope, usize::MAX, |_| {}).await.unwrap();
    assert_eq!(bench.measure_once("50 files re-sealed", RESEAL_50, round).await.resealed, 50);
}

async fn save_one(anna: &Actor, path: &str) {
    let etag = anna.get(path).await.header("etag").expect("a version").to_owned();
    put(anna, path, &etag, &example()).await.expect(StatusCode::OK);
}

async fn page_of_fifty(bench: &mut Bench) -> Listing {
    let (documents, mine) = (bench.app.documents(), Vault::of(&bench.app).spots("clients", "client-").remove(0).partition);
    let (partition, page) = (Partition::parse(&mine).unwrap(), Page { order: Order::Ascending, limit: 50, after: None });
    let list = async || documents.list(Container::Clients, &partition, "client-", Part::Summary, &page).await.unwrap();
    bench.measure("50 of 1,000 summaries", PAGE, list).await
}
