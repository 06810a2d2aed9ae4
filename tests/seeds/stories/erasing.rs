//! A client asks to be forgotten: once that is acknowledged, nothing of the file is left, also after whatever runs later.

use super::{
    Story,
    files::{content, ids},
};
use crate::{
    cast::{PASSWORD, People},
    chance::Chance,
    client::{Call, Client},
};
use async_trait::async_trait;
use axum::http::StatusCode;
use finrust::ports::Container;
use serde_json::json;
use std::sync::Arc;

pub struct Erasing {
    fien: Client,
    chance: Arc<Chance>,
    erased: Option<String>,
}

impl Erasing {
    pub fn new(people: &People, chance: &Arc<Chance>) -> Self {
        Self { fien: people.client("fien", chance), chance: Arc::clone(chance), erased: None }
    }

    async fn run(&mut self) -> Option<()> {
        let made = self.fien.insist(&Call::post("/api/clients", content("Vergeet mij", 0)).keyed(&self.chance)).await.reply?;
        let id = made.expect(StatusCode::CREATED).json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/clients/{id}");
        let mark = json!({"step": "mark", "reason": "Op verzoek", "ground": "no_longer_needed"});
        self.fien.insist(&Call::post(format!("{path}/rights"), mark).keyed(&self.chance)).await.reply?.expect(StatusCode::OK);
        let erase = json!({"password": PASSWORD, "no_legal_duty": true});
        let heard = self.fien.insist(&Call::post(format!("{path}/erasure"), erase)).await;
        let gone = heard.is(StatusCode::NO_CONTENT) || (heard.uncertain && heard.is(StatusCode::NOT_FOUND));
        self.erased = gone.then_some(id);
        heard.reply.filter(|_| !gone).map(|reply| panic!("neither erased nor gone: {reply:?}"))
    }
}

#[async_trait]
impl Story for Erasing {
    async fn tell(&mut self) {
        self.run().await;
    }

    async fn judge(&self) {
        let Some(id) = &self.erased else { return };
        let read = self.fien.send(&Call::get(format!("/api/clients/{id}"))).await.unwrap();
        assert_eq!(read.status, StatusCode::NOT_FOUND, "{read:?}");
        assert!(!ids(&self.fien).await.contains(id), "it is in the list");
        for container in Container::ALL {
            let left: Vec<_> =
                self.fien.world.outside.documents.ids(container).into_iter().filter(|(_, name)| name.as_str().contains(id)).collect();
            assert!(left.is_empty(), "{left:?} is left of {id}");
        }
    }
}
