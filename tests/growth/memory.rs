//! Memory of this process, as the kernel counts it.

use std::fs;

/// Begins a new count of the most resident memory, and returns what is resident now, in megabytes.
pub fn reset_peak() -> f64 {
    fs::write("/proc/self/clear_refs", "5").expect("the kernel resets its count");
    line("VmRSS:")
}

/// The most resident memory since [`reset_peak`], in megabytes.
pub fn peak() -> f64 {
    line("VmHWM:")
}

fn line(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("the status of this process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line about memory");
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
    kib * 1024.0 / 1_000_000.0
}
