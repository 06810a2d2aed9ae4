//! Test data: an invited adviser, and the contents of a directory.

use super::{
    browser::Browser,
    program::{Server, succeed},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

pub const USERNAME: &str = "anna.dijk";
pub const PASSWORD: &str = "zeven paarse olifanten dansen";

/// Invites the adviser on the command line; returns the one-time password.
pub fn invite(data: &Path) -> String {
    invite_as(data, USERNAME, "anna@example.nl", "Anna Dijk")
}

/// Invites an adviser with these names.
pub fn invite_as(data: &Path, username: &str, email: &str, name: &str) -> String {
    let arguments = ["invite", "--role", "adviser", "--username", username, "--email", email, "--name", name, "--print"];
    let said = succeed(data, &arguments);
    let line = said.lines().find_map(|line| line.strip_prefix("One-time password, valid 7 days: "));
    line.unwrap_or_else(|| panic!("a one-time password: {said}")).to_owned()
}

/// Signs in with the one-time password and chooses the password.
pub fn first_sign_in(mut browser: Browser, one_time: &str) -> Browser {
    let answer = browser.post("/api/login", &json!({"username": USERNAME, "password": one_time})).expect("an answer").expect(200);
    assert_eq!(answer.json()["next"], "new_password");
    let chosen = browser.post("/api/login/new-password", &json!({"new_password": PASSWORD})).expect("an answer").expect(200);
    assert_eq!(chosen.json()["next"], "done");
    browser
}

/// Signs in with the password.
pub fn sign_in(mut browser: Browser) -> Browser {
    let answer = browser.post("/api/login", &json!({"username": USERNAME, "password": PASSWORD})).expect("an answer").expect(200);
    assert_eq!(answer.json()["next"], "done");
    browser
}

/// A signed-in adviser with one file; returns the path of the file.
pub fn with_one_file(server: &Server, one_time: &str) -> (Browser, String) {
    let mut browser = first_sign_in(server.browser(), one_time);
    let made = browser.post("/api/clients", &json!({"person": {"last_name": "Dijk"}})).expect("an answer").expect(201);
    (browser, made.headers["location"].clone())
}

/// Every file below a directory with its content.
pub fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(directory) else { return found };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

/// The mails that were written.
pub fn mails(data: &Path) -> Vec<String> {
    let mails = contents(&data.join("mail"));
    mails.into_values().map(|bytes| String::from_utf8(bytes).expect("mails are text")).collect()
}
