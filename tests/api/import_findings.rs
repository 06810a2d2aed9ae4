//! What the validation of a table shows before anything is created: how it was parsed, what is invalid, and what exists already.

use crate::{
    exports::files,
    imports::{run, send},
    support::{
        actor::Actor,
        app::{PASSWORD, TestApp},
    },
};
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn check(actor: &Actor, path: &str) -> Value {
    actor.post(&format!("{path}/check"), json!({})).await.expect(StatusCode::OK).json()
}

/// Row, column and code of each refused cell, 0 for a row as a whole.
fn flaws(found: &Value) -> Vec<(u64, u64, &str)> {
    let number = |item: &Value, name| item[name].as_u64().unwrap_or_default();
    let items = found["items"].as_array().unwrap().iter();
    items.map(|item| (number(item, "row"), number(item, "column"), item["code"].as_str().unwrap())).collect()
}

/// The text of each cell of each row of the preview.
fn preview(found: &Value) -> Vec<(u64, Vec<&str>)> {
    let mut shown = Vec::new();
    for row in found["preview"].as_array().unwrap() {
        let texts = row["cells"].as_array().unwrap().iter().map(|cell| cell["text"].as_str().unwrap()).collect();
        shown.push((row["row"].as_u64().unwrap(), texts));
    }
    shown
}

async fn last_names(anna: &Actor) -> Vec<String> {
    let mut names: Vec<_> = files(anna).await.iter().map(|file| file["person"]["last_name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_mark_decides_and_a_cell_that_is_not_utf_8_is_named() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let table =
        [b"\xef\xbb\xbfAchternaam;Woonplaats\r\nM".as_slice(), "ü".as_bytes(), b"ller;Utrecht\r\nZo\xebton;Delft\r\nBos;Epe"].concat();
    let path = send(&anna, &table).await;
    let found = check(&anna, &path).await;
    assert_eq!(flaws(&found), [(3, 1, "invalid_characters")]);
    assert_eq!(found["import"]["checked"]["encoding"], "utf8");
    assert_eq!(preview(&found), [(2, vec!["Müller", "Utrecht"]), (3, vec!["Zo\u{FFFD}ton", "Delft"]), (4, vec!["Bos", "Epe"])]);
    run(&anna, &path).await;
    assert_eq!(last_names(&anna).await, ["Bos", "Müller"]);
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_refused_by_cell() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for (table, expected, names) in [
        // Two bytes that form one letter in UTF-8, among letters of Windows-1252.
        (
            b"Achternaam\nZo\xebton\nJ\xf6ris\n\xc9cluse\nM\xc3\xbcller".as_slice(),
            vec![(5, 1, "invalid_characters")],
            vec!["Jöris", "Zoëton", "Écluse"],
        ),
        // A fraction in Windows-1252, a letter in ISO 8859-15.
        (b"Achternaam;Toevoeging\nZo\xebz;12\xbd\nB\xf6s;a", vec![(2, 2, "invalid_characters")], vec!["Bös"]),
        (b"Achternaam;Toevoeging\nZo\xebx;12\xbd\nB\xf6t;\x80", vec![], vec!["Böt", "Zoëx"]),
        // Truncated in the middle of a letter.
        ("Achternaam\nZoëy\nDé".as_bytes().split_last().unwrap().1, vec![(3, 1, "invalid_characters")], vec!["Zoëy"]),
        (b"Achternaam\nDi\0jk\nBosch", vec![(2, 1, "invalid_characters")], vec!["Bosch"]),
    ] {
        let before = last_names(&anna).await;
        let path = send(&anna, table).await;
        let found = check(&anna, &path).await;
        assert_eq!(flaws(&found), expected, "{found}");
        run(&anna, &path).await;
        let made: Vec<_> = last_names(&anna).await.into_iter().filter(|name| !before.contains(name)).collect();
        assert_eq!(made, names);
    }
}

#[tokio::test]
async fn an_encoding_or_a_separator_that_is_not_read_is_said_to_be() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let text = "Achternaam;Roepnaam\r\nMüller;Jürgen\r\n";
    let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    let wide = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<_>>();
    for table in [[b"\xff\xfe".as_slice(), &little].concat(), [b"\xfe\xff".as_slice(), &big].concat(), little, big, wide] {
        let path = send(&anna, &table).await;
        let found = check(&anna, &path).await;
        assert_eq!(flaws(&found), [(1, 0, "invalid_characters")], "{table:?}");
        assert_eq!((&found["preview"], &found["import"]["checked"]["importable"]), (&json!([]), &json!(false)));
        anna.delete(&path).await.expect(StatusCode::NO_CONTENT);
    }
    let path = send(&anna, b"sep=|\r\nAchternaam|Roepnaam\r\nx|y").await;
    assert_eq!(flaws(&check(&anna, &path).await), [(1, 0, "unknown_value")]);
    // A table that is not understood is shown as it was parsed.
    let path = send(&anna, b"Naam|Woonplaats\r\nDijk|Epe").await;
    assert_eq!(preview(&check(&anna, &path).await), [(1, vec!["Naam|Woonplaats"]), (2, vec!["Dijk|Epe"])]);
    assert!(files(&anna).await.is_empty());
}

#[tokio::test]
async fn quotation_marks_that_do_not_match_swallow_no_row() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let table = "Achternaam;Notities;Woonplaats\r\nEen;\"open;Epe\r\nTwee;x;Epe\r\nDrie;\"ook open;Epe\r\nVier;\"regel 1\r\nregel 2, \"\"zo\"\"\" ;Epe\r\nVijf;5\" buis;Epe\r\nZes; \"x\";Epe\r\nZeven;Jan \"Jantje\" Bos;Epe\r\nAcht;;Epe\r\nNegen;\"nog open";
    let path = send(&anna, table.as_bytes()).await;
    let found = check(&anna, &path).await;
    let refused = [2, 3, 4, 6, 7, 8, 10].map(|row| (row, 0, "invalid_format"));
    assert_eq!(flaws(&found), refused, "{found}");
    assert_eq!((&found["import"]["checked"]["total"], &found["import"]["checked"]["bad_rows"]), (&json!(9), &json!(7)));
    let done = run(&anna, &path).await.pop().unwrap();
    assert_eq!((&done["created"], &done["refused"], &done["done"]), (&json!(2), &json!(7), &json!(9)));
    assert_eq!(done["refused_rows"], json!([{"first": 2, "last": 4}, {"first": 6, "last": 8}, {"first": 10, "last": 10}]));
    let made = files(&anna).await;
    let notes: Vec<_> = made.iter().filter_map(|file| file["notes"].as_str()).collect();
    assert_eq!((last_names(&anna).await, notes), (vec!["Acht".to_owned(), "Vier".to_owned()], vec!["regel 1\r\nregel 2, \"zo\""]));
}

