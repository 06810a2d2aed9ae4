//! Repeated requests: when a connection closes without a response, the Functions host and browsers resend a request without a body. The
//! repeat gets the same response, changes nothing a second time, and leaves a usable cookie.
//!
//! Every route of the table that may change something and takes no body is covered automatically: a new one has no scene, and fails.

use crate::{
    clients::make,
    imports::{many, send},
    organisation::{fill_in, provider},
    processors::complete,
    samples::{contents, named},
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions},
        contract,
        faults::{Fault, Faults},
        register::account_id,
    },
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::sign_in::credentials::Role,
    http::routes::{Route, table},
};
use serde_json::{Value, json};
use std::time::Duration;

const SESSION: &str = "__Host-finrust";

/// What is requested, twice.
struct Scene {
    app: TestApp,
    actor: Actor,
    path: String,
    if_match: Option<String>,
}

/// Where the second response may differ in a member, and why.
const OTHERWISE: [(&str, &str, &str); 1] =
    [("POST /api/clients/{id}/report", "trail", "the data goes out twice, and the person may know: the second report tells of the first")];

#[test]
fn whatever_is_answered_otherwise_is_a_route_without_a_body() {
    let names: Vec<_> = bodiless().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert!(OTHERWISE.iter().all(|(name, ..)| names.iter().any(|known| known == name)), "{names:?}");
}

/// Approved hand-overs wait, so that they can still be stopped.
fn waiting(options: TestOptions) -> TestOptions {
    TestOptions { hand_over_wait: Duration::from_hours(48), ..options }
}

fn bodiless() -> Vec<Route> {
    // Routes with an optional body are called without one, too.
    let takes_body =
        |route: &Route| contract::document()["paths"][&route.path][route.method.to_lowercase()]["requestBody"]["required"] == true;
    let changes = |route: &Route| route.method != "GET" && route.access != "Job";
    table().into_iter().filter(|route| changes(route) && !takes_body(route)).collect()
}

/// The response, byte for byte, except for what may differ.
fn told(name: &str, reply: &Reply) -> Vec<u8> {
    let Some((_, member, _)) = OTHERWISE.iter().find(|(other, ..)| *other == name) else { return reply.body.clone() };
    let mut body = reply.json();
    body.as_object_mut().unwrap().remove(*member).unwrap();
    body.to_string().into_bytes()
}

impl Scene {
    fn new(app: TestApp, actor: Actor, path: impl Into<String>) -> Self {
        Self { app, actor, path: path.into(), if_match: None }
    }

    async fn of(route: &Route, app: TestApp) -> Self {
        match route.function {
            "accounts" => Self::account(app, &route.path).await,
            "hand-overs" => Self::hand_over(app, &route.path).await,
            "clients" => Self::file(app, &route.path).await,
            "imports" => Self::import(app, &route.path).await,
            "organisation" => Self::organisation(app, &route.path).await,
            "processors" => Self::processor(app, &route.path).await,
            "sessions" | "browsers" => Self::one_of_two(app, &route.path).await,
            "two-factor" => {
                let mut anna = app.adviser("anna").await;
                anna.enrol().await;
                Self::new(app, anna, &*route.path)
            }
            "session" | "logout" => {
                let anna = app.adviser("anna").await;
                Self::new(app, anna, &*route.path)
            }
            other => panic!("{other} has a new route without a body: what is asked for twice? {route:?}"),
        }
    }

    async fn account(app: TestApp, template: &str) -> Self {
        let olga = app.officer("olga").await;
        if template.ends_with("/confirm") {
            let otto = app.officer("otto").await;
            let oscar = json!({ "username": "oscar", "display_name": "Oscar", "email": "oscar@example.nl", "role": "officer" });
            let proposed = olga.post("/api/accounts", oscar).await.expect(StatusCode::CREATED).json();
            return Self::new(app, otto, template.replace("{id}", proposed["id"].as_str().unwrap()));
        }
        let is_new = template.ends_with("/invite") || template.ends_with("/{id}");
        let name = if is_new { "iris" } else { "anna" };
        if name == "iris" {
            app.invited(name, Role::Adviser).await
        } else {
            app.adviser(name).await
        };
        let id = account_id(&olga, name).await;
        if template.ends_with("/enable") {
            olga.post(&format!("/api/accounts/{id}/disable"), None).await.expect(StatusCode::NO_CONTENT);
        }
        Self::new(app, olga, template.replace("{id}", &id))
    }

