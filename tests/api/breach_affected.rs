//! Who was affected: the audit trail is queried for a time range only, the officer gets counts, and each adviser their own clients by name.

use crate::{
    breach_steps::{facts, named_step, step, suspect, took, write},
    clients::make,
    samples::{example, named},
    support::{
        actor::{Actor, Reply},
        app::{TestApp, address},
    },
};
use axum::http::StatusCode;
use finrust::{
    crypto::password::Argon2id,
    domain::{chain_check::ChainFlaw, sign_in::credentials::Role},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

pub async fn affected(officer: &Actor, path: &str, body: Value) -> Value {
    officer.post(&format!("{path}/affected"), body).await.expect(StatusCode::OK).json()
}

/// The counts by adviser: files, opened, changed.
pub fn numbers(answer: &Value) -> Vec<(String, u64, u64, u64)> {
    let of = |adviser: &Value| {
        let number = |name: &str| adviser[name].as_u64().unwrap();
        assert!(adviser["username"].is_string(), "who it is of tells the username, which nobody else has: {adviser}");
        (adviser["display_name"].as_str().unwrap().to_owned(), number("files"), number("opened"), number("changed"))
    };
    let mut all: Vec<_> = answer["affected"]["advisers"].as_array().unwrap().iter().map(of).collect();
    all.sort();
    all
}

pub fn account_of(accounts: &Value, username: &str) -> String {
    let found = accounts["items"].as_array().unwrap().iter().find(|item| item["username"] == username);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Anna creates three files at 9:05, Bert one at 9:15; Anna opens two at 9:25.
pub async fn morning(app: &TestApp) -> (Actor, Actor, Vec<String>) {
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    app.clock.set("2026-11-23T09:05:00Z");
    let mut paths = Vec::new();
    for file in [example(), named("Vermeer"), named("Steen")] {
        paths.push(make(&anna, &file).await.0);
    }
    app.clock.set("2026-11-23T09:15:00Z");
    make(&bert, &named("Bakker")).await;
    app.clock.set("2026-11-23T09:25:00Z");
    for path in &paths[..2] {
        anna.get(path).await.expect(StatusCode::OK);
    }
    (anna, bert, paths)
}

#[tokio::test]
async fn the_numbers_are_those_of_the_window_and_of_whom_it_is_limited_to() {
    let app = TestApp::start().await;
    let (anna, _bert, _) = morning(&app).await;
    let olga = app.officer("olga").await;
    app.clock.set("2026-11-23T09:28:00Z");
    let path = suspect(&olga, "Er was iemand binnen").await;
    let ask = async |from: &str, until: &str, more: Value| {
        let mut body = json!({"from": format!("2026-11-23T{from}Z"), "until": format!("2026-11-23T{until}Z")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        numbers(&affected(&olga, &path, body).await)
    };
    let of = |name: &str, files, opened, changed| (format!("{name} van Kantoor"), files, opened, changed);
    assert_eq!(ask("09:00:00", "09:28:00", json!({})).await, [of("anna", 3, 2, 3), of("bert", 1, 0, 1)]);
    assert_eq!(ask("09:06:00", "09:20:00", json!({})).await, [of("bert", 1, 0, 1)]);
    assert_eq!(ask("09:20:00", "09:28:00", json!({})).await, [of("anna", 2, 2, 0)]);
    assert_eq!(ask("09:26:00", "09:28:00", json!({})).await, []);
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let bert = account_of(&accounts, "bert");
    assert_eq!(ask("09:00:00", "09:28:00", json!({"accounts": [bert]})).await, [of("bert", 1, 0, 1)]);
    let session = anna.get("/api/sessions").await.expect(StatusCode::OK).json()["items"][0]["id"].clone();
    assert_eq!(ask("09:00:00", "09:28:00", json!({"sessions": [session]})).await, [of("anna", 3, 2, 3)]);
    assert_eq!(ask("09:00:00", "09:28:00", json!({"addresses": [anna.ip]})).await, [of("anna", 3, 2, 3)]);
    assert_eq!(ask("09:00:00", "09:28:00", json!({"addresses": ["203.0.113.9"]})).await, []);
    for (body, pointer) in [
        (json!({"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T08:00:00Z"}), "/until"),
        (json!({"from": "2026-11-23T09:00:00Z", "until": "2027-11-23T08:00:00Z"}), "/until"),
        (json!({"until": "2026-11-23T08:00:00Z"}), "/from"),
        (json!({"cursor": "AAAA"}), "/cursor"),
    ] {
        let refused = olga.post(&format!("{path}/affected"), body).await;
        let refused = refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn a_long_search_goes_on_page_by_page_on_any_instance_and_is_attached_as_it_was_found() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    for number in 0..27 {
        app.invited(&format!("adviser{number:02}"), Role::Adviser).await;
    }
    let anna = app.adviser("anna").await;
    make(&anna, &named("Vermeer")).await;
    app.clock.advance(SignedDuration::from_mins(1));
    let path = suspect(&olga, "Er was iemand binnen").await;
    let elsewhere = olga.at(&app.another_instance(Argon2id::default()).await);
    let first = affected(&olga, &path, json!({"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T09:00:30Z"})).await;
    assert_eq!((&first["done"], &first["total"], &first["finished"]), (&json!(25), &json!(28), &json!(false)));
    let unfinished = olga.post(&format!("{path}/evidence"), json!({"cursor": first["cursor"]})).await;
    unfinished.expect_problem(StatusCode::CONFLICT, "step_not_due");
    let last = affected(&elsewhere, &path, json!({"cursor": first["cursor"]})).await;
    assert_eq!((&last["done"], &last["total"], &last["finished"]), (&json!(28), &json!(28), &json!(true)));
    assert_eq!(numbers(&last), [("anna van Kantoor".to_owned(), 1, 0, 1)]);
    let other = suspect(&olga, "Iets anders").await;
    let misplaced = olga.post(&format!("{other}/evidence"), json!({"cursor": last["cursor"]})).await;
    misplaced.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let attached = olga.post(&format!("{path}/evidence"), json!({"cursor": last["cursor"]})).await.expect(StatusCode::OK).json();
    assert_eq!(attached["record"]["affected"], last["affected"]);
    let newest = attached["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&newest["event"]["step"], &newest["event"]["affected"]), (&json!("affected_attached"), &last["affected"]));
    let wrong = olga.post(&format!("{path}/keys"), json!({"cursor": last["cursor"]})).await;
    wrong.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
}

#[tokio::test]
async fn the_state_of_the_keys_is_evidence() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    make(&anna, &named("Vermeer")).await;
    let path = suspect(&olga, "Er was iemand binnen").await;
    let keys = olga.post(&format!("{path}/keys"), json!({})).await.expect(StatusCode::OK).json();
    assert_eq!((&keys["finished"], &keys["keys"]["vault_reachable"]), (&json!(true), &json!(true)));
    let keys_seen = keys["keys"]["keys"].as_array().unwrap();
    let mut uses: Vec<_> = keys_seen.iter().map(|key| key["usage"].as_str().unwrap()).collect();
    uses.sort_unstable();
    assert_eq!(uses, ["adviser", "index", "service"]);
    assert!(keys_seen.iter().all(|key| key["reading"] == "readable" && key["active"] == true && key["id"].as_str().unwrap().len() == 8));
    let attached = olga.post(&format!("{path}/evidence"), json!({"cursor": keys["cursor"]})).await.expect(StatusCode::OK).json();
    assert_eq!(attached["steps"].as_array().unwrap().last().unwrap()["event"]["keys"], keys["keys"]);
}

#[tokio::test]
async fn each_adviser_concerned_reads_the_own_letter_with_the_own_clients() {
    let app = TestApp::start().await;
    let (anna, bert, _) = morning(&app).await;
    let olga = app.officer("olga").await;
    app.clock.set("2026-11-23T09:28:00Z");
    let path = suspect(&olga, "Er was iemand binnen").await;
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let (of_anna, of_bert) = (account_of(&accounts, "anna"), account_of(&accounts, "bert"));
    let send = async |account: &str| olga.post(&format!("{path}/letters"), json!({"account": account})).await;
    let window = json!({"from": "2026-11-23T09:20:00Z", "until": "2026-11-23T09:28:00Z"});
    let found = affected(&olga, &path, window).await;
    olga.post(&format!("{path}/evidence"), json!({"cursor": found["cursor"]})).await.expect(StatusCode::OK);
    send(&of_anna).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    took(&olga, &path, named_step("became_aware")).await;
    write(&olga, &path, facts()).await.expect(StatusCode::OK);
    send(&of_bert).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let drafts = olga.get(&format!("{path}/letters")).await.expect(StatusCode::OK).json();
    assert_eq!(drafts["items"].as_array().unwrap().len(), 1);
    app.run_jobs().await;
    app.clear_mails();
    let letter = send(&of_anna).await.expect(StatusCode::CREATED).json();
    app.run_jobs().await;
    app.maintain().await;
    app.run_jobs().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [address("anna")]);
    assert!(!mails[0].raw.contains("wachtwoord van een account"), "the mail has no content");
    let text = letter["nl"]["paragraphs"].to_string() + &letter["en"]["paragraphs"].to_string();
    for fact in [
        "Aantal dossiers: 2",
        "Number of files: 2",
        "artikel 33, lid 2",
        "Article 33(2)",
        "Iemand kende het wachtwoord",
        "burgerservicenummers",
        "fg@example.nl",
    ] {
        assert!(text.contains(fact), "{fact} in {text}");
    }
    let mine = anna.get("/api/breach-letters").await.expect(StatusCode::OK).json();
    assert_eq!((&mine["items"][0]["nl"], &mine["items"][0]["gone"]), (&letter["nl"], &json!(0)));
    let names: Vec<_> = mine["items"][0]["clients"].as_array().unwrap().iter().map(|client| client["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Anna van Dijk", "Vermeer"], "those that were opened in the window, by the own session");
    assert_eq!(bert.get("/api/breach-letters").await.expect(StatusCode::OK).json()["items"], json!([]));
    app.verify().await;
}

/// Words that occur in a client file and nowhere else.
const CANARIES: [&str; 6] = ["kanarienaam", "kanariestraat", "kanarienotitie", "111222333", "kanariekind", "kanarielening"];

fn planted() -> Value {
    json!({"person": {"last_name": "kanarienaam", "bsn": "111222333"}, "address": {"street": "kanariestraat"}, "notes": "kanarienotitie",
        "children": [{"first_name": "kanariekind"}], "debts": [{"description": "kanarielening", "balance_cents": 1}]})
}

/// What an officer gets, checked to contain no word of a client file and no id of one.
fn watched(reply: &Reply, clients: &[String]) -> Value {
    assert!(reply.status.is_success(), "{reply:?}");
    let text = String::from_utf8(reply.body.clone()).unwrap();
    for canary in CANARIES.iter().map(|word| (*word).to_owned()).chain(clients.iter().cloned()) {
        assert!(!text.contains(&canary), "{canary} reached an officer: {text}");
    }
    reply.json()
}

#[tokio::test]
async fn an_officer_goes_from_suspicion_to_closed_without_a_byte_of_a_client_file() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    let files = [make(&anna, &planted()).await.0, make(&anna, &planted()).await.0];
    let ids: Vec<String> = files.iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
    for file in &files {
        anna.get(file).await.expect(StatusCode::OK);
    }
    app.clock.advance(SignedDuration::from_mins(10));
    let path = suspect(&anna, "Vanochtend stond een scherm open").await;
    let watch = |reply: Reply| watched(&reply, &ids);
    let olga = &olga;
    watch(olga.get("/api/breaches").await);
    watch(step(olga, &path, named_step("became_aware")).await);
    let window = json!({"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T09:05:00Z"});
    let found = watch(olga.post(&format!("{path}/affected"), window).await);
    assert_eq!(numbers(&found), [("anna van Kantoor".to_owned(), 2, 2, 2)], "there was something to see");
    watch(olga.post(&format!("{path}/evidence"), json!({"cursor": found["cursor"]})).await);
    let keys = watch(olga.post(&format!("{path}/keys"), json!({})).await);
    watch(olga.post(&format!("{path}/evidence"), json!({"cursor": keys["cursor"]})).await);
    watch(write(olga, &path, facts()).await);
    watch(step(olga, &path, named_step("assessed")).await);
    watch(olga.get(&format!("{path}/report")).await);
    watch(step(olga, &path, named_step("reported")).await);
    watch(olga.get(&format!("{path}/letters")).await);
    let account = found["affected"]["advisers"][0]["account"].clone();
    watch(olga.post(&format!("{path}/letters"), json!({"account": account})).await);
    for name in ["authority_told", "people_told", "annotated", "closed"] {
        watch(step(olga, &path, named_step(name)).await);
    }
    let closed = watch(olga.get(&path).await);
    assert_eq!(closed["stage"], "closed");
    let steps: Vec<_> = closed["steps"].as_array().unwrap().iter().map(|step| step["event"]["step"].as_str().unwrap()).collect();
    let expected = [
        "suspected",
        "notice_posted",
        "became_aware",
        "affected_attached",
        "keys_attached",
        "facts_changed",
        "assessed",
        "report_sent",
        "letter_sent",
        "notice_posted",
        "authority_told",
        "people_told",
        "annotated",
        "closed",
    ];
    assert_eq!(steps, expected);
    app.run_jobs().await;
    assert!(app.mails().iter().all(|mail| !CANARIES.iter().any(|canary| mail.raw.contains(canary))));
    let own = anna.get("/api/breach-letters").await.expect(StatusCode::OK).json();
    assert_eq!(own["items"][0]["clients"][0]["name"], "kanarienaam", "the adviser sees whom it is about");
    app.verify().await;
}

#[tokio::test]
async fn a_clock_that_was_far_ahead_for_one_commit_hides_nothing() {
    use finrust::{
        flows::verify::{self, report::Defect},
        ports::Container,
    };
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let olga = app.officer("olga").await;
    app.clock.set("2026-11-23T09:05:00Z");
    make(&anna, &example()).await;
    for ahead in ["2027-11-23T09:06:00Z", "2026-11-24T09:06:00Z"] {
        app.clock.set(ahead);
        anna.sign_in().await;
        make(&anna, &named("Vooruit")).await;
    }
    app.clock.set("2026-11-23T10:00:00Z");
    anna.sign_in().await;
    make(&anna, &named("Tussen")).await;
    app.clock.set("2026-11-23T10:01:00Z");
    olga.sign_in().await;
    let path = suspect(&olga, "Er was iemand binnen").await;
    let body = json!({"from": "2026-11-23T09:59:00Z", "until": "2026-11-23T10:01:00Z"});
    assert_eq!(numbers(&affected(&olga, &path, body).await), [("anna van Kantoor".to_owned(), 1, 0, 1)]);
    let (documents, services) = (app.documents(), &app.state().services);
    let report =
        verify::run::run(&*documents, &services.sealing, &services.identities, &*services.erasures, &*app.clock, |_| {}).await.unwrap();
    // What verification makes of such a clock in the account's attempt log is not the point here.
    let of_files = report.findings.iter().filter(|finding| finding.container == Container::Clients);
    assert_eq!(of_files.map(|finding| finding.what).collect::<Vec<_>>(), [Defect::Chain(ChainFlaw::TimeAhead)]);
}
