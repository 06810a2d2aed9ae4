//! The firm that decides about an adviser's files: named by officers, seen by the adviser, and never crossed by a hand-over.

use crate::{
    officers::item,
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions, address},
        register::account_id,
    },
};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

fn dijk() -> Value {
    json!({"name": "Kantoor Dijk", "address": "Markt 2\n2611 GS Delft"})
}

async fn name(officer: &Actor, username: &str, controller: &Value) -> Reply {
    officer.put(&format!("/api/accounts/{}/controller", account_id(officer, username).await), controller.clone()).await
}

async fn own(adviser: &Actor) -> Value {
    adviser.get("/api/account").await.expect(StatusCode::OK).json()["controller"].clone()
}

#[tokio::test]
async fn an_officer_names_the_firm_and_the_adviser_is_told() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    assert_eq!((own(&anna).await, item(&olga, "anna").await.get("controller")), (Value::Null, None));
    app.clear_mails();
    name(&olga, "anna", &dijk()).await.expect(StatusCode::NO_CONTENT);
    assert_eq!((own(&anna).await, item(&olga, "anna").await["controller"].clone()), (dijk(), dijk()));
    app.run_jobs().await;
    let mail = app.last_mail_to(&address("anna"));
    assert_eq!(mail.subject, "Uw kantoor in FinRust is gewijzigd");
    assert!(mail.text.contains("Naam: Kantoor Dijk") && mail.text.contains("Adres: Markt 2, 2611 GS Delft"), "{}", mail.text);
    assert!(mail.text.contains("olga van Kantoor"), "{}", mail.text);
    app.clear_mails();
    name(&olga, "anna", &dijk()).await.expect(StatusCode::NO_CONTENT);
    app.run_jobs().await;
    assert!(app.mails().is_empty(), "nothing has changed");
    // The adviser writes the account back as it was read.
    let read = anna.get("/api/account").await.expect(StatusCode::OK).json();
    anna.put("/api/account", read).await.expect(StatusCode::NO_CONTENT);
    name(&olga, "anna", &json!({})).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(own(&anna).await, Value::Null);
    app.run_jobs().await;
    assert!(app.last_mail_to(&address("anna")).text.contains("Er is geen kantoor meer ingevuld."));
    app.verify().await;
}

#[tokio::test]
async fn only_an_adviser_has_one_and_both_members_are_needed() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    app.officer("otto").await;
    let invite = async |username: &str, role: &str| {
        let body = json!({"username": username, "display_name": username, "email": address(username), "role": role, "controller": dijk()});
        olga.post("/api/accounts", body).await
    };
    assert_eq!(invite("bert", "adviser").await.expect(StatusCode::CREATED).json()["controller"], dijk());
    let refused = invite("oscar", "officer").await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
    assert_eq!(refused["errors"], json!([{"pointer": "/controller", "code": "unknown_field"}]));
    name(&olga, "otto", &dijk()).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    for (body, pointer) in [
        (json!({"name": "Kantoor Dijk"}), "/address"),
        (json!({"address": "Markt 2"}), "/name"),
        (json!({"name": "a\u{7}", "address": "Markt 2"}), "/name"),
        (json!({"name": "x".repeat(201), "address": "Markt 2"}), "/name"),
    ] {
        let refused = name(&olga, "anna", &body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    let anna_id = account_id(&olga, "anna").await;
    anna.put(&format!("/api/accounts/{anna_id}/controller"), dijk()).await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
    assert_eq!(own(&anna).await, Value::Null);
    app.verify().await;
}

#[tokio::test]
async fn files_never_go_to_another_controller() {
    let options = TestOptions { hand_over_wait: Duration::from_hours(48), ..TestOptions::default() };
    let app = TestApp::start_with(options).await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    for username in ["anna", "bert"] {
        app.adviser(username).await;
    }
    let (from, to) = (account_id(&olga, "anna").await, account_id(&olga, "bert").await);
    name(&olga, "anna", &dijk()).await.expect(StatusCode::NO_CONTENT);
    olga.post(&format!("/api/accounts/{from}/disable"), None).await.expect(StatusCode::NO_CONTENT);
    let propose = async || olga.post("/api/hand-overs", json!({"from": from, "to": to, "reason": "Vertrekt"})).await;
    propose().await.expect_problem(StatusCode::CONFLICT, "other_controller");
    let other = json!({"name": "Kantoor Dijk", "address": "Markt 4, 2611 GS Delft"});
    name(&olga, "bert", &other).await.expect(StatusCode::NO_CONTENT);
    propose().await.expect_problem(StatusCode::CONFLICT, "other_controller");
    // The same firm, typed otherwise.
    let typed = json!({"name": "kantoor  dijk", "address": "Markt 2 2611 gs DELFT"});
    name(&olga, "bert", &typed).await.expect(StatusCode::NO_CONTENT);
    let made = propose().await.expect(StatusCode::CREATED).json();
    let path = format!("/api/hand-overs/{}", made["id"].as_str().unwrap());
    name(&olga, "bert", &other).await.expect(StatusCode::NO_CONTENT);
    otto.post(&format!("{path}/approve"), None).await.expect_problem(StatusCode::CONFLICT, "other_controller");
    name(&olga, "bert", &typed).await.expect(StatusCode::NO_CONTENT);
    otto.post(&format!("{path}/approve"), None).await.expect(StatusCode::OK);
    // Named while it waits: the hand-over ends, and the files stay.
    name(&olga, "bert", &other).await.expect(StatusCode::NO_CONTENT);
    app.clock.set("2026-11-26T09:00:00Z");
    olga.sign_in().await;
    app.maintain().await;
    app.run_jobs().await;
    assert_eq!(olga.get(&path).await.expect(StatusCode::OK).json()["state"], "withdrawn");
    app.verify().await;
}
