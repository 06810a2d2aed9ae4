//! How long a user waits on Cosmos DB, alone and among others.

use super::{
    account::signed_in,
    filling,
    instance::{Backend, Instance},
    operations::Operation,
    say,
    user::User,
};
use std::time::Duration;
use tokio::{sync::Mutex, task::JoinSet};

/// Users at once, and measured operations of each.
const CROWDS: [(usize, usize); 3] = [(1, 100), (8, 50), (64, 12)];
/// Advisers that the largest of them needs.
pub const USERS: usize = 64;
/// As many as the emulator has by default.
pub const PARTITIONS: u32 = 4;
/// Files of each. The emulator copies all documents of a physical partition for each commit, so there are not many.
const FILES: usize = 50;
/// Files that a user reads and saves in turn.
const OPENED: usize = 4;

/// Advisers at one instance on Cosmos DB.
pub struct World {
    pub backend: Backend,
    pub instance: Instance,
    pub users: Mutex<Vec<User>>,
}

/// An operation among so many users.
pub struct Row {
    pub operation: Operation,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Requests to the database for each operation, retries and pages included; `None` where other requests come in between.
    pub requests: Option<f64>,
    /// How many of them one after the other; for a single user.
    pub round_trips: Option<u64>,
}

impl World {
    /// With so many advisers, on containers with so many physical partitions.
    pub async fn make(count: usize, partitions: u32) -> Self {
        say("Making advisers with 50 files each on Cosmos DB …");
        let backend = Backend::cosmos(partitions).await;
        let instance = backend.start().await;
        instance.network.disable();
        let mut users = Vec::new();
        for number in 0..count {
            let account = Box::pin(signed_in(&instance.state.services, &format!("adviseur-{number}"))).await;
            let ids = filling::files(&instance, &account.at_work, 0..FILES).await;
            users.push(Box::pin(User::at(&instance.router, account, &ids[..OPENED])).await);
        }
        instance.network.enable();
        Self { backend, instance, users: Mutex::new(users) }
    }
}

pub async fn measure(world: &World) -> Vec<Row> {
    let mut rows = Vec::new();
    for operation in Operation::ALL {
        for (users, times) in CROWDS {
            rows.push(Box::pin(crowd(world, operation, users, times)).await);
        }
    }
    rows
}

async fn crowd(world: &World, operation: Operation, users: usize, times: usize) -> Row {
    let World { instance, users: all, .. } = world;
    let mut all = all.lock().await;
    let round_trips = if users == 1 { Some(alone(instance, operation, &mut all[0]).await) } else { None };
    let mut tasks = JoinSet::new();
    for mut user in all.drain(..users) {
        tasks.spawn(async move {
            // Loads what stays in memory.
            operation.run(&mut user).await;
            user
        });
    }
    let ready = tasks.join_all().await;
    let before = (instance.network.hit_count(), instance.trace.vault_calls());
    let mut tasks = JoinSet::new();
    for mut user in ready {
        tasks.spawn(async move {
            let mut waits = Vec::new();
            for _ in 0..times {
                waits.push(operation.run(&mut user).await.took());
            }
            (user, waits)
        });
    }
    let mut waits: Vec<Duration> = Vec::new();
    for (user, its) in tasks.join_all().await {
        all.push(user);
        waits.extend(its);
    }
    let sent = f64::from(instance.network.hit_count() - before.0);
    // Each key is fetched again every five minutes, for whoever comes first.
    let is_warm = instance.trace.vault_calls() == before.1;
    waits.sort_unstable();
    let at = |percent: usize| waits[waits.len() * percent / 100].as_secs_f64() * 1000.0;
    let operations = u32::try_from(waits.len()).expect("a few thousand");
    let requests = (operation.is_alone() && is_warm).then(|| sent / f64::from(operations));
    let (most, _) = operation.costs();
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let most = most as f64;
    assert!(requests.is_none_or(|requests| requests <= most), "{} takes {requests:?} requests of {most}", operation.name());
    Row { operation, p50_ms: at(50), p99_ms: at(99), requests, round_trips }
}

/// Checks an operation of a single user against the table, and returns its round trips.
async fn alone(instance: &Instance, operation: Operation, user: &mut User) -> u64 {
    operation.run(user).await;
    if operation == Operation::ListAfterSave {
        user.save().await;
    }
    let (sent, vault) = (instance.network.hit_count(), instance.trace.vault_calls());
    instance.prices.reset();
    let session = operation.perform(user).await;
    let ((_, trips), sent) = (instance.prices.total(), u64::from(instance.network.hit_count() - sent));
    let vault = instance.trace.vault_calls() - vault;
    if let Some(session) = session {
        user.sign_out(&session).await;
    }
    let (most_requests, most_trips) = operation.costs();
    let name = operation.name();
    assert!(
        trips > 0 && trips <= most_trips && sent <= most_requests,
        "{name}: {sent} requests of {most_requests}, {trips} round trips of {most_trips}"
    );
    assert_eq!(vault, 0, "{name} asks the vault");
    trips
}
