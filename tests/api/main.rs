//! The service as its clients see it: every test has its own data, clock and mailbox, and every response is checked against the contract.

#![cfg(test)]

#[expect(dead_code, reason = "other suites use more of it")]
#[path = "../doubles/cosmos.rs"]
mod emulator;
#[path = "../doubles/cosmos_rows.rs"]
mod rows;

#[path = "../doubles"]
mod doubles {
    #[expect(dead_code, reason = "the suite of the log of erasures uses more of it")]
    pub mod blob_storage;
    #[expect(dead_code, reason = "the suite of the log of erasures uses more of it")]
    pub mod credential;
    #[expect(dead_code, reason = "the suite of the queue uses more of it")]
    pub mod https;
    pub mod tokens;
}

mod support {
    pub use test_support::clock;

    pub mod actor;
    pub mod app;
    pub mod between;
    pub mod contract;
    pub mod dying;
    pub mod faults;
    pub mod hand_over;
    pub mod mailbox;
    pub mod register;
    pub mod scales;
}

mod account;
mod account_header;
mod alike;
mod actors;
mod browsers;
mod concurrency;
mod erasure_log;
mod confirmation;
mod faults;
mod guesses;
mod guessing;
mod instances;
mod openapi;
mod password_check;
mod password_reset;
mod sessions;
mod sign_in;
#[path = "../doubles/skipped.rs"]
mod skipped;
mod throttle;
mod two_factor;
mod unchanged;

mod costs;
mod measured;
mod meter;
mod price;
mod samples;
mod search_bytes;
mod search_memory;
mod vault;

mod accounts;
mod as_read;
mod authority;
mod bad_input;
mod bad_requests;
mod breach_affected;
mod breach_clock;
mod breach_steps;
mod breach_successors;
mod canaries;
mod client_address;
mod client_fields;
mod client_repeats;
mod client_search;
mod clients;
mod ended;
mod exports;
mod file_trail;
mod forgery;
mod four_eyes;
mod half_done;
mod hand_over_kills;
mod hand_over_notes;
mod hand_overs;
mod front;
mod held_bodies;
mod golden;
mod golden_checks;
mod golden_files;
mod golden_make;
mod import_findings;
mod imports;
mod keyed;
mod keyed_scenes;
mod named_routes;
mod last_moment;
mod later;
mod later_store;
mod isolation;
mod not_on_cosmos;
mod logged;
mod counted;
mod slow_exports;
mod slow_readers;
mod null_members;
mod officers;
mod one_line_texts;
mod overtaken;
mod partition;
mod paths;
mod processor_reminders;
mod processors;
mod public;
mod repeats;
mod request_reminders;
mod requests;
mod retention;
mod rights;
mod spreadsheets;
mod subject_report;
mod tampering;
mod unfinished;
