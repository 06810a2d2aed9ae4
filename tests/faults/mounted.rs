//! Disks and mounts: small, read-only, remote.

use super::{
    FINRUST,
    key::{invited, lost, save},
    program::{USERNAME, beside, get, inside, invite, post, reader, refused, text, with_data, with_mounts},
};
use std::{fs, path::Path};
use test_support::{
    people::first_sign_in,
    server::{Server, wait_until},
};

/// Size of a file that takes up space.
const FILLER: usize = 2816 * 1024;
const DISK: &str = "mount -t tmpfs -o size=4m,mode=700 office \"$FINRUST_DATA_DIR\"";
const READ_ONLY: [&str; 2] = ["mount --bind", "mount -o remount,ro,bind"];

fn try_to_sign_in(server: &Server) -> u16 {
    post(server.port, "/api/login", &format!(r#"{{"username":"{USERNAME}","password":"certainly wrong"}}"#)).expect("an answer")
}

fn health(server: &Server) -> u16 {
    get(server.port, "/api/health").expect("an answer")
}

/// The commands that make it, or the whole folder, read-only.
fn read_only(name: &str) -> String {
    let path = format!("\"$FINRUST_DATA_DIR{name}\"");
    let [bind, remount] = READ_ONLY;
    format!("{bind} {path} {path}; {remount} {path}")
}

fn copy(from: &Path, to: &Path, names: &[&str]) {
    fs::create_dir(to).expect("a directory");
    for name in names {
        fs::copy(from.join(name), to.join(name)).expect("a copy");
    }
}

#[test]
fn a_full_disk_is_named_loses_nothing_that_was_acknowledged_and_heals() {
    let (_parent, data) = with_data();
    let one_time = invited(&data, "bram.bos");
    let keep = "cp -a \"$FINRUST_DATA_DIR\" \"$FINRUST_DATA_DIR.kept\"";
    let bring = "cp -a \"$FINRUST_DATA_DIR.kept/.\" \"$FINRUST_DATA_DIR\"";
    let Some(command) = with_mounts(&data, &format!("{keep}; {DISK}; {bring}")) else { return };
    let server = Server::start(command);
    let inside = inside(&server, &data);
    let mut bram = first_sign_in(server.browser(), "bram.bos", &one_time);
    let filler = inside.join("filler");
    fs::write(&filler, vec![0; FILLER]).expect("room");
    let mut files = Vec::new();
    while let Some(id) = save(&mut bram) {
        files.push(id);
        assert!(files.len() < 1000, "the disk is never full");
    }
    let said = server.wait_for("database_refuses");
    assert!(said.contains("cause=the disk is full") && said.contains("sub_status=13"), "{said}");
    assert_eq!((health(&server), health(&server)), (503, 503));
    fs::remove_file(filler).expect("the filler");
    wait_until("the health", || health(&server) == 200);
    // Reading a file adds an audit entry, so it takes space too.
    assert_eq!(lost(&mut bram, &files), [""; 0]);
    let output = beside(&server, &data).arg("verify").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    println!("{} files were acknowledged, 0 are lost", files.len());
}

#[test]
fn a_database_that_may_not_be_written_is_named_and_nothing_is_acknowledged() {
    let (_parent, data) = with_data();
    let Some(command) = with_mounts(&data, &read_only("/finrust.db")) else { return };
    let server = Server::start(command);
    assert_eq!(try_to_sign_in(&server), 503);
    let said = server.wait_for("database_refuses");
    assert!(said.contains("cause=it may not be written or opened") && said.contains("sub_status=8"), "{said}");
    assert!(said.contains("outcome=nothing is saved: look at owner and mode of the folder and its mount"), "{said}");
    assert_eq!((health(&server), health(&server)), (503, 503));
    assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0));
}

#[test]
fn a_folder_that_may_not_be_written_is_refused_by_name() {
    let (_parent, data) = with_data();
    let Some(mut command) = with_mounts(&data, &read_only("")) else { return };
    let line = refused(command.args(["serve", "--port", "7071"]), 1);
    assert!(line.contains(&*data.to_string_lossy()) && line.contains("Read-only file system"), "{line}");
}

#[test]
fn a_copy_that_cannot_be_written_is_read_in_place_or_it_is_said_why_not() {
    let (parent, data) = with_data();
    let (copied, with_log) = (parent.path().join("copied"), parent.path().join("with its log"));
    let whole = ["finrust.db", "key-encryption-key", "finrust.mark"];
    copy(&data, &copied, &whole);
    let Some(mut command) = with_mounts(&copied, &read_only("")) else { return };
    let output = command.arg("verify").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    // A kill leaves changes only in the log.
    let reader = reader(&data);
    let server = FINRUST.serve(&data);
    assert!(invite(&data, "bram.bos").status.success());
    server.signal("KILL");
    drop(server);
    drop(reader);
    copy(&data, &with_log, &[&whole[..], &["finrust.db-wal"]].concat());
    let Some(mut command) = with_mounts(&with_log, &read_only("")) else { return };
    let line = refused(command.arg("verify"), 2);
    assert!(line.contains("has a log (-wal) that cannot be read in place: copy both to a directory that can be written"), "{line}");
    let output = FINRUST.run(&with_log, &["verify"]);
    assert_eq!(output.status.code(), Some(0), "where it can be written: {}", text(&output.stderr));
}

#[test]
fn a_folder_that_other_machines_write_is_warned_of_and_not_compared() {
    let (_parent, data) = with_data();
    // Fakes the mount table, since there is no remote machine here.
    let table = "sed 's# - [^ ]* # - nfs4 #' /proc/self/mountinfo >\"$FINRUST_DATA_DIR.mounts\"";
    let Some(command) = with_mounts(&data, &format!("{table}; mount --bind \"$FINRUST_DATA_DIR.mounts\" /proc/$$/mountinfo")) else {
        return;
    };
    let server = Server::start(command);
    let said = server.wait_for("data_on_network");
    assert!(said.contains(" WARN  data_on_network cause=nfs4"), "{said}");
    fs::rename(data.join("finrust.db"), data.join("away")).expect("the database");
    assert_eq!(try_to_sign_in(&server), 401, "names are not relied on");
    fs::rename(data.join("away"), data.join("finrust.db")).expect("the database");
    assert!(!server.written().contains("file_replaced"), "{}", server.written());
}
