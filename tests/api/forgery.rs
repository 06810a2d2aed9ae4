//! An attacker with access to the database, and even with the key-encryption key, plants data keys or rolls back the attempt log.

use crate::{
    clients::make,
    samples::{example, named},
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
    vault::{Spot, Vault},
};
use axum::http::StatusCode;
use finrust::{
    adapters::{key_file::KeyFile, system::SystemRandom},
    crypto::{
        data_keys::DataKey,
        envelope::{self, EnvelopeContext, Part},
        key_record::{KeyDescription, KeyRecord, KeyState},
        mac::MacKey,
    },
    domain::{chain_check::ChainFlaw, ids::KeyId},
    flows::verify::{
        self,
        report::{Defect, DocumentKind, Report},
    },
    ports::KeyWrap,
    secret::Secret,
};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;

/// Longer than a key stays cached.
const FORGOTTEN: SignedDuration = SignedDuration::from_mins(6);

async fn scene() -> (TestApp, Vault, Actor, Actor, [String; 2]) {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let paths = [make(&anna, &example()).await.0, make(&bert, &named("Bakker")).await.0];
    let vault = Vault::of(&app);
    (app, vault, anna, bert, paths)
}

fn key_of(vault: &Vault, partition: &str) -> Spot {
    vault.spots("keys", "key-").into_iter().find(|spot| spot.partition == partition).unwrap()
}

fn refused(reply: Reply) {
    reply.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
}

/// A record of a data key chosen by an attacker, properly wrapped; only the root key's MAC is missing.
async fn self_made(app: &TestApp, scope: &str, id: KeyId, created: i64) -> Vec<u8> {
    let key_file = KeyFile::open(&app.data_dir().join("key-encryption-key"), Arc::new(SystemRandom)).unwrap();
    let wrapped = key_file.wrap(&Secret::new([7; 32])).await.unwrap();
    let description = KeyDescription { state: KeyState::Active, created, wrapped };
    KeyRecord::encode(&description, scope, id, &MacKey::new(Secret::new([8; 32]))).as_bytes().to_vec()
}

#[tokio::test]
async fn the_key_of_another_scope_opens_nothing() {
    let (app, vault, anna, bert, paths) = scene().await;
    let (mine, theirs) = (key_of(&vault, &vault.file(&paths[0]).partition), key_of(&vault, &vault.file(&paths[1]).partition));
    let service = key_of(&vault, "service");
    for other in [&theirs, &service] {
        let record = vault.body(&mine);
        vault.set_body(&mine, &vault.body(other));
        app.clock.advance(FORGOTTEN);
        refused(anna.get(&paths[0]).await);
        refused(anna.post("/api/clients", named("Lost")).await);
        bert.get(&paths[1]).await.expect(StatusCode::OK);
        vault.set_body(&mine, &record);
    }
    anna.get(&paths[0]).await.expect(StatusCode::OK);
    vault.put(&theirs.in_partition_of(&mine), &vault.copy(&theirs));
    app.clock.advance(FORGOTTEN);
    refused(anna.post("/api/clients", named("Lost")).await);
    vault.delete(&theirs.in_partition_of(&mine));
    anna.post("/api/clients", named("Kept")).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn a_self_made_key_neither_opens_nor_seals() {
    let (app, vault, anna, bert, paths) = scene().await;
    // In this session the read is already in the audit trail: reading again seals nothing.
    anna.get(&paths[0]).await.expect(StatusCode::OK);
    let file = vault.file(&paths[0]);
    let mine = key_of(&vault, &file.partition);
    let chosen = KeyId::from_bytes([9; 16]);
    let record = self_made(&app, &file.partition, chosen, i64::MAX).await;
    let slipped_in = mine.named(&format!("key-{chosen}"));
    vault.put(&slipped_in, &vault.copy(&mine).with_body(&record));
    let place = EnvelopeContext { container: "clients", partition: &file.partition, document: &file.id, part: Part::Body };
    let key = DataKey::new(chosen, Secret::new([7; 32]));
    let forged = envelope::seal(&key, [3; 32], place, br#"{"file":{"person":{"last_name":"Forged"}}}"#);
    let body = vault.body(&file);
    vault.set_body(&file, forged.as_bytes());
    app.clock.advance(FORGOTTEN);
    refused(anna.get(&paths[0]).await);
    refused(anna.post("/api/clients", named("Lost")).await);
    vault.set_body(&file, &body);
    anna.get(&paths[0]).await.expect(StatusCode::OK);
    bert.get(&paths[1]).await.expect(StatusCode::OK);
    vault.delete(&slipped_in);
    anna.post("/api/clients", named("Kept")).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn a_self_made_root_key_rules_nothing() {
    let (app, vault, anna, _, paths) = scene().await;
    let root = key_of(&vault, "index");
    let id = root.id.strip_prefix("key-").and_then(KeyId::parse).unwrap();
    let record = vault.body(&root);
    for other in [self_made(&app, "index", id, 0).await, vault.body(&key_of(&vault, "service")), Vec::new(), vec![1; 60]] {
        vault.set_body(&root, &other);
        app.clock.advance(FORGOTTEN);
        refused(anna.get(&paths[0]).await);
        refused(anna.clone_as_new_browser().log_in().await);
    }
    vault.set_body(&root, &record);
    anna.get(&paths[0]).await.expect(StatusCode::OK);
}

/// The report of `finrust verify`.
async fn verified(app: &TestApp) -> Report {
    let services = &app.state().services;
    verify::run::run(&*app.documents(), &services.sealing, &services.identities, &*services.erasures, &*services.clock, |_| {})
        .await
        .unwrap()
}

async fn findings(app: &TestApp) -> Vec<(DocumentKind, Defect)> {
    verified(app).await.findings.iter().map(|finding| (finding.kind, finding.what)).collect()
}

/// Anna with a history: attempts of every kind, and a stranger who guesses.
async fn lived_in() -> (TestApp, Vault, String) {
    let (app, vault, anna, ..) = scene().await;
    let stranger = app.anonymous();
    for username in ["anna", "anna", "nobody", "nobody", "anna"] {
        app.clock.advance(SignedDuration::from_secs(40));
        stranger.log_in_as(username, "not the password").await.expect(StatusCode::UNAUTHORIZED);
    }
    anna.put("/api/account", json!({"display_name": "Anna", "language": "en"})).await.expect(StatusCode::NO_CONTENT);
    anna.clone_as_new_browser().sign_in().await;
    let index = app.state().services.identities.index("anna").await.unwrap_or_else(|_| panic!("an index")).to_string();
    (app, vault, index)
}

fn of_anna(vault: &Vault, index: &str, prefix: &str) -> Vec<Spot> {
    vault.spots("identities", prefix).into_iter().filter(|spot| spot.partition == index).collect()
}

#[tokio::test]
async fn what_the_service_writes_is_clean() {
    let (app, ..) = lived_in().await;
    let report = verified(&app).await;
    assert!(report.is_clean(), "{:?}", report.findings);
    assert!(report.chains >= 3 && report.opened > 20, "{report:?}");
}

#[tokio::test]
async fn an_older_identity_is_found() {
    let (app, vault, index) = lived_in().await;
    let identity = of_anna(&vault, &index, "identity").remove(0);
    let older = vault.copy(&identity);
    app.anonymous().log_in_as("anna", "not the password").await.expect(StatusCode::UNAUTHORIZED);
    assert!(verified(&app).await.is_clean());
    vault.put(&identity, &older);
    assert_eq!(findings(&app).await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::HeadOlder))]);
}

