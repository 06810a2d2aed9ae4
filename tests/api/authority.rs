//! Authority is checked when a request arrives and again in its commits: a user who is disabled, signed out or given a new password just
//! before the first commit writes nothing, on any route. The route table is walked, so new routes are covered automatically.

use crate::{
    breach_steps::{facts, named_step, suspect, took},
    clients::make,
    hand_overs::retire,
    organisation::{confirmed, fill_in, office, provider},
    processors::{complete, publish},
    samples::{contents, example},
    support::{
        actor::{Actor, Front, seed},
        app::{OTHER_PASSWORD, PASSWORD, TestApp, TestOptions, address},
        between::Between,
        register::account_id,
    },
};
use axum::http::{Method, StatusCode};
use finrust::{
    crypto::password::Argon2id,
    domain::sign_in::{attempt::ChangedBy, credentials::Role},
    http::routes::{Route, table},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

/// How long an approved hand-over waits.
const WAIT: std::time::Duration = std::time::Duration::from_hours(48);

/// What happens to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Disabled,
    SignedOut,
    NewPassword,
}

const FATES: [Fate; 3] = [Fate::Disabled, Fate::SignedOut, Fate::NewPassword];

/// Searches whose query does not fit in a URL, and a keep-alive: they commit nothing, or only that the session was used.
pub const QUESTIONS: [&str; 4] =
    ["/api/breaches/{id}/affected", "/api/breaches/{id}/keys", "/api/password-check", "/api/session/keep-alive"];

/// Whether a route writes to an adviser's partition, where commits depend on its marker.
pub fn is_of_files(route: &Route) -> bool {
    route.access == "Adviser" && !["/api/exports", "/api/retention", "/api/clients/{id}/portability"].contains(&route.path.as_str())
}

fn changing() -> Vec<Route> {
    let changes = |route: &Route| {
        route.method != "GET"
            && !matches!(route.access.as_str(), "Public" | "Job")
            && !QUESTIONS.contains(&route.path.as_str())
            && !is_of_files(route)
    };
    table().into_iter().filter(changes).collect()
}

/// A prepared request, and who sends it.
pub struct Case {
    pub victim: Actor,
    pub path: String,
    pub body: Option<Value>,
    pub if_match: Option<String>,
}

/// The data that requests are about. It does not change, since nothing is written.
pub struct Stage {
    pub app: Arc<TestApp>,
    between: Between,
    elsewhere: Arc<Front>,
    pub olga: Actor,
    target: String,
    leaver: String,
    successor: String,
    hand_over: String,
    waiting: String,
    proposed: String,
    breach: String,
    draft: String,
    published: String,
    cursor: Value,
    count: u32,
}

impl Stage {
    async fn set() -> Self {
        let between = Between::default();
        Self::set_on(between.options(), between).await
    }

