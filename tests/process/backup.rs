//! Copies of the data, taken while it is being written, and what opens when they are restored.

use super::{
    FINRUST,
    data::{contents, invite, refused, with_one_file},
};
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
};
use test_support::{
    browser::Browser,
    program::{fresh, text},
};

const KEY: &str = "key-encryption-key";
const WRITERS: usize = 3;

#[test]
fn a_backup_under_load_opens_and_holds_every_write_from_before() {
    let (parent, data) = fresh();
    let one_time = invite(&data);
    let server = FINRUST.serve(&data);
    let (browser, first) = with_one_file(&server, &one_time);
    let (backup, enough) = (parent.path().join("backup"), AtomicBool::new(false));
    let (acknowledge, acknowledged) = channel();
    let before = thread::scope(|scope| {
        for _ in 0..WRITERS {
            let (browser, acknowledge, enough) = (browser.clone(), acknowledge.clone(), &enough);
            scope.spawn(move || write(browser, &acknowledge, enough));
        }
        let before: Vec<String> = acknowledged.iter().take(30).collect();
        FINRUST.succeed(&data, &["backup", &backup.to_string_lossy()]);
        enough.store(true, Ordering::Relaxed);
        before
    });
    server.kill();
    let restored = restore(&backup, &data);
    let report = FINRUST.succeed(&restored, &["verify"]);
    assert!(report.contains(" 0 findings"), "{report}");
    let server = FINRUST.serve(&restored);
    let mut browser = browser.at(server.port);
    for location in before.iter().chain([&first]) {
        browser.get(location).expect("an answer").expect(200);
    }
}

#[test]
fn a_backup_is_private_and_without_the_key_it_is_noise() {
    let (parent, data) = fresh();
    invite(&data);
    let (backup, with_key) = (parent.path().join("deep/backup"), parent.path().join("with-key"));
    let said = FINRUST.succeed(&data, &["backup", &backup.to_string_lossy()]);
    assert!(said.contains("finrust.db: ") && said.contains("queue.db: ") && said.contains("finrust verify"), "{said}");
    assert!(said.contains("The key file is not in it"), "{said}");
    assert_eq!(names(&backup), ["finrust.db", "queue.db"]);
    let line = refused(FINRUST.on(&backup).arg("verify"));
    assert!(line.contains("key file"), "{line}");
    let said = FINRUST.succeed(&data, &["backup", "--with-key", &with_key.to_string_lossy()]);
    assert!(said.contains("whoever finds this backup reads everything"), "{said}");
    assert_eq!(names(&with_key), ["finrust.db", KEY, "queue.db"]);
    for path in contents(parent.path()).into_keys().filter(|path| !path.starts_with(&data)) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!([&backup, &with_key].map(|path| mode(path)), [0o700; 2]);
    FINRUST.succeed(&with_key, &["verify"]);
}

#[test]
fn a_backup_overwrites_nothing_and_an_interrupted_one_is_named() {
    let (parent, data) = fresh();
    invite(&data);
    let backup = parent.path().join("backup");
    fs::create_dir(&backup).expect("a directory");
    let line = refused(FINRUST.on(&data).arg("backup").arg(&backup));
    assert!(line.contains("exists already"), "{line}");
    let (other, unfinished) = (parent.path().join("other"), parent.path().join("other.unfinished"));
    fs::create_dir(&unfinished).expect("a directory");
    fs::write(unfinished.join("finrust.db"), "half of it").expect("a file");
    let line = refused(FINRUST.on(&data).arg("backup").arg(&other));
    assert!(line.contains("other.unfinished") && line.contains("remove it"), "{line}");
    assert!(!other.exists() && names(&unfinished) == ["finrust.db"] && names(&backup).is_empty(), "nothing is changed");
    fs::remove_dir_all(&unfinished).expect("a directory");
    FINRUST.succeed(&data, &["backup", &other.to_string_lossy()]);
    assert!(!unfinished.exists());
}

