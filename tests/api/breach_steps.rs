//! The record of a breach, from suspicion to closing: what is due when, what is refused, and every field of the form.

use crate::{
    clients::etag,
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Every field that an officer fills in.
pub fn facts() -> Value {
    let person = json!({"name": "Olga Officier", "role": "jurist", "phone": "030 1234567", "email": "fg@example.nl",
        "data_protection_officer": true});
    json!({
        "legal_basis": "avg",
        "organisation": {"name": "FinRust B.V.", "kvk_number": "12345678", "address": "Kerkstraat 1, 3511 AB Utrecht",
            "sector": "financiële dienstverlening", "parties": [{"name": "Hosting B.V.", "role": "processor"}]},
        "reporter": person, "contact": person,
        "timeline": {"started_at": "2026-11-20T08:00:00Z", "ended_at": "2026-11-22T18:00:00Z", "unknown": false, "ongoing": false,
            "discovered_at": "2026-11-23T08:30:00Z", "discovered_by": "de beheerder"},
        "incident": {"summary": "Iemand kende het wachtwoord van een account.", "nature": ["confidentiality", "integrity"], "cause": "phishing",
            "cause_details": "Een nagemaakte mail.", "whereabouts": "own_systems", "place_details": "het portaal"},
        "data": {"ordinary": ["name", "financial", "bsn"], "special": ["health"], "criminal": false, "records": 12},
        "people": {"groups": ["clients", "partners", "children"], "description": "Gezinnen met een hypotheek", "minimum": 2, "maximum": 12},
        "protection": {"measures": "versleuteling, tweestapsverificatie", "unreadable": "no", "how": "niet van toepassing", "keys_safe": "yes"},
        "effects": {"harm": ["identity_fraud", "secrecy", "physical"], "severity": "serious", "reasons": "BSN en inkomen zijn ingezien.",
            "confidentiality": "Een onbekende kent inkomens.", "integrity": "Een adres kan gewijzigd zijn.",
            "availability": "Een dag geen toegang."},
        "actions": {"taken": "Het account is geblokkeerd.", "planned": [{"what": "tweestapsverificatie voor iedereen", "due": "2026-12-31"}]},
        "informing": {"informed": "yes", "intention": "De adviseurs lichten hun klanten in.", "intended_on": "2026-11-25"},
        "cross_border": {"processing": true, "states": ["BE", "DE"], "lead_authority": "Autoriteit Persoonsgegevens"},
        "other": {"attachments": [{"name": "logboek.csv", "sha256": "e3b0c44298fc1c149afbf4c8996fb924"}], "remarks": "DORA: niet van toepassing",
            "ap_reference": "AP-2026-001", "ap_received_at": "2026-11-24T08:00:00Z"},
    })
}

pub async fn suspect(actor: &Actor, what: &str) -> String {
    let body = json!({"what": what, "noticed_at": "2026-11-23T08:30:00Z"});
    let reply = actor.post("/api/breaches", body).await.expect(StatusCode::CREATED);
    format!("/api/breaches/{}", reply.json()["id"].as_str().unwrap())
}

pub async fn step(officer: &Actor, path: &str, body: Value) -> Reply {
    officer.post(&format!("{path}/steps"), body).await
}

pub async fn took(officer: &Actor, path: &str, body: Value) -> Value {
    step(officer, path, body).await.expect(StatusCode::OK).json()
}

pub async fn write(officer: &Actor, path: &str, facts: Value) -> Reply {
    let tag = etag(&officer.get(path).await.expect(StatusCode::OK));
    officer.request(Method::PUT, path).header("if-match", &tag).json(facts).send().await
}

/// A step of each kind, as taken when it is due.
pub fn steps(now: &str) -> [(&'static str, Value); 11] {
    [
        ("became_aware", json!({"step": "became_aware", "at": now})),
        ("dismissed", json!({"step": "dismissed", "reason": "Het was een test."})),
        ("annotated", json!({"step": "annotated", "note": "Gebeld met de beheerder."})),
        ("assessed", json!({"step": "assessed", "risk": "high_risk", "reasons": "BSN en inkomen zijn ingezien."})),
        ("reported", json!({"step": "reported", "report": "first", "sent_at": now, "last": false})),
        ("not_reported", json!({"step": "not_reported", "reason": "Geen risico."})),
        ("people_told", json!({"step": "people_told", "at": now, "how": "per brief", "count": 12, "text": "Beste klant, …"})),
        ("people_not_told", json!({"step": "people_not_told", "ground": "uavg_42", "reason": "Wij zijn een financiële onderneming."})),
        ("authority_told", json!({"step": "authority_told", "authority": "afm", "at": now, "reference": "AFM-77"})),
        ("closed", json!({"step": "closed", "conclusion": "Tweestapsverificatie is nu verplicht."})),
        ("reopened", json!({"step": "reopened", "reason": "Er is meer gevonden."})),
    ]
}

pub const NOW: &str = "2026-11-23T09:00:00Z";

pub fn named_step(name: &str) -> Value {
    steps(NOW).into_iter().find(|(known, _)| *known == name).unwrap().1
}

#[tokio::test]
async fn each_step_is_taken_in_its_place_and_nowhere_else() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    app.clock.advance(SignedDuration::from_mins(5));
    let path = suspect(&officer, "Er was iemand binnen").await;
    let always = ["annotated"];
    let course: [(&str, &[&str], &str); 6] = [
        ("suspected", &["became_aware", "dismissed"], "became_aware"),
        ("aware", &["assessed", "authority_told"], "assessed"),
        ("assessed", &["reported", "not_reported", "authority_told"], "reported"),
        ("decided", &["people_told", "people_not_told", "authority_told"], "people_not_told"),
        ("informed", &["closed", "authority_told"], "closed"),
        ("closed", &["reopened", "authority_told"], "reopened"),
    ];
    for (stage, due, chosen) in course {
        let before = officer.get(&path).await.expect(StatusCode::OK);
        assert_eq!(before.json()["stage"], stage);
        for (name, body) in steps(NOW) {
            if !due.contains(&name) && !always.contains(&name) {
                step(&officer, &path, body).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
            }
        }
        assert_eq!(officer.get(&path).await.body, before.body, "what was refused has changed nothing");
        took(&officer, &path, named_step(chosen)).await;
    }
    assert_eq!(officer.get(&path).await.json()["stage"], "informed", "reopened, it is where it was");
    let dismissed = suspect(&officer, "Een vreemde mail").await;
    assert_eq!(took(&officer, &dismissed, named_step("dismissed")).await["stage"], "dismissed");
    step(&officer, &dismissed, named_step("became_aware")).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    write(&officer, &dismissed, facts()).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    app.verify().await;
}

#[tokio::test]
async fn the_reports_are_kept_as_they_were_sent_and_refer_to_each_other() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    app.clock.advance(SignedDuration::from_mins(5));
    let path = suspect(&officer, "Er was iemand binnen").await;
    for name in ["became_aware", "assessed", "reported"] {
        took(&officer, &path, named_step(name)).await;
    }
    write(&officer, &path, facts()).await.expect(StatusCode::OK);
    let again = json!({"step": "reported", "report": "follow_up", "sent_at": NOW, "last": true});
    took(&officer, &path, again.clone()).await;
    let withdrawal = json!({"step": "reported", "report": "withdrawal", "sent_at": NOW, "last": true});
    let answer = took(&officer, &path, withdrawal).await;
    step(&officer, &path, again).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    let sent: Vec<&Value> =
        answer["steps"].as_array().unwrap().iter().map(|step| &step["event"]).filter(|event| event["step"] == "report_sent").collect();
    let heads: Vec<&Value> = sent.iter().map(|sent| &sent["content"]["kind"]).collect();
    assert_eq!(*heads[0], json!({"report": "first", "number": 1, "last": false}));
    assert_eq!(
        *heads[1],
        json!({"report": "follow_up", "number": 2, "earlier": 1, "earlier_reference": "AP-2026-001", "last": true, "legal_basis": "avg"})
    );
    assert_eq!((&heads[2]["report"], &heads[2]["number"], &heads[2]["earlier"]), (&json!("withdrawal"), &json!(3), &json!(2)));
    assert_eq!(sent[0]["content"]["incident"], json!({}), "the first is as it was");
    assert_eq!(sent[1]["content"]["incident"], facts()["incident"]);
}

