//! The database in memory that `tests/seeds` runs on.

use crate::Backend;
use finrust::ports::Documents;
use std::sync::Arc;
use test_support::{clock::TestClock, doubles::memory::MemoryDocuments};

pub struct Memory;

impl Backend for Memory {
    fn new() -> Self {
        Self
    }

    async fn documents(&self, clock: Arc<TestClock>) -> Arc<dyn Documents> {
        MemoryDocuments::new(clock)
    }
}
