//! Who runs the deployment: an office for its own advisers, or a provider for those of other firms. Nobody alone takes away a duty, and no
//! clock that runs is stopped.

use crate::{
    breach_affected::{account_of, affected, morning},
    breach_steps::{NOW, facts, named_step, step, suspect, took, write},
    clients::make,
    samples::example,
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions, address},
    },
    vault::Vault,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

pub const PATH: &str = "/api/organisation";

pub fn provider() -> Value {
    json!({"role": "processor", "name": "Voorbeeld Dossiers B.V.", "address": "Kade 1\n1234 AB Delft"})
}

pub fn office() -> Value {
    json!({"role": "controller", "name": "Kantoor Dijk", "address": "Markt 2\n2611 GS Delft"})
}

/// The body with the officer's password and a fresh code.
pub fn confirmed(app: &TestApp, officer: &Actor, details: &Value) -> Value {
    app.clock.advance(jiff::SignedDuration::from_secs(30));
    let mut body = details.clone();
    body["password"] = json!(officer.password);
    body["code"] = json!(officer.code());
    body
}

/// `PUT /api/organisation` over the present version.
pub async fn fill_in(app: &TestApp, officer: &Actor, details: &Value) -> Reply {
    let body = confirmed(app, officer, details);
    put(officer, &tag(officer).await, body).await
}

async fn put(officer: &Actor, tag: &str, body: Value) -> Reply {
    officer.request(Method::PUT, PATH).header("if-match", tag).json(body).send().await
}

pub async fn tag(actor: &Actor) -> String {
    actor.get(PATH).await.expect(StatusCode::OK).header("etag").unwrap().to_owned()
}

async fn role(actor: &Actor) -> Value {
    actor.get(PATH).await.expect(StatusCode::OK).json()["role"].clone()
}

async fn confirm(officer: &Actor) -> Reply {
    officer.post(&format!("{PATH}/confirm"), None).await
}

/// Makes the deployment a provider's, with two officers.
pub async fn become_provider(app: &TestApp, (olga, otto): (&Actor, &Actor)) {
    fill_in(app, olga, &provider()).await.expect(StatusCode::ACCEPTED);
    confirm(otto).await.expect(StatusCode::OK);
    app.run_jobs().await;
    app.clear_mails();
}

/// Addresses and subjects of the mails since the last look.
async fn told(app: &TestApp) -> Vec<(String, String)> {
    app.run_jobs().await;
    let mut told: Vec<_> = app.mails().into_iter().map(|mail| (mail.to, mail.subject)).collect();
    told.sort();
    app.clear_mails();
    told
}

fn all(subject: &str) -> Vec<(String, String)> {
    ["anna", "olga", "otto"].map(|name| (address(name), subject.to_owned())).to_vec()
}

const CHANGED: &str = "De gegevens van het kantoor achter FinRust zijn gewijzigd";
const PROPOSED: &str = "Voorstel om de rol van het kantoor achter FinRust te wijzigen";

#[tokio::test]
async fn an_officer_fills_in_the_firm_and_everybody_is_told() {
    let app = TestApp::start().await;
    let (olga, otto, anna) = (app.officer("olga").await, app.officer("otto").await, app.adviser("anna").await);
    let unset = json!({"role": null, "name": null, "address": null});
    assert_eq!(anna.get(PATH).await.expect(StatusCode::OK).json(), unset);
    app.clear_mails();
    let filled = fill_in(&app, &olga, &office()).await.expect(StatusCode::OK);
    assert_eq!(filled.json(), office());
    assert_eq!(anna.get(PATH).await.expect(StatusCode::OK).json(), office());
    assert_eq!(told(&app).await, all(CHANGED));
    // What GET answers is taken back, and nothing is written.
    let before = olga.get(PATH).await.expect(StatusCode::OK);
    let again = fill_in(&app, &olga, &before.json()).await.expect(StatusCode::OK);
    assert_eq!((again.json(), again.header("etag")), (office(), before.header("etag")));
    // Names and addresses change at once, and so does the way back to nothing.
    let moved = json!({"role": "controller", "name": "Kantoor Dijk", "address": "Markt 3, Delft"});
    assert_eq!(fill_in(&app, &otto, &moved).await.expect(StatusCode::OK).json(), moved);
    assert_eq!(fill_in(&app, &otto, &json!({})).await.expect(StatusCode::OK).json(), unset);
    assert_eq!(told(&app).await.len(), 6);
    assert!(told(&app).await.is_empty(), "each once");
    app.maintain().await;
    assert!(told(&app).await.is_empty(), "by maintenance either");
    app.verify().await;
}

