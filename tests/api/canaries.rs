//! Distinctive words are typed into every endpoint and must not be found in the bytes of the data directory or in the log (P3).

use crate::{
    clients::{delete, etag, put},
    organisation::fill_in,
    rows::Rows,
    search_bytes::Canaries,
    support::{
        actor::{Actor, seed},
        app::{Store, TestApp},
    },
};
use axum::http::{Method, StatusCode};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use finrust::telemetry::{Format, subscriber};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::net::IpAddr;
use test_support::{clock::TestClock, log::Lines};

/// A user who types canary words and remembers them.
struct Typist {
    app: TestApp,
    canaries: Canaries,
    count: u32,
}

impl Typist {
    /// A word that occurs nowhere else.
    fn word(&mut self, stem: &str) -> String {
        self.count += 1;
        let word = format!("{stem}zqxj{:03}", self.count);
        self.canaries.text(&word);
        word
    }

    /// Searches the files, and the rows of a database that is elsewhere.
    fn finds_none_at_rest(&self) {
        assert_eq!(self.canaries.found_under(self.app.data_dir()), [].into());
        if let Store::Cosmos(emulator) = self.app.store() {
            let rows = ["identities", "clients", "keys", "register"].map(|container| Rows::of(emulator).all(container));
            let rows = serde_json::to_vec(&rows).unwrap();
            assert!(rows.len() > 10_000, "the rows are there: {}", rows.len());
            assert_eq!(self.canaries.found_in(&rows), [].into());
        }
    }

    fn told(&mut self, secret: &str) -> String {
        self.canaries.text(secret);
        secret.to_owned()
    }

    /// The token in a cookie; in a session cookie it follows the name of the partition.
    fn cookies(&mut self, actor: &Actor) {
        for (name, skip) in [("__Host-finrust", 32), ("__Host-finrust-device", 0)] {
            let Some(cookie) = actor.cookie(name) else { continue };
            self.canaries.bytes(name, &BASE64URL_NOPAD.decode(cookie.as_bytes()).unwrap()[skip..]);
        }
    }

    fn browser(&mut self) -> Actor {
        let mut actor = self.app.anonymous();
        actor.user_agent = self.word("Browser");
        actor.ip = IpAddr::from([203, 0, 113, 207]);
        actor
    }

    fn file(&mut self) -> Value {
        let email = format!("{}@voorbeeld.example", self.word("mailto"));
        for number in ["123456782", "+31698765432", "1077 QZ", "1931-07-13", "217.3591"] {
            self.canaries.text(number);
        }
        for number in [98_765_432_109, -87_654_321_098, 76_543_210_987, 65_432_109_876] {
            self.canaries.number(number);
        }
        json!({
            "person": {"initials": self.word("Q."), "first_name": self.word("Voornaam"), "prefix": self.word("van"), "last_name": self.word("Naam"),
                "birth_date": "1931-07-13", "bsn": "123456782", "email": email, "phone": "+31698765432", "marital_status": "widowed"},
            "address": {"street": self.word("Straat"), "house_number": self.word("nr"), "addition": self.word("bis"), "postcode": "1077 QZ",
                "city": self.word("Stad")},
            "partner": {"first_name": self.word("Partner"), "last_name": self.word("Østergård")},
            "children": [{"first_name": self.word("Kind")}],
            "incomes": [{"description": self.word("Loon"), "amount_cents": 98_765_432_109_i64}],
            "expenses": [{"description": self.word("Huur"), "amount_cents": -87_654_321_098_i64}],
            "assets": [{"description": self.word("Huis"), "value_cents": 76_543_210_987_i64}],
            "debts": [{"description": self.word("Lening"), "balance_cents": 65_432_109_876_i64, "interest_percent": "217.3591"}],
            "notes": format!("{}\n{}", self.word("Aantekening"), self.word("Notitie")),
        })
    }
}

