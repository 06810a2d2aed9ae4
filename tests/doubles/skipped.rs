//! What a suite does where a program that it needs is missing: it says so and passes, or fails where `FINRUST_REQUIRE_EMULATORS` is 1.

use std::{env, io, io::Write, sync::Once};

static SAID: Once = Once::new();

/// Says why, once for each suite.
#[expect(clippy::disallowed_methods, reason = "the gate says whether skipping is allowed")]
pub fn skipped(why: &str) {
    let is_required = env::var("FINRUST_REQUIRE_EMULATORS").is_ok_and(|value| value == "1");
    assert!(!is_required, "{why}");
    SAID.call_once(|| {
        // Past the harness, which keeps what passing tests print to itself.
        let _ = writeln!(io::stderr(), "skipped: {why}");
    });
}
