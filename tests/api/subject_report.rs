//! What the data subject of a file gets: the report of art. 15, and the file of art. 20.

use crate::{
    clients::{make, put},
    hand_overs::Office,
    imports::{run, send},
    rights::{deeds, take},
    samples::{example, named, without_additions},
    support::{
        app::{PASSWORD, TestApp},
        between::Between,
    },
};
use axum::http::StatusCode;
use finrust::{crypto::password::Argon2id, http::routes::openapi_document};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

/// A file with every field, in which each free text contains the mark and every list has two entries.
fn tagged(mark: &str) -> Value {
    let text = |name: &str| format!("{mark}-{name}");
    let person = |name: &str| {
        json!({"initials": "A.B.", "first_name": text(name), "prefix": text("tussen"), "last_name": text("achter"),
            "birth_date": "1975-04-30", "bsn": "111222333", "email": format!("{mark}@example.nl"), "phone": "+31612345678",
            "marital_status": "married"})
    };
    let twice = |entry: Value| json!([entry, entry]);
    json!({
        "person": person("persoon"),
        "address": {"street": text("straat"), "house_number": "12", "addition": "a", "postcode": "1234 AB", "city": text("plaats"),
            "country": "NL"},
        "partner": person("partner"),
        "children": twice(json!({"first_name": text("kind"), "prefix": text("tussen"), "last_name": text("achter"),
            "birth_date": "2008-01-02"})),
        "incomes": twice(json!({"description": text("inkomen"), "kind": "employment", "amount_cents": 350_000, "period": "month"})),
        "expenses": twice(json!({"description": text("uitgave"), "kind": "housing", "amount_cents": 120_000, "period": "month"})),
        "assets": twice(json!({"description": text("bezit"), "kind": "property", "value_cents": 45_000_000})),
        "debts": twice(json!({"description": text("schuld"), "kind": "mortgage", "balance_cents": 28_000_000,
            "interest_percent": "3.85"})),
        "notes": text("notitie"),
    })
}

/// Pointers of every field in a schema of the contract; lists by their first entry.
fn fields_of(document: &Value, schema: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return fields_of(document, document.pointer(reference.trim_start_matches('#')).unwrap(), pointer, found);
    }
    for alternative in ["oneOf", "allOf"].iter().filter_map(|name| schema[*name].as_array()).flatten() {
        fields_of(document, alternative, pointer, found);
    }
    if let Some(properties) = schema["properties"].as_object() {
        properties.iter().for_each(|(name, field)| fields_of(document, field, &format!("{pointer}/{name}"), found));
    } else if schema["items"].is_object() {
        fields_of(document, &schema["items"], &format!("{pointer}/0"), found);
    } else {
        found.insert(pointer.to_owned());
    }
}

/// Every value of a file by its pointer.
fn values(value: &Value, pointer: &str, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| values(value, &format!("{pointer}/{name}"), found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| values(value, &format!("{pointer}/{index}"), found)),
        scalar => {
            found.insert((pointer.to_owned(), scalar.to_string()));
        }
    }
}

fn all_values(value: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    values(value, "", &mut found);
    found
}

#[tokio::test]
async fn the_report_holds_every_field_of_that_client_and_none_of_another() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let (path, _) = make(&anna, &tagged("kanarie")).await;
    make(&anna, &tagged("mus")).await;
    make(&bert, &tagged("valk")).await;
    let reply = anna.post(&format!("{path}/report"), None).await.expect(StatusCode::OK);
    let report = reply.json();
    let sent = all_values(&tagged("kanarie"));
    let (document, mut fields) = (openapi_document(), BTreeSet::new());
    fields_of(&document, &document["components"]["schemas"]["ClientFile"], "", &mut fields);
    assert!(fields.len() > 40 && fields.iter().all(|field| tagged("kanarie").pointer(field).is_some()), "{fields:?}");
    assert_eq!(all_values(&without_additions(&report["client"])), sent);
    let text = String::from_utf8(reply.body).unwrap();
    assert!(!text.contains("mus") && !text.contains("valk"), "{text}");
    assert_eq!(text.matches("kanarie").count(), serde_json::to_string(&tagged("kanarie")).unwrap().matches("kanarie").count());
    assert_eq!(report["adviser"], json!({"name": "anna van Kantoor", "email": "anna@example.nl"}));
    assert_eq!((&report["sources"], &report["automated_decisions"]), (&json!(["entered_by_adviser"]), &json!(false)));
    assert!(report["purposes"].as_array().unwrap().len() == 3 && report["rights"].as_array().unwrap().len() == 9);
    app.verify().await;
}

