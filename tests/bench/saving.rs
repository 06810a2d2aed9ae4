//! Saving client files, each adviser one after the other, against bare durable transactions on the same disk.

use super::{
    client::{ETAG, Follows, TURN, Task},
    durable,
    figures::{Aim, Figures, Round},
    load::load_with,
    server::{Server, get, send_with},
    world::{Signer, World},
};
use std::time::Duration;

const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_millis(1500);

pub fn measure(server: &Server, world: &World, figures: &mut Figures) {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let against = durable::rate(world.data(), TIME);
        rounds.push(Round { load: load_with(server, world.signers.iter().map(save).collect(), TIME), against });
    }
    let label = "PUT /api/clients/{id} by 16 advisers, against bare durable transactions";
    figures.add_rates(["save", "save_cpu_us"], label, &rounds, Aim::AtLeast(0.5));
    figures.add("save_p50_ms", "  latency, median", rounds.iter().map(|round| round.load.p50_ms), "ms", Aim::None);
    figures.add("save_p99_ms", "  latency, 99th percentile", rounds.iter().map(|round| round.load.p99_ms), "ms", Aim::None);
}

fn save(signer: &Signer) -> Task {
    let path = format!("/api/clients/{}", signer.file);
    let body = format!(r#"{{"person":{{"first_name":"Anna","last_name":"Dijk"}},"notes":"{TURN}{}"}}"#, "x".repeat(2000));
    // What stands in place of the number is as long as that is.
    let request = send_with("PUT", &path, &signer.cookie, &[("If-Match", ETAG)], &body, body.len() - TURN.len() + 8);
    Task { request, follows: Follows::Version(get(&path, &signer.cookie)) }
}
