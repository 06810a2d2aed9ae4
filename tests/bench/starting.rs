//! Time from process start to the first 200 of `/api/health`.

use super::{
    figures::{Aim, Figures},
    server::Program,
    world::World,
};
use std::time::Instant;

const STARTS: usize = 20;

pub async fn measure(program: &Program, world: &World, figures: &mut Figures) {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = program.start(world.data());
        server.wait_for("/api/health").await;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    figures.add("start_ms", "start to the first 200 of /api/health", times, "ms", Aim::AtMost(16.0));
}