#[tokio::test]
async fn what_is_not_right_changes_nothing() {
    let app = TestApp::start().await;
    let (olga, otto, anna) = (app.officer("olga").await, app.officer("otto").await, app.adviser("anna").await);
    fill_in(&app, &olga, &office()).await.expect(StatusCode::OK);
    app.run_jobs().await;
    app.clear_mails();
    let before = olga.get(PATH).await;
    let etag = tag(&olga).await;
    let good = confirmed(&app, &olga, &provider());
    put(&anna, &etag, good.clone()).await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
    confirm(&anna).await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
    put(&olga, "\"old\"", good.clone()).await.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
    let blind = olga.put(PATH, good.clone()).await;
    blind.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
    let without = |name: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (body, pointer) in [
        (without("password"), "/password"),
        (without("code"), "/code"),
        (with("role", json!("owner")), "/role"),
        (with("name", json!("")), "/name"),
        (with("name", json!("a\nb")), "/name"),
        (with("address", json!("x".repeat(501))), "/address"),
        (with("iban", json!("NL00")), "/iban"),
    ] {
        let refused = put(&olga, &etag, body).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    put(&olga, &etag, with("password", json!("verkeerd wachtwoord"))).await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    confirm(&otto).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    assert_eq!(olga.get(PATH).await.body, before.body);
    assert!(told(&app).await.is_empty());
    app.verify().await;
}

#[tokio::test]
async fn nobody_becomes_a_processor_alone_and_no_clock_that_runs_is_stopped() {
    let app = TestApp::start().await;
    let (olga, otto, anna) = (app.officer("olga").await, app.officer("otto").await, app.adviser("anna").await);
    fill_in(&app, &otto, &office()).await.expect(StatusCode::OK);
    let path = suspect(&olga, "Er was iemand binnen").await;
    let before = took(&olga, &path, json!({"step": "became_aware", "at": NOW, "concerns": ["client_files"]})).await;
    assert_eq!((&before["record"]["role"], &before["record"]["concerns"]), (&json!("controller"), &json!(["client_files"])));
    assert_eq!(before["report_due_at"], "2026-11-26T09:00:00Z");
    told(&app).await;
    let waiting = fill_in(&app, &olga, &provider()).await.expect(StatusCode::ACCEPTED).json();
    assert_eq!(
        (&waiting["role"], &waiting["proposed"]["role"], &waiting["proposed"]["own"]),
        (&json!("controller"), &json!("processor"), &json!(true))
    );
    assert_eq!((&waiting["proposed"]["applies_at"], &waiting["proposed"]["by_name"]), (&Value::Null, &json!("olga van Kantoor (olga)")));
    assert_eq!(told(&app).await, all(PROPOSED));
    confirm(&olga).await.expect_problem(StatusCode::FORBIDDEN, "same_officer");
    fill_in(&app, &olga, &provider()).await.expect(StatusCode::ACCEPTED);
    assert!(told(&app).await.is_empty(), "the same proposal again tells nobody");
    app.clock.set("2026-11-24T09:00:00Z");
    app.maintain().await;
    olga.sign_in().await;
    otto.sign_in().await;
    anna.sign_in().await;
    assert_eq!(role(&anna).await, "controller", "however long it waits");
    // Any officer withdraws it by writing back what holds.
    let holds = olga.get(PATH).await.expect(StatusCode::OK).json();
    assert!(fill_in(&app, &otto, &holds).await.expect(StatusCode::OK).json().get("proposed").is_none());
    confirm(&otto).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    // By two it is done, and a repeat changes nothing.
    fill_in(&app, &olga, &provider()).await.expect(StatusCode::ACCEPTED);
    told(&app).await;
    let done = confirm(&otto).await.expect(StatusCode::OK);
    assert_eq!(confirm(&otto).await.expect(StatusCode::OK).body, done.body);
    assert_eq!(role(&anna).await, "processor");
    assert_eq!(told(&app).await, all(CHANGED));
    // The breach keeps the role of when the organisation became aware of it.
    let after = olga.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!((&after["record"]["role"], &after["report_due_at"]), (&json!("controller"), &json!("2026-11-26T09:00:00Z")));
    app.clock.set("2026-11-25T09:00:00Z");
    app.maintain().await;
    app.run_jobs().await;
    assert_eq!(app.last_mail_to(&address("olga")).subject, "Datalek: 48 van de 72 uur zijn voorbij");
    app.verify().await;
}

#[tokio::test]
async fn the_only_officer_waits_and_everybody_is_told_before_and_after() {
    let options = TestOptions { hand_over_wait: Duration::from_hours(48), ..TestOptions::default() };
    let app = TestApp::start_with(options).await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    app.clear_mails();
    let waiting = fill_in(&app, &olga, &provider()).await.expect(StatusCode::ACCEPTED).json();
    assert_eq!(waiting["proposed"]["applies_at"], "2026-11-25T09:00:30Z");
    let both = |subject: &str| ["anna", "olga"].map(|name| (address(name), subject.to_owned())).to_vec();
    assert_eq!(told(&app).await, both(PROPOSED));
    // Whoever comes in meanwhile can confirm or withdraw it, but nobody can shorten the wait.
    app.clock.set("2026-11-25T09:00:29Z");
    app.maintain().await;
    olga.sign_in().await;
    anna.sign_in().await;
    told(&app).await;
    assert_eq!(role(&anna).await, Value::Null);
    confirm(&olga).await.expect_problem(StatusCode::FORBIDDEN, "same_officer");
    app.clock.set("2026-11-25T09:00:30Z");
    assert_eq!(role(&anna).await, "processor", "before maintenance has written it");
    let path = suspect(&olga, "Er was iemand binnen").await;
    let aware = json!({"step": "became_aware", "at": "2026-11-25T09:00:00Z", "concerns": ["client_files"]});
    assert_eq!(took(&olga, &path, aware).await["report_due_at"], Value::Null);
    told(&app).await;
    app.maintain().await;
    assert_eq!(told(&app).await, both(CHANGED));
    app.maintain().await;
    assert!(told(&app).await.is_empty());
    app.verify().await;
}

#[tokio::test]
async fn which_clock_runs_follows_from_the_role_and_from_what_is_affected() {
    let app = TestApp::start().await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    let due = async |by: &Actor, concerns: Value| {
        let path = suspect(by, "Er was iemand binnen").await;
        let mut aware = json!({"step": "became_aware", "at": NOW});
        if !concerns.is_null() {
            aware["concerns"] = concerns;
        }
        took(by, &path, aware).await["report_due_at"].clone()
    };
    let (runs, none) = (json!("2026-11-26T09:00:00Z"), Value::Null);
    let all = [Value::Null, json!([]), json!(["client_files"]), json!(["accounts"]), json!(["client_files", "accounts"])];
    for role in [json!({}), office()] {
        fill_in(&app, &olga, &role).await.expect(StatusCode::OK);
        for concerns in &all {
            assert_eq!(due(&olga, concerns.clone()).await, runs, "{role} {concerns}");
        }
    }
    become_provider(&app, (&olga, &otto)).await;
    for (concerns, expected) in all.iter().zip([&runs, &runs, &none, &runs, &runs]) {
        assert_eq!(due(&otto, concerns.clone()).await, *expected, "{concerns}");
    }
    let path = suspect(&otto, "Er was iemand binnen").await;
    let chosen = json!({"step": "became_aware", "at": NOW, "role": "processor"});
    let refused = step(&otto, &path, chosen).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
    assert_eq!(refused["errors"], json!([{"pointer": "/role", "code": "unknown_field"}]));
    app.verify().await;
}

/// A breach in the files of an adviser, up to the letter.
async fn breach_with_letter(app: &TestApp, olga: &Actor, concerns: Value) -> (String, Value) {
    let path = suspect(olga, "Er was iemand binnen").await;
    took(olga, &path, json!({"step": "became_aware", "at": "2026-11-23T09:28:00Z", "concerns": concerns})).await;
    write(olga, &path, facts()).await.expect(StatusCode::OK);
    let found = affected(olga, &path, json!({"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T09:12:00Z"})).await;
    olga.post(&format!("{path}/evidence"), json!({"cursor": found["cursor"]})).await.expect(StatusCode::OK);
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let to = json!({"account": account_of(&accounts, "anna")});
    let letter = olga.post(&format!("{path}/letters"), to).await.expect(StatusCode::CREATED).json();
    app.run_jobs().await;
    (path, letter)
}

/// Everything that people read about it, without what is drawn at random.
fn read(app: &TestApp, path: &str, letter: &Value) -> String {
    let of = |language: &str| {
        let paragraphs: Vec<_> = letter[language]["paragraphs"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        format!("{}\n\n{}", letter[language]["subject"].as_str().unwrap(), paragraphs.join("\n\n"))
    };
    let mut mails: Vec<_> = app.mails().iter().map(|mail| format!("To: {}\nSubject: {}\n\n{}", mail.to, mail.subject, mail.text)).collect();
    mails.sort();
    let all = [mails, vec![of("nl"), of("en")]].concat().join("\n=====\n");
    all.replace(path.rsplit('/').next().unwrap(), "<id>")
}

#[tokio::test]
async fn a_breach_of_a_provider_ends_with_the_letters() {
    let app = TestApp::start().await;
    let (_anna, _bert, _) = morning(&app).await;
    let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
    app.clock.set("2026-11-23T09:28:00Z");
    become_provider(&app, (&olga, &otto)).await;
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let of_anna = format!("/api/accounts/{}/controller", account_of(&accounts, "anna"));
    olga.put(&of_anna, json!({"name": "Kantoor Dijk", "address": "Markt 2, Delft"})).await.expect(StatusCode::NO_CONTENT);
    let path = suspect(&olga, "Er was iemand binnen").await;
    took(&olga, &path, json!({"step": "became_aware", "at": "2026-11-23T09:28:00Z", "concerns": ["client_files"]})).await;
    let close = || named_step("closed");
    step(&olga, &path, close()).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    app.run_jobs().await;
    app.clear_mails();
    // Officers are reminded until every adviser has a letter.
    for (now, hours) in [("2026-11-23T13:28:00Z", "4"), ("2026-11-24T09:28:00Z", "24")] {
        app.clock.set(now);
        for _ in 0..2 {
            app.maintain().await;
            app.run_jobs().await;
        }
        let mails = app.mails();
        assert_eq!(mails.len(), 2, "{now}: one for each officer");
        assert!(
            mails.iter().all(|mail| mail.subject == "Datalek: informeer de adviseurs" && mail.text.contains(&format!("nu {hours} uur")))
        );
        app.clear_mails();
    }
    olga.sign_in().await;
    let (other, letter) = breach_with_letter(&app, &olga, json!(["client_files"])).await;
    let list = olga.get("/api/breaches").await.expect(StatusCode::OK).json();
    let due: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|item| (item["letters_due"].clone(), item["report_due_at"].clone())).collect();
    assert_eq!(due.len(), 2, "one with all its letters, one without any");
    assert!(due.contains(&(json!(true), Value::Null)) && due.contains(&(json!(false), Value::Null)), "{due:?}");
    let sent: jiff::Timestamp = letter["written_at"].as_str().unwrap().parse().unwrap();
    let due: jiff::Timestamp = letter["due_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(due.duration_since(sent), jiff::SignedDuration::from_hours(72));
    insta::assert_snapshot!("provider", read(&app, &other, &letter));
    app.clear_mails();
    app.clock.set("2026-11-25T09:28:00Z");
    app.maintain().await;
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 2, "about the breach without letters only");
    olga.sign_in().await;
    let report = olga.get(&format!("{other}/report")).await.expect(StatusCode::OK).json();
    assert_eq!(report["kind"]["report"], "first", "a processor can still notify");
    let closed = took(&olga, &other, close()).await;
    assert_eq!((&closed["stage"], &closed["report_due_at"]), (&json!("closed"), &Value::Null));
    assert_eq!(took(&olga, &other, named_step("reopened")).await["stage"], "aware");
    app.verify().await;
}

#[tokio::test]
async fn a_breach_of_an_office_goes_to_the_authority() {
    let app = TestApp::start().await;
    let (anna, _bert, _) = morning(&app).await;
    let olga = app.officer("olga").await;
    app.clock.set("2026-11-23T09:28:00Z");
    fill_in(&app, &olga, &office()).await.expect(StatusCode::OK);
    app.run_jobs().await;
    app.clear_mails();
    let (path, letter) = breach_with_letter(&app, &olga, json!(["client_files"])).await;
    assert!(letter.get("due_at").is_none());
    insta::assert_snapshot!("office", read(&app, &path, &letter));
    assert_eq!(anna.get("/api/breach-letters").await.expect(StatusCode::OK).json()["items"][0]["nl"], letter["nl"]);
    step(&olga, &path, named_step("closed")).await.expect_problem(StatusCode::CONFLICT, "step_not_due");
    for name in ["assessed", "reported", "people_told", "closed"] {
        let mut body = named_step(name);
        if name == "reported" {
            body["sent_at"] = json!("2026-11-23T09:28:30Z");
        }
        took(&olga, &path, body).await;
    }
    assert_eq!(olga.get(&path).await.json()["stage"], "closed");
    app.verify().await;
}

#[tokio::test]
async fn the_report_for_a_client_names_the_controller_of_the_adviser_s_files() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    let (file, _) = make(&anna, &example()).await;
    let named = async || anna.post(&format!("{file}/report"), None).await.expect(StatusCode::OK).json()["controller"].clone();
    assert_eq!(named().await, Value::Null);
    fill_in(&app, &olga, &office()).await.expect(StatusCode::OK);
    assert_eq!(named().await, json!({"name": office()["name"], "address": office()["address"]}));
    let own = json!({"name": "Advies Anna", "address": "Gracht 5, Utrecht"});
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let path = format!("/api/accounts/{}/controller", account_of(&accounts, "anna"));
    olga.put(&path, own.clone()).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(named().await, own, "the adviser's own firm comes first");
    olga.put(&path, json!({})).await.expect(StatusCode::NO_CONTENT);
    fill_in(&app, &olga, &json!({"role": "controller", "name": "Kantoor Dijk"})).await.expect(StatusCode::OK);
    assert_eq!(named().await, Value::Null, "half of it names nobody");
}

