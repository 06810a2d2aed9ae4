//! The program under test: run to completion, or serving on a port of its own.

use super::{browser::Browser, data::mails, port::free_port};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_finrust");
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with nothing in its environment but a data directory.
pub fn finrust(data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().env("FINRUST_DATA_DIR", data).env("FINRUST_HAND_OVER_WAIT", "0s").stdin(Stdio::null());
    command
}

/// Runs a command to completion.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    finrust(data).args(arguments).output().expect("the program starts")
}

/// Runs a command that must succeed, and returns its standard output.
pub fn succeed(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{arguments:?}: {err}{out}");
    out
}

/// Runs a command that must be refused, and returns its one-line error.
pub fn refused(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    // For scripts, `verify` distinguishes what it found from a failure to look.
    let code = if command.get_args().any(|argument| argument == "verify") { 2 } else { 1 };
    assert_eq!(output.status.code(), Some(code), "{err}{out}");
    assert_eq!((out.as_str(), err.lines().count()), ("", 1), "{err}");
    assert!(err.starts_with("finrust: ") && !err.contains("panicked"), "{err}");
    err
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
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
        let port = free_port();
        let mut command = finrust(data);
        command.args(["serve", "--port", &port.to_string()]);
        Self::spawn(command, port)
    }

    /// `finrust serve` as the Functions host starts it.
    pub fn start_behind_host(data: &Path) -> Self {
        let port = free_port();
        let mut command = finrust(data);
        command.env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string());
        Self::spawn(command, port)
    }

    /// Starts `command`, which serves `port`, and waits until it responds.
    pub fn spawn(mut command: Command, port: u16) -> Self {
        let written = tempfile::tempdir().expect("a temporary directory");
        let file = |name| Stdio::from(File::create(written.path().join(name)).expect("a file for what is written"));
        let child = command.stdout(file("out")).stderr(file("err")).spawn().expect("the program starts");
        let mut server = Self { port, child, written };
        server.wait_until_ready();
        server
    }

    /// It is ready once it answers `GET /`; until then only polling is possible.
    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !Browser::new(self.port).get("/").is_ok_and(|answer| answer.status == 200) {
            let ended = self.child.try_wait().expect("a child of this process");
            assert!(ended.is_none() && Instant::now() < deadline, "it does not serve: {}", self.written());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Standard output and standard error so far.
    pub fn written(&self) -> String {
        ["out", "err"].map(|name| fs::read_to_string(self.written.path().join(name)).expect("UTF-8")).concat()
    }

    /// Waits until `part` has been written.
    pub fn wait_for(&self, part: &str) -> String {
        self.wait_until(part, || self.written().contains(part));
        self.written()
    }

    /// Waits until so many mails have been sent.
    pub fn wait_for_mails(&self, data: &Path, count: usize) {
        self.wait_until("the last mail", || mails(data).len() >= count);
    }

    /// Waits until `holds`: background work can only be polled for.
    pub fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < deadline, "{what} did not come: {}", self.written());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Resident memory in megabytes, as the kernel counts it.
    pub fn resident_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the status of a child");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line about resident memory");
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
        kib * 1024.0 / 1_000_000.0
    }

    /// `kill -9`
    pub fn kill(mut self) {
        self.child.kill().expect("a child of this process");
        self.child.wait().expect("a child of this process");
    }

    /// A new browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory that does not exist yet, in one that is removed with the test.
pub fn fresh() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let data = parent.path().join("data");
    (parent, data)
}
