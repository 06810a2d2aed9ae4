//! What is specific to Cosmos DB.

use crate::Backend;
use finrust::ports::Documents;
use std::sync::Arc;
use test_support::{clock::TestClock, doubles::cosmos::Emulator};

pub struct Cosmos(Arc<Emulator>);

impl Backend for Cosmos {
    fn new() -> Self {
        Self(Emulator::new())
    }

    async fn documents(&self, clock: Arc<TestClock>) -> Arc<dyn Documents> {
        self.0.documents(clock).await
    }
}
