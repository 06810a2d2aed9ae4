//! The program under test, in whatever environment a fault needs.

use super::FINRUST;
use rusqlite::{Connection, config::DbConfig};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};
use tempfile::TempDir;
use test_support::{
    browser::Browser,
    program::{Invited, fresh},
    server::Server,
};

const PATIENCE: Duration = Duration::from_mins(1);
pub const USERNAME: &str = "anna.dijk";

/// The program, with SIGHUP not ignored: tests run in the background may have it ignored, which child processes inherit.
pub fn hearing_hang_ups(data: &Path) -> Command {
    let mut command = Command::new("/usr/bin/env");
    command.args(["--default-signal=HUP", FINRUST.path]);
    alone(command, data)
}

fn alone(command: Command, data: &Path) -> Command {
    let mut command = FINRUST.through(command);
    command.env("FINRUST_DATA_DIR", data);
    command
}

/// The same with mounts of its own, created by a shell; `FINRUST_DATA_DIR` tells it where. `None` where the machine does not permit that.
pub fn with_mounts(data: &Path, mounts: &str) -> Option<Command> {
    gives(&["--map-root-user", "--mount"]).then(|| {
        let mut command = Command::new("/usr/bin/env");
        let script = format!("set -e; {mounts}; exec \"$0\" \"$@\"");
        command.args(["unshare", "--map-root-user", "--mount", "sh", "-c", &script, FINRUST.path]);
        alone(command, data)
    })
}

/// The same as process 1 of a container; `None` where the machine does not permit that.
pub fn in_container(data: &Path) -> Option<Command> {
    let own = ["--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
    gives(&own).then(|| {
        let mut command = Command::new("/usr/bin/env");
        command.arg("unshare").args(own).arg(FINRUST.path);
        alone(command, data)
    })
}

/// Whether this machine grants namespaces to the user running the tests. What is skipped is printed, bypassing the harness.
fn gives(own: &[&str]) -> bool {
    let tried = Command::new("/usr/bin/env").arg("unshare").args(own).arg("true").output();
    let given = tried.is_ok_and(|tried| tried.status.success());
    if !given {
        let _ = writeln!(io::stderr(), "not tried: this machine refuses unshare {}", own.join(" "));
    }
    given
}

/// A number from the environment, for longer campaigns.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Runs a command that must be refused with this exit code and one line; returns the line.
pub fn refused(command: &mut Command, code: i32) -> String {
    let output = command.output().expect("the program starts");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{err}{out}");
    let complaints: Vec<&str> = err.lines().filter(|line| line.starts_with("finrust: ")).collect();
    assert_eq!((out.as_str(), complaints.len()), ("", 1), "{err}");
    complaints[0].to_owned()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Invites an adviser, which also creates the data.
pub fn invite(data: &Path, username: &str) -> Output {
    let email = format!("{username}@example.nl");
    FINRUST.run(data, &Invited { role: "adviser", username, email: &email, name: "Anna Dijk" }.arguments())
}

/// A directory with data that no process has open.
pub fn with_data() -> (TempDir, PathBuf) {
    let (parent, data) = fresh();
    let invited = invite(&data, USERNAME);
    assert!(invited.status.success(), "{}", text(&invited.stderr));
    (parent, data)
}

/// Every file below a directory with its content, except for SQLite's lock files.
pub fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(directory) else { return found };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            found.extend(contents(&path));
        } else if !path.to_string_lossy().ends_with("-shm") {
            found.insert(path.clone(), fs::read(&path).unwrap_or_default());
        }
    }
    found
}

/// A path as the process sees it, since it may have mounts of its own. SQLite would resolve it to a path outside of them.
pub fn inside(server: &Server, path: &Path) -> PathBuf {
    PathBuf::from(format!("/proc/{}/root{}", server.pid(), path.display()))
}

/// Another process of the program, with the same mounts.
pub fn beside(server: &Server, data: &Path) -> Command {
    let mut command = Command::new("/usr/bin/env");
    command.args(["nsenter", "--user", "--mount", "--preserve-credentials", "--target", &server.pid().to_string()]);
    command.arg(FINRUST.path);
    alone(command, data)
}

/// Sets a resource limit of the process, named as for `prlimit`.
pub fn limit(server: &Server, limit: &str) {
    let limited = Command::new("prlimit").args(["--pid", &server.pid().to_string(), limit]).status().expect("prlimit");
    assert!(limited.success());
}

/// Keeps later commits only in the write-ahead log: after a second without commits the program would checkpoint it, and a kill may come
/// later than that. Drop it after the kill; unlike an ordinary last connection, it does not checkpoint on closing.
pub fn reader(data: &Path) -> Connection {
    let reader = Connection::open(data.join("finrust.db")).expect("the database");
    reader.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("a setting of SQLite");
    reader.execute_batch("BEGIN; SELECT count(*) FROM documents").expect("a moment");
    reader
}

pub fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The request without its last line, so that its headers are incomplete.
pub fn head(method: &str, path: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}")
}

/// The status of a `GET` on a connection of its own.
pub fn get(port: u16, path: &str) -> io::Result<u16> {
    Ok(Browser::new(port).get(path)?.status)
}

pub fn post(port: u16, path: &str, body: &str) -> io::Result<u16> {
    Ok(Browser::new(port).post(path, &serde_json::from_str(body)?)?.status)
}

/// The status in the first line of a response.
pub fn status(answer: &[u8]) -> Option<u16> {
    text(answer.get(..12)?).strip_prefix("HTTP/1.1 ")?.parse().ok()
}
