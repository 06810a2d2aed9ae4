//! Failing Cosmos DB: how the adapter handles each fault, and what a client of the whole service sees of a mixture.

#![cfg(test)]

#[path = "../store/actor.rs"]
#[expect(dead_code, reason = "the contract of the port says more with these words than this suite")]
mod actor;
#[expect(dead_code, reason = "the suite of Azure uses more of it")]
#[path = "../doubles/cosmos.rs"]
mod emulator;
#[expect(dead_code, reason = "the suite of the API measures costs with it")]
#[path = "../api/meter.rs"]
mod meter;

#[path = "../api/support"]
#[expect(dead_code, reason = "the suite of the API says more with these words than this one")]
mod support {
    pub use test_support::clock;

    pub mod actor;
    pub mod app;
    pub mod contract;
    pub mod mailbox;
    pub mod register;
}

mod expired;
mod faults;
mod lost_answers;
mod mixture;
mod regions;
mod splits;
mod throttled;
mod unavailable;

use actor::Actor;
use azure_data_cosmos_driver::fault_injection::FaultInjectionRule;
use emulator::Emulator;
use finrust::ports::Documents;
use std::sync::Arc;
use test_support::clock::TestClock;

/// A backend to store in.
trait Backend {
    async fn documents(&self, clock: Arc<TestClock>) -> Arc<dyn Documents>;
}

impl Backend for Arc<Emulator> {
    async fn documents(&self, clock: Arc<TestClock>) -> Arc<dyn Documents> {
        Emulator::documents(self, clock).await
    }
}

/// Two actors on the same data: one over a network with these faults, one over a network without.
async fn disturbed(faults: &[&Arc<FaultInjectionRule>]) -> (Actor, Actor) {
    let (emulator, clock) = (Emulator::new(), TestClock::new());
    let faults = faults.iter().map(|rule| Arc::clone(rule)).collect();
    let disturbed = Actor::on(emulator.documents_with(clock.clone(), faults).await, clock.clone());
    let calm = Actor::on(emulator.documents(clock.clone()).await, clock);
    (disturbed, calm)
}
