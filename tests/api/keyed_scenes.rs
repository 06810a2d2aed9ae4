//! What a user wants done on each route that takes a key.

use crate::{
    breach_affected::{account_of, affected},
    breach_steps::{named_step, suspect, took},
    clients::make,
    processors::complete,
    requests::{access_by, enter},
    samples::{example, named},
    support::{
        actor::{Actor, Reply},
        app::{PASSWORD, TestApp, TestOptions, address},
        register::account_id,
    },
    vault::Vault,
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::sign_in::credentials::Role,
    http::routes::{Route, table},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The idempotency key of the request.
pub const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

/// What a user wants done.
pub struct Scene {
    pub app: TestApp,
    pub actor: Actor,
    pub path: String,
    pub body: Option<Value>,
    /// Something else to be done on the same route.
    pub other: Value,
    pub version: Option<String>,
    template: String,
}

impl Scene {
    fn new(app: TestApp, actor: Actor, path: impl Into<String>, body: impl Into<Option<Value>>, other: Value) -> Self {
        Self { app, actor, path: path.into(), body: body.into(), other, version: None, template: String::new() }
    }

    pub async fn of(template: &str) -> Self {
        Self::on(template, TestOptions::default()).await
    }

    /// A copy of the scene, on a service with these options.
    pub async fn again(&self, options: TestOptions) -> Self {
        if !self.app.can_be_copied() {
            return Self::on(&self.template, options).await;
        }
        let app = self.app.copied(options).await;
        let (actor, path, body, other) = (app.same(&self.actor), self.path.clone(), self.body.clone(), self.other.clone());
        Self { version: self.version.clone(), template: self.template.clone(), ..Self::new(app, actor, path, body, other) }
    }

    /// The scene on a service with these options.
    pub async fn on(template: &str, options: TestOptions) -> Self {
        let app = TestApp::start_with(options).await;
        app.clock.set("2026-11-23T09:00:00Z");
        let scene = match template.split('/').nth(2).unwrap() {
            "clients" | "requests" | "imports" | "exports" => Self::adviser(app, template).await,
            "breaches" => Self::breach(app, template).await,
            "processors" => Self::processor(app, template).await,
            "accounts" | "hand-overs" => Self::accounts(app, template).await,
            other => panic!("{other} has a route without a scene: {template}"),
        };
        Self { template: template.to_owned(), ..scene }
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

    pub async fn ask(&self, key: &str, body: Option<&Value>) -> Reply {
        self.ask_as(&self.actor, key, body).await
    }

    /// Sends the request as another user or on another instance.
    pub async fn ask_as(&self, actor: &Actor, key: &str, body: Option<&Value>) -> Reply {
        let request = actor.request(Method::POST, &self.path).header("idempotency-key", key).json(body.cloned());
        let request = if let Some(version) = &self.version { request.header("if-match", version) } else { request };
        request.send().await
    }

    /// How many objects of each kind there are, and how many mails were sent.
    pub async fn things(&self) -> BTreeMap<String, usize> {
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

/// The routes that take a key.
pub fn makers() -> Vec<Route> {
    table().into_iter().filter(|route| route.keyed).collect()
}
