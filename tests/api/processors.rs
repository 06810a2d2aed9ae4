//! The register of sub-processors: incomplete drafts, publishing complete entries, and what anyone may read.

use crate::{
    samples::contents,
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode};
use finrust::crypto::password::Argon2id;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// An entry with everything filled in, publishable as it is.
pub fn complete(name: &str) -> Value {
    json!({
        "party": {"name": name, "address": "Voorbeeldweg 1, 1234 AB Utrecht", "contact_name": "Vera Vos",
            "contact_email": "privacy@hosting.example", "contact_phone": "+31 30 123 45 67"},
        "service": "Hosting van het programma",
        "data": ["financial", "accounts"],
        "subjects": ["advisers", "clients"],
        "countries": ["NL", "US"],
        "transfer": "adequacy",
        "starts_on": "2025-01-01",
        "ends_on": "2028-01-01",
        "agreement": {"file_sha256": "ab".repeat(32), "version": "2.1", "signed_on": "2024-12-20",
            "holds": ["subject", "duration", "nature", "purpose", "instructions", "secrecy", "security", "sub_processors", "rights",
                "assistance", "return_or_deletion", "audits"]},
        "consent": {"permission": "general", "customers_told_on": "2024-12-01", "objection_days": 30,
            "objections": [{"received_on": "2024-12-05", "from": "Kantoor Noord", "outcome": "Uitgelegd en ingetrokken."}]},
        "evidence": [{"kind": "iso27001", "reference": "IS 123456", "expires_on": "2027-06-30"}],
        "last_review_on": "2026-01-10",
        "next_review_on": "2027-01-10",
        "notes": "Contactpersoon wisselt in mei.",
    })
}

/// `POST` or `PUT` with the version that was last seen.
pub async fn send(officer: &Actor, method: Method, path: &str, seen: &Reply, body: impl Into<Option<Value>>) -> Reply {
    officer.request(method, path).header("if-match", seen.header("etag").unwrap()).json(body).send().await
}

/// A published entry: its path and the response to publishing it.
pub async fn publish(officer: &Actor, entry: Value) -> (String, Reply) {
    let made = officer.post("/api/processors", entry).await.expect(StatusCode::CREATED);
    let path = made.header("location").unwrap().to_owned();
    let published = send(officer, Method::POST, &format!("{path}/publish"), &made, None).await.expect(StatusCode::OK);
    (path, published)
}

async fn public(app: &TestApp) -> Vec<Value> {
    let reply = app.anonymous().get("/api/processors/public").await.expect(StatusCode::OK);
    reply.json()["items"].as_array().unwrap().clone()
}

