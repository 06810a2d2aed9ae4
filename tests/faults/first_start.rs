//! A first start that was interrupted at any point is resumed.

use super::{
    FINRUST,
    program::{USERNAME, contents, invite, refused, text, with_data},
};
use rusqlite::Connection;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use test_support::{port::free_port, program::fresh, server::wait_until};

const FIRST_START: &str = "first-start";

/// Its name, and how to produce it.
type Moment = (&'static str, fn(&Path));

/// What each moment of a first start leaves behind.
fn moments() -> Vec<Moment> {
    fn whole(data: &Path) {
        assert!(invite(data, USERNAME).status.success());
        fs::remove_dir_all(data.join("mail")).expect("mails");
        // Created when the first start has finished.
        fs::remove_file(data.join("finrust.mark")).expect("the mark");
    }
    vec![
        ("nothing yet", |_| {}),
        ("a key without a byte", |data| fs::write(data.join("key-encryption-key"), "").expect("a file")),
        ("half a key", |data| fs::write(data.join("key-encryption-key"), "finrust-kek v1 00").expect("a file")),
        ("a key", |data| {
            whole(data);
            for name in ["finrust.db", "queue.db"] {
                fs::remove_file(data.join(name)).expect("a file");
            }
        }),
        ("a database without a byte", |data| {
            whole(data);
            fs::write(data.join("finrust.db"), "").expect("a file");
        }),
        ("a database without a table", |data| {
            whole(data);
            fs::remove_file(data.join("finrust.db")).expect("a file");
            Connection::open(data.join("finrust.db")).and_then(|blank| blank.execute_batch("VACUUM")).expect("a database");
        }),
        ("a database without a document", |data| {
            whole(data);
            Connection::open(data.join("finrust.db")).and_then(|all| all.execute_batch("DELETE FROM documents")).expect("its tables");
        }),
        ("all but the last step", whole),
    ]
}

#[test]
fn it_is_gone_on_with_from_every_moment() {
    for (what, make) in moments() {
        let (_parent, data) = fresh();
        fs::create_dir(&data).expect("a directory");
        make(&data);
        let key = data.join("key-encryption-key");
        if key.exists() {
            fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("its owner");
        }
        fs::write(data.join(FIRST_START), "").expect("a file");
        let looked = FINRUST.run(&data, &["verify"]);
        let looks_whole = what == "all but the last step";
        assert_eq!(looked.status.code(), Some(if looks_whole { 0 } else { 2 }), "{what}: {}", text(&looked.stderr));
        assert!(looks_whole || text(&looked.stderr).contains("run `finrust serve`"), "{what}: {}", text(&looked.stderr));
        let server = FINRUST.serve(&data);
        assert!(!data.join(FIRST_START).exists(), "{what}: it has come to its end");
        drop(server);
        assert!(invite(&data, "bram.bos").status.success(), "{what}");
        assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0), "{what}");
    }
}

#[test]
fn what_no_first_start_leaves_is_refused_in_spite_of_its_sign() {
    for trace in ["erasures.log", "erasures-2.log", "finrust.db-wal", "mail"] {
        let (_parent, data) = with_data();
        fs::remove_file(data.join("finrust.db")).expect("the database");
        if trace != "mail" {
            fs::remove_dir_all(data.join("mail")).expect("mails");
            fs::write(data.join(trace), "something").expect("a file");
        }
        fs::write(data.join(FIRST_START), "").expect("a file");
        let before = contents(&data);
        let line = refused(FINRUST.on(&data).args(["serve", "--port", &free_port().to_string()]), 1);
        assert!(line.contains(trace) && line.contains("is missing"), "{trace}: {line}");
        assert_eq!(contents(&data), before, "{trace}: nothing is made");
    }
}

#[test]
fn an_invitation_and_a_demonstration_come_to_the_end_of_it_too() {
    let (_parent, data) = with_data();
    assert!(!data.join(FIRST_START).exists());
    let port = free_port().to_string();
    let mut demo = FINRUST.on(&data);
    demo.args(["demo", "--port", &port]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut demo = demo.spawn().expect("the program starts");
    let made = data.join("demo/officer.json");
    wait_until("the demonstration", || made.exists());
    assert!(!data.join("demo").join(FIRST_START).exists());
    demo.kill().and_then(|()| demo.wait()).expect("a child of this process");
}
