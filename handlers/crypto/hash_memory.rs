//! Memory for password hashing: reused from one hash to the next while there is work, and returned to the system when idle.
//!
//! A hash touches 19 MiB once. In freshly allocated memory every page costs a fault and zeroing: a third of the time of the hash.

use argon2::Block;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use zeroize::Zeroize;

/// Pool of memory for hashes; it never holds more pieces than hashes have run concurrently.
#[derive(Default)]
pub struct HashMemory {
    pieces: Mutex<Pieces>,
    lent: AtomicU64,
}

#[derive(Default)]
struct Pieces {
    spare: Vec<Vec<Block>>,
    /// Number of pieces, both spare and lent.
    count: usize,
    /// Number of pieces that are reserved.
    promised: usize,
}

/// A reservation: guarantees memory for one hash while it lives.
pub struct Promise<'memory>(&'memory HashMemory);

impl HashMemory {
    /// Reserves memory of this many blocks for one more hash; `None` when the system has none left. Without a reservation, a hash whose
    /// allocation fails aborts the process.
    pub fn promise(&self, blocks: usize) -> Option<Promise<'_>> {
        let mut pieces = self.pieces();
        pieces.promised += 1;
        let promise = Promise(self);
        if pieces.count < pieces.promised {
            pieces.count += 1;
            drop(pieces);
            let Some(memory) = allocate(blocks) else {
                self.pieces().count -= 1;
                return None;
            };
            self.pieces().spare.push(memory);
        }
        Some(promise)
    }

    /// Lends this many blocks to `work`.
    pub fn lend<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        self.lent.fetch_add(1, Ordering::Relaxed);
        let spare = self.pieces().spare.pop();
        let mut memory = spare.unwrap_or_else(|| {
            self.pieces().count += 1;
            Vec::new()
        });
        if memory.len() < blocks {
            memory = vec![Block::default(); blocks];
        }
        let done = work(&mut memory[..blocks]);
        self.pieces().spare.push(memory);
        done
    }

    /// Wipes and frees the memory that is neither in use nor reserved.
    pub fn give_back(&self) {
        let spare = {
            let mut pieces = self.pieces();
            let lent = pieces.count - pieces.spare.len().min(pieces.count);
            let kept = pieces.promised.saturating_sub(lent).min(pieces.spare.len());
            let spare = pieces.spare.split_off(kept);
            pieces.count -= spare.len().min(pieces.count);
            spare
        };
        for mut blocks in spare {
            blocks.zeroize();
        }
    }

    /// Number of times memory has been lent.
    pub fn lent(&self) -> u64 {
        self.lent.load(Ordering::Relaxed)
    }

    fn pieces(&self) -> MutexGuard<'_, Pieces> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        self.0.pieces().promised -= 1;
    }
}

fn allocate(blocks: usize) -> Option<Vec<Block>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(blocks).ok()?;
    memory.resize(blocks, Block::default());
    Some(memory)
}

#[cfg(test)]
mod tests {
    use super::HashMemory;

    /// Returns how many pieces there are, how many of them are spare, and how many are reserved.
    fn seen(memory: &HashMemory) -> (usize, usize, usize) {
        let pieces = memory.pieces();
        (pieces.count, pieces.spare.len(), pieces.promised)
    }

    #[test]
    fn what_was_promised_is_there_and_is_not_given_back() {
        let memory = HashMemory::default();
        let (one, other) = (memory.promise(8).expect("memory"), memory.promise(8).expect("memory"));
        assert_eq!(seen(&memory), (2, 2, 2));
        memory.give_back();
        assert_eq!(seen(&memory), (2, 2, 2), "promised");
        memory.lend(8, |_| {
            memory.give_back();
            assert_eq!(seen(&memory), (2, 1, 2), "promised to the other one");
        });
        drop(one);
        memory.give_back();
        assert_eq!(seen(&memory), (1, 1, 1));
        drop(other);
        memory.lend(8, |_| memory.give_back());
        memory.give_back();
        assert_eq!(seen(&memory), (0, 0, 0));
        assert!(memory.promise(usize::MAX / 4096).is_none(), "nobody has so much");
        assert_eq!(seen(&memory), (0, 0, 0));
    }
}
