//! Makes golden data with the present version of the program: an office that has lived for a while, through the API.
//!
//! ```text
//! FINRUST_GOLDEN=tests/golden/<version> cargo test --test api golden_make -- --ignored
//! ```
//!
//! Data that was made is kept for good and never made again by a later version; `golden` opens it.

use crate::{
    breach_steps::{facts, suspect, took, write},
    clients::{make, put},
    golden::{Account, Golden, Visit},
    golden_files::{ODD, odd, whole},
    imports::{many, run, send as import},
    processors::{complete, publish, send},
    requests::{access_by, enter, step},
    rights::take,
    rows::Rows,
    samples::{example, named},
    support::{
        actor::Actor,
        app::{OTHER_PASSWORD, PASSWORD, Store, TestApp, TestOptions, address},
        register::account_id,
    },
};
use axum::http::{Method, StatusCode};
use data_encoding::BASE32_NOPAD;
use finrust::store::{key_rotation::SealingScope, sealing::KeyScope};
use jiff::SignedDuration;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{fs, path::Path};

/// A username that looks like `anna`: its first letter is Cyrillic. (Data of 88d0f6d has one with a letter that nobody sees.)
const UNSEEN: &str = "\u{430}nna";

#[tokio::test]
#[ignore = "writes a directory"]
#[expect(clippy::disallowed_methods, reason = "where to is for whoever makes it to say")]
async fn golden_data() {
    let folder = std::env::var("FINRUST_GOLDEN").expect("FINRUST_GOLDEN names the directory");
    for (name, cosmos) in [("sqlite", false), ("cosmos", true)] {
        let folder = Path::new(&folder).join(name);
        assert!(!folder.exists(), "{} is there: golden data is made once", folder.display());
        let office = Office::open(cosmos).await;
        office.live().await;
        office.keep(&folder).await;
    }
}

struct Office {
    app: TestApp,
    olga: Actor,
    otto: Actor,
    /// Leaves: files and requests go to Bert.
    anna: Actor,
    bert: Actor,
    /// With a second factor, one recovery code used, and a known browser.
    cees: Actor,
    /// Is to leave: a hand-over to Cees is proposed.
    fenna: Actor,
    unseen: Actor,
}

impl Office {
    async fn open(cosmos: bool) -> Self {
        let app = TestApp::start_with(TestOptions { cosmos, ..TestOptions::default() }).await;
        let (mut olga, mut otto) = (app.officer("olga").await, app.officer("otto").await);
        let (anna, bert, mut cees) = (app.adviser("anna").await, app.adviser("bert").await, app.adviser("cees").await);
        let fenna = app.adviser("fenna").await;
        cees.enrol().await;
        let unseen = invite(&app, &olga, UNSEEN, "adviser").await;
        for (actor, name) in [(&mut olga, ODD[0]), (&mut otto, ODD[1])] {
            actor.put("/api/account", json!({"display_name": name, "language": "en"})).await.expect(StatusCode::NO_CONTENT);
        }
        for (actor, name) in [(&cees, ODD[2]), (&unseen, ODD[3])] {
            actor.put("/api/account", json!({"display_name": name, "language": "nl"})).await.expect(StatusCode::NO_CONTENT);
        }
        app.run_jobs().await;
        Self { app, olga, otto, anna, bert, cees, fenna, unseen }
    }

    async fn live(&self) {
        self.files().await;
        self.standing().await;
        self.rights_requests().await;
        self.breaches().await;
        self.sub_processors().await;
        self.hand_overs().await;
        self.accounts().await;
        self.rotate().await;
        self.exchanges().await;
        self.doors().await;
    }

    fn later(&self, minutes: i64) {
        self.app.clock.advance(SignedDuration::from_mins(minutes));
    }

    async fn files(&self) {
        for adviser in [&self.anna, &self.bert] {
            make(adviser, &whole()).await;
            let (path, version) = make(adviser, &example()).await;
            put(adviser, &path, &version, &named("Gewijzigd")).await.expect(StatusCode::OK);
            for text in ODD {
                make(adviser, &odd(text)).await;
            }
            adviser.get(&path).await.expect(StatusCode::OK);
        }
        let (gone, version) = make(&self.bert, &named("Verwijderd")).await;
        crate::clients::delete(&self.bert, &gone, &version).await.expect(StatusCode::NO_CONTENT);
        make(&self.fenna, &named("Van Fenna")).await;
        make(&self.unseen, &named("Van niemand")).await;
        self.later(1);
    }