#[tokio::test]
async fn the_report_tells_who_looked_and_what_was_decided() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    anna.get(&path).await.expect(StatusCode::OK);
    take(&anna, &path, "restrict", json!({})).await;
    let report = anna.post(&format!("{path}/report"), None).await.expect(StatusCode::OK).json();
    let said: Vec<_> = report["trail"].as_array().unwrap().iter().map(|deed| deed["deed"].as_str().unwrap()).collect();
    assert_eq!(said, ["reported", "restricted", "read", "created"]);
    assert_eq!(report["trail"][2]["by"], "anna van Kantoor");
    assert!(report["trail"][2].get("ip").is_none(), "an adviser's address is not the client's to know");
    assert_eq!((&report["notes"][0]["step"], &report["notes"][0]["reason"]), (&json!("restrict"), &json!("Op verzoek van de cliënt")));
    assert_eq!(report["client"]["person"]["bsn"], "111222333", "blocked for the adviser's use, not for the person");
}

#[tokio::test]
async fn the_report_tells_how_long_it_is_kept_and_what_was_asked_before() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    let (other, _) = make(&anna, &named("Ander")).await;
    let bare = anna.post(&format!("{path}/report"), None).await.expect(StatusCode::OK).json();
    assert_eq!((&bare["retention"], &bare["requests"]), (&Value::Null, &json!([])));
    anna.put("/api/retention", json!({"months": 84, "reason": "Fiscale bewaarplicht"})).await.expect(StatusCode::NO_CONTENT);
    for (file, kind) in [(&path, "access"), (&other, "erasure")] {
        let id = file.rsplit('/').next().unwrap();
        let body = json!({"received_on": "2026-01-31", "kind": kind, "name": "A. van Dijk", "client": id});
        anna.post("/api/requests", body).await.expect(StatusCode::CREATED);
    }
    let report = anna.post(&format!("{path}/report"), None).await.expect(StatusCode::OK).json();
    assert_eq!((&report["retention"]["months"], &report["retention"]["reason"]), (&json!(84), &json!("Fiscale bewaarplicht")));
    let view = anna.get(&format!("{path}/rights")).await.expect(StatusCode::OK).json();
    assert_eq!(report["retention"]["keep_until"], view["keep_until"]);
    let expected = json!([{"received_on": "2026-01-31", "kind": "access", "due_on": "2026-02-28", "state": "open"}]);
    assert_eq!(report["requests"], expected);
}

#[tokio::test]
async fn the_report_of_a_file_that_came_tells_where_it_was() {
    let office = Office::open().await;
    let (path, _) = make(&office.anna, &example()).await;
    office.approved().await;
    office.app.run_jobs().await;
    let report = office.bert.post(&format!("{path}/report"), None).await.expect(StatusCode::OK).json();
    assert_eq!(report["sources"], json!(["entered_by_adviser", "predecessor"]));
    let last = report["trail"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["deed"], &last["by"], &last["former"]), (&json!("created"), &json!("anna van Kantoor"), &json!(true)));
    assert_eq!(report["adviser"]["name"], "bert van Kantoor");
}

#[tokio::test]
async fn recipients_are_the_sub_processors_in_use() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    let (path, _) = make(&anna, &example()).await;
    let public = olga.get("/api/processors/public").await.expect(StatusCode::OK).json();
    let report = anna.post(&format!("{path}/report"), None).await.expect(StatusCode::OK).json();
    assert_eq!(report["recipients"], public["items"]);
}

