//! Client files: creating, reading, replacing and deleting them.

use crate::{
    samples::{EXAMPLE, example, named, together, without_additions},
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

/// The path and the etag of a returned file.
pub fn place(reply: &Reply) -> (String, String) {
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    (format!("/api/clients/{id}"), etag(reply))
}

pub fn etag(reply: &Reply) -> String {
    reply.headers[header::ETAG].to_str().unwrap().to_owned()
}

/// Replaces the version that `if_match` names.
pub async fn put(actor: &Actor, path: &str, if_match: &str, file: &Value) -> Reply {
    actor.request(Method::PUT, path).header("if-match", if_match).json(file.clone()).send().await
}

pub async fn delete(actor: &Actor, path: &str, if_match: &str) -> Reply {
    actor.request(Method::DELETE, path).header("if-match", if_match).send().await
}

/// Creates a file; returns its path and etag.
pub async fn make(actor: &Actor, file: &Value) -> (String, String) {
    place(&actor.post("/api/clients", file.clone()).await.expect(StatusCode::CREATED))
}

#[tokio::test]
async fn a_new_file_is_answered_as_it_is_stored() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let made = anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
    let (path, version) = place(&made);
    assert_eq!(made.headers[header::LOCATION], *path);
    assert!(version.len() > 2 && version.starts_with('"') && version.ends_with('"'), "a strong entity tag: {version}");
    let read = anna.get(&path).await.expect(StatusCode::OK);
    assert_eq!((read.json(), etag(&read)), (made.json(), version));
    assert_eq!(made.json()["created_at"], made.json()["updated_at"]);
}

#[tokio::test]
async fn the_example_of_the_contract_comes_back_unchanged() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let request = anna.request(Method::POST, "/api/clients").raw_body(EXAMPLE, "application/json");
    let made = request.send().await.expect(StatusCode::CREATED);
    assert_eq!(without_additions(&made.json()), example());
    let figures = json!({"net_worth_cents": 17_000_000, "monthly_income_cents": 350_000, "monthly_expenses_cents": 120_000,
        "monthly_surplus_cents": 230_000});
    assert_eq!(made.json()["overview"], figures);
}

#[tokio::test]
async fn a_last_name_is_enough() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let made = anna.post("/api/clients", named("Dijk")).await.expect(StatusCode::CREATED);
    let mut expected = named("Dijk");
    for list in ["children", "incomes", "expenses", "assets", "debts"] {
        expected[list] = json!([]);
    }
    assert_eq!(without_additions(&made.json()), expected);
    assert_eq!(made.json()["overview"]["monthly_surplus_cents"], 0);
}

#[tokio::test]
async fn figures_bring_every_period_to_a_month() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let amount = |period: &str| json!({"amount_cents": 1200, "period": period});
    let mut file = named("Dijk");
    file["incomes"] = ["week", "four_weeks", "month", "quarter", "year"].map(amount).into();
    file["expenses"] = json!([{"amount_cents": 100}, {"kind": "other"}, {"amount_cents": 10, "period": "year"}]);
    file["debts"] = json!([{"balance_cents": 1_000_000_000_000_i64}, {"balance_cents": 1}]);
    let overview = anna.post("/api/clients", file).await.expect(StatusCode::CREATED).json()["overview"].clone();
    assert_eq!(overview["monthly_income_cents"], 5200 + 1300 + 1200 + 400 + 100);
    assert_eq!(overview["monthly_expenses_cents"], 101, "10 a year are 0.83 a month");
    assert_eq!(overview["monthly_surplus_cents"], 8200 - 101);
    assert_eq!(overview["net_worth_cents"], -1_000_000_000_001_i64);
}

#[tokio::test]
async fn a_new_version_replaces_the_whole_file() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let made = anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
    let (path, first) = place(&made);
    app.clock.advance(jiff::SignedDuration::from_secs(61));
    let replaced = put(&anna, &path, &first, &named("Vermeer")).await.expect(StatusCode::OK);
    assert_ne!(etag(&replaced), first);
    let read = anna.get(&path).await.expect(StatusCode::OK);
    assert_eq!((read.json(), etag(&read)), (replaced.json(), etag(&replaced)));
    assert_eq!(read.json()["person"], json!({"last_name": "Vermeer"}));
    assert!(read.json().get("notes").is_none(), "what is left out is gone");
    assert_eq!(read.json()["created_at"], made.json()["created_at"]);
    assert!(read.json()["updated_at"].as_str() > made.json()["updated_at"].as_str());
}

