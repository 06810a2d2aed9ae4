//! Helpers that several suites share.

/// A clock that stands still until the test moves it.
pub mod clock;
/// Captures what one thread logs.
pub mod listening;
/// The log lines that a test causes.
pub mod log;
