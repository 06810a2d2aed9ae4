//! A database that goes away in the middle: whoever asked is told what has become of it, and what is told is so, also after maintenance.
//!
//! Every route of the table that may change something is here by itself, and each of its commits fails in turn; a new route has no case,
//! and fails.

use crate::{
    authority::{Case, Stage, is_of_files},
    clients::{etag as etag_of, make},
    imports::{many, send},
    requests::{access_by, enter},
    rights::take,
    samples::example,
    support::{
        actor::{Actor, Reply},
        app::PASSWORD,
        between::Between,
        faults::{Fault, Faults},
    },
};
use axum::http::StatusCode;
use finrust::http::routes::{Route, table};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Commits of one request; none has so many.
const MOST_COMMITS: usize = 24;

/// What somebody sees change by looking, or by time going by.
const VOLATILE: [&str; 5] = ["last_seen_at", "last_signed_in_at", "expires_at", "seen", "aware_at"];

/// Lists of what was tried and of who is signed in: a password that was judged stands in them whatever becomes of the request.
const OF_TRIES: [&str; 4] = ["/api/login-attempts", "/api/session", "/api/sessions", "/api/browsers"];

fn changing() -> Vec<Route> {
    table().into_iter().filter(|route| route.method != "GET" && route.access != "Job").collect()
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
        "/api/logout" | "/api/session/keep-alive" => {
            Case { victim: stage.adviser().await, path: route.path.clone(), body: None, if_match: None }
        }
        _ => stage.case(route).await,
    }
}

