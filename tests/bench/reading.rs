//! Reading one client file while signed in, against the bare baseline.

use super::{
    figures::{Aim, Figures, Round},
    load::load,
    server::{Server, get},
    world::World,
};
use std::time::Duration;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 7;
const TIME: Duration = Duration::from_millis(1500);

pub async fn measure(server: &Server, world: &World, figures: &mut Figures) {
    let hello = Server::hello().await;
    let greeting = vec![get("/", &world.thousand.cookie); CONNECTIONS];
    let (mut rounds, mut hellos) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let against = load(&hello, &greeting, TIME);
        rounds.push(Round { load: load(server, &requests(world), TIME), against: against.rate });
        hellos.push(against.cpu_us);
    }
    figures.add_rates(["read", "read_cpu_us"], "GET /api/clients/{id}, against an axum hello", &rounds, Aim::AtLeast(0.4));
    figures.add("hello_cpu_us", "  processor time of a hello", hellos, "µs", Aim::None);
    figures.add("read_p99_ms", "  latency, 99th percentile", rounds.iter().map(|round| round.load.p99_ms), "ms", Aim::None);
}

/// A read on each connection.
pub fn requests(world: &World) -> Vec<String> {
    let adviser = &world.thousand;
    vec![get(&format!("/api/clients/{}", adviser.file), &adviser.cookie); CONNECTIONS]
}