#[tokio::test]
async fn the_first_line_may_say_what_stands_between_cells_and_a_row_with_something_else_is_refused() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let path =
        send(&anna, "\u{feff}sep=,\rAchternaam,Roepnaam,Bezitting 1 waarde\rDijk,Anna,€ -\rBos;Cas;€ 5\rVis , Bram,\"1,5\"".as_bytes())
            .await;
    let found = check(&anna, &path).await;
    assert_eq!((flaws(&found), &found["import"]["checked"]["delimiter"]), (vec![(3, 0, "too_short")], &json!("comma")));
    assert_eq!(preview(&found), [(2, vec!["Dijk", "Anna", "0,00"]), (3, vec!["Bos;Cas;€ 5"]), (4, vec!["Vis", "Bram", "1,50"])]);
    run(&anna, &path).await;
    assert_eq!(last_names(&anna).await, ["Dijk", "Vis"]);
}

#[tokio::test]
async fn an_own_export_that_is_imported_again_makes_nothing_unless_somebody_says_so() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for (name, bsn) in [("Dijk", "111222333"), ("Bos", "123456782")] {
        anna.post("/api/clients", json!({"person": {"last_name": name, "bsn": bsn}})).await.expect(StatusCode::CREATED);
    }
    let export = anna.post("/api/exports", json!({"format": "csv", "password": PASSWORD})).await.expect(StatusCode::OK).body;
    let path = send(&anna, &export).await;
    let found = check(&anna, &path).await;
    let there = &found["already_there"];
    assert_eq!((&there["count"], &there["rows"], &there["asks"]), (&json!(2), &json!([{"first": 2, "last": 3}]), &json!(true)));
    let ids: Vec<_> = files(&anna).await.iter().map(|file| file["id"].clone()).collect();
    for item in there["items"].as_array().unwrap() {
        assert_eq!(item["code"], "exported_from");
        assert!(ids.contains(&item["id"]));
    }
    let asked = anna.post(&format!("{path}/continue"), json!({})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    assert_eq!(asked.json()["errors"], json!([{"pointer": "/duplicates", "code": "required"}]));
    anna.post(&format!("{path}/continue"), json!({"duplicates": "perhaps"}))
        .await
        .expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let done = anna.post(&format!("{path}/continue"), json!({"duplicates": "skip"})).await.expect(StatusCode::OK).json();
    assert_eq!(
        (&done["created"], &done["already_there"], &done["duplicates"], &done["finished"]),
        (&json!(0), &json!(2), &json!("skip"), &json!(true))
    );
    assert_eq!(files(&anna).await.len(), 2);
    let path = send(&anna, &export).await;
    let done = anna.post(&format!("{path}/continue"), json!({"duplicates": "make"})).await.expect(StatusCode::OK).json();
    assert_eq!((&done["created"], &done["already_there"]), (&json!(2), &json!(0)));
    // Rows imported before are not imported again, whatever the caller confirms, and nobody is asked about them.
    let path = send(&anna, &export).await;
    let found = check(&anna, &path).await;
    assert_eq!((&found["already_there"]["count"], &found["already_there"]["asks"]), (&json!(2), &json!(false)));
    assert_eq!(run(&anna, &path).await.pop().unwrap()["created"], 0);
    app.verify().await;
}

