//! Intents left behind: maintenance carries them out if possible and voids them otherwise, and the caller is told correctly either way.

use crate::{
    breach_steps::{named_step, suspect},
    hand_overs::retire,
    processors::complete,
    samples::contents,
    support::{
        actor::Actor,
        app::{OTHER_PASSWORD, PASSWORD, TestApp, TestOptions},
        faults::{Fault, Faults},
        register::{account_id, changed_by, intended},
    },
};
use axum::http::{Method, StatusCode};
use finrust::domain::sign_in::{attempt::ChangedBy, credentials::Role};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;

struct Office {
    app: TestApp,
    faults: Faults,
    olga: Actor,
    otto: Actor,
}

impl Office {
    async fn open() -> Self {
        let faults = Faults::default();
        let options = TestOptions { hand_over_wait: Duration::from_hours(48), ..faults.options() };
        let app = TestApp::start_with(options).await;
        let (olga, otto) = (app.officer("olga").await, app.officer("otto").await);
        app.run_jobs().await;
        Self { app, faults, olga, otto }
    }

    /// The intent is recorded, but both the action and deleting the intent fail. Returns what the caller is told.
    async fn cut_off(&self, actor: &Actor, method: Method, path: &str, body: Option<Value>) -> Option<bool> {
        assert!(actor.is_signed_in().await, "and noted to be: that takes no commit any more");
        let seen = actor.get(path.trim_end_matches("/publish")).await;
        self.faults.forget();
        self.faults.after(1, Fault::Unavailable);
        self.faults.next(&[Fault::Unavailable]);
        let ask = actor.request(method, path).json(body);
        let ask = if let Some(etag) = seen.header("etag") { ask.header("if-match", etag) } else { ask };
        let refused = ask.send().await.expect_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        self.faults.heal();
        assert!(self.is_left());
        refused.json()["done"].as_bool()
    }

    fn is_left(&self) -> bool {
        contents(&self.app).iter().any(|spot| spot.contains("intent-"))
    }

    /// Runs maintenance after the intent's minute has passed.
    async fn later(&self) {
        assert_eq!(self.app.maintain().await.intents, 0, "whoever left it may be at it");
        self.app.clock.advance(SignedDuration::from_mins(2));
        assert_eq!(self.app.maintain().await.intents, 1);
        assert!(!self.is_left());
        self.app.run_jobs().await;
        self.app.verify().await;
    }

    async fn status(&self, username: &str) -> String {
        self.status_for(&self.olga, username).await
    }

    async fn status_for(&self, officer: &Actor, username: &str) -> String {
        let all = officer.get("/api/accounts?limit=200").await.expect(StatusCode::OK).json();
        let found = all["items"].as_array().unwrap().iter().find(|item| item["username"] == username).cloned();
        found.map_or_else(|| "gone".to_owned(), |item| item["status"].as_str().unwrap().to_owned())
    }

    /// Anna is disabled, and Olga proposes that her files go to Bert. Returns the path of the hand-over.
    async fn proposed(&self) -> String {
        for name in ["anna", "bert"] {
            self.app.adviser(name).await;
        }
        self.take_out("anna").await;
        let proposed = retire(&self.olga, "anna", "bert").await;
        self.app.run_jobs().await;
        proposed
    }

    /// Olga disables an account.
    async fn take_out(&self, username: &str) {
        let (method, path) = self.account(username, "disable").await;
        self.olga.request(method, &path).send().await.expect(StatusCode::NO_CONTENT);
    }

    async fn account(&self, username: &str, act: &str) -> (Method, String) {
        let id = account_id(&self.olga, username).await;
        match act {
            "withdraw" => (Method::DELETE, format!("/api/accounts/{id}")),
            _ => (Method::POST, format!("/api/accounts/{id}/{act}")),
        }
    }
}

