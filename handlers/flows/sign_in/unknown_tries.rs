//! Tries of unknown usernames: those of one tick share counting records.
//!
//! Otherwise, inventing a username for every request could fill the store with useless records. They are stored under one identity for all
//! unknown usernames, whose chain authenticates them like any other (P6).

use super::visitor::Visitor;
use crate::{
    domain::{
        accounts::account::Identity,
        sign_in::{
            attempt::{Attempt, Event, Outcome},
            throttle::Throttle,
        },
        stored::BlindIndex,
    },
    store::{error::StoreError, identities::repository::IdentityWrite},
};
use jiff::Timestamp;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// The result of a try so far, before it is recorded.
#[derive(Clone)]
pub enum Tried {
    /// A password was hashed and is wrong. Counts on top of the failures of the name's own identity, unless the name is throttled when this
    /// is recorded.
    Wrong(Throttle),
    /// It was not judged.
    Refused(Outcome),
}

/// The answer to a try: how long the name must wait, if it came too early.
pub type Answer = Result<(), Duration>;

/// The tries of the current tick.
#[derive(Default)]
pub struct UnknownTries(Mutex<Vec<Try>>);

struct Try {
    name: BlindIndex,
    tried: Tried,
    visitor: Visitor,
    answer: oneshot::Sender<Result<Answer, StoreError>>,
}

/// A place in a batch.
pub struct UnknownSeat {
    /// Whether this is the first try, which must make sure that the batch is recorded.
    pub leads: bool,
    answer: oneshot::Receiver<Result<Answer, StoreError>>,
}

impl UnknownSeat {
    /// Waits until the tries of the tick are recorded.
    pub async fn recorded(self) -> Result<Answer, StoreError> {
        self.answer.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

impl UnknownTries {
    pub fn join(&self, name: BlindIndex, tried: Tried, visitor: &Visitor) -> UnknownSeat {
        let (sender, answer) = oneshot::channel();
        let visitor = Visitor { device: None, session: None, ..visitor.clone() };
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let leads = tries.is_empty();
        tries.push(Try { name, tried, visitor, answer: sender });
        UnknownSeat { leads, answer }
    }

    /// Closes the batch; the next try opens a new one.
    pub fn take(&self) -> UnknownBatch {
        UnknownBatch(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The tries of a closed tick.
pub struct UnknownBatch(Vec<Try>);

impl UnknownBatch {
    /// Returns the write that records the tries, and the answer to each.
    pub fn decide(&self, mut identity: Identity, now: Timestamp) -> (IdentityWrite, Vec<Answer>) {
        let mut records = Vec::new();
        let mut answers = Vec::with_capacity(self.0.len());
        for one in &self.0 {
            let (outcome, answer) = match &one.tried {
                Tried::Refused(outcome) => (*outcome, Ok(())),
                Tried::Wrong(own) => {
                    if let Err(throttled) = identity.unknown.check(one.name, own, now) {
                        (Outcome::Throttled, Err(throttled.retry_after))
                    } else {
                        identity.unknown.fail(one.name, own, now);
                        (Outcome::UnknownUser, Ok(()))
                    }
                }
            };
            count(&mut records, outcome, &one.visitor);
            answers.push(answer);
        }
        let mut events = records.into_iter().map(Event::Attempt);
        let first = events.next().expect("whoever leads is in the batch");
        let mut write = IdentityWrite::of(identity, first, now);
        write.events.extend(events);
        (write, answers)
    }

    /// Reports the outcome to everyone in the batch.
    pub fn answer(self, written: Result<Vec<Answer>, StoreError>) {
        let mut answers = written.map(Vec::into_iter);
        for one in self.0 {
            let answer = answers.as_mut().map(|answers| answers.next().unwrap_or(Ok(()))).map_err(|error| *error);
            // A client that disconnected needs no answer.
            let _ = one.answer.send(answer);
        }
    }
}

/// Keeps one record per outcome, which names the visitor only if all its tries have the same one.
fn count(records: &mut Vec<Attempt>, outcome: Outcome, visitor: &Visitor) {
    match records.iter_mut().find(|record| record.outcome == outcome) {
        None => records.push(Attempt { outcome, ip: visitor.ip, user_agent: visitor.user_agent.clone(), count: 1 }),
        Some(record) => {
            record.count += 1;
            record.ip = record.ip.filter(|ip| Some(*ip) == visitor.ip);
            record.user_agent = record.user_agent.take().filter(|agent| Some(agent) == visitor.user_agent.as_ref());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tried, UnknownTries};
    use crate::{
        domain::{
            accounts::account::Identity,
            sign_in::{
                attempt::{Event, Outcome},
                throttle::Throttle,
            },
            stored::BlindIndex,
        },
        flows::sign_in::visitor::Visitor,
    };
    use jiff::Timestamp;

    fn name(number: u8) -> BlindIndex {
        BlindIndex::from_bytes([number; 32])
    }

    #[test]
    fn a_tick_has_one_record_for_each_way_to_end() {
        let tries = UnknownTries::default();
        let visitor = |number: u8| Visitor { ip: Some([192, 0, 2, number].into()), ..Visitor::default() };
        let seats: Vec<_> = (0..100).map(|number| tries.join(name(number), Tried::Wrong(Throttle::NONE), &visitor(number))).collect();
        let refused = tries.join(name(1), Tried::Refused(Outcome::Overloaded), &visitor(1));
        assert_eq!((seats.iter().filter(|seat| seat.leads).count(), refused.leads), (1, false));
        let (write, answers) = tries.take().decide(Identity::default(), Timestamp::UNIX_EPOCH);
        let records: Vec<_> = write
            .events
            .iter()
            .map(|event| if let Event::Attempt(it) = event { (it.outcome, it.count, it.ip) } else { panic!() })
            .collect();
        assert_eq!(records, [(Outcome::UnknownUser, 100, None), (Outcome::Overloaded, 1, Some([192, 0, 2, 1].into()))]);
        assert!(answers.iter().all(Result::is_ok));
    }

    #[test]
    fn of_many_tries_of_one_name_in_a_tick_five_count() {
        let tries = UnknownTries::default();
        (0..60).for_each(|_| drop(tries.join(name(1), Tried::Wrong(Throttle::NONE), &Visitor::default())));
        let (write, answers) = tries.take().decide(Identity::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
        assert!(write.identity.unknown.check(name(1), &Throttle::NONE, Timestamp::UNIX_EPOCH).is_err());
        assert!(write.identity.unknown.check(name(2), &Throttle::NONE, Timestamp::UNIX_EPOCH).is_ok());
    }
}
