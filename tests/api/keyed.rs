//! Whoever did not hear an answer asks again: each intention is carried out once and told once, and the answer says what there is.
//!
//! Every route of the table that makes something is here by itself: a new one has to take a key, or to say why it needs none, and has to
//! have a scene.

use crate::{
    breach_affected::{account_of, affected},
    breach_steps::{named_step, suspect, took},
    clients::make,
    processors::complete,
    requests::{access_by, enter},
    samples::{example, named, together},
    support::{
        actor::{Actor, Reply},
        app::{PASSWORD, TestApp, address},
        register::account_id,
    },
    vault::Vault,
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::credentials::Role,
    http::routes::{Route, table},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

/// Routes of people who are signed in that take no key, and why.
const WITHOUT: [(&str, &str); 22] = [
    ("/api/session/keep-alive", "says that somebody is there, however often"),
    ("/api/two-factor", "hands a secret out"),
    ("/api/two-factor/confirm", "hands secrets out"),
    ("/api/two-factor/recovery-codes", "hands secrets out"),
    ("/api/two-factor/recovery-codes/seen", "says that something is so, however often"),
    ("/api/two-factor/disable", "takes a password, and is done once: a second time there is none"),
    ("/api/accounts/{id}/disable", "what is so stays so"),
    ("/api/accounts/{id}/enable", "what is so stays so"),
    ("/api/accounts/{id}/unlock", "what is so stays so"),
    ("/api/accounts/{id}/confirm", "what is so stays so"),
    ("/api/clients/search", "makes nothing"),
    ("/api/clients/{id}/report", "makes nothing but an entry of who read"),
    ("/api/clients/{id}/portability", "takes a password"),
    ("/api/clients/{id}/erasure", "takes a password, and is done once"),
    ("/api/imports/{id}/check", "makes nothing"),
    ("/api/imports/{id}/continue", "goes on from where it is"),
    ("/api/hand-overs/{id}/approve", "what is so stays so"),
    ("/api/hand-overs/{id}/withdraw", "what is so stays so"),
    ("/api/hand-overs/{id}/stop", "what is so stays so"),
    ("/api/passkeys", "takes a password"),
    ("/api/passkeys/options", "makes nothing"),
    ("/api/session/confirm", "takes a password"),
];

/// Keyed routes that make nothing: with another body they find something else.
const SEARCHES: [&str; 2] = ["/api/breaches/{id}/affected", "/api/breaches/{id}/keys"];

/// What somebody wants done.
struct Scene {
    app: TestApp,
    actor: Actor,
    path: String,
    body: Option<Value>,
    /// Something else to be done there.
    other: Value,
    version: Option<String>,
}

impl Scene {
    fn new(app: TestApp, actor: Actor, path: impl Into<String>, body: impl Into<Option<Value>>, other: Value) -> Self {
        Self { app, actor, path: path.into(), body: body.into(), other, version: None }
    }

    async fn of(template: &str) -> Self {
        let app = TestApp::start().await;
        app.clock.set("2026-11-23T09:00:00Z");
        match template.split('/').nth(2).unwrap() {
            "clients" | "requests" | "imports" | "exports" => Self::adviser(app, template).await,
            "breaches" => Self::breach(app, template).await,
            "processors" => Self::processor(app, template).await,
            "accounts" | "hand-overs" => Self::accounts(app, template).await,
            other => panic!("{other} has a route without a scene: {template}"),
        }
    }

    async fn adviser(app: TestApp, template: &str) -> Self {
        let anna = app.adviser("anna").await;
        match template {
            "/api/clients" => Self::new(app, anna, template, example(), named("Vermeer")),
            "/api/clients/{id}/rights" => {
                let (path, _) = make(&anna, &example()).await;
                let body = |reason: &str| json!({"step": "restrict", "reason": reason});
                Self::new(app, anna, format!("{path}/rights"), body("Op verzoek"), body("Ook op verzoek"))
            }
            "/api/requests" => Self::new(app, anna, template, access_by("Bea Vos", "2026-11-23"), access_by("Bert Vos", "2026-11-23")),
            "/api/requests/{id}/steps" => {
                let (path, made) = enter(&anna, access_by("Bea Vos", "2026-11-23")).await;
                let body = |text: &str| json!({"step": "note", "text": text});
                let scene = Self::new(app, anna, format!("{path}/steps"), body("Gebeld"), body("Gemaild"));
                Self { version: made.header("etag").map(str::to_owned), ..scene }
            }
            "/api/exports" => {
                make(&anna, &example()).await;
                let body = |format: &str| json!({"format": format, "password": PASSWORD});
                Self::new(app, anna, template, body("json"), body("csv"))
            }
            "/api/imports" => {
                let body = |name: &str| json!({"name": name, "bytes": 100});
                Self::new(app, anna, template, body("a.csv"), body("b.csv"))
            }
            other => panic!("{other} has no scene"),
        }
    }

    async fn breach(app: TestApp, template: &str) -> Self {
        if template == "/api/breaches" {
            app.officer("olga").await;
            let body = |what: &str| json!({"what": what, "noticed_at": "2026-11-23T08:30:00Z"});
            let anna = app.adviser("anna").await;
            return Self::new(app, anna, template, body("Een vreemde mail"), body("Een vreemd telefoontje"));
        }
        let (anna, bert, olga) = (app.adviser("anna").await, app.adviser("bert").await, app.officer("olga").await);
        for adviser in [&anna, &bert] {
            make(adviser, &example()).await;
        }
        app.clock.set("2026-11-23T10:00:00Z");
        olga.sign_in().await;
        let breach = suspect(&olga, "Een vreemde mail").await;
        let path = template.replace("/api/breaches/{id}", &breach);
        let window = |until: &str| json!({"from": "2026-11-23T08:00:00Z", "until": until});
        let found = affected(&olga, &breach, window("2026-11-23T10:00:00Z")).await;
        let again = affected(&olga, &breach, window("2026-11-23T09:59:00Z")).await;
        let cursor = |answer: &Value| json!({"cursor": answer["cursor"]});
        match template.rsplit('/').next().unwrap() {
            "steps" => Self::new(app, olga, path, named_step("annotated"), json!({"step": "annotated", "note": "Iets anders."})),
            "affected" => Self::new(app, olga, path, window("2026-11-23T10:00:00Z"), window("2026-11-23T09:00:00Z")),
            "keys" => Self::new(app, olga, path, json!({}), json!({"cursor": null})),
            "evidence" => Self::new(app, olga, path, cursor(&found), cursor(&again)),
            "letters" => {
                olga.post(&format!("{breach}/evidence"), cursor(&found)).await.expect(StatusCode::OK);
                took(&olga, &breach, named_step("became_aware")).await;
                let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
                let to = |name: &str| json!({"account": account_of(&accounts, name)});
                Self::new(app, olga, path, to("anna"), to("bert"))
            }
            other => panic!("{other} has no scene"),
        }
    }

    async fn processor(app: TestApp, template: &str) -> Self {
        let olga = app.officer("olga").await;
        match template {
            "/api/processors" => Self::new(app, olga, template, complete("Een B.V."), complete("Twee B.V.")),
            "/api/processors/platform" => Self::new(app, olga, template, None, json!({})),
            "/api/processors/{id}/publish" | "/api/processors/{id}/end" => {
                let made = olga.post("/api/processors", complete("Een B.V.")).await.expect(StatusCode::CREATED);
                let path = template.replace("/api/processors/{id}", made.header("location").unwrap());
                let version = made.header("etag").unwrap().to_owned();
                if template.ends_with("/publish") {
                    return Self { version: Some(version), ..Self::new(app, olga, path, None, json!({})) };
                }
                let publish = path.replace("/end", "/publish");
                let published = olga.request(Method::POST, &publish).header("if-match", &version).send().await.expect(StatusCode::OK);
                let body = |reason: &str| json!({"on": "2026-11-23", "reason": reason});
                let scene = Self::new(app, olga, path, body("Niet meer nodig"), body("Te duur"));
                Self { version: published.header("etag").map(str::to_owned), ..scene }
            }
            other => panic!("{other} has no scene"),
        }
    }

    async fn accounts(app: TestApp, template: &str) -> Self {
        let olga = app.officer("olga").await;
        match template {
            "/api/accounts" => {
                app.officer("otto").await;
                let body = |name: &str| json!({"username": name, "display_name": "Iris", "email": address(name), "role": "officer"});
                Self::new(app, olga, template, body("iris"), body("ivo"))
            }
            "/api/accounts/{id}/invite" => {
                app.invited("iris", Role::Adviser).await;
                let id = account_id(&olga, "iris").await;
                Self::new(app, olga, template.replace("{id}", &id), None, json!({}))
            }
            "/api/hand-overs" => {
                app.adviser("anna").await;
                app.adviser("bert").await;
                let (from, to) = (account_id(&olga, "anna").await, account_id(&olga, "bert").await);
                olga.post(&format!("/api/accounts/{from}/disable"), None).await.expect(StatusCode::NO_CONTENT);
                let body = |reason: &str| json!({"from": from, "to": to, "reason": reason});
                Self::new(app, olga, template, body("Anna gaat met pensioen"), body("Anna verhuist"))
            }
            other => panic!("{other} has no scene"),
        }
    }

    async fn ask(&self, key: &str, body: Option<&Value>) -> Reply {
        let request = self.actor.request(Method::POST, &self.path).header("idempotency-key", key).json(body.cloned());
        let request = if let Some(version) = &self.version { request.header("if-match", version) } else { request };
        request.send().await
    }

    /// How many there are of each sort of thing, and how many mails went out.
    async fn things(&self) -> BTreeMap<String, usize> {
        self.app.run_jobs().await;
        let mut things = BTreeMap::from([("mails sent".to_owned(), self.app.mails().len())]);
        for (spot, _) in Vault::of(&self.app).everything() {
            let sort = spot.id.split('-').next().unwrap();
            if ["identity", "client", "import", "export", "record", "step", "mail"].contains(&sort) {
                *things.entry(format!("{} {sort}", spot.container)).or_default() += 1;
            }
        }
        things
    }
}

fn makers() -> Vec<Route> {
    table().into_iter().filter(|route| route.keyed).collect()
}

#[test]
fn whatever_makes_something_takes_a_key_or_says_why_not() {
    let with_session = ["SignedIn", "Enrolled", "Adviser", "Officer"];
    for route in table().into_iter().filter(|route| route.method == "POST" && with_session.contains(&&*route.access)) {
        let says_why = WITHOUT.iter().any(|(path, _)| *path == route.path);
        assert!(route.keyed != says_why, "{} takes no key, and nobody says why", route.path);
    }
}

#[tokio::test]
async fn an_intention_is_carried_out_once() {
    let mut wrong = Vec::new();
    for route in makers() {
        let once = Scene::of(&route.path).await;
        let first = once.ask(KEY, once.body.as_ref()).await;
        assert!(first.status.is_success(), "{first:?}");
        let wanted = once.things().await;
        let scene = Scene::of(&route.path).await;
        let mut replies = together((0..2).map(|_| scene.ask(KEY, scene.body.as_ref()))).await;
        scene.things().await;
        scene.app.clock.advance(SignedDuration::from_secs(30));
        replies.push(scene.ask(KEY, scene.body.as_ref()).await);
        let things = scene.things().await;
        if things != wanted {
            wrong.push(format!("{}: {things:?}, not {wanted:?}", route.path));
        }
        if replies.iter().any(|reply| reply.status != first.status) {
            wrong.push(format!("{}: {replies:?}", route.path));
        }
        let is_export = route.path == "/api/exports";
        if first.status == StatusCode::CREATED && replies.iter().any(|reply| reply.json()["id"] != replies[0].json()["id"]) && !is_export {
            wrong.push(format!("{}: two things are answered: {replies:?}", route.path));
        }
        scene.app.verify().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_key_is_good_for_one_body_and_a_refusal_uses_none_up() {
    for route in makers() {
        let scene = Scene::of(&route.path).await;
        let refused = scene.ask(KEY, Some(&json!({"unknown": 1}))).await;
        assert!(refused.status.is_client_error(), "{refused:?}");
        let first = scene.ask(KEY, scene.body.as_ref()).await;
        assert!(first.status.is_success(), "{first:?}");
        if !SEARCHES.contains(&&*route.path) {
            scene.ask(KEY, Some(&scene.other)).await.expect_problem(StatusCode::CONFLICT, "idempotency_key_reused");
        }
        let again = scene.ask(KEY, scene.body.as_ref()).await;
        assert_eq!(again.status, first.status, "{again:?}");
        for key in ["", "x", &KEY.replace('-', "")] {
            let reply = scene.ask(key, scene.body.as_ref()).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
            assert_eq!(reply.json()["errors"], json!([{"pointer": "/Idempotency-Key", "code": "invalid_format"}]), "{key}");
        }
    }
}

/// Reports of suspicions: by two people with one key, and of one of them at two places.
#[tokio::test]
async fn a_key_is_of_one_account_and_one_route() {
    let app = TestApp::start().await;
    app.clock.set("2026-11-23T09:00:00Z");
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    let body = json!({"what": "Een vreemde mail", "noticed_at": "2026-11-23T08:30:00Z"});
    let report = async |actor: &Actor| {
        let request = actor.request(Method::POST, "/api/breaches").header("idempotency-key", KEY).json(body.clone());
        request.send().await.expect(StatusCode::CREATED).json()["id"].clone()
    };
    let (by_anna, by_olga) = (report(&anna).await, report(&olga).await);
    assert_ne!(by_anna, by_olga);
    let note = json!({"step": "annotated", "note": "Gebeld"});
    for breach in [by_anna, by_olga] {
        let path = format!("/api/breaches/{}/steps", breach.as_str().unwrap());
        let request = olga.request(Method::POST, &path).header("idempotency-key", KEY).json(note.clone());
        let steps = request.send().await.expect(StatusCode::OK).json()["steps"].as_array().unwrap().len();
        assert!(steps >= 2, "each breach has a note of its own");
    }
}

/// What was due then is not due any more, and what a retry says was seen has changed: it is answered all the same.
#[tokio::test]
async fn a_repeat_is_answered_with_what_has_become_of_it() {
    let scene = Scene::of("/api/processors/{id}/publish").await;
    let published = scene.ask(KEY, None).await.expect(StatusCode::OK);
    let path = scene.path.trim_end_matches("/publish");
    let end = scene.actor.request(Method::POST, &format!("{path}/end")).header("if-match", published.header("etag").unwrap());
    end.json(json!({"on": "2026-11-23", "reason": "Niet meer nodig"})).send().await.expect(StatusCode::OK);
    assert_eq!(scene.ask(KEY, None).await.expect(StatusCode::OK).json()["stage"], "ended");
}

/// A caller's clock may be two minutes ahead; a repeat is compared as it was sent.
#[tokio::test]
async fn a_moment_a_little_ahead_is_now() {
    let scene = Scene::of("/api/breaches").await;
    let report = async |key: &str, at: &str| scene.ask(key, Some(&json!({"what": "Iets", "noticed_at": at}))).await;
    report(KEY, "2026-11-23T09:02:00Z").await.expect(StatusCode::CREATED);
    let late = report("8e03978e-40d5-43e8-bc93-6894a57f9325", "2026-11-23T09:02:01Z").await;
    late.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    scene.app.clock.advance(SignedDuration::from_secs(30));
    report(KEY, "2026-11-23T09:02:00Z").await.expect(StatusCode::CREATED);
    let olga = scene.app.officer("otto").await;
    let items = olga.get("/api/breaches").await.expect(StatusCode::OK).json();
    assert_eq!(items["items"].as_array().unwrap().len(), 1);
    assert_eq!(items["items"][0]["suspicion"]["noticed_at"], "2026-11-23T09:00:00Z");
}
