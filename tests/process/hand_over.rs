//! `kill -9` while files move from one adviser to another: the next start resumes, and finally every file is with the successor.

use super::FINRUST;
use finrust::domain::stored::TotpSeed;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;
use test_support::{
    browser::Browser,
    mix::mix,
    people::PASSWORD,
    program::{Invited, fresh},
};

const FILES: u64 = 200;
const KILLS: u64 = 12;

#[test]
fn a_hand_over_that_is_killed_again_and_again_is_completed() {
    let (_parent, data) = fresh();
    let codes = [("adviser", "anna"), ("adviser", "bert"), ("officer", "olga"), ("officer", "otto")].map(|who| invite(&data, who));
    let mut server = FINRUST.serve(&data);
    let [mut anna, bert, mut olga, mut otto] = codes.map(|(username, code)| settle(server.browser(), username, &code));
    for number in 0..FILES {
        ask(&mut anna, "/api/clients", &json!({"person": {"last_name": format!("Klant {number}")}}), 201);
    }
    let hand_over = approve(&mut olga, &mut otto);
    let mut cut_off = 0;
    for round in 0..KILLS {
        let polls = mix(round) % 24;
        let states: Vec<_> = (0..polls).map(|_| state(&mut otto, &hand_over)).collect();
        cut_off += u64::from(states.iter().all(|state| state != "completed"));
        server.kill();
        server = FINRUST.serve(&data);
        otto = otto.at(server.port);
    }
    assert!(cut_off > 0, "it was never killed in the middle");
    while state(&mut otto, &hand_over) != "completed" {}
    let mut bert = bert.at(server.port);
    let found = ask(&mut bert, "/api/clients/search", &json!({"limit": 200}), 200);
    let files = found["items"].as_array().expect("items");
    assert_eq!(files.len() as u64, FILES);
    for file in files {
        bert.get(&format!("/api/clients/{}", file["id"].as_str().expect("an id"))).expect("an answer").expect(200);
    }
    anna.at(server.port).get("/api/session").expect("an answer").expect(401);
    server.kill();
    FINRUST.succeed(&data, &["verify"]);
}

fn state(officer: &mut Browser, hand_over: &str) -> String {
    let answer = officer.get(hand_over).expect("an answer").expect(200).json();
    answer["state"].as_str().expect("a state").to_owned()
}

/// One officer disables Anna's account and proposes; the other approves.
fn approve(olga: &mut Browser, otto: &mut Browser) -> String {
    let accounts = olga.get("/api/accounts").expect("an answer").expect(200).json();
    let id = |username: &str| {
        let found = accounts["items"].as_array().expect("items").iter().find(|item| item["username"] == username);
        found.expect("an account")["id"].as_str().expect("an id").to_owned()
    };
    let (anna, bert) = (id("anna"), id("bert"));
    olga.send("POST", &format!("/api/accounts/{anna}/disable"), &[], None).expect("an answer").expect(204);
    let proposal = json!({"from": anna, "to": bert, "reason": "Anna vertrekt"});
    let proposed = ask(olga, "/api/hand-overs", &proposal, 201);
    let path = format!("/api/hand-overs/{}", proposed["id"].as_str().expect("an id"));
    otto.send("POST", &format!("{path}/approve"), &[], None).expect("an answer").expect(200);
    path
}

fn ask(browser: &mut Browser, path: &str, body: &Value, status: u16) -> Value {
    browser.post(path, body).expect("an answer").expect(status).json()
}

fn invite(data: &Path, (role, username): (&'static str, &'static str)) -> (&'static str, String) {
    let email = format!("{username}@example.nl");
    (username, FINRUST.invite(data, Invited { role, username, email: &email, name: username }))
}

/// Signs in for the first time; an officer gets a second factor.
fn settle(mut browser: Browser, username: &str, code: &str) -> Browser {
    ask(&mut browser, "/api/login", &json!({"username": username, "password": code}), 200);
    ask(&mut browser, "/api/login/new-password", &json!({"new_password": PASSWORD}), 200);
    if browser.get("/api/session").expect("an answer").json()["role"] == "officer" {
        let begun = ask(&mut browser, "/api/two-factor", &json!({"password": PASSWORD}), 201);
        let secret = begun["secret"].as_str().expect("a secret");
        let seed = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("base 32");
        let seed = TotpSeed::new(seed.try_into().expect("20 bytes"));
        ask(&mut browser, "/api/two-factor/confirm", &json!({"code": seed.code_at(Timestamp::now())}), 200);
    }
    browser
}
