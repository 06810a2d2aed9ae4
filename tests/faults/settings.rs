//! Settings and files that are not what they seem are reported, not ignored.

use super::{
    FINRUST,
    program::{USERNAME, contents, get, invite, refused, text, with_data},
};
use std::{
    ffi::OsString,
    fs::{self, Permissions},
    os::unix::{ffi::OsStringExt, fs::PermissionsExt},
    path::Path,
    process::Command,
};
use test_support::{port::free_port, program::fresh, server::Server};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("its owner");
}

fn serve(data: &Path) -> Command {
    let mut command = FINRUST.on(data);
    command.args(["serve", "--port", &free_port().to_string()]);
    command
}

#[test]
fn a_folder_that_is_no_text_is_refused_by_name_and_no_other_is_made() {
    let (parent, data) = fresh();
    let odd = OsString::from_vec(b"/tmp/\xff\xfe".to_vec());
    for name in ["FINRUST_DATA_DIR", "FINRUST_PUBLIC_URL", "FINRUST_COSMOS_DATABASE", "WEBSITE_SITE_NAME", "FUNCTIONS_CUSTOMHANDLER_PORT"] {
        let line = refused(serve(&data).env(name, &odd).current_dir(parent.path()), 1);
        assert!(line.contains(name) && line.contains("UTF-8"), "{line}");
    }
    assert!(contents(parent.path()).is_empty(), "nothing is made");
}

#[test]
fn names_that_are_nearly_settings_are_told_with_the_nearest() {
    let (_parent, data) = fresh();
    for (name, nearest) in
        [("FINRUST_DATADIR", "FINRUST_DATA_DIR"), ("finrust_public_url", "FINRUST_PUBLIC_URL"), ("FINRSUT_MAIL_FROM", "FINRUST_MAIL_FROM")]
    {
        let output = FINRUST.on(&data).env(name, "x").env("FINRUST_FRONT", "1").args(["verify"]).output().expect("the program starts");
        let said = text(&output.stderr);
        assert!(said.contains(&format!("setting_unknown cause={name} is none: the nearest is {nearest}")), "{said}");
        assert_eq!(said.matches("setting_unknown").count(), 1, "{said}");
    }
}

#[test]
fn blanks_around_values_are_dropped_and_that_is_said_once() {
    let (_parent, data) = with_data();
    let mut with_line_end = data.clone().into_os_string();
    with_line_end.push(" \r\n");
    let mut command = FINRUST.on(&data);
    command
        .env("FINRUST_DATA_DIR", with_line_end)
        .env("FINRUST_RESETS_PER_ADDRESS", "30 ")
        .env("FINRUST_PUBLIC_URL", "http://localhost:7071");
    let server = Server::start(command);
    let said = server.wait_for("30 requests for a new password");
    assert!(!said.contains("no accounts yet"), "{said}");
    let said = server.wait_for("settings_trimmed cause=FINRUST_DATA_DIR FINRUST_RESETS_PER_ADDRESS count=2");
    assert_eq!(said.matches("settings_trimmed").count(), 1, "{said}");
}

#[test]
fn no_port_is_a_port_to_be_refused() {
    let (_parent, data) = fresh();
    for port in ["0", "65536", "http"] {
        let line = refused(FINRUST.on(&data).env("FUNCTIONS_CUSTOMHANDLER_PORT", port), 1);
        assert!(line.contains("FUNCTIONS_CUSTOMHANDLER_PORT"), "{line}");
    }
    assert!(!data.exists(), "nothing is made");
}

#[test]
fn what_others_can_write_is_refused_and_what_they_can_read_is_told() {
    for name in ["", "finrust.db", "queue.db", "mail", "erasures.log"] {
        let (_parent, data) = with_data();
        fs::write(data.join("erasures.log"), "").expect("a file");
        let path = if name.is_empty() { data.clone() } else { data.join(name) };
        let ours = if path.is_dir() { 0o700 } else { 0o600 };
        for others in [0o020, 0o002] {
            chmod(&path, ours | others);
            for command in [&mut serve(&data), FINRUST.on(&data).arg("rewrap")] {
                let line = refused(command, 1);
                assert!(line.contains(&*path.to_string_lossy()) && line.contains("chmod go-w"), "{name}: {line}");
            }
        }
        assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0), "{name}: whoever only looks may");
        for others in [0o040, 0o004] {
            chmod(&path, ours | others);
            let server = FINRUST.serve(&data);
            server.wait_for("data_exposed cause=");
            assert_eq!(get(server.port, "/api/health").expect("an answer"), 200);
        }
    }
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_named_and_waited_for_by_nobody() {
    for name in ["key-encryption-key", "finrust.db", "queue.db", "erasures.log", "erasures-2.log", "first-start"] {
        let (_parent, data) = with_data();
        if data.join(name).exists() {
            fs::remove_file(data.join(name)).expect("a file");
        }
        let made = Command::new("mkfifo").arg(data.join(name)).status().expect("mkfifo of every system");
        assert!(made.success());
        for (command, code) in
            [(&mut serve(&data), 1), (FINRUST.on(&data).arg("verify"), 2), (FINRUST.on(&data).args(["backup", "/nowhere/b"]), 1)]
        {
            if name == "first-start" && code == 2 {
                continue;
            }
            let output = command.output().expect("the program starts");
            let line = text(&output.stderr);
            let is_backup_with_all_it_needs = line.contains("/nowhere") && name == "first-start";
            assert!(is_backup_with_all_it_needs || line.contains(name) && line.contains("not a file"), "{name}: {line}");
            assert_eq!(output.status.code(), Some(code), "{name}: {line}");
        }
    }
}

#[test]
fn a_backup_into_a_folder_with_a_slash_is_one_into_that_folder() {
    let (parent, data) = with_data();
    for (given, made) in [("one/", "one"), ("two//", "two"), ("three/.", "three"), ("deep/four/", "deep/four")] {
        let output = FINRUST.run(&data, &["backup", &format!("{}/{given}", parent.path().display())]);
        assert_eq!(output.status.code(), Some(0), "{given}: {}", text(&output.stderr));
        assert!(parent.path().join(made).join("finrust.db").exists(), "{given}");
        let line = refused(FINRUST.on(&data).args(["backup", &format!("{}/{given}", parent.path().display())]), 1);
        assert!(line.contains("exists already"), "{line}");
    }
}

#[test]
fn an_error_names_the_file_that_was_touched() {
    let (parent, data) = with_data();
    fs::remove_file(data.join("key-encryption-key")).expect("the key");
    let target = parent.path().join("backup");
    let line = refused(FINRUST.on(&data).args(["backup", "--with-key", &target.to_string_lossy()]), 1);
    assert!(line.contains("data/key-encryption-key") && !line.contains("backup.unfinished"), "{line}");
    assert!(!target.exists() && !parent.path().join("backup.unfinished").exists());
    let (_parent, data) = fresh();
    fs::create_dir_all(data.join("demo")).expect("a directory");
    let line = refused(FINRUST.on(&data).args(["demo", "--port", &free_port().to_string()]), 1);
    assert!(line.contains("data/demo"), "{line}");
    assert!(invite(&data, USERNAME).status.success());
}
