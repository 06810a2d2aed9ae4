//! How serving ends: drained after the first signal, at once after the second.
//!
//! SIGTERM, SIGINT (Ctrl-C) and SIGHUP (a terminal that is closed) mean the same. Whoever starts a program in the background may have it ignore
//! SIGHUP, which it then does. Signals are heard on a thread of their own: it hears them also while the runtime starts or ends.

use crate::{log_writer::LogWriter, telemetry::LAST_LINES};
use std::{fs, io, process, sync::Arc, thread, time::Duration};
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::timeout,
};

/// From the first signal to the end, whatever still goes on.
const MOST: Duration = Duration::from_secs(15);
/// So much of it requests may take; the rest is for what was begun on their behalf, for the database and for the log.
pub const REQUESTS: Duration = Duration::from_secs(12);
/// And so much what was begun.
pub const BEGUN: Duration = Duration::from_secs(2);

const HANG_UP: i32 = 1;
const INTERRUPT: i32 = 2;
const TERMINATE: i32 = 15;
/// A file would grow over the limit of its process. Unheard it kills; heard, the write fails, and that is answered.
#[cfg(target_os = "linux")]
const FILE_TOO_LARGE: i32 = 25;

/// Whether serving is to end.
#[derive(Clone)]
pub struct Ending {
    asked: watch::Receiver<Option<i32>>,
    /// Nobody ever asks when nobody can.
    _asker: Arc<watch::Sender<Option<i32>>>,
}

impl Ending {
    /// Hears signals from now on. Behind the Functions host an end is never a good one: the host takes 0 for a wish to stay away.
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
                let code = if let Ok(second) = timeout(MOST, signals.next()).await {
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

    /// Waits until it is asked for.
    pub async fn asked(mut self) {
        // The sender lives as long as this.
        let _ = self.asked.wait_for(Option::is_some).await;
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.asked.borrow().is_some()
    }

    /// The code to end with.
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

/// As a shell has it.
fn of_signal(signal: i32) -> u8 {
    128 + u8::try_from(signal).unwrap_or_default()
}

/// Whether this process was started with a signal ignored. Where the system does not tell, it was not.
fn ignores(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
