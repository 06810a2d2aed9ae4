//! Two versions of the program on one database under load, as during a deployment: users see no errors, whichever version responds, and
//! both find the database sound afterwards (docs/upgrades.md).
//!
//! The older program is the one named by `FINRUST_OLD` (`run.sh` builds it from the history), or else the one just built. The next version
//! is this one, with a store that writes what this one does not know.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "users enter what they learn from the machine's clock")]

mod handed_back;
mod load;
mod next;

use load::Office;
use next::Next;
use std::path::{Path, PathBuf};
use test_support::program::{Program, fresh, text};

/// The program of this version. Files of a hand-over move at once.
const FINRUST: Program = Program { path: env!("CARGO_BIN_EXE_finrust"), settings: &[("FINRUST_HAND_OVER_WAIT", "0s")] };

/// The program of the previous version.
fn older() -> Program {
    let Some(program) = std::env::var_os("FINRUST_OLD") else { return FINRUST };
    let program = PathBuf::from(program).canonicalize().expect("FINRUST_OLD names a program");
    Program { path: program.into_os_string().into_string().expect("its path is UTF-8").leak(), ..FINRUST }
}

/// Both versions verify the data and find nothing wrong.
fn both_verify(data: &Path) {
    FINRUST.succeed(data, &["verify"]);
    let output = older().run(data, &["verify"]);
    assert!(output.status.success(), "the older one: {}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn the_version_before_and_this_one_serve_together() {
    let (_parent, data) = fresh();
    let office = Office::invited(&data);
    let (before, this) = (older().serve(&data), FINRUST.serve(&data));
    office.works([before.port, this.port]);
    before.kill();
    this.kill();
    both_verify(&data);
}

#[test]
fn this_one_and_the_next_serve_together_and_this_one_loses_nothing_of_what_it_does_not_know() {
    let (_parent, data) = fresh();
    let office = Office::invited(&data);
    let (this, next) = (FINRUST.serve(&data), Next::start(&data));
    let files = office.works([this.port, next.port]);
    this.kill();
    next.keeps_what_it_wrote(&files);
    drop(next);
    both_verify(&data);
}
