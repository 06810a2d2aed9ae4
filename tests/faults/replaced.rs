//! Files that are moved away or replaced while they are served: nothing is acknowledged into a file that can no longer be found, and
//! commands that need exclusive access get it.

use super::{
    FINRUST,
    key::{lost, save, signed_in},
    program::{contents, get, invite, post, refused, text, with_data},
};
use serde_json::json;
use std::{
    fs::{self, File},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};
use test_support::{
    browser::Browser,
    people::PASSWORD,
    port::free_port,
    server::{Server, wait_until},
};

/// The status of a request that commits. Each is for another username, so that none is throttled.
fn attempt(server: &Server) -> u16 {
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    let number = TRIED.fetch_add(1, Ordering::Relaxed);
    post(server.port, "/api/login", &format!(r#"{{"username":"nobody.{number}","password":"certainly wrong"}}"#)).expect("an answer")
}

fn replace(data: &Path, name: &str, backup: &Path) {
    fs::rename(data.join(name), data.join(format!("{name}.away"))).expect("a file");
    if backup.join(name).exists() {
        fs::copy(backup.join(name), data.join(name)).expect("a copy");
    }
}

fn put_back(data: &Path, name: &str) {
    fs::rename(data.join(format!("{name}.away")), data.join(name)).expect("a file");
}

/// Requests are refused, with one log line, until the file is back.
fn nothing_is_acknowledged(data: &Path, what: &str, name: &str, take: impl Fn(), bring_back: impl Fn()) {
    let server = FINRUST.serve(data);
    assert_eq!(attempt(&server), 401, "{what}");
    take();
    for _ in 0..5 {
        assert_eq!(attempt(&server), 503, "{what}: acknowledged");
    }
    assert_eq!(get(server.port, "/api/health").expect("an answer"), 503, "{what}");
    let said = server.wait_for("file_replaced");
    assert!(said.contains(&format!("cause={name} was moved away or replaced")), "{what}: {said}");
    bring_back();
    assert!(attempt(&server) == 401, "{what}: it heals");
    wait_until(what, || get(server.port, "/api/health").ok() == Some(200));
    assert_eq!(server.written().matches(&format!("cause={name} was")).count(), 1, "{what}: once: {}", server.written());
    server.signal("TERM");
    server.end(std::time::Duration::from_secs(16));
    assert_eq!(FINRUST.run(data, &["verify"]).status.code(), Some(0), "{what}");
}

#[test]
fn nothing_is_acknowledged_into_files_without_a_name() {
    let (parent, data) = with_data();
    let (backup, away) = (parent.path().join("backup"), parent.path().join("away"));
    assert!(FINRUST.run(&data, &["backup", "--with-key", &backup.to_string_lossy()]).status.success());
    let is_back = || fs::rename(&away, &data).expect("the folder");
    nothing_is_acknowledged(&data, "the folder moved away", "finrust.db", || fs::rename(&data, &away).expect("the folder"), is_back);
    let put_in_place = || {
        fs::rename(&data, &away).expect("the folder");
        fs::rename(&backup, &data).expect("the backup");
    };
    let undone = || {
        fs::rename(&data, &backup).expect("the backup");
        fs::rename(&away, &data).expect("the folder");
    };
    nothing_is_acknowledged(&data, "a backup in its place", "finrust.db", put_in_place, undone);
    for name in ["finrust.db", "finrust.db-wal", "finrust.db-shm"] {
        nothing_is_acknowledged(&data, name, name, || replace(&data, name, &backup), || put_back(&data, name));
    }
}

fn erase(browser: &mut Browser, id: &str) -> u16 {
    let mark = json!({"step": "mark", "reason": "Op verzoek", "ground": "no_longer_needed"});
    browser.post(&format!("/api/clients/{id}/rights"), &mark).expect("an answer").expect(200);
    erase_marked(browser, id)
}

fn erase_marked(browser: &mut Browser, id: &str) -> u16 {
    let confirmed = json!({"password": PASSWORD, "no_legal_duty": true});
    browser.post(&format!("/api/clients/{id}/erasure"), &confirmed).expect("an answer").status
}

/// The file is opened by name for every use: a restore is checked against the file that has this name.
#[test]
fn an_erasure_is_written_to_the_log_that_has_its_name_or_it_is_none() {
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let mut bram = signed_in(&server, &data, "bram.bos");
    let files: Vec<_> = (0..3).map(|_| save(&mut bram).expect("a file")).collect();
    let logs = ["erasures.log", "erasures-2.log"];
    let read = |end: &str| logs.map(|name| fs::read_to_string(data.join(format!("{name}{end}"))).unwrap_or_default());
    assert_eq!(erase(&mut bram, &files[0]), 204);
    let first = read("");
    assert!(first.iter().all(|log| log.contains(&files[0])), "{first:?}");
    for name in logs {
        fs::rename(data.join(name), data.join(format!("{name}.away"))).expect("a log");
        fs::write(data.join(name), "").expect("an older one");
    }
    assert_eq!(erase(&mut bram, &files[1]), 204);
    assert!(read("").iter().all(|log| log.contains(&files[1]) && !log.contains(&files[0])) && read(".away") == first);
    for name in logs {
        fs::remove_file(data.join(name)).expect("a log");
        fs::create_dir(data.join(name)).expect("a directory");
    }
    assert_eq!(erase(&mut bram, &files[2]), 503, "nothing is acknowledged");
    assert!(server.wait_for("erasure_log_failed").contains("ERROR erasure_log_failed cause="));
    for name in logs {
        fs::remove_dir(data.join(name)).expect("the directory");
        fs::rename(data.join(format!("{name}.away")), data.join(name)).expect("a log");
    }
    assert_eq!(erase_marked(&mut bram, &files[2]), 204, "it heals");
    assert!(read("").iter().all(|log| log.contains(&files[0]) && log.contains(&files[2])));
    assert_eq!(lost(&mut bram, &files), files);
    drop(server);
    let output = FINRUST.run(&data, &["verify"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn no_mail_is_queued_in_a_file_without_a_name() {
    let (_parent, data) = with_data();
    for name in ["queue.db", "queue.db-wal"] {
        let server = FINRUST.serve(&data);
        // The worker polls every second.
        replace(&data, name, Path::new("/nowhere"));
        server.wait_for("queue_unavailable");
        let said = server.wait_for("file_replaced");
        assert!(said.contains(&format!("cause={name} was moved away or replaced")), "{said}");
        put_back(&data, name);
        server.signal("TERM");
        server.end(std::time::Duration::from_secs(16));
    }
}

#[test]
fn who_must_be_alone_waits_for_those_who_serve_and_the_other_way_round() {
    let (parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let before = contents(&data);
    let line = refused(FINRUST.on(&data).arg("replay-erasures"), 1);
    assert!(line.contains("another FinRust process uses") && line.contains("stop it first"), "{line}");
    assert_eq!(contents(&data).len(), before.len());
    let backup = parent.path().join("backup").to_string_lossy().into_owned();
    for arguments in [&["verify"][..], &["backup", &backup], &["rewrap"], &["rewrap", "--rotate"], &["rotate-key", "--scope", "service"]] {
        let output = FINRUST.run(&data, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    }
    assert!(invite(&data, "bram.bos").status.success(), "beside those who serve");
    server.signal("TERM");
    server.end(std::time::Duration::from_secs(16));
    assert_eq!(FINRUST.run(&data, &["replay-erasures"]).status.code(), Some(0));
    let lock = File::open(data.join("lock")).expect("the lock");
    lock.lock().expect("nobody else");
    let port = free_port().to_string();
    for (arguments, code) in [(&["serve", "--port", &port][..], 1), (&["verify"], 2), (&["rewrap"], 1), (&["backup", "/nowhere/b"], 1)] {
        let line = refused(FINRUST.on(&data).args(arguments), code);
        assert!(line.contains("is at work on") && line.contains("wait until it is done"), "{arguments:?}: {line}");
    }
}

#[test]
fn a_demonstration_that_is_served_is_not_cleared_away() {
    let (_parent, data) = with_data();
    let demo = data.join("demo");
    fs::create_dir(&demo).expect("a directory");
    for name in ["this-is-a-demonstration", "finrust.db", "lock"] {
        fs::write(demo.join(name), "").expect("a file");
    }
    let lock = File::open(demo.join("lock")).expect("the lock");
    lock.lock_shared().expect("nobody else");
    let line = refused(FINRUST.on(&data).args(["demo", "--port", &free_port().to_string()]), 1);
    assert!(line.contains("another FinRust process uses"), "{line}");
    assert_eq!(fs::read_dir(&demo).expect("the demonstration").count(), 3);
}
