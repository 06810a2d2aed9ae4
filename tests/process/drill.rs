//! The restore drill with the real binary: backed up under load, restored elsewhere, and people erased since then stay erased.

use super::FINRUST;
use std::process::Command;
use test_support::{program::text, skipped::skipped};

#[test]
fn the_drill_brings_everything_back_but_who_was_erased() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !has("curl") || !has("bash") {
        skipped("this machine has no curl or no bash");
        return;
    }
    let drill = ["infra/restore-drill.sh", "--embedded", "--program", FINRUST.path];
    let output = Command::new("bash").args(drill).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("bash starts");
    let (said, complaints) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && complaints.is_empty(), "{complaints}{said}");
    for line in [
        "it names who is back after an erasure",
        "Had come back and were erased again: 1.",
        " 0 findings",
        "the person who was erased is gone",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(said.lines().last().is_some_and(|line| line.starts_with("restore drill: 0 wrong")), "{said}");
}
