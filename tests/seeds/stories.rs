//! What people do, and what must be true of it afterwards.

mod breach;
mod erasing;
mod files;
mod hand_over;
mod importing;
mod keys;
mod names;
mod reset;
mod saving;
mod sign_in;
mod strangers;

use super::{cast::People, chance::Chance, world::World};
use async_trait::async_trait;
use std::sync::Arc;

/// A story. What it was told while things went wrong is compared with what is there when they no longer do.
#[async_trait]
pub trait Story: Send {
    async fn tell(&mut self);

    /// After all faults have ended and all background work is done.
    async fn judge(&self);
}

/// The stories of one seed: a few of them, at the same time.
pub fn of(seed: u64, world: &Arc<World>, people: &People) -> Vec<(&'static str, Box<dyn Story>)> {
    let chance = Arc::new(Chance::new(seed, 3));
    let mut all: Vec<(&'static str, Box<dyn Story>)> = vec![
        ("saving", Box::new(saving::Saving::new(people, &chance))),
        ("sign_in", Box::new(sign_in::SignIn::new(people, &chance))),
        ("reset", Box::new(reset::Reset::new(people, &chance))),
        ("importing", Box::new(importing::Importing::new(people, &chance))),
        ("hand_over", Box::new(hand_over::HandingOver::new(people, &chance))),
        ("keys", Box::new(keys::Keys::new(world, &chance))),
        ("breach", Box::new(breach::Breach::new(people, &chance))),
        ("erasing", Box::new(erasing::Erasing::new(people, &chance))),
        ("names", Box::new(names::Names::new(people, &chance))),
        ("strangers", Box::new(strangers::Strangers::new(people, &chance))),
    ];
    let most = 2 + chance.below(4);
    while all.len() > most {
        all.swap_remove(chance.below(all.len()));
    }
    all
}