#[tokio::test]
async fn a_late_report_needs_its_reason_and_a_timely_one_has_none() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    app.clock.set("2026-11-26T09:00:01Z");
    officer.sign_in().await;
    let path = suspect(&officer, "Er was iemand binnen").await;
    took(&officer, &path, named_step("became_aware")).await;
    took(&officer, &path, named_step("assessed")).await;
    let report = |at: &str| json!({"step": "reported", "report": "first", "sent_at": at, "last": false});
    let refused = |reply: Reply, pointer: &str, code: &str| {
        let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        assert_eq!(reply["errors"], json!([{"pointer": pointer, "code": code}]));
    };
    refused(step(&officer, &path, report("2026-11-26T09:00:01Z")).await, "/late_reason", "required");
    refused(step(&officer, &path, report("2026-11-26T09:02:02Z")).await, "/sent_at", "in_future");
    refused(step(&officer, &path, report("2026-11-23T08:59:59Z")).await, "/sent_at", "out_of_range");
    let mut timely = report("2026-11-26T09:00:00Z");
    timely["late_reason"] = json!("Niet te laat.");
    refused(step(&officer, &path, timely).await, "/late_reason", "unknown_field");
    let mut late = report("2026-11-26T09:00:01Z");
    late["late_reason"] = json!("De beheerder was ziek.");
    let answer = took(&officer, &path, late).await;
    assert_eq!(answer["record"]["decision"]["late_reason"], "De beheerder was ziek.");
    let next = officer.get(&format!("{path}/report")).await.expect(StatusCode::OK).json();
    assert_eq!(next["timeline"]["late_reason"], "De beheerder was ziek.");
}

