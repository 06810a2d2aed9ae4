//! Work that continues after its caller has gone, such as recording attempts and sending mails. The process waits for it before it exits.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::{sync::Notify, task::JoinHandle};

/// Process-wide, shared by all services.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static DONE: Notify = Notify::const_new();

/// Marks work as running while it is held.
pub struct Running(());

impl Running {
    pub fn begin() -> Self {
        RUNNING.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if RUNNING.fetch_sub(1, Ordering::AcqRel) == 1 {
            DONE.notify_waiters();
        }
    }
}

/// Runs `work` to completion, whatever happens to the caller.
pub fn go_on<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let running = Running::begin();
    tokio::spawn(async move {
        let _running = running;
        work.await
    })
}

/// Waits until no work is running.
pub async fn all_done() {
    loop {
        let done = DONE.notified();
        tokio::pin!(done);
        done.as_mut().enable();
        if RUNNING.load(Ordering::Acquire) == 0 {
            return;
        }
        done.await;
    }
}
