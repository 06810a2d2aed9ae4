//! How long a search takes, with sequential requests on one connection.

use super::{
    client::Connection,
    figures::{Aim, Figures},
    server::{Server, post},
    world::{Adviser, World},
};
use std::time::Instant;

const ROUNDS: usize = 5;
const SEARCHES: usize = 20;

const FOUND: &str = r#"{"text":"utrecht","sort":"name","limit":50}"#;
const FIRST: &str = r#"{"limit":200}"#;

pub async fn measure(server: &Server, world: &World, figures: &mut Figures) {
    for (name, label, adviser, body, most) in [
        ("search_1000_ms", "search over 1,000 files", &world.thousand, FOUND, None),
        ("search_10000_ms", "search over 10,000 files", &world.ten_thousand, FOUND, Some(15.0)),
        ("first_200_ms", "the first 200 of 10,000 files", &world.ten_thousand, FIRST, Some(8.0)),
    ] {
        let mut medians = Vec::new();
        for _ in 0..ROUNDS {
            medians.push(median_of(server, adviser, body).await);
        }
        figures.add(name, label, medians, "ms", most.map_or(Aim::None, Aim::AtMost));
    }
}

async fn median_of(server: &Server, adviser: &Adviser, body: &str) -> f64 {
    let request = post("/api/clients/search", &adviser.cookie, body);
    let mut connection = Connection::open(server.port).await.expect("the server listens");
    connection.ask(request.as_bytes()).await;
    let mut times = Vec::new();
    for _ in 0..SEARCHES {
        let started = Instant::now();
        connection.ask(request.as_bytes()).await;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    super::figures::Spread::of(times).median
}
