//! Every rule about the fields of a client file, each with the pointer and the code that the adviser's form receives.

use crate::{
    samples::{example, named, with},
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode};
use finrust::ports::Clock;
use jiff::{SignedDuration, ToSpan, civil::Date, tz};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Pointers and codes of a refused body.
fn errors(reply: &Reply) -> BTreeSet<(String, String)> {
    let list = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    let text = |error: &Value, member: &str| error[member].as_str().unwrap().to_owned();
    list.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

async fn refused(anna: &Actor, file: &Value, pointer: &str, code: &str) {
    let reply = anna.post("/api/clients", file.clone()).await;
    let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let expected = BTreeSet::from([(pointer.to_owned(), code.to_owned())]);
    assert_eq!(errors(&reply), expected, "{pointer} {:.80}", file.to_string());
}

async fn taken(anna: &Actor, file: &Value) {
    let reply = anna.post("/api/clients", file.clone()).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{:.200}", file.to_string());
}

/// Tries bad and good values in one field.
async fn field(pointers: &[&str], bad: &[(Value, &str)], good: &[Value]) {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for pointer in pointers {
        for (value, code) in bad {
            refused(&anna, &with(pointer, value.clone()), pointer, code).await;
        }
        for value in good {
            taken(&anna, &with(pointer, value.clone())).await;
        }
    }
}

/// Values that every text field refuses.
fn no_text() -> Vec<(Value, &'static str)> {
    [json!(5), json!(true), json!([]), json!({}), json!(["x"])].map(|value| (value, "wrong_type")).into()
}

#[tokio::test]
async fn names_are_one_line_of_a_hundred_characters() {
    let people = ["person", "partner", "children/0"].map(|it| ["first_name", "prefix", "last_name"].map(|name| format!("/{it}/{name}")));
    let places = ["street", "house_number", "addition", "city"].map(|name| format!("/address/{name}"));
    let texts = ["incomes", "expenses", "assets", "debts"].map(|list| format!("/{list}/0/description"));
    let initials = ["/person/initials".to_owned(), "/partner/initials".to_owned()];
    let pointers: Vec<String> = people.into_iter().flatten().chain(places).chain(texts).chain(initials).collect();
    let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
    let mut bad = no_text();
    bad.extend([
        (json!(""), "too_short"),
        (json!(" \t "), "too_short"),
        (json!("é".repeat(101)), "too_long"),
        (json!("a\nb"), "invalid_characters"),
        (json!("a\u{0}b"), "invalid_characters"),
        (json!("a\u{85}b"), "invalid_characters"),
    ]);
    field(&pointers, &bad, &[json!("é".repeat(100)), json!("’s-Gravenhage 😀")]).await;
}

#[tokio::test]
async fn a_last_name_is_obligatory() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for file in [json!({}), json!({"person": {}}), json!({"person": {"first_name": "Anna"}, "notes": "x"})] {
        refused(&anna, &file, "/person/last_name", "required").await;
    }
}

#[tokio::test]
async fn a_citizen_service_number_passes_the_eleven_test() {
    let mut bad = no_text();
    bad.extend(["123456789", "111222334", "000000000"].map(|text| (json!(text), "check_failed")));
    bad.extend(["", "11122233", "1112223330", "11122233a", " 111222333", "１１１222333"].map(|text| (json!(text), "invalid_format")));
    bad.push((json!(111_222_333), "wrong_type"));
    field(&["/person/bsn", "/partner/bsn"], &bad, &[json!("111222333"), json!("123456782")]).await;
}

#[tokio::test]
async fn a_dutch_postcode_has_one_form() {
    let mut bad = no_text();
    bad.extend(["", "1234AB", "1234 ab", "0234 AB", "1234  AB", "1234 AB ", "12345 AB"].map(|text| (json!(text), "invalid_format")));
    field(&["/address/postcode"], &bad, &[json!("1234 AB")]).await;
}

#[tokio::test]
async fn the_country_decides_about_the_postcode() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let at = |country: &str, postcode: &str| with("/address", json!({"country": country, "postcode": postcode}));
    for (country, postcode) in [("BE", "2000"), ("GB", "SW1A 1AA"), ("NL", "9999 ZZ")] {
        taken(&anna, &at(country, postcode)).await;
    }
    refused(&anna, &at("NL", "2000"), "/address/postcode", "invalid_format").await;
    refused(&anna, &at("BE", "1234567890123"), "/address/postcode", "too_long").await;
    for country in ["nl", "Nederland", "", "N1"] {
        refused(&anna, &at(country, "2000"), "/address/country", "invalid_format").await;
    }
}