/// Unknown usernames, wrong passwords, and refused input.
async fn strangers(typist: &mut Typist) {
    let browser = typist.browser();
    let (username, password) = (typist.word("Vreemdeling"), typist.word("wachtwoord"));
    browser.log_in_as(&username, &password).await.expect(StatusCode::UNAUTHORIZED);
    let username = typist.word("zoek");
    browser.post("/api/password-reset", json!({"username": username})).await.expect(StatusCode::ACCEPTED);
    let (member, value) = (typist.word("lid"), typist.word("waarde"));
    for path in ["/api/login", "/api/password-reset", "/api/clients"] {
        browser.post(path, json!({(&member): value, "username": [value]})).await;
        let raw = format!("{{\"{value}\": ");
        browser.request(Method::POST, path).raw_body(raw, "application/json").send().await.expect_problem_somehow();
    }
    let word = typist.word("pad");
    browser.get(&format!("/api/clients/{word}?q={word}")).await.expect_problem_somehow();
    browser.get(&format!("/{word}")).await.expect_problem_somehow();
    let traced = browser.request(Method::GET, "/api/health").header("traceparent", &word).header("x-azure-functions-invocationid", &word);
    traced.send().await.expect(StatusCode::OK);
}

trait Refused {
    fn expect_problem_somehow(self);
}

impl Refused for crate::support::actor::Reply {
    fn expect_problem_somehow(self) {
        assert!(self.status.is_client_error(), "{self:?}");
    }
}

/// From an invitation to a second factor, with every change that an owner can make.
async fn account(typist: &mut Typist) -> Actor {
    let officer = typist.app.officer("olga").await;
    let (username, email) = (typist.word("adviseur"), format!("{}@voorbeeld.example", typist.word("post")));
    let firm = json!({"role": "controller", "name": typist.word("Kantoornaam"), "address": typist.word("Kantoorstraat")});
    fill_in(&typist.app, &officer, &firm).await.expect(StatusCode::OK);
    let controller = json!({"name": typist.word("Andere naam"), "address": typist.word("Andere straat")});
    let invitee = json!({"username": username, "display_name": typist.word("Weergavenaam"), "email": email, "role": "adviser",
        "controller": controller});
    officer.post("/api/accounts", invitee).await.expect(StatusCode::CREATED);
    typist.app.run_jobs().await;
    let invitation = typist.app.last_mail_to(&email).one_time_password();
    typist.told(&invitation);
    typist.told(&invitation.replace('-', ""));
    let mut adviser = typist.browser();
    adviser.log_in_as(&username, &invitation).await.expect(StatusCode::OK);
    typist.cookies(&adviser);
    (adviser.username, adviser.password) = (username, typist.word("Geheim wachtwoord nummer "));
    adviser.post("/api/login/new-password", json!({"new_password": adviser.password})).await.expect(StatusCode::OK);
    typist.cookies(&adviser);
    let begun = adviser.post("/api/two-factor", json!({"password": adviser.password})).await.expect(StatusCode::CREATED).json();
    let secret = typist.told(begun["secret"].as_str().unwrap());
    typist.canaries.bytes("seed", &BASE32_NOPAD.decode(secret.as_bytes()).unwrap());
    adviser.totp = Some(seed(&begun));
    let confirmed = adviser.post("/api/two-factor/confirm", json!({"code": adviser.code()})).await.expect(StatusCode::OK);
    let mut codes: Vec<String> = serde_json::from_value(confirmed.json()["recovery_codes"].clone()).unwrap();
    let both = json!({"password": adviser.password, "code": adviser.code()});
    let renewed = adviser.post("/api/two-factor/recovery-codes", both).await.expect(StatusCode::OK);
    codes.extend(serde_json::from_value::<Vec<String>>(renewed.json()["recovery_codes"].clone()).unwrap());
    for code in &codes {
        typist.told(code);
    }
    let name = typist.word("Nieuwe naam");
    adviser.put("/api/account", json!({"display_name": name, "language": "en"})).await.expect(StatusCode::NO_CONTENT);
    let email = format!("{}@voorbeeld.example", typist.word("ander"));
    let change = json!({"current_password": adviser.password, "email": email, "code": adviser.code()});
    adviser.put("/api/account/email", change).await.expect(StatusCode::NO_CONTENT);
    let new = typist.word("Nog een wachtwoord nummer ");
    let change = json!({"current_password": adviser.password, "new_password": new});
    adviser.put("/api/account/password", change).await.expect(StatusCode::NO_CONTENT);
    adviser.password = new;
    again(typist, &adviser, &email, codes.last().unwrap()).await;
    adviser
}

