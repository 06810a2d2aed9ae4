//! `finrust serve`: binds the port first and warms up afterwards. With the embedded default it also drains the queue and runs maintenance.

use super::{
    console::tell,
    ending::{BEGUN, Ending, REQUESTS},
    failure::CommandError,
    key_check::check_key,
};
use crate::{
    adapters::{cosmos::account::CosmosAccount, queue_table::QueueTable},
    app::{Absent, Application, QueueWorker},
    config::Config,
    domain::limits::LimitSettings,
    embedded::work_one,
    flows::{
        maintenance,
        running::{self, Running},
    },
    http::{
        connection::{Connections, Deadlines, listen, service},
        readiness::Stage,
        routes::router,
        state::AppState,
    },
    log_writer::LogWriter,
    store::{error::StoreError, keys::losses::NotReady},
};
use std::{hint::black_box, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

/// How often the queue is polled for messages from other processes, which send no wake-up.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often maintenance runs, which re-announces mails left on the queue.
const MAINTAIN_EVERY: Duration = Duration::from_mins(15);
/// How often expired keys are wiped from memory.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// How often freed memory is returned to the system while nothing happens.
const RETURN_EVERY: Duration = Duration::from_secs(2);
/// A block that the allocator gives pages of its own.
const BLOCK_BYTES: usize = 1024 * 1024;
/// First delay before readiness is checked again; doubled each time.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);
const TRY_AGAIN_AT_LEAST_EVERY: Duration = Duration::from_mins(1);

/// Serves until the process is stopped. Returns the exit code.
pub async fn run(config: &Config, log: &LogWriter) -> Result<u8, CommandError> {
    let ending = by_signals(config, log)?;
    let listener = bind(config.port)?;
    // The host treats every line of output as a log line.
    let (behind_host, mails) = (config.behind_host, log.clone());
    let announce = Arc::new(move |path: &std::path::Path| {
        if !behind_host {
            tell(&mails, &format!("Mail: {}", path.display()));
        }
    });
    let application = Application::open(config, Absent::Create, announce)?;
    let state = application.state.clone();
    match &application.queue_worker {
        QueueWorker::InProcess { database, .. } => {
            database.look_for_damage();
            check_key(&application).await?;
            if !config.behind_host {
                tokio::spawn(greet(state, log.clone()));
            }
        }
        QueueWorker::FunctionsHost { account } => {
            state.readiness.set(Stage::NotYet);
            let getting_ready = get_ready(state, Arc::clone(account));
            tokio::spawn(until(ending.clone(), getting_ready));
        }
    }
    if config.behind_host {
        tracing::info!(event = "serving");
    } else {
        tell(log, &format!("FinRust serves {}", config.public_url));
        tell(log, &limits(config.limits));
    }
    serve(listener, application, config.behind_host, ending).await
}

/// Handles signals from now on: process 1 of a container ignores every signal that it does not handle.
pub fn by_signals(config: &Config, log: &LogWriter) -> Result<Ending, CommandError> {
    Ending::by_signals(config.behind_host, log.clone()).map_err(|error| CommandError::Io("signals cannot be heard", error))
}

/// The rate limits in force, for anyone investigating a refusal.
fn limits(limits: LimitSettings) -> String {
    let LimitSettings { address_burst, strangers_per_second, reset_burst } = limits;
    format!(
        "Limits of unknown browsers: {address_burst} sign-ins at once and 60 a minute from one address, {strangers_per_second} a second in all; \
         {reset_burst} requests for a new password at once and 1 a minute from one address"
    )
}

/// Binds the port on 127.0.0.1, the only address that is ever served.
pub fn bind(port: u16) -> Result<TcpListener, CommandError> {
    listen(port).map_err(|error| CommandError::Port(port, error))
}

/// Serves on a bound port, drains the queue and runs maintenance until a shutdown is requested. Then it answers the requests in flight,
/// finishes their background work, and closes the database. Returns the exit code.
pub async fn serve(listener: TcpListener, application: Application, behind_host: bool, ending: Ending) -> Result<u8, CommandError> {
    let Application { state, queue_worker } = application;
    tokio::spawn(until(ending.clone(), wipe_keys(state.clone())));
    tokio::spawn(until(ending.clone(), return_memory()));
    if let QueueWorker::InProcess { queue, .. } = queue_worker {
        tokio::spawn(work(queue, state.clone(), ending.clone()));
        tokio::spawn(maintain(state.clone(), ending.clone()));
    }
    let deadlines = if behind_host { Deadlines::behind_host() } else { Deadlines::default() };
    let connections = Connections::of(listener, deadlines);
    let cut = connections.cut();
    let server = axum::serve(connections, service(router(state))).with_graceful_shutdown(ending.clone().asked());
    let too_long = async {
        ending.clone().asked().await;
        sleep(REQUESTS).await;
    };
    tokio::select! {
        served = server => served.map_err(|error| CommandError::Io("serving stopped", error))?,
        // The connections are reset, so a client sees that its response is incomplete.
        () = too_long => cut.now(),
    }
    // Interrupting work here is no worse than a kill: every commit is atomic.
    let _ = timeout(BEGUN, running::all_done()).await;
    Ok(ending.code(behind_host))
}

/// Runs `work` until a shutdown is requested.
async fn until(ending: Ending, work: impl Future<Output = ()>) {
    tokio::select! {
        () = ending.asked() => {}
        () = work => {}
    }
}

/// Prints the first step for a new installation.
async fn greet(state: AppState, log: LogWriter) {
    if matches!(state.services.identities.has_accounts().await, Ok(false)) {
        tell(&log, "There are no accounts yet. Invite the first officer:");
        tell(&log, "  finrust invite --role officer --username <name> --email <address> --name <full name> --print");
    }
}

/// Fetches in advance what the first request would otherwise wait for: the identity's tokens, the SDK's metadata of the account and its
/// containers, and the keys for signing in. Requests are served meanwhile, unless keys that sealed something are missing. Dependencies may
/// become available late: if the process exited, the host would restart it at once, three times, and then give up.
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
    state.services.sealing.get_ready().await.map_err(|not_ready| match not_ready {
        NotReady::KeysMissing(missing) => {
            tracing::error!(event = "keys_missing", count = missing.len());
            Stage::KeysMissing
        }
        NotReady::Failed(error) => {
            tracing::error!(event = "warm_up_failed", cause = error.to_string());
            Stage::NotYet
        }
    })
}

