//! Tables that become client files: uploaded in parts, validated, and turned into files a slice at a time.

use crate::{
    exports::files,
    samples::{contents, without_additions},
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions},
        scales::Scales,
    },
};
use axum::http::{Method, StatusCode};
use data_encoding::BASE64;
use finrust::{
    crypto::envelope::Part,
    ports::{Container, MAX_COMMIT_BYTES, Order, Page},
    store::clients::writes::MAX_FILES,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Uploads a whole table and returns the import's path.
pub async fn send(actor: &Actor, table: &[u8]) -> String {
    let begun = actor.post("/api/imports", json!({"name": "klanten.csv", "bytes": table.len()})).await.expect(StatusCode::CREATED).json();
    let path = format!("/api/imports/{}", begun["id"].as_str().unwrap());
    let part_bytes = usize::try_from(begun["part_bytes"].as_u64().unwrap()).unwrap();
    for (number, part) in table.chunks(part_bytes).enumerate() {
        put_part(actor, &path, number, part).await.expect(StatusCode::NO_CONTENT);
    }
    path
}

async fn put_part(actor: &Actor, path: &str, number: usize, part: &[u8]) -> Reply {
    actor.put(&format!("{path}/parts/{number}"), json!({"data": BASE64.encode(part)})).await
}

async fn put_bytes(actor: &Actor, path: &str, number: usize, part: &[u8]) -> Reply {
    actor.request(Method::PUT, &format!("{path}/parts/{number}")).raw_body(part, "application/octet-stream").send().await
}

#[tokio::test]
async fn a_part_is_taken_as_its_bytes() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let table = many(2500);
    let begun = anna.post("/api/imports", json!({"name": "klanten.csv", "bytes": table.len()})).await.expect(StatusCode::CREATED).json();
    let (path, part_bytes) =
        (format!("/api/imports/{}", begun["id"].as_str().unwrap()), usize::try_from(begun["part_bytes"].as_u64().unwrap()).unwrap());
    assert!(part_bytes < 30 * 1024 && table.len() > 2 * part_bytes, "the Functions host keeps no part in a file");
    for (bytes, code) in
        [(&table.as_bytes()[1..part_bytes], "too_short"), (&table.as_bytes()[..=part_bytes], "too_long"), (b"", "too_short")]
    {
        let refused = put_bytes(&anna, &path, 0, bytes).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        assert_eq!(refused["errors"], json!([{"pointer": "/data", "code": code}]));
    }
    for kind in ["", "text/plain", "application/octet-stream; charset=utf-8", "application/x-www-form-urlencoded"] {
        let first = anna.request(Method::PUT, &format!("{path}/parts/0")).raw_body(&table.as_bytes()[..part_bytes], kind).send().await;
        first.expect_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    }
    for (number, part) in table.as_bytes().chunks(part_bytes).enumerate() {
        // Both forms upload the same part.
        let put = if number % 2 == 0 { put_bytes(&anna, &path, number, part).await } else { put_part(&anna, &path, number, part).await };
        put.expect(StatusCode::NO_CONTENT);
    }
    run(&anna, &path).await;
    assert_eq!(anna.get(&path).await.expect(StatusCode::OK).json()["created"], 2500);
}

async fn check(actor: &Actor, path: &str) -> Value {
    actor.post(&format!("{path}/check"), json!({"limit": 200})).await.expect(StatusCode::OK).json()
}

/// Continues until everything is done; returns each step.
pub async fn run(actor: &Actor, path: &str) -> Vec<Value> {
    let mut steps = Vec::new();
    while !steps.last().is_some_and(|step: &Value| step["finished"] == true) {
        steps.push(actor.post(&format!("{path}/continue"), json!({})).await.expect(StatusCode::OK).json());
    }
    steps
}