#[test]
fn what_a_kill_left_in_the_log_is_in_the_backup() {
    let (parent, data) = fresh();
    let one_time = invite(&data);
    let server = FINRUST.serve(&data);
    let (browser, file) = with_one_file(&server, &one_time);
    server.kill();
    let backup = parent.path().join("backup");
    FINRUST.succeed(&data, &["backup", &backup.to_string_lossy()]);
    let server = FINRUST.serve(&restore(&backup, &data));
    browser.at(server.port).get(&file).expect("an answer").expect(200);
}

#[test]
fn there_is_nothing_to_back_up_where_there_is_no_data_or_where_azure_does_it() {
    let (parent, data) = fresh();
    let backup = parent.path().join("backup");
    let line = refused(FINRUST.on(&data).arg("backup").arg(&backup));
    assert!(line.contains("holds no FinRust data"), "{line}");
    let azure = [
        ("FINRUST_COSMOS_ENDPOINT", "https://account.documents.azure.com:443/"),
        ("FINRUST_COSMOS_DATABASE", "finrust"),
        ("FINRUST_COSMOS_REGION", "westeurope"),
        ("FINRUST_KEY_VAULT_KEY", "https://vault.vault.azure.net/keys/kek"),
        ("FINRUST_MAIL_QUEUE", "https://account.queue.core.windows.net/mail"),
        ("FINRUST_MAIL_ENDPOINT", "https://mail.europe.communication.azure.com"),
        ("FINRUST_MAIL_FROM", "noreply@mijnfinrust.nl"),
        ("FINRUST_ERASURE_LOG", "https://account.blob.core.windows.net/erasures/log"),
    ];
    let line = refused(FINRUST.on(&data).env_remove("FINRUST_DATA_DIR").envs(azure).arg("backup").arg(&backup));
    assert!(line.contains("infra/runbooks/restore.md"), "{line}");
    assert!(!backup.exists() && !data.exists(), "nothing is made");
}

#[test]
fn verify_tells_by_its_exit_code() {
    let (_parent, data) = fresh();
    assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(2), "no data to look at");
    let one_time = invite(&data);
    let server = FINRUST.serve(&data);
    with_one_file(&server, &one_time);
    server.kill();
    let report = FINRUST.succeed(&data, &["verify"]);
    assert!(report.contains("clients: 3 documents, written 20") && report.contains("Z by their own timestamps"), "{report}");
    let database = rusqlite::Connection::open(data.join("finrust.db")).expect("the database");
    database.execute("DELETE FROM documents WHERE id LIKE 'trail-%'", ()).expect("no server holds it");
    drop(database);
    let output = FINRUST.run(&data, &["verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("chain: an entry is missing"), "{}", text(&output.stdout));
    fs::set_permissions(data.join(KEY), fs::Permissions::from_mode(0o644)).expect("its owner");
    assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(2), "a key that is not used");
}

/// Creates files until told to stop, and reports the location of each.
fn write(mut browser: Browser, acknowledge: &Sender<String>, enough: &AtomicBool) {
    while !enough.load(Ordering::Relaxed) {
        let made = browser.post("/api/clients", &json!({"person": {"last_name": "Last"}})).expect("an answer").expect(201);
        // The receiver may be gone already.
        let _ = acknowledge.send(made.headers["location"].clone());
    }
}

/// As the command says: the files of the backup and the key file in a directory of their own.
fn restore(backup: &Path, data: &Path) -> PathBuf {
    let restored = backup.with_extension("restored");
    fs::create_dir(&restored).expect("a directory");
    for file in contents(backup).into_keys() {
        fs::copy(&file, restored.join(file.file_name().expect("a file"))).expect("a copy");
    }
    fs::copy(data.join(KEY), restored.join(KEY)).expect("the key file");
    restored
}

fn names(directory: &Path) -> Vec<String> {
    let name = |path: PathBuf| path.strip_prefix(directory).expect("below it").to_string_lossy().into_owned();
    contents(directory).into_keys().map(name).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}
