//! Time, round trips, request units and memory of each operation, at growing numbers of files and of accounts.

use super::{
    account::signed_in,
    filling,
    grown::{Axis, Point, Series, Sizes},
    instance::{Backend, Instance, ROUND_TRIP},
    memory,
    operations::Operation,
    say,
    trace::{Span, Step},
    user::User,
    work::Work,
};
use finrust::domain::ids::ClientId;
use serde_json::json;
use std::time::{Duration, Instant};

/// Files that are read and saved in turn, spread over all of them.
const OPENED: usize = 50;
/// Files of the adviser when accounts grow, and at first.
const LEAST_FILES: usize = 100;
const LEAST_RUNS: usize = 5;
const MOST_RUNS: usize = 10_000;
/// How long an operation is repeated.
const TIME: Duration = Duration::from_secs(1);

pub async fn measure(sizes: &Sizes) -> Vec<Series> {
    let mut all = Vec::new();
    for axis in [Axis::Files, Axis::Accounts] {
        for backend in [Backend::sqlite(), Backend::cosmos(1).await] {
            all.extend(Box::pin(on(&backend, axis, sizes)).await);
        }
    }
    all
}

async fn on(backend: &Backend, axis: Axis, sizes: &Sizes) -> Vec<Series> {
    let start = |work: &Work| Series { backend: backend.name(), axis, work: *work, points: Vec::new() };
    let mut all: Vec<Series> = axis.works().iter().map(start).collect();
    let instance = backend.start().await;
    // Time in the emulator is replaced by that of round trips, see below.
    instance.network.disable();
    let account = Box::pin(signed_in(&instance.state.services, "groei")).await;
    let at_work = account.at_work;
    let mut ids = filling::files(&backend.fill().await, &at_work, 0..LEAST_FILES).await;
    let mut user = Box::pin(User::at(&instance.router, account, &[])).await;
    user.ask("PUT", "/api/retention", json!({ "months": 1, "reason": "De bench meet het." })).await;
    let mut filled = 1;
    for size in axis.sizes(sizes) {
        // Knows nothing of what was written before: it writes over whatever is there.
        let filler = backend.fill().await;
        match axis {
            Axis::Files => ids.extend(filling::files(&filler, &at_work, ids.len()..size).await),
            Axis::Accounts => filling::accounts(&filler, &at_work, filled..size).await,
        }
        filled = size;
        Box::pin(user.opens(&spread(&ids))).await;
        for series in all.iter_mut().filter(|series| is_measured(backend, axis, series.work, size)) {
            let point = Box::pin(point(&instance, backend, &mut user, series.work, size)).await;
            let (name, axis) = (series.work.name(), axis.name());
            say(&format!("{:<10} {size:>7} {axis:<20} {name:<22} {:>10.2} ms", backend.name(), point.ms));
            series.points.push(point);
        }
    }
    all
}

fn spread(ids: &[ClientId]) -> Vec<ClientId> {
    ids.iter().copied().step_by((ids.len() / OPENED).max(1)).take(OPENED).collect()
}

async fn point(instance: &Instance, backend: &Backend, user: &mut User, work: Work, size: usize) -> Point {
    let Cost { first_ms, round_trips, request_units, memory_mb } = Box::pin(cost(instance, backend, user, work)).await;
    let mut times = if work.is_long() { vec![first_ms] } else { Vec::new() };
    let begun = Instant::now();
    while !work.is_long() && (times.len() < LEAST_RUNS || begun.elapsed() < TIME && times.len() < MOST_RUNS) {
        instance.trace.watch();
        let span = work.run(instance, user).await;
        times.push(millis(backend, span, &instance.trace.take(), round_trips));
    }
    times.sort_by(f64::total_cmp);
    Point { size, ms: times[times.len() / 2], round_trips, request_units, memory_mb }
}

/// On Cosmos DB, time in the emulator is replaced by that of the round trips.
fn millis(backend: &Backend, span: Span, steps: &[Step], round_trips: u64) -> f64 {
    let seconds = match backend {
        Backend::Sqlite(_) => span.took().as_secs_f64(),
        Backend::Cosmos(..) => span.outside(steps).as_secs_f64() + waited(round_trips),
    };
    seconds * 1000.0
}

/// What so many round trips take on the network, in seconds.
#[expect(clippy::cast_precision_loss, reason = "round trips are far below 2^52")]
fn waited(round_trips: u64) -> f64 {
    round_trips as f64 * ROUND_TRIP.as_secs_f64()
}

/// The emulator copies all documents of a partition, or of a container, for each page: work over many pages takes minutes there, none of
/// which is FinRust's.
const fn is_measured(backend: &Backend, axis: Axis, work: Work, size: usize) -> bool {
    let most = match (backend, axis, work) {
        (Backend::Sqlite(_), ..) | (_, _, Work::Accounts | Work::Request(Operation::Read | Operation::Save | Operation::SignIn)) => {
            usize::MAX
        }
        (_, Axis::Files, Work::Export | Work::Maintenance | Work::Verify) => 1_000,
        (_, Axis::Accounts, Work::Verify) => 100,
        (_, Axis::Files | Axis::Accounts, _) => 10_000,
    };
    size <= most
}

/// What one run takes.
struct Cost {
    first_ms: f64,
    round_trips: u64,
    request_units: f64,
    memory_mb: f64,
}

/// The cost of a run; of a short one, once everything is in memory.
async fn cost(instance: &Instance, backend: &Backend, user: &mut User, work: Work) -> Cost {
    if !work.is_long() {
        work.run(instance, user).await;
    }
    work.prepare(user).await;
    instance.prices.reset();
    instance.trace.watch();
    let before = memory::reset_peak();
    let (span, session) = Span::of(Box::pin(work.perform(instance, user))).await;
    let memory_mb = (memory::peak() - before).max(0.0);
    let (request_units, round_trips) = instance.prices.total();
    let first_ms = millis(backend, span, &instance.trace.take(), round_trips);
    if let Some(session) = session {
        user.sign_out(&session).await;
    }
    Cost { first_ms, round_trips, request_units, memory_mb }
}
