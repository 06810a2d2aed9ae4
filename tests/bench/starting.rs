//! Time from process start to the first 200 of `/api/health`.

use super::{
    figures::{Aim, Figures, median},
    server::Server,
    world::World,
};
use std::time::Instant;

const STARTS: usize = 20;

pub async fn measure(world: &World, figures: &mut Figures) {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = Server::start_program(world.data());
        server.wait_for("/api/health").await;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    figures.add("start_ms", "start to the first 200 of /api/health (median of 20)", median(times), "ms", Aim::AtMost(15.0));
}
