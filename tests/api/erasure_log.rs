//! What the log of erasures names is gone, and stays gone.

use crate::support::app::TestApp;
use axum::http::StatusCode;
use finrust::{
    domain::{
        erasure_log::Erasure,
        ids::{ClientId, ScopeId},
    },
    flows::{
        erasure_replay::{self, Extent},
        verify,
        verify_report::What,
    },
    ports::{Container, Order, Page},
};
use serde_json::json;
use std::io::Write;

async fn scope_of_only_adviser(app: &TestApp) -> ScopeId {
    let page = Page { order: Order::Ascending, limit: 1, after: None };
    let listing = app.documents().scan(Container::Clients, "client-", finrust::crypto::envelope::Part::Body, &page).await.unwrap();
    ScopeId::parse(listing.items[0].partition.as_str()).unwrap()
}

async fn findings(app: &TestApp) -> Vec<What> {
    let services = &app.state().services;
    let report =
        verify::run(&*app.documents(), &services.sealing, &services.identities, &*services.erasures, &*app.clock, |_| {}).await.unwrap();
    let unvouched = report.erasures.unvouched;
    assert_eq!(report.count(), report.findings.len() + unvouched);
    report.findings.iter().map(|finding| finding.what).collect()
}

/// As a crash leaves it between the log and the database, or a restore of an older database.
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
    assert_eq!(findings(&app).await, [What::Erased]);
    let replayed = erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap();
    assert_eq!((replayed.named, replayed.erased, replayed.unvouched), (1, 1, 0));
    anna.get(&format!("/api/clients/{}", made[0])).await.expect(StatusCode::NOT_FOUND);
    anna.get(&format!("/api/clients/{}", made[1])).await.expect(StatusCode::OK);
    app.verify().await;
    let again = erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap();
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
    let replayed = erasure_replay::replay(&app.state().services, Extent::Whole, |_| {}).await.unwrap();
    assert_eq!((replayed.named, replayed.erased, replayed.unvouched), (0, 0, 2));
    anna.get(&format!("/api/clients/{id}")).await.expect(StatusCode::OK);
    let services = &app.state().services;
    let report =
        verify::run(&*app.documents(), &services.sealing, &services.identities, &*services.erasures, &*app.clock, |_| {}).await.unwrap();
    assert!(!report.is_clean() && report.erasures.unvouched == 2 && report.findings.is_empty());
}
