//! An adviser's partition accepts no write from a session that has ended, or after it was handed over; checked in every commit.
//!
//! A request in flight at that moment is simulated by letting it pass the access rule and then raising the number behind its back.

use crate::{
    clients::make,
    hand_overs::Office,
    imports::{many, send},
    requests::{access_by, enter},
    rights::take,
    samples::{contents, example, named, together},
    support::{
        actor::{Actor, Reply},
        app::{PASSWORD, TestApp},
        between::Between,
        hand_over::Office as Rooms,
        register::account_id,
    },
};
use axum::http::{Method, StatusCode};
use finrust::{
    crypto::password::Argon2id,
    domain::{
        accounts::sessions_over::SessionsOver,
        ids::{ClientId, ScopeId},
    },
    http::routes::{Route, table},
    store::error::StoreError,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// What a route accepts from a user who may write.
pub struct Thing {
    file: (String, String),
    import: String,
    request: (String, String),
}

impl Thing {
    pub async fn make(actor: &Actor) -> Self {
        let file = make(actor, &example()).await;
        take(actor, &file.0, "mark", json!({"ground": "objection"})).await;
        let etag = crate::clients::etag(&actor.get(&file.0).await.expect(StatusCode::OK));
        let (request, seen) = enter(actor, access_by("Dijk", "2026-11-20")).await;
        let import = send(actor, many(3).as_bytes()).await;
        Self { file: (file.0, etag), import, request: (request, crate::clients::etag(&seen)) }
    }

    fn place(&self, route: &Route) -> (String, Option<&str>) {
        let (path, etag) = match route.function {
            "clients" => (&self.file.0, Some(self.file.1.as_str())),
            "imports" => (&self.import, None),
            _ => (&self.request.0, Some(self.request.1.as_str())),
        };
        let id = path.rsplit('/').next().unwrap();
        (route.path.replace("{id}", id).replace("{part}", "0"), etag)
    }
}

fn body(route: &Route) -> Option<Value> {
    let sent = json!({"format": "json", "password": PASSWORD});
    Some(match (route.method, route.path.as_str()) {
        ("POST", "/api/clients") | ("PUT", "/api/clients/{id}") => named("Anders"),
        ("POST", "/api/clients/{id}/rights") => json!({"step": "hold", "reason": "Bewaarplicht"}),
        ("POST", "/api/clients/{id}/erasure") => json!({"password": PASSWORD, "no_legal_duty": true}),
        ("POST", "/api/clients/{id}/portability" | "/api/exports") => sent,
        ("POST", "/api/imports") => json!({"name": "a.csv", "bytes": 10}),
        ("PUT", "/api/imports/{id}/parts/{part}") => json!({"data": data_encoding::BASE64.encode(many(3).as_bytes())}),
        ("POST", "/api/requests") => access_by("Bos", "2026-11-20"),
        ("POST", "/api/requests/{id}/steps") => json!({"step": "note", "text": "Gebeld"}),
        ("POST", _) => json!({}),
        // A retention period belongs to the account, and is stored with it.
        _ => return None,
    })
}

/// The routes that write to an adviser's partition: new ones are included automatically, and must be given a body above.
pub fn writing_routes() -> Vec<Route> {
    let only_look = ["/api/clients/search"];
    let writes = |route: &Route| {
        let partition = matches!(route.function, "clients" | "imports" | "exports" | "requests");
        let reports = route.path.ends_with("/report");
        partition && (route.method != "GET" || reports) && !only_look.contains(&route.path.as_str())
    };
    table().into_iter().filter(|route| route.access == "Adviser" && writes(route)).collect()
}

pub async fn call(actor: &Actor, route: &Route, thing: &Thing) -> Reply {
    let (path, etag) = thing.place(route);
    let method: Method = route.method.parse().unwrap();
    let ask = actor.request(method, &path).json(body(route));
    match etag.filter(|_| path != route.path) {
        Some(etag) => ask.header("if-match", etag).send().await,
        None => ask.send().await,
    }
}

fn scope_of(app: &TestApp, spot: &str) -> ScopeId {
    let spot = contents(app).into_iter().find(|line| line.contains(spot)).unwrap();
    spot.split('"').find_map(ScopeId::parse).unwrap_or_else(|| panic!("{spot}"))
}

#[tokio::test]
async fn a_session_that_was_overtaken_writes_nothing_wherever_it_writes() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let thing = Thing::make(&anna).await;
    let commits = &app.state().services.commits;
    let scope = scope_of(&app, "marker");
    let standing = 1_000;
    let (none, now) = (SessionsOver::default(), app.state().services.now());
    commits.overtake(scope, standing, &none, now).await.unwrap();
    commits.overtake(scope, standing - 1, &none, now).await.unwrap();
    let files = |app: &TestApp| -> Vec<String> { contents(app).into_iter().filter(|line| line.contains(&scope.to_string())).collect() };
    let before = files(&app);
    let routes = writing_routes();
    assert!(routes.len() >= 14, "{routes:?}");
    for route in &routes {
        let refused = call(&anna, route, &thing).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNAUTHORIZED, "not_signed_in"), "{route:?}");
        assert_eq!(files(&app), before, "{route:?}");
        // What the route itself counts or records is not the point here.
        app.clock.advance(SignedDuration::from_secs(1));
    }
    app.verify().await;
}

