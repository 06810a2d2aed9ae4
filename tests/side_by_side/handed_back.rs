//! Golden data of the previous version, changed by this one and opened by the previous one again.

use crate::{FINRUST, older};
use serde_json::{Value, json};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use test_support::{browser::Browser, program::text, server::Server};

/// The user who works with it, without a second factor.
const ADVISER: &str = "bert";

/// The newest golden data: that of `FINRUST_OLD` if `run.sh` has built it.
fn newest() -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let named = fs::read_to_string(golden.join("newest")).expect("tests/golden/newest names a directory");
    golden.join(named.trim()).join("sqlite")
}

/// A copy with the golden `golden.json`.
fn copied() -> (tempfile::TempDir, Value) {
    let (folder, copy) = (newest(), tempfile::tempdir().expect("a temporary directory"));
    fs::set_permissions(copy.path(), Permissions::from_mode(0o700)).expect("a private directory");
    for name in ["finrust.db", "queue.db", "key-encryption-key", "erasures.log"] {
        let to = copy.path().join(name);
        fs::copy(folder.join(name), &to).expect("a file of the golden data");
        fs::set_permissions(to, Permissions::from_mode(0o600)).expect("a private file");
    }
    let golden = fs::read(folder.join("golden.json")).expect("what is known of it");
    (copy, serde_json::from_slice(&golden).expect("JSON"))
}

fn signed_in(server: &Server, golden: &Value) -> Browser {
    let account = golden["accounts"].as_array().expect("accounts").iter().find(|account| account["username"] == ADVISER).expect("Bert");
    let mut browser = server.browser();
    let who = json!({"username": ADVISER, "password": account["password"]});
    assert_eq!(browser.post("/api/login", &who).expect("an answer").expect(200).json()["next"], "done");
    browser
}

/// The paths of the files that may be changed.
fn files(browser: &mut Browser) -> Vec<String> {
    let found = browser.post("/api/clients/search", &json!({"limit": 200})).expect("an answer").expect(200).json();
    let items = found["items"].as_array().expect("items").iter().filter(|item| item["restricted"] != true);
    items.map(|item| format!("/api/clients/{}", item["id"].as_str().expect("an id"))).collect()
}

#[test]
fn golden_data_that_this_one_has_changed_is_read_and_changed_by_the_version_before() {
    let (data, golden) = copied();
    let this = FINRUST.serve(data.path());
    let changed = write_all(&mut signed_in(&this, &golden), "Door de latere versie");
    assert!(changed > 10, "{changed} files");
    this.kill();

    let verified = older().run(data.path(), &["verify"]);
    assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
    let before = older().serve(data.path());
    let mut bert = signed_in(&before, &golden);
    let visits = golden["seen"].as_array().expect("visits");
    let seen = visits.iter().find(|visit| visit["username"] == ADVISER).expect("what Bert saw");
    for shown in seen["answers"].as_array().expect("answers") {
        let path = shown["path"].as_str().expect("a path");
        // Imports expire on their own: the programs use the machine's clock.
        if path.starts_with("/api/imports") {
            continue;
        }
        let answer = bert.get(path).expect("an answer");
        assert_eq!(Value::from(answer.status), shown["status"], "{path}: {}", answer.body);
    }
    for path in files(&mut bert) {
        let file = bert.get(&path).expect("an answer").expect(200).json();
        assert_eq!(file["notes"], "Door de latere versie", "{path}");
    }
    assert_eq!(write_all(&mut bert, "Door de eerdere versie"), changed);
    before.kill();
    FINRUST.succeed(data.path(), &["verify"]);
}

/// Saves each file as it was read, with different notes.
fn write_all(browser: &mut Browser, notes: &str) -> usize {
    let paths = files(browser);
    for path in &paths {
        let read = browser.get(path).expect("an answer").expect(200);
        let mut file = read.json();
        for added in ["id", "created_at", "updated_at", "overview"] {
            file.as_object_mut().expect("an object").remove(added);
        }
        file["notes"] = notes.into();
        let saved = browser.send("PUT", path, &[("If-Match", read.etag())], Some(&file)).expect("an answer");
        saved.expect(200);
    }
    paths.len()
}
