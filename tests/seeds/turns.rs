//! Who goes next: every operation on the outside waits for its turn, and when nothing else can run, chance gives the turn to one of them.
//!
//! So the seed decides about every interleaving. An operation that waits long was delayed; one that overtakes others reorders them.

use super::chance::Chance;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot::{Sender, channel},
};

/// Operations that wait.
pub struct Turns {
    chance: Chance,
    waiting: Mutex<Vec<Sender<()>>>,
    given: AtomicU64,
}

impl Turns {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { chance: Chance::new(seed, 1), waiting: Mutex::default(), given: AtomicU64::new(0) })
    }

    /// Waits for a turn.
    pub async fn turn(&self) {
        let (turn, mine) = channel();
        self.waiting.lock().unwrap().push(turn);
        mine.await.expect("turns are given, not dropped");
    }

    /// Waits for so many turns.
    pub async fn pass(&self, turns: usize) {
        for _ in 0..turns {
            self.turn().await;
        }
    }

    /// Turns given so far.
    pub fn given(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }

    /// Gives one turn. Whoever has left loses it to another.
    fn give(&self) {
        let mut waiting = self.waiting.lock().unwrap();
        while !waiting.is_empty() {
            let chosen = self.chance.below(waiting.len());
            if waiting.swap_remove(chosen).send(()).is_ok() {
                self.given.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
    }

    /// A runtime of one thread that gives a turn whenever it has nothing else to do.
    pub fn runtime(self: &Arc<Self>) -> Runtime {
        let turns = Arc::clone(self);
        Builder::new_current_thread().enable_all().on_thread_park(move || turns.give()).build().unwrap()
    }
}