#[tokio::test]
async fn a_change_of_an_account_is_carried_out_though_whoever_wanted_it_was_cut_off() {
    let office = Office::open().await;
    let anna = office.app.adviser("anna").await;
    office.app.invited("iris", Role::Adviser).await;
    let nova = json!({"username": "nova", "display_name": "Nova", "email": "nova@example.nl", "role": "officer"});
    office.olga.post("/api/accounts", nova).await.expect(StatusCode::CREATED);
    for (officer, username, act, status) in [
        (&office.olga, "anna", "disable", "disabled"),
        (&office.olga, "anna", "unlock", "disabled"),
        (&office.otto, "nova", "confirm", "invited"),
        (&office.olga, "iris", "invite", "invited"),
    ] {
        let (method, path) = office.account(username, act).await;
        office.app.clear_mails();
        assert_eq!(office.cut_off(officer, method, &path, None).await, Some(true), "{act}");
        office.later().await;
        assert_eq!(office.status(username).await, status, "{act}");
        if matches!(act, "confirm" | "invite") {
            let mails = office.app.mails();
            assert!(mails.iter().any(|mail| mail.to.contains(&format!("{username}@"))), "{act}: the invitation goes out");
        }
    }
    assert!(!anna.is_signed_in().await);
    let named = changed_by(&office.app, "anna").await;
    let by: Vec<_> =
        named.iter().filter_map(|(_, by)| if let ChangedBy::Account { intent, .. } = by { Some(*intent) } else { None }).collect();
    let left = intended(&office.app, "olga").await;
    assert_eq!(by.len(), 2);
    assert!(by.iter().all(|intent| left.contains(intent)), "what was done names the intent of whoever wanted it");
}

#[tokio::test]
async fn a_step_in_a_register_is_carried_out_likewise() {
    let office = Office::open().await;
    for name in ["anna", "bert", "carl"] {
        office.app.adviser(name).await;
    }
    for name in ["anna", "carl"] {
        office.take_out(name).await;
    }
    let (withdrawn, stopped) = (retire(&office.olga, "anna", "bert").await, retire(&office.olga, "carl", "bert").await);
    office.otto.post(&format!("{stopped}/approve"), None).await.expect(StatusCode::OK);
    office.app.run_jobs().await;
    for (path, act) in [(&withdrawn, "withdraw"), (&stopped, "stop")] {
        assert_eq!(office.cut_off(&office.olga, Method::POST, &format!("{path}/{act}"), None).await, Some(true), "{act}");
        office.later().await;
        assert_eq!(office.olga.get(path).await.expect(StatusCode::OK).json()["state"], "withdrawn", "{act}");
    }
}

/// The officer who withdrew a proposal was told so: a second officer's approval in the following minutes moves no files.
#[tokio::test]
async fn what_was_taken_back_is_not_approved_meanwhile() {
    let office = Office::open().await;
    let proposed = office.proposed().await;
    assert_eq!(office.cut_off(&office.olga, Method::POST, &format!("{proposed}/withdraw"), None).await, Some(true));
    office.otto.post(&format!("{proposed}/approve"), None).await.expect(StatusCode::OK);
    office.later().await;
    assert_eq!(office.olga.get(&proposed).await.expect(StatusCode::OK).json()["state"], "withdrawn");
}

/// Actions that grant something, or that others could overtake, are done only by an officer who is present.
#[tokio::test]
async fn what_gives_is_voided_and_told_so() {
    let office = Office::open().await;
    office.app.adviser("anna").await;
    office.app.invited("iris", Role::Adviser).await;
    office.take_out("anna").await;
    let drafted = office.olga.post("/api/processors", complete("Voorbeeld B.V.")).await.expect(StatusCode::CREATED);
    let publish = format!("{}/publish", drafted.header("location").unwrap());
    office.app.run_jobs().await;
    let (enable, withdraw) = (office.account("anna", "enable").await, office.account("iris", "withdraw").await);
    for (method, path) in [enable, withdraw, (Method::POST, publish.clone())] {
        assert_eq!(office.cut_off(&office.olga, method, &path, None).await, Some(false), "{path}");
        office.later().await;
    }
    assert_eq!((&*office.status("anna").await, &*office.status("iris").await), ("disabled", "invited"));
    assert_eq!(office.olga.get(publish.trim_end_matches("/publish")).await.expect(StatusCode::OK).json()["stage"], "draft");
}

