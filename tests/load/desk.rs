//! A person at a browser, with what they know.

use super::{
    backend::{Backend, one_time_password},
    counts::Counts,
};
use finrust::domain::stored::TotpSeed;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};
use test_support::browser::{Answer, Browser};

/// What a service says that cannot at the moment.
const LATER: u16 = 503;
/// How long a mail may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser and its user.
#[derive(Clone)]
pub struct Desk<'a> {
    browser: Browser,
    counts: &'a Counts,
    pub username: String,
    pub password: String,
    seed: Option<[u8; 20]>,
}

impl<'a> Desk<'a> {
    /// A new browser.
    pub fn new(backend: &impl Backend, counts: &'a Counts, username: &str) -> Self {
        let username = username.to_owned();
        Self { browser: Browser::new(backend.port()), counts, username, password: String::new(), seed: None }
    }

    /// Signs in for the first time and chooses a password.
    pub fn first_sign_in(mut self, one_time: &str) -> Self {
        self.password = format!("zeven paarse olifanten {}", self.username);
        let (username, password) = (self.username.clone(), self.password.clone());
        self.post("/api/login", &[], json!({"username": username, "password": one_time}), 200);
        self.post("/api/login/new-password", &[], json!({"new_password": password}), 200);
        self
    }

    /// Enrols a second factor. Returns the recovery codes.
    pub fn enrol(&mut self) -> Vec<String> {
        let begun = self.post("/api/two-factor", &[], json!({"password": self.password}), 201).json();
        let seed = data_encoding::BASE32_NOPAD.decode(begun["secret"].as_str().unwrap().as_bytes()).unwrap();
        self.seed = Some(seed.try_into().unwrap());
        let confirmed = self.post("/api/two-factor/confirm", &[], json!({"code": self.code(0)}), 200).json();
        serde_json::from_value(confirmed["recovery_codes"].clone()).unwrap()
    }

    /// The code of now or, since one is used once, of a step that is still accepted.
    pub fn code(&self, steps: i64) -> String {
        TotpSeed::new(self.seed.unwrap()).code_at(now() + SignedDuration::from_secs(30 * steps))
    }

    /// The same user in a browser without cookies.
    pub fn elsewhere(&self, backend: &impl Backend) -> Self {
        Self { browser: Browser::new(backend.port()), ..self.clone() }
    }

    /// A request whose answer must have this status. `ids` fill in the parameters of the path. "Come back later" is obeyed.
    pub fn ask(&mut self, method: &str, path: &str, ids: &[&str], headers: &[(&str, &str)], body: Option<&Value>, status: u16) -> Answer {
        loop {
            let answer = self.answer(method, path, ids, headers, body);
            if answer.status != LATER {
                assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
                return answer;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Whatever is answered.
    pub fn answer(&mut self, method: &str, path: &str, ids: &[&str], headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut filled = path.to_owned();
        for id in ids {
            let (begin, end) = (filled.find('{').unwrap(), filled.find('}').unwrap());
            filled.replace_range(begin..=end, id);
        }
        let answer = self.browser.send(method, &filled, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let template = path.split('?').next().unwrap();
        self.counts.add(&format!("{method} {template}"), answer.status, &answer.body);
        answer
    }

    pub fn get(&mut self, path: &str, ids: &[&str]) -> Answer {
        self.ask("GET", path, ids, &[], None, 200)
    }

    pub fn post(&mut self, path: &str, ids: &[&str], body: impl Into<Option<Value>>, status: u16) -> Answer {
        self.ask("POST", path, ids, &[], body.into().as_ref(), status)
    }

    pub fn put(&mut self, path: &str, ids: &[&str], body: impl Into<Option<Value>>, status: u16) -> Answer {
        self.ask("PUT", path, ids, &[], body.into().as_ref(), status)
    }

    pub fn delete(&mut self, path: &str, ids: &[&str]) {
        self.ask("DELETE", path, ids, &[], None, 204);
    }

    /// On the version that was seen.
    pub fn over(&mut self, method: &str, path: &str, ids: &[&str], etag: &str, body: impl Into<Option<Value>>) -> Answer {
        self.ask(method, path, ids, &[("If-Match", etag)], body.into().as_ref(), 200)
    }
}

/// Waits for a one-time password that was mailed to a user and is not the one before.
pub fn mailed(backend: &impl Backend, username: &str, before: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(code) = one_time_password(&backend.mails(), username, before) {
            return code;
        }
        assert!(Instant::now() < deadline, "no mail for {username}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[expect(clippy::disallowed_methods, reason = "the program under load has the time of the system")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The id in an answer.
pub fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}