/// Whatever revokes an account's authority informs its partition before it is acknowledged.
#[tokio::test]
async fn whatever_takes_authority_away_overtakes_a_write_that_is_on_its_way() {
    for what in ["disabled", "another password", "another address", "other sessions ended"] {
        let between = Between::default();
        let app = TestApp::start_with(between.options()).await;
        let elsewhere = app.another_instance(Argon2id::default()).await;
        let (anna, olga) = (app.adviser("anna").await, app.officer("olga").await);
        make(&anna, &example()).await;
        let owner = anna.clone_as_new_browser().at(&elsewhere);
        owner.sign_in().await;
        let (officer, disable) = (olga.at(&elsewhere), format!("/api/accounts/{}/disable", account_id(&olga, "anna").await));
        between.before_commit(async move {
            let reply = match what {
                "disabled" => officer.post(&disable, None).await,
                "another password" => {
                    let body = json!({"current_password": PASSWORD, "new_password": "kasteel-molen-vrijdag-7"});
                    owner.put("/api/account/password", body).await
                }
                "another address" => {
                    owner.put("/api/account/email", json!({"current_password": PASSWORD, "email": "anders@example.nl"})).await
                }
                _ => owner.delete("/api/sessions").await,
            };
            assert_eq!(reply.status, StatusCode::NO_CONTENT, "{what}: {reply:?}");
        });
        let late = anna.post("/api/clients", named("Laat")).await;
        late.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
        assert!(!between.cancel(), "{what}: it came in between");
        assert_eq!(contents(&app).iter().filter(|line| line.contains("client-")).count(), 1, "{what}");
        app.verify().await;
    }
}

#[tokio::test]
async fn the_same_routes_write_for_a_session_that_holds() {
    for route in writing_routes() {
        let app = TestApp::start().await;
        let anna = app.adviser("anna").await;
        let thing = Thing::make(&anna).await;
        let done = call(&anna, &route, &thing).await;
        assert!(done.status.is_success(), "{route:?}: {done:?}");
        app.verify().await;
    }
}

#[tokio::test]
async fn a_request_of_a_data_subject_is_not_written_into_a_partition_that_is_closed() {
    use finrust::{
        domain::{
            requests::record::{Received, SubjectRequest},
            wire::{fields::Fields, json::Json, object::Object},
        },
        store::records::repository::NewStep,
    };
    let rooms = Rooms::open().await;
    let process = rooms.process(crate::support::dying::Death::NEVER);
    process.work().await;
    let services = &process.state.services;
    let asked = Json::parse(access_by("Dijk", "2026-11-20").to_string().as_bytes()).unwrap();
    let received = Received::read(Fields::of(asked, services.now()));
    let (record, event) = SubjectRequest::received(received.unwrap());
    let step = NewStep { record, event, at: services.now() };
    let late = services.requests.create(&rooms.anna, services.requests.fresh_id(), step).await;
    assert!(matches!(late, Err(StoreError::Refused)));
    assert!(services.requests.of(rooms.anna.scope()).all().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_hold_and_an_erasure_at_the_same_time_are_not_both_acknowledged() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (mut held, mut erased) = (0, 0);
    for number in 0..6 {
        let (path, _) = make(&anna, &named(&format!("Dijk {number}"))).await;
        take(&anna, &path, "mark", json!({"ground": "objection"})).await;
        let hold = async {
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            crate::rights::step(&anna, &path, "hold", json!({})).await
        };
        let erasure = format!("{path}/erasure");
        let (erasure, hold) = tokio::join!(anna.post(&erasure, json!({"password": PASSWORD, "no_legal_duty": true})), hold);
        let there = anna.get(&path).await.status == StatusCode::OK;
        assert_eq!(hold.status == StatusCode::OK, there, "{hold:?} {erasure:?}");
        assert_eq!(erasure.status == StatusCode::NO_CONTENT, !there, "{hold:?} {erasure:?}");
        held += usize::from(there);
        erased += usize::from(!there);
    }
    assert_eq!(held + erased, 6);
    assert!(held > 0, "the hold came in between at least once: the password takes longer");
    app.maintain().await;
    app.verify().await;
}

#[tokio::test]
async fn five_exports_a_day_and_five_open_imports_also_when_all_ask_at_once() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    make(&anna, &example()).await;
    let imports = together((0..20).map(|_| anna.post("/api/imports", json!({"name": "a.csv", "bytes": 10})))).await;
    assert_eq!(imports.iter().filter(|reply| reply.status == StatusCode::CREATED).count(), 5);
    for refused in imports.iter().filter(|reply| reply.status != StatusCode::CREATED) {
        assert_eq!(refused.code(), "too_many_imports");
    }
    app.clear_mails();
    let exports = together((0..20).map(|_| anna.post("/api/exports", json!({"format": "json", "password": PASSWORD})))).await;
    let made = exports.iter().filter(|reply| reply.status == StatusCode::OK).count();
    assert!((1..=5).contains(&made), "{made}");
    // Requests that the hash pool had no room for are retried.
    for _ in made..5 {
        anna.post("/api/exports", json!({"format": "json", "password": PASSWORD})).await.expect(StatusCode::OK);
    }
    anna.post("/api/exports", json!({"format": "json", "password": PASSWORD})).await.expect(StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(contents(&app).iter().filter(|line| line.contains("export-")).count(), 5);
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 5, "nobody is told of an export that was refused");
    app.verify().await;
}