async fn of_files(stage: &mut Stage, route: &Route) -> Case {
    let anna = stage.adviser().await;
    let (file, etag) = make(&anna, &example()).await;
    let (mut path, mut body, mut if_match) = (route.path.clone(), None, None);
    let id = file.rsplit('/').next().unwrap().to_owned();
    match (route.method, route.path.as_str()) {
        ("POST", "/api/clients") => body = Some(example()),
        ("POST", "/api/clients/search") => body = Some(json!({})),
        ("PUT", "/api/clients/{id}") => {
            body = Some(json!({ "person": { "last_name": "Anders" } }));
            if_match = Some(etag);
        }
        ("DELETE", "/api/clients/{id}") => if_match = Some(etag),
        ("POST", "/api/clients/{id}/rights") => body = Some(json!({ "step": "restrict", "reason": "Betwist" })),
        ("POST", "/api/clients/{id}/erasure") => {
            take(&anna, &file, "mark", json!({ "ground": "no_longer_needed" })).await;
            body = Some(json!({ "password": PASSWORD, "no_legal_duty": true }));
        }
        ("POST", "/api/clients/{id}/report") => {}
        ("POST", "/api/imports") => body = Some(json!({ "name": "klanten.csv", "bytes": 100 })),
        ("DELETE", "/api/imports/{id}") | ("POST", "/api/imports/{id}/check" | "/api/imports/{id}/continue") => {
            let import = send(&anna, many(100).as_bytes()).await;
            path = path.replace("{id}", import.rsplit('/').next().unwrap());
            body = path.ends_with("/check").then(|| json!({}));
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

async fn ask(route: &Route, case: &Case) -> Reply {
    let ask = case.victim.request(route.method.parse().unwrap(), &case.path).json(case.body.clone());
    let ask = if let Some(tag) = &case.if_match { ask.header("if-match", tag) } else { ask };
    ask.send().await
}

/// Everything that can be read by who asks and by an officer.
async fn look(stage: &Stage, case: &Case) -> Vec<String> {
    let lists = table().into_iter().filter(|route| {
        route.method == "GET" && route.path.starts_with("/api/") && !route.path.contains('{') && !OF_TRIES.contains(&route.path.as_str())
    });
    let mut paths: Vec<_> = lists.filter(|route| !matches!(route.access.as_str(), "Public" | "Job")).map(|route| route.path).collect();
    let mut parts = case.path.split('/').skip(1);
    let (root, kind, id) = (parts.next(), parts.next(), parts.next());
    if let (Some(root), Some(kind), Some(id)) = (root, kind, id) {
        paths.push(format!("/{root}/{kind}/{id}"));
    }
    let mut seen = Vec::new();
    for path in paths {
        for actor in [&case.victim, &stage.olga] {
            seen.push(format!("{} {path}: {}", actor.username, shown(actor, &path).await));
        }
    }
    seen
}

async fn shown(actor: &Actor, path: &str) -> String {
    let reply = actor.get(path).await;
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

/// Lets what comes after so many commits fail: reads after the first one, or the next commit, or that and the one after it.
#[derive(Clone, Copy, Debug)]
enum Break {
    ReadsAfterFirst,
    Commit(usize),
    CommitAndNext(usize),
}

impl Break {
    fn plan(self, faults: &Faults) {
        match self {
            Self::ReadsAfterFirst => faults.reads_after_commit(),
            Self::Commit(after) => faults.after(after, Fault::Unavailable),
            Self::CommitAndNext(after) => {
                faults.after(after, Fault::Unavailable);
                faults.next(&[Fault::Unavailable]);
            }
        }
    }

    /// Of so many commits that were tried, those that went well.
    fn committed(self, tried: usize) -> usize {
        match self {
            Self::ReadsAfterFirst => tried,
            Self::Commit(after) | Self::CommitAndNext(after) => tried.min(after),
        }
    }
}

/// A stage that is set anew when something has changed on it.
struct Theatre {
    faults: Faults,
    stage: Option<Stage>,
}

impl Theatre {
    async fn stage(&mut self) -> &mut Stage {
        if self.stage.is_none() {
            self.stage = Some(Stage::set_on(self.faults.options(), Between::default()).await);
        }
        let stage = self.stage.as_mut().unwrap();
        // Whatever time has gone by.
        stage.olga.sign_in().await;
        stage
    }

    /// Breaks a route in one way. Whether anything was broken.
    async fn is_told(&mut self, route: &Route, broken: Break, wrong: &mut Vec<String>) -> bool {
        let faults = self.faults.clone();
        let stage = self.stage().await;
        let case = case(stage, route).await;
        let before = look(stage, &case).await;
        faults.forget();
        broken.plan(&faults);
        let reply = ask(route, &case).await;
        let tried = faults.forget();
        let name = format!("{} {} {broken:?}", route.method, route.path);
        assert!(reply.status.is_success() || reply.status == StatusCode::SERVICE_UNAVAILABLE, "{name}: {reply:?}");
        let done = if reply.status.is_success() { Some(true) } else { reply.json()["done"].as_bool() };
        if broken.committed(tried) > 0 && done.is_none() {
            wrong.push(format!("{name}: after {tried} commits nothing is told: {reply:?}"));
        }
        stage.app.clock.advance(SignedDuration::from_mins(3));
        stage.app.run_jobs().await;
        stage.app.maintain().await;
        stage.app.run_jobs().await;
        if done != Some(true) {
            let after = look(stage, &case).await;
            let changed: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
            if !changed.is_empty() {
                wrong.push(format!("{name}: told {done:?}, and yet {changed:#?}"));
            }
        }
        // What officers do is about what stands on the stage; what advisers do is their own.
        if done == Some(true) && (route.access == "Officer" || route.function == "hand-overs") {
            stage.app.verify().await;
            self.stage = None;
        }
        !reply.status.is_success()
    }
}

#[tokio::test]
async fn what_a_database_that_went_away_has_left_is_told_as_what_it_is() {
    let (mut theatre, mut wrong) = (Theatre { faults: Faults::default(), stage: None }, Vec::new());
    for route in changing() {
        theatre.is_told(&route, Break::ReadsAfterFirst, &mut wrong).await;
        for after in 0..MOST_COMMITS {
            assert!(after + 1 < MOST_COMMITS, "{route:?} has no end");
            let one = theatre.is_told(&route, Break::Commit(after), &mut wrong).await;
            let two = after > 0 && theatre.is_told(&route, Break::CommitAndNext(after), &mut wrong).await;
            if !one && !two {
                break;
            }
        }
    }
    theatre.stage().await.app.verify().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
