//! Hand-overs as officers and both advisers see them.

use crate::{
    clients::{make, put},
    samples::{example, named, without_additions},
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions, address},
        register::account_id,
    },
};
use axum::http::StatusCode;
use finrust::http::routes::table;
use serde_json::{Value, json};

/// Anna leaves, Bert stays; Olga and Otto are officers.
pub struct Office {
    pub app: TestApp,
    pub anna: Actor,
    pub bert: Actor,
    pub olga: Actor,
    pub otto: Actor,
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with(TestOptions::default()).await
    }

    pub async fn open_with(options: TestOptions) -> Self {
        let app = TestApp::start_with(options).await;
        let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
        let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
        Self { app, anna, bert, olga, otto }
    }

    pub async fn account(&self, username: &str, action: &str) -> Reply {
        self.olga.post(&format!("/api/accounts/{}/{action}", account_id(&self.olga, username).await), None).await
    }

    pub async fn propose(&self, from: &str, to: &str) -> Reply {
        let (from, to) = (account_id(&self.olga, from).await, account_id(&self.olga, to).await);
        self.olga.post("/api/hand-overs", json!({"from": from, "to": to, "reason": "Anna gaat met pensioen"})).await
    }

    /// Anna's account is disabled, and Olga proposes. Returns the path of the hand-over.
    pub async fn proposed(&self) -> String {
        self.account("anna", "disable").await.expect(StatusCode::NO_CONTENT);
        path(&self.propose("anna", "bert").await.expect(StatusCode::CREATED))
    }

    pub async fn approved(&self) -> String {
        let path = self.proposed().await;
        self.otto.post(&format!("{path}/approve"), None).await.expect(StatusCode::OK);
        path
    }
}

/// An officer proposes that one adviser's files go to another. Returns the path of the hand-over.
pub async fn retire(officer: &Actor, from: &str, to: &str) -> String {
    let (from, to) = (account_id(officer, from).await, account_id(officer, to).await);
    let body = json!({"from": from, "to": to, "reason": "Gaat met pensioen"});
    path(&officer.post("/api/hand-overs", body).await.expect(StatusCode::CREATED))
}

pub fn path(reply: &Reply) -> String {
    format!("/api/hand-overs/{}", reply.json()["id"].as_str().unwrap())
}

