//! Two officers invite the same username at the same time: there is one account.

use super::Story;
use crate::{
    cast::{People, address},
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::StatusCode;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

const NAME: &str = "nieuw";

pub struct Names {
    olga: Client,
    otto: Client,
    chance: Arc<Chance>,
    /// Ids of accounts whose making was acknowledged.
    made: BTreeSet<String>,
}

impl Names {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        let [olga, otto] = ["olga", "otto"].map(|name| people.client(name, chance));
        Self { olga, otto, chance: Arc::clone(chance), made: BTreeSet::new() }
    }

    async fn invite(&self, officer: &Client, name: &str) -> Option<String> {
        let body = json!({"username": name, "display_name": name, "email": address(name), "role": "adviser"});
        let reply = officer.insist(&Call::post("/api/accounts", body).keyed(&self.chance)).await.reply?;
        if reply.status == StatusCode::CREATED {
            return Some(reply.json()["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(reply.code(), "username_taken");
        None
    }
}

#[async_trait]
impl Story for Names {
    async fn tell(&mut self) {
        let (one, other) = tokio::join!(self.invite(&self.olga, NAME), self.invite(&self.otto, "NIEUW"));
        assert!(one.is_none() || other.is_none(), "two accounts were made of one name");
        self.made.extend(one.into_iter().chain(other));
    }

    async fn judge(&self) {
        let list = self.olga.send(&Call::get("/api/accounts?limit=200")).await.unwrap().expect(StatusCode::OK).json();
        let found: Vec<_> = list["items"].as_array().unwrap().iter().filter(|item| item["username"] == NAME).collect();
        assert!(found.len() <= 1 && found.len() >= self.made.len(), "{found:?}, and {:?} were acknowledged", self.made);
    }
}
