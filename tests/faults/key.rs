//! The key file of another database is put in place while the program serves.

use super::{
    FINRUST,
    program::{USERNAME, invite, refused, text, with_data},
};
use serde_json::json;
use std::{fs, io, path::Path};
use test_support::{
    browser::{Answer, Browser},
    people::first_sign_in,
    program::one_time_password,
    server::Server,
};

const KEY: &str = "key-encryption-key";

/// Creates a client file.
pub fn make(browser: &mut Browser) -> io::Result<Answer> {
    browser.post("/api/clients", &json!({"person": {"last_name": "Dijk"}}))
}

/// The id of a file whose creation is acknowledged.
pub fn made(answer: &Answer) -> Option<String> {
    (answer.status == 201).then(|| answer.json()["id"].as_str().expect("an id").to_owned())
}

/// Creates a client file, and returns its id if that is acknowledged.
pub fn save(browser: &mut Browser) -> Option<String> {
    let answer = make(browser).expect("an answer");
    assert!(matches!(answer.status, 201 | 503), "{}: {}", answer.status, answer.body);
    made(&answer)
}

/// The files that are missing, as their adviser sees it.
pub fn lost(browser: &mut Browser, files: &[String]) -> Vec<String> {
    let mut is_lost = |id: &&String| browser.get(&format!("/api/clients/{id}")).expect("an answer").status != 200;
    files.iter().filter(&mut is_lost).cloned().collect()
}

/// Signs in a new adviser.
pub fn signed_in(server: &Server, data: &Path, username: &str) -> Browser {
    first_sign_in(server.browser(), username, &invited(data, username))
}

/// The one-time password of a new adviser.
pub fn invited(data: &Path, username: &str) -> String {
    one_time_password(&text(&invite(data, username).stdout))
}

#[test]
fn a_foreign_key_wraps_nothing_and_the_right_one_heals_it() {
    let ((_parent, data), (_other_parent, other)) = (with_data(), with_data());
    let server = FINRUST.serve(&data);
    let mut bram = signed_in(&server, &data, "bram.bos");
    let right = fs::read(data.join(KEY)).expect("the key");
    for foreign in [fs::read(other.join(KEY)).expect("a key"), Vec::new(), b"no key at all\n".to_vec()] {
        fs::write(data.join(KEY), foreign).expect("the key file");
        // The first file of an adviser needs a data key of its own.
        assert_eq!(make(&mut bram).expect("an answer").status, 503, "nothing is acknowledged");
    }
    assert!(server.wait_for("key_of_another_database").contains("ERROR key_of_another_database"));
    fs::write(data.join(KEY), right).expect("the key file");
    assert_eq!(make(&mut bram).expect("an answer").status, 201);
    drop(server);
    assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0));
}

#[test]
fn a_foreign_key_is_not_rotated_or_wrapped_under_by_commands() {
    let ((_parent, data), (_other_parent, other)) = (with_data(), with_data());
    fs::copy(other.join(KEY), data.join(KEY)).expect("a key file");
    for arguments in [&["rewrap"][..], &["rewrap", "--rotate"], &["rotate-key", "--scope", "service"]] {
        let line = refused(FINRUST.on(&data).args(arguments), 1);
        assert!(line.contains("another key"), "{line}");
    }
    assert_eq!(fs::read(data.join(KEY)).expect("a key"), fs::read(other.join(KEY)).expect("a key"), "{USERNAME}");
}
