//! A missing database is not recreated, and commands that only read change nothing.

use super::{
    FINRUST,
    program::{USERNAME, contents, get, invite, reader, refused, text, with_data},
};
use rusqlite::Connection;
use std::{fs, os::unix::fs::symlink, path::Path};
use test_support::{port::free_port, program::fresh};

const DATABASE: &str = "finrust.db";

/// Every command that works on data, with the exit code of its refusal.
fn commands(data: &Path) -> Vec<(Vec<String>, i32)> {
    let backup = data.with_extension("backup").to_string_lossy().into_owned();
    let port = free_port().to_string();
    [
        (&["serve", "--port", &port][..], 1),
        (&["invite", "--role", "officer", "--username", "bram", "--email", "b@example.nl", "--name", "B"], 1),
        (&["verify"], 2),
        (&["replay-erasures"], 1),
        (&["rewrap"], 1),
        (&["rewrap", "--rotate"], 1),
        (&["rotate-key", "--scope", "service"], 1),
        (&["backup", &backup], 1),
    ]
    .into_iter()
    .map(|(arguments, code)| (arguments.iter().map(ToString::to_string).collect(), code))
    .collect()
}

/// Asserts that all of them are refused, mention all of `parts`, and change nothing.
fn every_command_refuses(data: &Path, parts: &[&str], what: &str) {
    for (arguments, code) in commands(data) {
        let before = contents(data);
        let line = refused(FINRUST.on(data).args(&arguments), code);
        assert!(parts.iter().all(|part| line.contains(part)), "{what}, {arguments:?}: {line}");
        assert!(contents(data) == before, "{what}, {arguments:?}: something was made or changed");
    }
    assert!(!data.with_extension("backup").exists(), "{what}: a backup of nothing");
}

#[test]
fn a_database_that_has_gone_is_refused_and_what_lies_there_is_named() {
    let (_parent, data) = with_data();
    let database = data.join(DATABASE);
    let kept = fs::read(&database).expect("the database");
    let both_ways = ["finrust.db", "key-encryption-key", "queue.db", "mail with 1 file", "Put the database back", "move all of it away"];
    let missing = [&both_ways[..], &["is missing"]].concat();
    let empty = [&both_ways[..], &["is empty"]].concat();

    fs::remove_file(&database).expect("the database");
    every_command_refuses(&data, &missing, "no database");
    fs::write(data.join("finrust.db-wal"), "all that was written").expect("a log");
    every_command_refuses(&data, &[&missing[..], &["finrust.db-wal"]].concat(), "a log without its database");
    fs::write(&database, "").expect("a file");
    every_command_refuses(&data, &empty, "no byte beside a log");
    fs::remove_file(data.join("finrust.db-wal")).expect("the log");
    every_command_refuses(&data, &empty, "no byte");
    fs::remove_file(&database).expect("the database");
    Connection::open(&database).and_then(|blank| blank.execute_batch("VACUUM")).expect("a database of SQLite");
    every_command_refuses(&data, &empty, "no table");
    fs::write(&database, &kept).expect("the database");
    Connection::open(&database).and_then(|all| all.execute_batch("DELETE FROM documents")).expect("its tables");
    every_command_refuses(&data, &empty, "no document");
    fs::remove_file(&database).expect("the database");
    symlink("/nowhere/finrust.db", &database).expect("a link");
    every_command_refuses(&data, &["finrust.db", "is a link to something that is not there"], "a volume that is not mounted");
    fs::remove_file(&database).expect("the link");
    fs::create_dir(&database).expect("a directory");
    every_command_refuses(&data, &["finrust.db", "is not a file"], "a directory");

    fs::remove_dir(&database).expect("the directory");
    fs::write(&database, &kept).expect("the database");
    let server = FINRUST.serve(&data);
    assert_eq!(get(server.port, "/api/health").expect("an answer"), 200, "put back, it is served");
}