#[tokio::test]
async fn a_birth_date_is_a_real_day() {
    let mut bad = no_text();
    let forms = ["", "1975-02-30", "1975-4-30", "30-04-1975", "1975-04-30T00:00:00Z", "19750430"];
    bad.extend(forms.map(|text| (json!(text), "invalid_format")));
    bad.push((json!("1899-12-31"), "out_of_range"));
    bad.push((json!("9999-12-31"), "in_future"));
    let pointers = ["/person/birth_date", "/partner/birth_date", "/children/0/birth_date"];
    field(&pointers, &bad, &[json!("1975-04-30"), json!("2004-02-29"), json!("1900-01-01")]).await;
}

#[tokio::test]
async fn tomorrow_is_the_future_until_it_comes() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let today: Date = app.clock.now().to_zoned_datetime(tz::get!("Europe/Amsterdam")).date();
    let born = |day: Date| with("/children/0/birth_date", json!(day.to_string()));
    let tomorrow = today + 1.day();
    taken(&anna, &born(today)).await;
    refused(&anna, &born(tomorrow), "/children/0/birth_date", "in_future").await;
    app.clock.advance(SignedDuration::from_hours(24));
    let anna = app.adviser("bert").await;
    taken(&anna, &born(tomorrow)).await;
}

#[tokio::test]
async fn ways_to_reach_a_person_have_a_form() {
    let mut bad = no_text();
    bad.extend(["", "anna", "anna@", "a@b", "a@b.nl,c@d.nl", "a@b.nl\r\nBcc: c@d.nl"].map(|text| (json!(text), "invalid_format")));
    bad.push((json!(format!("{}@example.nl", "a".repeat(244))), "too_long"));
    field(&["/person/email", "/partner/email"], &bad, &[json!("o'neil+x@mail.example.nl")]).await;
    let mut bad = no_text();
    bad.extend(["", "12", "call me", "+31 6 12345678 x9", "1234567890123456"].map(|text| (json!(text), "invalid_format")));
    bad.push((json!("1".repeat(31)), "too_long"));
    field(&["/person/phone", "/partner/phone"], &bad, &[json!("+31 (0)6 12 34 56 78"), json!("112")]).await;
}

#[tokio::test]
async fn kinds_are_closed_sets_with_other() {
    let sets: [(&str, &[&str]); 7] = [
        (
            "/person/marital_status",
            &["single", "cohabiting", "registered_partnership", "married", "legally_separated", "divorced", "widowed"],
        ),
        ("/incomes/0/kind", &["employment", "self_employment", "pension", "state_pension", "benefit", "allowance", "alimony", "rent"]),
        ("/expenses/0/kind", &["housing", "energy", "insurance", "health", "household", "transport", "communication", "children", "tax"]),
        ("/assets/0/kind", &["property", "savings", "investment", "pension", "life_insurance", "business", "vehicle", "crypto"]),
        ("/debts/0/kind", &["mortgage", "student_loan", "personal_loan", "revolving_credit", "credit_card", "vehicle_loan", "tax"]),
        ("/incomes/0/period", &["week", "four_weeks", "month", "quarter", "year"]),
        ("/expenses/0/period", &["week", "four_weeks", "month", "quarter", "year"]),
    ];
    for (pointer, values) in sets {
        let mut bad = no_text();
        bad.extend(["", "magic", "Other", "other "].map(|text| (json!(text), "unknown_value")));
        let mut good: Vec<Value> = values.iter().map(|value| json!(value)).collect();
        if pointer.ends_with("period") {
            bad.push((json!("other"), "unknown_value"));
        } else {
            good.push(json!("other"));
        }
        field(&[pointer], &bad, &good).await;
    }
}

#[tokio::test]
async fn amounts_are_whole_cents_within_bounds() {
    const MAX: i64 = 1_000_000_000_000;
    let bad: Vec<_> = [json!("100"), json!(1.5), json!(100.0), json!(1e3), json!(u64::MAX), json!([1]), json!(true)]
        .map(|value| (value, "wrong_type"))
        .into_iter()
        .chain([MAX + 1, -MAX - 1, i64::MAX, i64::MIN].map(|value| (json!(value), "out_of_range")))
        .collect();
    let pointers = ["/incomes/0/amount_cents", "/expenses/0/amount_cents", "/assets/0/value_cents", "/debts/0/balance_cents"];
    field(&pointers, &bad, &[json!(MAX), json!(-MAX), json!(0), json!(1)]).await;
}

