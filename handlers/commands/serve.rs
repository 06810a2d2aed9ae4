//! `finrust serve`: binds first, warms up after; works the queue off and keeps house on the embedded default.

use super::{console::say, failure::CommandError, key_check::check_key};
use crate::{
    adapters::{cosmos_account::CosmosAccount, queue_table::QueueTable},
    app::{Absent, Hands, World},
    config::Config,
    domain::limits::LimitSettings,
    embedded::work_off,
    flows::maintenance,
    http::{
        connection::{Connections, Deadlines, service},
        readiness::Stage,
        routes::router,
        state::AppState,
    },
    store::{error::StoreError, sealing::KeyScope},
};
use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

/// A message from another process wakes nobody: look this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Mails that stayed behind are announced again this often.
const MAINTAIN_EVERY: Duration = Duration::from_secs(15 * 60);
/// Keys that are over their time are wiped this often.
const PURGE_EVERY: Duration = Duration::from_secs(60);
/// What was not ready is asked again after so long, and after twice as long each time.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);
const TRY_AGAIN_AT_LEAST_EVERY: Duration = Duration::from_secs(60);

/// Serves until the process is stopped.
///
/// # Errors
/// [`CommandError`].
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let listener = bind(config.port).await?;
    // The host takes every line for one of the log.
    let behind_host = config.behind_host;
    let announce = Arc::new(move |path: &std::path::Path| {
        if !behind_host {
            say(&format!("Mail: {}", path.display()));
        }
    });
    let world = World::open(config, Absent::Create, announce)?;
    let state = world.state.clone();
    match &world.hands {
        Hands::Own { .. } => {
            check_key(&state.services).await?;
            if !config.behind_host {
                tokio::spawn(greet(state));
            }
        }
        Hands::Host { account } => {
            state.readiness.set(Stage::NotYet);
            tokio::spawn(get_ready(state, Arc::clone(account)));
        }
    }
    if config.behind_host {
        tracing::info!(event = "serving");
    } else {
        say(&format!("FinRust serves {}", config.public_url));
        say(&limits(config.limits));
    }
    serve(listener, world, config.behind_host).await
}

/// What is in force, for whoever wonders why somebody is refused.
fn limits(limits: LimitSettings) -> String {
    let LimitSettings { address_burst, strangers_per_second, reset_burst } = limits;
    format!(
        "Limits of unknown browsers: {address_burst} sign-ins at once and 60 a minute from one address, {strangers_per_second} a second in all; \
         {reset_burst} requests for a new password at once and 1 a minute from one address"
    )
}

/// Binds the port on 127.0.0.1, the only address that is ever served.
///
/// # Errors
/// [`CommandError::Port`].
pub async fn bind(port: u16) -> Result<TcpListener, CommandError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| CommandError::Port(port, error))
}

/// Serves on a bound port, works the queue off and keeps house.
///
/// # Errors
/// [`CommandError::Io`].
pub async fn serve(listener: TcpListener, world: World, behind_host: bool) -> Result<(), CommandError> {
    let World { state, hands } = world;
    tokio::spawn(wipe_keys(state.clone()));
    if let Hands::Own { queue, .. } = hands {
        tokio::spawn(work(queue, state.clone()));
        tokio::spawn(maintain(state.clone()));
    }
    let server = axum::serve(Connections::of(listener, Deadlines::default()), service(router(state)));
    if behind_host {
        // It serves until it is killed. Ending well would tell the host never to start it again.
        let ended = server.await.err().unwrap_or_else(|| io::Error::other("nobody asked for that"));
        return Err(CommandError::Io("serving stopped", ended));
    }
    server.with_graceful_shutdown(interrupted()).await.map_err(|error| CommandError::Io("serving stopped", error))
}

/// Tells a newcomer what to do first.
async fn greet(state: AppState) {
    if matches!(state.services.identities.has_accounts().await, Ok(false)) {
        say("There are no accounts yet. Invite the first officer:");
        say("  finrust invite --role officer --username <name> --email <address> --name <full name> --print");
    }
}

/// Asks for what the first request would otherwise wait for: the identity's tokens, what the SDK wants to know of the account and its
/// containers, the keys that signing in takes. Requests are served meanwhile, unless keys are gone that something was sealed under. All of
/// it may be late: a process that ended for it would be started anew at once, three times, and never again.
async fn get_ready(state: AppState, account: Arc<CosmosAccount>) {
    let mut wait = TRY_AGAIN_AFTER;
    while let Err(stage) = warm_up(&state).await {
        state.readiness.set(stage);
        sleep(wait).await;
        wait = (wait * 2).min(TRY_AGAIN_AT_LEAST_EVERY);
    }
    state.readiness.set(Stage::Ready);
    tracing::info!(event = "warm");
    account.look().await;
}

async fn warm_up(state: &AppState) -> Result<(), Stage> {
    match state.services.sealing.missing_keys().await {
        Ok(missing) if !missing.is_empty() => {
            tracing::error!(event = "keys_missing", count = missing.len());
            return Err(Stage::KeysMissing);
        }
        // Whatever is in the way is in the way of the keys too.
        Ok(_) | Err(_) => {}
    }
    state.services.sealing.warm_up(KeyScope::Service).await.map_err(|error| {
        tracing::error!(event = "warm_up_failed", cause = error.to_string());
        Stage::NotYet
    })
}

/// A person stops it; the host kills it instead.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Where nobody can interrupt it, nobody has.
        std::future::pending::<()>().await;
    }
}

async fn work(queue: Arc<QueueTable>, state: AppState) {
    loop {
        if work_off(&queue, &state.services).await.is_err() {
            tracing::error!(event = "queue_unavailable");
        }
        let _ = timeout(LOOK_EVERY, queue.sent()).await;
    }
}

async fn wipe_keys(state: AppState) {
    let mut tick = interval(PURGE_EVERY);
    loop {
        tick.tick().await;
        state.services.purge();
    }
}

async fn maintain(state: AppState) {
    let mut tick = interval(MAINTAIN_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        report(maintenance::run(&state.services, &*state.documents).await);
    }
}

fn report(maintained: Result<maintenance::Report, StoreError>) {
    match maintained {
        Ok(report) => tracing::info!(
            event = "maintained",
            mails = report.mails,
            keys = report.keys.seen,
            rewrapped = report.keys.anew,
            resealed = report.resealed
        ),
        Err(error) => tracing::error!(event = "maintenance_failed", cause = error.to_string()),
    }
}