#[test]
fn each_trace_alone_is_enough() {
    for trace in ["key-encryption-key", "queue.db", "finrust.db-wal", "erasures.log", "erasures-2.log", "mail/a.eml"] {
        for database in [None, Some("")] {
            let (_parent, data) = fresh();
            fs::create_dir_all(data.join("mail")).expect("a directory");
            fs::write(data.join(trace), "something").expect("a file");
            if let Some(bytes) = database {
                fs::write(data.join(DATABASE), bytes).expect("a file");
            }
            let named = trace.split('/').next().unwrap_or_default();
            every_command_refuses(&data, &[named, DATABASE, "Put the database back"], trace);
        }
    }
}

#[test]
fn where_there_is_nothing_at_all_commands_that_look_say_so_and_the_others_begin() {
    for prepare in [None, Some(DATABASE)] {
        let (_parent, data) = fresh();
        fs::create_dir_all(data.join("mail")).expect("a directory");
        if let Some(name) = prepare {
            fs::write(data.join(name), "").expect("a file");
        }
        let before = contents(&data);
        for (arguments, code) in commands(&data).into_iter().skip(2) {
            let line = refused(FINRUST.on(&data).args(&arguments), code);
            assert!(line.contains("holds no FinRust data"), "{arguments:?}: {line}");
        }
        assert_eq!(contents(&data), before, "nothing is made");
        assert!(invite(&data, USERNAME).status.success());
        assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0));
    }
}

#[test]
fn looking_changes_nothing_beside_a_log_and_without_one() {
    let (parent, data) = with_data();
    let verified = |data: &Path| {
        let before = contents(data);
        let output = FINRUST.run(data, &["verify"]);
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
        assert!(contents(data) == before, "something was made or changed");
    };
    verified(&data);
    // A kill leaves the write-ahead log, with changes that the database file lacks.
    let reader = reader(&data);
    let server = FINRUST.serve(&data);
    assert!(invite(&data, "bram.bos").status.success());
    server.signal("KILL");
    drop(server);
    drop(reader);
    assert!(fs::metadata(data.join("finrust.db-wal")).is_ok_and(|log| log.len() > 0));
    verified(&data);
    // A copy sees what is only in the log, too.
    let copy = parent.path().join("copy of it #1?mode=rw");
    fs::create_dir(&copy).expect("a directory");
    for name in [DATABASE, "finrust.db-wal", "key-encryption-key"] {
        fs::copy(data.join(name), copy.join(name)).expect("a copy");
    }
    let counted = |data: &Path| text(&FINRUST.run(data, &["verify"]).stdout).lines().next().map(str::to_owned);
    let whole = counted(&data);
    assert_eq!(counted(&copy), whole);
    // The whole database in one file, with nothing but its key beside it.
    let backup = parent.path().join("backup/");
    assert!(FINRUST.run(&data, &["backup", "--with-key", &format!("{}/", backup.display())]).status.success());
    fs::remove_file(backup.join("queue.db")).expect("the queue");
    verified(&backup);
    assert_eq!(fs::read_dir(&backup).expect("the backup").count(), 2, "no lock, no queue, no folder for mails");
}

#[test]
fn the_documents_that_are_nobodys_are_still_a_database() {
    let (_parent, data) = with_data();
    Connection::open(data.join(DATABASE))
        .and_then(|all| all.execute_batch("DELETE FROM documents WHERE container = 'keys'"))
        .expect("keys");
    let line = refused(FINRUST.on(&data).args(["serve", "--port", &free_port().to_string()]), 1);
    assert!(line.contains("the root key"), "{line}");
    assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(1));
    let keys = "SELECT count(*) FROM documents WHERE container = 'keys'";
    let count = Connection::open(data.join(DATABASE)).and_then(|all| all.query_row(keys, (), |row| row.get::<_, i64>(0)));
    assert_eq!(count, Ok(0), "none is made");
}