#[tokio::test]
async fn a_write_names_the_version_it_replaces() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, first) = make(&anna, &example()).await;
    let second = etag(&put(&anna, &path, &first, &named("Vermeer")).await.expect(StatusCode::OK));
    let before = anna.get(&path).await.json();
    let weak = format!("W/{second}");
    let list = format!("{weak}, {first}");
    for stale in [first.as_str(), &weak, &list, "\"\"", "\"garbage\""] {
        put(&anna, &path, stale, &named("Lost")).await.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
        delete(&anna, &path, stale).await.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
    }
    for none in ["*", "", " "] {
        put(&anna, &path, none, &named("Lost")).await.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
        delete(&anna, &path, none).await.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
    }
    anna.put(&path, named("Lost")).await.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
    anna.delete(&path).await.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
    for malformed in [second.trim_matches('"'), "\"", &format!("{second} {second}"), &format!("*, {second}")] {
        put(&anna, &path, malformed, &named("Lost")).await.expect_problem(StatusCode::BAD_REQUEST, "malformed_header");
        delete(&anna, &path, malformed).await.expect_problem(StatusCode::BAD_REQUEST, "malformed_header");
    }
    assert_eq!(anna.get(&path).await.json(), before);
    let listed = put(&anna, &path, &format!("\"other,one\", {second}"), &named("Eerste")).await.expect(StatusCode::OK);
    let lines = anna.request(Method::PUT, &path).header("if-match", &second).header("if-match", &etag(&listed)).json(named("Tweede"));
    lines.send().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_is_refused_replaces_nothing() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let made = anna.post("/api/clients", example()).await.expect(StatusCode::CREATED);
    let (path, version) = place(&made);
    let mut sent = made.json();
    (sent["notes"], sent["id"], sent["surprise"]) = (json!("anders"), json!("another"), json!(1));
    let refused = put(&anna, &path, &version, &sent).await;
    let refused = refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let expected = json!([{"pointer": "/surprise", "code": "unknown_field"}, {"pointer": "/id", "code": "read_only"}]);
    assert_eq!(refused.json()["errors"], expected);
    let read = anna.get(&path).await.expect(StatusCode::OK);
    assert_eq!((read.json(), etag(&read)), (made.json(), version));
}

#[tokio::test]
async fn a_deleted_file_is_gone() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &example()).await;
    let (other, _) = make(&anna, &named("Vermeer")).await;
    delete(&anna, &path, &version).await.expect(StatusCode::NO_CONTENT);
    anna.get(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    // A repeat by the session that deleted it gets the same response; everyone else gets 404.
    delete(&anna, &path, &version).await.expect(StatusCode::NO_CONTENT);
    let elsewhere = anna.clone_as_new_browser();
    elsewhere.sign_in().await;
    delete(&elsewhere, &path, &version).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    put(&anna, &path, &version, &example()).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    anna.get(&other).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn only_a_file_that_exists_has_an_address() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &example()).await;
    let id = path.rsplit('/').next().unwrap();
    let spellings = [id.to_uppercase(), id.replace('-', ""), format!("client-{id}"), "0".to_owned(), "%00".to_owned(), "é".to_owned()];
    let unknown = "3b241101-e2bb-4255-8caf-4136c566a962".to_owned();
    for other in spellings.into_iter().filter(|it| it != id).chain([unknown]) {
        let path = format!("/api/clients/{}", other.replace('é', "%C3%A9"));
        anna.get(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        put(&anna, &path, &version, &example()).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        delete(&anna, &path, &version).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn of_two_who_save_at_once_one_wins_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &example()).await;
    let files: Vec<_> = (0..8).map(|number| named(&format!("Writer {number}"))).collect();
    let replies = together(files.iter().map(|file| put(&anna, &path, &version, file))).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == StatusCode::OK);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for reply in lost {
        reply.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
    }
    let read = anna.get(&path).await.expect(StatusCode::OK);
    assert_eq!((read.json(), etag(&read)), (won[0].json(), etag(&won[0])));
}

#[tokio::test]
async fn a_file_that_is_deleted_while_it_is_saved_stays_deleted_or_stays() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for round in 0..4 {
        let (path, version) = make(&anna, &example()).await;
        let file = named(&format!("Round {round}"));
        let (deleted, saved) = tokio::join!(delete(&anna, &path, &version), put(&anna, &path, &version, &file));
        let left = anna.get(&path).await.status;
        match (deleted.status, saved.status) {
            (StatusCode::NO_CONTENT, StatusCode::PRECONDITION_FAILED | StatusCode::NOT_FOUND) => assert_eq!(left, StatusCode::NOT_FOUND),
            (StatusCode::PRECONDITION_FAILED, StatusCode::OK) => assert_eq!(left, StatusCode::OK),
            both => panic!("{both:?}"),
        }
    }
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &example()).await;
    let head = anna.request(Method::HEAD, &path).send().await.expect(StatusCode::OK);
    assert_eq!(etag(&head), version);
    assert!(head.body.is_empty());
}
