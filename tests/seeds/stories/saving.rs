//! Files are made, saved from two tabs, and deleted: what was acknowledged is stored, and no save overwrites another unseen.

use super::{
    Story,
    files::{Ledger, content, revision},
};
use crate::{
    actor::Reply,
    cast::People,
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use std::sync::Arc;

const SAVES: u32 = 3;

pub struct Saving {
    anna: Client,
    chance: Arc<Chance>,
    ledger: Ledger,
}

/// A file as it was last seen.
struct Seen {
    path: String,
    etag: String,
}

impl Seen {
    fn of(reply: &Reply) -> Self {
        let id = reply.json()["id"].as_str().unwrap().to_owned();
        Self { path: format!("/api/clients/{id}"), etag: reply.header("etag").unwrap().to_owned() }
    }
}

impl Saving {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        Self { anna: people.client("anna", chance), chance: Arc::clone(chance), ledger: Ledger::default() }
    }

    async fn make(&mut self, name: &str) -> Option<Seen> {
        self.ledger.sends(name, Some(0));
        let call = Call::post("/api/clients", content(name, 0)).keyed(&self.chance);
        let made = self.anna.insist(&call).await.reply?.expect(StatusCode::CREATED);
        self.ledger.settles(name, Some(0));
        Some(Seen::of(&made))
    }

    /// Saves a revision in one tab, and sometimes another in a second one, both from the version that was seen.
    async fn save(&mut self, name: &str, seen: &Seen, next: u32) -> Option<Seen> {
        let put = |revision: u32| Call::put(&seen.path, content(name, revision)).header("if-match", &seen.etag);
        self.ledger.sends(name, Some(next));
        let (one, other) = if self.chance.one_in(3) {
            self.ledger.sends(name, Some(next + 100));
            let calls = (put(next), put(next + 100));
            tokio::join!(self.anna.send(&calls.0), self.anna.send(&calls.1))
        } else {
            (self.anna.send(&put(next)).await, None)
        };
        let saved: Vec<_> = [one, other].into_iter().flatten().filter(|reply| reply.status == StatusCode::OK).collect();
        assert!(saved.len() < 2, "{name}: two saves of one version");
        match saved.first() {
            Some(reply) => {
                self.ledger.settles(name, Some(revision(&reply.json())));
                Some(Seen::of(reply))
            }
            None => self.look(name, seen).await,
        }
    }

    /// What was read is there from then on.
    async fn look(&mut self, name: &str, seen: &Seen) -> Option<Seen> {
        let read = self.anna.insist(&Call::get(&seen.path)).await.reply?.expect(StatusCode::OK);
        let found = revision(&read.json());
        assert!(self.ledger.allows(name, Some(found)), "{name} was read at {found}");
        // A request that nobody waits for any more may still be carried out.
        Some(Seen::of(&read))
    }

    async fn delete(&mut self, name: &str, seen: &Seen) {
        self.ledger.sends(name, None);
        let call = Call::new(Method::DELETE, &seen.path, None).header("if-match", &seen.etag);
        let heard = self.anna.insist(&call).await;
        if heard.is(StatusCode::NO_CONTENT) || heard.is(StatusCode::NOT_FOUND) {
            self.ledger.settles(name, None);
        }
    }
}

#[async_trait]
impl Story for Saving {
    async fn tell(&mut self) {
        for number in 0..=self.chance.below(2) {
            let name = format!("Klant {number}");
            let Some(mut seen) = self.make(&name).await else { continue };
            for next in 1..=SAVES {
                let Some(saved) = self.save(&name, &seen, next).await else { return };
                seen = saved;
            }
            if self.chance.one_in(3) {
                self.delete(&name, &seen).await;
            }
        }
    }

    async fn judge(&self) {
        self.ledger.judge(&self.anna).await;
    }
}
