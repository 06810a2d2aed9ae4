//! Files named in the erasure log are gone and stay gone.

use crate::{
    imports,
    support::{
        actor::Actor,
        app::{PASSWORD, TestApp, TestOptions},
    },
};
use axum::http::StatusCode;
use finrust::{
    adapters::{azure::Azure, erasure_blob::ErasureBlob},
    domain::{
        chain_check::ChainFlaw,
        clients::erasure_log::Erasure,
        ids::{ClientId, ScopeId},
    },
    flows::{
        clients::{self, erasure_replay::Extent},
        verify::{self, report::Defect},
    },
    ports::{Container, Order, Page},
};
use jiff::SignedDuration;
use serde_json::json;
use std::{io::Write, sync::Arc};
use test_support::doubles::{blob_storage::BlobStorage, credential::TestCredential, https::AUTHORITY};

async fn scope_of_only_adviser(app: &TestApp) -> ScopeId {
    let page = Page { order: Order::Ascending, limit: 1, after: None };
    let listing = app.documents().scan(Container::Clients, "client-", finrust::crypto::envelope::Part::Body, &page).await.unwrap();
    ScopeId::parse(listing.items[0].partition.as_str()).unwrap()
}

async fn findings(app: &TestApp) -> Vec<Defect> {
    let services = &app.state().services;
    let report = verify::run::run(&*app.documents(), &services.sealing, &services.identities, &*services.erasures, &*app.clock, |_| {})
        .await
        .unwrap();
    let unvouched = report.erasures.unvouched;
    assert_eq!(report.count(), report.findings.len() + unvouched);
    report.findings.iter().map(|finding| finding.what).collect()
}

/// The state after a crash between the log and the database, or after restoring an older database.
async fn log_says(app: &TestApp, scope: ScopeId, client: &str) {
    let root = app.state().services.sealing.root().await.unwrap();
    let erasure = Erasure { at: app.state().services.now(), scope, client: ClientId::parse(client).unwrap(), created_at: None };
    app.state().services.erasures.append(&erasure.line(&root.erasures)).await.unwrap();
}

#[tokio::test]
async fn a_file_that_the_log_names_is_found_and_erased_again() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let ids = ["Dijk", "Berg"].map(|name| json!({"person": {"last_name": name}}));
    let mut made = Vec::new();
    for body in ids {
        made.push(anna.post("/api/clients", body).await.expect(StatusCode::CREATED).json()["id"].as_str().unwrap().to_owned());
    }
    let scope = scope_of_only_adviser(&app).await;
    log_says(&app, scope, &made[0]).await;
    log_says(&app, scope, &made[0]).await;
    assert_eq!(findings(&app).await, [Defect::Erased]);
    let replayed = clients::erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap();
    assert_eq!((replayed.named, replayed.erased, replayed.unvouched), (1, 1, 0));
    anna.get(&format!("/api/clients/{}", made[0])).await.expect(StatusCode::NOT_FOUND);
    anna.get(&format!("/api/clients/{}", made[1])).await.expect(StatusCode::OK);
    app.verify().await;
    let again = clients::erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap();
    assert_eq!((again.named, again.erased), (1, 0));
}

#[tokio::test]
async fn a_round_of_maintenance_finishes_an_erasure_that_was_cut_off() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let made = anna.post("/api/clients", json!({"person": {"last_name": "Dijk"}})).await.expect(StatusCode::CREATED).json();
    let scope = scope_of_only_adviser(&app).await;
    log_says(&app, scope, made["id"].as_str().unwrap()).await;
    assert_eq!(app.maintain().await.erased, 1);
    assert_eq!(app.maintain().await.erased, 0);
    app.verify().await;
}

#[tokio::test]
async fn nothing_is_erased_on_the_word_of_a_stranger() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let made = anna.post("/api/clients", json!({"person": {"last_name": "Dijk"}})).await.expect(StatusCode::CREATED).json();
    let scope = scope_of_only_adviser(&app).await;
    let id = made["id"].as_str().unwrap();
    let mut file = std::fs::File::options().create(true).append(true).open(app.data_dir().join("erasures.log")).unwrap();
    let tag = "A".repeat(43);
    writeln!(file, "erased1 2026-11-25T09:00:00Z {scope} {id} {tag}\nnonsense").unwrap();
    let replayed = clients::erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap();
    assert_eq!((replayed.named, replayed.erased, replayed.unvouched), (0, 0, 2));
    anna.get(&format!("/api/clients/{id}")).await.expect(StatusCode::OK);
    let services = &app.state().services;
    let report = verify::run::run(&*app.documents(), &services.sealing, &services.identities, &*services.erasures, &*app.clock, |_| {})
        .await
        .unwrap();
    assert!(!report.is_clean() && report.erasures.unvouched == 2 && report.findings.is_empty());
}

