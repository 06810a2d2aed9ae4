//! A forgotten password: the mail comes whatever fails, what is in it is used once, and the password that was acknowledged is the one.

use super::Story;
use crate::{
    cast::{PASSWORD, People, address},
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// Turns that the mail may take.
const WAIT: usize = 400;
const CHOSEN: [&str; 2] = ["tractor-zilver-ochtend-4", "molen-groene-maandag-7"];

pub struct Reset {
    bert: Client,
    /// What the password may be.
    passwords: Vec<&'static str>,
    /// A one-time password, and how many browsers it let choose a new one.
    used: usize,
}

impl Reset {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        Self { bert: people.client("bert", chance), passwords: vec![PASSWORD], used: 0 }
    }

    async fn mailed(&self) -> Option<String> {
        let (world, mailbox) = (&self.bert.world, address("bert"));
        let before = world.outside.mails_to(&mailbox);
        let asked = self.bert.insist(&Call::post("/api/password-reset", json!({"username": "bert"}))).await;
        asked.reply?.expect(StatusCode::ACCEPTED);
        for _ in 0..WAIT {
            if let Some(code) = world.outside.one_time_password(&mailbox, before) {
                return Some(code);
            }
            world.turns.turn().await;
        }
        None
    }

    /// Signs in with the one-time password in a new browser and chooses a password. Whether that was acknowledged.
    async fn choose(&self, one_time: &str, chosen: &str) -> bool {
        let browser = self.bert.elsewhere();
        let first = browser.insist(&Call::post("/api/login", json!({"username": "bert", "password": one_time}))).await;
        if !first.reply.is_some_and(|reply| reply.status == StatusCode::OK && reply.json()["next"] == "new_password") {
            return false;
        }
        browser.insist(&Call::post("/api/login/new-password", json!({"new_password": chosen})).alone()).await.is(StatusCode::OK)
    }

    async fn opens(&self, password: &str) -> bool {
        loop {
            let call = Call::post("/api/login", json!({"username": "bert", "password": password}));
            let reply = self.bert.elsewhere().send(&call).await.unwrap();
            if reply.status != StatusCode::TOO_MANY_REQUESTS {
                return reply.status == StatusCode::OK;
            }
            self.bert.world.outside.clock.advance(jiff::SignedDuration::from_secs(20));
        }
    }
}

#[async_trait]
impl Story for Reset {
    async fn tell(&mut self) {
        let Some(one_time) = self.mailed().await else { return };
        self.passwords.extend(CHOSEN);
        let (one, other) = tokio::join!(self.choose(&one_time, CHOSEN[0]), self.choose(&one_time, CHOSEN[1]));
        self.used = usize::from(one) + usize::from(other);
        if one {
            self.passwords = vec![CHOSEN[0]];
        } else if other {
            self.passwords = vec![CHOSEN[1]];
        }
    }

    async fn judge(&self) {
        assert!(self.used <= 1, "one one-time password chose two passwords");
        let mut open = Vec::new();
        for password in [PASSWORD, CHOSEN[0], CHOSEN[1]] {
            if self.opens(password).await {
                open.push(password);
            }
        }
        assert!(open.len() == 1 && self.passwords.contains(&open[0]), "{open:?} open, and {:?} may", self.passwords);
    }
}
