//! The whole service while a random but reproducible mixture of faults affects its database.

use crate::support::{
    actor::{Actor, Reply},
    app::{TestApp, TestOptions},
    register::{count, count_unknown},
};
use axum::http::{Method, StatusCode};
use azure_data_cosmos_driver::fault_injection::FaultInjectionRule;
use finrust::{domain::sign_in::attempt::Outcome, ports::Clock};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};
use test_support::{
    clock::TestClock,
    doubles::{
        cosmos::Emulator,
        cosmos_faults::{COMMITS, Fault, QUERIES, READS, fault},
    },
};

const SESSION: &str = "__Host-finrust";
const STEPS: u64 = 60;
/// Faults planned for each kind of request: more than will happen.
const PLANNED: usize = 400;

/// The clock of the service, which exists only once its database does.
#[derive(Default)]
struct LateClock(OnceLock<Arc<dyn Clock>>);

impl Clock for LateClock {
    fn now(&self) -> Timestamp {
        self.0.get().map_or_else(|| TestClock::new().now(), |clock| clock.now())
    }
}

/// `SplitMix64`: reproducible, which is all that is needed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// A sequence of rules: each affects so many requests, then the next one applies.
struct Weather(Vec<Arc<FaultInjectionRule>>);

impl Weather {
    fn forecast(dice: &mut Dice) -> Self {
        let mut planned = Vec::new();
        for kind in [COMMITS, READS, QUERIES] {
            for _ in 0..PLANNED {
                let (what, times) = some_fault(dice);
                planned.push(fault(kind, what, times));
            }
        }
        let weather = Self(planned);
        weather.heal();
        weather
    }

    fn break_out(&self) {
        self.0.iter().for_each(|rule| rule.enable());
    }

    fn heal(&self) {
        self.0.iter().for_each(|rule| rule.disable());
    }
}

/// Some faults are absorbed by retries, some outlast them; every other time there is none.
fn some_fault(dice: &mut Dice) -> (Fault, u32) {
    let times = u32::try_from(dice.below(6)).unwrap() + 1;
    let what = match dice.below(18) {
        0 => Fault::Throttled(2),
        1 => Fault::RetryWith,
        2 => Fault::Timeout,
        3 => Fault::Unavailable,
        4 => Fault::Broken,
        5 => Fault::Gone,
        6 => Fault::NoConnection,
        7 => Fault::LostBefore,
        8 | 9 => Fault::LostAfter,
        _ => Fault::Spared,
    };
    (what, times)
}

/// A file as its adviser knows it.
struct File {
    key: String,
    /// Unknown when the creation was answered with 503.
    id: Option<String>,
    /// The last acknowledged name.
    name: String,
    /// Names sent since and answered with 503.
    perhaps: Vec<String>,
}

struct World {
    app: TestApp,
    anna: Actor,
    files: Vec<File>,
    signed_in: u32,
    refused: u32,
    /// Whether each attempt got a response.
    strangers: Vec<bool>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let (mut answered, mut refused) = (0, 0);
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        let (weather, clock) = (Weather::forecast(&mut dice), Arc::new(LateClock::default()));
        let documents = Emulator::new().documents_with(clock.clone(), weather.0.clone()).await;
        let wrap = Box::new(move |_| Arc::clone(&documents));
        let app = TestApp::start_with(TestOptions { documents: Some(wrap), ..TestOptions::default() }).await;
        clock.0.get_or_init(|| app.clock.clone());
        let anna = app.adviser("anna").await;
        let already = count(&app, "anna", Outcome::SignedIn).await;
        let mut world = World { app, anna, files: Vec::new(), signed_in: already, refused: 0, strangers: Vec::new() };
        weather.break_out();
        for step in 0..STEPS {
            world.step(step, &mut dice).await;
            world.app.clock.advance(SignedDuration::from_secs(20));
        }
        weather.heal();
        let (ones, others) = world.check(seed).await;
        (answered, refused) = (answered + ones, refused + others);
    }
    assert!(answered > 60 && refused > 15, "{answered} answered and {refused} refused: not much of a mixture");
}

impl World {
    async fn step(&mut self, step: u64, dice: &mut Dice) {
        match dice.below(4) {
            0 => self.sign_in().await,
            1 => self.guess(step).await,
            2 => self.create(step).await,
            _ if self.files.is_empty() => self.create(step).await,
            _ => {
                let chosen = usize::try_from(dice.below(self.files.len() as u64)).unwrap();
                self.save(chosen, step).await;
            }
        }
    }

    async fn sign_in(&mut self) {
        let browser = self.anna.clone_as_new_browser();
        let reply = browser.log_in().await;
        if is_unavailable(&reply) {
            self.refused += 1;
            assert_eq!(browser.cookie(SESSION), None);
        } else {
            reply.expect(StatusCode::OK);
            self.signed_in += 1;
        }
    }

