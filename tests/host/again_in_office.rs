//! Officers' requests without a body, which the forwarder may send forty times: each gets the response of the first, and the officer can
//! continue.

use super::{
    again::{TIMES, bodiless},
    functions_host::FunctionsHost,
    person::{Person, invite, invite_as},
    wire::{Answer, Request},
};
use finrust::http::routes::Route;
use serde_json::{Value, json};
use test_support::{people::PASSWORD, program::fresh};

/// Two officers, and the accounts that they administer.
struct Office<'a> {
    olga: Person<'a>,
    otto: Person<'a>,
}

fn post(officer: &mut Person<'_>, path: &str, body: &Value) -> Answer {
    officer.send(Request::new("POST", path).json(body))
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

impl Office<'_> {
    /// A newly invited account.
    fn invited(&mut self, username: &str, role: &str) -> String {
        let email = format!("{username}@example.nl");
        let account = json!({"username": username, "display_name": "Iris Vos", "email": email, "role": role});
        id(&post(&mut self.olga, "/api/accounts", &account).expect(201))
    }

    fn account(&mut self, username: &str) -> String {
        let list = self.olga.send(Request::new("GET", "/api/accounts")).expect(200).json();
        let items = list["items"].as_array().expect("items");
        let account = items.iter().find(|item| item["username"] == username).expect("the account");
        account["id"].as_str().expect("an id").to_owned()
    }

    fn disable(&mut self, account: &str) {
        self.olga.send(Request::new("POST", &format!("/api/accounts/{account}/disable"))).expect(204);
    }

    /// A hand-over that waits for the second officer.
    fn proposed(&mut self) -> String {
        let (from, to) = (self.account("anna"), self.account("bert"));
        self.disable(&from);
        let proposal = json!({"from": from, "to": to, "reason": "Anna gaat met pensioen"});
        id(&post(&mut self.olga, "/api/hand-overs", &proposal).expect(201))
    }

    /// A change of the firm that waits for the second officer.
    fn propose_provider(&mut self) {
        let before = self.olga.send(Request::new("GET", "/api/organisation")).expect(200);
        let tag = before.header("etag").expect("a version").to_owned();
        let body = json!({"role": "processor", "name": "Voorbeeld B.V.", "password": PASSWORD, "recovery_code": self.olga.recovery_code});
        self.olga.send(Request::new("PUT", "/api/organisation").header("If-Match", &tag).json(&body)).expect(202);
    }

    /// The request, and who sends it.
    fn request(&mut self, route: &Route) -> (Request, Person<'_>) {
        let (mut is_second, mut version) = (false, None);
        let id = match (route.method, route.path.as_str()) {
            ("POST", "/api/accounts/{id}/confirm") => {
                is_second = true;
                self.invited("oscar", "officer")
            }
            ("POST", "/api/accounts/{id}/invite") | ("DELETE", "/api/accounts/{id}") => self.invited("iris", "adviser"),
            ("POST", "/api/accounts/{id}/enable") => {
                let account = self.account("bert");
                self.disable(&account);
                account
            }
            ("POST", path) if path.starts_with("/api/accounts/{id}/") => self.account("bert"),
            ("POST", path) if path.starts_with("/api/hand-overs/{id}/") => {
                is_second = true;
                let id = self.proposed();
                if path.ends_with("/stop") {
                    self.otto.send(Request::new("POST", &format!("/api/hand-overs/{id}/approve"))).expect(200);
                }
                id
            }
            ("POST", "/api/processors/{id}/publish") => {
                let made = post(&mut self.olga, "/api/processors", &complete()).expect(201);
                version = made.header("etag").map(str::to_owned);
                id(&made)
            }
            ("POST", "/api/processors/platform") => String::new(),
            ("POST", "/api/organisation/confirm") => {
                is_second = true;
                self.propose_provider();
                String::new()
            }
            _ => panic!("what is asked for again and again? {route:?}"),
        };
        let request = Request::new(route.method, &route.path.replace("{id}", &id));
        let request = if let Some(version) = version { request.header("If-Match", &version) } else { request };
        (request, if is_second { self.otto.clone() } else { self.olga.clone() })
    }
}

/// A publishable entry.
fn complete() -> Value {
    json!({
        "party": {"name": "Voorbeeld B.V.", "address": "Voorbeeldweg 1, 1234 AB Utrecht", "contact_name": "Vera Vos",
            "contact_email": "privacy@hosting.example", "contact_phone": "+31 30 123 45 67"},
        "service": "Hosting van het programma", "data": ["financial"], "subjects": ["clients"], "countries": ["NL"],
        "starts_on": "2025-01-01", "ends_on": "2099-01-01",
        "agreement": {"file_sha256": "ab".repeat(32), "version": "2.1", "signed_on": "2024-12-20",
            "holds": ["subject", "duration", "nature", "purpose", "instructions", "secrecy", "security", "sub_processors", "rights",
                "assistance", "return_or_deletion", "audits"]},
        "consent": {"permission": "general", "customers_told_on": "2024-12-01", "objection_days": 30},
        "last_review_on": "2026-01-10", "next_review_on": "2099-01-10",
    })
}

#[test]
fn every_bodiless_route_of_officers_answers_as_the_first_time() {
    let mut done = Vec::new();
    for route in bodiless().into_iter().filter(|route| route.access == "Officer" || route.path.ends_with("/stop")) {
        let (_parent, data) = fresh();
        let advisers = ["anna", "bert"].map(|name| (name, invite(&data, name)));
        let [olga, otto] = ["olga", "otto"].map(|name| invite_as(&data, "officer", name));
        let host = FunctionsHost::start(&data);
        let mut office = Office { olga: Person::in_office(&host, "olga", &olga), otto: Person::in_office(&host, "otto", &otto) };
        for (name, one_time) in &advisers {
            drop(Person::signed_in(&host, name, one_time));
        }
        let (request, officer) = office.request(&route);
        let sent = officer.dressed(request);
        let answers: Vec<Answer> = (0..TIMES).map(|_| host.proxy(&sent)).collect();
        let first = &answers[0];
        assert!((200..300).contains(&first.status), "{route:?}: {first:?}");
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{route:?}");
            let mut after = officer.clone();
            after.keep(answer);
            after.send(Request::new("GET", "/api/account")).expect(200);
        }
        done.push(format!("{} {}", route.method, route.path));
    }
    println!("{} done, {TIMES} times alike: {done:?}", done.len());
    assert!(done.len() > 10, "{done:?}");
}