#[tokio::test]
async fn what_its_request_alone_could_say_is_voided() {
    let office = Office::open().await;
    let breach = suspect(&office.olga, "Een vreemde mail").await;
    office.app.run_jobs().await;
    let steps = format!("{breach}/steps");
    assert_eq!(office.cut_off(&office.olga, Method::POST, &steps, Some(named_step("annotated"))).await, Some(false));
    office.app.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(office.app.maintain().await.intents, 1);
    assert!(!office.is_left());
    assert_eq!(office.olga.get(&breach).await.expect(StatusCode::OK).json()["steps"].as_array().map(Vec::len), Some(2));
    office.app.verify().await;
}

#[tokio::test]
async fn an_approval_is_voided_and_holds_nobody() {
    let office = Office::open().await;
    let proposed = office.proposed().await;
    office.faults.forget();
    // The account is held and its partition informed; then the record, and deleting the intent, fail.
    office.faults.after(3, Fault::Unavailable);
    office.faults.next(&[Fault::Unavailable]);
    let refused = office.otto.post(&format!("{proposed}/approve"), None).await.expect(StatusCode::SERVICE_UNAVAILABLE);
    office.faults.heal();
    assert_eq!(refused.json()["done"], false);
    office.app.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(office.app.maintain().await.intents, 1);
    assert_eq!(office.olga.get(&proposed).await.expect(StatusCode::OK).json()["state"], "proposed");
    let (method, path) = office.account("anna", "enable").await;
    office.olga.request(method, &path).send().await.expect(StatusCode::NO_CONTENT);
    assert_eq!(office.status("anna").await, "active");
    office.app.verify().await;
}

#[tokio::test]
async fn what_was_overtaken_is_not_carried_out() {
    for overtaken in ["by another officer", "by a new password", "by disabling"] {
        let office = Office::open().await;
        office.app.adviser("anna").await;
        let (method, path) = office.account("anna", "disable").await;
        assert_eq!(office.cut_off(&office.olga, method, &path, None).await, Some(true));
        match overtaken {
            "by another officer" => {
                for act in ["disable", "enable"] {
                    let (method, path) = office.account("anna", act).await;
                    office.otto.request(method, &path).send().await.expect(StatusCode::NO_CONTENT);
                }
            }
            "by a new password" => {
                let body = json!({"current_password": PASSWORD, "new_password": OTHER_PASSWORD});
                office.olga.put("/api/account/password", body).await.expect(StatusCode::NO_CONTENT);
            }
            _ => {
                let path = format!("/api/accounts/{}/disable", account_id(&office.otto, "olga").await);
                office.otto.post(&path, None).await.expect(StatusCode::NO_CONTENT);
            }
        }
        office.later().await;
        assert_eq!(office.status_for(&office.otto, "anna").await, "active", "{overtaken}");
    }
}

/// Sign-in attempts by strangers or by the account's user do not prevent action against the account.
#[tokio::test]
async fn tries_to_sign_in_overtake_nothing() {
    let office = Office::open().await;
    let anna = office.app.adviser("anna").await;
    let (method, path) = office.account("anna", "disable").await;
    assert_eq!(office.cut_off(&office.olga, method, &path, None).await, Some(true));
    office.app.anonymous().log_in_as("anna", "geraden wachtwoord").await.expect(StatusCode::UNAUTHORIZED);
    for number in 0..60 {
        let profile = json!({"display_name": format!("Anna {number}"), "language": "nl"});
        anna.put("/api/account", profile).await.expect(StatusCode::NO_CONTENT);
    }
    office.later().await;
    assert!(!anna.is_signed_in().await);
}
