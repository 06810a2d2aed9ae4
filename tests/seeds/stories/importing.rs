//! A table of clients is imported by a client that goes on until it is finished: every row is one file.

use super::{Story, files::all};
use crate::{
    cast::People,
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::StatusCode;
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::sync::Arc;

/// Steps that one import may take.
const STEPS: usize = 10;

pub struct Importing {
    dirk: Client,
    chance: Arc<Chance>,
    rows: usize,
    finished: bool,
}

impl Importing {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        Self { dirk: people.client("dirk", chance), chance: Arc::clone(chance), rows: 2 + chance.below(6), finished: false }
    }

    /// Until it is finished; `None` when nobody answers any more.
    async fn run(&self) -> Option<bool> {
        let rows: Vec<_> = (0..self.rows).map(|row| format!("Rij {row};{row},50\r\n")).collect();
        let table = format!("Achternaam;Bezitting 1 waarde\r\n{}", rows.concat());
        let begin = Call::post("/api/imports", json!({"name": "klanten.csv", "bytes": table.len()})).keyed(&self.chance);
        let begun = self.dirk.insist(&begin).await.reply?.expect(StatusCode::CREATED).json();
        let path = format!("/api/imports/{}", begun["id"].as_str().unwrap());
        let part = Call::put(format!("{path}/parts/0"), json!({"data": BASE64.encode(table.as_bytes())}));
        self.dirk.insist(&part).await.reply?.expect(StatusCode::NO_CONTENT);
        self.dirk.insist(&Call::post(format!("{path}/check"), json!({})).alone()).await.reply?.expect(StatusCode::OK);
        for _ in 0..STEPS {
            let step: Value =
                self.dirk.insist(&Call::post(format!("{path}/continue"), json!({})).alone()).await.reply?.expect(StatusCode::OK).json();
            if step["finished"] == true {
                return Some(true);
            }
        }
        Some(false)
    }
}

#[async_trait]
impl Story for Importing {
    async fn tell(&mut self) {
        self.finished = self.run().await == Some(true);
    }

    async fn judge(&self) {
        let found = all(&self.dirk).await;
        let expected = (0..self.rows).filter(|row| found.contains_key(&format!("Rij {row}"))).count();
        assert_eq!(found.len(), expected, "files that are no row");
        assert!(!self.finished || expected == self.rows, "{expected} of {} rows although it was finished", self.rows);
    }
}
