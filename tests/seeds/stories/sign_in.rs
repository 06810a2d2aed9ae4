//! Signing in with a second factor, from two browsers at once: a code is used once, also a recovery code.

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

/// How often each browser shows the same code.
const SHOWN: usize = 3;

pub struct SignIn {
    eva: Client,
    chance: Arc<Chance>,
}

impl SignIn {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        Self { eva: people.client("eva", chance), chance: Arc::clone(chance) }
    }

    /// Another browser in which the password was typed.
    async fn half(&self) -> Option<Client> {
        let half = self.eva.elsewhere();
        let call = Call::post("/api/login", json!({"username": "eva", "password": half.actor.password}));
        let reply = half.insist(&call).await.reply?;
        (reply.status == StatusCode::OK && reply.json()["next"] == "two_factor").then_some(half)
    }

    async fn guess(&self) {
        let stranger = self.eva.elsewhere();
        let username = if self.chance.one_in(2) { "eva" } else { "niemand" };
        let call = Call::post("/api/login", json!({"username": username, "password": "geraden-wachtwoord"}));
        if let Some(reply) = stranger.send(&call).await {
            assert!(reply.status != StatusCode::OK, "{reply:?}");
        }
    }
}

/// Shows the same second factor again and again. How often it was taken.
async fn show(half: &Client, body: &Value) -> usize {
    let mut taken = 0;
    for _ in 0..SHOWN {
        if let Some(reply) = half.send(&Call::post("/api/login/two-factor", body.clone())).await {
            taken += usize::from(reply.status == StatusCode::OK);
        }
    }
    taken
}

#[async_trait]
impl Story for SignIn {
    async fn tell(&mut self) {
        for _ in 0..self.chance.below(3) {
            self.guess().await;
        }
        let recovery = self.eva.actor.recovery_codes.clone();
        for recovery_code in recovery.iter().take(1 + self.chance.below(2)) {
            let (one, other) = tokio::join!(self.half(), self.half());
            let (Some(one), Some(other)) = (one, other) else { return };
            let body = match self.chance.below(2) {
                0 => json!({"code": self.eva.actor.code()}),
                _ => json!({"recovery_code": recovery_code}),
            };
            let (first, second) = tokio::join!(show(&one, &body), show(&other, &body));
            assert!(first + second <= 1, "{body} was used {} times", first + second);
        }
    }

    async fn judge(&self) {
        let half = loop {
            // Wrong tries made her wait.
            if let Some(half) = self.half().await {
                break half;
            }
            self.eva.world.outside.clock.advance(jiff::SignedDuration::from_mins(1));
        };
        let body = json!({"code": half.actor.code()});
        let reply = half.send(&Call::post("/api/login/two-factor", body)).await.unwrap();
        assert!(reply.status == StatusCode::OK || reply.status == StatusCode::TOO_MANY_REQUESTS, "{reply:?}");
    }
}
