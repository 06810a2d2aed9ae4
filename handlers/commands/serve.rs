//! `finrust serve`: binds first, warms up after; works the queue off and keeps house on the embedded default.

use super::{console::say, failure::CommandError, key_check::check_key};
use crate::{
    adapters::queue_table::QueueTable,
    app::{DataDir, Embedded, Options, assemble, system, work_off},
    config::{Backend, Config},
    flows::maintenance,
    http::{routes::router, state::AppState},
    store::error::StoreError,
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval, timeout},
};

/// A message from another process wakes nobody: look this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Mails that stayed behind are announced again this often.
const MAINTAIN_EVERY: Duration = Duration::from_secs(15 * 60);
/// Keys that are over their time are wiped this often.
const PURGE_EVERY: Duration = Duration::from_secs(60);

/// Serves until the process is stopped.
///
/// # Errors
/// [`CommandError`].
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let listener = bind(config.port).await?;
    let (state, queue) = open(config)?;
    check_key(&state.services).await?;
    say(&format!("FinRust serves {}", config.public_url));
    let greeting = Arc::clone(&state.services);
    tokio::spawn(async move {
        if matches!(greeting.identities.has_accounts().await, Ok(false)) {
            say("There are no accounts yet. Invite the first officer:");
            say("  finrust invite --role officer --username <name> --email <address> --name <full name> --print");
        }
    });
    serve(listener, state, queue, config.behind_host).await
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
pub async fn serve(listener: TcpListener, state: AppState, queue: Arc<QueueTable>, behind_host: bool) -> Result<(), CommandError> {
    tokio::spawn(work(queue, state.clone()));
    tokio::spawn(keep_house(state.clone()));
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service);
    let served = if behind_host { server.await } else { server.with_graceful_shutdown(interrupted()).await };
    served.map_err(|error| CommandError::Io("serving stopped", error))
}

fn open(config: &Config) -> Result<(AppState, Arc<QueueTable>), CommandError> {
    let Backend::Embedded(path) = &config.backend;
    let (clock, random) = system();
    let announce = Arc::new(|path: &std::path::Path| say(&format!("Mail: {}", path.display())));
    let Embedded { ports, queue, .. } = DataDir::new(path.clone()).open_or_create(clock, random, announce)?;
    Ok((assemble(ports, Options::of(config)), queue))
}

/// A person stops it; the host kills it instead.
async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}

async fn work(queue: Arc<QueueTable>, state: AppState) {
    loop {
        if work_off(&queue, &state.services).await.is_err() {
            tracing::error!(event = "queue_unavailable");
        }
        let _ = timeout(LOOK_EVERY, queue.sent()).await;
    }
}

async fn keep_house(state: AppState) {
    let mut purge = interval(PURGE_EVERY);
    let mut maintain = interval(MAINTAIN_EVERY);
    maintain.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = purge.tick() => state.services.sealing.purge(),
            _ = maintain.tick() => report(maintenance::run(&state.services, &*state.documents).await),
        }
    }
}

fn report(maintained: Result<maintenance::Report, StoreError>) {
    match maintained {
        Ok(report) => tracing::info!(event = "maintained", mails = report.mails, keys = report.keys.seen, rewrapped = report.keys.anew),
        Err(error) => tracing::error!(event = "maintenance_failed", cause = error.to_string()),
    }
}
