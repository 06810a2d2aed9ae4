//! A breach is registered and dealt with: each step that was acknowledged is in the record once, and in its place.

use super::Story;
use crate::{
    cast::People,
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

pub struct Breach {
    olga: Client,
    chance: Arc<Chance>,
    path: Option<String>,
    /// Steps that were acknowledged, in order.
    taken: Vec<&'static str>,
    /// One that nobody answered.
    open: Option<&'static str>,
}

impl Breach {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        Self { olga: people.client("olga", chance), chance: Arc::clone(chance), path: None, taken: Vec::new(), open: None }
    }

    async fn run(&mut self) -> Option<()> {
        let suspicion = json!({"what": "Er was iemand binnen", "noticed_at": "2026-11-23T08:30:00Z"});
        let made = self.olga.insist(&Call::post("/api/breaches", suspicion).keyed(&self.chance)).await.reply?.expect(StatusCode::CREATED);
        let path = format!("/api/breaches/{}", made.json()["id"].as_str().unwrap());
        self.path = Some(path.clone());
        let steps = [
            ("became_aware", json!({"step": "became_aware", "at": "2026-11-23T09:00:00Z"})),
            ("annotated", json!({"step": "annotated", "note": "Gebeld met de beheerder."})),
            ("assessed", json!({"step": "assessed", "risk": "high_risk", "reasons": "BSN en inkomen zijn ingezien."})),
            ("annotated", json!({"step": "annotated", "note": "Gebeld met de jurist."})),
            ("not_reported", json!({"step": "not_reported", "reason": "Geen risico."})),
        ];
        for (name, body) in steps {
            self.open = Some(name);
            self.olga.insist(&Call::post(format!("{path}/steps"), body).keyed(&self.chance)).await.reply?.expect(StatusCode::OK);
            self.taken.push(self.open.take()?);
        }
        Some(())
    }
}

/// The names of the steps that officers took, oldest first: without the suspicion itself, and what the service adds about its mails.
fn steps(record: &Value) -> Vec<String> {
    let steps = record["steps"].as_array().unwrap();
    let names = steps.iter().skip(1).map(|step| step["event"]["step"].as_str().unwrap().to_owned());
    names.filter(|name| name != "notice_posted").collect()
}

#[async_trait]
impl Story for Breach {
    async fn tell(&mut self) {
        self.run().await;
    }

    async fn judge(&self) {
        let list = self.olga.send(&Call::get("/api/breaches?limit=200")).await.unwrap().expect(StatusCode::OK).json();
        let count = list["items"].as_array().unwrap().len();
        assert!(count <= 1, "one suspicion, {count} breaches");
        if let Some(path) = &self.path {
            let found = steps(&self.olga.send(&Call::get(path)).await.unwrap().expect(StatusCode::OK).json());
            let with_open: Vec<_> = self.taken.iter().copied().chain(self.open).collect();
            assert!(found == self.taken || found == with_open, "{found:?}, and {:?} were acknowledged, {:?} not", self.taken, self.open);
        }
    }
}
