//! Signing in over HTTP, against bare Argon2id with the same parameters on the same cores.

use super::{
    figures::{Aim, Figures, Round},
    load::load,
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

pub async fn measure(server: &Server, world: &World, figures: &mut Figures) {
    let each: Vec<String> = world.signers.iter().map(request).collect();
    let one = vec![request(&world.signers[0]); each.len()];
    let (mut rounds, mut rounds_of_one) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let against = tokio::task::spawn_blocking(bare).await.expect("hashing does not panic");
        rounds.push(Round { load: load(server, &each, TIME), against });
        rounds_of_one.push(Round { load: load(server, &one, TIME), against });
    }
    figures.add_rates(["sign_in", "sign_in_cpu_us"], "sign-ins, against bare Argon2id", &rounds, Aim::AtLeast(0.95));
    figures.add_rates(
        ["sign_in_one_account", "sign_in_one_account_cpu_us"],
        "sign-ins to one account, against bare Argon2id",
        &rounds_of_one,
        Aim::None,
    );
}

/// A known browser, since strangers share a rate limit.
pub fn request(signer: &Signer) -> String {
    let body = serde_json::json!({"username": signer.username, "password": signer.password});
    post("/api/login", &format!("__Host-finrust-device={}", signer.device), &body.to_string())
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
