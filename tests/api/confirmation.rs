//! Re-authentication within a session: every route that asks for a password or a code checks it in the same way.

use crate::{
    clients::make,
    organisation,
    rights::take,
    samples::example,
    support::{
        actor::{Actor, Reply, seed},
        app::{OTHER_PASSWORD, PASSWORD, TestApp},
        between::Between,
        register::{count, outcomes},
    },
};
use axum::http::{Method, StatusCode};
use finrust::{domain::sign_in::attempt::Outcome, http::routes::openapi_document, ports::Clock};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, task::JoinSet};

const WRONG: &str = "geraden wachtwoord";

/// A route that asks a signed-in adviser for the password, found in the OpenAPI document.
#[derive(Clone, Debug)]
struct Asking {
    method: Method,
    path: String,
    /// Its body with the correct password, without a second factor.
    body: Map<String, Value>,
    field: &'static str,
    takes_code: bool,
}

/// Every such route. A new one with an unknown member fails here until the member is added.
fn asking() -> Vec<Asking> {
    let document = openapi_document();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) else { continue };
            let schema = &document["components"]["schemas"][name];
            let field = ["password", "current_password"].into_iter().find(|field| schema["properties"].get(field).is_some());
            // A password that is being chosen is not a guess.
            let is_a_guess = operation["security"] != json!([]) && !path.starts_with("/api/login") && path != "/api/password-check";
            let Some(field) = field.filter(|_| is_a_guess) else { continue };
            let required = schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            let value = |name: &str| match name {
                "password" | "current_password" => json!(PASSWORD),
                "new_password" => json!(OTHER_PASSWORD),
                "email" => json!("elders@example.nl"),
                "format" => json!("json"),
                "no_legal_duty" => json!(true),
                other => panic!("{method} {path}: what is {other}?"),
            };
            let body = required.map(|name| (name.to_owned(), value(name))).collect();
            let takes_code = schema["properties"].get("code").is_some();
            let method = method.to_uppercase().parse().unwrap();
            found.push(Asking { method, path: path.clone(), body, field, takes_code });
        }
    }
    assert!(found.len() >= 8, "{found:?}");
    found
}

/// Methods and paths of these routes.
pub fn routes() -> BTreeSet<(String, String)> {
    asking().into_iter().map(|route| (route.method.to_string(), route.path)).collect()
}

/// Anna with a second factor and a file that is marked for erasure.
async fn anna(app: &TestApp) -> (Actor, String) {
    let mut anna = app.adviser("anna").await;
    anna.enrol().await;
    let (path, _) = make(&anna, &example()).await;
    take(&anna, &path, "mark", json!({"ground": "no_longer_needed"})).await;
    app.clock.advance(SignedDuration::from_mins(2));
    (anna, path.rsplit('/').next().unwrap().to_owned())
}

impl Asking {
    /// Whoever may call it, by the name of Anna, and the file that it is about.
    async fn caller(&self, app: &TestApp) -> (Actor, String) {
        if self.path != organisation::PATH {
            return anna(app).await;
        }
        let anna = app.officer("anna").await;
        app.clock.advance(SignedDuration::from_mins(2));
        (anna, String::new())
    }

    /// A code that is not checked is not used up.
    async fn ask(&self, actor: &Actor, file: &str, password: &str, code: &str) -> Reply {
        let mut body = self.body.clone();
        body.insert(self.field.to_owned(), json!(password));
        if self.takes_code {
            body.insert("code".to_owned(), json!(code));
        }
        self.send(actor, file, body).await
    }

    async fn send(&self, actor: &Actor, file: &str, body: Map<String, Value>) -> Reply {
        let request = actor.request(self.method.clone(), &self.path.replace("{id}", file));
        let request = if self.path == organisation::PATH { request.header("if-match", &organisation::tag(actor).await) } else { request };
        request.json(Value::Object(body)).send().await
    }
}