    /// Each with a different username, so that none is throttled and each can be counted.
    async fn guess(&mut self, step: u64) {
        let username = format!("nobody-{step}");
        let reply = self.app.anonymous().log_in_as(&username, "geraden wachtwoord").await;
        let answered = !is_unavailable(&reply);
        if answered {
            reply.expect(StatusCode::UNAUTHORIZED);
        }
        self.strangers.push(answered);
    }

    async fn create(&mut self, step: u64) {
        let mut file =
            File { key: format!("6f0c1a52-3d5e-4b8a-9c57-{step:012x}"), id: None, name: format!("Klant {step}"), perhaps: Vec::new() };
        let reply = self.post(&file).await;
        if !is_unavailable(&reply) {
            file.id = Some(id_of(&reply.expect(StatusCode::CREATED)));
        }
        self.files.push(file);
    }

    async fn post(&self, file: &File) -> Reply {
        let asked = self.anna.request(Method::POST, "/api/clients").header("idempotency-key", &file.key);
        asked.json(json!({ "person": { "last_name": file.name } })).send().await
    }

    async fn save(&mut self, chosen: usize, step: u64) {
        let Some(path) = self.files[chosen].id.as_ref().map(|id| format!("/api/clients/{id}")) else { return };
        let read = self.anna.get(&path).await;
        if is_unavailable(&read) {
            return;
        }
        let read = read.expect(StatusCode::OK);
        self.files[chosen].sees(&last_name(&read));
        let name = format!("Klant {step} gewijzigd");
        let put = self.anna.request(Method::PUT, &path).header("if-match", read.header("etag").unwrap());
        let reply = put.json(json!({ "person": { "last_name": name } })).send().await;
        if is_unavailable(&reply) {
            self.files[chosen].perhaps.push(name);
        } else {
            reply.expect(StatusCode::OK);
            self.files[chosen].settles_on(name);
        }
    }

    /// Returns how many sign-in attempts got a response, and how many did not.
    async fn check(mut self, seed: u64) -> (usize, usize) {
        for file in &mut self.files {
            if file.id.is_none() {
                let asked = self.anna.request(Method::POST, "/api/clients").header("idempotency-key", &file.key);
                let reply = asked.json(json!({ "person": { "last_name": file.name } })).send().await;
                file.id = Some(id_of(&reply.expect(StatusCode::CREATED)));
            }
            let read = self.anna.get(&format!("/api/clients/{}", file.id.as_ref().unwrap())).await.expect(StatusCode::OK);
            file.sees(&last_name(&read));
        }
        let mut expected: Vec<_> = self.files.iter().map(|file| Value::from(file.name.clone())).collect();
        let found = self.anna.post("/api/clients/search", json!({})).await.expect(StatusCode::OK).json();
        let mut found: Vec<_> = found["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect();
        expected.sort_by_key(Value::to_string);
        found.sort_by_key(Value::to_string);
        assert_eq!(found, expected, "seed {seed}");
        let recorded = count(&self.app, "anna", Outcome::SignedIn).await;
        let most = self.signed_in + self.refused;
        assert!((self.signed_in..=most).contains(&recorded), "{recorded} of {} to {most} with seed {seed}", self.signed_in);
        let answered = self.strangers.iter().filter(|answered| **answered).count();
        let recorded = count_unknown(&self.app, Outcome::UnknownUser).await as usize;
        assert!((answered..=self.strangers.len()).contains(&recorded), "{recorded} of {answered} with seed {seed}");
        self.app.verify().await;
        (answered + self.signed_in as usize, self.strangers.len() - answered + self.refused as usize)
    }
}

impl File {
    /// What is read must be what was acknowledged, or what was sent since.
    fn sees(&mut self, name: &str) {
        assert!(self.name == name || self.perhaps.iter().any(|perhaps| perhaps == name), "{name} instead of {}", self.name);
        self.settles_on(name.to_owned());
    }

    fn settles_on(&mut self, name: String) {
        self.name = name;
        self.perhaps.clear();
    }
}

/// A well-formed 503.
#[track_caller]
fn is_unavailable(reply: &Reply) -> bool {
    if reply.status != StatusCode::SERVICE_UNAVAILABLE {
        return false;
    }
    assert_eq!(reply.code(), "unavailable");
    assert!(reply.retry_after() >= 1 && reply.headers.get("set-cookie").is_none(), "{reply:?}");
    true
}

fn id_of(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap().to_owned()
}

fn last_name(reply: &Reply) -> String {
    reply.json()["person"]["last_name"].as_str().unwrap().to_owned()
}
