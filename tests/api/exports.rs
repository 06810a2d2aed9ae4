//! All own files as one document: with the password, a notice, an entry in every trail, and a mark.

use crate::{
    imports::{many, run, send},
    samples::{contents, example, named, without_additions},
    support::{
        actor::{Actor, Reply},
        app::{PASSWORD, TestApp, address},
    },
};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

async fn export(actor: &Actor, format: &str, key: Option<&str>) -> Reply {
    let ask = actor.request(Method::POST, "/api/exports").json(json!({"format": format, "password": PASSWORD}));
    let ask = if let Some(key) = key { ask.header("idempotency-key", key) } else { ask };
    ask.send().await
}

/// All files of an adviser, read one by one.
pub async fn files(actor: &Actor) -> Vec<Value> {
    let (mut files, mut search) = (Vec::new(), json!({"limit": 200}));
    loop {
        let page = actor.post("/api/clients/search", search.clone()).await.expect(StatusCode::OK).json();
        for item in page["items"].as_array().unwrap() {
            files.push(actor.get(&format!("/api/clients/{}", item["id"].as_str().unwrap())).await.expect(StatusCode::OK).json());
        }
        if page["next"].is_null() {
            return files;
        }
        search["cursor"] = page["next"].clone();
    }
}

fn sorted(mut files: Vec<Value>) -> Vec<Value> {
    files.sort_by_key(|file| file["id"].as_str().map(str::to_owned));
    files
}

fn entries(app: &TestApp) -> usize {
    contents(app).iter().filter(|spot| spot.contains("trail-")).count()
}

#[tokio::test]
async fn json_is_what_the_api_answers_and_takes() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
    anna.post("/api/clients", named("=1+1")).await.expect(StatusCode::CREATED);
    let reply = export(&anna, "json", None).await.expect(StatusCode::OK);
    assert!(reply.header("content-disposition").unwrap().starts_with("attachment; filename=\"finrust-20"));
    let exported = reply.json();
    assert_eq!(exported["count"], 2);
    assert_eq!(exported["clients"].as_array().unwrap(), &sorted(files(&anna).await));
    let bert = app.adviser("bert").await;
    for client in exported["clients"].as_array().unwrap() {
        bert.post("/api/clients", without_additions(client)).await.expect(StatusCode::CREATED);
    }
    let bare = |files: Vec<Value>| {
        let mut texts: Vec<String> = files.iter().map(|file| without_additions(file).to_string()).collect();
        texts.sort();
        texts
    };
    assert_eq!(bare(files(&bert).await), bare(files(&anna).await));
}

#[tokio::test]
async fn a_table_is_imported_again_and_runs_nothing() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
    let dangerous = json!({"person": {"last_name": "=cmd|' /C calc'!A0", "phone": "+31612345678"},
        "debts": [{"balance_cents": -5}, {"description": "@SUM(A1)"}], "notes": "-1;\"2\"\r\n=3"});
    anna.post("/api/clients", dangerous).await.expect(StatusCode::CREATED);
    let table = export(&anna, "csv", None).await.expect(StatusCode::OK);
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let text = String::from_utf8(table.body.clone()).unwrap();
    assert!(text.starts_with("\u{feff}\"Voorletters\";") && text.contains("\"Exportkenmerk\"\r\n"), "{text}");
    for safe in ["\"'=cmd|' /C calc'!A0\"", "\"'+31612345678\"", "\"'@SUM(A1)\"", "\"'-1;\"\"2\"\"\r\n=3\"", "\"-0,05\""] {
        assert!(text.contains(safe), "{safe} in {text}");
    }
    let done = run(&bert, &send(&bert, &table.body).await).await.pop().unwrap();
    assert_eq!((&done["created"], &done["refused"]), (&json!(2), &json!(0)));
    let bare = |files: Vec<Value>| {
        let mut texts: Vec<String> = files.iter().map(|file| without_additions(file).to_string()).collect();
        texts.sort();
        texts
    };
    assert_eq!(bare(files(&bert).await), bare(files(&anna).await));
}

#[tokio::test]
async fn every_file_has_it_in_its_trail_and_the_owner_gets_a_mail() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    run(&anna, &send(&anna, many(100).as_bytes()).await).await;
    app.clear_mails();
    let before = entries(&app);
    let exported = export(&anna, "json", None).await.expect(StatusCode::OK).json();
    assert_eq!(entries(&app), before + 100);
    app.verify().await;
    app.run_jobs().await;
    let mail = app.last_mail_to(&address("anna"));
    assert!(mail.text.contains(exported["export"]["id"].as_str().unwrap()), "{}", mail.text);
    let table = export(&anna, "csv", None).await.expect(StatusCode::OK);
    assert_eq!(String::from_utf8(table.body).unwrap().lines().count(), 101);
}

#[tokio::test]
async fn a_repeat_is_the_same_export() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    run(&anna, &send(&anna, many(60).as_bytes()).await).await;
    app.clock.advance(SignedDuration::from_secs(5));
    let first = export(&anna, "json", Some(KEY)).await.expect(StatusCode::OK).json();
    app.run_jobs().await;
    app.clear_mails();
    // That the password was typed again is recorded, and nothing else.
    let besides = || contents(&app).into_iter().filter(|spot| !spot.contains("attempt-") && !spot.contains("identity")).collect::<Vec<_>>();
    let before = besides();
    let again = export(&anna, "json", Some(KEY)).await.expect(StatusCode::OK).json();
    assert_eq!(again, first);
    assert_eq!(besides(), before, "no mail, no entry, no second export");
    // What has changed since goes out as it is now, and its trail says so.
    app.clock.advance(SignedDuration::from_secs(5));
    let path = format!("/api/clients/{}", first["clients"][7]["id"].as_str().unwrap());
    let etag = anna.get(&path).await.header("etag").unwrap().to_owned();
    anna.request(Method::PUT, &path).header("if-match", &etag).json(named("Anders")).send().await.expect(StatusCode::OK);
    let before = entries(&app);
    let changed = export(&anna, "json", Some(KEY)).await.expect(StatusCode::OK).json();
    assert_eq!((&changed["clients"][7]["person"]["last_name"], entries(&app)), (&json!("Anders"), before + 1));
    export(&anna, "csv", Some(KEY)).await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
    app.verify().await;
}

#[tokio::test]
async fn without_the_password_nothing_goes_out() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
    let before = entries(&app);
    let wrong = anna.post("/api/exports", json!({"format": "csv", "password": "wrong"})).await;
    wrong.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    for body in [json!({}), json!({"format": "xls", "password": PASSWORD}), json!({"format": "csv"})] {
        anna.post("/api/exports", body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
    assert_eq!(entries(&app), before);
    let attempts = anna.get("/api/login-attempts").await.json();
    assert_eq!(attempts["items"][0]["outcome"], "wrong_password_in_session");
}

#[tokio::test]
async fn five_a_day_and_no_more() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for _ in 0..5 {
        export(&anna, "csv", None).await.expect(StatusCode::OK);
        app.clock.advance(SignedDuration::from_mins(1));
    }
    let sixth = export(&anna, "csv", None).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    assert_eq!(sixth.retry_after(), 86_400 - 5 * 60);
    app.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_mins(4));
    anna.sign_in().await;
    export(&anna, "csv", None).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_adviser_without_files_gets_an_empty_document() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    assert_eq!(export(&anna, "json", None).await.expect(StatusCode::OK).json()["clients"], json!([]));
    let table = export(&anna, "csv", None).await.expect(StatusCode::OK);
    assert_eq!(String::from_utf8(table.body).unwrap().lines().count(), 1);
}