#[tokio::test]
async fn every_route_that_asks_for_the_password_records_it_and_waits_like_the_door() {
    for route in asking() {
        let app = TestApp::start().await;
        let (anna, file) = route.caller(&app).await;
        let (before, code) = (count(&app, "anna", Outcome::ConfirmedPassword).await, anna.code());
        for _ in 0..5 {
            route.ask(&anna, &file, WRONG, &code).await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
        }
        assert_eq!(count(&app, "anna", Outcome::WrongPasswordInSession).await, 5, "{route:?}");
        let early = route.ask(&anna, &file, PASSWORD, &code).await;
        early.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
        assert_eq!(count(&app, "anna", Outcome::Throttled).await, 1, "{route:?}");
        app.clock.advance(SignedDuration::from_secs(40));
        let reply = route.ask(&anna, &file, PASSWORD, &anna.code()).await;
        assert!(reply.status.is_success(), "{reply:?}");
        assert_eq!(count(&app, "anna", Outcome::ConfirmedPassword).await, before + 1, "{route:?}");
        app.verify().await;
    }
}

#[tokio::test]
async fn every_route_that_takes_a_code_wants_it_while_a_factor_is_on_and_records_a_wrong_one() {
    let routes: Vec<Asking> = asking().into_iter().filter(|route| route.takes_code).collect();
    assert!(routes.len() >= 4, "{routes:?}");
    for route in routes {
        let app = TestApp::start().await;
        let (anna, file) = route.caller(&app).await;
        let reply = route.send(&anna, &file, route.body.clone()).await;
        let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
        assert_eq!(reply.json()["errors"], json!([{ "pointer": "/code", "code": "required" }]), "{route:?}");
        let attempts = outcomes(&app, "anna").await.len();
        let mut wrong = route.body.clone();
        wrong.insert("code".to_owned(), json!(anna.totp.as_ref().unwrap().code_at(app.clock.now() + SignedDuration::from_mins(9))));
        route.send(&anna, &file, wrong).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
        let recorded = outcomes(&app, "anna").await;
        assert_eq!((recorded.len(), recorded[0]), (attempts + 1, Outcome::WrongCode), "{route:?}");
        let mut recovery = route.body.clone();
        recovery.insert("recovery_code".to_owned(), json!(anna.recovery_codes[0]));
        let reply = route.send(&anna, &file, recovery).await;
        assert!(reply.status.is_success(), "{reply:?}");
        app.run_jobs().await;
        assert!(
            app.mails()
                .iter()
                .any(|mail| mail.subject.contains("herstelcode is gebruikt") || mail.subject.contains("herstelcode gebruikt")),
            "{route:?}"
        );
    }
}

/// So many concurrent guesses, on each route in turn.
fn all_at_once(anna: &Actor, file: &str, guesses: usize) -> JoinSet<StatusCode> {
    let routes: Vec<Asking> = asking().into_iter().filter(|route| !route.takes_code).collect();
    let mut tasks = JoinSet::new();
    for number in 0..guesses {
        let (route, anna, file) = (routes[number % routes.len()].clone(), anna.clone(), file.to_owned());
        tasks.spawn(async move { route.ask(&anna, &file, WRONG, "").await.status });
    }
    tasks
}