fn cells(findings: &Value) -> Vec<(u64, u64, &str, &str)> {
    let cell = |item: &'static str, value: &'_ Value| value[item].as_u64().unwrap_or_default();
    let items = findings["items"].as_array().unwrap().iter();
    items
        .map(|item| (cell("row", item), cell("column", item), item["heading"].as_str().unwrap_or_default(), item["code"].as_str().unwrap()))
        .collect()
}

/// A table of `count` different clients.
pub fn many(count: usize) -> String {
    let rows = (1..=count).map(|number| format!("Klant{number};{number},50;{number} straat\r\n"));
    format!("Achternaam;Bezitting 1 waarde;Straat\r\n{}", rows.collect::<String>())
}

#[tokio::test]
async fn the_template_is_imported_as_it_is() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let template = anna.get("/api/imports/template").await.expect(StatusCode::OK);
    assert_eq!(template.header("content-disposition"), Some("attachment; filename=\"finrust-import.csv\""));
    let path = send(&anna, &template.body).await;
    let found = check(&anna, &path).await;
    assert_eq!(found["items"], json!([]), "{found}");
    assert_eq!(
        found["import"]["checked"],
        json!({"importable": true, "total": 1, "bad_rows": 0, "bad_cells": 0, "encoding": "utf8", "delimiter": "semicolon"})
    );
    let steps = run(&anna, &path).await;
    assert_eq!((steps.len(), steps[0]["created"].as_u64()), (1, Some(1)));
    let file = &files(&anna).await[0];
    let (person, debt) = (&file["person"], &file["debts"][0]);
    assert_eq!((person["last_name"].as_str(), person["birth_date"].as_str()), (Some("Voorbeeld"), Some("1975-04-30")));
    assert_eq!((debt["balance_cents"].as_i64(), debt["interest_percent"].as_str()), (Some(28_000_000), Some("3.85")));
    app.verify().await;
}

#[tokio::test]
async fn every_dialect_is_understood() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for (table, encoding, delimiter) in [
        ("Achternaam;Kind 1 roepnaam\r\nZoëton;Jöran\r\n".as_bytes().to_vec(), "utf8", "semicolon"),
        ("\u{feff}Achternaam\tKind 1 roepnaam\nZoëton2\tJöran".as_bytes().to_vec(), "utf8", "tab"),
        (b"achternaam,\"KIND 1 ROEPNAAM\"\nZo\xebton3,J\xf6ran\n".to_vec(), "windows1252", "comma"),
    ] {
        let path = send(&anna, &table).await;
        let found = check(&anna, &path).await;
        let checked = &found["import"]["checked"];
        assert_eq!((checked["encoding"].as_str(), checked["delimiter"].as_str()), (Some(encoding), Some(delimiter)), "{found}");
        run(&anna, &path).await;
    }
    for file in files(&anna).await {
        assert!(file["person"]["last_name"].as_str().unwrap().starts_with("Zoëton"), "{file}");
        assert_eq!(file["children"][0]["first_name"], "Jöran");
    }
}

#[tokio::test]
async fn every_bad_cell_is_named_and_nothing_is_written() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let table = "Achternaam;BSN;Geboortedatum;Inkomst 1 bedrag\r\nDijk;123456789;31-02-1980;veel\r\n\r\n;;;\r\nGoed;111222333;1-2-1980;-1.234,56\r\n;;1-1-1950;\"5\r\n";
    let path = send(&anna, table.as_bytes()).await;
    let before = files(&anna).await;
    let found = check(&anna, &path).await;
    let expected = [
        (2, 2, "BSN", "check_failed"),
        (2, 3, "Geboortedatum", "invalid_format"),
        (2, 4, "Inkomst 1 bedrag", "invalid_format"),
        (6, 0, "", "invalid_format"),
    ];
    assert_eq!(cells(&found), expected);
    assert_eq!((&found["import"]["checked"]["total"], &found["import"]["checked"]["bad_rows"]), (&json!(3), &json!(2)));
    assert_eq!(files(&anna).await, before);
    let done = run(&anna, &path).await.pop().unwrap();
    assert_eq!((&done["created"], &done["refused"], &done["done"]), (&json!(1), &json!(2), &json!(3)));
    assert_eq!(done["refused_rows"], json!([{"first": 2, "last": 2}, {"first": 6, "last": 6}]));
    let file = files(&anna).await.pop().unwrap();
    assert_eq!((&file["incomes"][0]["amount_cents"], &file["person"]["birth_date"]), (&json!(-123_456), &json!("1980-02-01")));
}