async fn work(queue: Arc<QueueTable>, state: AppState, ending: Ending) {
    while !ending.is_asked() {
        // Keeps the process alive until a mail being sent has been sent.
        let running = Running::begin();
        let worked = work_one(&queue, &state.services).await;
        drop(running);
        match worked {
            Ok(true) => continue,
            Ok(false) => {}
            Err(_) => tracing::error!(event = "queue_unavailable"),
        }
        let _ = timeout(LOOK_EVERY, until(ending.clone(), queue.sent())).await;
    }
}

async fn wipe_keys(state: AppState) {
    let mut tick = interval(PURGE_EVERY);
    loop {
        tick.tick().await;
        state.services.purge();
    }
}

/// The allocator keeps freed memory for a second, and looks whether that is over when pages are freed, whoever frees them. After a start or a
/// load nobody does, so some are freed here.
async fn return_memory() {
    let mut tick = interval(RETURN_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        drop(black_box(Vec::<u8>::with_capacity(BLOCK_BYTES)));
    }
}

async fn maintain(state: AppState, ending: Ending) {
    let mut tick = interval(MAINTAIN_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !ending.is_asked() {
        until(ending.clone(), async { _ = tick.tick().await }).await;
        if ending.is_asked() {
            return;
        }
        let _running = Running::begin();
        report(maintenance::run(&state.services, &*state.documents).await);
    }
}

fn report(maintained: Result<maintenance::Report, StoreError>) {
    match maintained {
        Ok(report) => tracing::info!(
            event = "maintained",
            mails = report.mails,
            keys = report.keys.seen,
            rewrapped = report.keys.rewrapped,
            resealed = report.resealed
        ),
        Err(error) => tracing::error!(event = "maintenance_failed", cause = error.to_string()),
    }
}
