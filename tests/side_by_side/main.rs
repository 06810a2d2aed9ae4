//! Two versions of the program on one database under load, as during a deployment: users see no errors, whichever version responds, and
//! both find the database sound afterwards (docs/upgrades.md).
//!
//! The older program is the one named by `FINRUST_OLD` (`run.sh` builds it from the history), or else the one just built. The next version
//! is this one, with a store that writes what this one does not know.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "these tests start programs")]

#[path = "../process/browser.rs"]
#[expect(dead_code, reason = "the suite of processes uses more of it")]
mod browser;
#[path = "../process/data.rs"]
#[expect(dead_code, reason = "the suite of processes uses more of it")]
mod data;
#[path = "../doubles/port.rs"]
mod port;
#[path = "../process/program.rs"]
#[expect(dead_code, reason = "the suite of processes uses more of it")]
mod program;

mod handed_back;
mod load;
mod next;

use load::Office;
use next::Next;
use program::{Server, finrust, fresh, succeed, text};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The program of the previous version.
fn older(data: &Path) -> Command {
    let Some(program) = std::env::var_os("FINRUST_OLD") else { return finrust(data) };
    let program = PathBuf::from(program).canonicalize().expect("FINRUST_OLD names a program");
    let mut command = Command::new(program);
    command.env_clear().env("FINRUST_DATA_DIR", data).env("FINRUST_HAND_OVER_WAIT", "0s").stdin(Stdio::null());
    command
}

/// The older program, serving.
fn older_serves(data: &Path) -> Server {
    let port = port::free_port();
    let mut command = older(data);
    command.args(["serve", "--port", &port.to_string()]);
    Server::spawn(command, port)
}

/// Both versions verify the data and find nothing wrong.
fn both_verify(data: &Path) {
    succeed(data, &["verify"]);
    let output = older(data).arg("verify").output().expect("the program starts");
    assert!(output.status.success(), "the older one: {}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn the_version_before_and_this_one_serve_together() {
    let (_parent, data) = fresh();
    let office = Office::invited(&data);
    let (before, this) = (older_serves(&data), Server::start(&data));
    office.works([before.port, this.port]);
    before.kill();
    this.kill();
    both_verify(&data);
}

#[test]
fn this_one_and_the_next_serve_together_and_this_one_loses_nothing_of_what_it_does_not_know() {
    let (_parent, data) = fresh();
    let office = Office::invited(&data);
    let (this, next) = (Server::start(&data), Next::start(&data));
    let files = office.works([this.port, next.port]);
    this.kill();
    next.keeps_what_it_wrote(&files);
    drop(next);
    both_verify(&data);
}
