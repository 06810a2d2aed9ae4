//! Reader threads, and the queue in front of them.
//!
//! A thread that is awake takes one query after the other, and a query wakes a thread only when one sleeps: under load, passing on a query
//! costs a briefly held lock and no system call.

use super::{failure::read_queue_full, reader::Reader};
use crate::ports::ReadError;
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{Builder, JoinHandle},
};
use tokio::sync::oneshot;

const MAX_WAITING: usize = 1024;

type Query = Box<dyn FnOnce(&Reader) + Send>;

/// Reader threads. Dropping them answers pending queries, then ends the threads.
pub struct Readers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts one thread for each of these connections.
    pub fn start(readers: Vec<Reader>) -> io::Result<Self> {
        let mut started = Self { queue: Arc::default(), threads: Vec::new() };
        for reader in readers {
            let queue = Arc::clone(&started.queue);
            let thread = Builder::new().name("finrust-reader".to_owned()).spawn(move || serve(&reader, &queue))?;
            started.threads.push(thread);
        }
        Ok(started)
    }

    /// Runs `query` on a reader thread.
    pub async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (answer, answered) = oneshot::channel();
        let query: Query = Box::new(move |reader| {
            // A caller that is gone needs no answer.
            let _ = answer.send(query(reader));
        });
        self.queue.push(query)?;
        answered.await.unwrap_or(Err(ReadError::Unavailable))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has reported it already, and its callers got `Unavailable`.
            let _ = thread.join();
        }
    }
}

fn serve(reader: &Reader, queue: &Queue) {
    while let Some(query) = queue.take() {
        query(reader);
    }
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Query>,
    /// Sleeping threads that have not been woken yet.
    asleep: usize,
    closed: bool,
}

impl Queue {
    fn push(&self, query: Query) -> Result<(), ReadError> {
        let mut state = self.lock();
        if state.waiting.len() >= MAX_WAITING {
            return Err(read_queue_full());
        }
        state.waiting.push_back(query);
        let wakes = state.asleep > 0;
        state.asleep -= usize::from(wakes);
        drop(state);
        if wakes {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// The next query; `None` when the queue is closed and empty.
    fn take(&self) -> Option<Query> {
        let mut state = self.lock();
        loop {
            if let Some(query) = state.waiting.pop_front() {
                return Some(query);
            }
            if state.closed {
                return None;
            }
            state.asleep += 1;
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
