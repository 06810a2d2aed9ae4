//! What the operating system does to the program: files that disappear, folders that are not what they seem, logs that nobody reads,
//! signals, idle connections. The real binary, from outside.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "these tests start the program")]

mod beside;
mod connections;
mod damaged;
mod database;
mod ending;
mod first_start;
mod flips;
mod key;
mod logs;
mod memory;
mod mounted;
mod program;
mod refusing;
mod replaced;
mod settings;
mod went_back;

use test_support::program::Program;

const FINRUST: Program = Program { path: env!("CARGO_BIN_EXE_finrust"), settings: &[] };
