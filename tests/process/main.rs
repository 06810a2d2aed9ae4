//! The real binary: its commands, being killed under load, and its output.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "these tests start programs, and their users have the machine's clock")]

mod backup;
mod commands;
mod data;
mod drill;
mod hand_over;
mod import;
mod kill;
mod ledger;
mod logs;
mod readme;
mod rotation;

use test_support::program::Program;

/// Files of a hand-over move at once.
const FINRUST: Program = Program { path: env!("CARGO_BIN_EXE_finrust"), settings: &[("FINRUST_HAND_OVER_WAIT", "0s")] };