    /// Sets it up on a database with these options.
    #[expect(clippy::cognitive_complexity, reason = "one thing after the other: what each route needs to be there")]
    pub async fn set_on(options: TestOptions, between: Between) -> Self {
        let app = Arc::new(TestApp::start_with(TestOptions { hand_over_wait: WAIT, ..options }).await);
        let elsewhere = app.another_instance(Argon2id::default()).await;
        let olga = app.officer("olga").await;
        app.invited("doel", Role::Adviser).await;
        let bert = app.adviser("bert").await;
        for username in ["gaat", "weg", "klaar"] {
            app.adviser(username).await;
        }
        make(&bert, &example()).await;
        let [target, successor, leaver] =
            [account_id(&olga, "doel").await, account_id(&olga, "bert").await, account_id(&olga, "weg").await];
        for username in ["gaat", "weg", "klaar"] {
            let path = format!("/api/accounts/{}/disable", account_id(&olga, username).await);
            olga.post(&path, None).await.expect(StatusCode::NO_CONTENT);
        }
        let (hand_over, waiting) = (retire(&olga, "gaat", "bert").await, retire(&olga, "klaar", "bert").await);
        app.officer("otto").await.post(&format!("{waiting}/approve"), None).await.expect(StatusCode::OK);
        let nova = json!({"username": "nova", "display_name": "Nova", "email": "nova@example.nl", "role": "officer"});
        let proposed = olga.post("/api/accounts", nova).await.expect(StatusCode::CREATED).json()["id"].as_str().unwrap().to_owned();
        let breach = suspect(&olga, "Er was iemand binnen").await;
        let window = json!({"from": "2026-11-22T08:00:00Z", "until": "2026-11-23T10:00:00Z"});
        app.clock.advance(jiff::SignedDuration::from_hours(2));
        olga.sign_in().await;
        let found = olga.post(&format!("{breach}/affected"), window).await.expect(StatusCode::OK).json();
        let attached = olga.post(&format!("{breach}/evidence"), json!({"cursor": found["cursor"]})).await.expect(StatusCode::OK).json();
        assert_eq!(attached["record"]["affected"]["files"], 1);
        took(&olga, &breach, named_step("became_aware")).await;
        let cursor = olga.post(&format!("{breach}/keys"), json!({})).await.expect(StatusCode::OK).json()["cursor"].clone();
        let drafted = olga.post("/api/processors", complete("Concept B.V.")).await.expect(StatusCode::CREATED);
        let draft = drafted.header("location").unwrap().to_owned();
        let (published, _) = publish(&olga, complete("Voorbeeld B.V.")).await;
        fill_in(&app, &olga, &provider()).await.expect(StatusCode::ACCEPTED);
        app.run_jobs().await;
        Self {
            app,
            between,
            elsewhere,
            olga,
            target,
            leaver,
            successor,
            hand_over,
            waiting,
            proposed,
            breach,
            draft,
            published,
            cursor,
            count: 0,
        }
    }

    /// A copy of the stage, on a database with these options.
    pub async fn again(&self, options: TestOptions, between: Between) -> Self {
        if !self.app.can_be_copied() {
            return Self::set_on(options, between).await;
        }
        let app = Arc::new(self.app.copied(TestOptions { hand_over_wait: WAIT, ..options }).await);
        let elsewhere = app.another_instance(Argon2id::default()).await;
        let olga = app.same(&self.olga);
        Self {
            app,
            between,
            elsewhere,
            olga,
            target: self.target.clone(),
            leaver: self.leaver.clone(),
            successor: self.successor.clone(),
            hand_over: self.hand_over.clone(),
            waiting: self.waiting.clone(),
            proposed: self.proposed.clone(),
            breach: self.breach.clone(),
            draft: self.draft.clone(),
            published: self.published.clone(),
            cursor: self.cursor.clone(),
            count: self.count,
        }
    }

    pub async fn adviser(&mut self) -> Actor {
        self.count += 1;
        self.app.adviser(&format!("adviseur{}", self.count)).await
    }

    async fn officer(&mut self) -> Actor {
        self.count += 1;
        self.app.officer(&format!("officier{}", self.count)).await
    }

    pub async fn case(&mut self, route: &Route) -> Case {
        let own = match (route.access.as_str(), route.path.as_str()) {
            ("Officer", _) => return self.of_officer(route).await,
            ("SecondFactorDue", _) => self.second_factor().await,
            ("NewPasswordDue", _) => self.new_password().await,
            (_, "/api/two-factor/confirm") => self.enrolment().await,
            (_, "/api/two-factor/recovery-codes/seen") => (self.enrolled().await.0, None, None),
            (_, path) if path.starts_with("/api/two-factor/") => self.enrolled().await,
            (_, path) => self.own(route.method, path).await,
        };
        let (victim, path, body) = own;
        Case { victim, path: path.unwrap_or_else(|| route.path.clone()), body, if_match: None }
    }

