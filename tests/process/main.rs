//! The real binary: its commands, being killed under load, and its output.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "these tests start the program and look into their environment")]

mod backup;
mod browser;
mod commands;
mod data;
mod drill;
mod hand_over;
mod import;
mod kill;
mod ledger;
mod logs;
#[path = "../doubles/port.rs"]
mod port;
mod program;
mod readme;
mod rotation;
#[path = "../doubles/skipped.rs"]
mod skipped;
