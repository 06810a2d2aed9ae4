//! The program under test: run to completion, or started to serve.

#![expect(clippy::disallowed_methods, reason = "starts the program")]

use crate::server::Server;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// A binary of the program. Cargo names it to a suite only, so each suite has one of its own:
/// `const FINRUST: Program = Program { path: env!("CARGO_BIN_EXE_finrust"), settings: &[] };`
#[derive(Clone, Copy)]
pub struct Program {
    pub path: &'static str,
    /// Environment variables of every command.
    pub settings: &'static [(&'static str, &'static str)],
}

impl Program {
    /// The program with nothing in its environment but its settings.
    pub fn command(self) -> Command {
        self.through(Command::new(self.path))
    }

    /// The same by a command that starts it in surroundings of its own.
    pub fn through(self, mut command: Command) -> Command {
        command.env_clear().envs(self.settings.iter().copied()).stdin(Stdio::null());
        command
    }

    /// The program with a data directory.
    pub fn on(self, data: &Path) -> Command {
        let mut command = self.command();
        command.env("FINRUST_DATA_DIR", data);
        command
    }

    /// Runs a command to completion.
    pub fn run(self, data: &Path, arguments: &[&str]) -> Output {
        self.on(data).args(arguments).output().expect("the program starts")
    }

    /// Runs a command that must succeed, and returns its standard output.
    pub fn succeed(self, data: &Path, arguments: &[&str]) -> String {
        let output = self.run(data, arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && err.is_empty(), "{arguments:?}: {err}{out}");
        out
    }

    /// Invites a user; returns the one-time password.
    pub fn invite(self, data: &Path, user: Invited<'_>) -> String {
        one_time_password(&self.succeed(data, &user.arguments()))
    }

    /// `finrust serve` on this data.
    pub fn serve(self, data: &Path) -> Server {
        Server::start(self.on(data))
    }

    /// The same as the Functions host starts it.
    pub fn serve_behind_host(self, data: &Path) -> Server {
        Server::start_behind_host(self.on(data))
    }
}

/// Who is invited on the command line.
#[derive(Clone, Copy)]
pub struct Invited<'a> {
    pub role: &'a str,
    pub username: &'a str,
    pub email: &'a str,
    pub name: &'a str,
}

impl<'a> Invited<'a> {
    /// The command, which also prints the one-time password.
    pub const fn arguments(self) -> [&'a str; 10] {
        let Self { role, username, email, name } = self;
        ["invite", "--role", role, "--username", username, "--email", email, "--name", name, "--print"]
    }
}

/// The one-time password that an invitation printed.
pub fn one_time_password(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("One-time password, valid 7 days: "));
    line.unwrap_or_else(|| panic!("a one-time password: {said}")).to_owned()
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

/// A directory that does not exist yet, in one that is removed with the test.
pub fn fresh() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let data = parent.path().join("data");
    (parent, data)
}