#[tokio::test]
async fn who_is_there_already_is_known_by_number_or_by_name_and_birth() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let table = "Achternaam;Tussenvoegsel;Roepnaam;Geboortedatum;BSN\r\nBos;;;;111222333\r\nVAN DIJK;;Zoë;1-2-1980;\r\nDijk;van;Anna;1-2-1980;\r\nDijk;van;Zoë;;\r\nNieuw;;;;\r\n";
    let path = send(&anna, table.as_bytes()).await;
    assert_eq!(check(&anna, &path).await["already_there"], json!({"count": 0, "rows": [], "asks": false, "items": []}));
    // Created since: a caller who continues is asked about the files that exist at that time.
    let person = json!({"first_name": "Zoe", "prefix": "van", "last_name": "Dijk", "birth_date": "1980-02-01", "bsn": "111222333"});
    let made = anna.post("/api/clients", json!({"person": person})).await.expect(StatusCode::CREATED).json();
    bert.post("/api/clients", json!({"person": {"last_name": "Nieuw"}})).await.expect(StatusCode::CREATED);
    anna.post(&format!("{path}/continue"), json!({})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let there = check(&anna, &path).await["already_there"].clone();
    let item = |row: u32, code: &str| json!({"row": row, "id": made["id"], "code": code});
    assert_eq!(there["items"], json!([item(2, "same_bsn"), item(3, "same_name_and_birth_date")]));
    let done = anna.post(&format!("{path}/continue"), json!({"duplicates": "skip"})).await.expect(StatusCode::OK).json();
    assert_eq!((&done["created"], &done["already_there_rows"]), (&json!(3), &json!([{"first": 2, "last": 3}])));
    app.verify().await;
}

#[tokio::test]
async fn the_answer_to_the_question_is_remembered() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    anna.post("/api/clients", json!({"person": {"last_name": "Ooit", "bsn": "111222333"}})).await.expect(StatusCode::CREATED);
    let rows = (1..=460).map(|number| format!("Klant{number};\r\n")).collect::<Vec<_>>().concat();
    let path = send(&anna, format!("Achternaam;BSN\r\n{rows}Ander;111222333\r\n").as_bytes()).await;
    let first = anna.post(&format!("{path}/continue"), json!({"duplicates": "skip"})).await.expect(StatusCode::OK).json();
    assert_eq!((&first["finished"], &first["duplicates"]), (&json!(false), &json!("skip")));
    let last = run(&anna, &path).await.pop().unwrap();
    assert_eq!((&last["created"], &last["already_there_rows"]), (&json!(460), &json!([{"first": 462, "last": 462}])));
}

