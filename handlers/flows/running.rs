//! Work that goes on when whoever asked for it has gone: attempts that are being recorded, mails that are being sent. Before the process ends,
//! it is waited for.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::{sync::Notify, task::JoinHandle};

/// Of this process, whichever service it belongs to.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static DONE: Notify = Notify::const_new();

/// Something goes on while this is held.
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

/// Runs `work` to its end, whatever becomes of the caller.
pub fn go_on<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let running = Running::begin();
    tokio::spawn(async move {
        let _running = running;
        work.await
    })
}

/// Waits until nothing goes on any more.
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
