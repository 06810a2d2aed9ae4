//! Test data: an invited adviser, and the contents of a directory.

use super::FINRUST;
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use test_support::{
    browser::Browser,
    people::{self, PASSWORD},
    program::{Invited, text},
    server::Server,
};

pub const USERNAME: &str = "anna.dijk";

/// Invites the adviser on the command line; returns the one-time password.
pub fn invite(data: &Path) -> String {
    FINRUST.invite(data, Invited { role: "adviser", username: USERNAME, email: "anna@example.nl", name: "Anna Dijk" })
}

/// Signs in with the one-time password and chooses the password.
pub fn first_sign_in(browser: Browser, one_time: &str) -> Browser {
    people::first_sign_in(browser, USERNAME, one_time)
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

/// Runs a command that must be refused, and returns its one-line error.
pub fn refused(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    // For scripts, `verify` distinguishes what it found from a failure to look.
    let code = if command.get_args().any(|argument| argument == "verify") { 2 } else { 1 };
    assert_eq!(output.status.code(), Some(code), "{err}{out}");
    assert_eq!((out.as_str(), err.lines().count()), ("", 1), "{err}");
    assert!(err.starts_with("finrust: ") && !err.contains("panicked"), "{err}");
    err
}