#[tokio::test]
async fn an_erasure_that_was_cut_off_is_finished_and_follows_the_file_to_a_successor() {
    let office = Office::open().await;
    let (path, etag) = make(&office.anna, &example()).await;
    let (other, _) = make(&office.anna, &named("Bos")).await;
    for path in [&path, &other] {
        take(&office.anna, path, "mark", json!({"ground": "objection"})).await;
    }
    std::fs::create_dir(office.app.data_dir().join("erasures-2.log")).unwrap();
    let erase = json!({"password": PASSWORD, "no_legal_duty": true});
    office.anna.post(&format!("{path}/erasure"), erase.clone()).await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    // The decision stands: nothing else is done with the file.
    office.anna.get(&path).await.expect_problem(StatusCode::CONFLICT, "being_erased");
    crate::clients::put(&office.anna, &path, &etag, &example()).await.expect_problem(StatusCode::CONFLICT, "being_erased");
    crate::clients::delete(&office.anna, &path, &etag).await.expect_problem(StatusCode::CONFLICT, "being_erased");
    for (step, more) in [("hold", json!({})), ("withdraw", json!({})), ("restrict", json!({}))] {
        crate::rights::step(&office.anna, &path, step, more).await.expect_problem(StatusCode::CONFLICT, "wrong_step");
    }
    assert_eq!(office.anna.get(&format!("{path}/rights")).await.json()["being_erased"], true);
    let exported = office.anna.post("/api/exports", json!({"format": "json", "password": PASSWORD})).await.json();
    assert_eq!((&exported["count"], &exported["withheld"]), (&json!(1), &json!(1)));
    office.approved().await;
    office.app.run_jobs().await;
    office.bert.get(&path).await.expect_problem(StatusCode::CONFLICT, "being_erased");
    std::fs::remove_dir(office.app.data_dir().join("erasures-2.log")).unwrap();
    assert_eq!(office.app.maintain().await.erased, 1);
    office.bert.get(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    office.bert.get(&other).await.expect(StatusCode::OK);
    assert!(!contents(&office.app).iter().any(|line| line.contains("erasing-")));
    office.app.verify().await;
    assert_eq!(office.app.maintain().await.erased, 0);
}

#[tokio::test]
async fn what_the_log_says_is_followed_to_a_successor_and_takes_no_other_file() {
    use finrust::{domain::clients::erasure_log::Erasure, flows::clients};
    let office = Office::open().await;
    let services = &office.app.state().services;
    let mut made = Vec::new();
    for name in ["Weg", "Later", "Bewaard"] {
        made.push(make(&office.anna, &named(name)).await.0);
    }
    let scope = scope_of(&office.app, "marker");
    let id = |path: &str| ClientId::parse(path.rsplit('/').next().unwrap()).unwrap();
    let created = async |path: &str| -> jiff::Timestamp {
        office.anna.get(path).await.expect(StatusCode::OK).json()["created_at"].as_str().unwrap().parse().unwrap()
    };
    take(&office.anna, &made[2], "hold", json!({})).await;
    let root = services.sealing.root().await.unwrap();
    let far = services.now() + SignedDuration::from_hours(10_000);
    for (path, created_at) in [
        (&made[0], created(&made[0]).await),
        // Created at another time, and decided long after: a different file with the same id.
        (&made[1], created(&made[1]).await + SignedDuration::from_micros(1)),
        (&made[2], created(&made[2]).await),
    ] {
        let erasure = Erasure { at: far, scope, client: id(path), created_at: Some(created_at) };
        services.erasures.append(&erasure.line(&root.erasures)).await.unwrap();
        services.erasures.append(&erasure.in_first_form().line(&root.erasures)).await.unwrap();
    }
    office.approved().await;
    office.app.run_jobs().await;
    let replayed = clients::erasure_replay::replay(services, clients::erasure_replay::Extent::Whole, |_| {}).await.unwrap();
    assert_eq!((replayed.named, replayed.erased, replayed.unvouched), (3, 1, 0));
    office.bert.get(&made[0]).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    office.bert.get(&made[1]).await.expect(StatusCode::OK);
    office.bert.get(&made[2]).await.expect(StatusCode::OK);
    // The hold has been lifted.
    take(&office.bert, &made[2], "lift_hold", json!({})).await;
    assert_eq!(office.app.maintain().await.erased, 1);
    office.app.verify().await;
}
