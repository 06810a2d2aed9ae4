//! All files of an adviser as one document: it needs the password, sends a notice, adds an audit entry for every file, and is watermarked.

use crate::{
    clients::make,
    hand_overs::Office,
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

fn exports(app: &TestApp) -> usize {
    contents(app).iter().filter(|spot| spot.contains("export-")).count()
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
    for safe in ["\"'=cmd|' /C calc'!A0\"", "\"'+31612345678\"", "\"'@SUM(A1)\"", "\"'-1;\"\"2\"\"\r\n'=3\"", "\"-0,05\""] {
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
    assert_eq!(String::from_utf8(table.body).unwrap().lines().count(), 102, "headings, rows and a closing mark");
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
    let before = entries(&app);
    let again = export(&anna, "json", Some(KEY)).await.expect(StatusCode::OK).json();
    assert_eq!(again, first);
    app.run_jobs().await;
    assert_eq!((app.mails().len(), exports(&app)), (0, 1), "no mail, no second export");
    assert_eq!(entries(&app), before + 60, "that it went out again is in the trail");
    // A file changed meanwhile is exported as it is now, and its audit trail says so.
    app.clock.advance(SignedDuration::from_secs(5));
    let path = format!("/api/clients/{}", first["clients"][7]["id"].as_str().unwrap());
    let etag = anna.get(&path).await.header("etag").unwrap().to_owned();
    anna.request(Method::PUT, &path).header("if-match", &etag).json(named("Anders")).send().await.expect(StatusCode::OK);
    let before = entries(&app);
    let changed = export(&anna, "json", Some(KEY)).await.expect(StatusCode::OK).json();
    assert_eq!((&changed["clients"][7]["person"]["last_name"], entries(&app)), (&json!("Anders"), before + 60));
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
    assert_eq!(String::from_utf8(table.body).unwrap().lines().count(), 2, "headings and a closing mark");
}

#[tokio::test]
async fn what_was_cut_off_is_gone_on_with_and_counts_as_one() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    run(&anna, &send(&anna, many(120).as_bytes()).await).await;
    app.clear_mails();
    let whole = String::from_utf8(export(&anna, "csv", None).await.expect(StatusCode::OK).body).unwrap();
    let rows: Vec<&str> = whole.lines().collect();
    let mark = |row: &str| row.trim_end_matches('"').rsplit('"').next().unwrap().to_owned();
    assert!(mark(rows[121]).ends_with(".end files=120 withheld=0"), "{}", rows[121]);
    let behind = mark(rows[70]);
    let go_on = async |after: &str, format: &str| {
        anna.post(&format!("/api/exports?after={after}"), json!({"format": format, "password": PASSWORD})).await
    };
    for _ in 0..7 {
        let rest = String::from_utf8(go_on(&behind, "csv").await.expect(StatusCode::OK).body).unwrap();
        let others: Vec<&str> = rest.lines().collect();
        assert_eq!((others[0], &others[1..others.len() - 1]), (rows[0], &rows[71..121]));
        assert!(mark(others[51]).ends_with(".end files=50 withheld=0"));
    }
    app.run_jobs().await;
    assert_eq!((exports(&app), app.mails().len()), (1, 1), "one export, told of once");
    go_on(&behind, "json").await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
    let unknown = format!("{KEY}.{KEY}");
    for after in [unknown.as_str(), "x", "", KEY] {
        go_on(after, "csv").await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
    anna.post(&format!("/api/exports?after={behind}"), json!({"format": "csv", "password": "wrong"}))
        .await
        .expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    app.clock.advance(SignedDuration::from_hours(25));
    anna.sign_in().await;
    go_on(&behind, "csv").await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    app.verify().await;
}

#[tokio::test]
async fn every_time_that_a_file_goes_out_is_in_its_trail() {
    use crate::rights::{deeds, take};
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (first, _) = make(&anna, &example()).await;
    let (second, _) = make(&anna, &named("Bos")).await;
    take(&anna, &first, "restrict", json!({})).await;
    app.clock.advance(SignedDuration::from_secs(5));
    export(&anna, "json", Some(KEY)).await.expect(StatusCode::OK);
    take(&anna, &first, "release", json!({})).await;
    let exported = export(&anna, "json", Some(KEY)).await.expect(StatusCode::OK).json();
    assert_eq!(exported["count"], 2);
    assert_eq!(deeds(&anna, &first).await[0], "exported");
    assert_eq!(deeds(&anna, &second).await, ["exported", "exported", "created"]);
    app.verify().await;
}

#[tokio::test]
async fn nothing_more_goes_out_once_the_session_is_over() {
    for signs_out in [false, true] {
        let app = TestApp::start().await;
        let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
        run(&anna, &send(&anna, many(500).as_bytes()).await).await;
        let (ask, other_tab) = (anna.request(Method::POST, "/api/exports"), anna.clone());
        let ask = ask.json(json!({"format": "json", "password": PASSWORD}));
        let account = crate::support::register::account_id(&olga, "anna").await;
        let mut read = 0;
        let cut = ask
            .send_slowly(async |piece: &[u8]| {
                if read == 0 && signs_out {
                    other_tab.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
                } else if read == 0 {
                    olga.post(&format!("/api/accounts/{account}/disable"), None).await.expect(StatusCode::NO_CONTENT);
                }
                read += piece.len();
            })
            .await;
        assert!(cut.is_err(), "the reader notices");
        let gone_out = entries(&app);
        assert!(gone_out <= 500 + 4 * 45, "what waited for the reader, and no more: {gone_out}");
    }
}

#[tokio::test]
async fn what_came_by_a_hand_over_goes_out_with_an_entry_like_any_other() {
    let office = Office::open().await;
    let (came, _) = make(&office.anna, &example()).await;
    let (own, _) = make(&office.bert, &named("Van Bert")).await;
    office.approved().await;
    office.app.run_jobs().await;
    for times in 1..=2 {
        let exported = export(&office.bert, "json", None).await.expect(StatusCode::OK).json();
        assert_eq!(exported["count"], 2);
        for file in [&came, &own] {
            let trail = office.bert.get(&format!("{file}/trail")).await.expect(StatusCode::OK).json();
            let out = trail["items"].as_array().unwrap().iter().filter(|entry| entry["deed"] == "exported").count();
            assert_eq!(out, times, "{file} {trail}");
        }
    }
    office.app.verify().await;
}
