//! The first requests of a new instance on Cosmos DB: what is fetched, when, and after what.

use super::{
    instance::Instance,
    latencies::World,
    operations::Operation,
    trace::{Step, Trace},
    user::User,
};
use std::time::Instant;

const STARTS: usize = 9;

/// A part of a start, with its times in several starts.
pub struct Phase {
    pub name: &'static str,
    pub millis: Vec<f64>,
    /// Requests to the database.
    pub requests: u32,
    /// Uses of the key-encryption key.
    pub vault_calls: u64,
    /// What was waited for in the last start: what, from when and until when in milliseconds since the phase began.
    pub steps: Vec<(String, f64, f64)>,
}

const CONNECT: &str = "the SDK connects";
const WARM_UP: &str = "keys are fetched";

/// What is done first once the keys are in memory.
const FIRST: [(&str, Operation); 3] =
    [("first sign-in", Operation::SignIn), ("first read of a file", Operation::Read), ("first list", Operation::List)];

/// Each start is followed by the first requests of one adviser, then by the same without waiting for the warm-up.
pub async fn measure(world: &World) -> Vec<Phase> {
    let mut phases = Vec::new();
    let mut users = world.users.lock().await;
    let user = &mut users[0];
    for _ in 0..STARTS {
        let begun = Instant::now();
        let instance = world.backend.start().await;
        note(&mut phases, CONNECT, begun, &instance, (0, 0));
        phase(&mut phases, WARM_UP, &instance, warm_up(&instance)).await;
        user.moves_to(&instance.router);
        for (name, operation) in FIRST {
            first(&mut phases, name, &instance, operation, user).await;
        }
        let instance = world.backend.start().await;
        user.moves_to(&instance.router);
        first(&mut phases, "read of a file before any key was fetched", &instance, Operation::Read, user).await;
    }
    user.moves_to(&world.instance.router);
    phases
}

async fn warm_up(instance: &Instance) {
    instance.state.services.sealing.get_ready().await.expect("the emulator and the vault answer");
}

async fn first(phases: &mut Vec<Phase>, name: &'static str, instance: &Instance, operation: Operation, user: &mut User) {
    let session = phase(phases, name, instance, operation.perform(user)).await;
    if let Some(session) = session {
        user.sign_out(&session).await;
    }
}

async fn phase<T>(phases: &mut Vec<Phase>, name: &'static str, instance: &Instance, work: impl Future<Output = T>) -> T {
    let before = (instance.network.hit_count(), instance.trace.vault_calls());
    instance.trace.watch();
    let begun = Instant::now();
    let done = work.await;
    note(phases, name, begun, instance, before);
    done
}

fn note(phases: &mut Vec<Phase>, name: &'static str, begun: Instant, instance: &Instance, before: (u32, u64)) {
    let millis = begun.elapsed().as_secs_f64() * 1000.0;
    let steps = steps_since(begun, &instance.trace);
    let (requests, vault_calls) = (instance.network.hit_count() - before.0, instance.trace.vault_calls() - before.1);
    match phases.iter_mut().find(|phase| phase.name == name) {
        Some(phase) => {
            phase.millis.push(millis);
            (phase.steps, phase.requests, phase.vault_calls) = (steps, requests, vault_calls);
        }
        None => phases.push(Phase { name, millis: vec![millis], requests, vault_calls, steps }),
    }
}

fn steps_since(begun: Instant, trace: &Trace) -> Vec<(String, f64, f64)> {
    let mut steps = trace.take();
    steps.sort_by_key(|step| step.begun);
    let millis = |at: Instant| at.duration_since(begun).as_secs_f64() * 1000.0;
    steps.into_iter().map(|Step { what, of, begun, ended }| (format!("{what} {of}"), millis(begun), millis(ended))).collect()
}
