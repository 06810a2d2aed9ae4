//! The memory that hashing works in: kept from one hash to the next while there is work, given back to the system when there is none.
//!
//! A hash touches 19 MiB once. Fresh from the system, each page of it costs a fault and a wipe: a third of the time of the hash.

use argon2::Block;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use zeroize::Zeroize;

/// Memory that no hash uses at the moment; never more pieces than hashes were at work at once.
#[derive(Default)]
pub struct HashMemory {
    spare: Mutex<Vec<Vec<Block>>>,
    lent: AtomicU64,
}

impl HashMemory {
    /// Lends this many blocks to `work`.
    pub fn lend<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        self.lent.fetch_add(1, Ordering::Relaxed);
        let mut memory = self.spare().pop().unwrap_or_default();
        if memory.len() < blocks {
            memory = vec![Block::default(); blocks];
        }
        let done = work(&mut memory[..blocks]);
        self.spare().push(memory);
        done
    }

    /// Wipes what nobody uses and gives it back.
    pub fn give_back(&self) {
        let spare = std::mem::take(&mut *self.spare());
        for mut blocks in spare {
            blocks.zeroize();
        }
    }

    /// How often it was lent.
    pub fn lent(&self) -> u64 {
        self.lent.load(Ordering::Relaxed)
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
