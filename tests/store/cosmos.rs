//! What is particular to Cosmos DB.

use crate::{Backend, actor::TestClock, emulator::Emulator};
use finrust::ports::Documents;
use std::sync::Arc;

pub struct Cosmos(Arc<Emulator>);

impl Backend for Cosmos {
    fn new() -> Self {
        Self(Emulator::new())
    }

    async fn documents(&self, clock: Arc<TestClock>) -> Arc<dyn Documents> {
        self.0.documents(clock).await
    }
}
