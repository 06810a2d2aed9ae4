//! A person at a browser who does not give up at once: requests are repeated while nothing is answered, or while the service is not there.

use super::{chance::Chance, world::World};
use crate::actor::{Actor, Reply};
use axum::http::{Method, StatusCode};
use serde_json::Value;
use std::sync::Arc;

/// How often a request is sent before its sender gives up.
const TIMES: usize = 20;
/// The longest wait before a repetition, in turns.
const PATIENCE: usize = 12;

/// A request that can be sent again.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
    alone: bool,
}

impl Call {
    pub fn new(method: Method, path: impl Into<String>, body: impl Into<Option<Value>>) -> Self {
        Self { method, path: path.into(), body: body.into(), headers: Vec::new(), alone: false }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub fn post(path: impl Into<String>, body: impl Into<Option<Value>>) -> Self {
        Self::new(Method::POST, path, body)
    }

    pub fn put(path: impl Into<String>, body: impl Into<Option<Value>>) -> Self {
        Self::new(Method::PUT, path, body)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a key by which a repetition is recognised.
    pub fn keyed(self, chance: &Chance) -> Self {
        self.header("idempotency-key", chance.key())
    }

    /// It works on other threads, so it runs while nothing else does.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

/// What became of a request that was repeated.
pub struct Heard {
    /// The first answer that was not "come back later".
    pub reply: Option<Reply>,
    /// Whether an earlier one may have been carried out without an answer.
    pub uncertain: bool,
}

impl Heard {
    /// Whether it was answered with this status.
    pub fn is(&self, status: StatusCode) -> bool {
        self.reply.as_ref().is_some_and(|reply| reply.status == status)
    }
}

/// A browser and its user.
pub struct Client {
    pub actor: Actor,
    pub world: Arc<World>,
    pub chance: Arc<Chance>,
}

impl Client {
    pub fn new(actor: Actor, world: &Arc<World>, chance: &Arc<Chance>) -> Self {
        Self { actor, world: Arc::clone(world), chance: Arc::clone(chance) }
    }

    /// The same user in another browser.
    pub fn elsewhere(&self) -> Self {
        Self::new(self.actor.clone_as_new_browser(), &self.world, &self.chance)
    }

    /// Sends a request once. `None` when no answer comes: the process has died, or the client has hung up.
    pub async fn send(&self, call: &Call) -> Option<Reply> {
        let username = call.body.as_ref().and_then(|body| body["username"].as_str()).unwrap_or(&self.actor.username).to_owned();
        self.world.attempts.sends(&call.path, &username);
        let reply = if call.alone {
            let _alone = self.world.alone.write().await;
            self.exchange(call).await
        } else {
            let _together = self.world.alone.read().await;
            self.exchange(call).await
        }?;
        self.world.attempts.hears(&call.path, &username, &reply);
        Some(reply)
    }

    async fn exchange(&self, call: &Call) -> Option<Reply> {
        let process = self.world.process();
        let actor = self.actor.at(&process.front);
        let ask = actor.request(call.method.clone(), &call.path).json(call.body.clone());
        let ask = call.headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
        tokio::select! {
            biased;
            reply = ask.send() => Some(reply),
            () = process.line.death() => None,
            () = self.hang_up() => None,
        }
    }

    /// Returns when the client loses its patience, if it does.
    async fn hang_up(&self) {
        if self.world.is_on() && self.chance.one_in(self.world.rates.hang_ups) {
            self.world.turns.pass(self.chance.below(PATIENCE)).await;
        } else {
            std::future::pending::<()>().await;
        }
    }

    /// Sends a request until it is answered with anything but 503.
    pub async fn insist(&self, call: &Call) -> Heard {
        let mut uncertain = false;
        for _ in 0..TIMES {
            match self.send(call).await {
                Some(reply) if reply.status != StatusCode::SERVICE_UNAVAILABLE => {
                    assert!(!reply.status.is_server_error(), "{reply:?}");
                    return Heard { reply: Some(reply), uncertain };
                }
                _ => uncertain = true,
            }
            self.world.turns.pass(self.chance.below(PATIENCE)).await;
        }
        Heard { reply: None, uncertain }
    }
}