async fn recorded(app: &TestApp) -> u32 {
    let mut sum = 0;
    for outcome in [Outcome::WrongPasswordInSession, Outcome::Throttled, Outcome::Overloaded] {
        sum += count(app, "anna", outcome).await;
    }
    sum
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_guesses_at_once_one_is_judged_where_one_was_allowed() {
    let app = TestApp::start().await;
    let (anna, file) = anna(&app).await;
    let route = asking().into_iter().find(|route| !route.takes_code).unwrap();
    for _ in 0..5 {
        route.ask(&anna, &file, WRONG, "").await.expect(StatusCode::UNAUTHORIZED);
    }
    app.clock.advance(SignedDuration::from_secs(2));
    let statuses = all_at_once(&anna, &file, 60).join_all().await;
    let judged = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    println!("guesses judged of 60 in a session, where one was allowed: {judged}; recorded: {}", recorded(&app).await - 5);
    assert_eq!((judged, count(&app, "anna", Outcome::WrongPasswordInSession).await, recorded(&app).await), (1, 6, 65));
    app.verify().await;
}

/// Callers disconnect while the attempt is being recorded, both those whose guess is checked and the one who is throttled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_hangs_up_is_counted_and_recorded_all_the_same() {
    for route in asking() {
        let between = Between::default();
        let app = TestApp::start_with(between.options()).await;
        let (anna, file) = route.caller(&app).await;
        // Records the use of the session now, since that is a commit too.
        anna.get("/api/account").await.expect(StatusCode::OK);
        let code = anna.code();
        for guesses in 1..=6 {
            let (reached, is_reached) = oneshot::channel();
            let (go_on, may_go_on) = oneshot::channel::<()>();
            between.before_commit(async {
                reached.send(()).unwrap();
                may_go_on.await.unwrap();
            });
            let mut guess = JoinSet::new();
            let (by, anna, file, code) = (route.clone(), anna.clone(), file.clone(), code.clone());
            guess.spawn(async move { by.ask(&anna, &file, WRONG, &code).await.status });
            is_reached.await.unwrap();
            guess.shutdown().await;
            go_on.send(()).expect("whatever commits does not go with who asked for it");
            let begun = Instant::now();
            while recorded(&app).await < guesses && begun.elapsed() < Duration::from_secs(30) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert_eq!(recorded(&app).await, guesses, "{route:?}");
        }
        let wrong = count(&app, "anna", Outcome::WrongPasswordInSession).await;
        assert_eq!((wrong, count(&app, "anna", Outcome::Throttled).await), (5, 1), "{route:?}");
        app.verify().await;
    }
}

async fn begin(anna: &Actor) -> Value {
    anna.post("/api/two-factor", json!({ "password": anna.password })).await.expect(StatusCode::CREATED).json()
}

async fn confirm(actor: &Actor, code: &str) -> Reply {
    actor.post("/api/two-factor/confirm", json!({ "code": code })).await
}

#[tokio::test]
async fn an_enrolment_ends_after_ten_minutes_or_five_wrong_codes_and_all_are_recorded() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let late = seed(&begin(&anna).await);
    app.clock.advance(SignedDuration::from_mins(10));
    confirm(&anna, &late.code_at(app.clock.now())).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    let begun = seed(&begin(&anna).await);
    app.clock.advance(SignedDuration::from_secs(9 * 60 + 59));
    let wrong = begun.code_at(app.clock.now() + SignedDuration::from_hours(1));
    for _ in 0..5 {
        confirm(&anna, &wrong).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    }
    for code in [wrong, begun.code_at(app.clock.now())] {
        confirm(&anna, &code).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    }
    assert_eq!(count(&app, "anna", Outcome::WrongEnrolmentCode).await, 5);
    assert_eq!(anna.get("/api/account").await.json()["two_factor"]["enabled"], false);
    app.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_codes_at_once_five_are_judged() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let wrong = seed(&begin(&anna).await).code_at(app.clock.now() + SignedDuration::from_hours(1));
    let mut tasks = JoinSet::new();
    for _ in 0..60 {
        let (anna, wrong) = (anna.clone(), wrong.clone());
        tasks.spawn(async move { confirm(&anna, &wrong).await.status });
    }
    let statuses = tasks.join_all().await;
    let judged = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    println!("codes of an enrolment judged of 60 at once: {judged}");
    assert_eq!((judged, count(&app, "anna", Outcome::WrongEnrolmentCode).await), (5, 5));
}

#[tokio::test]
async fn an_enrolment_is_of_the_session_that_began_it_and_void_with_a_new_password() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let other = anna.clone_as_new_browser();
    other.sign_in().await;
    let begun = seed(&begin(&anna).await);
    confirm(&other, &begun.code_at(app.clock.now())).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    anna.put("/api/account/password", body).await.expect(StatusCode::NO_CONTENT);
    confirm(&anna, &begun.code_at(app.clock.now())).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
}

#[tokio::test]
async fn blanks_around_a_code_are_dropped() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let code = seed(&begin(&anna).await).code_at(app.clock.now());
    confirm(&anna, &format!(" {code}\r\n")).await.expect(StatusCode::OK);
}
