//! Everything that a seed decides.

use finrust::ports::Random;
use std::sync::atomic::{AtomicU64, Ordering};
use test_support::mix::mix;

/// A sequence of numbers that a seed determines.
pub struct Chance {
    seed: u64,
    drawn: AtomicU64,
}

impl Chance {
    /// `purpose` keeps the sequences of one seed apart.
    pub const fn new(seed: u64, purpose: u64) -> Self {
        Self { seed: mix(mix(seed) ^ purpose), drawn: AtomicU64::new(0) }
    }

    pub fn draw(&self) -> u64 {
        mix(self.seed.wrapping_add(self.drawn.fetch_add(1, Ordering::Relaxed)))
    }

    /// A number below `end`.
    pub fn below(&self, end: usize) -> usize {
        usize::try_from(self.draw() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Whether something happens that happens once in so many times; never for zero.
    pub fn one_in(&self, times: u64) -> bool {
        times > 0 && self.draw().is_multiple_of(times)
    }

    /// A UUID, for a request that may be repeated.
    pub fn key(&self) -> String {
        let (one, other) = (self.draw(), self.draw());
        format!("{:08x}-0000-4000-8000-{:012x}", one >> 32, other & 0xffff_ffff_ffff)
    }
}

impl Random for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.draw().to_le_bytes()[..chunk.len()]);
        }
    }
}
