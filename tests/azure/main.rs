//! The binary on Azure: every service is replaced by a double on loopback that uses https, and every token comes from a managed-identity
//! endpoint.

#![cfg(test)]

mod cloud;
mod cosmos_wire;
mod faults;
mod managed_identity;
mod settings;
mod starting;

use test_support::program::Program;

const FINRUST: Program = Program { path: env!("CARGO_BIN_EXE_finrust"), settings: &[] };
