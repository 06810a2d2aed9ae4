//! Searching client files: words, order, pages and cursors.

use crate::{
    clients::{delete, make, put},
    samples::{named, together},
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn search(actor: &Actor, body: Value) -> Reply {
    actor.post("/api/clients/search", body).await
}

/// Names of the files found by a search, in order.
async fn found(actor: &Actor, body: Value) -> Vec<String> {
    names(&search(actor, body).await.expect(StatusCode::OK))
}

fn names(reply: &Reply) -> Vec<String> {
    reply.json()["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

async fn refused(actor: &Actor, body: Value, pointer: &str, code: &str) {
    let reply = search(actor, body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    assert_eq!(reply.json()["errors"], json!([{"pointer": pointer, "code": code}]));
}

/// All pages of a search, one after the other.
async fn pages(actor: &Actor, mut body: Value) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let reply = search(actor, body.clone()).await.expect(StatusCode::OK);
        pages.push(names(&reply));
        match reply.json()["next"].as_str() {
            Some(next) => body["cursor"] = json!(next),
            None => return pages,
        }
    }
}

fn client(first_name: &str, last_name: &str, city: &str, email: &str) -> Value {
    json!({"person": {"first_name": first_name, "last_name": last_name, "email": email}, "address": {"city": city}})
}

#[tokio::test]
async fn a_list_shows_the_extract_of_a_file() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &crate::samples::example()).await;
    make(&anna, &named("Zonder")).await;
    let reply = search(&anna, json!({})).await.expect(StatusCode::OK).json();
    let file = anna.get(&path).await.json();
    let expected = json!({"id": file["id"], "name": "Anna van Dijk", "birth_date": "1975-04-30", "city": "Utrecht",
        "net_worth_cents": 17_000_000, "updated_at": file["updated_at"]});
    assert_eq!(reply["items"][0], expected);
    assert_eq!((&reply["items"][1]["city"], &reply["items"][1]["birth_date"]), (&Value::Null, &Value::Null));
    assert_eq!(reply["next"], Value::Null);
}

#[tokio::test]
async fn finds_by_name_city_and_address_whatever_case_and_accents() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    make(&anna, &client("Zoë", "Čapek", "Łódź", "zc@voorbeeld.nl")).await;
    make(&anna, &client("Bo", "Øster_gård", "’s-Gravenhage", "bo+100%@example.nl")).await;
    for text in ["zoe", "ZOË", "capek", "Lodz", "VOORBEELD", "zoe lodz", "voorbeeld čap", " zoe  capek "] {
        assert_eq!(found(&anna, json!({"text": text})).await, ["Zoë Čapek"], "{text}");
    }
    for text in ["oster", "'s-gravenhage", "’S-GRAVEN", "100%", "_", "bo+1"] {
        assert_eq!(found(&anna, json!({"text": text})).await, ["Bo Øster_gård"], "{text}");
    }
    for text in ["%", "zoe gravenhage", ".*", "zoecapek", "'; drop table documents;--", "\\"] {
        let expected: &[&str] = if text == "%" { &["Bo Øster_gård"] } else { &[] };
        assert_eq!(found(&anna, json!({"text": text})).await, expected, "{text}");
    }
}

#[tokio::test]
async fn notes_and_numbers_are_not_searched() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    make(&anna, &crate::samples::example()).await;
    for text in ["vrije", "111222333", "+31612345678", "hypotheek", "kerkstraat", "bram"] {
        assert!(found(&anna, json!({"text": text})).await.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn sorts_by_last_name_or_by_the_last_change() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let minute = || app.clock.advance(SignedDuration::from_secs(60));
    let person = |first: &str, prefix: &str, last: &str| json!({"person": {"first_name": first, "prefix": prefix, "last_name": last}});
    let (path, version) = make(&anna, &person("Wim", "van", "Dijk")).await;
    for file in [person("Al", "de", "écluse"), person("Bo", "van der", "DIJKSTRA"), person("Ad", "ten", "dijk")] {
        minute();
        make(&anna, &file).await;
    }
    let by_name = ["Ad ten dijk", "Wim van Dijk", "Bo van der DIJKSTRA", "Al de écluse"];
    assert_eq!(found(&anna, json!({})).await, by_name);
    assert_eq!(found(&anna, json!({"sort": "name"})).await, by_name);
    let newest_first = ["Ad ten dijk", "Bo van der DIJKSTRA", "Al de écluse", "Wim van Dijk"];
    assert_eq!(found(&anna, json!({"sort": "updated_at"})).await, newest_first);
    minute();
    put(&anna, &path, &version, &named("Zwart")).await.expect(StatusCode::OK);
    assert_eq!(found(&anna, json!({"sort": "updated_at"})).await[0], "Zwart");
    assert_eq!(found(&anna, json!({})).await[3], "Zwart");
    assert!(found(&anna, json!({"text": "wim"})).await.is_empty(), "the old name finds nothing");
}

#[tokio::test]
async fn a_deleted_file_is_not_found() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, version) = make(&anna, &named("Dijk")).await;
    make(&anna, &named("Vermeer")).await;
    delete(&anna, &path, &version).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(found(&anna, json!({})).await, ["Vermeer"]);
}

