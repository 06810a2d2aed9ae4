//! What several suites say their tests with.

/// A clock that stands still until the test moves it.
pub mod clock;
/// Listening to what one thread logs.
pub mod listening;
/// What a test makes the program log.
pub mod log;
