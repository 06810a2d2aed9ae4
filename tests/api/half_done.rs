//! The database fails in the middle of a request with a body: the caller is told what was committed, what they are told is true and stays
//! so after maintenance, and what was not done can be retried.
//!
//! Every route with a body is covered automatically; each of its commits fails in turn, alone and together with the next. A new route has
//! no case, and fails. Routes without a body are in `repeats`.

use crate::{
    authority::{Case, QUESTIONS, Stage, is_of_files},
    clients::{etag as etag_of, make},
    imports::{many, send},
    requests::{access_by, enter},
    rights::take,
    samples::example,
    support::{
        actor::Reply,
        app::PASSWORD,
        between::Between,
        contract,
        faults::{Fault, Faults},
    },
};
use axum::http::StatusCode;
use finrust::http::routes::{Route, table};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Upper bound for the commits of one request.
const MAX_COMMITS: usize = 24;

/// Members that change merely by looking, or as time passes.
const VOLATILE: [&str; 7] = ["last_seen_at", "last_signed_in_at", "expires_at", "seen", "aware_at", "cursor", "next"];

/// Lists of attempts and sessions: a checked password appears there whatever becomes of the request.
const OF_TRIES: [&str; 4] = ["/api/login-attempts", "/api/session", "/api/sessions", "/api/browsers"];

fn with_body() -> Vec<Route> {
    let takes_body = |route: &Route| !contract::document()["paths"][&route.path][route.method.to_lowercase()]["requestBody"].is_null();
    let is_asked = |route: &Route| QUESTIONS.contains(&route.path.as_str());
    table().into_iter().filter(|route| route.method != "GET" && route.access != "Job" && takes_body(route) && !is_asked(route)).collect()
}

async fn case(stage: &mut Stage, route: &Route) -> Case {
    if is_of_files(route) {
        return of_files(stage, route).await;
    }
    match route.path.as_str() {
        "/api/login" => {
            let victim = stage.adviser().await.clone_as_new_browser();
            let body = json!({ "username": victim.username, "password": PASSWORD });
            Case { victim, path: route.path.clone(), body: Some(body), if_match: None }
        }
        "/api/password-reset" => {
            let victim = stage.adviser().await.clone_as_new_browser();
            let body = json!({ "username": victim.username });
            Case { victim, path: route.path.clone(), body: Some(body), if_match: None }
        }
        _ => stage.case(route).await,
    }
}

async fn of_files(stage: &mut Stage, route: &Route) -> Case {
    let anna = stage.adviser().await;
    let (file, etag) = make(&anna, &example()).await;
    let (mut path, mut if_match) = (route.path.clone(), None);
    let body;
    let id = file.rsplit('/').next().unwrap().to_owned();
    match (route.method, route.path.as_str()) {
        ("POST", "/api/clients") => body = Some(example()),
        ("POST", "/api/clients/search") => body = Some(json!({})),
        ("PUT", "/api/clients/{id}") => {
            body = Some(json!({ "person": { "last_name": "Anders" } }));
            if_match = Some(etag);
        }
        ("POST", "/api/clients/{id}/rights") => body = Some(json!({ "step": "restrict", "reason": "Betwist" })),
        ("POST", "/api/clients/{id}/erasure") => {
            take(&anna, &file, "mark", json!({ "ground": "no_longer_needed" })).await;
            body = Some(json!({ "password": PASSWORD, "no_legal_duty": true }));
        }
        ("POST", "/api/imports") => body = Some(json!({ "name": "klanten.csv", "bytes": 100 })),
        ("POST", "/api/imports/{id}/check" | "/api/imports/{id}/continue") => {
            let import = send(&anna, many(100).as_bytes()).await;
            if path.ends_with("/continue") {
                anna.post(&format!("{import}/check"), json!({})).await.expect(StatusCode::OK);
            }
            path = path.replace("{id}", import.rsplit('/').next().unwrap());
            body = Some(json!({}));
        }
        ("PUT", "/api/imports/{id}/parts/{part}") => {
            let begun = anna.post("/api/imports", json!({ "name": "klanten.csv", "bytes": 4 })).await.expect(StatusCode::CREATED).json();
            path = path.replace("{id}", begun["id"].as_str().unwrap()).replace("{part}", "0");
            body = Some(json!({ "data": "YWJjZA==" }));
        }
        ("POST", "/api/requests") => body = Some(access_by("Anna Dijk", "2026-11-20")),
        ("POST", "/api/requests/{id}/steps") => {
            let (request, entered) = enter(&anna, access_by("Anna Dijk", "2026-11-20")).await;
            path = path.replace("{id}", request.rsplit('/').next().unwrap());
            body = Some(json!({ "step": "identify", "how": "Paspoort gezien" }));
            if_match = Some(etag_of(&entered));
        }
        other => panic!("{other:?} changes something: say here how it is asked for"),
    }
    Case { victim: anna, path: path.replace("{id}", &id), body, if_match }
}

/// A code can be used once, and only briefly. The clock is advanced for a new one, so the next read records that the session was used.
fn renew_code(case: &mut Case) {
    let code = case.body.as_ref().is_some_and(|body| body.get("code").is_some()).then(|| case.victim.code());
    if let (Some(code), Some(body)) = (code, &mut case.body) {
        body["code"] = json!(code);
    }
}

async fn ask(route: &Route, case: &Case) -> Reply {
    let ask = case.victim.request(route.method.parse().unwrap(), &case.path).json(case.body.clone());
    let ask = if let Some(tag) = &case.if_match { ask.header("if-match", tag) } else { ask };
    ask.send().await
}

