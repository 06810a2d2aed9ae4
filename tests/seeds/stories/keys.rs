//! An operator rotates every data key, and the key-encryption key, while others work.

use super::Story;
use crate::{chance::Chance, world::World};
use async_trait::async_trait;
use finrust::{flows::rotation::Rotation, http::state::AppState, ports::Clock, store::error::StoreError};
use jiff::Timestamp;
use std::sync::Arc;

/// How often an operator starts the command again.
const TIMES: usize = 8;

pub struct Keys {
    world: Arc<World>,
    chance: Arc<Chance>,
}

impl Keys {
    pub fn new(world: &Arc<World>, chance: &Arc<Chance>) -> Self {
        Self { world: Arc::clone(world), chance: Arc::clone(chance) }
    }
}

/// The command, as often as it is needed.
async fn rotate(state: &AppState, before: Timestamp) -> Result<(), StoreError> {
    let (sealing, clock) = (&*state.services.sealing, &*state.services.clock);
    let rotation = Rotation { sealing, documents: &*state.documents, clock };
    for scope in sealing.sealing_scopes().await? {
        sealing.rotate(scope, before).await?;
        let done = rotation.reseal(scope, usize::MAX, |_| {}).await?;
        assert_eq!(done.broken, 0, "documents that do not open");
    }
    Ok(())
}

#[async_trait]
impl Story for Keys {
    async fn tell(&mut self) {
        self.world.turns.pass(self.chance.below(150)).await;
        if self.chance.one_in(2) {
            self.world.outside.add_version();
        }
        let before = Timestamp::from_second(self.world.outside.clock.now().as_second() + 1).unwrap();
        for _ in 0..TIMES {
            if let Some(Ok(())) = self.world.within(async |state| rotate(state, before).await).await {
                return;
            }
            self.world.turns.pass(self.chance.below(30)).await;
        }
    }

    /// That everything opens is part of what every world is judged by.
    async fn judge(&self) {}
}
