//! What the authority's form asks for and a letter says of it: effects, the group, cross-border processing, who is informed, the contact;
//! and what was done with files, in counts.

use crate::{
    breach_affected::{account_of, affected, morning},
    breach_steps::{facts, named_step, suspect, took, write},
    clients::{delete, etag},
    rights,
    support::{
        actor::Actor,
        app::{PASSWORD, TestApp},
    },
};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The errors of a refused request.
async fn refused(officer: &Actor, path: &str, facts: Value) -> Value {
    write(officer, path, facts).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json()["errors"].clone()
}

#[tokio::test]
async fn what_is_too_long_or_unknown_is_refused() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    let path = suspect(&officer, "Er was iemand binnen").await;
    let long = "x".repeat(5001);
    for (block, member, value, code) in [
        ("effects", "confidentiality", json!(long), "too_long"),
        ("effects", "integrity", json!(long), "too_long"),
        ("effects", "availability", json!(long), "too_long"),
        ("effects", "availability", json!(" "), "too_short"),
        ("people", "description", json!(long), "too_long"),
        ("people", "description", json!(["clients"]), "wrong_type"),
        ("informing", "informed", json!("perhaps"), "unknown_value"),
        ("informing", "informed", json!(true), "wrong_type"),
        ("cross_border", "processing", json!("yes"), "wrong_type"),
        ("contact", "data_protection_officer", json!("yes"), "wrong_type"),
        ("reporter", "data_protection_officer", json!(1), "wrong_type"),
    ] {
        let errors = refused(&officer, &path, json!({block: {member: value}})).await;
        assert_eq!(errors, json!([{"pointer": format!("/{block}/{member}"), "code": code}]));
    }
    let errors = refused(&officer, &path, json!({"effects": {"harm": ["physical", "bodily"]}})).await;
    assert_eq!(errors, json!([{"pointer": "/effects/harm/1", "code": "unknown_value"}]));
    assert_eq!(officer.get(&path).await.json()["record"]["facts"]["effects"], json!({}), "nothing was kept");
}

#[tokio::test]
async fn a_number_outside_its_bounds_is_refused_with_them() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    let path = suspect(&officer, "Er was iemand binnen").await;
    let outside = |pointer: &str, min: i64| json!({"pointer": pointer, "code": "out_of_range", "min": min, "max": 100_000_000});
    for number in [-1, 100_000_001] {
        assert_eq!(refused(&officer, &path, json!({"data": {"records": number}})).await, json!([outside("/data/records", 0)]));
    }
    let errors = refused(&officer, &path, json!({"people": {"minimum": 3, "maximum": 2}})).await;
    assert_eq!(errors, json!([outside("/people/maximum", 3)]));
    let late = json!({"timeline": {"started_at": "2026-11-22T08:00:00Z", "ended_at": "2026-11-21T08:00:00Z"}});
    let errors = refused(&officer, &path, late).await;
    assert_eq!(errors, json!([{"pointer": "/timeline/ended_at", "code": "out_of_range"}]), "bounds are of numbers only");
}

#[tokio::test]
async fn every_kind_of_harm_and_every_answer_is_kept_and_the_block_is_in_the_history() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    let path = suspect(&officer, "Er was iemand binnen").await;
    let harm = ["physical", "limited_rights", "reidentification", "spam_or_phishing"];
    for informed in ["yes", "no", "unknown"] {
        let sent = json!({"effects": {"harm": harm}, "informing": {"informed": informed}, "cross_border": {"processing": false}});
        let answer = write(&officer, &path, sent).await.expect(StatusCode::OK).json();
        let kept = &answer["record"]["facts"];
        assert_eq!(
            (&kept["effects"]["harm"], &kept["informing"]["informed"], &kept["cross_border"]["processing"]),
            (&json!(harm), &json!(informed), &json!(false))
        );
    }
    let answer = write(&officer, &path, json!({"people": {"description": "Gezinnen"}})).await.expect(StatusCode::OK).json();
    let last = answer["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["event"], json!({"step": "facts_changed", "blocks": ["people", "effects", "informing", "cross_border"]}));
}

/// What one adviser's files were found to be used for.
async fn counts(officer: &Actor, path: &str, until: &str) -> Value {
    let window = json!({"from": "2026-11-23T09:00:00Z", "until": format!("2026-11-23T{until}Z")});
    let found = affected(officer, path, window).await;
    let advisers = found["affected"]["advisers"].as_array().unwrap();
    advisers.iter().find(|adviser| adviser["username"] == "anna").unwrap().clone()
}