    async fn second_factor(&mut self) -> (Actor, Option<String>, Option<Value>) {
        let mut adviser = self.adviser().await;
        adviser.enrol().await;
        let half = adviser.clone_as_new_browser();
        half.log_in().await.expect(StatusCode::OK);
        let code = half.code();
        (half, None, Some(json!({ "code": code })))
    }

    async fn new_password(&mut self) -> (Actor, Option<String>, Option<Value>) {
        let adviser = self.adviser().await;
        let half = adviser.clone_as_new_browser();
        half.post("/api/password-reset", json!({ "username": half.username })).await.expect(StatusCode::ACCEPTED);
        self.app.run_jobs().await;
        let one_time = self.app.last_mail_to(&address(&half.username)).one_time_password();
        half.log_in_as(&half.username, &one_time).await.expect(StatusCode::OK);
        (half, None, Some(json!({ "new_password": OTHER_PASSWORD })))
    }

    async fn enrolment(&mut self) -> (Actor, Option<String>, Option<Value>) {
        let mut adviser = self.adviser().await;
        let begun = adviser.post("/api/two-factor", json!({ "password": PASSWORD })).await.expect(StatusCode::CREATED);
        adviser.totp = Some(seed(&begun.json()));
        let code = adviser.code();
        // A user who changes the password meanwhile signs in without a code: the second factor is not enabled yet.
        (adviser, None, Some(json!({ "code": code })))
    }

    async fn enrolled(&mut self) -> (Actor, Option<String>, Option<Value>) {
        let mut adviser = self.adviser().await;
        adviser.enrol().await;
        let code = adviser.code();
        (adviser, None, Some(json!({ "password": PASSWORD, "code": code })))
    }

    async fn own(&mut self, method: &str, path: &str) -> (Actor, Option<String>, Option<Value>) {
        let adviser = self.adviser().await;
        let body = match (method, path) {
            ("PUT", "/api/account") => json!({"display_name": "Anders", "language": "en"}),
            ("PUT", "/api/account/password") => json!({"current_password": PASSWORD, "new_password": OTHER_PASSWORD}),
            ("PUT", "/api/account/email") => json!({"current_password": PASSWORD, "email": "anders@example.nl"}),
            ("POST", "/api/two-factor") => json!({ "password": PASSWORD }),
            ("DELETE", "/api/sessions") => return (adviser, None, None),
            ("DELETE", "/api/sessions/{id}") => {
                let listed = adviser.get("/api/sessions").await.expect(StatusCode::OK).json();
                let path = format!("/api/sessions/{}", listed["items"][0]["id"].as_str().unwrap());
                return (adviser, Some(path), None);
            }
            ("DELETE", "/api/browsers" | "/api/browsers/{id}") => {
                adviser.clone_as_new_browser().sign_in().await;
                let listed = adviser.get("/api/browsers").await.expect(StatusCode::OK).json();
                let other = listed["items"].as_array().unwrap().iter().find(|item| item["current"] == false).unwrap();
                let path = path.replace("{id}", other["id"].as_str().unwrap());
                return (adviser, Some(path), None);
            }
            ("PUT", "/api/retention") => json!({"months": 84, "reason": "Fiscale bewaarplicht"}),
            ("POST", "/api/exports") => json!({"format": "json", "password": PASSWORD}),
            ("POST", "/api/clients/{id}/portability") => {
                let (file, _) = make(&adviser, &example()).await;
                return (adviser, Some(format!("{file}/portability")), Some(json!({"format": "json", "password": PASSWORD})));
            }
            ("POST", "/api/hand-overs/{id}/stop") => return (self.officer().await, Some(format!("{}/stop", self.waiting)), None),
            ("POST", "/api/breaches") => json!({"what": "Een vreemde mail", "noticed_at": "2026-11-23T08:30:00Z"}),
            other => panic!("{other:?} changes something: say here how it is asked for"),
        };
        (adviser, None, Some(body))
    }