fn steps(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    body["steps"].as_array().unwrap().iter().map(|step| step["event"]["step"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_draft_grows_is_published_when_complete_and_ends() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let olga = app.officer("olga").await;
    let made = olga.post("/api/processors", json!({"party": {"name": "Voorbeeld B.V."}})).await.expect(StatusCode::CREATED);
    let path = made.header("location").unwrap().to_owned();
    assert_eq!((made.json()["stage"].as_str(), made.json()["missing"].as_array().unwrap().len()), (Some("draft"), 15));
    let publish = format!("{path}/publish");
    let refused = send(&olga, Method::POST, &publish, &made, None).await;
    refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    assert_eq!(public(&app).await, [json!(null); 0]);
    let whole = send(&olga, Method::PUT, &path, &made, complete("Voorbeeld B.V.")).await.expect(StatusCode::OK);
    assert_eq!(whole.json()["missing"], json!([]));
    let published = send(&olga, Method::POST, &publish, &whole, None).await.expect(StatusCode::OK);
    assert_eq!(published.json()["published_at"], "2026-11-23T09:00:00Z");
    let expected = json!({"name": "Voorbeeld B.V.", "service": "Hosting van het programma", "data": ["financial", "accounts"],
        "countries": ["NL", "US"], "transfer": "adequacy", "since": "2025-01-01"});
    assert_eq!(public(&app).await, [expected]);
    let mut less = complete("Voorbeeld B.V.");
    less["agreement"].as_object_mut().unwrap().remove("signed_on");
    let refused = send(&olga, Method::PUT, &path, &published, less).await;
    let refused = refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    assert_eq!(refused.json()["errors"], json!([{"pointer": "/agreement/signed_on", "code": "required"}]));
    let ending = json!({"on": "2026-11-22", "reason": "Overgestapt"});
    let ended = send(&olga, Method::POST, &format!("{path}/end"), &published, ending.clone()).await.expect(StatusCode::OK);
    assert_eq!((ended.json()["stage"].as_str(), &ended.json()["ending"]), (Some("ended"), &ending));
    assert_eq!(public(&app).await, [json!(null); 0]);
    assert_eq!(steps(&ended), ["drafted", "changed", "published", "ended"]);
    let last = ended.json()["steps"][3].clone();
    assert_eq!((last["by_name"].as_str(), last["number"].as_u64()), (Some("olga van Kantoor"), Some(4)), "{last}");
    assert_eq!(ended.json()["steps"][0]["event"]["entry"], json!({"party": {"name": "Voorbeeld B.V."}}));
    for (method, path, body) in [
        (Method::PUT, path.clone(), Some(complete("Anders B.V."))),
        (Method::POST, publish, None),
        (Method::POST, format!("{path}/end"), Some(json!({"on": "2026-11-22", "reason": "Nog eens"}))),
    ] {
        send(&olga, method, &path, &ended, body).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    }
    app.verify().await;
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_kept() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let olga = app.officer("olga").await;
    let before = contents(&app);
    let bad = json!({
        "party": {"address": "\u{1}", "contact_email": "nobody"},
        "service": 7,
        "data": ["financial", "secrets"],
        "countries": ["Nederland"],
        "transfer": "luck",
        "starts_on": "2026-01-02",
        "ends_on": "2026-01-01",
        "agreement": {"file_sha256": "AB", "signed_on": "2026-11-24", "holds": "all"},
        "consent": {"objection_days": 400, "customers_told_on": "2026-13-01", "objections": [{"received_on": "2027-01-01"}]},
        "evidence": [{"kind": "iso9001"}],
        "colour": "blue",
    });
    let refused = olga.post("/api/processors", bad).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    let mut found: Vec<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    found.sort();
    let expected = [
        "/agreement/file_sha256 invalid_format",
        "/agreement/holds wrong_type",
        "/agreement/signed_on in_future",
        "/colour unknown_field",
        "/consent/customers_told_on invalid_format",
        "/consent/objection_days out_of_range",
        "/consent/objections/0/received_on in_future",
        "/countries/0 invalid_format",
        "/data/1 unknown_value",
        "/ends_on out_of_range",
        "/evidence/0/kind unknown_value",
        "/party/address invalid_characters",
        "/party/contact_email invalid_format",
        "/party/name required",
        "/service wrong_type",
        "/transfer unknown_value",
    ];
    assert_eq!(found, expected);
    assert_eq!(contents(&app), before);
    let (path, published) = publish(&olga, complete("Voorbeeld B.V.")).await;
    let before = contents(&app);
    let end = format!("{path}/end");
    for (body, errors) in [
        (json!({}), json!([{"pointer": "/on", "code": "required"}, {"pointer": "/reason", "code": "required"}])),
        (json!({"on": "2026-11-24", "reason": "x"}), json!([{"pointer": "/on", "code": "in_future"}])),
        (json!({"on": "2024-12-31", "reason": "x"}), json!([{"pointer": "/on", "code": "out_of_range"}])),
    ] {
        let refused = send(&olga, Method::POST, &end, &published, body).await;
        assert_eq!(refused.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json()["errors"], errors);
    }
    assert_eq!(contents(&app), before);
}

#[tokio::test]
async fn a_transfer_out_of_the_economic_area_needs_a_basis() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    for (countries, missing) in [(json!(["NL", "NO"]), false), (json!(["IE", "CH"]), true), (json!(["US"]), true)] {
        let mut entry = complete("Voorbeeld B.V.");
        entry["countries"] = countries;
        entry.as_object_mut().unwrap().remove("transfer");
        let made = olga.post("/api/processors", entry).await.expect(StatusCode::CREATED).json();
        let expected = if missing { json!([{"pointer": "/transfer", "code": "required"}]) } else { json!([]) };
        assert_eq!(made["missing"], expected);
    }
}

#[tokio::test]
async fn only_the_version_that_was_seen_is_written_over() {
    let app = TestApp::start().await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    let (path, published) = publish(&olga, complete("Voorbeeld B.V.")).await;
    for path in [path.clone(), format!("{path}/publish"), format!("{path}/end")] {
        let method = if path.contains("/publish") || path.contains("/end") { Method::POST } else { Method::PUT };
        let body = match path.rsplit('/').next().unwrap() {
            "publish" => None,
            "end" => Some(json!({"on": "2026-01-01", "reason": "x"})),
            _ => Some(complete("Ander B.V.")),
        };
        let without = olga.request(method.clone(), &path).json(body.clone()).send().await;
        without.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
        // A repeat by the officer who published it gets the same response, and nothing is written.
        let asks = if path.ends_with("/publish") { &otto } else { &olga };
        let other = asks.request(method, &path).header("if-match", "\"0\"").json(body).send().await;
        other.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
    }
    send(&olga, Method::PUT, &path, &published, complete("Nieuw B.V.")).await.expect(StatusCode::OK);
    let late = send(&olga, Method::PUT, &path, &published, complete("Te laat B.V.")).await;
    late.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
    assert_eq!(olga.get(&path).await.json()["entry"]["party"]["name"], "Nieuw B.V.");
    assert_eq!(public(&app).await[0]["name"], "Nieuw B.V.");
}

#[tokio::test]
async fn the_list_of_officers_is_in_pages_by_name() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    for name in ["Cirkel", "Anker", "Boot"] {
        publish(&olga, complete(name)).await;
    }
    let mut names = Vec::new();
    let mut next = String::new();
    loop {
        let page = olga.get(&format!("/api/processors?limit=2{next}")).await.expect(StatusCode::OK).json();
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["Anker", "Boot", "Cirkel"]);
    let item = olga.get("/api/processors").await.json()["items"][0].clone();
    let deadlines = json!([{"on": "2027-01-10", "kind": "review"}, {"on": "2027-06-30", "kind": "evidence"},
        {"on": "2028-01-01", "kind": "agreement_end"}]);
    assert_eq!((&item["deadlines"], &item["stage"]), (&deadlines, &json!("published")));
}

