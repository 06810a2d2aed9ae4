//! How long a search takes, with sequential requests on one connection.

use super::{
    figures::{Aim, Figures, median},
    load::Connection,
    server::{Server, post},
    world::{Adviser, World},
};
use std::time::Instant;

const SEARCHES: usize = 50;

pub async fn measure(server: &Server, world: &World, figures: &mut Figures) {
    let time = time(server, &world.thousand).await;
    figures.add("search_1000_ms", "search over 1,000 files (median of 50)", time, "ms", Aim::AtMost(8.0));
    let time = self::time(server, &world.ten_thousand).await;
    figures.add("search_10000_ms", "search over 10,000 files (median of 50)", time, "ms", Aim::AtMost(50.0));
}

async fn time(server: &Server, adviser: &Adviser) -> f64 {
    let request = post("/api/clients/search", &adviser.cookie, r#"{"text":"utrecht","sort":"name","limit":50}"#);
    let mut connection = Connection::open(server.port).await.expect("the server listens");
    connection.ask(&request).await;
    let mut times = Vec::new();
    for _ in 0..SEARCHES {
        let started = Instant::now();
        connection.ask(&request).await;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    median(times)
}
