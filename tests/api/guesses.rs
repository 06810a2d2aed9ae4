//! Everything that can be guessed: each member of a request that holds a password or a code, taken from the OpenAPI document, and how it is
//! checked.

use crate::{
    authority::{QUESTIONS, Stage, is_of_files},
    confirmation,
    support::{
        actor::{Actor, Reply, seed},
        app::{OTHER_PASSWORD, TestApp, TestOptions},
        between::Between,
        register::{account_id, count},
    },
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::sign_in::attempt::Outcome,
    http::routes::{Route, openapi_document, table},
    ports::Clock,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, task::JoinSet};

/// Where a password or code of a request is checked.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Judged {
    /// Signing in, by password.
    Door,
    /// Signing in, by code.
    SecondStep,
    /// A code of a factor that is being enrolled.
    Enrolment,
    /// Beside the password, in a session; tested by `confirmation`.
    InSession,
    /// Not at all: a password that is being chosen is not a guess.
    Chosen,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Guessed {
    method: String,
    path: String,
    member: String,
    judged: Judged,
}

/// Every member of every request whose name suggests a secret. A member that is not classified fails this.
fn guessed() -> BTreeSet<Guessed> {
    let document = openapi_document();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut members = BTreeSet::new();
            for content in operation["requestBody"]["content"].as_object().into_iter().flat_map(serde_json::Map::values) {
                collect(&document, &content["schema"], &mut Vec::new(), &mut members);
            }
            for member in &members {
                if let Some(judged) = place(path, member, &members) {
                    found.insert(Guessed { method: method.to_uppercase(), path: path.clone(), member: member.clone(), judged });
                }
            }
        }
    }
    found
}

fn collect(document: &Value, schema: &Value, above: &mut Vec<String>, members: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        if !above.iter().any(|one| one == name) {
            above.push(name.to_owned());
            collect(document, &document["components"]["schemas"][name], above, members);
            above.pop();
        }
        return;
    }
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        if sounds_secret(name) || of["format"] == "password" {
            members.insert(name.clone());
        }
        collect(document, of, above, members);
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        for one in schema[several].as_array().into_iter().flatten() {
            collect(document, one, above, members);
        }
    }
    collect_items(document, schema, above, members);
}

fn collect_items(document: &Value, schema: &Value, above: &mut Vec<String>, members: &mut BTreeSet<String>) {
    for inner in ["items", "additionalProperties"] {
        if schema[inner].is_object() {
            collect(document, &schema[inner], above, members);
        }
    }
}

fn sounds_secret(name: &str) -> bool {
    ["password", "code", "secret", "token", "pin", "otp", "key", "phrase"].iter().any(|word| name.contains(word))
}

fn place(path: &str, member: &str, beside: &BTreeSet<String>) -> Option<Judged> {
    let with_a_password = beside.contains("password") || beside.contains("current_password");
    Some(match (path, member) {
        (_, "postcode" | "keys_safe") => return None,
        (_, "new_password") | ("/api/password-check", "password") => Judged::Chosen,
        ("/api/login", "password") => Judged::Door,
        ("/api/login/two-factor", "code" | "recovery_code") => Judged::SecondStep,
        ("/api/two-factor/confirm", "code") => Judged::Enrolment,
        (_, "password" | "current_password" | "code" | "recovery_code") if with_a_password => Judged::InSession,
        _ => panic!("{path}: who judges {member}, and which test guesses at it?"),
    })
}

#[test]
fn every_password_and_code_of_a_request_is_guessed_at_by_a_test() {
    let guessed = guessed();
    let in_session = guessed.iter().filter(|one| one.judged == Judged::InSession);
    let in_session: BTreeSet<_> = in_session.map(|one| (one.method.clone(), one.path.clone())).collect();
    assert_eq!(in_session, confirmation::routes());
    let of = |judged| guessed.iter().filter(|one| one.judged == judged).count();
    assert_eq!([of(Judged::Door), of(Judged::SecondStep), of(Judged::Enrolment)], [1, 2, 1], "{guessed:?}");
    assert!(in_session.len() >= 8, "{in_session:?}");
}

impl Guessed {
    /// All that are checked outside a full session.
    fn each() -> Vec<Self> {
        guessed().into_iter().filter(|one| matches!(one.judged, Judged::Door | Judged::SecondStep | Judged::Enrolment)).collect()
    }