/// Everything that the caller and an officer can read.
async fn look(stage: &Stage, of: &Route, case: &Case) -> Vec<String> {
    let lists = table().into_iter().filter(|route| {
        let is_near = [of.function, "account", "accounts"].contains(&route.function);
        is_near && route.method == "GET" && !route.path.contains('{') && !OF_TRIES.contains(&route.path.as_str())
    });
    let mut paths: Vec<_> = lists.filter(|route| !matches!(route.access.as_str(), "Public" | "Job")).map(|route| route.path).collect();
    let mut parts = case.path.split('/').skip(1);
    if let (Some(root), Some(kind), Some(id)) = (parts.next(), parts.next(), parts.next()) {
        paths.push(format!("/{root}/{kind}/{id}"));
    }
    let mut seen = Vec::new();
    for path in paths {
        for actor in [&case.victim, &stage.olga] {
            seen.push(format!("{} {path}: {}", actor.username, shown(&actor.get(&path).await)));
        }
    }
    if is_of_files(of) {
        seen.push(format!("files: {}", shown(&case.victim.post("/api/clients/search", json!({})).await)));
    }
    seen
}

fn shown(reply: &Reply) -> String {
    let mut json: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    forget(&mut json);
    format!("{} {json}", reply.status)
}

fn forget(json: &mut Value) {
    match json {
        Value::Object(members) => {
            members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
            members.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// Fails the commit after so many, alone or together with the next one, which would undo what was begun.
#[derive(Clone, Copy, Debug)]
struct Break {
    after: usize,
    both: bool,
}

/// A stage that is recreated when something on it has changed.
struct Theatre {
    faults: Faults,
    /// The initial stage, kept unused.
    ready: Stage,
    stage: Option<Stage>,
    wrong: Vec<String>,
}

impl Theatre {
    async fn open() -> Self {
        let faults = Faults::default();
        let ready = Stage::set_on(faults.options(), Between::default()).await;
        Self { faults, ready, stage: None, wrong: Vec::new() }
    }

    async fn stage(&mut self) -> &mut Stage {
        if self.stage.is_none() {
            self.stage = Some(self.ready.again(self.faults.options(), Between::default()).await);
        }
        let stage = self.stage.as_mut().unwrap();
        // The session is renewed, however much time has passed.
        stage.olga.sign_in().await;
        stage
    }

    /// Whether the route visibly changes something when nothing fails.
    async fn can_be_seen(&mut self, route: &Route) -> bool {
        let stage = self.stage().await;
        let mut case = case(stage, route).await;
        renew_code(&mut case);
        let before = look(stage, route, &case).await;
        let reply = ask(route, &case).await;
        assert!(reply.status.is_success(), "{route:?} {reply:?}");
        let is_seen = look(stage, route, &case).await != before;
        self.leave(route).await;
        // Without a full session, the effects of a response that sets no cookie are not visible.
        is_seen && !matches!(route.access.as_str(), "Public" | "SecondFactorDue" | "NewPasswordDue")
    }

    /// Breaks a route in one way. Returns whether anything was broken.
    async fn is_told(&mut self, route: &Route, broken: Break, is_seen: bool) -> bool {
        let faults = self.faults.clone();
        let stage = self.stage().await;
        let mut case = case(stage, route).await;
        renew_code(&mut case);
        let before = look(stage, route, &case).await;
        faults.forget();
        faults.after(broken.after, Fault::Unavailable);
        if broken.both {
            faults.next(&[Fault::Unavailable]);
        }
        let reply = ask(route, &case).await;
        let committed = faults.forget().min(broken.after);
        let name = format!("{} {} {broken:?}", route.method, route.path);
        assert!(reply.status.is_success() || reply.status == StatusCode::SERVICE_UNAVAILABLE, "{name}: {reply:?}");
        if reply.status.is_success() {
            self.leave(route).await;
            return false;
        }
        let done = reply.json()["done"].as_bool();
        let mut wrong = Vec::new();
        if committed > 0 && done.is_none() {
            wrong.push(format!("{name}: after {committed} commits nothing is told: {reply:?}"));
        }
        stage.app.run_jobs().await;
        stage.app.clock.advance(SignedDuration::from_mins(3));
        stage.app.maintain().await;
        stage.app.run_jobs().await;
        let after = look(stage, route, &case).await;
        let changed: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
        if done == Some(true) {
            if is_seen && changed.is_empty() {
                wrong.push(format!("{name}: it is told to be done, and is not"));
            }
        } else {
            if !changed.is_empty() {
                wrong.push(format!("{name}: told {done:?}, and yet {changed:#?}"));
            }
            renew_code(&mut case);
            let again = ask(route, &case).await;
            if !again.status.is_success() {
                wrong.push(format!("{name}: told {done:?}, and cannot be done again: {again:?}"));
            }
        }
        self.wrong.extend(wrong);
        self.leave(route).await;
        true
    }

    /// Officers act on the objects of the stage; others on their own.
    async fn leave(&mut self, route: &Route) {
        if route.access == "Officer"
            && let Some(stage) = self.stage.take()
        {
            stage.app.verify().await;
        }
    }
}

#[tokio::test]
async fn what_a_database_that_went_away_has_left_is_told_as_what_it_is() {
    let mut theatre = Theatre::open().await;
    for route in with_body() {
        let is_seen = theatre.can_be_seen(&route).await;
        for after in 0..MAX_COMMITS {
            assert!(after + 1 < MAX_COMMITS, "{route:?} has no end");
            if !theatre.is_told(&route, Break { after, both: false }, is_seen).await {
                break;
            }
            if after > 0 {
                theatre.is_told(&route, Break { after, both: true }, is_seen).await;
            }
        }
    }
    theatre.stage().await.app.verify().await;
    assert!(theatre.wrong.is_empty(), "{}", theatre.wrong.join("\n"));
}