#[tokio::test]
async fn the_platform_lays_its_drafts_once_and_shows_nobody_anything() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let lay = async |officer: &Actor| officer.post("/api/processors/platform", None).await.expect(StatusCode::OK).json()["laid"].clone();
    // A session gets its own response again; for others there is nothing left to create.
    let elsewhere = olga.clone_as_new_browser();
    elsewhere.sign_in().await;
    for (officer, laid) in [(&olga, 2), (&olga, 2), (&elsewhere, 0), (&app.officer("otto").await, 0), (&olga, 2)] {
        assert_eq!(lay(officer).await, laid);
    }
    let items = olga.get("/api/processors").await.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 2);
    for item in &items {
        assert_eq!((&item["stage"], &item["name"]), (&json!("draft"), &json!("Microsoft Ireland Operations Limited")));
    }
    assert_eq!(public(&app).await, [json!(null); 0]);
}

#[tokio::test]
async fn the_public_list_may_be_kept_and_says_when_it_is_another() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let anyone = app.anonymous();
    let ask = async |etag: &str| anyone.request(Method::GET, "/api/processors/public").header("if-none-match", etag).send().await;
    let empty = anyone.get("/api/processors/public").await.expect(StatusCode::OK);
    assert_eq!(empty.header("cache-control"), Some("public, max-age=300, must-revalidate"));
    let etag = empty.header("etag").unwrap().to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let same = ask(&known).await.expect(StatusCode::NOT_MODIFIED);
        assert_eq!((same.body.len(), same.header("etag")), (0, Some(etag.as_str())));
    }
    publish(&olga, complete("Voorbeeld B.V.")).await;
    let other = ask(&etag).await.expect(StatusCode::OK);
    assert_ne!(other.header("etag"), Some(etag.as_str()));
    let text = String::from_utf8(other.body.clone()).unwrap();
    for hidden in ["olga", "Olga", "Vera", "hosting.example", "Kantoor Noord", "abab"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}

/// Another instance caches what it last read for at most a minute.
#[tokio::test]
async fn another_instance_shows_what_was_published_within_a_minute() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    let other = app.anonymous().at(&app.another_instance(Argon2id::default()).await);
    let count = async || other.get("/api/processors/public").await.expect(StatusCode::OK).json()["items"].as_array().unwrap().len();
    assert_eq!(count().await, 0);
    publish(&olga, complete("Voorbeeld B.V.")).await;
    assert_eq!(count().await, 0);
    app.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(count().await, 1);
}