/// A writer to the database restores a proposal that was withdrawn, with or without the steps since.
#[tokio::test]
async fn a_withdrawn_proposal_that_somebody_put_back_changes_nothing() {
    for with_steps in [false, true] {
        let app = TestApp::start().await;
        let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
        fill_in(&app, &olga, &office()).await.expect(StatusCode::OK);
        fill_in(&app, &olga, &provider()).await.expect(StatusCode::ACCEPTED);
        let vault = Vault::of(&app);
        let record = vault.spots("register", "record-").pop().unwrap();
        let (before, steps) = (vault.copy(&record), vault.spots("register", "step-"));
        fill_in(&app, &otto, &office()).await.expect(StatusCode::OK);
        vault.put(&record, &before);
        for step in vault.spots("register", "step-").iter().filter(|step| with_steps && !steps.contains(step)) {
            vault.delete(step);
        }
        confirm(&otto).await.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        let etag = tag(&olga).await;
        let body = confirmed(&app, &olga, &json!({"role": "controller", "name": "Anders"}));
        put(&olga, &etag, body).await.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        let path = suspect(&olga, "Er was iemand binnen").await;
        let aware = took(&olga, &path, json!({"step": "became_aware", "at": NOW, "concerns": ["client_files"]})).await;
        assert_eq!((&aware["record"].get("role"), &aware["report_due_at"]), (&None, &json!("2026-11-26T09:00:00Z")), "the clock runs");
    }
}