    /// A user at this step of Anna's account, and a wrong guess.
    async fn guesser(&self, app: &TestApp) -> (Actor, Value) {
        let mut anna = app.adviser("anna").await;
        let wrong = match self.judged {
            Judged::Enrolment => {
                let begun = anna.post("/api/two-factor", json!({ "password": anna.password })).await.expect(StatusCode::CREATED);
                seed(&begun.json()).code_at(app.clock.now() + SignedDuration::from_hours(1))
            }
            Judged::SecondStep => {
                anna.enrol().await;
                app.clock.advance(SignedDuration::from_mins(2));
                anna.totp.as_ref().unwrap().code_at(app.clock.now() + SignedDuration::from_hours(1))
            }
            _ => "geraden wachtwoord".to_owned(),
        };
        let wrong = if self.member == "recovery_code" { "AAAA-AAAA-AAAA-AAAA".to_owned() } else { wrong };
        let mut body = json!({ (&self.member): wrong });
        if self.judged == Judged::Door {
            body["username"] = json!("anna");
        }
        if self.judged == Judged::Enrolment {
            return (anna, body);
        }
        let stranger = anna.clone_as_new_browser();
        if self.judged == Judged::SecondStep {
            stranger.log_in().await.expect(StatusCode::OK);
        }
        (stranger, body)
    }

    fn all_at_once(&self, guesser: &Actor, body: &Value, guesses: usize) -> JoinSet<StatusCode> {
        let mut tasks = JoinSet::new();
        for _ in 0..guesses {
            let (one, guesser, body) = (self.clone(), guesser.clone(), body.clone());
            tasks.spawn(async move { guesser.request(one.method(), &one.path).json(body).send().await.status });
        }
        tasks
    }

    fn method(&self) -> Method {
        self.method.parse().unwrap()
    }

    const fn wrong(&self) -> Outcome {
        match self.judged {
            Judged::Door => Outcome::WrongPassword,
            Judged::Enrolment => Outcome::WrongEnrolmentCode,
            _ => Outcome::WrongCode,
        }
    }

    /// How many guesses the owner's attempt log contains.
    async fn recorded(&self, app: &TestApp) -> u32 {
        let mut sum = 0;
        for outcome in [self.wrong(), Outcome::Throttled, Outcome::Overloaded] {
            sum += count(app, "anna", outcome).await;
        }
        sum
    }

