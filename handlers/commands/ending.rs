//! How serving shuts down: gracefully on the first signal, immediately on the second.
//!
//! SIGTERM, SIGINT (Ctrl-C) and SIGHUP (the terminal was closed) are treated alike, except that SIGHUP stays ignored if the process was
//! started with it ignored (`nohup`). Signals are handled on a thread of their own, so that they are also received while the runtime starts
//! or stops.

use crate::{log_writer::LogWriter, telemetry::LAST_LINES};
use std::{fs, io, process, sync::Arc, thread, time::Duration};
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::timeout,
};

/// Longest time from the first signal to the exit, whatever is still running.
const MAX: Duration = Duration::from_secs(15);
/// Of this, the time for requests in flight; the rest is for work started on their behalf, the database and the log.
pub const REQUESTS: Duration = Duration::from_secs(12);
/// The time for work started on behalf of requests.
pub const BEGUN: Duration = Duration::from_secs(2);

const HANG_UP: i32 = 1;
const INTERRUPT: i32 = 2;
const TERMINATE: i32 = 15;
/// SIGXFSZ: a write would exceed the process's file-size limit. Unhandled, it kills the process; handled, the write fails and the failure
/// is returned.
#[cfg(target_os = "linux")]
const FILE_TOO_LARGE: i32 = 25;

/// Whether a shutdown was requested.
#[derive(Clone)]
pub struct Ending {
    asked: watch::Receiver<Option<i32>>,
    /// Keeps the channel open when no signals are handled.
    _asker: Arc<watch::Sender<Option<i32>>>,
}

impl Ending {
    /// Handles signals from now on. Behind the Functions host the exit code is never 0: the host takes 0 to mean that the process should
    /// stay down.
    pub fn by_signals(behind_host: bool, log: LogWriter) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (asker, ending) = Self::asked_by();
        let hangs_up = !ignores(HANG_UP);
        let mut signals = {
            let _inside = runtime.enter();
            Signals {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                hang_up: if hangs_up { Some(signal(SignalKind::hangup())?) } else { None },
            }
        };
        #[cfg(target_os = "linux")]
        let too_large = {
            let _inside = runtime.enter();
            signal(SignalKind::from_raw(FILE_TOO_LARGE))?
        };
        thread::Builder::new().name("finrust-signals".to_owned()).spawn(move || {
            #[cfg(target_os = "linux")]
            let _too_large = too_large;
            runtime.block_on(async {
                let first = signals.next().await;
                asker.send_replace(Some(first));
                let code = if let Ok(second) = timeout(MAX, signals.next()).await {
                    of_signal(second)
                } else {
                    log.flush(LAST_LINES / 4);
                    code(first, behind_host)
                };
                process::exit(code.into());
            });
        })?;
        Ok(ending)
    }

    pub fn never() -> Self {
        Self::asked_by().1
    }

    fn asked_by() -> (Arc<watch::Sender<Option<i32>>>, Self) {
        let (asker, asked) = watch::channel(None);
        let asker = Arc::new(asker);
        (Arc::clone(&asker), Self { asked, _asker: asker })
    }

    /// Waits until a shutdown is requested.
    pub async fn asked(mut self) {
        // Cannot fail: `self` keeps the sender alive.
        let _ = self.asked.wait_for(Option::is_some).await;
    }

    /// Whether a shutdown was requested.
    pub fn is_asked(&self) -> bool {
        self.asked.borrow().is_some()
    }

    /// The exit code.
    pub fn code(&self, behind_host: bool) -> u8 {
        self.asked.borrow().map_or(0, |signal| code(signal, behind_host))
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
}

impl Signals {
    async fn next(&mut self) -> i32 {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => TERMINATE,
            _ = self.interrupt.recv() => INTERRUPT,
            _ = hang_up => HANG_UP,
        }
    }
}

fn code(signal: i32, behind_host: bool) -> u8 {
    if behind_host { of_signal(signal) } else { 0 }
}

/// The exit code that a shell reports for a signal.
fn of_signal(signal: i32) -> u8 {
    128 + u8::try_from(signal).unwrap_or_default()
}

/// Whether this process was started with a signal ignored; `false` where the system does not report it.
fn ignores(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
