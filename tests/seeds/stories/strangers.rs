//! Others try to read a file: another adviser, an officer and nobody in particular, at every moment of its life.

use super::{Story, files::content};
use crate::{
    cast::People,
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::StatusCode;
use std::sync::Arc;

const TRIES: usize = 6;

pub struct Strangers {
    owner: Client,
    others: [Client; 3],
    chance: Arc<Chance>,
    path: Option<String>,
}

impl Strangers {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        let nobody = people.client("bert", chance).elsewhere();
        let others = [people.client("anna", chance), people.client("otto", chance), nobody];
        Self { owner: people.client("fien", chance), others, chance: Arc::clone(chance), path: None }
    }

    /// No answer that lets them in, whatever the parts around the file are.
    async fn tried(&self, path: &str) {
        let stranger = &self.others[self.chance.below(self.others.len())];
        let end = ["", "/trail", "/rights"][self.chance.below(3)];
        if let Some(reply) = stranger.send(&Call::get(format!("{path}{end}"))).await {
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::SERVICE_UNAVAILABLE];
            assert!(refused.contains(&reply.status), "{}: {reply:?}", stranger.actor.username);
        }
    }
}

#[async_trait]
impl Story for Strangers {
    async fn tell(&mut self) {
        let call = Call::post("/api/clients", content("Geheim", 0)).keyed(&self.chance);
        let Some(made) = self.owner.insist(&call).await.reply else { return };
        let path = format!("/api/clients/{}", made.json()["id"].as_str().unwrap());
        self.path = Some(path.clone());
        for _ in 0..TRIES {
            let save = Call::get(&path);
            tokio::join!(self.tried(&path), self.owner.send(&save));
        }
    }

    async fn judge(&self) {
        let Some(path) = &self.path else { return };
        for _ in 0..TRIES {
            self.tried(path).await;
        }
        self.owner.send(&Call::get(path)).await.unwrap().expect(StatusCode::OK);
    }
}
