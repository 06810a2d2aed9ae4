//! Whole stories in worlds where everything fails that can fail, each determined by one seed.
//!
//! ```text
//! seed -> what fails how often, how many instances, which stories, every interleaving, all randomness
//! ```
//!
//! Sign-in, reset, saving, import, hand-over, rotation, breach and erasure run at the same time, against a store, a queue, a vault, a mail
//! service and an erasure log that are slow, fail before and after they have worked, repeat and reorder, in processes that die at any
//! operation, for clients that hang up. When all faults have ended and all background work is done, what the clients were told is compared
//! with what is there.
//!
//! `FINRUST_SEEDS=10000 cargo test --test seeds` runs so many of them, `FINRUST_SEED=7` only that one.

#![cfg(test)]

#[expect(dead_code, reason = "shared with the suite of the API, which needs more of it")]
#[path = "../api/support/actor.rs"]
mod actor;
#[expect(dead_code, reason = "shared with the suite of the API, which needs more of it")]
#[path = "../api/support/contract.rs"]
mod contract;
#[expect(dead_code, reason = "shared with the suite of the API, which needs more of it")]
#[path = "../api/support/mailbox.rs"]
mod mailbox;

mod attempts;
mod cast;
mod chance;
mod client;
mod faults;
mod outside;
mod stories;
mod turns;
mod world;

use cast::Cast;
use chance::Chance;
use futures::future::join_all;
use jiff::SignedDuration;
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use stories::Story;
use world::World;

/// Seeds of the usual run.
const USUAL: u64 = 300;
/// A world that takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn every_seed_ends_well() {
    let cast = Cast::assemble();
    let (first, count) = match setting("FINRUST_SEED") {
        Some(seed) => (seed, 1),
        None => (setting("FINRUST_FIRST_SEED").unwrap_or_default(), setting("FINRUST_SEEDS").unwrap_or(USUAL)),
    };
    let (next, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let (next, failed, cast) = (&next, &failed, &cast);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(move || {
                loop {
                    let seed = first + next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| live(cast, seed))) {
                        failed.lock().unwrap().push((seed, said(&*panic)));
                    }
                }
            });
        }
    });
    let failed = failed.lock().unwrap();
    let lines: Vec<_> = failed.iter().map(|(seed, why)| format!("FINRUST_SEED={seed}: {why}")).collect();
    assert!(failed.is_empty(), "{} of {count} seeds:\n{}", failed.len(), lines.join("\n"));
    println!("{count} seeds from {first} on");
}

/// Two runs of one seed do the same: a seed that fails can be looked at.
#[test]
fn a_seed_determines_everything() {
    let cast = Cast::assemble();
    for seed in 0..5 {
        assert_eq!(live(&cast, seed), live(&cast, seed), "seed {seed}");
    }
}

/// Lives through one world. Returns how many operations there were.
fn live(cast: &Cast, seed: u64) -> u64 {
    let (world, people) = cast.world(seed);
    let mut stories = stories::of(seed, &world, &people);
    world.turns.runtime().block_on(async {
        let whole = async {
            world.begin();
            Box::pin(tell(&world, seed, &mut stories)).await;
            world.end();
            world.drain().await;
            for (_, story) in &stories {
                story.judge().await;
            }
            world.attempts.judge(&world.process().state, &cast.recorded).await;
            world.verify().await;
        };
        tokio::time::timeout(PATIENCE, Box::pin(whole)).await.expect("it hangs");
    });
    world.turns.given()
}

/// All stories at once, beside the worker of the queue, maintenance and time.
async fn tell(world: &Arc<World>, seed: u64, stories: &mut [(&'static str, Box<dyn Story>)]) {
    let told = join_all(stories.iter_mut().map(|(_, story)| story.tell()));
    tokio::select! {
        biased;
        _ = told => {}
        () = work(world) => {}
        () = maintain(world, seed) => {}
        () = pass_time(world, seed) => {}
    }
}

async fn work(world: &World) {
    loop {
        world.work_one().await;
    }
}

async fn maintain(world: &World, seed: u64) {
    let chance = Chance::new(seed, 4);
    loop {
        world.turns.pass(20 + chance.below(200)).await;
        world.maintain().await;
    }
}

/// At most some minutes in all: nobody's session ends of itself.
async fn pass_time(world: &World, seed: u64) {
    let chance = Chance::new(seed, 5);
    for _ in 0..30 {
        world.turns.pass(10 + chance.below(60)).await;
        world.outside.clock.advance(SignedDuration::from_secs(i64::try_from(chance.below(20)).unwrap()));
    }
    std::future::pending::<()>().await;
}

#[expect(clippy::disallowed_methods, reason = "the suite has no other settings")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic").to_owned()
}