#[tokio::test]
async fn exports_and_deletions_are_counted_and_what_a_client_has_asked_for_is_not() {
    let app = TestApp::start().await;
    let (anna, _bert, paths) = morning(&app).await;
    let olga = app.officer("olga").await;
    app.clock.set("2026-11-23T09:26:00Z");
    anna.post(&format!("{}/portability", paths[0]), json!({"format": "json", "password": PASSWORD})).await.expect(StatusCode::OK);
    anna.post(&format!("{}/report", paths[1]), None).await.expect(StatusCode::OK);
    let tag = etag(&anna.get(&paths[2]).await.expect(StatusCode::OK));
    delete(&anna, &paths[2], &tag).await.expect(StatusCode::NO_CONTENT);
    app.clock.set("2026-11-23T09:27:00Z");
    rights::take(&anna, &paths[1], "restrict", json!({})).await;
    app.clock.set("2026-11-23T09:28:00Z");
    let path = suspect(&olga, "Er was iemand binnen").await;
    let found = counts(&olga, &path, "09:28:00").await;
    let counted: Vec<_> = ["files", "opened", "changed", "exported", "handed_over", "deleted"].map(|name| &found[name]).into();
    assert_eq!(counted, [&json!(3), &json!(3), &json!(3), &json!(1), &json!(0), &json!(1)]);
    let names =
        ["account", "changed", "deleted", "display_name", "exported", "files", "first_at", "handed_over", "last_at", "opened", "username"];
    assert_eq!(
        found.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>(),
        names.into(),
        "no count of restrictions, holds or marks"
    );
    let before = counts(&olga, &path, "09:25:30").await;
    assert_eq!((&before["exported"], &before["deleted"]), (&json!(0), &json!(0)), "of the window only");
}

/// The paragraphs of a letter in one language, by their first lines.
fn paragraph<'a>(letter: &'a Value, language: &str, beginning: &str) -> &'a str {
    let paragraphs = letter[language]["paragraphs"].as_array().unwrap();
    let found = paragraphs.iter().map(|text| text.as_str().unwrap()).find(|text| text.contains(beginning));
    found.expect(beginning)
}

#[tokio::test]
async fn a_letter_says_what_the_effects_are_what_was_done_and_who_the_contact_is() {
    let app = TestApp::start().await;
    let (anna, _bert, paths) = morning(&app).await;
    let olga = app.officer("olga").await;
    app.clock.set("2026-11-23T09:26:00Z");
    anna.post(&format!("{}/portability", paths[0]), json!({"format": "json", "password": PASSWORD})).await.expect(StatusCode::OK);
    app.clock.set("2026-11-23T09:28:00Z");
    let path = suspect(&olga, "Er was iemand binnen").await;
    let window = json!({"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T09:28:00Z"});
    let found = affected(&olga, &path, window).await;
    olga.post(&format!("{path}/evidence"), json!({"cursor": found["cursor"]})).await.expect(StatusCode::OK);
    took(&olga, &path, named_step("became_aware")).await;
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let draft = async || {
        let drafts = olga.get(&format!("{path}/letters")).await.expect(StatusCode::OK).json();
        drafts["items"].as_array().unwrap().iter().find(|item| item["account"] == account_of(&accounts, "anna")).unwrap().clone()
    };
    let empty = draft().await;
    assert!(paragraph(&empty, "nl", "Mogelijke gevolgen").ends_with("nog niet bekend"));
    assert!(paragraph(&empty, "en", "Possible effects").ends_with("not known yet"));
    write(&olga, &path, facts()).await.expect(StatusCode::OK);
    let letter = draft().await;
    assert_eq!(
        paragraph(&letter, "nl", "Mogelijke gevolgen"),
        "Mogelijke gevolgen voor uw cliënten:\nidentiteitsfraude, schending van een beroepsgeheim, lichamelijke schade\n\
        Gevolgen voor de vertrouwelijkheid: Een onbekende kent inkomens.\nGevolgen voor de integriteit: Een adres kan gewijzigd zijn.\n\
        Gevolgen voor de beschikbaarheid: Een dag geen toegang."
    );
    assert_eq!(
        paragraph(&letter, "en", "Possible effects"),
        "Possible effects for your clients:\nidentity fraud, breach of professional secrecy, physical harm\n\
        Effects on confidentiality: Een onbekende kent inkomens.\nEffects on integrity: Een adres kan gewijzigd zijn.\n\
        Effects on availability: Een dag geen toegang."
    );
    assert!(paragraph(&letter, "nl", "Aantal dossiers: 3").contains(
        "Geopend, geëxporteerd of in een rapport: 2\nDaarvan geëxporteerd: 1\nGewijzigd, beperkt, overgedragen of verwijderd: 3\n\
        Daarvan overgedragen: 0\nDaarvan verwijderd of gewist: 0\nEerste keer: "
    ));
    assert!(paragraph(&letter, "en", "Number of files: 3").contains(
        "Opened, exported or in a report: 2\nOf these, exported: 1\nChanged, restricted, handed over or deleted: 3\n\
        Of these, handed over: 0\nOf these, deleted or erased: 0\nFirst time: "
    ));
    assert!(paragraph(&letter, "nl", "Neem dan contact op").contains("functionaris gegevensbescherming (FG)"));
    assert!(paragraph(&letter, "en", "please contact").contains("data protection officer (DPO)"));
}
