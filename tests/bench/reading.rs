//! Reading one client file while signed in, against the bare baseline.

use super::{
    figures::{Aim, Figures, Round, median},
    load::load,
    server::{Server, get},
    world::World,
};
use std::time::Duration;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_millis(1500);

pub async fn measure(server: &Server, world: &World, figures: &mut Figures) {
    let hello = Server::hello().await;
    let adviser = &world.thousand;
    let file = vec![get(&format!("/api/clients/{}", adviser.file), &adviser.cookie); CONNECTIONS];
    let greeting = vec![get("/", &adviser.cookie); CONNECTIONS];
    let (mut rounds, mut hellos) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let against = load(&hello, &greeting, TIME).await;
        rounds.push(Round { load: load(server, &file, TIME).await, against: against.rate });
        hellos.push(against.cpu_us);
    }
    figures.add("hello_cpu_us", "  processor time of a hello", median(hellos), "µs", Aim::None);
    figures.add_rates(["read", "read_cpu_us"], "GET /api/clients/{id}, against an axum hello", &rounds, Aim::AtLeast(0.25));
}