#[tokio::test]
async fn bad_cells_come_in_pages() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let rows: String = (0..30).map(|_| "x;y;z\n").collect();
    let path = send(&anna, format!("Achternaam;BSN;Geboortedatum\n{rows}").as_bytes()).await;
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let body = if cursor.is_null() { json!({"limit": 7}) } else { json!({"limit": 7, "cursor": cursor}) };
        let page = anna.post(&format!("{path}/check"), body).await.expect(StatusCode::OK).json();
        assert_eq!(page["import"]["checked"]["bad_cells"], 60);
        all.extend(cells(&page).into_iter().map(|(row, column, ..)| (row, column)));
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let expected: Vec<_> = (2..32).flat_map(|row| [(row, 2), (row, 3)]).collect();
    assert_eq!(all, expected);
    anna.post(&format!("{path}/check"), json!({"cursor": "x"})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
}

#[tokio::test]
async fn what_is_no_table_is_told_and_never_imported() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let endless = [b"Achternaam\n\"".to_vec(), vec![b'x'; 200_000]].concat();
    for (table, expected) in [
        (b"Naam;BSN\nx;y".to_vec(), (1, 1, "", "unknown_field")),
        (b"Achternaam;Achternaam\nx;y".to_vec(), (1, 2, "Achternaam", "unknown_field")),
        (b"Roepnaam\nx".to_vec(), (1, 0, "Achternaam", "required")),
        (b"Achternaam\n".to_vec(), (2, 0, "", "required")),
        (b"\n\n".to_vec(), (1, 0, "", "required")),
        (endless, (2, 0, "", "too_long")),
        (many(10_001).into_bytes(), (10_002, 0, "", "out_of_range")),
    ] {
        let path = send(&anna, &table).await;
        let found = check(&anna, &path).await;
        assert_eq!(cells(&found)[0], expected);
        assert_eq!(found["import"]["checked"]["importable"], false);
        anna.post(&format!("{path}/continue"), json!({})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "not_a_table");
        anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
    }
    assert_eq!(files(&anna).await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_table_imported_twice_makes_nothing_twice() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let first = run(&anna, &send(&anna, many(600).as_bytes()).await).await;
    assert_eq!(first.iter().map(|step| step["done"].as_u64().unwrap()).collect::<Vec<_>>(), [450, 600]);
    assert_eq!(first[1]["created"], 600);
    // The same rows written differently, with a new one among them and a duplicate.
    let again =
        many(600).replace(';', "\t").replace(",50\t", ".5\t").replace("Klant300\t", "Nieuw\t\"1\"\t\nKlant1\t1.50\t1 straat\nKlant300\t");
    let second = run(&anna, &send(&anna, again.as_bytes()).await).await.pop().unwrap();
    assert_eq!((&second["created"], &second["already_there"], &second["done"]), (&json!(1), &json!(601), &json!(602)));
    assert_eq!(second["already_there_rows"], json!([{"first": 2, "last": 300}, {"first": 302, "last": 603}]));
    assert_eq!(files(&anna).await.len(), 601);
    app.verify().await;
}

#[tokio::test]
async fn two_windows_make_every_file_once() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let path = send(&anna, many(1200).as_bytes()).await;
    let steps = crate::samples::together([run(&anna, &path), run(&anna, &path)]).await;
    assert!(steps.iter().all(|steps| steps.last().is_some_and(|step| step["created"] == 1200)), "{steps:?}");
    assert_eq!(files(&anna).await.len(), 1200);
    app.verify().await;
}

