//! The people of every world, furnished once: each seed gets a copy.

use super::{chance::Chance, client::Client, outside::Outside, world::World};
use crate::actor::{Actor, Front};
use axum::http::StatusCode;
use finrust::{
    domain::sign_in::credentials::{DisplayName, EmailAddress, Language, Role, Username},
    flows::accounts::administration::{Invitee, Inviter, invite},
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

pub const PASSWORD: &str = "vlieger-koper-dinsdag-9";
/// Advisers; each belongs to one story.
const ADVISERS: [&str; 7] = ["anna", "bert", "cees", "dirk", "eva", "fien", "hugo"];
const OFFICERS: [&str; 2] = ["olga", "otto"];
/// Files of the adviser who leaves.
pub const OF_CEES: usize = 3;

/// The outside as everybody has just signed in, and who they are.
pub struct Cast {
    outside: Outside,
    actors: Vec<Actor>,
    /// Attempts recorded so far.
    pub recorded: BTreeMap<String, u32>,
}

impl Cast {
    /// Furnishes a world in which nothing fails.
    pub fn assemble() -> Self {
        let world = World::new(0, Outside::new());
        let (actors, recorded) = world.turns.runtime().block_on(furnish(&world));
        Self { outside: world.outside.copy(), actors, recorded }
    }

    /// A world of this seed, and its people.
    pub fn world(&self, seed: u64) -> (Arc<World>, People) {
        let world = World::new(seed, self.outside.copy());
        let front = Arc::clone(&world.process().front);
        let actors = self.actors.iter().map(|actor| (actor.username.clone(), actor.apart(&front))).collect();
        (Arc::clone(&world), People { world, actors })
    }
}

/// Who lives in a world.
pub struct People {
    world: Arc<World>,
    actors: BTreeMap<String, Actor>,
}

impl People {
    pub fn client(&self, username: &str, chance: &Arc<Chance>) -> Client {
        Client::new(self.actors[username].clone(), &self.world, chance)
    }
}

/// The address of a user.
pub fn address(username: &str) -> String {
    format!("{username}@example.nl")
}

async fn furnish(world: &Arc<World>) -> (Vec<Actor>, BTreeMap<String, u32>) {
    let front = Arc::clone(&world.process().front);
    let (mut actors, mut recorded) = (Vec::new(), BTreeMap::new());
    for username in ADVISERS.into_iter().chain(OFFICERS) {
        let role = if OFFICERS.contains(&username) { Role::Officer } else { Role::Adviser };
        let mut actor = Box::pin(settled(world, &front, username, role)).await;
        if role == Role::Officer || username == "eva" {
            Box::pin(actor.enrol()).await;
        }
        while world.work_one().await {}
        recorded.insert(username.to_owned(), super::attempts::recorded(&world.process().state, username).await);
        actors.push(actor);
    }
    let cees = actors.iter().find(|actor| actor.username == "cees").unwrap();
    for number in 0..OF_CEES {
        cees.post("/api/clients", json!({"person": {"last_name": format!("Van Cees {number}")}})).await.expect(StatusCode::CREATED);
    }
    (actors, recorded)
}

async fn settled(world: &Arc<World>, front: &Arc<Front>, username: &str, role: Role) -> Actor {
    let invitee = Invitee {
        username: Username::parse(username).unwrap(),
        display_name: DisplayName::parse(username).unwrap(),
        email: EmailAddress::parse(&address(username)).unwrap(),
        role,
        language: Language::Nl,
        controller: None,
    };
    let process = world.process();
    assert!(invite(&process.state.services, Inviter::Operator, &invitee).await.is_ok(), "{username} is invited");
    while world.work_one().await {}
    let mut actor = Actor::new(front);
    username.clone_into(&mut actor.username);
    actor.password = world.outside.one_time_password(&address(username), 0).unwrap();
    actor.log_in().await.expect(StatusCode::OK);
    actor.post("/api/login/new-password", json!({ "new_password": PASSWORD })).await.expect(StatusCode::OK);
    PASSWORD.clone_into(&mut actor.password);
    actor
}
