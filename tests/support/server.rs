//! The program, serving on a port of its own.

#![expect(clippy::disallowed_methods, reason = "starts the program")]

use crate::{browser::Browser, port::free_port};
use std::{
    fs::{self, File},
    io::{self, PipeReader, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Bytes that an unread pipe holds.
const PIPE: usize = 64 * 1024;

/// A process of the program. Killed when dropped.
pub struct Server {
    pub port: u16,
    child: Child,
    written: TempDir,
}

impl Server {
    /// `command` with `serve` and a free port; what it writes goes to files.
    pub fn start(command: Command) -> Self {
        Self::start_with(command, |_| {})
    }

    /// The same, with `surround` applied to the command last.
    pub fn start_with(mut command: Command, surround: impl FnOnce(&mut Command)) -> Self {
        let port = free_port();
        command.args(["serve", "--port", &port.to_string()]);
        Self::launch(command, port, surround)
    }

    /// `command` as the Functions host starts it.
    pub fn start_behind_host(command: Command) -> Self {
        Self::start_behind_host_with(command, |_| {})
    }

    /// The same, with `surround` applied to the command last.
    pub fn start_behind_host_with(mut command: Command, surround: impl FnOnce(&mut Command)) -> Self {
        let port = free_port();
        command.env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string());
        Self::launch(command, port, surround)
    }

    /// `command`, which serves `port`.
    pub fn spawn(command: Command, port: u16) -> Self {
        Self::launch(command, port, |_| {})
    }

    /// Ready once it answers `GET /`; until then only polling is possible.
    fn launch(mut command: Command, port: u16, surround: impl FnOnce(&mut Command)) -> Self {
        let written = tempfile::tempdir().expect("a temporary directory");
        let file = |name| Stdio::from(File::create(written.path().join(name)).expect("a file for what is written"));
        command.stdout(file("out")).stderr(file("err"));
        surround(&mut command);
        let child = command.spawn().expect("the program starts");
        let mut server = Self { port, child, written };
        let deadline = Instant::now() + PATIENCE;
        while !server.browser().get("/").is_ok_and(|answer| answer.status == 200) {
            let ended = server.child.try_wait().expect("a child of this process");
            assert!(ended.is_none() && Instant::now() < deadline, "it does not serve: {}", server.written());
            thread::sleep(LOOK_EVERY);
        }
        server
    }

    /// A new browser without cookies.
    pub const fn browser(&self) -> Browser {
        Browser::new(self.port)
    }

    /// A new browser whose requests come through the proxy of the Functions host.
    pub fn visitor(&self) -> Browser {
        self.browser().proxied()
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

    /// Waits until `holds`: background work can only be polled for.
    pub fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        assert!(comes(holds), "{what} did not come: {}", self.written());
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in megabytes, as the kernel counts it.
    pub fn resident_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the status of a child");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line about resident memory");
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
        kib * 1024.0 / 1_000_000.0
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(name, self.pid());
    }

    /// `kill -9`
    pub fn kill(mut self) {
        self.child.kill().expect("a child of this process");
        self.child.wait().expect("a child of this process");
    }

    /// Its exit status, which must come within this time, and how long that took.
    pub fn end(mut self, within: Duration) -> (ExitStatus, Duration) {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of this process") {
                return (status, started.elapsed());
            }
            assert!(started.elapsed() < within, "it does not end: {}", self.written());
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `holds`: background work can only be polled for.
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    assert!(comes(holds), "{what} did not come");
}

fn comes(holds: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Sends a signal to a process.
pub fn signal(name: &str, pid: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().expect("a shell");
    assert!(sent.success());
}

/// A full pipe that nobody reads, as long as the reader is kept and not read.
pub fn stalled() -> (PipeReader, Stdio) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    writer.write_all(&vec![b'x'; PIPE]).expect("room for so much");
    (reader, writer.into())
}