#[tokio::test]
async fn the_file_to_take_along_is_read_again_in_both_shapes() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let (path, version) = make(&anna, &example()).await;
    put(&anna, &path, &version, &tagged("kanarie")).await.expect(StatusCode::OK);
    make(&anna, &tagged("mus")).await;
    take(&anna, &path, "restrict", json!({})).await;
    let portability = format!("{path}/portability");
    let ask = |format: &str| json!({"format": format, "password": PASSWORD});
    let json = anna.post(&portability, ask("json")).await.expect(StatusCode::OK);
    assert!(json.header("content-disposition").unwrap().starts_with("attachment; filename=\"finrust-20"));
    let document = json.json();
    assert_eq!((&document["count"], &document["withheld"]), (&json!(1), &json!(0)));
    assert_eq!(without_additions(&document["clients"][0]), tagged("kanarie"));
    let table = anna.post(&portability, ask("csv")).await.expect(StatusCode::OK);
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(!String::from_utf8(table.body.clone()).unwrap().contains("mus"));
    let done = run(&bert, &send(&bert, &table.body).await).await.pop().unwrap();
    assert_eq!(done["created"], 1);
    let id = bert.post("/api/clients/search", json!({})).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let read = bert.get(&format!("/api/clients/{id}")).await.expect(StatusCode::OK).json();
    assert_eq!(without_additions(&read), tagged("kanarie"));
    assert_eq!(deeds(&anna, &path).await, ["exported", "exported", "restricted", "changed", "created"]);
    app.verify().await;
}

#[tokio::test]
async fn nothing_is_taken_along_without_the_password() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &named("Dijk")).await;
    let wrong = anna.post(&format!("{path}/portability"), json!({"format": "csv", "password": "wrong"})).await;
    wrong.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    assert_eq!(deeds(&anna, &path).await, ["created"]);
    let attempts = anna.get("/api/login-attempts").await.json();
    assert_eq!(attempts["items"][0]["outcome"], "wrong_password_in_session");
}

#[tokio::test]
async fn what_is_erased_while_the_password_is_looked_at_is_not_given_out() {
    let between = Between::default();
    let app = Arc::new(TestApp::start_with(between.options()).await);
    let elsewhere = app.another_instance(Argon2id::default()).await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &tagged("kanarie")).await;
    take(&anna, &path, "mark", json!({"ground": "objection"})).await;
    let (other, erasure) = (anna.at(&elsewhere), format!("{path}/erasure"));
    between.before_commit(async move {
        other.post(&erasure, json!({"password": PASSWORD, "no_legal_duty": true})).await.expect(StatusCode::NO_CONTENT);
    });
    let asked = anna.post(&format!("{path}/portability"), json!({"format": "json", "password": PASSWORD})).await;
    asked.expect_problem(StatusCode::NOT_FOUND, "not_found");
    assert!(!between.cancel(), "it was erased meanwhile");
    app.verify().await;
}

#[tokio::test]
async fn a_file_that_is_being_erased_is_not_given_out() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (path, _) = make(&anna, &example()).await;
    take(&anna, &path, "mark", json!({"ground": "objection"})).await;
    std::fs::create_dir(app.data_dir().join("erasures-2.log")).unwrap();
    let erase = json!({"password": PASSWORD, "no_legal_duty": true});
    anna.post(&format!("{path}/erasure"), erase).await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    let take_along = json!({"format": "json", "password": PASSWORD});
    anna.post(&format!("{path}/portability"), take_along).await.expect_problem(StatusCode::CONFLICT, "being_erased");
    anna.post(&format!("{path}/report"), None).await.expect_problem(StatusCode::CONFLICT, "being_erased");
    std::fs::remove_dir(app.data_dir().join("erasures-2.log")).unwrap();
    assert_eq!(app.maintain().await.erased, 1);
    app.verify().await;
}