    /// One file at each place of its standing, and one erased.
    async fn standing(&self) {
        let none = || json!({});
        let ground = |ground: &str| json!({ "ground": ground });
        let courses: [(&str, Vec<(&str, Value)>); 7] = [
            ("Geblokkeerd", vec![("restrict", none())]),
            ("Vrijgegeven", vec![("restrict", none()), ("release", none())]),
            ("Bewaard", vec![("hold", json!({"until": "2030-01-31"}))]),
            ("Voorgoed", vec![("hold", none())]),
            ("Opgeheven", vec![("hold", none()), ("lift_hold", none())]),
            ("Gemarkeerd", vec![("mark", ground("consent_withdrawn"))]),
            ("Ingetrokken", vec![("mark", ground("unlawful")), ("withdraw", none()), ("mark", ground("objection"))]),
        ];
        for (name, steps) in courses {
            let (path, _) = make(&self.bert, &named(name)).await;
            for (step, more) in steps {
                self.later(1);
                take(&self.bert, &path, step, more).await;
            }
        }
        for adviser in [&self.anna, &self.bert] {
            let (path, _) = make(adviser, &named("Gewist")).await;
            take(adviser, &path, "mark", ground("no_longer_needed")).await;
            let erase = json!({"password": PASSWORD, "no_legal_duty": true});
            adviser.post(&format!("{path}/erasure"), erase).await.expect(StatusCode::NO_CONTENT);
            let chosen = json!({"months": 84, "reason": "Fiscale bewaarplicht"});
            adviser.put("/api/retention", chosen).await.expect(StatusCode::NO_CONTENT);
        }
        self.later(1);
    }

    /// Of Anna's, which move with her files, and of Bert's.
    async fn rights_requests(&self) {
        for adviser in [&self.anna, &self.bert] {
            let (file, _) = make(adviser, &named("Vraagt")).await;
            let file = file.rsplit('/').next().unwrap();
            let entered = json!({"received_on": "2026-10-31", "kind": "erasure", "name": ODD[0], "client": file, "remarks": "Per brief"});
            let (path, mut seen) = enter(adviser, entered).await;
            for body in [
                json!({"step": "identify", "how": "Paspoort gezien"}),
                json!({"step": "extend", "months": 2, "reason": "Veel dossiers"}),
                json!({"step": "note", "text": "Gebeld"}),
                json!({"step": "answer", "decision": "partly", "reason": "Bewaarplicht", "copy_sha256": "ab".repeat(32)}),
                json!({"step": "tell", "recipients": ["Bank Noord", "Notaris Zuid"]}),
            ] {
                seen = step(adviser, &path, &seen, body).await.expect(StatusCode::OK);
            }
            for (kind, decision) in
                [("rectification", json!({"decision": "granted"})), ("objection", json!({"decision": "refused", "reason": "Wet"}))]
            {
                let (path, seen) = enter(adviser, json!({"received_on": "2026-11-20", "kind": kind, "name": "Cas Bos"})).await;
                let mut body = json!({"step": "answer"});
                body.as_object_mut().unwrap().extend(decision.as_object().unwrap().clone());
                step(adviser, &path, &seen, body).await.expect(StatusCode::OK);
            }
            enter(adviser, access_by("Dora Bos", "2026-11-01")).await;
        }
        self.later(1);
    }

