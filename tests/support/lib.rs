//! What several suites share.

#![expect(clippy::unwrap_used, clippy::panic, reason = "code of tests: what fails here fails the test")]

/// A blocking HTTP client that keeps cookies.
pub mod browser;
/// A clock that stands still until the test moves it.
pub mod clock;
/// A user of the store.
pub mod documents;
/// Services of Azure.
pub mod doubles;
/// Captures what one thread logs.
pub mod listening;
/// The log lines that a test causes.
pub mod log;
/// Reproducible chance.
pub mod mix;
/// Users at a browser.
pub mod people;
/// Ports for programs that tests start.
pub mod port;
/// What operations cost on Cosmos DB by the published figures.
pub mod price;
/// The program under test.
pub mod program;
/// The program, serving.
pub mod server;
/// What a suite does when a program that it needs is missing.
pub mod skipped;
