//! What a later version has stored: members, values and steps that this version does not know, in every kind of document at once. All of it
//! opens, is shown, saved, moved and re-sealed, and is preserved.

use crate::{
    clients::etag,
    golden::{Opened, files_are_saved, folders, steps_are_taken},
    later_store::{Document, Spot, everything, rewrite},
    samples::named,
    support::actor::Actor,
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::clients::summary::ClientSummary,
    store::{
        clients::files::KeptFile,
        keys::{rotation::SealingScope, sealing::KeyScope},
    },
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Objects that are a value with extra members: they have one member, the value's name.
const VALUES: [&str; 36] = [
    "account",
    "account_disabled",
    "account_enabled",
    "adviser",
    "attempt",
    "begun",
    "breach_deadline",
    "breach_letter",
    "breach_suspected",
    "change",
    "completed",
    "deadline",
    "email_changed_new",
    "email_changed_old",
    "file_taken_along",
    "files_exported",
    "files_handed_over",
    "files_taken_over",
    "hand_over",
    "invitation",
    "letter",
    "moved",
    "moving",
    "new_device",
    "password_changed",
    "password_reset",
    "processor_deadline",
    "recovery_code_used",
    "recovery_codes_renewed",
    "request_overdue",
    "request_waits",
    "second_factor_missing",
    "two_factor",
    "two_factor_disabled",
    "two_factor_enabled",
    "wait_lifted",
];

/// Members that hold a value of a closed set.
const SETS: [&str; 24] = [
    "delimiter",
    "encoding",
    "authority",
    "cause",
    "deed",
    "format",
    "ground",
    "informed",
    "keys_safe",
    "kind",
    "language",
    "legal_basis",
    "marital_status",
    "outcome",
    "period",
    "permission",
    "reading",
    "report",
    "risk",
    "severity",
    "transfer",
    "unreadable",
    "usage",
    "whereabouts",
];

/// Members that hold a list of such values.
const LISTS: [&str; 8] = ["data", "groups", "harm", "holds", "nature", "ordinary", "special", "subjects"];

/// A member at every level.
fn add_members(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(add_members);
            let is_value = members.len() == 1 && members.keys().all(|name| VALUES.contains(&name.as_str()));
            if !is_value {
                members.insert("later_member".to_owned(), json!({"more": [1, 2.5, {"x": null}], "text": "\u{200b}"}));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(add_members),
        _ => {}
    }
}

/// Replaces the value in every closed set except those that grant rights.
fn replace_values(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value {
                    // The account that created, took over or erased a file determines where its audit trail continues; the first and last
                    // steps determine its state.
                    Value::String(text) if name == "deed" && text != "read" || text == "officer" => {}
                    Value::String(text) if SETS.contains(&name.as_str()) => "later_value".clone_into(text),
                    Value::Array(items) if LISTS.contains(&name.as_str()) && items.iter().all(Value::is_string) => {
                        items.push("later_value".into());
                    }
                    value => replace_values(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(replace_values),
        _ => {}
    }
}

/// Adds unknown members to steps, events, mails and states.
fn replace_steps(document: &mut Document) {
    let (id, partition) = (document.id.as_str().to_owned(), document.partition.as_str().to_owned());
    match id.split('-').next().unwrap() {
        "change" => replace_change(&mut document.body),
        "mail" => document.body["content"] = named_later("later_mail"),
        "trail" if document.body["event"]["deed"] == "later_value" => document.body["event"]["by"] = named_later("later_actor"),
        "client" => add_note(document),
        "step" => replace_event(&mut document.body),
        "record" if partition == "breaches" => replace_decisions(document),
        "identity" => replace_rights(document),
        _ => {}
    }
}

fn named_later(name: &str) -> Value {
    json!({ name: {"later_x": [1, {"y": 2}]} })
}

fn replace_change(body: &mut Value) {
    if body["event"]["change"] == "profile_changed" {
        body["event"]["change"] = named_later("later_change");
    } else if body["event"]["change"] == "retention_chosen" {
        body["event"] = named_later("later_event");
    }
}

fn add_note(document: &mut Document) {
    let notes = document.body["standing"].as_array_mut().unwrap();
    if !notes.is_empty() {
        notes.push(json!({"at": "2026-11-23T09:00:00Z", "step": "later_step", "later_x": 1, "reason": "Later"}));
        document.summary.as_mut().unwrap()["standing"]["hold"] = json!({ "until": null });
    }
}

fn replace_event(body: &mut Value) {
    if ["note", "annotated", "notice_posted"].iter().any(|name| body["event"]["event"]["step"] == *name) {
        body["event"]["event"] = json!({"step": "later_step", "later_x": {"y": "z"}});
        body["event"]["by"] = named_later("later_by");
    }
}

fn replace_decisions(document: &mut Document) {
    let (record, summary) = (&mut document.body["record"], document.summary.as_mut().unwrap());
    if record["decision"]["decision"] == "not_reported" {
        record["decision"] = json!({"decision": "later_decision", "later_x": 1});
    }
    if record["end"]["end"] == "dismissed" {
        record["end"] = json!({"end": "later_end", "later_x": 1});
        summary["stage"] = "closed".into();
    }
    if !record["people"].is_null() {
        record["people"] = json!({"decision": "later_people", "later_x": 1});
    }
    record["waiting"].as_array_mut().unwrap().push(json!({"about": named_later("later_about"), "to": []}));
    summary["waits"] = true.into();
}

/// Only for accounts that may not sign in anyway.
fn replace_rights(document: &mut Document) {
    let account = &mut document.body["account"];
    if account["username"] == "dirk" {
        (account["status"], account["kind"]) = ("later_status".into(), named_later("later_kind"));
        let summary = document.summary.as_mut().unwrap();
        (summary["status"], summary["role"]) = ("later_status".into(), "later_kind".into());
    }
}

/// How often something of a later version occurs in each document: by its id, or by its location where ids are not stable.
async fn traces(opened: &Opened) -> BTreeMap<String, usize> {
    let all = everything(&opened.app).await;
    let trace = |((container, partition, id), document): (Spot, Document)| {
        let name = if id.len() > 30 { id } else { format!("{container} {partition} {id}") };
        (name, document.body.to_string().matches("later_").count())
    };
    all.into_iter().map(trace).collect()
}

/// Everything that users do with the data, and a new key for all of it.
async fn live(opened: &Opened, actors: &[Actor]) {
    let (olga, otto, bert) = (Opened::named(actors, "olga"), Opened::named(actors, "otto"), Opened::named(actors, "bert"));
    files_are_saved(bert).await;
    steps_are_taken(&opened.app, olga, otto, bert).await;
    opened.app.run_jobs().await;
    opened.app.maintain().await;
    let scopes = [KeyScope::Service, KeyScope::Adviser(crate::golden::scope_of(&opened.app, "bert").await)];
    for scope in scopes {
        let before = opened.app.state().services.now() + SignedDuration::from_secs(1);
        opened.app.sealing().rotate(SealingScope::of(scope).unwrap(), before).await.unwrap();
    }
    for _ in 0..3 {
        opened.app.clock.advance(SignedDuration::from_mins(7));
        opened.app.maintain().await;
    }
    opened.app.verify().await;
}

/// Kinds of documents that still contain something of a later version afterwards.
const KINDS: [&str; 9] = ["client-", "trail-", "record-", "step-", "import-", "export-", "attempt-", "change-", "identities "];

/// What existed still exists; the session and browser data of an identity may change.
fn nothing_is_gone(before: &BTreeMap<String, usize>, after: &BTreeMap<String, usize>, kinds: &[&str]) {
    let compared = before.iter().filter_map(|(name, count)| Some((name, count, after.get(name)?)));
    let comes_and_goes = |name: &str| name.starts_with("identities ");
    let gone: Vec<_> = compared.clone().filter(|(name, before, after)| after < before && (**after == 0 || !comes_and_goes(name))).collect();
    assert!(gone.is_empty(), "{gone:#?}");
    for kind in kinds {
        let kept = compared.clone().filter(|(name, _, after)| name.starts_with(kind) && **after > 0).count();
        assert!(kept > 0, "{kind}: nothing of a later version is left to tell");
    }
}

#[tokio::test]
async fn members_at_every_level_of_every_document_stay() {
    for folder in folders() {
        let opened = Opened::at(&folder, SignedDuration::from_mins(1)).await;
        rewrite(&opened.app, |document| {
            add_members(&mut document.body);
            document.summary.iter_mut().for_each(add_members);
            if document.body.is_null() {
                document.body = json!({"later_member": 1});
            }
        })
        .await;
        let before = traces(&opened).await;
        let without: Vec<_> = before.iter().filter(|(name, count)| **count == 0 && !name.starts_with("importpart-")).collect();
        assert!(without.is_empty(), "every document has some: {without:?}");
        opened.app.verify().await;
        let actors = opened.all().await;
        opened.nothing_is_lost(&actors).await;
        live(&opened, &actors).await;
        let kinds = [&KINDS[..], &["clients ", "alarm-", "session-", "notice-", "seen-", "taken-"]].concat();
        nothing_is_gone(&before, &traces(&opened).await, &kinds);
    }
}

#[tokio::test]
async fn values_and_steps_of_every_set_stay_and_are_shown() {
    for folder in folders() {
        let mut opened = Opened::at(&folder, SignedDuration::from_mins(1)).await;
        rewrite(&opened.app, |document| {
            replace_values(&mut document.body);
            let deadlines = document.summary.as_ref().and_then(|summary| summary.get("deadlines").cloned());
            document.summary.iter_mut().for_each(replace_values);
            // These are derived from dates in the body.
            if let Some((summary, deadlines)) = document.summary.as_mut().zip(deadlines) {
                summary["deadlines"] = deadlines;
            }
            replace_steps(document);
        })
        .await;
        opened.beyond_contract = true;
        let before = traces(&opened).await;
        opened.app.verify().await;
        let actors = opened.all().await;
        let shown = opened.shown(&actors).await;
        for name in ["later_value", "later_step", "later_x", "later_decision", "later_end", "later_people", "later_about", "later_actor"] {
            assert!(shown.contains(name), "{name} is not shown");
        }
        live(&opened, &actors).await;
        let after = traces(&opened).await;
        nothing_is_gone(&before, &after, &KINDS);
        let waiting = |traces: &BTreeMap<String, usize>| traces.keys().filter(|name| name.starts_with("mail-")).count();
        assert!(waiting(&after) >= waiting(&before), "a mail that nobody here can write waits for whoever can");
    }
}

/// Values that no current rule accepts, as if they had once been accepted.
fn refused_today(document: &mut Document) {
    let body = &mut document.body;
    if document.id.as_str().starts_with("client-") {
        let file = &mut body["file"];
        for (name, value) in
            [("last_name", "\u{7}"), ("bsn", "123456789"), ("email", "geen adres"), ("birth_date", "1850-01-01"), ("phone", "bel mij")]
        {
            file["person"][name] = value.into();
        }
        file["address"] = json!({"postcode": "1234SS", "city": "\u{7}", "country": "NL"});
        file["incomes"] = json!([{"description": "\u{7}", "amount_cents": 2_000_000_000_000_i64}, {"description": "goed"}]);
        file["debts"] = json!([{"interest_percent": "veel"}]);
        let kept: KeptFile = serde_json::from_value(body.clone()).unwrap();
        let summary = ClientSummary::of(&kept.file, &kept.restrictions, kept.updated_at, kept.revision);
        document.summary = Some(serde_json::to_value(summary).unwrap());
    } else if document.id.as_str().starts_with("identity") && body["account"].is_object() {
        body["account"]["display_name"] = "\u{7}".into();
        if body["account"]["retention"].is_object() {
            body["account"]["retention"]["reason"] = "\u{0}".into();
        }
        document.summary.as_mut().unwrap()["display_name"] = "\u{7}".into();
    } else if document.id.as_str().starts_with("record-") && document.partition.as_str() == "breaches" {
        body["record"]["facts"]["organisation"] = json!({"kvk_number": "geen", "name": "\u{7}"});
        body["record"]["facts"]["people"] = json!({"minimum": 3, "maximum": 2});
    } else if document.id.as_str().starts_with("record-") && document.partition.as_str() == "processors" {
        body["record"]["entry"]["party"]["contact_email"] = "geen adres".into();
    }
}

#[tokio::test]
async fn values_that_a_stricter_rule_refuses_stay_and_are_taken_back_unchanged() {
    for folder in folders() {
        let mut opened = Opened::at(&folder, SignedDuration::from_mins(1)).await;
        opened.beyond_contract = true;
        rewrite(&opened.app, refused_today).await;
        opened.app.verify().await;
        let actors = opened.all().await;
        let (olga, bert) = (Opened::named(&actors, "olga"), Opened::named(&actors, "bert"));
        let profile = |name: &str| json!({"display_name": name, "language": "en"});
        bert.put("/api/account", profile("\u{7}")).await.expect(StatusCode::NO_CONTENT);
        bert.put("/api/account", profile("\u{8}")).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        let retention = |reason: &str| json!({"months": 12, "reason": reason});
        bert.put("/api/retention", retention("\u{0}")).await.expect(StatusCode::NO_CONTENT);
        bert.put("/api/retention", retention("\u{1}")).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        facts_are_saved(olga).await;
        live(&opened, &actors).await;
    }
}

/// Saves the facts as they were read; facts that are invalid in another way are refused.
async fn facts_are_saved(olga: &Actor) {
    for item in olga.get("/api/breaches").await.expect(StatusCode::OK).json()["items"].as_array().unwrap() {
        let path = format!("/api/breaches/{}", item["id"].as_str().unwrap());
        let read = olga.get(&path).await.expect(StatusCode::OK);
        let (mut facts, ended) = (read.json()["record"]["facts"].clone(), read.json()["record"]["end"].is_object());
        let save = async |facts: &Value| {
            let tag = etag(&olga.get(&path).await.expect(StatusCode::OK));
            olga.request(Method::PUT, &path).header("if-match", &tag).json(facts.clone()).send().await
        };
        // Unmodified, they are no change, even for a closed record.
        save(&facts).await.expect(StatusCode::OK);
        facts["incident"]["summary"] = "Later".into();
        save(&facts).await.expect(if ended { StatusCode::CONFLICT } else { StatusCode::OK });
        facts["people"]["maximum"] = 1.into();
        let refused = save(&facts).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        let expected = json!([{"pointer": "/people/maximum", "code": "out_of_range",
            "min": facts["people"]["minimum"], "max": 100_000_000}]);
        assert_eq!(refused.json()["errors"], expected);
    }
}

#[tokio::test]
async fn the_wire_takes_none_of_it() {
    let opened = Opened::at(&folders()[0], SignedDuration::from_mins(1)).await;
    let actors = opened.all().await;
    let bert = Opened::named(&actors, "bert");
    let refused = async |file: Value, pointer: &str| {
        let reply = bert.post("/api/clients", file).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer);
    };
    let mut file = named("Dijk");
    file["later_member"] = 1.into();
    refused(file, "/later_member").await;
    let mut file = named("Dijk");
    file["person"]["later_member"] = 1.into();
    refused(file, "/person/later_member").await;
    let mut file = named("Dijk");
    file["incomes"] = json!([{"kind": "later_value"}]);
    refused(file, "/incomes/0/kind").await;
    for (path, body) in
        [("rights", json!({"step": "later_step", "reason": "x"})), ("rights", json!({"step": "mark", "reason": "x", "ground": "later"}))]
    {
        let made = bert.post("/api/clients", named("Dijk")).await.expect(StatusCode::CREATED).json();
        let path = format!("/api/clients/{}/{path}", made["id"].as_str().unwrap());
        bert.request(Method::POST, &path).json(body).send().await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
}