#[tokio::test]
async fn pages_have_no_gap_and_no_repeat_while_files_are_added() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let files: Vec<_> = (0..120).map(|number| named(&format!("Nummer {number:03}"))).collect();
    together(files.iter().map(|file| make(&anna, file))).await;
    let expected: Vec<String> = (0..120).map(|number| format!("Nummer {number:03}")).collect();
    let by_name = pages(&anna, json!({"limit": 50})).await;
    assert_eq!(by_name.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    assert_eq!(by_name.concat(), expected);
    let by_time = pages(&anna, json!({"limit": 50, "sort": "updated_at"})).await;
    assert_eq!(by_time.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20], "all were made in one moment");
    assert_eq!(by_time.concat().into_iter().collect::<BTreeSet<_>>().len(), 120);

    let first = search(&anna, json!({"limit": 50})).await.expect(StatusCode::OK);
    for name in ["Aan het begin", "Nummer 020b", "Nummer 060b"] {
        make(&anna, &named(name)).await;
    }
    let rest = pages(&anna, json!({"limit": 50, "cursor": first.json()["next"]})).await.concat();
    let mut after: Vec<String> = expected[50..].to_vec();
    after.insert(11, "Nummer 060b".to_owned());
    assert_eq!(rest, after, "what was added before the page is not seen, what comes behind it is");
}

#[tokio::test]
async fn a_page_goes_on_when_its_last_file_is_deleted() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let mut places = Vec::new();
    for name in ["Aker", "Bakker", "Cramer"] {
        places.push(make(&anna, &named(name)).await);
    }
    let first = search(&anna, json!({"limit": 2})).await.expect(StatusCode::OK);
    assert_eq!(names(&first), ["Aker", "Bakker"]);
    delete(&anna, &places[1].0, &places[1].1).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(found(&anna, json!({"limit": 2, "cursor": first.json()["next"]})).await, ["Cramer"]);
}

#[tokio::test]
async fn only_the_cursor_of_the_same_list_goes_on() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    for actor in [&anna, &bert] {
        for name in ["Aker", "Bakker"] {
            make(actor, &named(name)).await;
        }
    }
    let cursor = async |actor: &Actor, body: Value| {
        let reply = search(actor, body).await.expect(StatusCode::OK);
        reply.json()["next"].as_str().unwrap().to_owned()
    };
    let mine = cursor(&anna, json!({"limit": 1})).await;
    let of_bert = cursor(&bert, json!({"limit": 1})).await;
    let of_attempts = async |actor: &Actor| {
        actor.log_in_as("anna", "not the password").await;
        actor.log_in_as("anna", "not the password").await;
        anna.get("/api/login-attempts?limit=1").await.json()["next"].as_str().unwrap().to_owned()
    };
    let of_attempts = of_attempts(&app.anonymous()).await;
    let mut forged = vec![of_bert, of_attempts, String::new(), "AAAA".to_owned(), "é".to_owned(), mine[1..].to_owned(), format!("{mine}A")];
    for place in (0..mine.len()).step_by(mine.len() / 24) {
        let other = if &mine[place..=place] == "A" { "B" } else { "A" };
        forged.push(format!("{}{other}{}", &mine[..place], &mine[place + 1..]));
    }
    for text in forged {
        refused(&anna, json!({"limit": 1, "cursor": text}), "/cursor", "invalid_format").await;
    }
    refused(&anna, json!({"limit": 1, "sort": "updated_at", "cursor": mine}), "/cursor", "invalid_format").await;
    refused(&anna, json!({"cursor": "A".repeat(4097)}), "/cursor", "too_long").await;
    assert_eq!(found(&anna, json!({"limit": 1, "cursor": mine})).await, ["Bakker"]);
    let query = format!("/api/login-attempts?cursor={mine}");
    anna.get(&query).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
}

#[tokio::test]
async fn a_search_has_bounds() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for number in 0..3 {
        make(&anna, &named(&format!("Dijk {number}"))).await;
    }
    for limit in [0, 201, -1] {
        let reply = search(&anna, json!({"limit": limit})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(reply.json()["errors"], json!([{"pointer": "/limit", "code": "out_of_range", "min": 1, "max": 200}]), "{limit}");
    }
    for limit in [json!(1.5), json!("50")] {
        refused(&anna, json!({"limit": limit}), "/limit", "wrong_type").await;
    }
    for (text, code) in [("", "too_short"), (" ", "too_short"), ("a\u{0}b", "invalid_characters"), (&"x".repeat(101), "too_long")] {
        refused(&anna, json!({"text": text}), "/text", code).await;
    }
    refused(&anna, json!({"text": ["x"]}), "/text", "wrong_type").await;
    refused(&anna, json!({"sort": "bsn"}), "/sort", "unknown_value").await;
    refused(&anna, json!({"sort": "name", "order": "desc"}), "/order", "unknown_field").await;
    assert_eq!(found(&anna, json!({"limit": 1})).await.len(), 1);
    assert_eq!(found(&anna, json!({"limit": 200})).await.len(), 3);
    assert_eq!(found(&anna, json!({"limit": null})).await.len(), 3);
}
