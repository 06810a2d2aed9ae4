//! Stories driven through the screens of the running binary in a real browser, one group per file of `stories/`.
//!
//! `tests/browser/install.sh` installs what drives the browser; without it, Node, Chromium or libfaketime, the stories are skipped with a
//! notice, unless `FINRUST_REQUIRE_EMULATORS` is 1. The harness is written for Node: a filter (`cargo test --test browser conflict`)
//! selects groups and stories by part of their name, and a new file in `stories/` is picked up automatically.

#![expect(clippy::disallowed_methods, reason = "starts other programs, and is told on the command line which stories are wanted")]

use std::{
    env,
    path::Path,
    process::{Command, ExitCode},
};
use test_support::skipped::skipped;

/// Options of Rust's own test harness that take a value; `cargo test` passes the same arguments to every test binary.
const WITH_VALUE: [&str; 6] = ["--skip", "--test-threads", "--format", "--color", "--logfile", "-Z"];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    if let Some(why) = missing() {
        skipped(&why);
        return ExitCode::SUCCESS;
    }
    let told = stories().args(filters(arguments)).status().expect("Node has just run");
    if told.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the stories need that this machine lacks.
fn missing() -> Option<String> {
    let Ok(asked) = stories().arg("--missing").output() else {
        return Some("node is not installed".to_owned());
    };
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let lines = String::from_utf8_lossy(&asked.stdout).trim().replace('\n', "; ");
    (!lines.is_empty()).then_some(lines)
}

fn stories() -> Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target directory");
    let mut command = Command::new("node");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/run.mjs"));
    command.env("CARGO_TARGET_DIR", target).env("FINRUST_BINARY", env!("CARGO_BIN_EXE_finrust"));
    command
}

/// The filter words, without the options.
fn filters(arguments: Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            arguments.next();
        } else if !argument.starts_with('-') {
            found.push(argument);
        }
    }
    found
}
