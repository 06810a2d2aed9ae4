//! Work grows with the size of the input, not with its square.
//!
//! It is counted in processor time of this thread, as the kernel keeps it: a busy machine does not change it, and a slow one changes both
//! sides of the comparison.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
};

/// Sizes that are compared.
const SMALL: usize = 1024;
const LARGE: usize = 16 * SMALL;
/// Sixteen times the size may take so many times the work: less than half of the 256 times of a square.
const MOST_TIMES: u64 = 100;
/// What is shorter than this in nanoseconds is not measured well enough.
const NOISE: u64 = 100_000_000;
/// One of so many inputs is measured; of the shortest more, because what they repeat to is the most uniform.
const EVERY: u64 = 1024;
const EVERY_SHORT: u64 = 4;
const SHORT: usize = 4;
const TRIES: usize = 3;

/// Measures `work` on one of many inputs, repeated up to two sizes.
pub fn grows_with_size(data: &[u8], work: impl Fn(&[u8])) {
    let every = if data.len() <= SHORT { EVERY_SHORT } else { EVERY };
    if data.is_empty() || !hash(data).is_multiple_of(every) {
        return;
    }
    let (small, large) = (repeated(data, SMALL), repeated(data, LARGE));
    let is_square = || {
        let (little, much) = (taken(|| work(&small)), taken(|| work(&large)));
        (much > NOISE.max(MOST_TIMES * little)).then_some((little, much))
    };
    let found: Option<Vec<_>> = (0..TRIES).map(|_| is_square()).collect();
    assert!(found.is_none(), "nanoseconds for {SMALL} and for {LARGE} bytes: {found:?}");
}

fn hash(data: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    hasher.finish()
}

fn repeated(data: &[u8], size: usize) -> Vec<u8> {
    data.iter().copied().cycle().take(size.max(data.len())).collect()
}

fn taken(work: impl Fn()) -> u64 {
    let before = processor_time();
    work();
    processor_time() - before
}

fn processor_time() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux keeps it");
    text.split(' ').next().and_then(|time| time.parse().ok()).expect("nanoseconds first")
}