    /// One breach at each stage; the longest course through all that can be attached.
    async fn breaches(&self) {
        let (olga, now) = (&self.olga, self.app.state().services.now().to_string());
        suspect(&self.unseen, "Een vreemde mail").await;
        let dismissed = suspect(&self.bert, "Een test").await;
        took(olga, &dismissed, json!({"step": "dismissed", "reason": "Het was een test."})).await;
        let aware = json!({"step": "became_aware", "at": now});
        let assessed = json!({"step": "assessed", "risk": "risk", "reasons": "Namen en adressen."});
        let not_reported = json!({"step": "not_reported", "reason": "Geen risico."});
        for course in [vec![], vec![&assessed], vec![&assessed, &not_reported]] {
            let path = suspect(olga, "Onderweg").await;
            for body in [&aware].into_iter().chain(course) {
                took(olga, &path, body.clone()).await;
            }
        }
        let path = suspect(&self.bert, "Er was iemand binnen").await;
        for body in [aware, json!({"step": "annotated", "note": "Gebeld met de beheerder."}), assessed] {
            took(olga, &path, body).await;
        }
        write(olga, &path, facts()).await.expect(StatusCode::OK);
        self.evidence(&path).await;
        let told = "Beste klant,\n\nEr is iets gebeurd.";
        for body in [
            json!({"step": "reported", "report": "first", "sent_at": now, "last": false}),
            json!({"step": "reported", "report": "follow_up", "sent_at": now, "last": true}),
            json!({"step": "reported", "report": "withdrawal", "sent_at": now, "last": true}),
            json!({"step": "authority_told", "authority": "afm", "at": now, "reference": "AFM-77"}),
            json!({"step": "people_told", "at": now, "how": "per brief", "count": 12, "text": told}),
            json!({"step": "closed", "conclusion": "Tweestapsverificatie is nu verplicht."}),
            json!({"step": "reopened", "reason": "Er is meer gevonden."}),
            json!({"step": "closed", "conclusion": "Nu dan."}),
        ] {
            took(olga, &path, body).await;
        }
        let late = suspect(olga, "Te laat ontdekt").await;
        for body in [
            json!({"step": "became_aware", "at": "2026-11-19T09:00:00Z"}),
            json!({"step": "assessed", "risk": "high_risk", "reasons": "BSN."}),
            json!({"step": "reported", "report": "first", "sent_at": now, "last": true, "late_reason": "Ziekte"}),
            json!({"step": "people_not_told", "ground": "uavg_42", "reason": "Wij zijn een financiële onderneming."}),
        ] {
            took(olga, &late, body).await;
        }
        self.app.maintain().await;
        self.app.run_jobs().await;
    }

    async fn evidence(&self, path: &str) {
        let olga = &self.olga;
        let window = json!({"from": "2026-11-23T08:00:00Z", "until": self.app.state().services.now().to_string()});
        let found = olga.post(&format!("{path}/affected"), window).await.expect(StatusCode::OK).json();
        let keys = olga.post(&format!("{path}/keys"), json!({})).await.expect(StatusCode::OK).json();
        for cursor in [&found["cursor"], &keys["cursor"]] {
            olga.post(&format!("{path}/evidence"), json!({ "cursor": cursor })).await.expect(StatusCode::OK);
        }
        for adviser in ["anna", "bert"] {
            let account = account_id(olga, adviser).await;
            olga.post(&format!("{path}/letters"), json!({ "account": account })).await.expect(StatusCode::CREATED);
        }
        self.app.run_jobs().await;
    }

    async fn sub_processors(&self) {
        let olga = &self.olga;
        olga.post("/api/processors/platform", None).await;
        olga.post("/api/processors", json!({"party": {"name": ODD[1]}})).await.expect(StatusCode::CREATED);
        publish(olga, complete("Hosting B.V.")).await;
        let mut soon = complete("Bijna om B.V.");
        soon["ends_on"] = "2026-11-30".into();
        publish(olga, soon).await;
        let (path, published) = publish(olga, complete("Voorbij B.V.")).await;
        let ending = json!({"on": "2026-11-22", "reason": "Overgestapt"});
        send(olga, Method::POST, &format!("{path}/end"), &published, ending).await.expect(StatusCode::OK);
        self.app.maintain().await;
        self.app.run_jobs().await;
    }

    /// One completed, one withdrawn, one that waits for a second officer.
    async fn hand_overs(&self) {
        for (from, to) in [("anna", "bert"), ("fenna", "cees")] {
            let [id, to] = [account_id(&self.olga, from).await, account_id(&self.olga, to).await];
            self.olga.post(&format!("/api/accounts/{id}/disable"), None).await.expect(StatusCode::NO_CONTENT);
            let propose = json!({"from": id, "to": to, "reason": ODD[1]});
            let made = self.olga.post("/api/hand-overs", propose.clone()).await.expect(StatusCode::CREATED).json();
            let path = format!("/api/hand-overs/{}", made["id"].as_str().unwrap());
            if from == "anna" {
                self.otto.post(&format!("{path}/approve"), None).await.expect(StatusCode::OK);
                self.app.run_jobs().await;
                assert_eq!(self.otto.get(&path).await.json()["state"], "completed");
            } else {
                self.olga.post(&format!("{path}/withdraw"), None).await.expect(StatusCode::OK);
                self.olga.post("/api/hand-overs", propose).await.expect(StatusCode::CREATED);
            }
        }
    }

