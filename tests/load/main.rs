//! An office at work: every operation of the interface, in realistic shares, from several people at once, on both databases.
//!
//! In the end: no failure but a clean 503, no lost write, every chain whole, memory flat, no descriptor left over.
//!
//! `FINRUST_LOAD_SECONDS=60 cargo test --test load` takes longer than the two seconds of the usual run; so does `tests/load/run.sh 60`.

#![cfg(test)]

mod adviser;
mod backend;
mod counts;
mod desk;
mod newcomer;
mod officer;
mod resources;

use backend::{Backend, Cosmos, Sqlite};
use counts::Counts;
use resources::Resources;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use test_support::program::Program;

const FINRUST: Program = Program {
    path: env!("CARGO_BIN_EXE_finrust"),
    settings: &[
        // Everybody comes from one address.
        ("FINRUST_SIGN_INS_PER_ADDRESS", "1000"),
        ("FINRUST_RESETS_PER_ADDRESS", "200"),
    ],
};
const ADVISERS: usize = 4;
/// The usual run.
const USUAL: u64 = 2;
/// Shorter runs say nothing about memory: caches are still filling.
const SAYS_SOMETHING: Duration = Duration::from_secs(30);

#[test]
fn an_office_at_work_on_sqlite_leaves_nothing_broken() {
    let backend = Sqlite::start();
    let (before, mut resources) = (Resources::descriptors(backend.pid()), Resources::of(backend.pid()));
    load(&backend, &mut resources);
    resources.judge(before);
    backend.verify();
}

#[test]
fn an_office_at_work_on_cosmos_leaves_nothing_broken() {
    let backend = Cosmos::start();
    // The emulator keeps everything in the memory of this process: its growth is not that of the program.
    load(&backend, &mut Resources::none());
    backend.verify();
}

/// Everybody works until the time is over, and then looks whether everything is there.
fn load(backend: &impl Backend, resources: &mut Resources) {
    let (counts, until, at_work) = (Counts::default(), Instant::now() + seconds(), AtomicUsize::new(0));
    let (counts, at_work) = (&counts, &at_work);
    let officers = officer::Officers::start(backend, counts);
    thread::scope(|scope| {
        for number in 0..ADVISERS {
            let name = format!("adviseur{number}");
            scope.spawn(move || spend(&name, at_work, || adviser::work(backend, counts, &name, until)));
        }
        scope.spawn(move || spend("officers", at_work, || officers.work(until)));
        scope.spawn(move || spend("newcomers", at_work, || newcomer::work(backend, counts, until)));
        // The first to come is not the last to leave.
        thread::sleep(Duration::from_millis(100));
        while at_work.load(Ordering::Relaxed) > 0 {
            resources.look();
            thread::sleep(Duration::from_millis(200));
        }
    });
    counts.judge();
}

/// A day of somebody.
fn spend(name: &str, at_work: &AtomicUsize, day: impl FnOnce()) {
    let (_here, begun) = (Here::at(at_work), Instant::now());
    day();
    println!("{name}: {:.1?}", begun.elapsed());
}

fn seconds() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "the suite has no other setting")]
    let given = std::env::var("FINRUST_LOAD_SECONDS");
    Duration::from_secs(given.map_or(USUAL, |seconds| seconds.parse().unwrap()))
}

/// Somebody who is at work until they leave, also by a failure.
struct Here<'a>(&'a AtomicUsize);

impl<'a> Here<'a> {
    fn at(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