#[tokio::test]
async fn every_decision_not_to_tell_needs_a_reason_and_leaves_a_trace() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    app.clock.advance(SignedDuration::from_mins(5));
    let path = suspect(&officer, "Er was iemand binnen").await;
    took(&officer, &path, named_step("became_aware")).await;
    took(&officer, &path, named_step("assessed")).await;
    for body in [json!({"step": "not_reported"}), json!({"step": "not_reported", "reason": " "})] {
        step(&officer, &path, body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
    took(&officer, &path, named_step("not_reported")).await;
    for body in [json!({"step": "people_not_told", "ground": "uavg_42"}), json!({"step": "people_not_told", "reason": "zo maar"})] {
        step(&officer, &path, body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    }
    took(&officer, &path, named_step("people_not_told")).await;
    took(&officer, &path, named_step("closed")).await;
    let answer = officer.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!(answer["record"]["decision"], json!({"decision": "not_reported", "reason": "Geen risico."}));
    let exempt = json!({"decision": "not_told", "ground": "uavg_42", "reason": "Wij zijn een financiële onderneming."});
    assert_eq!(answer["record"]["people"], exempt);
    let trace = answer["steps"].as_array().unwrap().iter().find(|step| step["event"]["ground"] == "uavg_42").unwrap();
    assert_eq!((&trace["by_name"], trace["event"]["step"].as_str()), (&json!("olga van Kantoor"), Some("people_not_told")));
    let export = officer.get(&format!("{path}/report")).await.expect(StatusCode::OK).json();
    assert_eq!(export["informing"]["decision"], exempt, "in the export too");
}

#[tokio::test]
async fn every_field_of_the_form_is_in_the_record_and_in_the_export() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    app.clock.advance(SignedDuration::from_mins(5));
    let path = suspect(&officer, "Er was iemand binnen").await;
    let answer = write(&officer, &path, facts()).await.expect(StatusCode::OK).json();
    assert_eq!(answer["record"]["facts"], facts(), "what was sent is what is kept");
    for name in ["became_aware", "assessed", "authority_told", "reported", "people_told"] {
        took(&officer, &path, named_step(name)).await;
    }
    let export = officer.get(&format!("{path}/report")).await.expect(StatusCode::OK).json();
    let moved = [
        ("legal_basis", "/kind/legal_basis"),
        ("timeline", "/timeline/facts"),
        ("informing", "/informing/facts"),
        ("cross_border", "/cross_border/facts"),
    ];
    for (block, value) in facts().as_object().unwrap() {
        let place = moved.iter().find(|(name, _)| name == block).map_or_else(|| format!("/{block}"), |(_, place)| (*place).to_owned());
        assert_eq!(export.pointer(&place), Some(value), "{place}");
    }
    // What the steps determine.
    for pointer in FIELDS_OF_STEPS {
        assert!(export.pointer(pointer).is_some(), "{pointer} in {export}");
    }
}

/// Fields of the form that are not among the facts: which part it is (0), awareness (2), whether people were informed (9), other
/// authorities (10).
const FIELDS_OF_STEPS: [&str; 12] = [
    "/kind/report",
    "/kind/number",
    "/kind/earlier",
    "/kind/earlier_reference",
    "/kind/last",
    "/timeline/aware_at",
    "/informing/decision/at",
    "/informing/decision/how",
    "/informing/decision/count",
    "/informing/decision/text",
    "/cross_border/authorities/0/at",
    "/cross_border/authorities/0/reference",
];

#[tokio::test]
async fn facts_are_written_over_the_version_that_was_seen_and_every_mistake_is_named() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    let path = suspect(&officer, "Er was iemand binnen").await;
    let tag = etag(&officer.get(&path).await.expect(StatusCode::OK));
    officer.put(&path, facts()).await.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
    write(&officer, &path, facts()).await.expect(StatusCode::OK);
    let stale = officer.request(Method::PUT, &path).header("if-match", &tag).json(facts()).send().await;
    stale.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
    let bad = json!({"legal_basis": "wft", "organisation": {"kvk_number": "1", "parties": [{"role": "friend"}, 1]}, "data": {"records": -1, "criminal": "no"},
        "timeline": {"started_at": "2026-11-23T09:00:00+01:00", "discovered_at": "yesterday"}, "people": {"minimum": 3, "maximum": 2},
        "incident": {"nature": ["odd", 1]}, "contact": {"email": "x"}, "actions": {"planned": [{"due": "2026-02-30"}]}, "surprise": 1});
    let reply = write(&officer, &path, bad).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
    let named: std::collections::BTreeSet<&str> =
        reply["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    let expected = [
        "/legal_basis",
        "/organisation/kvk_number",
        "/organisation/parties/0/role",
        "/organisation/parties/1",
        "/data/records",
        "/data/criminal",
        "/timeline/started_at",
        "/timeline/discovered_at",
        "/people/maximum",
        "/incident/nature/0",
        "/incident/nature/1",
        "/contact/email",
        "/actions/planned/0/due",
        "/surprise",
    ];
    assert_eq!(named, expected.into());
}

#[tokio::test]
async fn the_list_has_the_newest_first_in_pages() {
    let app = TestApp::start().await;
    let officer = app.officer("olga").await;
    app.clock.advance(SignedDuration::from_mins(5));
    for minute in 1..=5 {
        let body = json!({"what": format!("melding {minute}"), "noticed_at": format!("2026-11-23T08:0{minute}:00Z")});
        officer.post("/api/breaches", body).await.expect(StatusCode::CREATED);
    }
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = officer.get(&format!("/api/breaches{query}")).await.expect(StatusCode::OK).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["suspicion"]["what"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["melding 5", "melding 4", "melding 3", "melding 2", "melding 1"]);
}
