//! What a person at the terminal gets: help, mails, and one clear line for each error.

use super::{
    FINRUST,
    data::{contents, first_sign_in, invite, mails, refused, sign_in, with_one_file},
};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::Path,
};
use test_support::{
    port::free_port,
    program::{Invited, fresh, text},
};

const KEY: &str = "key-encryption-key";

#[test]
fn help_explains_every_command() {
    let (_parent, data) = fresh();
    let help = FINRUST.succeed(&data, &["--help"]);
    for command in ["serve", "demo", "invite", "verify", "backup", "rewrap", "rotate-key", "openapi"] {
        let line = help.lines().find_map(|line| line.trim_start().strip_prefix(command));
        assert!(line.is_some_and(|line| line.starts_with("  ") && line.trim().len() > 20), "{command}: {help}");
        assert!(FINRUST.succeed(&data, &[command, "--help"]).contains("Usage: finrust"), "{command}");
    }
    assert!(help.contains("local.settings.example.json") && help.contains("FINRUST_DATA_DIR"), "{help}");
    assert!(!data.exists(), "help makes nothing");
}

#[test]
fn the_first_start_says_how_to_invite() {
    let (_parent, data) = fresh();
    let server = FINRUST.serve(&data);
    let said = server.wait_for("finrust invite --role officer");
    assert!(said.contains(&format!("http://localhost:{}", server.port)), "{said}");
    server.kill();
    invite(&data);
    let server = FINRUST.serve(&data);
    server.browser().get("/api/health").expect("an answer").expect(200);
    assert!(!server.written().contains("finrust invite"), "{}", server.written());
}

#[test]
fn an_invitation_is_printed_and_mailed_and_opens_the_account() {
    let (_parent, data) = fresh();
    let server = FINRUST.serve(&data);
    // The command may be used while the server runs.
    let one_time = invite(&data);
    let mails = mails(&data);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: anna@example.nl") && mails[0].contains(&one_time), "{}", mails[0]);
    let mut browser = first_sign_in(server.browser(), &one_time);
    assert_eq!(browser.get("/api/session").expect("an answer").expect(200).json()["role"], "adviser");
}

#[test]
fn without_print_the_one_time_password_is_in_the_mail_only() {
    let (_parent, data) = fresh();
    let arguments = ["invite", "--role", "officer", "--username", "olga", "--email", "olga@example.nl", "--name", "Olga Visser"];
    let said = FINRUST.succeed(&data, &arguments);
    assert!(said.starts_with("Invited olga as officer.\n") && said.contains("Mail: ") && !said.contains("password"), "{said}");
}

#[test]
fn bad_arguments_are_refused_and_change_nothing() {
    let (_parent, data) = fresh();
    let invite = |username, email, name| ["invite", "--role", "adviser", "--username", username, "--email", email, "--name", name];
    for (arguments, named) in [
        (invite("a b", "anna@example.nl", "Anna"), "--username"),
        (invite("anna", "anna@", "Anna"), "--email"),
        (invite("anna", "anna@example.nl", ""), "--name"),
    ] {
        let line = refused(FINRUST.on(&data).args(arguments));
        assert!(line.contains(named), "{line}");
    }
    for arguments in [&["invite"][..], &["invite", "--role", "king"], &["serve", "--port", "0"], &["demo", "--port", "x"], &["dance"]] {
        let output = FINRUST.run(&data, arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("error: "), "{arguments:?}");
    }
    assert!(!data.exists(), "nothing is made");
}

#[test]
fn a_username_is_invited_once() {
    let (_parent, data) = fresh();
    invite(&data);
    let again = ["invite", "--role", "officer", "--username", "ANNA.dijk", "--email", "b@example.nl", "--name", "B"];
    let line = refused(FINRUST.on(&data).args(again));
    assert!(line.contains("exists already"), "{line}");
    assert_eq!(mails(&data).len(), 1);
    FINRUST.invite(&data, Invited { role: "adviser", username: "bram", email: "bram@example.nl", name: "Bram" });
    assert_eq!(mails(&data).len(), 2);
}

#[test]
fn a_database_without_its_key_file_stays_closed() {
    let (_parent, data) = fresh();
    invite(&data);
    fs::remove_file(data.join(KEY)).expect("the key file is there");
    let before = contents(&data);
    every_command_says(&data, "is missing: put it back");
    assert_eq!(contents(&data), before, "nothing is made or changed");
}

#[test]
fn a_database_that_has_lost_a_data_key_is_not_served_and_says_which() {
    for (partition, words) in [("index", "the root key"), ("service", "the service's key")] {
        let (_parent, data) = fresh();
        invite(&data);
        let database = rusqlite::Connection::open(data.join("finrust.db")).expect("the database is there");
        let gone = database.execute("DELETE FROM documents WHERE partition = ?1 AND id LIKE 'key-%'", [partition]);
        assert_eq!(gone, Ok(1), "{partition}");
        for arguments in [&["serve", "--port", &free_port().to_string()][..], &["rewrap"], &["rotate-key", "--scope", "service"]] {
            let line = refused(FINRUST.on(&data).args(arguments));
            assert!(line.contains(words) && line.contains(&format!("partition {partition}")), "{line}");
        }
        let output = FINRUST.run(&data, &["verify"]);
        assert_eq!(output.status.code(), Some(1), "{partition}: {}{}", text(&output.stdout), text(&output.stderr));
        let keys =
            database.query_row("SELECT count(*) FROM documents WHERE partition = ?1 AND id LIKE 'key-%'", [partition], |row| row.get(0));
        assert_eq!(keys, Ok(0), "none is made anew");
    }
}

