//! Reading one client file, signed in, against a bare hello.

use super::{
    figures::{Aim, Figures, Round},
    load::rate,
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
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let against = rate(hello.port, &greeting, TIME).await;
        rounds.push(Round { rate: rate(server.port, &file, TIME).await, against });
    }
    figures.add_rates("read", "GET /api/clients/{id}, against an axum hello", &rounds, Aim::AtLeast(0.25));
}
