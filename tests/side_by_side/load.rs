//! An office at work on two instances: each request goes to the other instance than the last, with the same cookies and etags.

use crate::FINRUST;
use finrust::domain::stored::TotpSeed;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, thread};
use test_support::{
    browser::{Answer, Browser},
    people::PASSWORD,
    program::Invited,
};

const ADVISERS: usize = 3;
const ROUNDS: usize = 10;
const OFFICER: &str = "olga";

/// Invited users: usernames and one-time passwords.
pub struct Office {
    advisers: Vec<(String, String)>,
    officer: String,
}

impl Office {
    /// Invites them with the program of this version.
    pub fn invited(data: &Path) -> Self {
        let invite = |role, name: &str| {
            let email = format!("{name}@example.nl");
            FINRUST.invite(data, Invited { role, username: name, email: &email, name })
        };
        let names = (0..ADVISERS).map(|number| format!("adviseur{number}"));
        Self { advisers: names.map(|name| (name.clone(), invite("adviser", &name))).collect(), officer: invite("officer", OFFICER) }
    }

    /// All users work concurrently, each alternating between both instances. Returns the ids of files that the second instance created and
    /// the first one wrote last.
    pub fn works(&self, ports: [u16; 2]) -> BTreeSet<String> {
        thread::scope(|scope| {
            let advisers: Vec<_> = self
                .advisers
                .iter()
                .enumerate()
                .map(|(number, (name, code))| scope.spawn(move || advises(Desk::opened(ports, number, name, code), name)))
                .collect();
            let officer = scope.spawn(move || looks_after(&mut Desk::opened(ports, 1, OFFICER, &self.officer)));
            officer.join().expect("the officer saw no error");
            advisers.into_iter().flat_map(|adviser| adviser.join().expect("an adviser saw no error")).collect()
        })
    }
}

/// A user with one browser, and two instances that respond.
struct Desk {
    browser: Browser,
    ports: [u16; 2],
    turn: usize,
}

impl Desk {
    /// Signs in for the first time; an officer enrols a second factor.
    fn opened(ports: [u16; 2], turn: usize, username: &str, code: &str) -> Self {
        let mut desk = Self { browser: Browser::new(ports[0]), ports, turn };
        desk.ask("POST", "/api/login", "", &json!({"username": username, "password": code}), 200);
        desk.ask("POST", "/api/login/new-password", "", &json!({"new_password": PASSWORD}), 200);
        if desk.get("/api/session")["role"] == "officer" {
            let begun = desk.ask("POST", "/api/two-factor", "", &json!({"password": PASSWORD}), 201).json();
            let seed = data_encoding::BASE32_NOPAD.decode(begun["secret"].as_str().expect("a secret").as_bytes()).expect("base 32");
            let seed = TotpSeed::new(seed.try_into().expect("20 bytes"));
            desk.ask("POST", "/api/two-factor/confirm", "", &json!({"code": seed.code_at(Timestamp::now())}), 200);
        }
        desk
    }

    /// Sends to the instance whose turn it is; the response must have this status.
    fn ask(&mut self, method: &str, path: &str, version: &str, body: &Value, status: u16) -> Answer {
        self.turn += 1;
        self.browser = self.browser.at(self.ports[self.turn % 2]);
        let version: &[(&str, &str)] = if version.is_empty() { &[] } else { &[("If-Match", version)] };
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.browser.send(method, path, version, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert_eq!(
            answer.status,
            status,
            "{method} {path} at {}: {}",
            if self.turn.is_multiple_of(2) { "first" } else { "second" },
            answer.body
        );
        answer
    }

    fn get(&mut self, path: &str) -> Value {
        self.ask("GET", path, "", &Value::Null, 200).json()
    }

    /// The next request goes to the first instance, or to the second.
    fn next_at(&mut self, instance: usize) {
        self.turn = instance + 1;
    }
}

/// Files, their required processing, requests, an import, and signing in again.
fn advises(mut desk: Desk, name: &str) -> Vec<String> {
    let mut of_second = Vec::new();
    for round in 0..ROUNDS {
        // Created by each instance in turn, written last by the other.
        desk.next_at(round % 2);
        let made = desk.ask("POST", "/api/clients", "", &json!({"person": {"last_name": format!("Klant {round}")}}), 201);
        let path = made.headers["location"].clone();
        let read = desk.ask("GET", &path, "", &Value::Null, 200);
        let (mut file, mut version) = (read.json(), read.etag().to_owned());
        for added in ["id", "created_at", "updated_at", "overview"] {
            file.as_object_mut().expect("an object").remove(added);
        }
        for writing in 1..=3 {
            file["notes"] = format!("{name} {round} {writing}").into();
            version = desk.ask("PUT", &path, &version, &file, 200).etag().to_owned();
        }
        let found = desk.ask("POST", "/api/clients/search", "", &json!({"text": "klant", "limit": 200}), 200).json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(round + 1), "{found}");
        with_rights(&mut desk, &path, round);
        if round % 3 == 2 {
            desk.ask("POST", "/api/logout", "", &Value::Null, 204);
            desk.ask("POST", "/api/login", "", &json!({"username": name, "password": PASSWORD}), 200);
        }
        desk.next_at(0);
        let (read, notes) = (desk.ask("GET", &path, "", &Value::Null, 200), format!("{name} {round} 3"));
        assert_eq!(read.json()["notes"], notes.as_str());
        desk.next_at(0);
        desk.ask("PUT", &path, read.etag(), &file, 200);
        if round % 2 == 1 {
            of_second.push(path.replace("/api/clients/", "client-"));
        }
    }
    imports(&mut desk);
    desk.get("/api/login-attempts");
    of_second
}

