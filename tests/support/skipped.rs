//! What a suite does when a program that it needs is missing: it prints a notice and passes, or fails if `FINRUST_REQUIRE_EMULATORS` is 1.

use std::{env, io, io::Write, sync::Once};

static SAID: Once = Once::new();

/// Prints the reason, once per suite.
#[expect(clippy::disallowed_methods, reason = "the gate says whether skipping is allowed")]
pub fn skipped(why: &str) {
    let is_required = env::var("FINRUST_REQUIRE_EMULATORS").is_ok_and(|value| value == "1");
    assert!(!is_required, "{why}");
    SAID.call_once(|| {
        // Bypasses the harness, which captures the output of passing tests.
        let _ = writeln!(io::stderr(), "skipped: {why}");
    });
}