#[tokio::test]
async fn a_table_that_holds_one_person_twice_asks() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let table = "Achternaam;Roepnaam;Geboortedatum;BSN\r\nEen;;;111222333\r\nTwee;;;111222333\r\nDrie;Cas;1-2-1980;\r\nDrie;Cas;1-2-1980;123456782\r\nVier;;;\r\nVier;;;\r\n";
    let path = send(&anna, table.as_bytes()).await;
    let there = check(&anna, &path).await["already_there"].clone();
    assert_eq!(
        (&there["asks"], &there["rows"]),
        (&json!(true), &json!([{"first": 3, "last": 3}, {"first": 5, "last": 5}, {"first": 7, "last": 7}]))
    );
    let items: Vec<_> = there["items"].as_array().unwrap().iter().map(|item| (&item["row"], &item["code"], &item["above"])).collect();
    let expected = [(3, "same_bsn", 2), (5, "same_name_and_birth_date", 4), (7, "imported_before", 6)];
    let expected = expected.map(|(row, code, above)| (json!(row), json!(code), json!(above)));
    assert_eq!(items, expected.each_ref().map(|(row, code, above)| (row, code, above)));
    anna.post(&format!("{path}/continue"), json!({})).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let done = anna.post(&format!("{path}/continue"), json!({"duplicates": "skip"})).await.expect(StatusCode::OK).json();
    assert_eq!((&done["created"], &done["already_there"]), (&json!(3), &json!(3)));
    // The reported ids are those of the created files; an existing file is named before an earlier row.
    let ids: Vec<_> = files(&anna).await.iter().map(|file| file["id"].clone()).collect();
    assert!(there["items"].as_array().unwrap().iter().all(|item| ids.contains(&item["id"])), "{there} {ids:?}");
    let path = send(&anna, "Achternaam;BSN\r\nX;111222333\r\nY;111222333".as_bytes()).await;
    let again = check(&anna, &path).await["already_there"]["items"].clone();
    let named: Vec<_> = again.as_array().unwrap().iter().map(|item| (&item["id"], item.get("above"))).collect();
    assert_eq!(named, [(&there["items"][0]["id"], None), (&there["items"][0]["id"], None)]);
    app.verify().await;
}

#[tokio::test]
async fn what_stands_below_no_heading_is_refused() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let path = send(&anna, "Achternaam;;Roepnaam;\r\nKoploos;GEHEIM;Jan;\r\nBos; ;Cas;".as_bytes()).await;
    let found = check(&anna, &path).await;
    assert_eq!(flaws(&found), [(2, 2, "unknown_field")]);
    assert_eq!(preview(&found), [(2, vec!["Koploos", "GEHEIM", "Jan"]), (3, vec!["Bos", "Cas"])]);
    run(&anna, &path).await;
    assert_eq!(last_names(&anna).await, ["Bos"]);
}

#[tokio::test]
async fn two_cells_in_one_are_not_one_value() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for ends in ["\n", "\t", "\r\n", "\u{2028}"] {
        let table = format!(
            "Achternaam;Bezitting 1 waarde;BSN;Telefoonnummer;Postcode;Geboortedatum;Schuld 1 rente\r\nDijk;\"450{ends}650\";\"1234{ends}56782\";\"06{ends}12\";\"1234{ends}AB\";\"1{ends}2-1980\";\"3{ends}%\""
        );
        let path = send(&anna, table.as_bytes()).await;
        let columns: Vec<_> = flaws(&check(&anna, &path).await).iter().map(|(_, column, _)| *column).collect();
        assert_eq!(columns, (2..=7).collect::<Vec<_>>(), "{ends:?}");
    }
}