#[tokio::test]
async fn an_interest_is_a_decimal_text() {
    let mut bad = no_text();
    bad.extend(["", "3,85", "3.", ".5", "1000", "3.12345", "+3", "1e2", "3.85%", " 3"].map(|text| (json!(text), "invalid_format")));
    bad.push((json!(3.85), "wrong_type"));
    field(&["/debts/0/interest_percent"], &bad, &[json!("3.85"), json!("0"), json!("-0.5"), json!("999.9999")]).await;
}

#[tokio::test]
async fn notes_are_twenty_thousand_characters_at_most() {
    let mut bad = no_text();
    bad.extend([(json!("é".repeat(20_001)), "too_long"), (json!("a\u{0}b"), "invalid_characters")]);
    field(&["/notes"], &bad, &[json!("é".repeat(20_000)), json!(""), json!("one\r\n\ttwo\n")]).await;
}

#[tokio::test]
async fn lists_take_a_hundred_objects() {
    for list in ["/children", "/incomes", "/expenses", "/assets", "/debts"] {
        let bad = [(json!(vec![json!({}); 101]), "too_long"), (json!({}), "wrong_type"), (json!("x"), "wrong_type")];
        field(&[list], &bad, &[json!(vec![json!({}); 100]), json!([])]).await;
        field(&[&format!("{list}/0")], &[(json!([]), "wrong_type"), (json!(1), "wrong_type"), (Value::Null, "wrong_type")], &[json!({})])
            .await;
    }
}

#[tokio::test]
async fn objects_are_objects_and_have_known_members() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for pointer in ["/address", "/partner"] {
        for value in [json!([]), json!("x"), json!(1)] {
            refused(&anna, &with(pointer, value), pointer, "wrong_type").await;
        }
    }
    for parent in ["", "/person", "/address", "/partner", "/children/0", "/incomes/0", "/expenses/0", "/assets/0", "/debts/0"] {
        let pointer = format!("{parent}/owner_id");
        refused(&anna, &with(&pointer, json!(1)), &pointer, "unknown_field").await;
    }
    let mut odd = named("Dijk");
    odd["a/b~c"] = json!(1);
    refused(&anna, &odd, "/a~1b~0c", "unknown_field").await;
    for root in [json!([]), json!("x"), json!(1), Value::Null, json!([named("Dijk")])] {
        let reply = anna.post("/api/clients", root.clone()).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert!(errors(&reply).contains(&(String::new(), "wrong_type".to_owned())), "{root}");
    }
}

#[tokio::test]
async fn every_mistake_is_named_at_once() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let file = json!({
        "person": {"last_name": "", "bsn": "123456789", "birth_date": "9999-01-01", "marital_status": "happy", "age": 3},
        "address": {"postcode": "1234AB"}, "partner": 7, "children": [{}, null, {"last_name": 5}], "incomes": {},
        "debts": [{"interest_percent": 3.85, "balance_cents": 1_000_000_000_001_i64}], "notes": "a\u{0}b", "colour": "red",
    });
    let reply = anna.post("/api/clients", file).await;
    let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let expected = [
        ("/person/last_name", "too_short"),
        ("/person/birth_date", "in_future"),
        ("/person/bsn", "check_failed"),
        ("/person/marital_status", "unknown_value"),
        ("/person/age", "unknown_field"),
        ("/address/postcode", "invalid_format"),
        ("/partner", "wrong_type"),
        ("/children/1", "wrong_type"),
        ("/children/2/last_name", "wrong_type"),
        ("/incomes", "wrong_type"),
        ("/debts/0/balance_cents", "out_of_range"),
        ("/debts/0/interest_percent", "wrong_type"),
        ("/notes", "invalid_characters"),
        ("/colour", "unknown_field"),
    ];
    assert_eq!(errors(&reply), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())).into());
    let found = anna.post("/api/clients/search", json!({})).await.expect(StatusCode::OK);
    assert_eq!(found.json()["items"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn a_refusal_repeats_nothing_that_was_typed() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let mut file = example();
    file["person"]["bsn"] = json!("999888777");
    file["person"]["email"] = json!("geheim-adres");
    let reply = anna.request(Method::POST, "/api/clients").json(file).send().await;
    let text = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json().to_string();
    assert!(!text.contains("999888777") && !text.contains("geheim-adres"), "{text}");
}