    async fn hand_over(app: TestApp, template: &str) -> Self {
        let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
        for name in ["anna", "bert"] {
            app.adviser(name).await;
        }
        let (from, to) = (account_id(&olga, "anna").await, account_id(&olga, "bert").await);
        olga.post(&format!("/api/accounts/{from}/disable"), None).await.expect(StatusCode::NO_CONTENT);
        let proposal = json!({ "from": from, "to": to, "reason": "Anna gaat met pensioen" });
        let proposed = olga.post("/api/hand-overs", proposal).await.expect(StatusCode::CREATED).json();
        let id = proposed["id"].as_str().unwrap();
        if template.ends_with("/stop") {
            otto.post(&format!("/api/hand-overs/{id}/approve"), None).await.expect(StatusCode::OK);
        }
        Self::new(app, otto, template.replace("{id}", id))
    }

    async fn file(app: TestApp, template: &str) -> Self {
        let anna = app.adviser("anna").await;
        let (path, etag) = make(&anna, &named("Dijk")).await;
        let id = path.rsplit('/').next().unwrap();
        let path = template.replace("{id}", id);
        Self { if_match: Some(etag), ..Self::new(app, anna, path) }
    }

    async fn import(app: TestApp, template: &str) -> Self {
        let anna = app.adviser("anna").await;
        let path = send(&anna, many(2).as_bytes()).await;
        Self::new(app, anna, template.replace("{id}", path.rsplit('/').next().unwrap()))
    }

    async fn organisation(app: TestApp, path: &str) -> Self {
        let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
        fill_in(&app, &olga, &provider()).await.expect(StatusCode::ACCEPTED);
        Self::new(app, otto, path)
    }

    async fn processor(app: TestApp, template: &str) -> Self {
        let olga = app.officer("olga").await;
        let made = olga.post("/api/processors", complete("Voorbeeld B.V.")).await.expect(StatusCode::CREATED);
        let path = template.replace("{id}", made.json()["id"].as_str().unwrap_or_default());
        Self { if_match: made.header("etag").map(str::to_owned), ..Self::new(app, olga, path) }
    }

    /// A user's sessions, or browsers: this one and another.
    async fn one_of_two(app: TestApp, template: &str) -> Self {
        let anna = app.adviser("anna").await;
        anna.clone_as_new_browser().sign_in().await;
        let list = anna.get(template.trim_end_matches("/{id}")).await.expect(StatusCode::OK).json();
        let other = list["items"].as_array().unwrap().iter().find(|item| item["current"] == false).unwrap();
        let path = template.replace("{id}", other["id"].as_str().unwrap());
        Self::new(app, anna, path)
    }

    /// The same request byte for byte, with the cookies of the first time.
    async fn ask(&self, method: &str, cookies: &str) -> Reply {
        let request = self.actor.request(method.parse().unwrap(), &self.path).header("cookie", cookies);
        let request = if let Some(version) = &self.if_match { request.header("if-match", version) } else { request };
        request.send().await
    }
}

