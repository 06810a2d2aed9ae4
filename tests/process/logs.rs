//! What users type never appears in the program's output.

use super::{FINRUST, data::mails};
use serde_json::json;
use std::collections::BTreeSet;
use test_support::{
    browser::Browser,
    program::{Invited, fresh},
};

const USERNAME: &str = "kanarie.gebruiker";
const NAME: &str = "Kanarievogel";
const EMAIL: &str = "kanarie.mail@example.nl";
const PASSWORD: &str = "kanarie wachtwoord met veren";
const WRONG: &str = "kanarie-verkeerd-wachtwoord";
const AGENT: &str = "Kanariebrowser/9.7";
const NOTES: &str = "kanarienotitie over de hypotheek";
const LAST_NAME: &str = "Kanariedijk";
const BSN: &str = "111222333";
const QUERY: &str = "kanarievraag";
const PATH: &str = "kanariepad";

#[test]
fn nothing_typed_shows_in_the_output() {
    for behind_host in [false, true] {
        let (_parent, data) = fresh();
        let one_time = FINRUST.invite(&data, Invited { role: "adviser", username: USERNAME, email: EMAIL, name: NAME });
        let server = if behind_host { FINRUST.serve_behind_host(&data) } else { FINRUST.serve(&data) };
        let browser = if behind_host { server.browser().proxied() } else { server.browser() };
        let cookies = type_everything(browser.sending("User-Agent", AGENT), &one_time);
        server.wait_until("the last mail", || mails(&data).len() >= 3);
        let written = server.written();
        let mailed = one_time_passwords(&mails(&data));
        assert!(mailed.len() == 2 && mailed.contains(&one_time), "{mailed:?}");
        let canaries = [USERNAME, NAME, EMAIL, PASSWORD, WRONG, AGENT, NOTES, LAST_NAME, BSN, QUERY, PATH, "203.0.113.7"];
        for canary in canaries.into_iter().chain(cookies.iter().chain(&mailed).map(String::as_str)) {
            assert!(!written.to_lowercase().contains(&canary.to_lowercase()), "{canary} shows:\n{written}");
        }
    }
}

/// Words of four groups of four characters.
fn one_time_passwords(mails: &[String]) -> BTreeSet<String> {
    let grouped = |word: &&str| word.len() == 19 && word.split('-').all(|group| group.len() == 4);
    mails.iter().flat_map(|mail| mail.split_whitespace()).filter(grouped).map(str::to_owned).collect()
}

/// Types canary words into every input; returns the cookies that came back.
fn type_everything(mut browser: Browser, one_time: &str) -> Vec<String> {
    let mut post = |path: &str, body: serde_json::Value, status: u16| browser.post(path, &body).expect("an answer").expect(status);
    post("/api/login", json!({"username": USERNAME, "password": WRONG}), 401);
    post("/api/login", json!({"username": LAST_NAME, "password": PASSWORD}), 401);
    post("/api/login", json!({"username": USERNAME, "password": PASSWORD, NOTES: 1}), 422);
    post("/api/login", json!({"username": USERNAME, "password": one_time}), 200);
    post("/api/login/new-password", json!({"new_password": PASSWORD}), 200);
    post("/api/password-reset", json!({"username": USERNAME}), 202);
    let person = json!({"last_name": LAST_NAME, "bsn": BSN, "email": EMAIL});
    post("/api/clients", json!({"person": person, "notes": NOTES}), 201);
    post("/api/clients", json!({"person": {"last_name": LAST_NAME, "bsn": "111222334"}, "notes": NOTES}), 422);
    post("/api/clients/search", json!({"text": LAST_NAME}), 200);
    for path in [
        format!("/api/session?q={QUERY}"),
        format!("/api/login-attempts?cursor={QUERY}"),
        format!("/{PATH}?{QUERY}"),
        format!("/api/clients/{PATH}"),
        format!("/api/..%2f{PATH}"),
        format!("/api/%25%32%65{PATH}%00"),
    ] {
        browser.get(&path).expect("an answer");
    }
    browser.send(&PATH.to_uppercase(), "/api/session", &[("X-Canary", QUERY), ("traceparent", NOTES)], None).expect("an answer");
    browser.cookies()
}
