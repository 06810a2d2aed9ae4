//! What a person at the terminal reads. A closed pipe is no reason to fail.

use std::io::{self, Write};

/// Writes a line to standard output.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes a line to standard error.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
