//! Who can reach what, by walking the route table: anonymous and half-signed-in callers reach nothing, and nobody reaches another's client
//! file.

use crate::{
    clients::make,
    samples::{contents, example, named},
    support::{
        actor::{Actor, Reply},
        app::{TestApp, TestOptions},
    },
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::sign_in::credentials::Role,
    http::routes::{Route, table},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const UNKNOWN: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

/// Sends roughly what the route takes: the access rule is checked before the body.
async fn call(actor: &Actor, route: &Route, id: &str) -> Reply {
    let method: Method = route.method.parse().unwrap();
    let body = matches!(route.method, "POST" | "PUT").then(|| json!({}));
    actor.request(method, &route.path.replace("{id}", id).replace("{part}", "0")).json(body).send().await
}

fn routes(access: &[&str]) -> Vec<Route> {
    let found: Vec<_> = table().into_iter().filter(|route| access.contains(&route.access.as_str())).collect();
    assert!(!found.is_empty(), "{access:?}");
    found
}

#[test]
fn every_route_has_one_rule_and_a_known_function() {
    let table = table();
    let places: BTreeSet<_> = table.iter().map(|route| (&route.path, route.method)).collect();
    assert_eq!(places.len(), table.len(), "no route is in the table twice");
    let rules = ["Public", "SecondFactorDue", "NewPasswordDue", "Choosing", "SignedIn", "Enrolled", "Adviser", "Officer", "Job"];
    for route in &table {
        assert!(rules.contains(&route.access.as_str()), "{route:?}: a rule that this suite does not know");
    }
    let functions: BTreeSet<_> = table.iter().map(|route| route.function).collect();
    let expected = [
        "account",
        "accounts",
        "breach-letters",
        "breaches",
        "browsers",
        "clients",
        "exports",
        "hand-overs",
        "health",
        "imports",
        "login",
        "login-attempts",
        "logout",
        "maintenance",
        "openapi",
        "organisation",
        "password-check",
        "password-reset",
        "processors",
        "requests",
        "retention",
        "send-mail",
        "session",
        "sessions",
        "two-factor",
        "website",
    ];
    assert_eq!(functions, expected.into());
}

#[test]
fn what_anyone_may_call_is_a_short_list() {
    let public: BTreeSet<_> = routes(&["Public"]).into_iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    let expected = [
        "GET /",
        "GET /.well-known/change-password",
        "GET /.well-known/security.txt",
        "GET /api/health",
        "GET /api/openapi.json",
        "GET /api/processors/public",
        "GET /assets/{*path}",
        "GET /problems/{code}",
        "POST /api/login",
        "POST /api/logout",
        "POST /api/password-reset",
    ];
    assert_eq!(public, expected.map(str::to_owned).into());
    let jobs: BTreeSet<_> = routes(&["Job"]).into_iter().map(|route| route.path).collect();
    assert_eq!(jobs, ["/maintenance".to_owned(), "/send-mail".to_owned()].into());
}

#[test]
fn client_files_are_for_advisers_and_registers_for_officers() {
    let of = |rule: &str| -> BTreeSet<&'static str> { routes(&[rule]).into_iter().map(|route| route.function).collect() };
    assert_eq!(of("Adviser"), ["breach-letters", "clients", "exports", "hand-overs", "imports", "requests", "retention"].into());
    assert_eq!(of("Officer"), ["accounts", "breaches", "hand-overs", "organisation", "processors"].into());
    for route in table() {
        let expected = match (route.function, route.method, route.path.as_str()) {
            // These are visible to the adviser only.
            ("clients" | "imports" | "exports" | "breach-letters" | "requests" | "retention", ..)
            | ("hand-overs", _, "/api/hand-overs/received") => "Adviser",
            // For a hand-over, either adviser or any officer may call it; the flow decides.
            // Everybody may know who runs the deployment.
            ("breaches", "POST", "/api/breaches") | ("hand-overs", "POST", "/api/hand-overs/{id}/stop") | ("organisation", "GET", _) => {
                "Enrolled"
            }
            ("processors", "GET", "/api/processors/public") => "Public",
            ("accounts" | "breaches" | "hand-overs" | "organisation" | "processors", ..) => "Officer",
            _ => continue,
        };
        assert_eq!(route.access, expected, "{route:?}");
    }
}

#[tokio::test]
async fn a_stranger_is_asked_to_sign_in() {
    let app = TestApp::start().await;
    let (path, _) = make(&app.adviser("anna").await, &example()).await;
    let (before, stranger) = (contents(&app), app.anonymous());
    for route in table().iter().filter(|route| !matches!(route.access.as_str(), "Public" | "Job")) {
        for id in [path.rsplit('/').next().unwrap(), UNKNOWN] {
            call(&stranger, route, id).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
        }
    }
    assert_eq!(contents(&app), before);
}

#[tokio::test]
async fn who_owes_the_second_factor_reaches_that_step_only() {
    let app = TestApp::start().await;
    let half = app.half_signed_in("anna").await;
    let before = contents(&app);
    for route in routes(&["Choosing", "SignedIn", "Enrolled", "Adviser", "Officer"]) {
        call(&half, &route, UNKNOWN).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
    for route in routes(&["NewPasswordDue"]) {
        call(&half, &route, UNKNOWN).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    }
    assert_eq!(contents(&app), before);
    half.post("/api/login/two-factor", json!({"code": half.code()})).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn who_owes_a_new_password_reaches_that_step_only() {
    let app = TestApp::start().await;
    let iris = app.invited("iris", Role::Adviser).await;
    iris.log_in().await.expect(StatusCode::OK);
    let before = contents(&app);
    for route in routes(&["SignedIn", "Enrolled", "Adviser", "Officer"]) {
        call(&iris, &route, UNKNOWN).await.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
    for route in routes(&["SecondFactorDue"]) {
        call(&iris, &route, UNKNOWN).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    }
    assert_eq!(contents(&app), before);
}

#[tokio::test]
async fn who_is_signed_in_owes_no_step() {
    let app = TestApp::start().await;
    for actor in [app.adviser("anna").await, app.officer("olga").await] {
        for route in routes(&["SecondFactorDue", "NewPasswordDue"]) {
            call(&actor, &route, UNKNOWN).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
        }
    }
}

#[tokio::test]
async fn an_officer_must_enrol_before_anything_else() {
    let app = TestApp::start().await;
    let otto = app.officer_without_second_factor("otto").await;
    let before = contents(&app);
    for route in routes(&["Choosing", "Enrolled", "Adviser", "Officer"]) {
        call(&otto, &route, UNKNOWN).await.expect_problem(StatusCode::FORBIDDEN, "two_factor_required");
    }
    assert_eq!(contents(&app), before);
    otto.get("/api/session").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn advisers_and_officers_do_not_reach_each_others_part() {
    let app = TestApp::start().await;
    let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
    let (path, _) = make(&anna, &example()).await;
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    let account = accounts["items"][0]["id"].as_str().unwrap();
    let before = contents(&app);
    for route in routes(&["Officer"]) {
        call(&anna, &route, account).await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
    }
    for route in routes(&["Adviser"]) {
        for id in [path.rsplit('/').next().unwrap(), UNKNOWN] {
            call(&olga, &route, id).await.expect_problem(StatusCode::FORBIDDEN, "forbidden");
        }
    }
    assert_eq!(contents(&app), before);
}

/// Status, headers and body, for a byte-by-byte comparison.
fn bytes(reply: &Reply) -> Vec<Vec<u8>> {
    let headers = reply.headers.iter().map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes()].concat());
    let mut parts: Vec<_> = headers.chain([reply.status.as_str().into()]).collect();
    parts.sort();
    parts.push(reply.body.clone());
    parts
}

#[tokio::test]
async fn a_file_of_another_adviser_is_like_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let (path, version) = make(&anna, &example()).await;
    let id = path.rsplit('/').next().unwrap();
    make(&bert, &named("Bakker")).await;
    let before = contents(&app);
    let bodies = [None, Some(named("Taken")), Some(json!({})), Some(json!([1]))];
    let mut asked = 0;
    for route in routes(&["Adviser"]).iter().filter(|route| route.path.starts_with("/api/clients/{id}")) {
        for body in &bodies {
            for if_match in [None, Some(version.as_str()), Some("\"other\""), Some("*")] {
                let ask = async |id: &str| {
                    let request = bert.request(route.method.parse().unwrap(), &route.path.replace("{id}", id)).json(body.clone());
                    let request = if let Some(tag) = if_match { request.header("if-match", tag) } else { request };
                    request.send().await
                };
                let (of_anna, of_nobody) = (ask(id).await, ask(UNKNOWN).await);
                assert_eq!(bytes(&of_anna), bytes(&of_nobody), "{route:?} {body:?} {if_match:?}");
                assert!(of_anna.status.is_client_error(), "{of_anna:?}");
                let well_formed = route.method == "GET"
                    || route.method == "PUT" && body == &Some(named("Taken"))
                    || (route.method == "DELETE" && body.is_none());
                assert!(
                    !well_formed || route.method == "DELETE" && body.is_some() || of_anna.status == StatusCode::NOT_FOUND,
                    "{of_anna:?}"
                );
                asked += 1;
            }
        }
    }
    assert_eq!(asked, 9 * 4 * 4, "reading, replacing, deleting, and what the person in it may ask for");
    assert_eq!(contents(&app), before);
    anna.get(&path).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_search_finds_the_own_files_only() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    make(&anna, &example()).await;
    make(&bert, &named("Bakker")).await;
    for body in [json!({}), json!({"sort": "updated_at"}), json!({"text": "a"}), json!({"limit": 200})] {
        let found = bert.post("/api/clients/search", body).await.expect(StatusCode::OK).json();
        let names: Vec<&Value> = found["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
        assert_eq!(names, ["Bakker"]);
    }
    let found = bert.post("/api/clients/search", json!({"text": "dijk"})).await.expect(StatusCode::OK).json();
    assert_eq!(found["items"], json!([]));
}

#[tokio::test]
async fn sessions_of_another_account_are_out_of_reach() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let of_anna = anna.get("/api/sessions").await.expect(StatusCode::OK).json()["items"][0]["id"].as_str().unwrap().to_owned();
    for id in [of_anna.as_str(), UNKNOWN, "x"] {
        bert.delete(&format!("/api/sessions/{id}")).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
    bert.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
    assert!(anna.is_signed_in().await && bert.is_signed_in().await);
}

#[tokio::test]
async fn nobody_outside_posts_a_job() {
    let app = TestApp::start_with(TestOptions { behind_host: true, ..TestOptions::default() }).await;
    let anna = app.adviser("anna").await;
    for route in routes(&["Job"]) {
        for actor in [&app.anonymous(), &anna] {
            for method in [Method::POST, Method::GET, Method::PUT, Method::OPTIONS] {
                let reply = actor.request(method, &route.path).json(json!({"Data": {}})).send().await;
                reply.expect_problem(StatusCode::NOT_FOUND, "not_found");
            }
        }
        for forwarded in ["x-forwarded-for", "x-forwarded-host", "X-Forwarded-Proto", "x-forwarded-anything"] {
            let value = if forwarded == "X-Forwarded-Proto" { "https" } else { "x" };
            let reply = app.functions_host().request(Method::POST, &route.path).header(forwarded, value).json(json!({})).send().await;
            reply.expect_problem(StatusCode::NOT_FOUND, "not_found");
        }
    }
}

#[tokio::test]
async fn without_the_host_there_are_no_jobs_to_post() {
    let app = TestApp::start().await;
    for route in routes(&["Job"]) {
        call(&app.anonymous(), &route, "").await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn what_carries_no_trace_of_a_proxy_reaches_jobs_and_the_ready_probe_only() {
    let app = TestApp::start_with(TestOptions { behind_host: true, ..TestOptions::default() }).await;
    let host = app.functions_host();
    for route in table().iter().filter(|route| route.access != "Job" && route.path != "/") {
        call(&host, route, UNKNOWN).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
    host.get("/").await.expect(StatusCode::OK);
}