    async fn of_officer(&mut self, route: &Route) -> Case {
        let victim = self.officer().await;
        let (target, hand_over, breach) = (self.target.as_str(), self.hand_over.as_str(), self.breach.as_str());
        let (id, body): (&str, Option<Value>) = match (route.method, route.path.as_str()) {
            ("POST", "/api/accounts") => {
                let username = format!("nieuw{}", self.count);
                ("", Some(json!({"username": username, "display_name": "Nieuw", "email": "nieuw@example.nl", "role": "adviser"})))
            }
            (
                "POST",
                "/api/accounts/{id}/disable" | "/api/accounts/{id}/enable" | "/api/accounts/{id}/invite" | "/api/accounts/{id}/unlock",
            )
            | ("DELETE", "/api/accounts/{id}") => (target, None),
            ("PUT", "/api/accounts/{id}/email") => (self.proposed.as_str(), Some(json!({ "email": "anders@example.nl" }))),
            ("POST", "/api/accounts/{id}/confirm") => (self.proposed.as_str(), None),
            ("PUT", "/api/accounts/{id}/controller") => {
                (self.successor.as_str(), Some(json!({"name": "Kantoor Dijk", "address": "Markt 2, Delft"})))
            }
            ("PUT", "/api/organisation") => ("", Some(confirmed(&self.app, &victim, &office()))),
            ("POST", "/api/hand-overs") => ("", Some(json!({"from": self.leaver, "to": self.successor, "reason": "Pensioen"}))),
            ("POST", "/api/hand-overs/{id}/approve" | "/api/hand-overs/{id}/withdraw") => (hand_over, None),
            ("PUT", "/api/breaches/{id}") => (breach, Some(facts())),
            ("POST", "/api/breaches/{id}/steps") => (breach, Some(named_step("annotated"))),
            ("POST", "/api/breaches/{id}/evidence") => (breach, Some(json!({ "cursor": self.cursor }))),
            ("POST", "/api/breaches/{id}/letters") => (breach, Some(json!({ "account": self.successor }))),
            ("POST", "/api/processors") => ("", Some(complete("Ander B.V."))),
            ("POST", "/api/processors/platform" | "/api/organisation/confirm") => ("", None),
            ("PUT", "/api/processors/{id}") => (self.draft.as_str(), Some(complete("Gewijzigd B.V."))),
            ("POST", "/api/processors/{id}/publish") => (self.draft.as_str(), None),
            ("POST", "/api/processors/{id}/end") => (self.published.as_str(), Some(json!({"on": "2026-11-22", "reason": "Overgestapt"}))),
            other => panic!("{other:?} changes something: say here how it is asked for"),
        };
        let id = id.rsplit('/').next().unwrap();
        let path = route.path.replace("{id}", id);
        let seen =
            matches!(route.path.as_str(), "/api/breaches/{id}" | "/api/processors/{id}") || route.path.starts_with("/api/processors/{id}/");
        let if_match = if route.path == "/api/organisation" {
            Some(victim.get(&route.path).await.expect(StatusCode::OK).header("etag").unwrap().to_owned())
        } else if seen {
            let whole = route.path[..route.path.find("{id}").unwrap()].to_owned() + id;
            Some(victim.get(&whole).await.expect(StatusCode::OK).header("etag").unwrap().to_owned())
        } else {
            None
        };
        Case { victim, path, body, if_match }
    }

    /// Applies the fate to the caller through another instance. Returns the contents of the database afterwards.
    async fn befall(&self, victim: &Actor, fate: Fate) -> Arc<Mutex<Vec<String>>> {
        let (app, after) = (Arc::clone(&self.app), Arc::new(Mutex::new(Vec::new())));
        let (olga, same) = (self.olga.at(&self.elsewhere), victim.copied().at(&self.elsewhere));
        let owner = victim.clone_as_new_browser().at(&self.elsewhere);
        if fate == Fate::NewPassword {
            owner.sign_in().await;
        }
        let path = format!("/api/accounts/{}/disable", account_id(&self.olga, &victim.username).await);
        let noted = Arc::clone(&after);
        self.between.before_commit(async move {
            let reply = match fate {
                Fate::Disabled => olga.post(&path, None).await,
                Fate::SignedOut => same.post("/api/logout", None).await,
                Fate::NewPassword => {
                    let body = json!({"current_password": PASSWORD, "new_password": "kasteel-molen-vrijdag-7"});
                    owner.put("/api/account/password", body).await
                }
            };
            assert!(reply.status.is_success(), "{reply:?}");
            *noted.lock().unwrap() = contents(&app);
        });
        after
    }
}

