//! The log lines that a test causes, as JSON.

use crate::listening::listen;
use finrust::{
    adapters::system::SystemClock,
    telemetry::{Format, subscriber},
};
use serde_json::Value;
use std::{
    io, mem,
    sync::{Arc, Mutex, MutexGuard},
};
use tracing::subscriber::DefaultGuard;

/// Captures every event of this thread until it is dropped.
pub struct Log {
    lines: Lines,
    _guard: DefaultGuard,
}

/// What a subscriber writes to.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// The text as written.
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes().clone()).expect("logs are UTF-8")
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().expect("nobody panics in the middle of writing")
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Captures this thread's log from now on.
    pub fn start() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let guard = listen(subscriber(Format::Json, Arc::new(SystemClock), move || writer.clone()));
        Self { lines, _guard: guard }
    }

    /// The text as written.
    pub fn text(&self) -> String {
        self.lines.text()
    }

    /// The text since the last call.
    pub fn take(&self) -> String {
        String::from_utf8(mem::take(&mut *self.lines.bytes())).expect("logs are UTF-8")
    }

    /// The events with this name.
    pub fn events(&self, name: &str) -> Vec<Value> {
        let lines = self.text();
        let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
        events.filter(|event| event["event"] == name).collect()
    }
}