/// Signs in with a recovery code in another browser, and requests a one-time password.
async fn again(typist: &mut Typist, adviser: &Actor, email: &str, recovery_code: &str) {
    let elsewhere = typist.browser();
    elsewhere.log_in_as(&adviser.username, &adviser.password).await.expect(StatusCode::OK);
    typist.cookies(&elsewhere);
    let wrong = typist.word("herstel");
    elsewhere.post("/api/login/two-factor", json!({"recovery_code": wrong})).await.expect(StatusCode::UNAUTHORIZED);
    elsewhere.post("/api/login/two-factor", json!({"recovery_code": recovery_code})).await.expect(StatusCode::OK);
    typist.cookies(&elsewhere);
    let username = adviser.username.to_uppercase();
    elsewhere.post("/api/password-reset", json!({"username": username})).await.expect(StatusCode::ACCEPTED);
    typist.app.run_jobs().await;
    let reset = typist.app.last_mail_to(email).one_time_password();
    typist.told(&reset);
}

async fn client_files(typist: &mut Typist, adviser: &Actor) {
    let key = "f00dcafe-1234-4abc-9def-0123456789ab";
    typist.canaries.text(key);
    typist.canaries.bytes("idempotency key", &uuid::Uuid::parse_str(key).unwrap().into_bytes());
    let create = adviser.request(Method::POST, "/api/clients").header("idempotency-key", key).json(typist.file());
    let made = create.send().await.expect(StatusCode::CREATED);
    let path = format!("/api/clients/{}", made.json()["id"].as_str().unwrap());
    let replaced = put(adviser, &path, &etag(&made), &typist.file()).await.expect(StatusCode::OK);
    let deleted = adviser.post("/api/clients", typist.file()).await.expect(StatusCode::CREATED);
    let gone = format!("/api/clients/{}", deleted.json()["id"].as_str().unwrap());
    delete(adviser, &gone, &etag(&deleted)).await.expect(StatusCode::NO_CONTENT);
    let text = replaced.json()["person"]["last_name"].clone();
    let found = adviser.post("/api/clients/search", json!({"text": text})).await.expect(StatusCode::OK);
    assert_eq!(found.json()["items"].as_array().unwrap().len(), 1);
    let text = typist.word("gezocht");
    adviser.post("/api/clients/search", json!({"text": text, "cursor": text})).await.expect_problem_somehow();
    let (tag, mut bad) = (typist.word("versie"), typist.file());
    bad[typist.word("lid")] = json!(1);
    put(adviser, &path, &format!("\"{tag}\""), &bad).await.expect_problem_somehow();
    adviser.get(&path).await.expect(StatusCode::OK);
}

async fn rights(typist: &mut Typist, adviser: &Actor) {
    let made = adviser.post("/api/clients", typist.file()).await.expect(StatusCode::CREATED);
    let path = format!("/api/clients/{}", made.json()["id"].as_str().unwrap());
    for step in [json!({"step": "restrict"}), json!({"step": "release"}), json!({"step": "mark", "ground": "objection"})] {
        let mut body = step;
        body["reason"] = json!(typist.word("reden"));
        adviser.post(&format!("{path}/rights"), body).await.expect(StatusCode::OK);
    }
    adviser.post(&format!("{path}/report"), None).await.expect(StatusCode::OK);
    let password = adviser.password.clone();
    for format in ["csv", "json"] {
        let asked = json!({"format": format, "password": password});
        adviser.post(&format!("{path}/portability"), asked).await.expect(StatusCode::OK);
    }
    let wrong = json!({"password": typist.word("fout"), "no_legal_duty": true});
    adviser.post(&format!("{path}/erasure"), wrong).await.expect(StatusCode::UNAUTHORIZED);
    adviser.post(&format!("{path}/erasure"), json!({"password": password, "no_legal_duty": true})).await.expect(StatusCode::NO_CONTENT);
}