/// A file is marked and unmarked, and a request about it is entered and processed.
fn with_rights(desk: &mut Desk, path: &str, round: usize) {
    let step = |name: &str| json!({"step": name, "reason": "Op verzoek", "ground": "no_longer_needed"});
    desk.ask("POST", &format!("{path}/rights"), "", &step("mark"), 200);
    let taken_back = json!({"step": "withdraw", "reason": "Toch niet"});
    desk.ask("POST", &format!("{path}/rights"), "", &taken_back, 200);
    let trail = desk.get(&format!("{path}/trail?limit=200"));
    assert!(trail["items"].as_array().is_some_and(|deeds| deeds.len() >= 6), "{trail}");
    let received = Timestamp::now().to_string();
    let entered = json!({"received_on": received[..10], "kind": "access", "name": format!("Klant {round}")});
    let request = desk.ask("POST", "/api/requests", "", &entered, 201);
    let (path, mut version) = (request.headers["location"].clone(), request.etag().to_owned());
    for number in 0..2 {
        let noted = json!({"step": "note", "text": format!("Gebeld, {number}")});
        version = desk.ask("POST", &format!("{path}/steps"), &version, &noted, 200).etag().to_owned();
    }
}

/// A table is uploaded, validated and turned into files by both instances.
fn imports(desk: &mut Desk) {
    let rows: Vec<String> = (0..20).map(|number| format!("Rij {number}\r\n")).collect();
    let table = format!("Achternaam\r\n{}", rows.concat());
    let begun = desk.ask("POST", "/api/imports", "", &json!({"name": "klanten.csv", "bytes": table.len()}), 201).json();
    let path = format!("/api/imports/{}", begun["id"].as_str().expect("an id"));
    let part = json!({"data": data_encoding::BASE64.encode(table.as_bytes())});
    desk.ask("PUT", &format!("{path}/parts/0"), "", &part, 204);
    desk.ask("POST", &format!("{path}/check"), "", &json!({}), 200);
    loop {
        let step = desk.ask("POST", &format!("{path}/continue"), "", &json!({}), 200).json();
        if step["finished"] == true {
            assert_eq!(step["created"], 20, "{step}");
            return;
        }
    }
}

/// Accounts, a breach and the register of sub-processors.
fn looks_after(desk: &mut Desk) {
    for round in 0..ROUNDS {
        desk.next_at(round % 2);
        let noticed = json!({"what": format!("Er was iemand binnen, {round}"), "noticed_at": Timestamp::now().to_string()});
        let reported = desk.ask("POST", "/api/breaches", "", &noticed, 201).json();
        let path = format!("/api/breaches/{}", reported["id"].as_str().expect("an id"));
        for number in 0..2 {
            let seen = desk.ask("GET", &path, "", &Value::Null, 200);
            let noted = json!({"step": "annotated", "note": format!("Gebeld, {number}")});
            desk.ask("POST", &format!("{path}/steps"), seen.etag(), &noted, 200);
        }
        let entry = json!({"party": {"name": format!("Hosting {round} B.V.")}});
        let made = desk.ask("POST", "/api/processors", "", &entry, 201);
        let (path, mut version) = (made.headers["location"].clone(), made.etag().to_owned());
        for number in 0..2 {
            let entry = json!({"party": {"name": format!("Hosting {round} B.V.")}, "notes": format!("Versie {number}")});
            version = desk.ask("PUT", &path, &version, &entry, 200).etag().to_owned();
        }
        let invited = json!({"username": format!("nieuw{round}"), "display_name": "Nieuw", "email": "nieuw@example.nl", "role": "adviser"});
        desk.ask("POST", "/api/accounts", "", &invited, 201);
        let accounts = desk.get("/api/accounts?limit=200");
        assert!(accounts["items"].as_array().is_some_and(|items| items.len() == ADVISERS + 2 + round), "{accounts}");
        desk.get("/api/breaches");
        desk.get("/api/processors");
    }
}
