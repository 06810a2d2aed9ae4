//! Signing in over HTTP, against bare Argon2id with the same parameters on the same cores.

use super::{
    client::{DEVICE, Follows, Task},
    figures::{Aim, Figures, Round},
    load::load_with,
    server::{Server, post},
    world::{Signer, World},
};
use finrust::{
    crypto::password::Argon2id,
    domain::{sign_in::credentials::TypedPassword, stored::PasswordHash},
};
use std::{
    thread,
    time::{Duration, Instant},
};

const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(3);

pub async fn measure(server: &Server, world: &mut World, figures: &mut Figures) {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let against = tokio::task::spawn_blocking(bare).await.expect("hashing does not panic");
        let load = load_with(server, world.signers.iter().map(task).collect(), TIME);
        world.follow(&load.devices);
        rounds.push(Round { load, against });
    }
    figures.add_rates(["sign_in", "sign_in_cpu_us"], "sign-ins, against bare Argon2id", &rounds, Aim::AtLeast(0.95));
}

/// A known browser, since strangers share a rate limit.
pub fn task(signer: &Signer) -> Task {
    let body = serde_json::json!({"username": signer.username, "password": signer.password});
    let request = post("/api/login", &format!("__Host-finrust-device={DEVICE}"), &body.to_string());
    Task { request, follows: Follows::Device(signer.device.clone()) }
}

/// Hashes per second on all cores.
fn bare() -> f64 {
    let argon2id = Argon2id::default();
    let typed = TypedPassword::parse("zeven paarse olifanten dansen").expect("short enough");
    let hash = argon2id.hash(&typed, [7; 16]);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let count: u32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| verify_for_a_while(&argon2id, &typed, &hash))).collect();
        threads.into_iter().map(|thread| thread.join().expect("hashing does not panic")).sum()
    });
    f64::from(count) / started.elapsed().as_secs_f64()
}

fn verify_for_a_while(argon2id: &Argon2id, typed: &TypedPassword, hash: &PasswordHash) -> u32 {
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < TIME {
        assert!(argon2id.verify(Some(typed), Some(hash)), "it is the password");
        count += 1;
    }
    count
}