#[tokio::test]
async fn whoever_lost_the_session_before_the_first_commit_writes_nothing() {
    let mut stage = Stage::set().await;
    for route in changing() {
        for fate in FATES {
            stage.app.clock.advance(jiff::SignedDuration::from_secs(1));
            let Case { victim, path, body, if_match } = stage.case(&route).await;
            let after = stage.befall(&victim, fate).await;
            let ask = victim.request(route.method.parse::<Method>().unwrap(), &path).json(body);
            let ask = if let Some(tag) = &if_match { ask.header("if-match", tag) } else { ask };
            let reply = ask.send().await;
            assert!(!stage.between.cancel(), "{route:?} commits nothing: {reply:?}");
            assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "not_signed_in"), "{fate:?} {reply:?}");
            assert_eq!(contents(&stage.app), *after.lock().unwrap(), "{fate:?} {route:?}");
            assert!(!victim.is_signed_in().await, "{fate:?} {route:?}");
        }
    }
    stage.app.run_jobs().await;
    stage.app.verify().await;
}

#[tokio::test]
async fn an_overdue_intent_is_not_carried_out() {
    let between = Between::default();
    let app = TestApp::start_with(between.options()).await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    let (disable, breach) =
        (format!("/api/accounts/{}/disable", account_id(&olga, "anna").await), suspect(&olga, "Een vreemde mail").await);
    for (path, body) in [(disable, None), (format!("{breach}/steps"), Some(named_step("annotated")))] {
        assert!(olga.is_signed_in().await, "that it was used is noted by now");
        let clock = Arc::clone(&app.clock);
        between.before_commit(async move { clock.advance(jiff::SignedDuration::from_secs(61)) });
        olga.post(&path, body).await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    }
    assert!(anna.is_signed_in().await);
    assert_eq!(olga.get(&breach).await.expect(StatusCode::OK).json()["steps"].as_array().map(Vec::len), Some(2), "suspected and mailed");
}

#[tokio::test]
async fn of_what_an_overdue_intent_was_to_do_nobody_hears() {
    let between = Between::default();
    let mut stage = Stage::set_on(between.options(), between.clone()).await;
    let officer_of =
        |route: &&Route| route.path.starts_with("/api/accounts") && route.method != "GET" && !QUESTIONS.contains(&route.path.as_str());
    let routes = table();
    for route in routes.iter().filter(officer_of) {
        let Case { victim, path, mut body, .. } = stage.case(route).await;
        if path == "/api/accounts" {
            body.as_mut().unwrap()["role"] = json!("officer");
        }
        assert!(victim.is_signed_in().await, "that it was used is noted by now");
        stage.app.run_jobs().await;
        stage.app.clear_mails();
        let clock = Arc::clone(&stage.app.clock);
        between.before_commit(async move { clock.advance(jiff::SignedDuration::from_secs(61)) });
        let reply = victim.request(route.method.parse::<Method>().unwrap(), &path).json(body).send().await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{route:?} {reply:?}");
        stage.app.run_jobs().await;
        assert_eq!(stage.app.mails().len(), 0, "{route:?}");
        between.cancel();
    }
}