    /// Accounts in every state, with mails that wait and attempts of every kind.
    async fn accounts(&self) {
        let (app, olga) = (&self.app, &self.olga);
        for (username, role) in [("eva", "adviser"), ("ingrid", "officer")] {
            let body = json!({"username": username, "display_name": username, "email": address(username), "role": role});
            olga.post("/api/accounts", body).await.expect(StatusCode::CREATED);
        }
        let oscar = json!({"username": "oscar", "display_name": "oscar van Kantoor", "email": address("oscar"), "role": "officer"});
        app.clear_mails();
        olga.post("/api/accounts", oscar).await.expect(StatusCode::CREATED);
        let id = account_id(olga, "oscar").await;
        self.otto.post(&format!("/api/accounts/{id}/confirm"), None).await.expect(StatusCode::NO_CONTENT);
        app.run_jobs().await;
        first_sign_in(app, "oscar", &address("oscar")).await;
        let dirk = invite(app, olga, "dirk", "adviser").await;
        let id = account_id(olga, "dirk").await;
        olga.post(&format!("/api/accounts/{id}/disable"), None).await.expect(StatusCode::NO_CONTENT);
        dirk.clone_as_new_browser().log_in().await.expect(StatusCode::UNAUTHORIZED);
        app.run_jobs().await;
        self.later(10);
        let stranger = app.anonymous();
        for username in [" bert ", "bert\u{a0}", "niemand", "BERT"] {
            stranger.log_in_as(username, "onjuist-wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
        }
        let body = json!({"current_password": PASSWORD, "new_password": OTHER_PASSWORD});
        self.unseen.sign_in().await;
        self.unseen.put("/api/account/password", body).await.expect(StatusCode::NO_CONTENT);
        let moved = json!({"current_password": OTHER_PASSWORD, "email": "elders@example.nl"});
        self.unseen.put("/api/account/email", moved).await.expect(StatusCode::NO_CONTENT);
    }

    /// A second data key for the service and for Bert; everything is sealed under it, the old ones are spent.
    async fn rotate(&self) {
        let scope = crate::golden::scope_of(&self.app, "bert").await;
        for scope in [KeyScope::Service, KeyScope::Adviser(scope)] {
            let before = self.app.state().services.now() + SignedDuration::from_secs(1);
            self.app.sealing().rotate(SealingScope::of(scope).unwrap(), before).await.unwrap();
        }
        for _ in 0..3 {
            self.later(7);
            self.app.maintain().await;
        }
    }

    /// Imports at every place, exports as both, documents for the persons themselves.
    async fn exchanges(&self) {
        let bert = &self.bert;
        bert.sign_in().await;
        let finished = import(bert, many(3).as_bytes()).await;
        bert.post(&format!("{finished}/check"), json!({"limit": 200})).await.expect(StatusCode::OK);
        run(bert, &finished).await;
        let begun = import(bert, many(50).replace("Klant", "Nieuw").as_bytes()).await;
        bert.post(&format!("{begun}/check"), json!({"limit": 200})).await.expect(StatusCode::OK);
        bert.post(&format!("{begun}/continue"), json!({})).await.expect(StatusCode::OK);
        import(bert, "Achternaam;BSN\r\nDijk;123456789\r\n".as_bytes()).await;
        bert.post("/api/imports", json!({"name": ODD[0], "bytes": 200_000})).await.expect(StatusCode::CREATED);
        for format in ["csv", "json"] {
            bert.post("/api/exports", json!({"format": format, "password": PASSWORD})).await.expect(StatusCode::OK);
        }
        let (path, _) = make(bert, &named("Inzage")).await;
        bert.post(&format!("{path}/report"), None).await.expect(StatusCode::OK);
        let take_along = json!({"format": "json", "password": PASSWORD});
        bert.post(&format!("{path}/portability"), take_along).await.expect(StatusCode::OK);
        self.app.run_jobs().await;
    }

    /// The last hour: sessions at every step, known browsers, a used recovery code, mails and jobs that wait.
    async fn doors(&self) {
        self.cees.clone_as_new_browser().log_in().await.expect(StatusCode::OK);
        self.app.anonymous().post("/api/password-reset", json!({"username": "bert"})).await.expect(StatusCode::ACCEPTED);
        while self.app.run_one_job().await {}
        let cees = self.cees.clone_as_new_browser();
        cees.log_in().await.expect(StatusCode::OK);
        let used = json!({"recovery_code": self.cees.recovery_codes[0]});
        cees.post("/api/login/two-factor", used).await.expect(StatusCode::OK);
        for actor in [&self.olga, &self.otto, &self.bert, &self.cees, &self.unseen] {
            let mut actor = actor.clone();
            if actor.username == UNSEEN {
                OTHER_PASSWORD.clone_into(&mut actor.password);
            }
            actor.sign_in().await;
        }
        self.app.anonymous().post("/api/password-reset", json!({"username": "olga"})).await.expect(StatusCode::ACCEPTED);
    }

    /// Writes everything down: the files of the data directory, the rows of the database where it is no file, and what the API says.
    async fn keep(&self, folder: &Path) {
        self.app.verify().await;
        let mut golden = Golden { now: self.app.state().services.now().to_string(), accounts: Vec::new(), seen: Vec::new() };
        for (actor, password) in
            [(&self.olga, PASSWORD), (&self.otto, PASSWORD), (&self.bert, PASSWORD), (&self.cees, PASSWORD), (&self.unseen, OTHER_PASSWORD)]
        {
            golden.accounts.push(Account {
                username: actor.username.clone(),
                password: password.to_owned(),
                totp: actor.totp.as_ref().map(|seed| BASE32_NOPAD.encode(seed.bytes())),
                recovery_codes: actor.recovery_codes.iter().skip(usize::from(actor.username == "cees")).cloned().collect(),
                cookies: actor.cookies(),
            });
            golden.seen.push(Visit::by(actor).await);
        }
        fs::create_dir_all(folder).unwrap();
        let data = self.app.data_dir();
        for name in ["key-encryption-key", "erasures.log"] {
            fs::copy(data.join(name), folder.join(name)).unwrap();
        }
        let databases: &[&str] = if matches!(self.app.store(), Store::Sqlite) { &["queue.db", "finrust.db"] } else { &["queue.db"] };
        for name in databases {
            let to = folder.join(name).to_str().unwrap().to_owned();
            Connection::open(data.join(name)).unwrap().execute("VACUUM INTO ?1", [to]).unwrap();
        }
        if let Store::Cosmos(emulator) = self.app.store() {
            let rows = Rows::of(emulator);
            let all = ["identities", "clients", "keys", "register"].map(|container| (container.to_owned(), rows.all(container).into()));
            let all = Value::Object(all.into_iter().collect());
            fs::write(folder.join("rows.json"), serde_json::to_vec(&all).unwrap()).unwrap();
        }
        fs::write(folder.join("golden.json"), serde_json::to_vec(&golden).unwrap()).unwrap();
    }
}

/// Somebody whom an officer invites, with a password of their own and signed in.
async fn invite(app: &TestApp, officer: &Actor, username: &str, role: &str) -> Actor {
    let email = format!("{}@example.nl", username.replace(|c: char| !c.is_ascii(), "x"));
    let body = json!({"username": username, "display_name": format!("{username} van Kantoor"), "email": email, "role": role});
    app.clear_mails();
    officer.post("/api/accounts", body).await.expect(StatusCode::CREATED);
    app.run_jobs().await;
    first_sign_in(app, username, &email).await
}

async fn first_sign_in(app: &TestApp, username: &str, email: &str) -> Actor {
    let mut actor = app.anonymous();
    username.clone_into(&mut actor.username);
    actor.log_in_as(username, &app.last_mail_to(email).one_time_password()).await.expect(StatusCode::OK);
    actor.post("/api/login/new-password", json!({ "new_password": PASSWORD })).await.expect(StatusCode::OK);
    PASSWORD.clone_into(&mut actor.password);
    app.run_jobs().await;
    actor
}
