//! An adviser's day: mostly reading, searching and saving, and now and then everything else.

use super::{
    backend::Backend,
    counts::Counts,
    desk::{Desk, id, now},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Instant};
use test_support::mix::mix;

/// Rows of an imported table.
const ROWS: u64 = 20;
/// How often everything may be exported in 24 hours.
const EXPORTS_A_DAY: u64 = 5;

struct Adviser<'a> {
    desk: Desk<'a>,
    /// What was acknowledged: the revision of each file, and its version.
    files: BTreeMap<String, (u64, String)>,
    turn: u64,
    exports: u64,
}

type Action = fn(&mut Adviser<'_>);

/// Each with its share.
const DAY: [(u64, Action); 11] = [
    (40, |adviser| adviser.read()),
    (20, |adviser| adviser.search()),
    (20, |adviser| adviser.save()),
    (8, |adviser| adviser.create()),
    (4, |adviser| adviser.looks_around()),
    (2, |adviser| adviser.own_account()),
    (2, |adviser| adviser.rights()),
    (1, |adviser| adviser.request()),
    (1, |adviser| adviser.delete()),
    (1, |adviser| adviser.erase()),
    (1, |adviser| adviser.tables()),
];

/// Works from the first to the last action, and then by chance until the time is over.
pub fn work(backend: &impl Backend, counts: &Counts, username: &str, until: Instant) {
    let desk = Desk::new(backend, counts, username).first_sign_in(&backend.invite("adviser", username));
    let mut adviser = Adviser { desk, files: BTreeMap::new(), turn: 0, exports: 0 };
    adviser.create();
    for (_, action) in DAY {
        action(&mut adviser);
    }
    while Instant::now() < until {
        let shares: u64 = DAY.iter().map(|(share, _)| share).sum();
        let mut drawn = adviser.chance(shares);
        let chosen = DAY.iter().find(|(share, _)| {
            let is_it = drawn < *share;
            drawn = drawn.saturating_sub(*share);
            is_it
        });
        chosen.unwrap().1(&mut adviser);
    }
    adviser.finds_everything();
}

fn content(name: &str, revision: u64) -> Value {
    json!({"person": {"last_name": name}, "notes": format!("{name}, {revision}")})
}

fn revision(file: &Value) -> u64 {
    let notes = file["notes"].as_str().unwrap_or_default();
    notes.rsplit_once(", ").map_or(0, |(_, revision)| revision.parse().unwrap())
}

impl Adviser<'_> {
    fn chance(&mut self, below: u64) -> u64 {
        self.turn += 1;
        mix(self.turn ^ mix(self.desk.username.bytes().map(u64::from).sum())) % below
    }

    fn any(&mut self) -> String {
        if self.files.is_empty() {
            self.create();
        }
        let place = usize::try_from(self.chance(u64::try_from(self.files.len()).unwrap())).unwrap();
        self.files.keys().nth(place).unwrap().clone()
    }

    fn read(&mut self) {
        let file = self.any();
        let read = self.desk.get("/api/clients/{id}", &[&file]);
        assert_eq!(revision(&read.json()), self.files[&file].0, "{file} is not as it was acknowledged");
    }

    fn search(&mut self) {
        let text = format!("klant {}", self.chance(100));
        self.desk.post("/api/clients/search", &[], json!({"text": text, "limit": 50}), 200);
    }

    fn save(&mut self) {
        let file = self.any();
        let (revision, etag) = self.files[&file].clone();
        let saved = self.desk.over("PUT", "/api/clients/{id}", &[&file], &etag, content("Klant", revision + 1));
        self.files.insert(file, (revision + 1, saved.etag().to_owned()));
    }

    fn create(&mut self) {
        let name = format!("Klant {}", self.turn);
        let made = self.desk.post("/api/clients", &[], content(&name, 0), 201);
        self.files.insert(id(&made), (0, made.etag().to_owned()));
    }

    fn delete(&mut self) {
        let file = self.any();
        let (_, etag) = self.files.remove(&file).unwrap();
        self.desk.ask("DELETE", "/api/clients/{id}", &[&file], &[("If-Match", &etag)], None, 204);
        self.desk.ask("GET", "/api/clients/{id}", &[&file], &[], None, 404);
    }

    fn looks_around(&mut self) {
        for path in ["/api/session", "/api/account", "/api/login-attempts", "/api/sessions", "/api/browsers", "/api/breach-letters"] {
            self.desk.get(path, &[]);
        }
        for path in ["/api/health", "/api/openapi.json", "/api/processors/public", "/api/hand-overs/received", "/api/retention/proposals"] {
            self.desk.get(path, &[]);
        }
        self.desk.post("/api/session/keep-alive", &[], None, 204);
    }

    fn own_account(&mut self) {
        let name = format!("Adviseur {}", self.turn);
        self.desk.put("/api/account", &[], json!({"display_name": name, "language": "nl"}), 204);
        self.desk.put("/api/retention", &[], json!({"months": 84, "reason": "Fiscale bewaarplicht"}), 204);
        self.desk.get("/api/retention", &[]);
        self.desk.post("/api/logout", &[], None, 204);
        let (username, password) = (self.desk.username.clone(), self.desk.password.clone());
        self.desk.post("/api/login", &[], json!({"username": username, "password": password}), 200);
    }

    fn rights(&mut self) {
        let file = self.any();
        self.desk.get("/api/clients/{id}/rights", &[&file]);
        self.desk.get("/api/clients/{id}/trail?limit=50", &[&file]);
        for step in ["restrict", "release"] {
            self.desk.post("/api/clients/{id}/rights", &[&file], json!({"step": step, "reason": "Op verzoek"}), 200);
        }
        self.desk.post("/api/clients/{id}/report", &[&file], None, 200);
        let export = json!({"format": "json", "password": self.desk.password});
        self.desk.post("/api/clients/{id}/portability", &[&file], export, 200);
        self.sees(&file);
    }

    /// Learns the version of a file after it was used otherwise.
    fn sees(&mut self, file: &str) {
        let read = self.desk.get("/api/clients/{id}", &[file]);
        self.files.insert(file.to_owned(), (revision(&read.json()), read.etag().to_owned()));
    }

    fn request(&mut self) {
        let today = now().to_string()[..10].to_owned();
        let made = self.desk.post("/api/requests", &[], json!({"received_on": today, "kind": "access", "name": "Bea Vos"}), 201);
        let (request, note) = (id(&made), json!({"step": "note", "text": "Gebeld"}));
        self.desk.over("POST", "/api/requests/{id}/steps", &[&request], made.etag(), note);
        self.desk.get("/api/requests/{id}", &[&request]);
        self.desk.get("/api/requests", &[]);
    }

    fn erase(&mut self) {
        let made = self.desk.post("/api/clients", &[], content("Vergeet mij", 0), 201);
        let file = id(&made);
        let mark = json!({"step": "mark", "reason": "Op verzoek", "ground": "no_longer_needed"});
        self.desk.post("/api/clients/{id}/rights", &[&file], mark, 200);
        let erasure = json!({"password": self.desk.password, "no_legal_duty": true});
        self.desk.post("/api/clients/{id}/erasure", &[&file], erasure, 204);
        self.desk.ask("GET", "/api/clients/{id}", &[&file], &[], None, 404);
    }

    /// A table comes in as files, each time with other rows, another is cancelled, and everything goes out.
    fn tables(&mut self) {
        self.desk.get("/api/imports/template", &[]);
        let rows: Vec<_> = (0..ROWS).map(|row| format!("Rij {row} van {}\r\n", self.turn)).collect();
        let table = format!("Achternaam\r\n{}", rows.concat());
        let begin = json!({"name": "klanten.csv", "bytes": table.len()});
        let cancelled = id(&self.desk.post("/api/imports", &[], begin.clone(), 201));
        self.desk.delete("/api/imports/{id}", &[&cancelled]);
        let import = id(&self.desk.post("/api/imports", &[], begin, 201));
        let part = json!({"data": data_encoding::BASE64.encode(table.as_bytes())});
        self.desk.put("/api/imports/{id}/parts/{part}", &[&import, "0"], part, 204);
        self.desk.post("/api/imports/{id}/check", &[&import], json!({}), 200);
        while self.desk.post("/api/imports/{id}/continue", &[&import], json!({}), 200).json()["finished"] != true {}
        assert_eq!(self.desk.get("/api/imports/{id}", &[&import]).json()["created"], ROWS);
        self.desk.get("/api/imports", &[]);
        let status = if self.exports < EXPORTS_A_DAY { 200 } else { 429 };
        self.exports += 1;
        self.desk.post("/api/exports", &[], json!({"format": "json", "password": self.desk.password}), status);
    }

    /// Nothing that was acknowledged is lost.
    fn finds_everything(&mut self) {
        for (file, (known, _)) in self.files.clone() {
            let read = self.desk.get("/api/clients/{id}", &[&file]);
            assert_eq!(revision(&read.json()), known, "{file} is lost");
        }
    }
}
