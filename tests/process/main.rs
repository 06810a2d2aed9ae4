//! The real binary: its commands, its life under the Functions host, its death under load, and what it says meanwhile.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "these tests start the program and look into their environment")]

mod browser;
mod commands;
mod data;
mod host;
mod kill;
mod ledger;
mod logs;
mod program;
mod readme;