#[tokio::test]
async fn a_bodiless_request_that_comes_twice_is_answered_twice_alike() {
    let mut wrong = Vec::new();
    for route in bodiless() {
        let scene = Scene::of(&route, TestApp::start_with(waiting(TestOptions::default())).await).await;
        let name = format!("{} {}", route.method, route.path);
        let cookies = format!("{SESSION}={}", scene.actor.cookie(SESSION).unwrap());
        let first = scene.ask(route.method, &cookies).await;
        assert!(first.status.is_success(), "{first:?}");
        scene.app.run_jobs().await;
        let mails = scene.app.mails().len();
        let again = scene.ask(route.method, &cookies).await;
        if again.status != first.status || told(&name, &again) != told(&name, &first) {
            wrong.push(format!("{name}: first {first:?}, then {again:?}"));
        }
        if route.function != "logout" && !scene.actor.is_signed_in().await {
            wrong.push(format!("{name}: no cookie that can be used is left"));
        }
        scene.app.run_jobs().await;
        // Each invitation is a new one, as requested.
        if !route.path.ends_with("/invite") && scene.app.mails().len() != mails {
            wrong.push(format!("{name}: the second time notifies somebody again"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The second, third … database call of a request fails: if something was committed before, the response says whether the requested change
/// happened, so that nobody repeats it or believes it undone.
#[tokio::test]
async fn what_was_committed_before_the_database_went_away_is_told() {
    let mut wrong = Vec::new();
    for route in bodiless() {
        let name = format!("{} {}", route.method, route.path);
        for commits in 0..4 {
            let faults = Faults::default();
            let scene = Scene::of(&route, TestApp::start_with(waiting(faults.options())).await).await;
            let cookies = format!("{SESSION}={}", scene.actor.cookie(SESSION).unwrap());
            faults.forget();
            // First, reads fail after the first commit; then the second commit fails, the third, the fourth.
            if commits == 0 {
                faults.reads_after_commit();
            } else {
                faults.after(commits, Fault::Unavailable);
            }
            let reply = scene.ask(route.method, &cookies).await;
            let tried = faults.forget();
            let committed = if commits == 0 { tried } else { tried.min(commits) };
            let told = reply.status != StatusCode::SERVICE_UNAVAILABLE || reply.json()["done"].is_boolean();
            if committed > 0 && !told {
                wrong.push(format!("{name} after {committed} commits: {reply:?}"));
            }
            assert!(reply.status.is_success() || reply.status == StatusCode::SERVICE_UNAVAILABLE, "{name}: {reply:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The session being ended is the one that asks: its cookie becomes invalid, and the response is the same.
#[tokio::test]
async fn a_session_that_ends_itself_is_told_so_twice() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let copy = anna.clone_as_new_browser();
    copy.set_cookie(SESSION, &anna.cookie(SESSION).unwrap());
    let list = anna.get("/api/sessions").await.expect(StatusCode::OK).json();
    let own = list["items"].as_array().unwrap().iter().find(|item| item["current"] == true).unwrap();
    let path = format!("/api/sessions/{}", own["id"].as_str().unwrap());
    for _ in 0..2 {
        copy.delete(&path).await.expect(StatusCode::NO_CONTENT);
        assert!(!copy.is_signed_in().await);
    }
    let other = app.adviser("bert").await;
    other.delete(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    other.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    other.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
}

/// A copy of the old cookie is useless once the new one was used, from another browser, or later.
#[tokio::test]
async fn a_renewed_cookie_is_told_again_to_the_same_request_only() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for used in [false, true] {
        anna.sign_in().await;
        let copies = |ip, user_agent: &str| {
            let mut copy = anna.clone_as_new_browser();
            (copy.ip, copy.user_agent) = (ip, user_agent.to_owned());
            copy.set_cookie(SESSION, &anna.cookie(SESSION).unwrap());
            copy
        };
        let [same, later] = [copies(anna.ip, &anna.user_agent), copies(anna.ip, &anna.user_agent)];
        let thieves = [copies("203.0.113.8".parse().unwrap(), &anna.user_agent), copies(anna.ip, "Another")];
        let first = anna.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
        for thief in thieves {
            thief.delete("/api/sessions").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
        }
        if used {
            assert!(anna.is_signed_in().await);
            same.delete("/api/sessions").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
            continue;
        }
        let again = same.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
        assert_eq!(again.set_cookie(SESSION), first.set_cookie(SESSION));
        assert_eq!(again.set_cookie("__Host-finrust-device"), first.set_cookie("__Host-finrust-device"));
        app.clock.advance(jiff::SignedDuration::from_secs(10));
        later.delete("/api/sessions").await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
}

/// Reads write nothing but when a session was last used, whatever is read and however often.
#[tokio::test]
async fn reading_changes_nothing() {
    let office = crate::bad_input::Office::open().await;
    let before = contents(&office.app);
    for route in table().into_iter().filter(|route| route.method == "GET" && route.access != "Job") {
        let path = route.path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962").replace("{*path}", "x");
        for method in [Method::GET, Method::HEAD] {
            let reply = office.who_may(&route).request(method, &path).send().await;
            assert!(!reply.status.is_server_error(), "{reply:?}");
        }
    }
    assert_eq!(contents(&office.app), before);
}

/// What did not exist still does not, however often it is requested.
#[tokio::test]
async fn what_this_session_has_not_deleted_is_not_found() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let (file, version) = make(&anna, &named("Dijk")).await;
    let import = send(&anna, many(2).as_bytes()).await;
    let (anna, bert) = (&anna, &bert);
    anna.request(Method::DELETE, &file).header("if-match", &version).send().await.expect(StatusCode::NO_CONTENT);
    anna.delete(&import).await.expect(StatusCode::NO_CONTENT);
    let elsewhere = anna.clone_as_new_browser();
    elsewhere.sign_in().await;
    for other in [bert, &elsewhere] {
        for path in [&file, &import] {
            let reply = other.request(Method::DELETE, path).header("if-match", &version).send().await;
            reply.expect_problem(StatusCode::NOT_FOUND, "not_found");
        }
    }
    let items: Value = anna.get("/api/imports").await.expect(StatusCode::OK).json();
    assert_eq!(items["items"], json!([]));
}