/// What is recorded about subject requests, and why files are on hold.
async fn requests(typist: &mut Typist, adviser: &Actor) {
    let key = "beefcafe-1234-4abc-9def-0123456789ab";
    typist.canaries.text(key);
    let body =
        json!({"received_on": "2020-02-29", "kind": "access", "name": typist.word("Verzoeker"), "remarks": typist.word("Bijzonder")});
    let entered = adviser.request(Method::POST, "/api/requests").header("idempotency-key", key).json(body);
    let mut seen = entered.send().await.expect(StatusCode::CREATED);
    let path = format!("/api/requests/{}", seen.json()["id"].as_str().unwrap());
    let digest = "5d".repeat(32);
    typist.canaries.text(&digest);
    for body in [
        json!({"step": "identify", "how": typist.word("Paspoort")}),
        json!({"step": "note", "text": typist.word("Opgemerkt")}),
        json!({"step": "answer", "decision": "refused", "reason": typist.word("Geweigerd"), "copy_sha256": digest}),
        json!({"step": "tell", "recipients": [typist.word("Ontvanger")]}),
    ] {
        let steps = adviser.request(Method::POST, &format!("{path}/steps")).header("if-match", &etag(&seen));
        seen = steps.json(body).send().await.expect(StatusCode::OK);
    }
    let waiting = json!({"received_on": "2020-02-29", "kind": "erasure", "name": typist.word("Wachtende")});
    adviser.post("/api/requests", waiting).await.expect(StatusCode::CREATED);
    let reason = typist.word("Bewaarplicht");
    adviser.put("/api/retention", json!({"months": 84, "reason": reason})).await.expect(StatusCode::NO_CONTENT);
    let (member, value) = (typist.word("lid"), typist.word("waarde"));
    adviser.post("/api/requests", json!({(member): value, "name": [value]})).await.expect_problem_somehow();
}

#[tokio::test]
async fn nothing_that_was_typed_is_readable_at_rest_or_in_the_log() {
    let log = Lines::default();
    let writer = log.clone();
    // Installed for the whole process so that no thread is missed; log lines of other tests appear too, but contain no canary.
    tracing::subscriber::set_global_default(subscriber(Format::Json, TestClock::new(), move || writer.clone())).unwrap();
    let mut typist = Typist { app: TestApp::start().await, canaries: Canaries::default(), count: 0 };
    typist.canaries.text("203.0.113.207");
    strangers(&mut typist).await;
    let adviser = account(&mut typist).await;
    client_files(&mut typist, &adviser).await;
    rights(&mut typist, &adviser).await;
    requests(&mut typist, &adviser).await;
    typist.app.clock.advance(SignedDuration::from_secs(90));
    adviser.get("/api/sessions").await.expect(StatusCode::OK);
    if let Store::Sqlite = typist.app.store() {
        let log = typist.app.data_dir().join("finrust.db-wal");
        assert!(log.metadata().is_ok_and(|file| file.len() > 0), "the log of the database counts");
    }
    assert!(typist.app.data_dir().join("queue.db").exists());
    assert!(typist.count > 60, "{}", typist.count);
    typist.finds_none_at_rest();
    typist.app.run_jobs().await;
    typist.app.maintain().await;
    typist.finds_none_at_rest();
    let lines = log.text();
    assert!(lines.contains("\"route\":\"/api/clients/{id}\""), "requests are logged");
    assert_eq!(typist.canaries.found_in(lines.as_bytes()), [].into());
    let mails = typist.app.mails().iter().map(|mail| mail.raw.clone()).collect::<String>();
    assert!(!typist.canaries.found_in(mails.as_bytes()).is_empty(), "mails are for reading");
}