#[tokio::test]
async fn parts_have_their_place_and_their_time() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let table = many(6000);
    let begun = anna.post("/api/imports", json!({"name": "a.csv", "bytes": table.len()})).await.expect(StatusCode::CREATED).json();
    let path = format!("/api/imports/{}", begun["id"].as_str().unwrap());
    let parts: Vec<_> = table.as_bytes().chunks(usize::try_from(begun["part_bytes"].as_u64().unwrap()).unwrap()).collect();
    assert_eq!(begun["parts"], parts.len());
    let (first, last) = (parts[0], parts.len() - 1);
    put_part(&anna, &path, 0, &first[1..]).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    put_part(&anna, &path, last, first).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    put_part(&anna, &path, parts.len(), first).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    for (number, part) in parts.iter().enumerate().skip(1) {
        put_part(&anna, &path, number, part).await.expect(StatusCode::NO_CONTENT);
    }
    anna.post(&format!("{path}/check"), json!({})).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    anna.post(&format!("{path}/continue"), json!({})).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    for _ in 0..2 {
        put_part(&anna, &path, 0, first).await.expect(StatusCode::NO_CONTENT);
    }
    assert_eq!(check(&anna, &path).await["import"]["checked"]["total"], 6000);
    put_part(&anna, &path, 0, first).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    app.verify().await;
    app.clock.advance(SignedDuration::from_hours(25));
    anna.sign_in().await;
    anna.get(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    assert_eq!(anna.get("/api/imports").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_finished_table_is_gone_and_its_result_stays_a_day() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let path = send(&anna, many(3).as_bytes()).await;
    let done = run(&anna, &path).await.pop().unwrap();
    let here = contents(&app);
    assert!(!here.iter().any(|spot| spot.contains("importpart-")), "{here:?}");
    assert_eq!(anna.get(&path).await.expect(StatusCode::OK).json(), done);
    assert_eq!(anna.post(&format!("{path}/continue"), json!({})).await.expect(StatusCode::OK).json(), done);
    anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
    anna.get(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    assert_eq!(files(&anna).await.len(), 3);
}

#[tokio::test]
async fn five_imports_at_most_are_open() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let mut paths = Vec::new();
    for _ in 0..5 {
        paths.push(send(&anna, b"Achternaam\nx").await);
    }
    let sixth = json!({"name": "a.csv", "bytes": 1});
    anna.post("/api/imports", sixth.clone()).await.expect_problem(StatusCode::CONFLICT, "too_many_imports");
    run(&anna, &paths[0]).await;
    anna.post("/api/imports", sixth).await.expect(StatusCode::CREATED);
    for bytes in [0, 5 * 1024 * 1024 + 1, -1] {
        let reply = anna.post("/api/imports", json!({"name": "a.csv", "bytes": bytes})).await;
        reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
}

#[tokio::test]
async fn an_import_of_another_adviser_is_like_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let path = send(&anna, many(2).as_bytes()).await;
    let before = contents(&app);
    bert.get(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    bert.delete(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    put_part(&bert, &path, 0, many(2).as_bytes()).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    for step in ["check", "continue"] {
        bert.post(&format!("{path}/{step}"), json!({})).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
    assert_eq!(bert.get("/api/imports").await.json()["items"], json!([]));
    assert_eq!(contents(&app), before);
    // In another partition, the same rows become other files.
    run(&anna, &path).await;
    run(&bert, &send(&bert, many(2).as_bytes()).await).await;
    let [of_anna, of_bert] = [files(&anna).await, files(&bert).await];
    assert_eq!(of_anna.iter().map(without_additions).collect::<Vec<_>>().len(), 2);
    assert!(of_anna.iter().all(|file| of_bert.iter().all(|other| file["id"] != other["id"])));
}

#[tokio::test]
async fn the_check_keeps_to_its_limit_whatever_is_wrong() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let headings = format!("Achternaam{}\r\nDijk\r\n", ";X".repeat(3000));
    let row = format!("Achternaam\r\nDijk{}\r\n", ";x".repeat(3000));
    for table in [headings, row] {
        let path = send(&anna, table.as_bytes()).await;
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let mut body = json!({"limit": 170});
            if !cursor.is_null() {
                body["cursor"] = cursor;
            }
            let found = anna.post(&format!("{path}/check"), body).await.expect(StatusCode::OK).json();
            let items = found["items"].as_array().unwrap();
            assert!(items.len() <= 170, "{}", items.len());
            seen.extend(items.iter().map(|item| item["column"].as_u64()));
            cursor = found["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(seen, (2..=3001).map(Some).collect::<Vec<_>>());
        anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
    }
}

/// A table with small rows that become large files: single-character cells, for each of which the JSON has a member name, and a character
/// that takes one byte in the table and three in a file.
fn growing(rows: usize) -> Vec<u8> {
    let mut headings = vec!["Achternaam".to_owned()];
    for entry in 1..=100 {
        headings.extend(["Roepnaam", "Tussenvoegsel", "Achternaam"].map(|name| format!("Kind {entry} {name}")));
        headings.extend(["Inkomst", "Uitgave"].map(|list| format!("{list} {entry} bedrag")));
        headings.extend([format!("Bezitting {entry} waarde"), format!("Schuld {entry} openstaand"), format!("Schuld {entry} rente")]);
        headings.extend(["Inkomst", "Uitgave", "Bezitting", "Schuld"].map(|list| format!("{list} {entry} omschrijving")));
    }
    let cells = headings.len() - 1;
    let mut table = format!("{};Notities\r\n", headings.join(";")).into_bytes();
    for row in 0..rows {
        table.extend(format!("Dijk{row}{};", ";1".repeat(cells)).bytes());
        // The euro sign of Windows-1252.
        table.extend([0x80].repeat(3000));
        table.extend(b"\r\n");
    }
    table
}

#[tokio::test]
async fn rows_that_grow_beyond_what_one_commit_takes_are_split() {
    for cosmos in [false, true] {
        let scales = Scales::default();
        let app = TestApp::start_with(TestOptions { cosmos, ..scales.options() }).await;
        let anna = app.adviser("anna").await;
        let path = send(&anna, &growing(MAX_FILES)).await;
        check(&anna, &path).await;
        scales.forget();
        let done = run(&anna, &path).await.pop().unwrap();
        assert_eq!((&done["created"], &done["done"]), (&json!(MAX_FILES), &json!(MAX_FILES)));
        let heaviest = scales.heaviest();
        // In one commit, as the size of the rows in the table would suggest, they exceed its limit.
        let all = client_bytes(&app).await;
        println!("{MAX_FILES} files of {all} stored bytes, the heaviest commit of their import: {heaviest}");
        assert!(all > MAX_COMMIT_BYTES && heaviest <= MAX_COMMIT_BYTES && heaviest > MAX_COMMIT_BYTES / 3, "{all} {heaviest}");
        app.verify().await;
    }
}

/// The stored size of all files in bytes.
async fn client_bytes(app: &TestApp) -> usize {
    let page = Page { order: Order::Ascending, limit: 200, after: None };
    let listing = app.documents().scan(Container::Clients, "client-", Part::Body, &page).await.unwrap();
    listing.items.iter().filter_map(|item| Some((item.part.as_ref()?.as_bytes().len() * 4).div_ceil(3))).sum()
}

#[tokio::test]
async fn a_closing_mark_is_no_row() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let table = "Achternaam;Exportkenmerk\r\nDijk;x.y\r\n;x.end files=1 withheld=0\r\n";
    let path = send(&anna, table.as_bytes()).await;
    let found = check(&anna, &path).await;
    assert_eq!((&found["items"], &found["import"]["checked"]["total"]), (&json!([]), &json!(1)));
    assert_eq!(run(&anna, &path).await.pop().unwrap()["created"], 1);
}
