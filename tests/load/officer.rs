//! Two officers: accounts, hand-overs, breaches, sub-processors and the organisation.

use super::{
    backend::Backend,
    counts::Counts,
    desk::{Desk, id, now},
};
use jiff::{SignedDuration, tz::Offset};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};
use test_support::browser::Answer;

pub struct Officers<'a> {
    olga: Desk<'a>,
    otto: Desk<'a>,
    /// Ids of accounts: one that officers work on, one that leaves.
    target: String,
    leaver: String,
    /// The breach that they deal with: an account may report only so many.
    breach: Option<String>,
}

impl<'a> Officers<'a> {
    /// Officers with a second factor, and two advisers with a file.
    pub fn start(backend: &impl Backend, counts: &'a Counts) -> Self {
        let officer = |name: &str| {
            let mut desk = Desk::new(backend, counts, name).first_sign_in(&backend.invite("officer", name));
            desk.enrol();
            desk
        };
        let (mut olga, otto) = (officer("olga"), officer("otto"));
        for name in ["doel", "gaat"] {
            let mut desk = Desk::new(backend, counts, name).first_sign_in(&backend.invite("adviser", name));
            desk.post("/api/clients", &[], json!({"person": {"last_name": name}}), 201);
        }
        let accounts = olga.get("/api/accounts?limit=200", &[]).json();
        let account = |name: &str| {
            let found = accounts["items"].as_array().unwrap().iter().find(|item| item["username"] == name);
            found.unwrap()["id"].as_str().unwrap().to_owned()
        };
        let (target, leaver) = (account("doel"), account("gaat"));
        olga.post("/api/accounts/{id}/disable", &[&leaver], None, 204);
        Self { olga, otto, target, leaver, breach: None }
    }