/// Longer than a response takes, shorter than a session lasts.
const STEP: SignedDuration = SignedDuration::from_mins(10);

/// Imports a table with one client: the file created from a row always gets the same derived id.
async fn import_one(actor: &Actor) -> String {
    let path = imports::send(actor, imports::many(1).as_bytes()).await;
    imports::run(actor, &path).await;
    let listed = actor.post("/api/clients/search", json!({})).await.expect(StatusCode::OK).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    format!("/api/clients/{}", listed["items"][0]["id"].as_str().unwrap())
}

async fn erase(actor: &Actor, path: &str) {
    let mark = json!({"step": "mark", "reason": "Op verzoek", "ground": "no_longer_needed"});
    actor.post(&format!("{path}/rights"), mark).await.expect(StatusCode::OK);
    actor.post(&format!("{path}/erasure"), json!({"password": PASSWORD, "no_legal_duty": true})).await.expect(StatusCode::NO_CONTENT);
}

/// The findings other than the wrong clock, which is expected.
async fn other_findings(app: &TestApp) -> Vec<Defect> {
    let mut found = findings(app).await;
    found.retain(|what| *what != Defect::Chain(ChainFlaw::TimeAhead));
    found
}

async fn replay(app: &TestApp) -> usize {
    clients::erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap().erased
}

/// Erased while the clock was ahead, and recreated after it was corrected: a different file.
async fn erased_ahead_and_made_anew_after(app: &TestApp) {
    let anna = app.adviser("anna").await;
    app.clock.advance(STEP);
    let path = import_one(&anna).await;
    app.clock.advance(STEP);
    erase(&anna, &path).await;
    app.clock.advance(-STEP - STEP);
    assert_eq!(import_one(&anna).await, path, "the same row, and so the same id");
    assert_eq!(other_findings(app).await, []);
    assert_eq!((app.maintain().await.erased, replay(app).await), (0, 0));
    anna.get(&path).await.expect(StatusCode::OK);
    // Erased again, at exactly its own creation time.
    erase(&anna, &path).await;
    assert_eq!((other_findings(app).await, replay(app).await), (vec![], 0));
}

/// Created while the clock was ahead, and erased after it was corrected: a restore does not bring the person back.
async fn made_ahead_and_erased_after(app: &TestApp) {
    let anna = app.adviser("anna").await;
    app.clock.advance(STEP);
    let path = import_one(&anna).await;
    app.clock.advance(-STEP);
    erase(&anna, &path).await;
    // What an older, restored database contains: the same file, created at the same time.
    app.clock.advance(STEP);
    assert_eq!(import_one(&anna).await, path);
    app.clock.advance(-STEP);
    assert_eq!(other_findings(app).await, [Defect::Erased]);
    assert_eq!(app.maintain().await.erased, 1);
    anna.get(&path).await.expect(StatusCode::NOT_FOUND);
    assert_eq!((other_findings(app).await, replay(app).await), (vec![], 0));
}

/// The service with its erasure log in append blobs.
async fn with_blobs() -> (TestApp, BlobStorage) {
    let storage = BlobStorage::start().await;
    let azure = Azure { credential: Arc::new(TestCredential::Gives), http: AUTHORITY.client() };
    let log = Arc::new(ErasureBlob::open(&storage.url, &azure).unwrap());
    (TestApp::start_with(TestOptions { erasures: Some(log), ..TestOptions::default() }).await, storage)
}

#[tokio::test]
async fn a_clock_that_steps_erases_no_file_that_was_made_anew() {
    erased_ahead_and_made_anew_after(&TestApp::start().await).await;
    let (app, storage) = with_blobs().await;
    erased_ahead_and_made_anew_after(&app).await;
    let names: Vec<_> = storage.blobs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["log", "log-made"], "both forms");
}

#[tokio::test]
async fn a_clock_that_steps_brings_nobody_back_who_was_erased() {
    made_ahead_and_erased_after(&TestApp::start().await).await;
    made_ahead_and_erased_after(&with_blobs().await.0).await;
}
