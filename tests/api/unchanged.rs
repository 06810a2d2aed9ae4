//! A `PUT` that changes nothing creates no version, no entry and no mail, and the etag that the caller has seen stays current.
//!
//! Every `PUT` of the route table is covered automatically: a new one has no scene, and fails.

use crate::{
    breach_steps::{facts, suspect, write},
    clients::make,
    imports::{many, send},
    processors::complete,
    samples::example,
    support::{
        actor::{Actor, Reply},
        app::{PASSWORD, TestApp, address},
        faults::Faults,
        register::account_id,
    },
};
use axum::http::{Method, StatusCode};
use data_encoding::BASE64;
use finrust::{domain::sign_in::credentials::Role, http::routes::table};
use serde_json::{Value, json};

/// Who puts what where, and its current version.
struct Scene {
    actor: Actor,
    path: String,
    body: Value,
    version: Option<String>,
    /// Commits of the authentication itself: a password attempt is recorded whatever comes of it.
    judged_by: usize,
}

impl Scene {
    fn new(actor: Actor, path: impl Into<String>, body: Value) -> Self {
        Self { actor, path: path.into(), body, version: None, judged_by: 0 }
    }

    async fn of(app: &TestApp, template: &str) -> Option<Self> {
        Some(match template {
            // Setting the same password again is meant to end other sessions.
            "/api/account/password" => return None,
            "/api/account" => {
                let body = json!({"display_name": "Anna", "language": "en"});
                let anna = app.adviser("anna").await;
                anna.put(template, body.clone()).await.expect(StatusCode::NO_CONTENT);
                Self::new(anna, template, body)
            }
            "/api/account/email" => {
                let body = json!({"current_password": PASSWORD, "email": address("anna")});
                Self { judged_by: 1, ..Self::new(app.adviser("anna").await, template, body) }
            }
            "/api/accounts/{id}/email" => {
                let olga = app.officer("olga").await;
                app.invited("iris", Role::Adviser).await;
                let id = account_id(&olga, "iris").await;
                Self::new(olga, template.replace("{id}", &id), json!({"email": address("iris")}))
            }
            "/api/clients/{id}" => {
                let anna = app.adviser("anna").await;
                let (path, version) = make(&anna, &example()).await;
                Self { version: Some(version), ..Self::new(anna, path, example()) }
            }
            "/api/imports/{id}/parts/{part}" => {
                let (anna, table) = (app.adviser("anna").await, many(2));
                let path = send(&anna, table.as_bytes()).await;
                Self::new(anna, format!("{path}/parts/0"), json!({"data": BASE64.encode(table.as_bytes())}))
            }
            "/api/retention" => {
                let body = json!({"months": 84, "reason": "Wft"});
                let anna = app.adviser("anna").await;
                anna.put(template, body.clone()).await.expect(StatusCode::NO_CONTENT);
                Self::new(anna, template, body)
            }
            "/api/breaches/{id}" => {
                let olga = app.officer("olga").await;
                let path = suspect(&olga, "Een vreemde mail").await;
                let written = write(&olga, &path, facts()).await.expect(StatusCode::OK);
                Self { version: version(&written), ..Self::new(olga, path, facts()) }
            }
            "/api/processors/{id}" => {
                let olga = app.officer("olga").await;
                let made = olga.post("/api/processors", complete("Voorbeeld B.V.")).await.expect(StatusCode::CREATED);
                let path = made.header("location").unwrap().to_owned();
                Self { version: version(&made), ..Self::new(olga, path, complete("Voorbeeld B.V.")) }
            }
            other => panic!("{other} has no scene: what is put there?"),
        })
    }

    async fn put(&self, version: Option<&str>) -> Reply {
        let request = self.actor.request(Method::PUT, &self.path).json(self.body.clone());
        let request = if let Some(version) = version { request.header("if-match", version) } else { request };
        request.send().await
    }
}

fn version(reply: &Reply) -> Option<String> {
    reply.header("etag").map(str::to_owned)
}

#[tokio::test]
async fn what_is_put_as_it_is_writes_nothing() {
    for route in table().into_iter().filter(|route| route.method == "PUT") {
        let faults = Faults::default();
        let app = TestApp::start_with(faults.options()).await;
        let Some(scene) = Scene::of(&app, &route.path).await else { continue };
        app.run_jobs().await;
        let mails = app.mails().len();
        for _ in 0..2 {
            faults.forget();
            let reply = scene.put(scene.version.as_deref()).await;
            assert!(reply.status.is_success(), "{reply:?}");
            assert_eq!((version(&reply), faults.commits()), (scene.version.clone(), scene.judged_by), "{}", route.path);
        }
        app.run_jobs().await;
        assert_eq!(app.mails().len(), mails, "{}", route.path);
        if scene.version.is_some() {
            scene.put(None).await.expect_problem(StatusCode::PRECONDITION_REQUIRED, "version_missing");
            scene.put(Some("\"another\"")).await.expect_problem(StatusCode::PRECONDITION_FAILED, "version_mismatch");
        }
        scene.actor.clone_as_new_browser().request(Method::PUT, &scene.path).json(scene.body).send().await.expect(StatusCode::UNAUTHORIZED);
        app.verify().await;
    }
}