    /// Once through everything, and on until the time is over.
    pub fn work(mut self, until: Instant) {
        self.organisation();
        for number in 0.. {
            self.accounts(number);
            self.hand_over();
            match self.breach.clone() {
                Some(breach) => self.annotate(&breach),
                None => self.breach(),
            }
            self.processors(number);
            if Instant::now() >= until {
                return;
            }
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// One officer writes down whose deployment it is, and another agrees. A code is used once, so this happens once.
    fn organisation(&mut self) {
        let seen = self.olga.get("/api/organisation", &[]);
        let firm = json!({"role": "processor", "name": "Voorbeeld Dossiers B.V.", "address": "Kade 1\n1234 AB Delft",
            "password": self.olga.password, "code": self.olga.code(1)});
        self.olga.ask("PUT", "/api/organisation", &[], &[("If-Match", seen.etag())], Some(&firm), 202);
        self.otto.post("/api/organisation/confirm", &[], None, 200);
    }

    fn accounts(&mut self, number: u32) {
        let invitee = |role: &str| {
            let username = format!("{role}-{number}");
            json!({"username": username, "display_name": "Nieuw", "email": format!("{username}@example.nl"), "role": role})
        };
        let adviser = id(&self.olga.post("/api/accounts", &[], invitee("adviser"), 201));
        self.olga.put("/api/accounts/{id}/email", &[&adviser], json!({"email": "anders@example.nl"}), 204);
        self.olga.post("/api/accounts/{id}/invite", &[&adviser], None, 204);
        self.olga.delete("/api/accounts/{id}", &[&adviser]);
        let officer = id(&self.olga.post("/api/accounts", &[], invitee("officer"), 201));
        self.otto.post("/api/accounts/{id}/confirm", &[&officer], None, 204);
        let target = self.target.clone();
        for action in ["disable", "enable", "unlock"] {
            self.olga.post(&format!("/api/accounts/{{id}}/{action}"), &[&target], None, 204);
        }
        self.olga.get("/api/accounts/{id}/login-attempts", &[&target]);
        for adviser in [target, self.leaver.clone()] {
            let firm = json!({"name": "Kantoor Dijk", "address": "Markt 2, Delft"});
            self.olga.put("/api/accounts/{id}/controller", &[&adviser], firm, 204);
        }
        self.olga.get("/api/accounts?limit=200", &[]);
    }

    /// Proposed and withdrawn; proposed, approved and stopped while it waits.
    fn hand_over(&mut self) {
        let proposal = json!({"from": self.leaver, "to": self.target, "reason": "Gaat met pensioen"});
        let first = id(&self.olga.post("/api/hand-overs", &[], proposal.clone(), 201));
        self.olga.post("/api/hand-overs/{id}/withdraw", &[&first], None, 200);
        let second = id(&self.olga.post("/api/hand-overs", &[], proposal, 201));
        self.otto.post("/api/hand-overs/{id}/approve", &[&second], None, 200);
        self.otto.get("/api/hand-overs/{id}", &[&second]);
        self.otto.post("/api/hand-overs/{id}/stop", &[&second], None, 200);
        self.olga.get("/api/hand-overs", &[]);
    }

    fn breach(&mut self) {
        let suspicion = json!({"what": "Er was iemand binnen", "noticed_at": now().to_string()});
        let breach = id(&self.olga.post("/api/breaches", &[], suspicion, 201));
        let of = [breach.as_str()];
        let window =
            json!({"from": (now() - SignedDuration::from_hours(1)).to_string(), "until": now().to_string(), "accounts": [self.target]});
        let found = self.search("/api/breaches/{id}/affected", &breach, window);
        self.olga.post("/api/breaches/{id}/evidence", &of, json!({"cursor": found["cursor"]}), 200);
        self.search("/api/breaches/{id}/keys", &breach, json!({}));
        let steps = [json!({"step": "became_aware", "at": now().to_string()}), json!({"step": "annotated", "note": "Gebeld."})];
        for step in steps {
            self.olga.post("/api/breaches/{id}/steps", &of, step, 200);
        }
        let seen = self.olga.get("/api/breaches/{id}", &of);
        let facts = json!({"incident": {"summary": "Iemand kende het wachtwoord."}});
        self.olga.over("PUT", "/api/breaches/{id}", &of, seen.etag(), facts);
        self.olga.post("/api/breaches/{id}/letters", &of, json!({"account": self.target}), 201);
        for path in ["/api/breaches/{id}/letters", "/api/breaches/{id}/report"] {
            self.olga.get(path, &of);
        }
        self.olga.get("/api/breaches?limit=50", &[]);
        self.breach = Some(breach);
    }

    fn annotate(&mut self, breach: &str) {
        self.olga.post("/api/breaches/{id}/steps", &[breach], json!({"step": "annotated", "note": "Gebeld."}), 200);
        self.olga.get("/api/breaches/{id}", &[breach]);
    }

    /// Asks until the search is finished.
    fn search(&mut self, path: &str, breach: &str, first: Value) -> Value {
        let mut found = self.olga.post(path, &[breach], first, 200).json();
        while found["finished"] == false {
            found = self.olga.post(path, &[breach], json!({"cursor": found["cursor"]}), 200).json();
        }
        found
    }

    fn processors(&mut self, number: u32) {
        if number == 0 {
            self.olga.post("/api/processors/platform", &[], None, 200);
        }
        let made = self.olga.post("/api/processors", &[], processor(number), 201);
        let entry = id(&made);
        let mut etag = self.on("PUT", "/api/processors/{id}", &entry, made.etag(), Some(processor(number)));
        etag = self.on("POST", "/api/processors/{id}/publish", &entry, &etag, None);
        self.olga.get("/api/processors/{id}", &[&entry]);
        let today = Offset::UTC.to_datetime(now()).date();
        self.on("POST", "/api/processors/{id}/end", &entry, &etag, Some(json!({"on": today.to_string(), "reason": "Overgestapt"})));
        self.olga.get("/api/processors", &[]);
    }

    fn on(&mut self, method: &str, path: &str, entry: &str, etag: &str, body: Option<Value>) -> String {
        let answer: Answer = self.olga.over(method, path, &[entry], etag, body);
        answer.etag().to_owned()
    }
}

/// An entry with everything filled in.
fn processor(number: u32) -> Value {
    let year = Offset::UTC.to_datetime(now()).year();
    json!({
        "party": {"name": format!("Hosting {number} B.V."), "address": "Voorbeeldweg 1, 1234 AB Utrecht", "contact_name": "Vera Vos",
            "contact_email": "privacy@hosting.example", "contact_phone": "+31 30 123 45 67"},
        "service": "Hosting van het programma", "data": ["financial", "accounts"], "subjects": ["advisers", "clients"],
        "countries": ["NL"], "starts_on": format!("{}-01-01", year - 1), "ends_on": format!("{}-01-01", year + 2),
        "agreement": {"file_sha256": "ab".repeat(32), "version": "2.1", "signed_on": format!("{}-12-20", year - 2),
            "holds": ["subject", "duration", "nature", "purpose", "instructions", "secrecy", "security", "sub_processors", "rights",
                "assistance", "return_or_deletion", "audits"]},
        "consent": {"permission": "general", "customers_told_on": format!("{}-12-01", year - 2), "objection_days": 30},
        "evidence": [{"kind": "iso27001", "reference": "IS 123456", "expires_on": format!("{}-06-30", year + 1)}],
        "last_review_on": format!("{}-01-10", year - 1), "next_review_on": format!("{}-01-10", year + 1),
    })
}