    /// Attempts of a caller who has disconnected are recorded after a while.
    async fn until_recorded(&self, app: &TestApp, guesses: u32) {
        let begun = Instant::now();
        while self.recorded(app).await < guesses && begun.elapsed() < Duration::from_secs(30) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.recorded(app).await, guesses, "{self:?}");
    }

    /// An enrolment ends with its fifth wrong code; after it there is nothing to guess.
    const fn to_be_recorded(&self, guesses: u32) -> u32 {
        if matches!(self.judged, Judged::Enrolment) { 5 } else { guesses }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_guesses_at_once_five_are_judged_and_all_recorded() {
    for one in Guessed::each() {
        let app = TestApp::start().await;
        let (guesser, body) = one.guesser(&app).await;
        let statuses = one.all_at_once(&guesser, &body, 60).join_all().await;
        let judged = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
        println!("{} {}: judged of 60 at once {judged}, recorded {}", one.path, one.member, one.recorded(&app).await);
        assert_eq!((judged, count(&app, "anna", one.wrong()).await), (5, 5), "{one:?}");
        assert_eq!(one.recorded(&app).await, one.to_be_recorded(60), "{one:?}");
        app.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_hangs_up_while_a_guess_is_being_recorded_stops_nothing() {
    for one in Guessed::each() {
        let between = Between::default();
        let app = TestApp::start_with(between.options()).await;
        let (guesser, body) = one.guesser(&app).await;
        // Records the use of the session now, since that is a commit too.
        guesser.get("/api/session").await;
        let (reached, is_reached) = oneshot::channel();
        let (go_on, may_go_on) = oneshot::channel::<()>();
        between.before_commit(async {
            reached.send(()).unwrap();
            may_go_on.await.unwrap();
        });
        let guess = one.all_at_once(&guesser, &body, 1);
        is_reached.await.unwrap();
        drop(guess);
        go_on.send(()).unwrap();
        one.until_recorded(&app, 1).await;
        app.verify().await;
    }
}

/// Routes that need only a session and change something about accounts, above all the user's own.
fn by_the_session_alone() -> Vec<Route> {
    let asks: BTreeSet<(String, String)> = guessed().into_iter().map(|one| (one.method, one.path)).collect();
    let is_meant = |route: &Route| {
        let of_accounts = route.access != "Officer" || route.path.starts_with("/api/accounts");
        let of_a_session = !matches!(route.access.as_str(), "Public" | "Job" | "SecondFactorDue" | "NewPasswordDue");
        route.method != "GET" && of_accounts && of_a_session && !is_of_files(route) && !QUESTIONS.contains(&route.path.as_str())
    };
    table().into_iter().filter(|route| is_meant(route) && !asks.contains(&(route.method.to_owned(), route.path.clone()))).collect()
}

async fn guess(actor: &Actor) -> Reply {
    let body = json!({ "current_password": "geraden wachtwoord", "new_password": OTHER_PASSWORD });
    actor.put("/api/account/password", body).await
}

/// Guesses until throttled.
async fn exhaust(actor: &Actor) {
    for _ in 0..5 {
        guess(actor).await.expect_problem(StatusCode::UNAUTHORIZED, "invalid_credentials");
    }
    guess(actor).await.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
}

#[tokio::test]
async fn nothing_that_a_session_can_do_by_itself_ends_the_wait_for_its_next_guess() {
    let mut stage = Stage::set_on(TestOptions::default(), Between::default()).await;
    let mut routes = by_the_session_alone();
    // Deletions last: the other routes need what they delete.
    routes.sort_by_key(|route| route.method == "DELETE");
    assert!(routes.len() >= 16, "{routes:?}");
    for route in &routes {
        stage.app.clock.advance(SignedDuration::from_secs(1));
        let case = stage.case(route).await;
        let victim = &case.victim;
        exhaust(victim).await;
        let own = account_id(&stage.olga, &victim.username).await;
        let aimed = if route.path.starts_with("/api/accounts/{id}") { vec![route.path.replace("{id}", &own)] } else { Vec::new() };
        for path in aimed.iter().chain([&case.path]) {
            let ask = victim.request(route.method.parse::<Method>().unwrap(), path).json(case.body.clone());
            let reply = ask.send().await;
            assert!(reply.status.is_success() || aimed.contains(path), "{route:?} {reply:?}");
            let next = guess(victim).await;
            let waits = ["too_many_attempts", "not_signed_in"].contains(&next.code().as_str());
            assert!(waits, "{} {path} ends the wait: {next:?}", route.method);
        }
    }
}

/// Attempts to end a wait, or to reach another throttle with a lower count.
#[derive(Clone, Copy, Debug)]
enum Escape {
    /// Keeping everything as it is.
    EndOthers,
    /// As from an unknown browser.
    EndOthersWithoutMark,
    /// As from a browser with a mark that belongs to nobody.
    EndOthersWithAnotherMark,
    /// Forgetting the browser first.
    ForgetOwnThenEndOthers,
}

const DEVICE: &str = "__Host-finrust-device";

async fn escape(actor: &Actor, by: Escape) {
    match by {
        Escape::EndOthers => {}
        Escape::EndOthersWithoutMark => actor.drop_cookie(DEVICE),
        Escape::EndOthersWithAnotherMark => actor.set_cookie(DEVICE, &"A".repeat(43)),
        Escape::ForgetOwnThenEndOthers => {
            let known = actor.get("/api/browsers").await.expect(StatusCode::OK).json();
            for browser in known["items"].as_array().unwrap() {
                let path = format!("/api/browsers/{}", browser["id"].as_str().unwrap());
                actor.delete(&path).await.expect(StatusCode::NO_CONTENT);
            }
        }
    }
    actor.delete("/api/sessions").await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_session_leads_to_the_tries_of_its_browser_and_of_strangers_and_to_no_more() {
    use Escape::{EndOthers, EndOthersWithAnotherMark, EndOthersWithoutMark, ForgetOwnThenEndOthers};
    let all = [EndOthers, EndOthersWithoutMark, EndOthersWithAnotherMark, ForgetOwnThenEndOthers];
    for (number, by) in all.into_iter().map(|by| vec![by]).chain([all.to_vec()]).enumerate() {
        let app = TestApp::start().await;
        let username = format!("adviseur{number}");
        let actor = app.adviser(&username).await;
        for round in 0..8 {
            for _ in 0..6 {
                guess(&actor).await;
            }
            escape(&actor, by[round % by.len()]).await;
        }
        let judged = count(&app, &username, Outcome::WrongPasswordInSession).await;
        println!("{by:?}: judged of 48 guesses in a session {judged}");
        assert!(judged <= 10, "{by:?}: {judged}");
        app.verify().await;
    }
}

/// Codes share one count, wherever they are asked for.
#[tokio::test]
async fn a_code_waits_in_a_session_for_what_was_tried_at_the_door() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    anna.enrol().await;
    app.clock.advance(SignedDuration::from_mins(2));
    let wrong = anna.totp.as_ref().unwrap().code_at(app.clock.now() + SignedDuration::from_hours(1));
    let half = anna.clone_as_new_browser();
    half.log_in().await.expect(StatusCode::OK);
    for _ in 0..5 {
        let tried = half.post("/api/login/two-factor", json!({ "code": wrong })).await;
        tried.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    }
    anna.drop_cookie(DEVICE);
    let body = json!({ "password": anna.password, "code": wrong });
    let tried = anna.post("/api/two-factor/recovery-codes", body).await;
    tried.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    // And the other way round.
    app.clock.advance(SignedDuration::from_secs(2));
    let body = json!({ "password": anna.password, "code": wrong });
    anna.post("/api/two-factor/recovery-codes", body).await.expect_problem(StatusCode::UNAUTHORIZED, "wrong_code");
    let tried = half.post("/api/login/two-factor", json!({ "code": wrong })).await;
    tried.expect_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
}
