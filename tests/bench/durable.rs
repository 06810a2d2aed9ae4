//! The baseline for saving: SQLite alone, one row of a client file's size in each transaction, flushed to disk before the next begins.

use rusqlite::Connection;
use std::{
    path::Path,
    time::{Duration, Instant},
};

const ROW_BYTES: usize = 2048;
const ROWS: u32 = 1000;

/// Durable transactions per second in a database of its own in this directory.
pub fn rate(directory: &Path, time: Duration) -> f64 {
    let path = directory.join("durable.db");
    let connection = Connection::open(&path).expect("a database");
    let settings =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body BLOB)";
    connection.execute_batch(settings).expect("settings");
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < time {
        let body = vec![u8::try_from(count % 251).expect("below 251"); ROW_BYTES];
        let put = "INSERT INTO rows VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = ?2";
        connection.prepare_cached(put).and_then(|mut statement| statement.execute((count % ROWS, body))).expect("a transaction");
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}
