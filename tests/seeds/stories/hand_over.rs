//! An adviser leaves: two officers hand the files over, and each of them ends with one adviser.

use super::{Story, files::all};
use crate::{
    cast::{OF_CEES, People},
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

pub struct HandingOver {
    olga: Client,
    otto: Client,
    cees: Client,
    hugo: Client,
    chance: Arc<Chance>,
    approved: Option<String>,
}

impl HandingOver {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        let [olga, otto, cees, hugo] = ["olga", "otto", "cees", "hugo"].map(|name| people.client(name, chance));
        Self { olga, otto, cees, hugo, chance: Arc::clone(chance), approved: None }
    }

    async fn run(&mut self) -> Option<()> {
        let accounts = self.olga.insist(&Call::get("/api/accounts?limit=200")).await.reply?.expect(StatusCode::OK).json();
        let id = |username: &str| {
            let found = accounts["items"].as_array().unwrap().iter().find(|item| item["username"] == username);
            found.unwrap()["id"].as_str().unwrap().to_owned()
        };
        self.olga.insist(&Call::post(format!("/api/accounts/{}/disable", id("cees")), None)).await.reply?.expect(StatusCode::NO_CONTENT);
        let proposal = json!({"from": id("cees"), "to": id("hugo"), "reason": "Gaat met pensioen"});
        let proposed =
            self.olga.insist(&Call::post("/api/hand-overs", proposal).keyed(&self.chance)).await.reply?.expect(StatusCode::CREATED);
        let path = format!("/api/hand-overs/{}", proposed.json()["id"].as_str().unwrap());
        let approval = self.otto.insist(&Call::post(format!("{path}/approve"), None)).await;
        if approval.is(StatusCode::OK) {
            self.approved = Some(path);
        } else if let Some(reply) = approval.reply {
            assert!(approval.uncertain, "{reply:?}");
        }
        Some(())
    }

    async fn state(&self, path: &str) -> Value {
        self.otto.send(&Call::get(path)).await.unwrap().expect(StatusCode::OK).json()["state"].clone()
    }
}

#[async_trait]
impl Story for HandingOver {
    async fn tell(&mut self) {
        self.run().await;
    }

    async fn judge(&self) {
        let (arrived, gone) = (all(&self.hugo).await.len(), self.cees.send(&Call::get("/api/session")).await.unwrap());
        assert!(arrived == 0 || arrived == OF_CEES, "{arrived} of {OF_CEES} files have come");
        if let Some(path) = &self.approved {
            assert_eq!((self.state(path).await, arrived), (json!("completed"), OF_CEES));
            assert_eq!(gone.status, StatusCode::UNAUTHORIZED, "whoever has left is signed in");
        }
        if arrived == 0 && gone.status == StatusCode::OK {
            assert_eq!(all(&self.cees).await.len(), OF_CEES);
        }
    }
}
