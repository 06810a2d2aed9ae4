//! Failing Cosmos DB: how the adapter handles each fault.

#![cfg(test)]

mod expired;
mod lost_answers;
mod regions;
mod splits;
mod throttled;
mod unavailable;

use azure_data_cosmos_driver::fault_injection::FaultInjectionRule;
use std::sync::Arc;
use test_support::{clock::TestClock, documents::Actor, doubles::cosmos::Emulator};

/// Two actors on the same data: one over a network with these faults, one over a network without.
async fn disturbed(faults: &[&Arc<FaultInjectionRule>]) -> (Actor, Actor) {
    let (emulator, clock) = (Emulator::new(), TestClock::new());
    let faults = faults.iter().map(|rule| Arc::clone(rule)).collect();
    let disturbed = Actor::on(emulator.documents_with(clock.clone(), faults).await, clock.clone());
    let calm = Actor::on(emulator.documents(clock.clone()).await, clock);
    (disturbed, calm)
}