#[tokio::test]
async fn every_change_of_an_account_names_who_made_it() {
    let app = TestApp::start().await;
    let (olga, anna) = (app.officer("olga").await, app.adviser("anna").await);
    let id = account_id(&olga, "anna").await;
    anna.put("/api/account", json!({"display_name": "Anna", "language": "en"})).await.expect(StatusCode::NO_CONTENT);
    for act in ["disable", "enable", "unlock"] {
        olga.post(&format!("/api/accounts/{id}/{act}"), None).await.expect(StatusCode::NO_CONTENT);
    }
    app.anonymous().post("/api/password-reset", json!({ "username": "anna" })).await.expect(StatusCode::ACCEPTED);
    app.run_jobs().await;
    let officer = app.state().services.identities.index("olga").await.unwrap();
    let named = crate::support::register::changed_by(&app, "anna").await;
    let whats: Vec<_> = named.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(whats, ["created", "profile_changed", "disabled", "enabled", "unlocked", "one_time_password_issued"]);
    let is_olga = |by: &ChangedBy| matches!(by, ChangedBy::Account { account, .. } if *account == officer);
    assert!(named[0].1 == ChangedBy::Operator && matches!(named[1].1, ChangedBy::Owner { .. }), "{named:?}");
    assert!(named[2..5].iter().all(|(_, by)| is_olga(by)) && named[5].1 == ChangedBy::Job, "{named:?}");
    let intents = |by: &ChangedBy| if let ChangedBy::Account { intent, .. } = by { Some(*intent) } else { None };
    let carried_out: Vec<_> = named.iter().filter_map(|(_, by)| intents(by)).collect();
    assert_eq!(crate::support::register::intended(&app, "olga").await, carried_out, "what an officer did is in the officer's own chain");
    assert!(!contents(&app).iter().any(|spot| spot.contains("intent-")), "none stays behind");
    app.verify().await;
}

/// Every change of any account so far, and who made it.
async fn all_changes(stage: &Stage) -> Vec<(String, String, ChangedBy)> {
    let list = stage.olga.get("/api/accounts?limit=200").await.expect(StatusCode::OK).json();
    let mut all = Vec::new();
    for username in list["items"].as_array().unwrap().iter().map(|item| item["username"].as_str().unwrap()) {
        let changes = crate::support::register::changed_by(&stage.app, username).await;
        all.extend(changes.into_iter().map(|(what, by)| (username.to_owned(), what, by)));
    }
    all
}

#[tokio::test]
async fn whatever_a_route_changes_of_an_account_names_who_asked() {
    let mut stage = Stage::set().await;
    let (mut own, mut of_others, mut refused) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut routes = changing();
    // Deletions last: the other routes need what they delete.
    routes.sort_by_key(|route| route.method == "DELETE");
    for route in routes {
        stage.app.clock.advance(jiff::SignedDuration::from_secs(1));
        let Case { victim: asks, path, body, if_match } = stage.case(&route).await;
        let before = all_changes(&stage).await;
        let ask = asks.request(route.method.parse::<Method>().unwrap(), &path).json(body);
        let reply = if let Some(tag) = &if_match { ask.header("if-match", tag) } else { ask }.send().await;
        if !reply.status.is_success() {
            refused.push(format!("{} {}", route.method, route.path));
            continue;
        }
        let who = stage.app.state().services.identities.index(&asks.username).await.unwrap();
        let intended = crate::support::register::intended(&stage.app, &asks.username).await;
        for (username, what, by) in all_changes(&stage).await.into_iter().filter(|change| !before.contains(change)) {
            let is_own = username == asks.username;
            let is_named = match by {
                ChangedBy::Owner { .. } => is_own,
                ChangedBy::Account { account, intent } => !is_own && account == who && intended.contains(&intent),
                _ => false,
            };
            assert!(is_named, "{what} of {username} by {by:?}, after {} asked for {route:?}", asks.username);
            if is_own {
                own.insert(what)
            } else {
                of_others.insert(what)
            };
        }
    }
    println!("changes of the own account {own:?}, of others {of_others:?}; refused in this order: {refused:?}");
    assert!(own.len() > 8 && of_others.len() > 4 && refused.len() < 4, "{own:?} {of_others:?} {refused:?}");
    stage.app.verify().await;
}
