//! Refused attempts of a flood share counting records, so that none goes unrecorded and the store cannot be filled.
//!
//! The first refusal of an identity opens a batch; further ones join it until it is written, and wait. A batch is written at the next tick,
//! before any of its attempts is answered.

use super::visitor::Visitor;
use crate::{
    domain::{
        sign_in::attempt::{Event, Outcome},
        stored::BlindIndex,
    },
    store::error::StoreError,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// The most visitors of a batch that get a record of their own; all others share one without an address.
const MAX_GROUPS: usize = 8;

/// The open batches.
#[derive(Default)]
pub struct Flood(Mutex<HashMap<BlindIndex, Batch>>);

/// The attempts collected for one identity.
#[derive(Default)]
pub struct Batch {
    groups: Vec<Group>,
    waiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
}

struct Group {
    outcome: Outcome,
    visitor: Visitor,
    count: u32,
}

/// A place in a batch.
pub struct Seat {
    /// Whether this is the first of its batch, which must make sure that the batch is written.
    pub leads: bool,
    answer: oneshot::Receiver<Result<(), StoreError>>,
}

impl Seat {
    /// Waits until the batch is written.
    pub async fn recorded(self) -> Result<(), StoreError> {
        self.answer.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

impl Flood {
    /// Adds an attempt to the batch of its identity.
    pub fn join(&self, index: BlindIndex, outcome: Outcome, visitor: &Visitor) -> Seat {
        let (sender, answer) = oneshot::channel();
        let mut batches = self.lock();
        let batch = batches.entry(index).or_default();
        let leads = batch.waiting.is_empty();
        batch.count(outcome, visitor);
        batch.waiting.push(sender);
        Seat { leads, answer }
    }

    /// Closes the batch of this identity; the next attempt opens a new one.
    pub fn take(&self, index: BlindIndex) -> Batch {
        self.lock().remove(&index).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<BlindIndex, Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch {
    /// Returns one event for each group.
    pub fn events(&self) -> Vec<Event> {
        self.groups.iter().map(|group| group.visitor.attempt(group.outcome, group.count)).collect()
    }

    /// Reports the outcome of the write to everyone in the batch.
    pub fn answer(self, written: Result<(), StoreError>) {
        for waiting in self.waiting {
            // A client that disconnected needs no answer.
            let _ = waiting.send(written);
        }
    }

    fn count(&mut self, outcome: Outcome, visitor: &Visitor) {
        let crowded = self.groups.len() >= MAX_GROUPS;
        let same = |group: &&mut Group| group.outcome == outcome && group.is_of(visitor);
        if let Some(group) = self.groups.iter_mut().find(same) {
            group.count += 1;
            return;
        }
        let visitor = if crowded { Visitor::default() } else { Visitor { device: None, session: None, ..visitor.clone() } };
        match self.groups.iter_mut().find(|group| crowded && group.outcome == outcome && group.is_of(&visitor)) {
            Some(group) => group.count += 1,
            None => self.groups.push(Group { outcome, visitor, count: 1 }),
        }
    }
}

impl Group {
    fn is_of(&self, visitor: &Visitor) -> bool {
        self.visitor.ip == visitor.ip && self.visitor.user_agent == visitor.user_agent
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Flood, MAX_GROUPS};
    use crate::{
        domain::{
            sign_in::attempt::{Event, Outcome, UserAgent},
            stored::BlindIndex,
        },
        flows::sign_in::visitor::Visitor,
    };

    fn counted(batch: &Batch) -> u32 {
        batch.events().iter().map(|event| if let Event::Attempt(attempt) = event { attempt.count } else { 0 }).sum()
    }

    #[test]
    fn every_attempt_is_counted_once_in_a_bounded_number_of_records() {
        let flood = Flood::default();
        let index = BlindIndex::from_bytes([1; 32]);
        let leaders = (0..100).filter(|number| {
            let user_agent = UserAgent::parse(&format!("browser {number}")).ok();
            flood.join(index, Outcome::Throttled, &Visitor { user_agent, ..Visitor::default() }).leads
        });
        assert_eq!(leaders.count(), 1);
        let batch = flood.take(index);
        assert_eq!(counted(&batch), 100);
        assert_eq!(batch.events().len(), MAX_GROUPS + 1);
        assert!(flood.join(index, Outcome::Throttled, &Visitor::default()).leads);
    }
}
