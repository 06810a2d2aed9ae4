//! The `finrust` binary.

fn main() {}
