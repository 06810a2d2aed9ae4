//! Who goes next: every operation on the outside waits for its turn, and when nothing else can run, chance gives the turn to one of them.
//!
//! So the seed decides about every interleaving. An operation that waits long was delayed; one that overtakes others reorders them.

use super::chance::Chance;
use std::sync::{Arc, Mutex};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot::{Sender, channel},
};

/// Operations that wait.
pub struct Turns {
    chance: Chance,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// For a turn.
    now: Vec<Sender<()>>,
    /// Until so many turns were given.
    later: Vec<(u64, Sender<()>)>,
    given: u64,
}

impl Turns {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { chance: Chance::new(seed, 1), waiting: Mutex::default() })
    }

    /// Waits for a turn.
    pub async fn turn(&self) {
        let (turn, mine) = channel();
        self.waiting.lock().unwrap().now.push(turn);
        mine.await.expect("turns are given, not dropped");
    }

    /// Waits while others take so many turns, or until there are no others.
    pub async fn pass(&self, turns: usize) {
        let (turn, mine) = channel();
        {
            let mut waiting = self.waiting.lock().unwrap();
            let due = waiting.given + u64::try_from(turns).unwrap();
            waiting.later.push((due, turn));
        }
        mine.await.expect("turns are given, not dropped");
    }

    /// Turns given so far.
    pub fn given(&self) -> u64 {
        self.waiting.lock().unwrap().given
    }

    /// Gives one turn. Whoever has left loses it to another.
    fn give(&self) {
        let mut waiting = self.waiting.lock().unwrap();
        loop {
            waiting.wake();
            if waiting.now.is_empty() {
                return;
            }
            let chosen = self.chance.below(waiting.now.len());
            if waiting.now.swap_remove(chosen).send(()).is_ok() {
                waiting.given += 1;
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

impl Waiting {
    /// Lets those wait for a turn who have waited long enough; when nobody else does, those who have the least to wait.
    fn wake(&mut self) {
        if self.now.is_empty() {
            self.later.retain(|(_, turn)| !turn.is_closed());
            self.given = self.later.iter().map(|(due, _)| *due).min().unwrap_or_default().max(self.given);
        }
        let given = self.given;
        self.now.extend(self.later.extract_if(.., |(due, _)| *due <= given).map(|(_, turn)| turn));
    }
}