#[test]
fn another_key_opens_nothing_and_says_so() {
    let (_parent, data) = fresh();
    invite(&data);
    let (_other_parent, other) = fresh();
    invite(&other);
    fs::copy(other.join(KEY), data.join(KEY)).expect("a key file for another");
    every_command_says(&data, "another key");
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let (_parent, data) = fresh();
    invite(&data);
    fs::set_permissions(data.join(KEY), fs::Permissions::from_mode(0o644)).expect("its owner");
    every_command_says(&data, "chmod 600");
    fs::set_permissions(data.join(KEY), fs::Permissions::from_mode(0o600)).expect("its owner");
    FINRUST.serve(&data);
}

#[test]
fn a_data_directory_that_cannot_be_is_named() {
    let (_parent, file) = fresh();
    fs::write(&file, "no directory").expect("a file");
    let line = refused(FINRUST.on(&file.join("data")).args(["serve", "--port", &free_port().to_string()]));
    assert!(line.contains("the data directory") && line.contains("data/data"), "{line}");
    // Root may write everywhere: then there is nothing to refuse.
    let (_parent, closed) = fresh();
    fs::create_dir(&closed).expect("a directory");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).expect("its owner");
    if fs::write(closed.join("probe"), "").is_err() {
        let line = refused(FINRUST.on(&closed).args(["serve", "--port", &free_port().to_string()]));
        assert!(line.contains("cannot be used"), "{line}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let (_parent, data) = fresh();
    let port = free_port();
    let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
    for command in ["serve", "demo"] {
        let line = refused(FINRUST.on(&data).args([command, "--port", &port.to_string()]));
        assert!(line.contains(&format!("127.0.0.1:{port}")) && line.contains("--port"), "{line}");
    }
    assert!(!data.exists(), "nothing is made");
}

#[test]
fn on_azure_a_missing_setting_is_named() {
    let (_parent, data) = fresh();
    for arguments in [&["serve"][..], &["verify"], &["rewrap"]] {
        let line = refused(FINRUST.on(&data).env("WEBSITE_SITE_NAME", "finrust").args(arguments));
        assert!(line.contains("FINRUST_COSMOS_ENDPOINT"), "{line}");
    }
    let line = refused(FINRUST.on(&data).env("FUNCTIONS_CUSTOMHANDLER_PORT", "http"));
    assert!(line.contains("FUNCTIONS_CUSTOMHANDLER_PORT"), "{line}");
    assert!(!data.exists(), "nothing is made");
}

#[test]
fn after_rewrapping_and_rotating_everything_opens() {
    let (_parent, data) = fresh();
    let one_time = invite(&data);
    let server = FINRUST.serve(&data);
    let (browser, file) = with_one_file(&server, &one_time);
    server.kill();
    let said = FINRUST.succeed(&data, &["rewrap"]);
    assert!(said.contains("0 of 3 data keys wrapped anew"), "{said}");
    let before = fs::read(data.join(KEY)).expect("the key file");
    let said = FINRUST.succeed(&data, &["rewrap", "--rotate"]);
    assert!(said.contains("New version") && said.contains("3 of 3 data keys wrapped anew"), "{said}");
    assert!(fs::read(data.join(KEY)).expect("the key file").starts_with(&before), "old versions stay");
    FINRUST.succeed(&data, &["verify"]);
    let server = FINRUST.serve(&data);
    browser.at(server.port).get(&file).expect("an answer").expect(200);
    sign_in(server.browser()).get(&file).expect("an answer").expect(200);
}

#[test]
fn openapi_prints_the_document() {
    let (_parent, data) = fresh();
    let document: serde_json::Value = serde_json::from_str(&FINRUST.succeed(&data, &["openapi"])).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    assert!(document["paths"]["/api/clients/{id}"]["get"].is_object());
    assert!(!data.exists(), "nothing is made");
}

#[test]
fn there_is_nothing_to_verify_or_rewrap_in_an_empty_directory() {
    let (_parent, data) = fresh();
    for command in ["verify", "rewrap"] {
        let line = refused(FINRUST.on(&data).arg(command));
        assert!(line.contains("holds no FinRust data"), "{line}");
    }
    assert!(!data.exists(), "nothing is made");
}

/// Every command that uses the data is refused with one line that contains `part`.
fn every_command_says(data: &Path, part: &str) {
    let port = free_port().to_string();
    let again = ["invite", "--role", "officer", "--username", "bram", "--email", "b@example.nl", "--name", "B"];
    for arguments in [&["serve", "--port", &port][..], &again, &["rewrap"], &["verify"]] {
        let line = refused(FINRUST.on(data).args(arguments));
        assert!(line.contains(part), "{arguments:?}: {line}");
    }
}
