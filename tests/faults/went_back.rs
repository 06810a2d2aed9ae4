//! A log that has lost its end: SQLite takes it for a shorter one, and an older state is back.

use super::{
    FINRUST,
    program::{USERNAME, post, reader, refused, text, with_data},
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use test_support::{port::free_port, server::Server};

const WAL: &str = "finrust.db-wal";
/// Length of a log's header, before its first frame.
const HEADER: usize = 32;
const FRAME: usize = 24 + 4096;

fn attempt(server: &Server) {
    let answer = post(server.port, "/api/login", &format!(r#"{{"username":"{USERNAME}","password":"certainly wrong"}}"#));
    assert_eq!(answer.expect("an answer"), 401);
}

/// Three acknowledged attempts that are only in the log.
fn killed(data: &Path) {
    let reader = reader(data);
    let server = FINRUST.serve(data);
    (0..3).for_each(|_| attempt(&server));
    server.signal("KILL");
    drop(server);
    drop(reader);
    assert!(fs::metadata(data.join(WAL)).is_ok_and(|log| log.len() > 0));
}

fn verify(data: &Path) -> (Option<i32>, String) {
    let output = FINRUST.run(data, &["verify"]);
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// A name, and how to damage a log that way.
type Damage<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>));

#[test]
fn what_a_log_has_lost_is_a_finding_until_a_restore_is_said_to_have_been_meant() {
    let flip = |at: usize| move |log: &mut Vec<u8>| log[at] ^= 1;
    let damages: [Damage<'_>; 5] = [
        ("a bit of its header", &flip(9)),
        ("a bit of its first frame", &flip(HEADER + 30)),
        ("a bit of a later frame", &flip(HEADER + 6 * FRAME + 100)),
        ("its end", &|log| log.truncate(HEADER + 5 * FRAME)),
        ("all of it", &Vec::clear),
    ];
    for (what, damage) in damages {
        let (_parent, data) = with_data();
        killed(&data);
        let mut log = fs::read(data.join(WAL)).expect("the log");
        damage(&mut log);
        fs::write(data.join(WAL), log).expect("the log");
        let (code, said) = verify(&data);
        assert_eq!(code, Some(1), "{what}: {said}");
        assert!(said.contains("mark: transactions ") && said.contains(" were acknowledged and are lost"), "{what}: {said}");
        let server = FINRUST.serve(&data);
        let logged = server.wait_for("database_went_back");
        assert!(logged.contains("are lost"), "{what}: {logged}");
        (0..8).for_each(|_| _ = post(server.port, "/api/login", r#"{"username":"nobody.at.all","password":"wrong"}"#));
        server.signal("TERM");
        server.end(Duration::from_secs(16));
        assert_eq!(verify(&data).0, Some(1), "{what}: what is written after it does not hide it");
        let replayed = FINRUST.run(&data, &["replay-erasures"]);
        assert!(text(&replayed.stdout).contains("had gone back from transaction "), "{what}: {}", text(&replayed.stdout));
        let (code, said) = verify(&data);
        assert_eq!((code, said.contains("mark: nothing that was committed is missing")), (Some(0), true), "{what}: {said}");
    }
}

#[test]
fn a_backup_beside_the_log_of_what_was_there_is_refused() {
    let (parent, data) = with_data();
    let backup = parent.path().join("backup");
    assert!(FINRUST.run(&data, &["backup", "--with-key", &backup.to_string_lossy()]).status.success());
    assert!(verify(&backup).1.contains("mark: none that is vouched for"), "a backup is not judged");
    killed(&data);
    fs::copy(backup.join("finrust.db"), data.join("finrust.db")).expect("a restore");
    let before = fs::read(data.join("finrust.db")).expect("the database");
    for (arguments, code) in
        [(&["serve", "--port", &free_port().to_string()][..], 1), (&["verify"], 2), (&["replay-erasures"], 1), (&["rewrap"], 1)]
    {
        let line = refused(FINRUST.on(&data).args(arguments), code);
        assert!(line.contains("belongs to another database") && line.contains("replay-erasures"), "{arguments:?}: {line}");
    }
    assert!(fs::read(data.join("finrust.db")).expect("the database") == before, "nothing was mixed into it");
    for end in ["-wal", "-shm"] {
        fs::remove_file(data.join(format!("finrust.db{end}"))).expect("a file of the log");
    }
    assert_eq!(verify(&data).0, Some(1), "it is older than its mark");
    assert!(text(&FINRUST.run(&data, &["replay-erasures"]).stdout).contains("had gone back from transaction "));
    assert_eq!(verify(&data).0, Some(0));
}

#[test]
fn a_log_is_folded_into_the_database_when_nothing_waits() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    attempt(&server);
    let started = Instant::now();
    while fs::metadata(data.join(WAL)).expect("the log").len() > 0 {
        assert!(started.elapsed() < Duration::from_secs(30), "it lies in the log alone");
        std::thread::sleep(Duration::from_millis(20));
    }
    server.signal("KILL");
    drop(server);
    fs::remove_file(data.join(WAL)).expect("the log");
    assert_eq!(verify(&data).0, Some(0), "nothing was in it alone");
}