pub async fn names(adviser: &Actor) -> Vec<String> {
    let found = adviser.post("/api/clients/search", json!({"limit": 200})).await.expect(StatusCode::OK).json();
    found["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

fn events(hand_over: &Value) -> Vec<(&str, Option<&str>)> {
    let steps = hand_over["steps"].as_array().unwrap();
    steps.iter().map(|step| (step["event"].as_str().unwrap(), step["by"].as_str())).collect()
}

#[tokio::test]
async fn all_files_go_to_the_successor_once_two_officers_want_it() {
    let office = Office::open().await;
    let (file, _) = make(&office.anna, &example()).await;
    for number in 0..70 {
        make(&office.anna, &named(&format!("Van Anna {number}"))).await;
    }
    make(&office.bert, &named("Van Bert")).await;
    let before = office.anna.get(&file).await.expect(StatusCode::OK).json();
    let path = office.approved().await;
    assert_eq!(names(&office.bert).await, ["Van Bert"], "nothing moves inside a request");
    office.app.run_jobs().await;
    let after = office.bert.get(&file).await.expect(StatusCode::OK).json();
    assert_eq!((without_additions(&after), &after), (example(), &before), "same file, same id, same times");
    assert_eq!(names(&office.bert).await.len(), 72);
    let hand_over = office.otto.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!((&hand_over["state"], &hand_over["files"], &hand_over["moved"]), (&json!("completed"), &json!(71), &json!(71)));
    let (olga, otto) = (Some("olga van Kantoor"), Some("otto van Kantoor"));
    let expected = [("proposed", olga), ("approved", otto), ("begun", None), ("moved", None), ("moved", None), ("completed", None)];
    assert_eq!(events(&hand_over), expected);
    let received = office.bert.get("/api/hand-overs/received").await.expect(StatusCode::OK).json();
    assert_eq!((&received["items"][0]["from"], &received["items"][0]["moved"]), (&json!("anna van Kantoor"), &json!(71)));
    office.app.verify().await;
}

#[tokio::test]
async fn a_file_that_came_is_one_like_any_other() {
    let office = Office::open().await;
    let (file, old) = make(&office.anna, &named("Dijk")).await;
    office.approved().await;
    office.app.run_jobs().await;
    let etag = crate::clients::etag(&office.bert.get(&file).await.expect(StatusCode::OK));
    put(&office.bert, &file, &old, &named("Dijk")).await.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
    put(&office.bert, &file, &etag, &named("Dijkstra")).await.expect(StatusCode::OK);
    assert_eq!(names(&office.bert).await, ["Dijkstra"]);
    office.app.verify().await;
}

#[tokio::test]
async fn one_officer_alone_is_refused() {
    let office = Office::open().await;
    make(&office.anna, &example()).await;
    let path = office.proposed().await;
    office.olga.post(&format!("{path}/approve"), None).await.expect_problem(StatusCode::FORBIDDEN, "same_officer");
    let (own, others) = (office.olga.get(&path).await.json(), office.otto.get(&path).await.json());
    assert_eq!((&own["own"], &others["own"], &own["state"]), (&json!(true), &json!(false), &json!("proposed")));
    office.app.maintain().await;
    office.app.run_jobs().await;
    assert_eq!(names(&office.bert).await, [""; 0]);
}

#[tokio::test]
async fn what_was_withdrawn_moves_nothing_and_is_in_nobodys_way() {
    let office = Office::open().await;
    make(&office.anna, &example()).await;
    let path = office.proposed().await;
    office.otto.post(&format!("{path}/withdraw"), None).await.expect(StatusCode::OK);
    office.otto.post(&format!("{path}/withdraw"), None).await.expect(StatusCode::OK);
    for (officer, action) in [(&office.otto, "approve"), (&office.otto, "stop"), (&office.olga, "withdraw")] {
        officer.post(&format!("{path}/{action}"), None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    }
    assert_eq!(office.app.maintain().await.hand_overs, 0);
    office.account("anna", "enable").await.expect(StatusCode::NO_CONTENT);
    office.anna.sign_in().await;
    assert_eq!(names(&office.anna).await.len(), 1);
}

#[tokio::test]
async fn the_leaver_opens_nothing_and_is_not_enabled_meanwhile() {
    let office = Office::open().await;
    let (file, _) = make(&office.anna, &example()).await;
    let path = office.approved().await;
    office.anna.get(&file).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    office.anna.clone_as_new_browser().log_in().await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    office.account("anna", "enable").await.expect_problem(StatusCode::CONFLICT, "hand_over_exists");
    office.otto.post(&format!("{path}/withdraw"), None).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    office.app.run_jobs().await;
    // An adviser who returns starts from scratch.
    office.account("anna", "enable").await.expect(StatusCode::NO_CONTENT);
    let anna = office.anna.clone_as_new_browser();
    anna.sign_in().await;
    assert_eq!(names(&anna).await, [""; 0]);
    anna.get(&file).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    make(&anna, &named("Opnieuw")).await;
    office.app.verify().await;
}

#[tokio::test]
async fn both_are_told_and_no_mail_says_anything_of_a_file() {
    let office = Office::open().await;
    make(&office.anna, &example()).await;
    office.approved().await;
    office.app.clear_mails();
    office.app.run_jobs().await;
    let (anna, bert) = (office.app.last_mail_to(&address("anna")), office.app.last_mail_to(&address("bert")));
    assert_eq!(anna.subject, "Uw cliëntdossiers in FinRust gaan naar een opvolger");
    assert_eq!(bert.subject, "U neemt cliëntdossiers over in FinRust");
    for mail in office.app.mails() {
        assert!(!mail.raw.contains("Dijk") && !mail.text.contains("Kerkstraat"), "{mail:?}");
    }
}

/// Display names are chosen by their owners; usernames are not.
#[tokio::test]
async fn people_are_named_so_that_nobody_passes_for_another() {
    let office = Office::open().await;
    let profile = json!({ "display_name": "otto van Kantoor (otto)", "language": "nl" });
    office.olga.put("/api/account", profile).await.expect(StatusCode::NO_CONTENT);
    make(&office.anna, &example()).await;
    let path = office.approved().await;
    office.app.run_jobs().await;
    for to in ["olga", "otto"] {
        let mail = office.app.last_mail_to(&address(to)).text.replace('\n', " ");
        for named in ["anna van Kantoor (anna)", "bert van Kantoor (bert)", "otto van Kantoor otto (olga)", "otto van Kantoor (otto)"] {
            assert!(mail.contains(named), "{named}: {mail}");
        }
    }
    let of = |to: &str, sign: &str| {
        let all = office.app.mails();
        let mail = all.iter().find(|mail| mail.to == address(to) && mail.text.contains(sign)).unwrap_or_else(|| panic!("{all:?}"));
        mail.text.replace('\n', " ")
    };
    let leaves = of("anna", "tegenhouden");
    assert!(leaves.contains("otto van Kantoor otto (olga)") && leaves.contains("otto van Kantoor (otto)"), "{leaves}");
    assert!(of("bert", "tegenhouden").contains("anna van Kantoor (anna)"));
    let found = office.otto.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!((&found["from"]["username"], &found["to"]["username"]), (&json!("anna"), &json!("bert")));
    let by: Vec<_> = found["steps"].as_array().unwrap().iter().map(|step| step["by_username"].clone()).take(3).collect();
    assert_eq!(by, [json!("olga"), json!("otto"), json!(null)]);
    let list = office.otto.get("/api/hand-overs").await.expect(StatusCode::OK).json();
    assert_eq!(list["items"][0]["from"]["username"], "anna");
    let received = office.bert.get("/api/hand-overs/received").await.expect(StatusCode::OK).json();
    assert_eq!((&received["items"][0]["from"], &received["items"][0]["from_username"]), (&json!("anna van Kantoor"), &json!("anna")));
    crate::officers::invite(&office.olga, "oscar", "officer").await.expect(StatusCode::CREATED);
    office.app.run_jobs().await;
    let told = office.app.last_mail_to(&address("otto")).text.replace('\n', " ");
    assert!(told.contains("oscar van Kantoor (oscar)") && told.contains("otto van Kantoor otto (olga)"), "{told}");
}

#[tokio::test]
async fn only_a_disabled_adviser_leaves_and_only_an_active_one_goes_on() {
    let office = Office::open().await;
    office.propose("anna", "bert").await.expect_problem(StatusCode::CONFLICT, "leaver_not_disabled");
    office.account("anna", "disable").await.expect(StatusCode::NO_CONTENT);
    for (from, to, pointer) in [("anna", "anna", "/to"), ("anna", "otto", "/to"), ("otto", "bert", "/from")] {
        let refused = office.propose(from, to).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(refused.json()["errors"], json!([{"pointer": pointer, "code": "unknown_value"}]));
    }
    office.account("bert", "disable").await.expect(StatusCode::NO_CONTENT);
    office.propose("anna", "bert").await.expect_problem(StatusCode::CONFLICT, "successor_not_active");
    office.account("bert", "enable").await.expect(StatusCode::NO_CONTENT);
    let path = path(&office.propose("anna", "bert").await.expect(StatusCode::CREATED));
    office.propose("anna", "bert").await.expect_problem(StatusCode::CONFLICT, "hand_over_exists");
    for (username, code) in [("bert", "successor_not_active"), ("anna", "leaver_not_disabled")] {
        let (before, after) = if username == "bert" { ("disable", "enable") } else { ("enable", "disable") };
        office.account(username, before).await.expect(StatusCode::NO_CONTENT);
        office.otto.post(&format!("{path}/approve"), None).await.expect_problem(StatusCode::CONFLICT, code);
        office.account(username, after).await.expect(StatusCode::NO_CONTENT);
    }
    office.otto.post(&format!("{path}/approve"), None).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_came_goes_on_to_the_next_successor_with_all_its_past() {
    let office = Office::open().await;
    let carla = office.app.adviser("carla").await;
    let (file, _) = make(&office.anna, &example()).await;
    let path = office.approved().await;
    while office.olga.get(&path).await.json()["state"] == "approved" {
        assert!(office.app.run_one_job().await);
    }
    office.account("bert", "disable").await.expect(StatusCode::NO_CONTENT);
    office.propose("bert", "carla").await.expect_problem(StatusCode::CONFLICT, "hand_over_exists");
    office.app.run_jobs().await;
    let next = self::path(&office.propose("bert", "carla").await.expect(StatusCode::CREATED));
    office.otto.post(&format!("{next}/approve"), None).await.expect(StatusCode::OK);
    office.app.run_jobs().await;
    carla.get(&file).await.expect(StatusCode::OK);
    office.app.verify().await;
}

/// A file in which every text is the canary, and every amount is different.
fn canary() -> Value {
    json!({
        "person": {"first_name": CANARY, "last_name": CANARY, "bsn": "123456782", "email": format!("{CANARY}@example.nl")},
        "address": {"street": CANARY, "city": CANARY},
        "children": [{"first_name": CANARY}],
        "incomes": [{"description": CANARY, "amount_cents": 98_765_432_109_i64}],
        "debts": [{"description": CANARY, "balance_cents": 98_765_432_109_i64}],
        "notes": CANARY,
    })
}

const CANARY: &str = "kanariezqxj";

#[tokio::test]
async fn officers_get_no_byte_of_a_file() {
    let office = Office::open().await;
    make(&office.anna, &canary()).await;
    office.account("anna", "disable").await.expect(StatusCode::NO_CONTENT);
    let mut answers = vec![office.propose("anna", "bert").await.expect(StatusCode::CREATED)];
    let path = path(&answers[0]);
    let ids = [path.rsplit('/').next().unwrap().to_owned(), account_id(&office.otto, "anna").await, account_id(&office.otto, "bert").await];
    answers.push(office.olga.post(&format!("{path}/approve"), None).await);
    answers.push(office.otto.post(&format!("{path}/approve"), None).await.expect(StatusCode::OK));
    while office.app.run_one_job().await {
        for route in table().iter().filter(|route| route.method == "GET" && route.access == "Officer") {
            for id in &ids {
                answers.push(office.otto.get(&route.path.replace("{id}", id)).await);
            }
        }
    }
    assert_eq!(office.otto.get(&path).await.json()["state"], "completed");
    for answer in &answers {
        let text = String::from_utf8_lossy(&answer.body);
        assert!([CANARY, "123456782", "98765432109"].iter().all(|typed| !text.contains(typed)), "{answer:?}");
    }
    let found = office.bert.post("/api/clients/search", json!({"text": CANARY})).await.expect(StatusCode::OK).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}
