//! A data key is rotated while the program serves; the rotation is killed half-way and resumed.

use super::{
    FINRUST,
    data::{invite, refused, with_one_file},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use test_support::{
    browser::Browser,
    program::{fresh, text},
};

const FILES: u32 = 1000;

#[test]
fn a_rotation_that_was_killed_is_gone_on_with_while_others_write() {
    let (_parent, data) = fresh();
    let one_time = invite(&data);
    let server = FINRUST.serve(&data);
    let (mut browser, file) = with_one_file(&server, &one_time);
    for _ in 0..FILES {
        make(&mut browser);
    }
    let (old, before) = named_by_files(&data);
    let (mut rotating, moment) = start_rotating(&data);
    server.wait_until("a document sealed anew", || named(&data)[&old] < before - 10);
    rotating.kill().expect("a child of this process");
    rotating.wait().expect("a child of this process");
    let left = named(&data).get(&old).copied().unwrap_or_default();
    if left == 0 {
        println!("it was over before it could be killed");
    }
    FINRUST.succeed(&data, &["verify"]);

    // The program still has the old key cached, and seals with it.
    let enough = AtomicBool::new(false);
    let output = thread::scope(|scope| {
        let (mut writer, enough) = (browser.clone(), &enough);
        scope.spawn(move || {
            while !enough.load(Ordering::Relaxed) {
                make(&mut writer);
            }
        });
        let output = FINRUST.run(&data, &["rotate-key", "--scope", "all-advisers", "--before", &moment]);
        enough.store(true, Ordering::Relaxed);
        output
    });
    let (said, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.contains("0 of 1 keys rotated"), "{progress}{said}");
    assert!(progress.contains("parts of documents looked at"), "{progress}");
    server.kill();
    let restarted = FINRUST.serve(&data);
    restarted.wait_until("maintenance to seal the rest anew", || !named(&data).contains_key(&old));
    browser.at(restarted.port).get(&file).expect("an answer").expect(200);
    restarted.kill();
    for scope in ["service", "adviser:Anna.Dijk"] {
        assert!(FINRUST.run(&data, &["rotate-key", "--scope", scope]).status.success(), "{scope}");
    }
    let said = FINRUST.succeed(&data, &["rotate-key", "--scope", "all-advisers", "--destroy-retired"]);
    assert!(said.starts_with("0 keys destroyed.") && said.contains("2 kept: not marked as spent"), "{said}");
    let report = FINRUST.succeed(&data, &["verify"]);
    assert!(report.contains("keys: 9 documents"), "{report}");
}

#[test]
fn what_cannot_be_rotated_is_said_in_one_line() {
    let (_parent, data) = fresh();
    let line = refused(FINRUST.on(&data).args(["rotate-key", "--scope", "service"]));
    assert!(line.contains("holds no FinRust data"), "{line}");
    for (scope, part) in [("index", "the root key never rotates"), ("everyone", "expected service"), ("adviser:a b", "no username")] {
        let output = FINRUST.run(&data, &["rotate-key", "--scope", scope]);
        assert_eq!(output.status.code(), Some(2), "{scope}");
        assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
    }
    assert_eq!(FINRUST.run(&data, &["rotate-key"]).status.code(), Some(2), "without a scope");
    invite(&data);
    let line = refused(FINRUST.on(&data).args(["rotate-key", "--scope", "adviser:nobody"]));
    assert!(line.contains("no adviser has this username"), "{line}");
    let line = refused(FINRUST.on(&data).args(["rotate-key", "--scope", "service", "--before", "2999-01-01T00:00:00Z"]));
    assert!(line.contains("in the future"), "{line}");
    let said = FINRUST.succeed(&data, &["verify"]);
    assert!(said.contains("keys: 4 documents"), "two keys with their rings, and nothing is made: {said}");
}

fn make(browser: &mut Browser) {
    browser.post("/api/clients", &json!({"person": {"last_name": "Dijk"}, "notes": "x".repeat(500)})).expect("an answer").expect(201);
}

/// The running command, and the time that it prints for resuming.
fn start_rotating(data: &Path) -> (Child, String) {
    let mut command = FINRUST.on(data);
    command.args(["rotate-key", "--scope", "all-advisers"]).stdout(Stdio::piped());
    let mut rotating = command.spawn().expect("the program starts");
    let mut first = String::new();
    BufReader::new(rotating.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    let moment = first.trim().rsplit(' ').next().expect("a moment").to_owned();
    assert!(first.contains("--before 20"), "{first}");
    (rotating, moment)
}

/// How many documents name each data key, according to the database.
fn named(data: &Path) -> BTreeMap<String, u32> {
    let database = rusqlite::Connection::open(data.join("finrust.db")).expect("the database");
    let sql = "SELECT hex(substr(body, 3, 16)), count(*) FROM documents JOIN bodies USING (body_id) WHERE container <> 'keys' GROUP BY 1";
    let mut statement = database.prepare(sql).expect("a query");
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

/// The key of the files, and how many documents name it.
fn named_by_files(data: &Path) -> (String, u32) {
    let database = rusqlite::Connection::open(data.join("finrust.db")).expect("the database");
    let sql = "SELECT hex(substr(body, 3, 16)) FROM documents JOIN bodies USING (body_id) WHERE id LIKE 'client-%' LIMIT 1";
    let key: String = database.query_row(sql, (), |row| row.get(0)).expect("a file");
    let count = named(data)[&key];
    (key, count)
}