#[tokio::test]
async fn an_older_identity_is_found_after_the_next_attempt_too() {
    let (app, vault, index) = lived_in().await;
    let identity = of_anna(&vault, &index, "identity").remove(0);
    let older = vault.copy(&identity);
    app.anonymous().log_in_as("anna", "not the password").await.expect(StatusCode::UNAUTHORIZED);
    vault.put(&identity, &older);
    app.clock.advance(SignedDuration::from_secs(40));
    app.anonymous().log_in_as("anna", "not the password").await.expect(StatusCode::UNAUTHORIZED);
    assert!(!verified(&app).await.is_clean(), "two entries have one number");
}

#[tokio::test]
async fn each_attempt_that_is_deleted_is_found() {
    let (app, vault, index) = lived_in().await;
    for prefix in ["attempt-", "change-"] {
        for entry in of_anna(&vault, &index, prefix) {
            let copy = vault.copy(&entry);
            vault.delete(&entry);
            let found = findings(&app).await;
            assert!(!found.is_empty() && found.iter().all(|(kind, _)| *kind == DocumentKind::Chain), "{entry:?} {found:?}");
            vault.put(&entry, &copy);
        }
    }
    assert!(verified(&app).await.is_clean());
}

#[tokio::test]
async fn attempts_in_another_order_are_found() {
    let (app, vault, index) = lived_in().await;
    let entries = of_anna(&vault, &index, "attempt-");
    vault.swap_bodies(&entries[0], &entries[1]);
    assert!(findings(&app).await.contains(&(DocumentKind::Attempt, Defect::DoesNotOpen)));
    vault.swap_bodies(&entries[0], &entries[1]);
    let elsewhere = entries[0].named("attempt-ffffffffffffffffffffffffffffffff");
    vault.relocate(&entries[0], &elsewhere);
    assert!(findings(&app).await.contains(&(DocumentKind::Attempt, Defect::DoesNotOpen)));
    vault.relocate(&elsewhere, &entries[0]);
    assert!(verified(&app).await.is_clean());
}

#[tokio::test]
async fn an_account_that_is_deleted_with_or_without_its_past_is_found() {
    let (app, vault, index) = lived_in().await;
    let identity = of_anna(&vault, &index, "identity").remove(0);
    let copy = vault.copy(&identity);
    vault.delete(&identity);
    assert_eq!(findings(&app).await, [(DocumentKind::Chain, Defect::Chain(ChainFlaw::HeadMissing))]);
    vault.put(&identity, &copy);
    for prefix in ["attempt-", "change-"] {
        for entry in of_anna(&vault, &index, prefix) {
            vault.delete(&entry);
        }
    }
    assert!(findings(&app).await.iter().any(|(kind, _)| *kind == DocumentKind::Chain), "an account without any past");
}
