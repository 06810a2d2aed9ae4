//! The program under test, in whatever environment a fault needs.

use super::port::free_port;
use rusqlite::{Connection, config::DbConfig};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, PipeReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes that an unread pipe holds.
const PIPE: usize = 64 * 1024;
pub const USERNAME: &str = "anna.dijk";

/// The program with nothing in its environment but a data directory.
pub fn finrust(data: &Path) -> Command {
    alone(Command::new(env!("CARGO_BIN_EXE_finrust")), data)
}

/// The same, with SIGHUP not ignored: tests run in the background may have it ignored, which child processes inherit.
pub fn hearing_hang_ups(data: &Path) -> Command {
    let mut command = Command::new("/usr/bin/env");
    command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_finrust")]);
    alone(command, data)
}

fn alone(mut command: Command, data: &Path) -> Command {
    command.env_clear().env("FINRUST_DATA_DIR", data).stdin(Stdio::null());
    command
}

/// The same with mounts of its own, created by a shell; `FINRUST_DATA_DIR` tells it where. `None` where the machine does not permit that.
pub fn with_mounts(data: &Path, mounts: &str) -> Option<Command> {
    gives(&["--map-root-user", "--mount"]).then(|| {
        let mut command = Command::new("/usr/bin/env");
        let script = format!("set -e; {mounts}; exec \"$0\" \"$@\"");
        command.args(["unshare", "--map-root-user", "--mount", "sh", "-c", &script, env!("CARGO_BIN_EXE_finrust")]);
        alone(command, data)
    })
}

/// The same as process 1 of a container; `None` where the machine does not permit that.
pub fn in_container(data: &Path) -> Option<Command> {
    let own = ["--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
    gives(&own).then(|| {
        let mut command = Command::new("/usr/bin/env");
        command.arg("unshare").args(own).arg(env!("CARGO_BIN_EXE_finrust"));
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

/// Runs a command to completion.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    finrust(data).args(arguments).output().expect("the program starts")
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
    let address = format!("{username}@example.nl");
    run(data, &["invite", "--role", "adviser", "--username", username, "--email", &address, "--name", "Anna Dijk", "--print"])
}

/// A directory with data that no process has open.
pub fn with_data() -> (TempDir, PathBuf) {
    let (parent, data) = fresh();
    let invited = invite(&data, USERNAME);
    assert!(invited.status.success(), "{}", text(&invited.stderr));
    (parent, data)
}

/// A directory that does not exist yet, in one that is removed with the test.
pub fn fresh() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let data = parent.path().join("data");
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

/// The program, serving. Killed when dropped.
pub struct Server {
    pub port: u16,
    child: Child,
    written: TempDir,
}

impl Server {
    /// `finrust serve` on this data.
    pub fn start(data: &Path) -> Self {
        Self::spawn(finrust(data))
    }

    /// As the Functions host starts it.
    pub fn start_behind_host(data: &Path) -> Self {
        Self::spawn_behind_host(finrust(data), |_, _| {})
    }

    /// `command`, given a port on the command line; its output goes to files.
    pub fn spawn(command: Command) -> Self {
        Self::spawn_with(command, |_, _| {})
    }

    /// The same, with `surround` applied to the command.
    pub fn spawn_with(mut command: Command, surround: impl FnOnce(&mut Command, &Path)) -> Self {
        let port = free_port();
        command.args(["serve", "--port", &port.to_string()]);
        Self::launch(command, port, surround)
    }

    pub fn spawn_behind_host(mut command: Command, surround: impl FnOnce(&mut Command, &Path)) -> Self {
        let port = free_port();
        command.env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string());
        Self::launch(command, port, surround)
    }

    fn launch(mut command: Command, port: u16, surround: impl FnOnce(&mut Command, &Path)) -> Self {
        let written = tempfile::tempdir().expect("a temporary directory");
        let file = |name| Stdio::from(File::create(written.path().join(name)).expect("a file for what is written"));
        command.stdout(file("out")).stderr(file("err"));
        surround(&mut command, written.path());
        let child = command.spawn().expect("the program starts");
        let mut server = Self { port, child, written };
        let deadline = Instant::now() + PATIENCE;
        while get(port, "/").ok() != Some(200) {
            let ended = server.child.try_wait().expect("a child of this process");
            assert!(ended.is_none() && Instant::now() < deadline, "it does not serve: {}", server.written());
            thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A path as the process sees it, since it may have mounts of its own. SQLite would resolve it to a path outside of them.
    pub fn inside(&self, path: &Path) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.pid(), path.display()))
    }

    /// Another process of the program, with the same mounts.
    pub fn beside(&self, data: &Path) -> Command {
        let mut command = Command::new("/usr/bin/env");
        command.args(["nsenter", "--user", "--mount", "--preserve-credentials", "--target", &self.pid().to_string()]);
        command.arg(env!("CARGO_BIN_EXE_finrust"));
        alone(command, data)
    }

    /// Its output so far.
    pub fn written(&self) -> String {
        ["out", "err"].map(|name| fs::read_to_string(self.written.path().join(name)).expect("UTF-8")).concat()
    }

    pub fn wait_for(&self, part: &str) -> String {
        wait_until(part, || self.written().contains(part));
        self.written()
    }

    pub fn signal(&self, name: &str) {
        signal(name, self.pid());
    }

    /// Sets a resource limit, named as for `prlimit`.
    pub fn limit(&self, limit: &str) {
        let limited = Command::new("prlimit").args(["--pid", &self.child.id().to_string(), limit]).status().expect("prlimit");
        assert!(limited.success());
    }

    /// Its exit status, which must come within this time, and how long that took.
    pub fn end(mut self, within: Duration) -> (ExitStatus, Duration) {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of this process") {
                return (status, started.elapsed());
            }
            assert!(started.elapsed() < within, "it does not end: {}", self.written());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(name: &str, pid: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().expect("a shell");
    assert!(sent.success());
}

/// Keeps later commits only in the write-ahead log: after a second without commits the program would checkpoint it, and a kill may come
/// later than that. Drop it after the kill; unlike an ordinary last connection, it does not checkpoint on closing.
pub fn reader(data: &Path) -> Connection {
    let reader = Connection::open(data.join("finrust.db")).expect("the database");
    reader.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("a setting of SQLite");
    reader.execute_batch("BEGIN; SELECT count(*) FROM documents").expect("a moment");
    reader
}

/// Waits until `holds`: background work can only be polled for.
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not come");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A full pipe that nobody reads, as long as the reader is kept and not read.
pub fn stalled() -> (PipeReader, Stdio) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    writer.write_all(&vec![b'x'; PIPE]).expect("room for so much");
    (reader, writer.into())
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
    ask(port, &format!("{}\r\n", head("GET", path, "Connection: close\r\n")))
}

pub fn post(port: u16, path: &str, body: &str) -> io::Result<u16> {
    let more = format!("Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    ask(port, &format!("{}\r\n{body}", head("POST", path, &more)))
}

fn ask(port: u16, request: &str) -> io::Result<u16> {
    let mut stream = connect(port)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    status(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The status in the first line of a response.
pub fn status(answer: &[u8]) -> Option<u16> {
    text(answer.get(..12)?).strip_prefix("HTTP/1.1 ")?.parse().ok()
}
