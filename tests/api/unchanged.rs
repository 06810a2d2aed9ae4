//! A `PUT` that changes nothing creates no version, no entry and no mail, and the etag that the caller has seen stays current.
//!
//! Every `PUT` of the route table is covered automatically: a new one has no scene, and fails.

use crate::{
    breach_steps::{facts, suspect, write},
    clients::make,
    imports::{many, send},
    organisation,
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
use std::collections::BTreeSet;

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

    #[expect(clippy::cognitive_complexity, reason = "a table: a scene for each route")]
    async fn of(app: &TestApp, template: &str) -> Option<Self> {
        Some(match template {
            // Setting the same password again is meant to end other sessions. The firm takes a code, which works once: `organisation` puts
            // back what it got.
            "/api/account/password" | organisation::PATH => return None,
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
            "/api/accounts/{id}/controller" => {
                let olga = app.officer("olga").await;
                app.adviser("anna").await;
                let (id, body) = (account_id(&olga, "anna").await, json!({"name": "Kantoor Dijk", "address": "Markt 2, Delft"}));
                let path = template.replace("{id}", &id);
                olga.put(&path, body.clone()).await.expect(StatusCode::NO_CONTENT);
                Self::new(olga, path, body)
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

/// What of an answer to `GET` is put back.
fn part<'a>(template: &str, answer: &'a Value) -> &'a Value {
    match template {
        "/api/breaches/{id}" => &answer["record"]["facts"],
        "/api/processors/{id}" => &answer["entry"],
        _ => answer,
    }
}

#[tokio::test]
async fn what_is_got_is_put_back_and_writes_nothing() {
    let routes = table();
    let mut seen = Vec::new();
    for route in routes.iter().filter(|route| route.method == "PUT") {
        if !routes.iter().any(|other| other.method == "GET" && other.path == route.path) {
            continue;
        }
        let faults = Faults::default();
        let app = TestApp::start_with(faults.options()).await;
        let Some(scene) = Scene::of(&app, &route.path).await else { continue };
        let before = scene.actor.get(&scene.path).await.expect(StatusCode::OK);
        let body = part(&route.path, &before.json()).clone();
        let scene = Scene { body, ..scene };
        faults.forget();
        let reply = scene.put(version(&before).as_deref()).await;
        assert!(reply.status.is_success(), "{reply:?}");
        assert_eq!((version(&reply), faults.commits()), (version(&before), 0), "{}", route.path);
        assert_eq!(scene.actor.get(&scene.path).await.json(), before.json(), "{}", route.path);
        app.verify().await;
        seen.push(route.path.clone());
    }
    assert_eq!(seen, ["/api/account", "/api/clients/{id}", "/api/retention", "/api/breaches/{id}", "/api/processors/{id}"]);
}

/// Puts back what was got with other values in some members; returns the code of each refused field.
async fn with(scene: &Scene, before: &Reply, other: Value) -> Vec<(String, String)> {
    let mut body = before.json();
    body.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    let reply =
        scene.actor.request(Method::PUT, &scene.path).header("if-match", &version(before).unwrap_or_default()).json(body).send().await;
    if reply.status.is_success() {
        return Vec::new();
    }
    let problem = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    problem["errors"].as_array().unwrap().iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
}

#[tokio::test]
async fn of_what_cannot_be_changed_another_value_is_refused_and_changes_nothing() {
    for (template, fixed, computed, edit) in [
        (
            "/api/account",
            &["username", "email", "role"][..],
            &["two_factor", "password_changed_at", "created_at"][..],
            json!({"display_name": "Anna van Dijk"}),
        ),
        ("/api/clients/{id}", &["id"], &["created_at", "updated_at", "overview", "warnings"], json!({"notes": "anders"})),
    ] {
        let app = TestApp::start().await;
        let scene = Scene::of(&app, template).await.unwrap();
        let before = scene.actor.get(&scene.path).await.expect(StatusCode::OK);
        for name in fixed {
            let stored = before.json()[name].as_str().unwrap().to_owned();
            let others = [
                json!("0198c0de-0000-7000-8000-000000000000"),
                json!(stored.to_uppercase()),
                json!(format!(" {stored}")),
                json!(""),
                json!(7),
                json!([]),
                json!({}),
            ];
            for other in others {
                let mut sent = edit.clone();
                sent[name] = other;
                let refused = with(&scene, &before, sent.clone()).await;
                assert_eq!(refused, [(format!("/{name}"), "read_only".to_owned())], "{sent}");
            }
        }
        // All of it is named, beside what is wrong by itself.
        let mut sent = json!({"surprise": 1});
        for name in fixed {
            sent[name] = json!("x");
        }
        let mut expected = vec![("/surprise".to_owned(), "unknown_field".to_owned())];
        expected.extend(fixed.iter().map(|name| (format!("/{name}"), "read_only".to_owned())));
        assert_eq!(with(&scene, &before, sent).await, expected);
        assert_eq!(scene.actor.get(&scene.path).await.json(), before.json(), "{template}: nothing changed");
        // What is computed may be anything, and nothing of it stays.
        let mut sent = edit.clone();
        for name in fixed {
            sent[name] = Value::Null;
        }
        for name in computed {
            sent[name] = json!({"of": "another time"});
        }
        assert_eq!(with(&scene, &before, sent).await, []);
        let after = scene.actor.get(&scene.path).await.json();
        let (name, value) = edit.as_object().unwrap().iter().next().unwrap();
        assert_eq!(&after[name], value);
        assert!(computed.iter().all(|name| *name == "updated_at" || after[name] == before.json()[name]), "{after}");
    }
}

#[tokio::test]
async fn what_is_made_says_nothing_of_what_only_the_server_writes() {
    let app = TestApp::start().await;
    let scene = Scene::of(&app, "/api/clients/{id}").await.unwrap();
    let got = scene.actor.get(&scene.path).await.json();
    let problem = scene.actor.post("/api/clients", got).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap().iter();
    let refused: BTreeSet<_> = errors.map(|error| (text(&error["pointer"]), text(&error["code"]))).collect();
    let expected = ["/created_at", "/id", "/overview", "/updated_at"].map(|pointer| (pointer.to_owned(), "unknown_field".to_owned()));
    assert_eq!(refused, BTreeSet::from(expected));
}
